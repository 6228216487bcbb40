//! Secrets stay out of logs and of `Debug`.

#[path = "support/process.rs"]
mod process;

use iroh::SecretKey;
use iroh_mpc::{
    node::{NodeConfig, Relay},
    program::{Backend, Program, Source},
    proto::seal::SessionKey,
    ticket::Ticket,
};
use process::{Folder, Line};
use zeroize::Zeroizing;

/// Inputs that no log holds by chance.
const MARKED: [u64; 2] = [6_828_447_195_361_284_127, 15_263_947_282_716_359_902];

const PROGRAM: &str = "pub fn main(a: u64, b: u64) -> bool { a < b }";

/// A lasting identity that is as easily found.
const IDENTITY: [u8; 32] = *b"a lasting key of thirty-two byte";

/// How bytes may look in a log.
fn looks(bytes: &[u8]) -> Vec<String> {
    let list = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_string();
    let hex = bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    let backwards: Vec<_> = bytes.iter().rev().copied().collect();
    let text = String::from_utf8_lossy(bytes).into_owned();
    vec![list(bytes), list(&backwards), hex.to_uppercase(), hex, text]
}

/// How a number may look in a log: written out, as its bytes, and as its bits.
fn looks_of_number(number: u64) -> Vec<String> {
    let bits: Vec<bool> = (0..64).map(|bit| number >> bit & 1 == 1).collect();
    let backwards: Vec<bool> = bits.iter().rev().copied().collect();
    let list = |bits: &[bool]| format!("{bits:?}").trim_matches(['[', ']']).to_string();
    let digits = |bits: &[bool]| {
        bits.iter()
            .map(|bit| if *bit { '1' } else { '0' })
            .collect()
    };
    let mut looks = looks(&number.to_le_bytes());
    looks.extend([number.to_string(), list(&bits), list(&backwards)]);
    looks.extend([digits(&bits), digits(&backwards)]);
    looks
}

/// Fails if a text holds a secret in any of its looks.
fn holds_none(text: &str, secrets: &[Vec<String>]) {
    for line in text.lines() {
        let found = secrets.iter().flatten().find(|look| line.contains(*look));
        assert_eq!(found, None, "in {line}");
    }
}

#[test]
fn a_whole_session_logged_at_trace_level_holds_no_secret() {
    let folder = Folder::new();
    let program = folder.file("less.garble.rs", PROGRAM);
    let with = ["--program", &program];
    let [ours, theirs] = MARKED.map(|number| number.to_string());
    let identity: String = IDENTITY.map(|byte| format!("{byte:02x}")).concat();
    let mut host = Line::host(&with)
        .and(&["--input", &ours])
        .env("IROH_SECRET", identity)
        .env("RUST_LOG", "trace")
        .start();
    let text = host.ticket();
    let joiner = Line::join(&text, &with)
        .and(&["--input", "-"])
        .stdin(&theirs)
        .env("RUST_LOG", "trace")
        .start();
    let ends = [host.end(), joiner.end()];
    // All that is not in the ticket's open part: the secret stands at its beginning, behind the version.
    let bytes = iroh_tickets::Ticket::encode_bytes(&Ticket::parse(&text).expect("a ticket"));
    let mut secrets = vec![looks(&bytes[1..17]), looks(&IDENTITY), vec![text.clone()]];
    secrets.extend(MARKED.map(looks_of_number));
    for end in &ends {
        end.is(0, "true\n");
        for source in ["iroh_gossip", "iroh_mpc", "TRACE"] {
            end.tells(source);
        }
        // The one line that a person is to paste holds the ticket.
        let log: Vec<_> = end
            .err
            .lines()
            .filter(|line| !line.contains("iroh-mpc join mpc"))
            .collect();
        assert!(log.len() > 100, "hardly a log");
        holds_none(&log.join("\n"), &secrets);
    }
}

#[test]
fn a_secret_in_a_log_would_be_found() {
    let found = |text: &str, secret: Vec<String>| {
        std::panic::catch_unwind(|| holds_none(text, &[secret])).is_err()
    };
    assert!(found(
        "input 6828447195361284127u64",
        looks_of_number(MARKED[0])
    ));
    assert!(found(
        &format!("{:?}", MARKED[0].to_le_bytes()),
        looks_of_number(MARKED[0])
    ));
    assert!(found(
        &format!("key {:02x?}", 7).replace("07", "0a0b"),
        looks(&[10, 11])
    ));
    assert!(!found("nothing", looks_of_number(MARKED[0])));
}

#[test]
fn debug_shows_no_secret() {
    let program = Program::check(Source::new("less", PROGRAM)).expect("a program");
    let input = program
        .parse_input(0, &MARKED[0].to_string())
        .expect("an input");
    let compiled = program
        .compile(Backend::Optimized)
        .expect("a circuit")
        .into();
    let node = NodeConfig {
        secret_key: SecretKey::from_bytes(&IDENTITY),
        relay: Relay::Disabled,
        bind: Vec::new(),
    };
    let key = SessionKey::from_random(Zeroizing::new(IDENTITY));
    let pair = key.agree(&SessionKey::from_random(Zeroizing::new([1; 32])).public());
    let job = iroh_mpc::engine::Job {
        compiled,
        input: input.clone(),
        party: 0,
        evaluator: 0,
        output_parties: vec![0],
        spill: None,
    };
    let shown = format!("{input:?}\n{node:?}\n{key:?}\n{pair:?}");
    holds_none(&shown, &[looks(&IDENTITY), looks_of_number(MARKED[0])]);
    assert!(shown.contains("REDACTED"));
    holds_none(&format!("{job:?}"), &[looks_of_number(MARKED[0])]);
}

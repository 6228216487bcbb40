//! Who joins without a program reads the host's before giving an input, and sees the parties and the words before consenting.

#[path = "support/process.rs"]
mod process;

use iroh::{Endpoint, RelayMode, SecretKey, endpoint::presets};
use iroh_mpc::{ticket::Ticket, transfer};
use process::{End, Folder, Line, Party, shipped};

const ADD: [&str; 4] = ["--program", "programs/add.garble.rs", "--input", "2"];

/// The words that a party was shown.
fn words(end: &End) -> String {
    let line = end
        .err
        .lines()
        .find(|line| line.starts_with("Session words: "));
    let line = line.unwrap_or_else(|| panic!("no words in {end}"));
    let words: Vec<&str> = line.split(' ').skip(2).take(4).collect();
    words.join(" ")
}

#[test]
fn the_program_comes_from_the_host_and_all_see_the_same_words() {
    let mut host = Line::host(&ADD).and(&["--json"]).start();
    let ticket = host.event("ticket")["ticket"]
        .as_str()
        .expect("a ticket")
        .to_string();
    let fetches = Line::join(&ticket, &["--yes", "--input", "3", "--party", "b"]).start();
    let brings = Line::join(&ticket, &ADD).and(&["--party", "c"]).start();
    let host = host.end();
    let started = host
        .events()
        .into_iter()
        .find(|event| event["event"] == "started");
    let started = started.expect("the event");
    let [fetches, brings] = [fetches.end(), brings.end()];
    for end in [&fetches, &brings] {
        end.is(0, "7\n");
        assert_eq!(started["words"], words(end).as_str());
        for party in started["parties"].as_array().expect("a list") {
            end.tells(party["id"].as_str().expect("an id"));
        }
    }
    // Read before anything else, by those who have not seen it.
    fetches
        .tells("pub fn main(a: u32, b: u32, c: u32) -> u32")
        .tells("It takes from you: b (u32)");
    assert!(!brings.err.contains("pub fn main"), "{brings}");
}

#[test]
fn two_sessions_have_different_words() {
    let program = shipped("millionaires");
    let with = ["--program", &program, "--input", "2"];
    let [one, two] = [(), ()].map(|()| {
        let mut host = Line::host(&with).start();
        let joiner = Line::join(&host.ticket(), &with).run();
        assert_eq!(words(&host.end()), words(&joiner));
        words(&joiner)
    });
    assert_ne!(one, two);
}

#[test]
fn without_a_terminal_consent_is_given_beforehand_or_not_at_all() {
    let mut host = Line::host(&ADD).start();
    let end = Line::join(&host.ticket(), &["--input", "2"]).run();
    end.is(4, "").is_clear().tells("--yes");
}

#[test]
fn a_program_that_hides_something_shows_it() {
    let folder = Folder::new();
    let source = "// \u{1b}[2J\u{202e}all fine\u{2066}\r pub fn main() {}
pub fn main(a: u8, b: u8) -> u8 { a + b }
";
    let program = folder.file("odd.garble.rs", source);
    let mut host = Line::host(&["--program", &program, "--input", "1"]).start();
    let end = Line::join(&host.ticket(), &["--yes", "--input", "2"]).run();
    end.is(0, "3\n")
        .tells(r"\u{1b}[2J\u{202e}all fine\u{2066}\r pub fn main() {}");
    let hidden = |c: char| (c.is_control() && c != '\n') || ['\u{202e}', '\u{2066}'].contains(&c);
    assert!(!end.err.contains(hidden), "{end}");
    host.end().is(0, "3\n");
}

/// Somebody at the host's address who answers as it likes.
fn answers(reply: Vec<u8>) -> (String, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let host = SecretKey::generate();
    let endpoint = runtime.block_on(async {
        let builder = Endpoint::builder(presets::Minimal)
            .secret_key(host)
            .relay_mode(RelayMode::Disabled)
            .alpns(vec![transfer::ALPN.to_vec()])
            .clear_ip_transports()
            .bind_addr((std::net::Ipv4Addr::LOCALHOST, 0));
        builder
            .expect("an address")
            .bind()
            .await
            .expect("an endpoint")
    });
    let ticket = Ticket {
        secret: iroh_mpc::ticket::SessionSecret::random(),
        host: endpoint.addr(),
        program: [7; 32],
    };
    runtime.spawn(async move {
        while let Some(incoming) = endpoint.accept().await {
            let connection = incoming.await.expect("a connection");
            let (mut send, _recv) = connection.accept_bi().await.expect("a request");
            send.write_all(&reply).await.ok();
            send.finish().ok();
            connection.closed().await;
        }
    });
    (ticket.to_string(), runtime)
}

#[test]
fn a_host_that_sends_something_else_is_refused() {
    let other = transfer::Reply::Program {
        name: "add.garble.rs".into(),
        text: "pub fn main(a: u8, b: u8) -> u8 { a }".into(),
    };
    let unknown = transfer::Reply::UnknownSession;
    let encode = |reply| postcard::to_stdvec(&reply).expect("bytes");
    for (reply, expected) in [
        (encode(other), "another program than the ticket promises"),
        (encode(unknown), "another session"),
        (vec![b'x'; transfer::MAX_REPLY + 1], "too long"),
        (vec![9; 100], "no program"),
    ] {
        let (ticket, runtime) = answers(reply);
        let end = Line::join(&ticket, &["--yes", "--input", "2"]).run();
        end.is(4, "").is_clear().tells(expected);
        runtime.shutdown_background();
    }
}

#[test]
fn the_program_is_for_ticket_holders_alone() {
    let mut host = Line::host(&ADD).start();
    let mut ticket = Ticket::parse(&host.ticket()).expect("a ticket");
    ticket.secret = iroh_mpc::ticket::SessionSecret::random();
    let end = Line::join(&ticket.to_string(), &["--yes", "--input", "2"]).run();
    end.is(4, "").is_clear().tells("another session");
}

#[test]
fn only_those_who_are_named_take_a_seat() {
    let folder = Folder::new();
    let key = |name: &str| {
        let path = folder.path(name);
        let secret = SecretKey::generate();
        let hex = secret.to_bytes().map(|byte| format!("{byte:02x}")).concat();
        std::fs::write(&path, hex).expect("a key file");
        (
            path.to_str().expect("UTF-8").to_string(),
            secret.public().to_string(),
        )
    };
    let [(one, one_id), (two, two_id)] = ["one", "two"].map(key);
    let allow = ["--allow", &one_id, "--allow", &two_id];
    let mut host = Line::host(&ADD).and(&allow).start();
    let ticket = host.ticket();
    let uninvited = Line::join(&ticket, &ADD).run();
    uninvited
        .is(4, "")
        .is_clear()
        .tells("does not seat this endpoint")
        .tells("--allow");
    let invited = [&one, &two].map(|key| {
        Line::join(&ticket, &ADD)
            .and(&["--secret-key-file", key, "-v"])
            .start()
    });
    let ends: Vec<End> = invited.into_iter().chain([host]).map(Party::end).collect();
    for end in &ends {
        end.is(0, "6\n");
    }
    ends[0].tells(&format!("Your endpoint id is {one_id}."));
    let too_few = Line::host(&ADD).and(&["--allow", &one_id]).run();
    too_few
        .is(2, "")
        .is_clear()
        .tells("1 of the 2 other parties");
}

#[cfg(target_os = "linux")]
#[path = "support/terminal.rs"]
mod terminal;

#[cfg(target_os = "linux")]
mod at_a_terminal {
    use std::{thread, time::Duration};

    use super::*;
    use crate::{
        process::{BOUND, LOCAL},
        terminal::Terminal,
    };

    /// A host, somebody who brought the program, and one who is asked at a terminal: `iroh-mpc join` with these arguments, and
    /// `before` before it in a shell's line.
    fn session(before: &str, args: &[&str]) -> ([Party; 2], Terminal) {
        session_of(Line::host(&ADD), before, args)
    }

    fn session_of(host: Line, before: &str, args: &[&str]) -> ([Party; 2], Terminal) {
        let mut host = host.start();
        let ticket = host.ticket();
        let join = ["join", &ticket, "--party", "2"];
        let line = format!("{before} {} \"$@\"", env!("CARGO_BIN_EXE_iroh-mpc"));
        let terminal = Terminal::start(&line, &[&join, &LOCAL[..], args].concat());
        let other = Line::join(&ticket, &ADD).and(&["--party", "1"]).start();
        ([host, other], terminal)
    }

    #[test]
    fn the_program_is_read_before_the_input_and_the_words_before_the_answer() {
        let (others, mut terminal) = session("exec", &[]);
        let before = terminal.shows("(not shown): ", BOUND);
        let plain = console::strip_ansi_codes(&before);
        assert!(plain.contains("pub fn main(a: u32"), "{before}");
        assert!(plain.contains("c (u32)"), "{before}");
        assert!(before.contains('\u{1b}'), "highlighted: {before}");
        terminal.types("4003\r");
        let between = terminal.shows("[y/N]", BOUND);
        assert!(!between.contains("4003"), "the input was echoed");
        let between = console::strip_ansi_codes(&between).into_owned();
        let shown = between
            .lines()
            .find(|line| line.contains("Session words: "));
        let shown = shown.expect("the words");
        terminal.types("y\r");
        let (after, code) = terminal.ends(BOUND);
        assert_eq!(code, 0, "{after}");
        assert!(after.contains("4007"), "{after}");
        for other in others {
            let other = other.end();
            other.is(0, "4007\n");
            assert!(shown.contains(&words(&other)), "{shown} and {other}");
        }
    }

    #[test]
    fn a_refusal_is_told_to_the_others_by_name() {
        for answer in ["n\r", "\r", "yess\r"] {
            let (others, mut terminal) = session("exec", &["--input", "3"]);
            terminal.shows("[y/N]", BOUND);
            terminal.types(answer);
            let (after, code) = terminal.ends(BOUND);
            assert_eq!(code, 4, "{after}");
            assert!(after.contains("you refused"), "{after}");
            for other in others {
                let other = other.end();
                other.is(4, "").is_clear().tells("party 2 refused");
            }
        }
    }

    #[test]
    fn somebody_who_reads_for_longer_than_the_stall_timeout_is_waited_for() {
        let host = Line::host(&ADD).and(&["--stall-timeout", "2s"]);
        let (others, mut terminal) = session_of(host, "exec", &["--input", "3"]);
        terminal.shows("[y/N]", BOUND);
        // It is the time that the others must bear.
        thread::sleep(Duration::from_secs(5));
        terminal.types("y\r");
        let (after, code) = terminal.ends(BOUND);
        assert_eq!(code, 0, "{after}");
        for other in others {
            other.end().is(0, "7\n");
        }
    }

    #[test]
    fn who_never_answers_is_named_when_the_wait_is_over() {
        let host = Line::host(&ADD).and(&["--wait", "15s"]);
        let (others, mut terminal) = session_of(host, "exec", &["--input", "3"]);
        terminal.shows("[y/N]", BOUND);
        let [host, other] = others.map(Party::end);
        host.is(4, "").is_clear().tells("party 2 is not ready yet");
        other.is(4, "").is_clear().tells("party 0 ");
        let (after, code) = terminal.ends(BOUND);
        assert_eq!(code, 4, "{after}");
    }

    #[test]
    fn the_answer_does_not_come_from_the_stream_of_the_input() {
        let (others, mut terminal) = session("printf 5 |", &["--input", "-"]);
        terminal.shows("[y/N]", BOUND);
        terminal.types("yes\r");
        let (after, code) = terminal.ends(BOUND);
        assert_eq!(code, 0, "{after}");
        for other in others {
            other.end().is(0, "9\n");
        }
    }

    #[test]
    fn an_interrupt_at_either_question_ends_well_and_leaves_the_terminal_as_it_was() {
        for (question, input) in [("(not shown): ", &[][..]), ("[y/N]", &["--input", "3"])] {
            let mut host = Line::host(&ADD).start();
            let ticket = host.ticket();
            let other = Line::join(&ticket, &ADD).and(&["--party", "1"]).start();
            // The shell survives the interrupt and tells how it finds its terminal.
            let binary = env!("CARGO_BIN_EXE_iroh-mpc");
            let line = format!("trap : INT; {binary} \"$@\"; code=$?; stty -a; exit $code");
            let join = ["join", &ticket, "--party", "2"];
            let mut terminal = Terminal::start(&line, &[&join, &LOCAL[..], input].concat());
            terminal.shows(question, BOUND);
            terminal.types("\u{3}");
            let (after, code) = terminal.ends(BOUND);
            assert_eq!(code, 130, "{after}");
            assert!(after.contains("interrupted"), "{after}");
            let echoes = after.split_whitespace().any(|word| word == "echo");
            assert!(echoes, "the terminal stays silent: {after}");
            if question == "[y/N]" {
                for other in [host, other] {
                    let other = other.end();
                    other.is(4, "").is_clear().tells("party 2 was interrupted");
                }
            }
        }
    }
}

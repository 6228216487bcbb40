//! Receipts of real sessions: who writes one, what `verify` says of it, and what becomes of those who don't sign.

#[path = "support/member.rs"]
mod member;
#[path = "support/process.rs"]
mod process;
#[path = "support/seated.rs"]
mod seated;
#[path = "support/signing.rs"]
mod signing;

use std::{panic, sync::mpsc, thread};

use iroh::SecretKey;
use iroh_mpc::{
    program::{Program, Source},
    proto::{
        attest::{Salt, Seat, Statement},
        wire::{MAX_TIME, Terms, Transport, VERSIONS},
    },
    receipt::{Opening, Receipt, ReceiptError},
    session::{self, Interrupter, Notice},
    ticket::Ticket,
};
use member::joiner;
use process::{BOUND, End, Folder, Line, shipped};
use serde_json::{Value, json};
use signing::{Said, Signing};
use tokio::runtime::Runtime;

fn read(path: &str) -> Value {
    let text = std::fs::read_to_string(path).expect("a receipt");
    serde_json::from_str(&text).expect("JSON")
}

fn verify(path: &str) -> End {
    Line::new(&["verify", path]).run()
}

/// A whole session of `add` in which party 1 learns nothing; gives the receipts' paths.
fn receipts(folder: &Folder) -> [String; 3] {
    let files = ["0.json", "1.json", "2.json"];
    let paths = files.map(|name| folder.path(name).to_str().expect("UTF-8").to_string());
    let with = ["--program", &shipped("add"), "--input", "2"];
    let host = Line::host(&with).and(&["--output-parties", "0,2", "--receipt", &paths[0]]);
    let mut host = host.start();
    let ticket = host.ticket();
    let join = |seat: usize| {
        let (party, path) = (seat.to_string(), &paths[seat]);
        let line = Line::join(&ticket, &with);
        line.and(&["--party", &party, "--receipt", path]).start()
    };
    let [one, two] = [1, 2].map(join);
    for (party, out) in [host, one, two].into_iter().zip(["6\n", "", "6\n"]) {
        party.end().is(0, out).tells("Receipt: ");
    }
    paths
}

#[test]
fn everybody_has_the_same_receipt_and_it_is_checked_offline() {
    let folder = Folder::new();
    let paths = receipts(&folder);
    let mut all = paths.each_ref().map(|path| read(path));
    assert_eq!(all[1].get("opening"), None);
    assert_eq!(all[0]["opening"]["result"], "6");
    assert_eq!(all[0]["opening"], all[2]["opening"]);
    assert_eq!(all[0]["missing"], json!([]));
    for (path, receipt) in paths.iter().zip(&all) {
        let end = verify(path);
        assert_eq!(end.code, 0, "{end}");
        for seat in receipt["seats"].as_array().expect("seats") {
            assert!(
                end.out.contains(seat["id"].as_str().expect("an id")),
                "{end}"
            );
        }
        let shows = end.out.contains("\nresult: 6\n");
        assert_eq!(shows, receipt.get("opening").is_some(), "{end}");
        assert!(end.out.contains("party 1 signed, learns nothing"), "{end}");
    }
    for receipt in &mut all {
        receipt
            .as_object_mut()
            .expect("an object")
            .remove("opening");
    }
    assert!(all.iter().all(|receipt| *receipt == all[1]));
    let closed = folder.file("closed.json", &all[0].to_string());
    let end = verify(&closed);
    assert_eq!(
        (end.code, end.out.contains("\nresult:")),
        (0, false),
        "{end}"
    );

    let with = |program: &str| Line::new(&["verify", &paths[0], "--program", program]).run();
    assert_eq!(with(&shipped("add")).code, 0);
    with("average")
        .is(1, "")
        .is_clear()
        .tells("not for the program average");
    let end = Line::new(&["verify", &paths[0], "--json"]).run();
    let [event] = &end.events()[..] else {
        panic!("one object in {end}");
    };
    assert_eq!(
        (&event["complete"], &event["result"]),
        (&json!(true), &json!("6"))
    );

    tampered(&folder, &read(&paths[0]));
}

type Change = fn(&mut Value);

/// What is changed, the exit code and what the error says.
const CHANGES: [(Change, i32, &str); 16] = [
    (|it| flip(&mut it["commitment"]), 1, "signature of party 0"),
    (|it| flip(&mut it["session"]), 1, "signature of party 0"),
    (|it| flip(&mut it["program"]), 1, "signature of party 0"),
    (|it| flip(&mut it["circuit"]), 1, "signature of party 0"),
    (
        |it| it["time"] = "2020-01-01T00:00:00Z".into(),
        1,
        "signature of party 0",
    ),
    (|it| it["evaluator"] = 1.into(), 1, "signature of party 0"),
    (
        |it| it["transport"] = "direct".into(),
        1,
        "signature of party 0",
    ),
    (
        |it| it["seats"][1]["learns_result"] = true.into(),
        1,
        "signature of party 0",
    ),
    (
        |it| it["seats"][2]["signature"] = Value::Null,
        1,
        "missing seats",
    ),
    (|it| swap(it, "signature"), 1, "signature of party 0"),
    (|it| it["opening"]["result"] = "7".into(), 1, "opening"),
    (|it| flip(&mut it["opening"]["salt"]), 1, "opening"),
    (|it| it["v"] = 2.into(), 3, "another version"),
    (|it| it["more"] = 2.into(), 3, "unknown field"),
    (|it| swap(it, "id"), 1, "signature of party 0"),
    (|it| it["opening"]["salt"] = "salt".into(), 3, "salt"),
];

/// Has parties 0 and 1 change something.
fn swap(receipt: &mut Value, what: &str) {
    let [zero, one] = [0, 1].map(|seat| receipt["seats"][seat][what].clone());
    receipt["seats"][0][what] = one;
    receipt["seats"][1][what] = zero;
}

/// Changes the first digit of a digest.
fn flip(digits: &mut Value) {
    let text = digits.as_str().expect("digits").to_string();
    let first = if text.starts_with('0') { "1" } else { "0" };
    *digits = format!("{first}{}", &text[1..]).into();
}

fn tampered(folder: &Folder, receipt: &Value) {
    for (at, (change, code, says)) in CHANGES.into_iter().enumerate() {
        let mut changed = receipt.clone();
        change(&mut changed);
        let end = verify(&folder.file(&format!("changed {at}.json"), &changed.to_string()));
        end.is(code, "").is_clear().tells(says);
    }
    let mut unsigned = receipt.clone();
    unsigned["seats"][1]["signature"] = Value::Null;
    unsigned["missing"] = json!([1]);
    let end = verify(&folder.file("unsigned.json", &unsigned.to_string()));
    assert_eq!(end.code, 1, "{end}");
    end.is_clear().tells("missing is party 1");
    assert!(end.out.contains("party 1 has NOT signed"), "{end}");

    let text = receipt.to_string();
    for bad in ["", "{}", "[]", &text[..text.len() / 2]] {
        verify(&folder.file("bad.json", bad)).is(3, "").is_clear();
    }
    let nowhere = folder.path("nowhere.json").display().to_string();
    verify(&nowhere).is(3, "").is_clear().tells("nowhere.json");
}

/// The file holds all that was signed, whatever it is, and one text only for each.
#[test]
fn a_file_says_what_was_signed_and_nothing_else() {
    let seats = [1, 2].map(|byte| Seat {
        id: SecretKey::from_bytes(&[byte; 32]).public(),
        consts: vec![("MAX".into(), i128::MAX), ("MIN".into(), i128::MIN)],
    });
    let salt = Salt::decode(&[7; 32]).expect("a salt");
    let result = "Who::\u{202e}\"\\";
    let mut receipt = Receipt {
        statement: Statement {
            session: [1; 32],
            time: MAX_TIME,
            terms: Terms {
                versions: VERSIONS.into(),
                program: [2; 32],
                parties: 2,
                output_parties: vec![1],
                evaluator: 0,
                optimize: false,
                transport: Transport::Direct,
            },
            circuit: [3; 32],
            seats: seats.into(),
            commitment: salt.commit(Some(result)),
        },
        signatures: vec![None, None],
        opening: Some(Opening {
            result: result.to_string().into(),
            salt,
        }),
    };
    receipt.signatures[0] = Some(receipt.statement.sign(&SecretKey::from_bytes(&[1; 32])));
    let text = receipt.text();
    assert_eq!(Receipt::parse(&text).as_ref(), Ok(&receipt));
    assert_eq!(receipt.check(), Ok(()));
    assert_eq!(
        receipt.check_complete(),
        Err(ReceiptError::Missing(vec![1]))
    );
    assert!(!format!("{receipt:?}").contains("Who"));
    for (old, new) in [
        ("9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.5Z"),
        ("9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ("0202", "0A02"),
        ("0202", "02 2"),
        ("\"direct\"", "\"memory\""),
        ("\"seat\": 1", "\"seat\": 0"),
    ] {
        let changed = text.replacen(old, new, 1);
        assert_ne!(changed, *text);
        let parsed = Receipt::parse(&changed);
        assert!(matches!(parsed, Err(ReceiptError::Malformed(_))), "{new}");
    }
}

#[test]
fn a_place_that_can_not_be_written_is_refused_before_the_session() {
    let folder = Folder::new();
    let is_folder = folder.path("").display().to_string();
    let nowhere = folder.path("no/where/r.json").display().to_string();
    for path in [&is_folder, &nowhere] {
        let with = [
            "--program",
            &shipped("add"),
            "--input",
            "2",
            "--receipt",
            path,
        ];
        let end = Line::host(&with).run();
        end.is(1, "").is_clear().tells("cannot write");
        assert!(!end.err.contains("join"), "{end}");
    }
    for command in ["simulate", "check"] {
        let end = Line::new(&[command, &shipped("add"), "--receipt", "r.json"]).run();
        end.is(2, "")
            .is_clear()
            .tells("--receipt has no meaning for");
    }
}

#[test]
fn a_receipt_that_can_not_be_written_leaves_the_result() {
    let folder = Folder::new();
    let place = folder.path("place");
    std::fs::create_dir(&place).expect("a folder");
    let path = place.join("r.json").display().to_string();
    let program = folder.file("sum.garble.rs", "pub fn main(a: u8, b: u8) -> u8 { a + b }");
    let with = ["--program", &program, "--input", "2"];
    let mut host = Line::host(&with).and(&["--receipt", &path]).start();
    let ticket = host.ticket();
    std::fs::remove_dir(&place).expect("nothing was left there");
    Line::join(&ticket, &with).run().is(0, "4\n");
    let end = host.end();
    end.is(1, "4\n").is_clear().tells("its result stands");
}

/// The others have their result, and so has it; then it is gone before it has signed.
#[test]
fn a_party_that_is_lost_after_the_result_is_named_as_missing() {
    let folder = Folder::new();
    let [here, there] = ["0.json", "1.json"].map(|name| folder.path(name).display().to_string());
    let program = shipped("add");
    let with = [
        "--program",
        &program,
        "--input",
        "2",
        "--json",
        "--peer-timeout",
        "6s",
    ];
    let mut host = Line::host(&with).and(&["--receipt", &here]).start();
    let text = host.ticket();
    let mut one = Line::join(&text, &with)
        .and(&["--party", "1", "--receipt", &there])
        .start();
    let (go, may_go) = mpsc::channel::<()>();
    let victim = thread::spawn(move || {
        let source = Source::load(program.as_ref()).expect("a program");
        let program = Program::check(source).expect("a good program");
        let options = joiner(Ticket::parse(&text).expect("a ticket"), 2, program, "2");
        let may_go = std::sync::Mutex::new(may_go);
        let notify = move |notice| {
            if let Notice::Result { .. } = notice {
                // Its lines go on meanwhile: they are tasks of their own.
                let waited = may_go.lock().expect("no panic").recv_timeout(BOUND);
                assert!(waited.is_ok());
                panic::resume_unwind(Box::new(()));
            }
        };
        let (_interrupter, interrupt) = Interrupter::new();
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(session::run(options, &notify, interrupt))
    });
    for party in [&mut host, &mut one] {
        assert_eq!(party.event("result")["value"], "6");
    }
    go.send(()).expect("a waiting party");
    assert!(victim.join().is_err(), "it has unwound");
    for (party, path) in [(host, here), (one, there)] {
        let end = party.end();
        assert_eq!(end.code, 0, "{end}");
        end.tells("after the result: ").tells("party 2");
        end.tells("missing is the signature of party 2");
        assert_eq!(read(&path)["missing"], json!([2]));
        assert_eq!(read(&path)["seats"][2]["signature"], Value::Null);
        let end = verify(&path);
        assert_eq!(end.code, 1, "{end}");
        end.is_clear().tells("missing is party 2");
    }
}

/// What is seen of a session between a host, a party that a test speaks for, and a party 2 that learns the result.
struct Seen {
    host: End,
    two: End,
    /// Of the host and of party 2; null if there is none.
    receipts: [Value; 2],
    /// All that party 1 received.
    received: Vec<Vec<u8>>,
}

/// A session of `add` in which a test speaks for party 1.
fn session_with(said: Said, outputs: [usize; 2]) -> Seen {
    let folder = Folder::new();
    let paths = ["0.json", "2.json"].map(|name| folder.path(name).display().to_string());
    let with = ["--program", &shipped("add"), "--input", "2"];
    let learn = outputs.map(|it| it.to_string()).join(",");
    let host = Line::host(&with).and(&["--output-parties", &learn, "--receipt", &paths[0]]);
    let mut host = host.start();
    let ticket = host.ticket();
    let two = Line::join(&ticket, &with);
    let two = two.and(&["--party", "2", "--receipt", &paths[1]]).start();
    let source = Source::load(shipped("add").as_ref()).expect("a program");
    let program = Program::check(source).expect("a good program");
    let signing = Signing::of(program, outputs.to_vec());
    let party = thread::spawn(move || {
        let ticket = Ticket::parse(&ticket).expect("a ticket");
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(signing.take_part(&ticket, "2", said))
    });
    Seen {
        host: host.end(),
        two: two.end(),
        receipts: paths.map(|path| match std::path::Path::new(&path).exists() {
            true => read(&path),
            false => Value::Null,
        }),
        received: party.join().expect("no panic"),
    }
}

/// The same, with a party 1 that learns nothing.
fn learning_nothing(said: Said) -> (End, Value, Vec<Vec<u8>>) {
    let seen = session_with(said, [0, 2]);
    seen.host.is(0, "6\n");
    seen.two.is(0, "6\n");
    let [receipt, _] = seen.receipts;
    (seen.host, receipt, seen.received)
}

#[test]
fn who_signs_something_else_counts_as_missing() {
    let cases = [
        (
            Said::OtherCommitment,
            "warning: party 1 signed another result",
        ),
        (Said::OtherKey, "warning: party 1 signed something else"),
        (
            Said::Nonsense,
            "warning: party 1 broke the protocol after the computation",
        ),
        (
            Said::Twice,
            "warning: party 1 broke the protocol after the computation",
        ),
        (Said::Nothing, "missing is the signature of party 1"),
    ];
    for (said, warning) in cases {
        let (end, receipt, _) = learning_nothing(said);
        end.tells(warning);
        assert_eq!(receipt["missing"], json!([1]), "{said:?}: {end}");
        assert_eq!(receipt["opening"]["result"], "6");
    }
}

#[test]
fn a_party_that_learns_nothing_receives_no_salt() {
    let (end, receipt, received) = learning_nothing(Said::Right);
    assert!(!end.err.contains("missing"), "{end}");
    assert_eq!(receipt["missing"], json!([]));
    let salt = receipt["opening"]["salt"].as_str().expect("a salt");
    let digit = |at: usize| u8::from_str_radix(&salt[at..at + 2], 16).expect("a digit");
    let salt: Vec<u8> = (0..salt.len()).step_by(2).map(digit).collect();
    assert_eq!(salt.len(), 32);
    assert!(received.len() > 50, "{} messages", received.len());
    let commitment = receipt["commitment"].as_str().expect("a commitment");
    let holds = |bytes: &[u8]| {
        let found = |message: &Vec<u8>| message.windows(bytes.len()).any(|it| it == bytes);
        received.iter().any(found)
    };
    assert!(!holds(&salt));
    // What it does receive would be found.
    let digit = |at: usize| u8::from_str_radix(&commitment[at..at + 2], 16).expect("a digit");
    let commitment: Vec<u8> = (0..64).step_by(2).map(digit).collect();
    assert!(holds(&commitment));
}

/// Party 1 learns the result and draws the salt, and signs something else. Nobody can tell which of the two is right: it is no
/// success, for party 2, who has told its result by then, and for the host, who learns nothing but that the two differ.
#[test]
fn output_parties_that_sign_different_results_are_an_error() {
    let seen = session_with(Said::OtherCommitment, [1, 2]);
    assert_eq!((seen.host.code, &*seen.host.out), (6, ""), "{}", seen.host);
    assert_eq!((seen.two.code, &*seen.two.out), (6, "6\n"), "{}", seen.two);
    seen.two.tells("error: party 1 has signed another result");
    seen.host.tells("has signed another result");
    assert_eq!(seen.receipts, [Value::Null, Value::Null]);
}

#[test]
fn a_salt_that_is_none_ends_the_session() {
    let seen = session_with(Said::NoSalt, [1, 2]);
    assert_eq!(seen.two.code, 6, "{}", seen.two);
    seen.two.is_clear().tells("party 1").tells("salt");
    assert_eq!(seen.host.code, 6, "{}", seen.host);
    seen.host
        .is_clear()
        .tells("party 2 reports: party 1 broke the protocol");
    assert_eq!(seen.receipts, [Value::Null, Value::Null]);
}

/// Those who learn that the program panicked have no receipt; who learns nothing does not learn that either.
#[test]
fn a_panic_is_signed_as_any_other_result() {
    let folder = Folder::new();
    let [here, there] = ["0.json", "1.json"].map(|name| folder.path(name).display().to_string());
    let program = folder.file("sum.garble.rs", "pub fn main(a: u8, b: u8) -> u8 { a + b }");
    let with = ["--program", &program, "--input", "200"];
    let host = Line::host(&with).and(&["--output-parties", "0", "--receipt", &here]);
    let mut host = host.start();
    let joiner = Line::join(&host.ticket(), &with).and(&["--receipt", &there]);
    joiner.run().is(0, "");
    host.end().is(7, "").is_clear().tells("overflow");
    assert!(!folder.path("0.json").exists());
    let end = verify(&there);
    assert_eq!(end.code, 0, "{end}");
    assert!(!end.out.contains("\nresult:"), "{end}");
}

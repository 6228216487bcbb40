//! The command line end to end: real processes on the loopback interface, as people and scripts run them.

#[path = "support/bad_input.rs"]
mod bad_input;
#[path = "support/faults.rs"]
mod faults;
#[path = "support/process.rs"]
mod process;

#[cfg(unix)]
use std::{
    io::Write,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

use iroh_mpc::ticket::Ticket;
use process::{End, Folder, Line, Party, shipped};

/// Shows who sat where: each seat has a digit of its own.
const DIGITS: &str = "pub fn main(a: u32, b: u32, c: u32) -> u32 {
    a * 100u32 + b * 10u32 + c
}
";

/// One session: a host and those who join it, each with its arguments; their ends in the same order.
fn session(program: &str, parties: &[&[&str]]) -> Vec<End> {
    let program = ["--program", program];
    let mut host = Line::host(&program).and(parties[0]).start();
    let ticket = host.ticket();
    let mut all = vec![host];
    for args in &parties[1..] {
        all.push(Line::join(&ticket, &program).and(args).start());
    }
    all.into_iter().map(Party::end).collect()
}

#[test]
fn three_processes_compute_what_the_printed_line_promises() {
    let mut host = Line::host(&["--program", &shipped("add"), "--input", "2"]).start();
    let pasted = host.says("iroh-mpc join mpc");
    let words: Vec<&str> = (pasted.split(' ').skip(1))
        .map(|word| word.trim_matches('\''))
        .collect();
    let others = ["30", "400"].map(|input| {
        let line = Line::new(&words).and(&["--yes", "--input", input]);
        line.and(&process::LOCAL).start()
    });
    host.end().is(0, "432\n");
    for other in others {
        other.end().is(0, "432\n");
    }
}

#[test]
fn two_and_five_processes_compute() {
    let ends = session(
        &shipped("millionaires"),
        &[&["--input", "5"], &["--input", "6"]],
    );
    for end in &ends {
        end.is(0, "Richer::Bob\n");
    }
    let inputs = ["3100", "2950", "4200", "3600", "5100"].map(|input| ["--input", input]);
    let parties: Vec<&[&str]> = inputs.iter().map(|args| args.as_slice()).collect();
    for end in session(&shipped("average"), &parties) {
        end.is(0, "3790\n");
    }
}

#[test]
fn built_in_programs_are_found_by_name() {
    let list = Line::new(&["programs"]).run();
    assert!(list.out.contains("\naverage "), "{list}");
    let printed = Line::new(&["programs", "average"]).run();
    assert!(printed.out.contains("pub fn main"), "{printed}");
    Line::new(&["programs", "no-such"])
        .run()
        .is(3, "")
        .is_clear();
    let simulated = Line::new(&["simulate", "add", "--input=1", "--input=20", "--input=300"]);
    simulated.run().is(0, "321\n");
    for end in session("millionaires", &[&["--input", "5"], &["--input", "6"]]) {
        end.is(0, "Richer::Bob\n");
    }
    let missing = Line::new(&["check", "no-such"]).run();
    missing.is(3, "").tells("no-such").is_clear();
}

#[test]
fn circuits_in_bristol_fashion_are_programs() {
    let folder = Folder::new();
    let and = "2 6\n2 2 2\n1 2\n\n2 1 0 2 4 AND\n2 1 1 3 5 AND\n";
    let file = folder.file("and.txt", and);
    for end in session(&file, &[&["--input", "0x3"], &["--input", "10"]]) {
        end.is(0, "0x2\n");
    }
    let three = Line::new(&[
        "simulate",
        &file,
        "--verify",
        "--input=3",
        "--input=1",
        "--input=()",
    ]);
    three.run().is(0, "0x1\n").tells("3 parties");
    let checked = Line::new(&["check", &file]).run();
    assert!(checked.out.contains("AND gates: 2 "), "{checked}");

    let broken = folder.file("broken.txt", &and.replace("2 1 1 3 5 AND", "2 1 1 9 5 AND"));
    let end = Line::new(&["simulate", &broken, "--input=3", "--input=1"]).run();
    end.is(3, "").tells("line 6").tells("no wire 9").is_clear();
    let end = Line::new(&["simulate", &file, "--input=4", "--input=1"]).run();
    end.is(3, "").tells("party 0 (input0)").is_clear();
}

#[test]
fn a_party_that_is_no_output_party_learns_nothing() {
    let host = ["--input", "1", "--output-parties", "0,2"];
    let joiners = [
        ["--input", "20", "--party", "1"],
        ["--input", "300", "--party", "2"],
    ];
    let ends = session(&shipped("add"), &[&host, &joiners[0], &joiners[1]]);
    ends[0].is(0, "321\n");
    ends[1].is(0, "").tells("learn nothing");
    ends[2].is(0, "321\n");
}

#[test]
fn any_seat_may_evaluate() {
    let host = ["--input", "1", "--evaluator", "1"];
    let joiner = ["--input", "7"];
    for end in session(&shipped("add"), &[&host, &joiner, &joiner]) {
        end.is(0, "15\n");
    }
}

#[test]
fn the_transport_is_the_hosts_choice() {
    let folder = Folder::new();
    let program = folder.file("digits.garble.rs", DIGITS);
    let ends = session(
        &program,
        &[
            &["--input", "1", "--transport", "direct"],
            &["--input", "2", "--party", "1"],
            &["--input", "3", "--party", "2"],
        ],
    );
    for end in &ends {
        end.is(0, "123\n");
    }
    let host = Line::host(&["--program", &program, "--input", "1"]);
    let end = host.and(&["--transport", "memory"]).start().end();
    end.is(2, "");
}

#[test]
fn seats_are_taken_by_index_by_name_or_as_they_come() {
    let folder = Folder::new();
    let program = folder.file("digits.garble.rs", DIGITS);
    let ends = session(
        &program,
        &[
            &["--input", "1", "--party", "c"],
            &["--input", "2", "--party", "1"],
            &["--input", "3"],
        ],
    );
    for (end, seat) in ends
        .iter()
        .zip(["party 2 (c)", "party 1 (b)", "party 0 (a)"])
    {
        end.is(0, "321\n").tells(&format!("You are {seat}."));
    }
}

#[test]
fn options_may_stand_before_the_command_and_open_means_new() {
    let program = format!("--program={}", shipped("add"));
    let first = Line::new(&[&program, "--party=0", "--input=4"]);
    let mut host = first.and(&process::LOCAL).and(&["open"]).start();
    let ticket = host.ticket();
    let others = ["--input=5", "--input=6"].map(|input| {
        let line = Line::new(&[&program, "-q", input]).and(&process::LOCAL);
        line.and(&["join", &ticket]).start()
    });
    host.end().is(0, "15\n");
    for other in others {
        let end = other.end();
        end.is(0, "15\n");
        assert_eq!(end.err, "", "-q is quiet");
    }
}

#[test]
fn json_tells_every_step_in_order() {
    let json = ["--json", "--input", "2"];
    let host = [&json[..], &["--output-parties", "0,2"]].concat();
    let ends = session(&shipped("add"), &[&host, &json, &json]);
    for (i, end) in ends.iter().enumerate() {
        assert_eq!(end.code, 0);
        let events = end.events();
        let mut names: Vec<_> = events.iter().filter_map(|e| e["event"].as_str()).collect();
        assert_eq!(names.len(), events.len(), "every event has a name");
        names.dedup();
        let joined = ["seated", "started", "progress", "result"];
        let expected = [if i == 0 { &["ticket"][..] } else { &[] }, &joined].concat();
        assert_eq!(names, expected);
    }
    let event = |party: usize, name: &str| {
        let events = ends[party].events();
        let mut found = events.into_iter().filter(|event| event["event"] == name);
        found.next().expect("the event")
    };
    let ticket = event(0, "ticket")["ticket"].as_str().map(Ticket::parse);
    assert!(ticket.expect("a text").is_ok());
    let seats = [0, 1, 2].map(|i| event(i, "seated")["party"].as_u64());
    assert_eq!(seats[0], Some(0));
    assert_eq!(seats.iter().flatten().sum::<u64>(), 3, "{seats:?}");
    assert_eq!(event(0, "seated")["name"], "a");
    assert!(event(0, "progress")["phase"].is_string());
    for (i, seat) in seats.iter().enumerate() {
        let value = &event(i, "result")["value"];
        match seat {
            Some(1) => assert!(value.is_null()),
            _ => assert_eq!(value, "6"),
        }
    }
}

#[test]
fn json_tells_errors_too() {
    let end = Line::new(&["new", "--program", "nowhere.garble.rs", "--json"]).run();
    let events = end.events();
    assert_eq!((end.code, events.len()), (3, 1));
    assert_eq!(
        (&events[0]["event"], &events[0]["exit"]),
        (&"error".into(), &3.into())
    );
    assert!(
        events[0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("nowhere"))
    );
}

#[test]
fn without_a_command_the_commands_are_named() {
    for args in [&[][..], &["-q"]] {
        let end = Line::new(args).run();
        end.is(2, "")
            .is_clear()
            .tells("error: no command; one of new, join, simulate, check, programs, verify");
    }
}

#[test]
fn options_that_contradict_each_other_or_mean_nothing_are_refused() {
    let folder = Folder::new();
    let file = folder.file("input.json", "2");
    let add = shipped("add");
    let both = Line::host(&["--program", &add, "--input", "2", "--input-file", &file]);
    both.run().is(2, "").is_clear().tells("not both");
    let misplaced = Line::new(&["programs", "--const", "A=1"]).run();
    misplaced
        .is(2, "")
        .is_clear()
        .tells("--const has no meaning");
}

#[cfg(unix)]
#[test]
fn an_identity_that_is_no_text_is_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let line = Line::host(&["--program", &shipped("add"), "--input", "2"]);
    let end = line.env("IROH_SECRET", OsStr::from_bytes(b"\xff")).run();
    end.is(2, "").is_clear().tells("IROH_SECRET");
}

#[test]
fn a_ticket_file_that_cannot_be_written_ends_the_session() {
    let folder = Folder::new();
    // One is noticed before the session, the other, whose folder takes files, when the ticket is there.
    for name in [String::new(), "a".repeat(300)] {
        let file = folder.path(&name).display().to_string();
        let with = ["--program", &shipped("add"), "--input", "2"];
        let end = Line::host(&with).and(&["--ticket-file", &file]).run();
        end.is(1, "").is_clear().tells("cannot write");
        assert!(!end.err.contains("iroh-mpc join"), "{end}");
    }
}

#[test]
fn a_program_that_does_not_parse_can_do_nothing_at_a_terminal() {
    let folder = Folder::new();
    let source = "pub fn main(a: u32, b: u32 -> u32 {
    // \u{1b}[2J\u{1b}]0;title\u{7}\u{202e}all fine
    a
}
";
    let file = folder.file("odd.garble.rs", source);
    let end = Line::new(&["check", &file]).run();
    end.is(3, "")
        .tells(r"// \u{1b}[2J\u{1b}]0;title\u{7}\u{202e}all fine");
    let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!end.err.contains(hidden), "{end}");
}

/// Whoever waits for standard input, or would compile for long, is ended by one signal.
#[cfg(unix)]
#[test]
fn one_interrupt_ends_what_comes_before_a_session() {
    for (args, phase) in [
        (&["new", "--input", "-"][..], "reading the input"),
        (&["join", "-", "--input", "2"], "reading the ticket"),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_iroh-mpc"))
            .args(args)
            .args(["--program", "add"])
            .args(process::LOCAL)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stdin = child.stdin.take().expect("a piped stdin");
        // More than a pipe holds: once it is written, the other end reads.
        stdin.write_all(&[b' '; 1 << 20]).expect("a reader");
        let interrupt = format!("kill -s INT {}", child.id());
        let sent = Command::new("sh").args(["-c", &interrupt]).status();
        assert!(sent.expect("a shell").success());
        let (ended, end) = mpsc::channel();
        thread::spawn(move || ended.send(child.wait_with_output()));
        // It gets no more, but its standard input is still open.
        let end = end.recv_timeout(process::BOUND).expect("its end");
        drop(stdin);
        let end = end.expect("our own child");
        let err = String::from_utf8_lossy(&end.stderr);
        assert_eq!(end.status.code(), Some(130), "{err}");
        assert_eq!(err, format!("error: interrupted (phase: {phase})\n"));
    }
}

#[test]
fn nobody_is_told_to_wait_for_itself() {
    let inputs = [&["--input", "1"][..]; 3];
    for end in session(&shipped("add"), &inputs) {
        end.is(0, "3\n");
        let own = (end.err.lines()).find_map(|line| line.strip_prefix("You are "));
        let own = own.expect("a seat").trim_end_matches('.');
        let waits = end.err.lines().filter(|line| line.starts_with("Waiting "));
        assert!(!waits.clone().any(|line| line.contains(own)), "{end}");
    }
}

#[test]
fn tickets_and_inputs_come_by_file_and_by_standard_input() {
    let folder = Folder::new();
    let file = folder.path("ticket");
    let with = ["--program", &shipped("add")];
    let mut host = Line::host(&with)
        .and(&[
            "--input",
            "-",
            "--ticket-file",
            file.to_str().expect("UTF-8"),
        ])
        .stdin(" 7\n")
        .start();
    let shown = host.ticket();
    let written = std::fs::read_to_string(&file).expect("the ticket file");
    assert_eq!(written, format!("{shown}\n"));
    let by_stdin = Line::join("-", &with).and(&["--input", "10"]);
    let by_stdin = by_stdin.stdin(&written).start();
    let input_by_stdin = Line::join(&shown, &with).and(&["--input", "-"]);
    let input_by_stdin = input_by_stdin.stdin("20").start();
    for party in [host, by_stdin, input_by_stdin] {
        party.end().is(0, "37\n");
    }
}

#[test]
fn a_lasting_identity_lasts_and_takes_one_seat_only() {
    let folder = Folder::new();
    let (host_key, joiner_key) = (folder.path("host.key"), folder.path("joiner.key"));
    let key_args = |path: &std::path::Path| -> [String; 2] {
        ["--secret-key-file".into(), path.display().to_string()]
    };
    let [option, host_file] = key_args(&host_key);
    let [_, joiner_file] = key_args(&joiner_key);
    let with = ["--program", &shipped("add"), "--input", "2"];

    let mut first = Line::host(&with).and(&[&option, &host_file]).start();
    let id = |ticket: &str| Ticket::parse(ticket).expect("a ticket").host.id;
    let lasting = id(&first.ticket());
    drop(first);
    let secret = std::fs::read_to_string(&host_key).expect("the key was written");

    let mut host = Line::host(&with).env("IROH_SECRET", secret.trim()).start();
    let ticket = host.ticket();
    assert_eq!(id(&ticket), lasting);
    let one = Line::join(&ticket, &with).and(&[&option, &joiner_file, "--party", "1"]);
    let mut one = one.start();
    one.says("You are party 1");
    for file in [&joiner_file, &host_file] {
        let twin = Line::join(&ticket, &with).and(&[&option, file]).run();
        twin.is(4, "").is_clear().tells("identity");
    }
    let other = Line::join(&ticket, &with).start();
    for party in [host, one, other] {
        let end = party.end();
        end.is(0, "6\n");
        assert!(!end.err.contains(secret.trim()), "a secret key was shown");
    }
}

#[test]
fn a_panic_of_the_program_is_told_to_all_output_parties() {
    let host = ["--input", "4294967295", "--output-parties", "0,2"];
    let one = ["--input", "1", "--party", "1"];
    let two = ["--input", "0", "--party", "2", "--json"];
    let ends = session(&shipped("add"), &[&host, &one, &two]);
    ends[0]
        .is(7, "")
        .is_clear()
        .tells("verflow at add.garble.rs:");
    ends[1].is(0, "");
    assert_eq!(ends[2].code, 7);
    let events = ends[2].events();
    let last = events.last().expect("events");
    assert_eq!(
        (&last["event"], &last["exit"]),
        (&"error".into(), &7.into())
    );
}

#[test]
fn two_sessions_at_once_do_not_disturb_each_other() {
    let with = ["--program", &shipped("add")];
    let mut hosts = ["1", "1000"].map(|n| Line::host(&with).and(&["--input", n]).start());
    let tickets = hosts.each_mut().map(Party::ticket);
    let join =
        |ticket: &str, input: &str| Line::join(ticket, &with).and(&["--input", input]).start();
    let joiners = ["2", "3"].map(|n| {
        let thousands = format!("{n}000");
        [join(&tickets[0], n), join(&tickets[1], &thousands)]
    });
    for parties in joiners.into_iter().chain([hosts]) {
        let [small, large] = parties.map(Party::end);
        small.is(0, "6\n");
        large.is(0, "6000\n");
    }
}

#[test]
fn simulate_and_completions_need_no_network() {
    for transport in ["gossip", "memory"] {
        let line = Line::new(&["simulate", &shipped("add"), "--transport", transport]);
        let end = line
            .and(&["--input", "2", "--input", "3", "--input", "4"])
            .run();
        end.is(0, "9\n").tells("AND gates");
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let end = Line::new(&["completions", shell]).run();
        assert!(end.code == 0 && end.out.contains("iroh-mpc"), "{shell}");
    }
}

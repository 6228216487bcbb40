//! Everything that a person or a script sees. Standard output holds the result alone, or JSON events; all else goes to
//! standard error.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod page;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Read, Write},
    path::Path,
    process::ExitCode,
    sync::Mutex,
    time::{Duration, Instant},
};

use clap::CommandFactory;
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use iroh::EndpointId;
use iroh_mpc::{
    error::Error,
    estimate::Cost,
    library::BuiltIn,
    program::{Compiled, Finding, Program, ProgramError},
    proto::wire::Terms,
    receipt::Receipt,
    session::{Gathered, Notice},
    simulate::Simulated,
    ticket::Ticket,
};
use serde_json::{Map, Number, Value, json};

use crate::cli::{Cli, GeneralArgs};

/// How often the spinner turns while the engine works.
const SPIN: Duration = Duration::from_millis(120);

/// The terminal itself, whatever the standard streams are.
#[cfg(unix)]
const TERMINAL: &str = "/dev/tty";
#[cfg(windows)]
const TERMINAL: &str = "CONIN$";

/// No answer to a question is longer.
const MAX_ANSWER: u64 = 1000;

/// The voice of the program.
pub struct Ui {
    json: bool,
    quiet: bool,
    /// The ticket is written to a file.
    ticket_file: bool,
    verbose: bool,
    spinner: ProgressBar,
    state: Mutex<State>,
}

/// A program's circuit by each way to it, and what it costs.
pub struct Price<'a> {
    pub optimized: &'a Compiled,
    pub lowered: &'a Compiled,
    /// It fails on some programs that we take.
    pub garble_lang: Option<&'a Compiled>,
    pub cost: &'a Cost,
    pub findings: &'a [Finding],
    /// The round trip, and the bandwidth of each party in Mbit/s.
    pub network: (Duration, u32),
}

impl Price<'_> {
    fn time(&self) -> Duration {
        let (rtt, mbit) = self.network;
        self.cost.time(rtt, u64::from(mbit) * 1_000_000 / 8)
    }
}

#[derive(Default)]
struct State {
    names: Vec<String>,
    /// The host's program, which the user has not read yet.
    unread: Option<Program>,
    gathered: Option<Gathered>,
    /// The user will be asked for consent.
    will_ask: bool,
    seat: Option<usize>,
    board: Vec<Option<bool>>,
    started: Option<Instant>,
}

impl Ui {
    /// A voice as the options want it.
    pub fn new(args: &GeneralArgs, ticket_file: bool) -> Self {
        let spinner = if args.quiet || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::no_length()
        };
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
        Self {
            json: args.json,
            quiet: args.quiet,
            ticket_file,
            verbose: args.verbose > 0,
            spinner: spinner.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner())),
            state: Mutex::default(),
        }
    }

    /// Remembers the seats' names.
    pub fn know(&self, program: &Program) {
        let names = program.seats().iter().map(|seat| seat.name.clone());
        self.state().names = names.collect();
    }

    /// Tells what happens in a session.
    pub fn notice(&self, notice: Notice) {
        match notice {
            Notice::Ticket(ticket) => self.ticket(&ticket),
            Notice::NoRelay => {
                self.say("No relay answers: others reach this machine on direct addresses only.");
            }
            Notice::Fetched(program) => {
                self.know(&program);
                self.state().unread = Some(program);
            }
            Notice::Seated { seat, id, terms } => self.seated(seat, &id, &terms),
            Notice::Board(board) => self.board(board),
            Notice::Gathered(gathered) => self.gathered(gathered),
            Notice::Findings(findings) => self.findings(&findings),
            Notice::Started => self.started(),
            Notice::Forming(step) => self.step(step),
            Notice::Route { party, via } => self.route(party, via),
            Notice::Phase(phase) => self.phase(&phase),
            Notice::Result { value, bytes_sent } => self.result(value, bytes_sent),
            // Written, if it is wanted, before it is told.
            Notice::Receipt(_) => {}
            Notice::Warning(text) => self.say(&format!("warning: {text}")),
        }
    }

    fn ticket(&self, ticket: &Ticket) {
        let command = format!("iroh-mpc join {ticket}");
        self.event(
            "ticket",
            json!({ "ticket": ticket.to_string(), "command": command }),
        );
        // Without the ticket nobody can join, so it is told even when we are to be quiet, unless it is told elsewhere.
        if !(self.quiet && (self.json || self.ticket_file)) {
            let text = format!("Each of the others runs:\n\n    {command}\n");
            self.spinner.suspend(|| eprintln!("{text}"));
        }
    }

    fn seated(&self, seat: usize, id: &EndpointId, terms: &Terms) {
        let mut state = self.state();
        state.seat = Some(seat);
        let name = state.names.get(seat).cloned().unwrap_or_default();
        let unread = state.unread.take();
        drop(state);
        let fields = json!({ "party": seat, "name": name, "id": id.to_string() });
        self.event("seated", fields);
        if let Some(program) = unread {
            self.show(&page::first(&program, seat, terms));
        }
        self.say(&format!("You are party {seat} ({name})."));
        if self.verbose {
            self.say(&format!("Your endpoint id is {id}."));
        }
    }

    fn gathered(&self, gathered: Gathered) {
        let mut state = self.state();
        let page = page::second(&gathered, &state.names, state.seat);
        state.gathered = Some(gathered);
        drop(state);
        self.show(&page);
    }

    /// A page of what the user is asked to consent to. A question without it would make no sense, so it comes with `-q`, too.
    fn show(&self, page: &str) {
        if !self.quiet || self.state().will_ask {
            self.spinner.suspend(|| eprintln!("{page}"));
        }
    }

    fn board(&self, board: Vec<Option<bool>>) {
        let mut state = self.state();
        if state.board == board {
            return;
        }
        state.board.clone_from(&board);
        let name = |seat: usize| state.names.get(seat).cloned().unwrap_or_default();
        let missing: Vec<String> = (board.iter().enumerate())
            .filter(|(seat, holder)| **holder != Some(true) && Some(*seat) != state.seat)
            .map(|(seat, holder)| match holder {
                None => format!("party {seat} ({})", name(seat)),
                Some(_) => format!("the input of party {seat} ({})", name(seat)),
            })
            .collect();
        drop(state);
        if !missing.is_empty() {
            self.say(&format!("Waiting for {}.", missing.join(", ")));
        }
    }

    fn started(&self) {
        let mut state = self.state();
        state.started = Some(Instant::now());
        let names = state.names.clone();
        let gathered = state.gathered.take();
        drop(state);
        let fields = gathered.map(|gathered| {
            let parties = gathered.roster.parties.iter().enumerate();
            let parties: Vec<Value> = parties
                .map(|(seat, party)| {
                    let id = party.id.to_string();
                    let consts = party.consts.iter().map(|(name, value)| {
                        // A number outside of all types of constants comes from nobody that was let in.
                        let value = Number::from_i128(*value).map_or(Value::Null, Value::Number);
                        (name.clone(), value)
                    });
                    let consts: Map<String, Value> = consts.collect();
                    json!({ "party": seat, "name": names.get(seat), "id": id, "consts": consts })
                })
                .collect();
            json!({ "words": gathered.words, "parties": parties })
        });
        self.event("started", fields.unwrap_or(json!({})));
        self.say("Everybody is ready: computing.");
        self.spinner.reset_elapsed();
        self.spinner.enable_steady_tick(SPIN);
    }

    fn route(&self, party: usize, via: Option<usize>) {
        self.event("route", json!({ "party": party, "via": via }));
        self.say(&match via {
            Some(via) => format!(
                "No path to party {party}: party {via} passes on what is sealed for it. This is slower."
            ),
            None => format!("There is a path to party {party} again."),
        });
    }

    fn phase(&self, phase: &str) {
        self.event("progress", json!({ "phase": phase }));
        self.step(phase);
        self.spinner.set_message(phase.to_string());
    }

    fn step(&self, phase: &str) {
        if self.verbose {
            self.say(&format!("phase: {phase}"));
        }
    }

    fn result(&self, value: Option<String>, bytes_sent: u64) {
        let started = self.state().started;
        let seconds = started.map_or(Duration::ZERO, |start| start.elapsed());
        self.spinner.finish_and_clear();
        let (sent, took) = (HumanBytes(bytes_sent), HumanDuration(seconds));
        let took = if seconds < Duration::from_secs(10) {
            format!("{:.2} s", seconds.as_secs_f64())
        } else {
            took.to_string()
        };
        self.event(
            "result",
            json!({ "value": value, "bytes_sent": bytes_sent, "seconds": seconds.as_secs_f64() }),
        );
        if self.json {
            return;
        }
        match value {
            Some(value) => self.out(&value),
            None => self.say("The others have the result; you learn nothing, as agreed."),
        }
        self.say(&format!("Computed in {took}, {sent} sent."));
    }

    /// Tells how a simulation went.
    pub fn simulated(&self, compiled: &Compiled, simulated: &Simulated) {
        self.spinner.finish_and_clear();
        let seconds = simulated.computing.as_secs_f64();
        let (gates, bytes) = (compiled.and_gates(), simulated.bytes_sent);
        self.event(
            "result",
            json!({
                "value": simulated.value,
                "and_gates": gates,
                "seconds": seconds,
                "bytes_sent": bytes,
            }),
        );
        if !self.json {
            self.out(&simulated.value);
        }
        let parties = compiled.circuit().input_regs.len();
        let (gates, bytes) = (HumanCount(gates as u64), HumanBytes(bytes));
        self.say(&format!(
            "{parties} parties, {gates} AND gates, computed in {seconds:.2} s, {bytes} sent in all."
        ));
    }

    /// Tells where the receipt is, and who has not signed it.
    pub fn receipt(&self, path: &Path, missing: &[usize]) {
        let path = path.display().to_string();
        self.event("receipt", json!({ "file": path, "missing": missing }));
        let lacks = match missing {
            [] => String::new(),
            missing => format!(
                "; missing is the signature of {}",
                page::list(missing.iter().copied())
            ),
        };
        self.say(&format!("Receipt: {path}{lacks}."));
    }

    /// Shows what a receipt says. All that is shown was signed by those who are said to have signed. `program` is one that was
    /// found to be the receipt's.
    pub fn verified_receipt(&self, receipt: &Receipt, program: Option<&str>) {
        if self.json {
            return self.out(&page::receipt_event(receipt, program).to_string());
        }
        self.out(&page::receipt(receipt, program));
    }

    /// Tells that circuit and reference evaluator agree.
    pub fn verified(&self, compared: usize) {
        self.say(&format!(
            "The circuit agrees with the reference evaluator on {compared} sets of inputs."
        ));
    }

    /// Shows what a program takes, gives and costs.
    pub fn checked(&self, program: &Program, price: Option<Price>) {
        let seats = program.seats().iter().enumerate();
        if self.json {
            let parties: Vec<Value> = seats
                .map(|(i, seat)| json!({ "seat": i, "name": seat.name, "type": seat.ty.to_string() }))
                .collect();
            let consts: Map<String, Value> = (program.consts())
                .map(|(name, value)| (name.to_string(), value.into()))
                .collect();
            let needs: Vec<Value> = (program.needs().iter())
                .map(|need| {
                    json!({
                        "party": need.party,
                        "name": need.name,
                        "type": need.ty.to_string(),
                        "inferred": need.inferred,
                    })
                })
                .collect();
            let price = price.as_ref();
            let cost = price.map(|it| it.cost);
            let object = json!({
                "v": 1,
                "parties": parties,
                "result_type": program.result_type().to_string(),
                "consts": consts,
                "wanted_consts": needs,
                "and_gates": price.map(|it| it.optimized.and_gates()),
                "and_gates_compiled": price.map(|it| it.lowered.and_gates()),
                "and_gates_garble_lang": price.and_then(|it| it.garble_lang.map(Compiled::and_gates)),
                "total_gates": price.map(|it| it.optimized.total_gates()),
                "bytes_per_party": cost.map(|it| it.total_bytes() / it.sent.len() as u64),
                "bytes_sent": cost.map(|it| &it.sent),
                "bytes_received": cost.map(|it| &it.received),
                "largest_message": cost.map(|it| it.largest_message),
                "flights": cost.map(|it| it.flights),
                "memory": cost.map(|it| &it.memory),
                "findings": price.map(|it| it.findings).unwrap_or_default(),
                "seconds": price.map(|it| it.time().as_secs_f64()),
            });
            return self.out(&object.to_string());
        }
        for (i, seat) in seats {
            self.out(&format!("party {i}: {} ({})", seat.name, seat.ty));
        }
        for (name, value) in program.consts() {
            self.out(&format!("const {name} = {value}"));
        }
        for need in program.needs() {
            let (party, name, ty) = (need.party, &need.name, &need.ty);
            let how = if need.inferred {
                ": the length of its input"
            } else {
                ": it gives it with --const"
            };
            self.out(&format!("party {party} says {name} ({ty}){how}"));
        }
        self.out(&format!("result: {}", program.result_type()));
        let Some(price) = price else {
            return self.say(
                "The cost depends on the constants: give them as --const PARTY_0::NAME=VALUE.",
            );
        };
        let count = |gates: usize| HumanCount(gates as u64);
        let Price {
            optimized, lowered, ..
        } = price;
        let (gates, before) = (count(optimized.and_gates()), count(lowered.and_gates()));
        self.out(&format!(
            "AND gates: {gates} ({before} before optimisation)"
        ));
        if let Some(theirs) = price.garble_lang {
            let gates = count(theirs.and_gates());
            self.out(&format!("by garble_lang's own back end: {gates}"));
        }
        self.out(&format!("all gates: {}", count(optimized.total_gates())));
        self.cost(&price);
        self.findings(price.findings);
    }

    /// Tells what is remarkable about a program.
    fn findings(&self, findings: &[Finding]) {
        for finding in findings {
            self.say(&finding.to_string());
        }
    }

    fn cost(&self, price: &Price) {
        let cost = price.cost;
        let most = |of: &[u64]| HumanBytes(of.iter().copied().max().unwrap_or_default());
        self.out(&format!(
            "each party sends up to {}, receives up to {}; the largest message has {}",
            most(&cost.sent),
            most(&cost.received),
            HumanBytes(cost.largest_message),
        ));
        let ((rtt, mbit), flights) = (price.network, cost.flights);
        let rtt = humantime::format_duration(rtt);
        self.out(&format!(
            "about {:.1} s at a round trip of {rtt} and {mbit} Mbit/s ({flights} messages one after another)",
            price.time().as_secs_f64(),
        ));
        self.out(&format!("memory: about {} at most", most(&cost.memory)));
    }

    /// Lists the built-in programs.
    pub fn programs(&self, all: &[BuiltIn]) {
        let widest = all.iter().map(|it| it.name.len()).max().unwrap_or(0);
        for it in all {
            let (name, question) = (it.name, it.question());
            if self.json {
                let line = json!({ "v": 1, "name": name, "question": question });
                self.out(&line.to_string());
            } else {
                self.out(&format!("{name:widest$}  {question}"));
            }
        }
    }

    /// Prints a built-in program.
    pub fn program(&self, program: &BuiltIn) {
        if self.json {
            let (name, text) = (program.name, program.text);
            let line =
                json!({ "v": 1, "name": name, "question": program.question(), "text": text });
            return self.out(&line.to_string());
        }
        self.out(program.text.trim_end());
    }

    /// Tells that a simulation begins.
    pub fn simulates(&self) {
        self.event("started", json!({}));
        self.spinner.set_message("simulating");
        self.spinner.enable_steady_tick(SPIN);
    }

    /// Tells the error that ends the program.
    pub fn error(&self, error: &Error) {
        self.spinner.finish_and_clear();
        if self.json {
            self.out(&error_event(error).to_string());
        }
        print_error(error);
    }

    /// Something that is good to know.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.spinner.suspend(|| eprintln!("{text}"));
        }
    }

    /// Asks for an input at the terminal, without echo.
    pub fn ask(seat: usize, name: &str, ty: &str) -> io::Result<String> {
        let question = format!("Your input as party {seat}, {name}: {ty} (not shown): ");
        rpassword::prompt_password(question)
    }

    /// Gets ready to ask for consent. `false` if there is no terminal on which a person sees the pages and answers; standard
    /// input may be something else.
    pub fn will_ask(&self) -> bool {
        let can_ask = io::stderr().is_terminal() && File::open(TERMINAL).is_ok();
        self.state().will_ask = can_ask;
        can_ask
    }

    /// Asks for consent. Only a clear yes is one.
    pub fn ask_consent(&self) -> bool {
        self.spinner.suspend(|| {
            eprint!("Compute this together? [y/N] ");
            io::stderr().flush().ok();
        });
        let mut answer = String::new();
        let read = File::open(TERMINAL)
            .and_then(|tty| BufReader::new(tty.take(MAX_ANSWER)).read_line(&mut answer));
        let answer = answer.trim().to_lowercase();
        read.is_ok() && ["y", "yes"].contains(&answer.as_str())
    }

    fn event(&self, name: &str, fields: Value) {
        if self.json {
            let mut event = json!({ "v": 1, "event": name });
            if let (Some(event), Value::Object(fields)) = (event.as_object_mut(), fields) {
                event.extend(fields);
            }
            self.out(&event.to_string());
        }
    }

    /// One line on standard output. A reader that has gone away is no error of ours.
    fn out(&self, line: &str) {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).ok();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Tells what is wrong with the command line, or gives the help that was asked for.
pub fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Help and version. A reader that has gone away is no error of ours.
        error.print().ok();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    // What follows the first empty line is advice that our own hint replaces.
    let lines = text.lines().map(str::trim);
    let what: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let error = Error::Usage(what.join(" ").trim_start_matches("error: ").to_string());
    if std::env::args_os().any(|arg| arg == "--json") {
        println!("{}", error_event(&error));
    }
    print_error(&error);
    ExitCode::from(error.exit_code())
}

fn error_event(error: &Error) -> Value {
    json!({
        "v": 1,
        "event": "error",
        "exit": error.exit_code(),
        "message": message(error),
        "hint": error.hint(),
    })
}

fn print_error(error: &Error) {
    eprintln!("error: {}", message(error));
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}

/// One line, but for a compiler's excerpt.
fn message(error: &Error) -> String {
    match error {
        Error::Program(ProgramError::Source { .. }) => error.to_string(),
        _ => one_line(&error.to_string()),
    }
}

/// Prints a completion script.
pub fn completions(shell: clap_complete::Shell) {
    clap_complete::generate(shell, &mut Cli::command(), "iroh-mpc", &mut io::stdout());
}

/// An error of another crate may have several lines, or control characters of a path.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}

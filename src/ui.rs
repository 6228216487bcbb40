//! Everything that a person or a script sees. Standard output holds the result alone, or JSON events; all else goes to
//! standard error.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod ask;
mod check;
mod error;
mod page;
pub mod terminal;

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
    sync::Mutex,
    time::{Duration, Instant},
};

use clap::CommandFactory;
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use iroh::EndpointId;
use iroh_mpc::{
    error::Error,
    library::BuiltIn,
    program::{Compiled, Finding, Program},
    proto::wire::Terms,
    receipt::Receipt,
    session::{Gathered, Notice},
    simulate::Simulated,
    ticket::Ticket,
};
use serde_json::{Map, Number, Value, json};

pub use self::{check::Price, error::usage};
use crate::cli::{Cli, GeneralArgs};

/// How often the spinner turns while the engine works.
const SPIN: Duration = Duration::from_millis(120);

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
    /// Whom we said last that we wait for.
    waiting: Option<String>,
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
        self.waits();
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
        self.state().board = board;
        self.waits();
    }

    /// Tells whom we wait for. Who does not know its own seat yet could be told to wait for itself.
    fn waits(&self) {
        let mut state = self.state();
        let text = (state.seat).and_then(|own| page::waiting(&state.board, &state.names, own));
        let is_new = state.waiting != text;
        state.waiting.clone_from(&text);
        drop(state);
        if let (true, Some(text)) = (is_new, text) {
            self.say(&text);
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

    /// Tells what is remarkable about a program.
    fn findings(&self, findings: &[Finding]) {
        for finding in findings {
            self.say(&finding.to_string());
        }
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
            self.out(&error::event(error).to_string());
        }
        error::print(error);
    }

    /// Something that is good to know.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.spinner.suspend(|| eprintln!("{text}"));
        }
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

/// Prints a completion script.
pub fn completions(shell: clap_complete::Shell) {
    clap_complete::generate(shell, &mut Cli::command(), "iroh-mpc", &mut io::stdout());
}

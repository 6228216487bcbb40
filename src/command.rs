//! From the command line to what the library is asked to do.

mod input;
mod receipt;

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use futures::FutureExt;
use iroh::{EndpointId, SecretKey};
use iroh_mpc::{
    engine,
    error::Error,
    estimate::Cost,
    library::{self, BuiltIn},
    node::{NodeConfig, Relay},
    program::{Backend, Compiled, Input, Need, Program, ProgramError, Source},
    proto::wire,
    session::{self, Consent, Entry, Interrupt, Notice, Options},
    simulate::{self, Simulation},
    ticket::Ticket,
};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::{
    cli::{Cli, Command, NetworkArgs, TermArgs, Transport},
    ui::{self, Ui},
};

const PEER_TIMEOUT: Duration = Duration::from_secs(30);
const STALL_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Does what the command line says.
pub async fn run(cli: Cli, ui: Arc<Ui>, interrupt: Interrupt) -> Result<(), Error> {
    if let Some(misplaced) = cli.misplaced() {
        return Err(Error::Usage(misplaced));
    }
    match &cli.command {
        Command::New => take_part(&cli, None, ui, interrupt).await,
        Command::Join { ticket } => {
            let ticket = read_ticket(ticket, &cli)?;
            take_part(&cli, Some(ticket), ui, interrupt).await
        }
        Command::Simulate { file, verify } => simulate(&cli, file, *verify, &ui, interrupt).await,
        Command::Check {
            file,
            rtt,
            bandwidth,
        } => check(&cli, file, (*rtt, *bandwidth), &ui),
        Command::Programs { name } => programs(name.as_deref(), &ui),
        Command::Verify { file } => receipt::verify(&cli, file, &ui),
        Command::Completions { shell } => {
            ui::completions(*shell);
            Ok(())
        }
    }
}

async fn take_part(
    cli: &Cli,
    ticket: Option<Ticket>,
    ui: Arc<Ui>,
    interrupt: Interrupt,
) -> Result<(), Error> {
    let program = (cli.session.program.as_deref())
        .map(|path| Program::check(load(path)?))
        .transpose()?;
    let asked = cli.session.party.as_deref();
    let seat = match (&program, asked) {
        (Some(program), Some(asked)) => Some(program.seat(asked).map_err(usage)?),
        _ => None,
    };
    let consent = match &program {
        Some(program) => {
            ui.know(program);
            Consent::Given
        }
        None => consent(cli, ticket.is_none(), ui.clone())?,
    };
    let entry = match (ticket, &program) {
        (Some(ticket), _) => Entry::Join {
            ticket,
            seat: asked.map(str::to_string),
        },
        (None, Some(program)) => Entry::New {
            seat: seat.unwrap_or(0),
            output_parties: output_parties(&cli.terms, program)?,
            evaluator: evaluator(&cli.terms, program)?,
            optimize: !cli.terms.no_optimize,
            transport: match cli.terms.transport {
                Some(Transport::Direct) => wire::Transport::Direct,
                _ => wire::Transport::Gossip,
            },
            allow: allow(&cli.terms, program)?,
        },
        (None, None) => return Err(no_program()),
    };
    let known_seat = match &entry {
        Entry::New { seat, .. } => Some(*seat),
        Entry::Join { .. } => seat,
    };
    let options = Options {
        input: input::own(&cli.session, program.as_ref(), known_seat)?,
        compiled: host_compiles(&entry, program.as_ref())?,
        entry,
        spill_gates: engine::SPILL_GATES,
        node: node(&cli.network)?,
        program,
        consent,
        wait: cli.network.wait,
        peer_timeout: cli.network.peer_timeout.unwrap_or(PEER_TIMEOUT),
        stall_timeout: cli.network.stall_timeout.unwrap_or(STALL_TIMEOUT),
    };
    let ticket_file = (cli.session.ticket_file.as_deref())
        .map(TicketFile::prepare)
        .transpose()?;
    let receipt_file = cli.session.receipt.as_deref();
    receipt_file.map(receipt::check_place).transpose()?;
    let signed = Mutex::new(None);
    let notify = |notice: Notice| match notice {
        Notice::Receipt(receipt) => *lock(&signed) = Some(receipt),
        notice => {
            if let (Notice::Ticket(ticket), Some(file)) = (&notice, &ticket_file)
                && let Err(error) = file.write(ticket)
            {
                ui.error(&error);
            }
            ui.notice(notice);
        }
    };
    session::run(options, &notify, interrupt).await?;
    match receipt_file {
        Some(path) => receipt::write(path, lock(&signed).take().as_deref(), &ui),
        None => Ok(()),
    }
}

/// A program from its file or, where there is no such file, the built-in one of that name.
fn load(path: &Path) -> Result<Source, ProgramError> {
    let built_in = path.to_str().and_then(BuiltIn::find);
    match built_in {
        Some(built_in) if !path.exists() => Ok(built_in.source()),
        _ => Source::load(path),
    }
}

fn programs(name: Option<&str>, ui: &Ui) -> Result<(), Error> {
    let Some(name) = name else {
        ui.programs(library::BUILT_INS);
        return Ok(());
    };
    let built_in = BuiltIn::find(name).ok_or_else(|| ProgramError::Unfit {
        name: name.into(),
        why: "is not built in; `iroh-mpc programs` lists those that are".into(),
    })?;
    ui.program(&built_in);
    Ok(())
}

/// The host compiles before it prints a ticket, so that it does not invite others to a program that can't run.
fn host_compiles(entry: &Entry, program: Option<&Program>) -> Result<Option<Arc<Compiled>>, Error> {
    match (entry, program) {
        (Entry::New { optimize, .. }, Some(program)) if program.is_sized() => {
            Ok(Some(Arc::new(program.compile(backend(!optimize))?)))
        }
        _ => Ok(None),
    }
}

fn no_program() -> Error {
    Error::Usage("--program FILE is missing: what shall be computed?".into())
}

/// How somebody consents who has not brought the program. Clear before anybody is bothered.
fn consent(cli: &Cli, is_host: bool, ui: Arc<Ui>) -> Result<Consent, Error> {
    if is_host {
        return Err(no_program());
    }
    if cli.session.yes {
        return Ok(Consent::Given);
    }
    if !ui.will_ask() {
        return Err(Error::not_formed(
            "there is no terminal to ask for your consent to the host's program",
            "give --program FILE, or --yes to consent to whatever the host runs",
        ));
    }
    // A thread waits for the person, so that the session goes on meanwhile.
    let ask = move || tokio::task::spawn_blocking(move || ui.ask_consent());
    Ok(Consent::Ask(Box::new(|| {
        ask().map(|answer| answer.unwrap_or(false)).boxed()
    })))
}

/// Who may have a seat. The host has its own in any case.
fn allow(terms: &TermArgs, program: &Program) -> Result<Option<BTreeSet<EndpointId>>, Error> {
    let allow: BTreeSet<EndpointId> = terms.allow.iter().copied().collect();
    let others = program.parties() - 1;
    match allow.len() {
        0 => Ok(None),
        given if given < others => Err(Error::Usage(format!(
            "--allow names {given} of the {others} other parties: the session could never be complete"
        ))),
        _ => Ok(Some(allow)),
    }
}

fn backend(no_optimize: bool) -> Backend {
    if no_optimize {
        Backend::Lowered
    } else {
        Backend::Optimized
    }
}

/// Shows what a program takes, gives and costs. The network is a round trip and Mbit/s.
fn check(cli: &Cli, file: &Path, network: (Duration, u32), ui: &Ui) -> Result<(), Error> {
    let program = Program::check(load(file)?)?;
    let consts = input::all_consts(&cli.session.consts, &program, &[])?;
    let wanted = |need: &Need| !consts[need.party].contains_key(&need.name);
    if program.needs().iter().any(wanted) {
        ui.checked(&program, None);
        return Ok(());
    }
    let program = program.with_constants(&consts)?;
    let optimized = program.compile(Backend::Optimized)?;
    let lowered = program.compile(Backend::Lowered)?;
    // It fails on some programs that we take; then there is nothing to compare with.
    let garble_lang = program.compile(Backend::GarbleLang).ok();
    let cost = Cost::new(
        optimized.circuit(),
        evaluator(&cli.terms, &program)?,
        &output_parties(&cli.terms, &program)?,
        engine::spill(&optimized, true, engine::SPILL_GATES).is_some(),
    );
    let findings = program.findings(&optimized);
    let price = ui::Price {
        findings: &findings,
        optimized: &optimized,
        lowered: &lowered,
        garble_lang: garble_lang.as_ref(),
        cost: &cost,
        network,
    };
    ui.checked(&program, Some(price));
    Ok(())
}

async fn simulate(
    cli: &Cli,
    file: &Path,
    verify: bool,
    ui: &Ui,
    interrupt: Interrupt,
) -> Result<(), Error> {
    let mut program = Program::check(load(file)?)?;
    let given = cli.session.inputs.len();
    // A published circuit has two inputs as a rule; who takes part without one has the input `()`.
    let parties = program.parties();
    if given > parties
        && let Some(larger) = program.with_idle_seats(given - parties)
    {
        program = larger?;
    }
    let given = input::of_all(&cli.session, program.parties())?;
    let consts = input::all_consts(&cli.session.consts, &program, &given)?;
    let program = program.with_constants(&consts)?;
    let inputs = (given.iter().enumerate())
        .map(|(party, given)| program.input(party, given))
        .collect::<Result<Vec<Input>, ProgramError>>()?;
    let compiled = Arc::new(program.compile(backend(cli.terms.no_optimize))?);
    if verify {
        let bits: Vec<Vec<bool>> = inputs.iter().map(|input| input.bits().to_vec()).collect();
        let compared = program.verify(&compiled, Some(&bits), &mut rand::rng());
        ui.verified(compared.map_err(|e| Error::Local(e.to_string()))?);
    }
    let simulation = Simulation {
        compiled: compiled.clone(),
        output_parties: output_parties(&cli.terms, &program)?,
        evaluator: evaluator(&cli.terms, &program)?,
        program: program.clone(),
        inputs,
        transport: match cli.terms.transport {
            None | Some(Transport::Gossip) => simulate::Transport::Gossip,
            Some(Transport::Direct) => simulate::Transport::Direct,
            Some(Transport::Memory) => simulate::Transport::Memory,
        },
        peer_timeout: cli.network.peer_timeout.unwrap_or(PEER_TIMEOUT),
        stall_timeout: cli.network.stall_timeout.unwrap_or(STALL_TIMEOUT),
    };
    ui.simulates();
    let simulated = simulate::run(simulation, interrupt).await?;
    ui.simulated(&compiled, &simulated);
    Ok(())
}

fn read_ticket(text: &str, cli: &Cli) -> Result<Ticket, Error> {
    if text != "-" {
        return Ticket::parse(text);
    }
    if cli.session.input.iter().any(|input| input == "-") {
        return Err(Error::Usage(
            "the ticket and the input can't both come from standard input".into(),
        ));
    }
    Ticket::parse(&input::read_stdin().map_err(|e| Error::Ticket(e.to_string()))?)
}

fn output_parties(terms: &TermArgs, program: &Program) -> Result<Vec<usize>, Error> {
    match terms.output_parties.as_deref() {
        None | Some("all") => Ok((0..program.parties()).collect()),
        Some(list) => {
            let seats = list.split(',').map(|seat| program.seat(seat.trim()));
            let mut seats = seats.collect::<Result<Vec<_>, _>>().map_err(usage)?;
            seats.sort_unstable();
            seats.dedup();
            Ok(seats)
        }
    }
}

fn evaluator(terms: &TermArgs, program: &Program) -> Result<usize, Error> {
    let asked = terms.evaluator.as_deref().unwrap_or("0");
    program.seat(asked).map_err(usage)
}

/// A seat that does not exist is a mistake on the command line, not in the program.
fn usage(error: ProgramError) -> Error {
    Error::Usage(error.to_string())
}

fn node(args: &NetworkArgs) -> Result<NodeConfig, Error> {
    Ok(NodeConfig {
        secret_key: secret_key(args.secret_key_file.as_deref())?,
        relay: args.relay.clone().unwrap_or(Relay::Default),
        bind: args.bind.clone(),
    })
}

/// The identity: from a file, from the environment, or a fresh one. Never from the command line, which others can see.
fn secret_key(file: Option<&Path>) -> Result<SecretKey, Error> {
    if let Some(file) = file {
        return match std::fs::read_to_string(file) {
            Ok(text) => parse_key(&Zeroizing::new(text), &file.display().to_string()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => new_key(file),
            Err(e) => Err(Error::Local(format!("cannot read {}: {e}", file.display()))),
        };
    }
    match std::env::var("IROH_SECRET") {
        Ok(text) => parse_key(&Zeroizing::new(text), "IROH_SECRET"),
        Err(_) => Ok(SecretKey::generate()),
    }
}

fn parse_key(text: &str, from: &str) -> Result<SecretKey, Error> {
    SecretKey::from_str(text.trim()).map_err(|_| {
        Error::Usage(format!(
            "{from} holds no secret key: expected 64 hex digits"
        ))
    })
}

fn new_key(file: &Path) -> Result<SecretKey, Error> {
    let key = SecretKey::generate();
    let hex: String = key
        .to_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let text = Zeroizing::new(hex);
    write_whole(file, text.as_bytes())?;
    Ok(key)
}

/// Where the ticket is written, whole or not at all. Made ready before the session is, so that a folder that can't be written
/// to is noticed while nobody waits yet.
struct TicketFile {
    path: PathBuf,
    draft: Mutex<Option<NamedTempFile>>,
}

impl TicketFile {
    fn prepare(path: &Path) -> Result<Self, Error> {
        let draft = draft(path).map_err(|e| cannot_write(path, &e))?;
        Ok(Self {
            path: path.to_path_buf(),
            draft: Mutex::new(Some(draft)),
        })
    }

    fn write(&self, ticket: &Ticket) -> Result<(), Error> {
        let draft = lock(&self.draft).take();
        let written = draft.map(|draft| finish(draft, &self.path, ticket.to_string().as_bytes()));
        written
            .unwrap_or(Ok(()))
            .map_err(|e| cannot_write(&self.path, &e))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::Local(format!("cannot write {}: {error}", path.display()))
}

/// Writes a file whole or not at all, readable by its owner alone.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let draft = draft(path);
    let written = draft.and_then(|draft| finish(draft, path, bytes));
    written.map_err(|e| cannot_write(path, &e))
}

fn draft(path: &Path) -> io::Result<NamedTempFile> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => NamedTempFile::new_in(folder),
        _ => NamedTempFile::new_in("."),
    }
}

fn finish(mut draft: NamedTempFile, path: &Path, bytes: &[u8]) -> io::Result<()> {
    draft.write_all(bytes)?;
    draft.write_all(b"\n")?;
    draft.persist(path)?;
    Ok(())
}

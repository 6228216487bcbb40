//! From the command line to what the library is asked to do.

mod file;
mod input;
mod key;
mod receipt;
mod stop;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use futures::FutureExt;
use iroh::EndpointId;
use iroh_mpc::{
    engine,
    error::Error,
    estimate::Cost,
    library::{self, BuiltIn},
    node::{NodeConfig, Relay},
    program::{Backend, Compiled, Input, Need, Program, ProgramError, Source},
    proto::wire,
    session::{self, Consent, Entry, Notice, Options, ReadInput},
    simulate::{self, Simulation},
    ticket::Ticket,
};

use self::file::TicketFile;
pub use self::stop::Stop;
use crate::{
    cli::{Cli, Command, Literal, NetworkArgs, TermArgs, Transport},
    ui::{self, Ui},
};

const PEER_TIMEOUT: Duration = Duration::from_secs(30);
const STALL_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Does what the command line says.
pub async fn run(cli: Cli, ui: Arc<Ui>, stop: &Stop) -> Result<(), Error> {
    if let Some(misplaced) = cli.misplaced() {
        return Err(Error::Usage(misplaced));
    }
    let cli = Arc::new(cli);
    match &cli.command {
        Command::New => take_part(&cli, None, ui, stop).await,
        Command::Join { ticket } => {
            let ticket = read_ticket(ticket, &cli, stop).await?;
            take_part(&cli, Some(ticket), ui, stop).await
        }
        Command::Simulate { file, verify } => simulate(&cli, file, *verify, &ui, stop).await,
        Command::Check {
            file,
            rtt,
            bandwidth,
        } => check(&cli, file, (*rtt, *bandwidth), &ui, stop).await,
        Command::Programs { name } => programs(name.as_deref(), &ui),
        Command::Verify { file } => receipt::verify(&cli, file, &ui),
        Command::Completions { shell } => {
            ui::completions(*shell);
            Ok(())
        }
    }
}

async fn take_part(
    cli: &Arc<Cli>,
    ticket: Option<Ticket>,
    ui: Arc<Ui>,
    stop: &Stop,
) -> Result<(), Error> {
    let program = match &cli.session.program {
        Some(path) => Some(read_program(path, stop).await?),
        None => None,
    };
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
        input: read_input(cli, program.as_ref(), known_seat, stop).await?,
        compiled: host_compiles(&entry, program.as_ref(), stop).await?,
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
    let (signed, unwritten) = (Mutex::new(None), Mutex::new(None));
    let notify = |notice: Notice| match notice {
        Notice::Receipt(receipt) => *lock(&signed) = Some(receipt),
        notice => {
            if let (Notice::Ticket(ticket), Some(file)) = (&notice, &ticket_file)
                && let Err(error) = file.write(ticket)
            {
                // Whoever waits for the file would wait for ever.
                *lock(&unwritten) = Some(error);
                return stop.ask();
            }
            ui.notice(notice);
        }
    };
    let outcome = session::run(options, &notify, stop.interrupt()).await;
    if let Some(error) = lock(&unwritten).take() {
        return Err(error);
    }
    outcome?;
    match receipt_file {
        Some(path) => receipt::write(path, lock(&signed).take().as_deref(), &ui),
        None => Ok(()),
    }
}

async fn read_program(path: &Path, stop: &Stop) -> Result<Program, Error> {
    let path = path.to_path_buf();
    let read = move || Program::check(load(&path)?);
    stop.or("reading the program", read).await
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

async fn read_input(
    cli: &Arc<Cli>,
    program: Option<&Program>,
    seat: Option<usize>,
    stop: &Stop,
) -> Result<ReadInput, Error> {
    let (cli, program) = (cli.clone(), program.cloned());
    let read = move || input::own(&cli.session, program.as_ref(), seat);
    stop.or("reading the input", read).await
}

/// The host compiles before it prints a ticket, so that it does not invite others to a program that can't run.
async fn host_compiles(
    entry: &Entry,
    program: Option<&Program>,
    stop: &Stop,
) -> Result<Option<Arc<Compiled>>, Error> {
    match (entry, program) {
        (Entry::New { optimize, .. }, Some(program)) if program.is_sized() => {
            Ok(Some(compile(program, backend(!optimize), stop).await?))
        }
        _ => Ok(None),
    }
}

async fn compile(program: &Program, backend: Backend, stop: &Stop) -> Result<Arc<Compiled>, Error> {
    let program = program.clone();
    let compile = move || program.compile(backend).map(Arc::new);
    stop.or("compiling", compile).await
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
async fn check(
    cli: &Arc<Cli>,
    file: &Path,
    network: (Duration, u32),
    ui: &Ui,
    stop: &Stop,
) -> Result<(), Error> {
    let program = read_program(file, stop).await?;
    let consts = input::all_consts(&cli.session.consts, &program, &[])?;
    let wanted = |need: &Need| !consts[need.party].contains_key(&need.name);
    if program.needs().iter().any(wanted) {
        ui.checked(&program, None);
        return Ok(());
    }
    let (cli, program) = (cli.clone(), program.with_constants(&consts)?);
    let compile = move || price(&cli, &program, network).map(|price| (program, price));
    let (program, price) = stop.or("compiling", compile).await?;
    ui.checked(&program, Some(&price));
    Ok(())
}

fn price(cli: &Cli, program: &Program, network: (Duration, u32)) -> Result<ui::Price, Error> {
    let optimized = program.compile(Backend::Optimized)?;
    let cost = Cost::new(
        optimized.circuit(),
        evaluator(&cli.terms, program)?,
        &output_parties(&cli.terms, program)?,
        engine::spill(&optimized, true, engine::SPILL_GATES).is_some(),
    );
    Ok(ui::Price {
        findings: program.findings(&optimized),
        optimized,
        lowered: program.compile(Backend::Lowered)?,
        // It fails on some programs that we take; then there is nothing to compare with.
        garble_lang: program.compile(Backend::GarbleLang).ok(),
        cost,
        network,
    })
}

async fn simulate(
    cli: &Arc<Cli>,
    file: &Path,
    verify: bool,
    ui: &Ui,
    stop: &Stop,
) -> Result<(), Error> {
    let program = read_program(file, stop).await?;
    let read = {
        let cli = cli.clone();
        move || read_inputs(&cli, program)
    };
    let (program, inputs) = stop.or("reading the inputs", read).await?;
    let compiled = compile(&program, backend(cli.terms.no_optimize), stop).await?;
    if verify {
        ui.verified(hold_against_reference(&program, &compiled, &inputs, stop).await?);
    }
    let simulation = Simulation {
        compiled: compiled.clone(),
        output_parties: output_parties(&cli.terms, &program)?,
        evaluator: evaluator(&cli.terms, &program)?,
        program,
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
    let simulated = simulate::run(simulation, stop.interrupt()).await?;
    ui.simulated(&compiled, &simulated);
    Ok(())
}

/// All parties' inputs, and the program with the constants that are given or follow from them.
fn read_inputs(cli: &Cli, mut program: Program) -> Result<(Program, Vec<Input>), Error> {
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
    Ok((program, inputs))
}

/// Compares the circuit with the reference evaluator, and gives on how many sets of inputs.
async fn hold_against_reference(
    program: &Program,
    compiled: &Arc<Compiled>,
    inputs: &[Input],
    stop: &Stop,
) -> Result<usize, Error> {
    let bits: Vec<Vec<bool>> = inputs.iter().map(|input| input.bits().to_vec()).collect();
    let (program, compiled) = (program.clone(), compiled.clone());
    let verify = move || {
        let compared = program.verify(&compiled, Some(&bits), &mut rand::rng());
        compared.map_err(|e| Error::Local(e.to_string()))
    };
    stop.or("verifying", verify).await
}

async fn read_ticket(text: &str, cli: &Cli, stop: &Stop) -> Result<Ticket, Error> {
    if text != "-" {
        return Ticket::parse(text);
    }
    if cli.session.input.iter().any(Literal::is_stdin) {
        return Err(Error::Usage(
            "the ticket and the input can't both come from standard input".into(),
        ));
    }
    let read = || {
        let text = input::read_stdin().map_err(|e| Error::Ticket(e.to_string()))?;
        Ticket::parse(&text)
    };
    stop.or("reading the ticket", read).await
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
        secret_key: key::of_this_party(args.secret_key_file.as_deref())?,
        relay: args.relay.clone().unwrap_or(Relay::Default),
        bind: args.bind.clone(),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

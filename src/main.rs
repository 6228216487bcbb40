//! `iroh-mpc`: parses the command line, runs the command, and maps the outcome to an exit code.

mod cli;
mod command;
mod ui;

use std::{io, process::ExitCode, sync::Arc, time::Duration};

use iroh_mpc::error::Error;
use tracing_subscriber::EnvFilter;

use crate::{
    cli::Cli,
    command::Stop,
    ui::{Ui, terminal},
};

/// How long threads that may still compute or wait for a terminal are given when all is said.
const LAST_WAIT: Duration = Duration::from_millis(50);

/// Programs are read and compiled on the runtime's threads: as much as a main thread has.
const STACK_BYTES: usize = 8 << 20;

/// The exit code of an interrupted program.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = match Cli::parse_from_args(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return ui::usage(&error),
    };
    log(cli.general.verbose);
    let ui = Arc::new(Ui::new(&cli.general, cli.session.ticket_file.is_some()));
    // A question without echo may be cut short; the terminal must not stay silent.
    let terminal = terminal::Settings::save();
    let result = run(cli, ui.clone(), terminal.clone());
    terminal.restore();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(cli: Cli, ui: Arc<Ui>, terminal: terminal::Settings) -> Result<(), Error> {
    let failed = |e: io::Error| Error::Local(format!("cannot start the runtime: {e}"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build()
        .map_err(failed)?;
    let result = runtime.block_on(async {
        let stop = Arc::new(Stop::new());
        // From here on: a signal that comes before somebody listens ends the process without a word.
        let signals = Signals::listen().map_err(failed)?;
        tokio::spawn(follow(signals, stop.clone(), terminal));
        command::run(cli, ui, &stop).await
    });
    runtime.shutdown_timeout(LAST_WAIT);
    result
}

/// The first signal ends the session in good order, the second ends the process.
async fn follow(mut signals: Signals, stop: Arc<Stop>, terminal: terminal::Settings) {
    signals.next().await;
    stop.ask();
    signals.next().await;
    terminal.restore();
    std::process::exit(INTERRUPTED.into());
}

/// The signals by which a user wants to stop.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals by which a user wants to stop.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// Logs go to standard error, and only if they are asked for. Panics are contained where they can happen; their text
/// goes to the log.
fn log(verbose: u8) {
    let default = match verbose {
        0 | 1 => "off",
        2 => "iroh_mpc=debug",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}

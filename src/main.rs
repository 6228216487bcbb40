//! `iroh-mpc`: parses the command line, runs the command, and maps the outcome to an exit code.

mod cli;
mod command;
mod ui;

use std::{io, process::ExitCode, sync::Arc, time::Duration};

use iroh_mpc::{error::Error, session::Interrupter};
use tracing_subscriber::EnvFilter;

use crate::{
    cli::Cli,
    ui::{Ui, terminal},
};

/// How long threads that may still compute or wait for a terminal are given when all is said.
const LAST_WAIT: Duration = Duration::from_millis(50);

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
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|e| Error::Local(format!("cannot start the runtime: {e}")))?;
    let result = runtime.block_on(async {
        let (interrupter, interrupt) = Interrupter::new();
        tokio::spawn(follow_signals(interrupter, terminal));
        command::run(cli, ui, interrupt).await
    });
    runtime.shutdown_timeout(LAST_WAIT);
    result
}

/// The first signal ends the session in good order, the second ends the process.
async fn follow_signals(interrupter: Interrupter, terminal: terminal::Settings) {
    signal().await;
    interrupter.interrupt();
    signal().await;
    terminal.restore();
    std::process::exit(INTERRUPTED.into());
}

async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    tokio::signal::ctrl_c().await.ok();
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

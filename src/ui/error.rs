//! Errors, for people and for scripts.

use std::process::ExitCode;

use clap::{CommandFactory, error::ErrorKind};
use iroh_mpc::{error::Error, program::ProgramError};
use serde_json::{Value, json};

use super::page;
use crate::cli::Cli;

/// Tells what is wrong with the command line, or gives the help that was asked for.
pub fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Help and version. A reader that has gone away is no error of ours.
        error.print().ok();
        return ExitCode::SUCCESS;
    }
    let error = Error::Usage(match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            no_command()
        }
        _ => what_is_wrong(error),
    });
    if std::env::args_os().any(|arg| arg == "--json") {
        println!("{}", event(&error));
    }
    print(&error);
    ExitCode::from(error.exit_code())
}

fn no_command() -> String {
    let command = Cli::command();
    let names: Vec<&str> = (command.get_subcommands())
        .map(clap::Command::get_name)
        .collect();
    format!("no command; one of {}", names.join(", "))
}

fn what_is_wrong(error: &clap::Error) -> String {
    let text = error.to_string();
    // What follows the first empty line is advice that our own hint replaces.
    let lines = text.lines().map(str::trim);
    let what: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    what.join(" ").trim_start_matches("error: ").to_string()
}

pub(super) fn event(error: &Error) -> Value {
    json!({
        "v": 1,
        "event": "error",
        "exit": error.exit_code(),
        "message": message(error),
        "hint": error.hint(),
    })
}

pub(super) fn print(error: &Error) {
    eprintln!("error: {}", message(error));
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}

/// One line, but for a compiler's excerpt. The text may quote a stranger's program, or a path: it must do nothing at a
/// terminal.
fn message(error: &Error) -> String {
    let text = error.to_string();
    match error {
        Error::Program(ProgramError::Source { .. }) => {
            let lines: Vec<String> = text.lines().map(page::harmless).collect();
            lines.join("\n")
        }
        _ => one_line(&text),
    }
}

/// An error of another crate may have several lines.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    page::harmless(&words.join(" "))
}

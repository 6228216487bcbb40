//! Errors, for people and for scripts.

use std::process::ExitCode;

use iroh_mpc::{error::Error, program::ProgramError};
use serde_json::{Value, json};

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
        println!("{}", event(&error));
    }
    print(&error);
    ExitCode::from(error.exit_code())
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

/// One line, but for a compiler's excerpt.
fn message(error: &Error) -> String {
    match error {
        Error::Program(ProgramError::Source { .. }) => error.to_string(),
        _ => one_line(&error.to_string()),
    }
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

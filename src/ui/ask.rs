//! Questions at the terminal.

use std::io::{self, BufRead, BufReader, Read, Write};

use super::{Ui, terminal};

/// No answer to a question is longer.
const MAX_ANSWER: u64 = 1000;

impl Ui {
    /// Asks for an input at the terminal, without echo.
    pub fn ask(seat: usize, name: &str, ty: &str) -> io::Result<String> {
        let question = format!("Your input as party {seat}, {name}: {ty} (not shown): ");
        terminal::ask_silently(&question)
    }

    /// Gets ready to ask for consent. `false` if there is no terminal on which a person sees the pages and answers; standard
    /// input may be something else.
    pub fn will_ask(&self) -> bool {
        let can_ask = terminal::is_there();
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
        let read = terminal::open()
            .and_then(|tty| BufReader::new(tty.take(MAX_ANSWER)).read_line(&mut answer));
        let answer = answer.trim().to_lowercase();
        read.is_ok() && ["y", "yes"].contains(&answer.as_str())
    }
}

//! Getting the program from the host: asks until it answers, for a bounded time, and checks what it says.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::enter::{HOST_WAIT, host_missing};
use crate::{
    error::Error,
    node::Node,
    program::{Program, ProgramError, Source},
    ticket::Ticket,
    transfer::{FetchError, fetch},
};

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// The program of the ticket, read and checked.
pub(super) async fn program(node: &Node, ticket: &Ticket) -> Result<Program, Error> {
    let deadline = Instant::now() + HOST_WAIT;
    let mut last_error = None;
    let source = timeout_at(deadline, until_answered(node, ticket, &mut last_error)).await;
    let source = source.map_err(|_| host_missing(last_error.as_deref()))??;
    let name = source.name().to_string();
    // Somebody else wrote it: it may take a while, and must not hold packets.
    let checked = tokio::task::spawn_blocking(move || Program::check(source)).await;
    let failed = |_| ProgramError::Unfit {
        name,
        why: "made the compiler fail".into(),
    };
    Ok(checked.map_err(failed)??)
}

async fn until_answered(
    node: &Node,
    ticket: &Ticket,
    last_error: &mut Option<String>,
) -> Result<Source, Error> {
    loop {
        let attempt = fetch(node, ticket.host.clone(), &ticket.secret, &ticket.program);
        match attempt.await {
            Ok(source) => return Ok(source),
            Err(FetchError::NoAnswer(why)) => *last_error = Some(why),
            Err(FetchError::Refused(why)) => {
                let hint = "ask the host for a new ticket, and whether it is the one who sent you this one";
                return Err(Error::not_formed(why, hint));
            }
        }
        sleep(PAUSE).await;
    }
}

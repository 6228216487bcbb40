//! The way into the lobby: the program, the ticket, the terms of the host, and why one may stay outside.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use iroh::{EndpointId, SecretKey};

use super::{Entry, Notice, Notify, Options, fetch};
use crate::{
    error::Error,
    lobby::LobbyHandle,
    node::Node,
    program::Program,
    proto::{
        roster::{self, Role, WrongTerms, beginning},
        wire::{Refusal, Terms, VERSIONS},
    },
    ticket::{SessionSecret, Ticket},
};

/// A host that nothing is heard of for so long is given up.
pub(super) const HOST_WAIT: Duration = Duration::from_secs(60);

pub(super) const LONGER_WAIT: &str = "start again with a longer --wait, or without one";

/// The program that the user brought, or the host's.
pub(super) async fn program(
    options: &Options,
    node: &Node,
    notify: Notify<'_>,
) -> Result<Program, Error> {
    match (&options.entry, &options.program) {
        (Entry::Join { ticket, .. }, program) => {
            check_ticket(ticket, options)?;
            match program {
                Some(program) => Ok(program.clone()),
                None => {
                    let program = fetch::program(node, ticket).await?;
                    notify(Notice::Fetched(program.clone()));
                    Ok(program)
                }
            }
        }
        (Entry::New { .. }, Some(program)) => Ok(program.clone()),
        (Entry::New { .. }, None) => Err(Error::Usage("the host brings the program".into())),
    }
}

pub(super) async fn open(
    options: &Options,
    program: &Program,
    node: &Node,
    notify: Notify<'_>,
) -> Result<LobbyHandle, Error> {
    match &options.entry {
        Entry::New {
            seat,
            output_parties,
            evaluator,
            optimize,
            transport,
            allow,
        } => {
            let host = node.addr().await;
            if node.is_without_relay() {
                notify(Notice::NoRelay);
            }
            let ticket = Ticket {
                secret: SessionSecret::random(),
                host,
                program: program.digest(),
            };
            let terms = Terms {
                versions: VERSIONS.into(),
                program: ticket.program,
                parties: program.parties() as u16,
                output_parties: output_parties.iter().map(|seat| *seat as u16).collect(),
                evaluator: *evaluator as u16,
                optimize: *optimize,
                transport: *transport,
            };
            let role = Role::Host {
                terms,
                seat: *seat as u16,
                allow: allow.clone(),
            };
            let config = machine(options, &ticket);
            let lobby = LobbyHandle::open(node, config, role, None).await?;
            node.desk().offer(ticket.secret.clone(), program.source());
            notify(Notice::Ticket(ticket));
            Ok(lobby)
        }
        Entry::Join { ticket, seat } => {
            let seat = seat.as_deref().map(|asked| program.seat(asked)).transpose();
            let seat = seat.map_err(|e| Error::Usage(e.to_string()))?;
            let role = Role::Joiner {
                host: ticket.host.id,
                program: ticket.program,
                seat: seat.map(|seat| seat as u16),
            };
            let host = Some(ticket.host.clone());
            LobbyHandle::open(node, machine(options, ticket), role, host).await
        }
    }
}

fn check_ticket(ticket: &Ticket, options: &Options) -> Result<(), Error> {
    let other = (options.program.as_ref()).filter(|program| program.digest() != ticket.program);
    if let Some(other) = other {
        return Err(Error::not_formed(
            format!(
                "the host runs another program: its digest is {}.., that of {} is {}..",
                beginning(&ticket.program),
                other.name(),
                beginning(&other.digest())
            ),
            "join without --program to see the host's, or ask the host for its program file",
        ));
    }
    if ticket.host.id == options.node.secret_key.public() {
        return Err(Error::not_formed(
            "the host has the same identity: a lasting identity can take one seat only",
            "use another --secret-key-file, or none",
        ));
    }
    Ok(())
}

fn machine(options: &Options, ticket: &Ticket) -> roster::Config {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let secret: &SecretKey = &options.node.secret_key;
    roster::Config {
        secret: secret.clone(),
        session: ticket.secret.lobby_topic(),
        instance: rand::random(),
        nonce: rand::random(),
        // Microseconds: more than any process sends messages, so a second process counts on from the first.
        first_counter: since_epoch.map_or(0, |time| time.as_micros() as u64),
        unix_time: since_epoch.map_or(0, |time| time.as_secs()),
        peer_timeout: options.peer_timeout,
        stall_timeout: options.stall_timeout,
    }
}

pub(super) fn not_reached() -> Error {
    Error::not_formed(
        "the host was not reached in the time of --wait",
        LONGER_WAIT,
    )
}

pub(super) fn not_opened() -> Error {
    Error::not_formed(
        "the session was not open in the time of --wait",
        LONGER_WAIT,
    )
}

pub(super) fn host_missing(last_error: Option<&str>) -> Error {
    let seconds = HOST_WAIT.as_secs();
    let why = last_error.unwrap_or("no answer");
    Error::not_formed(
        format!("the host could not be reached for {seconds} s ({why})"),
        "check that its `iroh-mpc new` still runs, and that the ticket is the latest one",
    )
}

pub(super) fn wrong_terms(why: &WrongTerms) -> Error {
    Error::not_formed(why.to_string(), why.hint())
}

pub(super) fn refused(why: Refusal, me: &EndpointId) -> Error {
    let (what, hint) = match why {
        Refusal::Taken => (
            "the seat is taken",
            "join without --party, or ask for another seat",
        ),
        Refusal::Full => (
            "the session is full: no seat is free",
            "ask the host for a new session",
        ),
        Refusal::NoSuchSeat => ("there is no such seat", "join without --party"),
        Refusal::IdentityInUse => (
            "another process with the same identity has a seat already",
            "use another --secret-key-file, or none",
        ),
        Refusal::Begun => (
            "the session has begun without you",
            "ask the host for a new session",
        ),
        Refusal::NotAllowed => {
            return Error::not_formed(
                format!("the host does not seat this endpoint, {me}"),
                "the host gives a seat to those that it names with --allow ENDPOINT_ID",
            );
        }
    };
    Error::not_formed(what, hint)
}

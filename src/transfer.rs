//! The program's way from the host to a joiner who has none.
//!
//! On a connection of its own the joiner proves that it holds the ticket, and the host answers with the program's text. Both
//! ends are authenticated by the connection; the text is held against the ticket's digest. Whoever has no ticket learns
//! nothing, and nobody can make the other side wait or remember without bound. Who has proved nothing yet takes no place of those
//! who have.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use iroh::{
    EndpointAddr,
    endpoint::{Connection, SendStream, VarInt},
    protocol::{AcceptError, ProtocolHandler},
};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::{
    node::Node,
    program::{MAX_CIRCUIT_BYTES, Source},
    proto::{signed::decode, wire::Digest},
    ticket::SessionSecret,
};

/// The protocol's name. It ends in its version.
pub const ALPN: &[u8] = b"iroh-mpc/program/1";

/// The proof: it comes with the first packets of a connection, which may be lost more than once.
const PROOF_TIMEOUT: Duration = Duration::from_secs(10);

/// One request, answered or not.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Requests that are answered at once. More than there can be joiners; others wait.
const MAX_REQUESTS: usize = 32;

/// Connections that have proved nothing yet, or wait for a place. Whoever finds no room asks again.
const MAX_WAITING: usize = 256;

/// The longest name of a program.
const MAX_NAME: usize = 100;

/// The longest answer: the text, its name, and what stands around them.
pub const MAX_REPLY: usize = MAX_CIRCUIT_BYTES as usize + MAX_NAME + 32;

/// What the host answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The asker proved no ticket of this session.
    UnknownSession,
    /// The program.
    Program {
        /// Its file's name.
        name: String,
        /// Its text.
        text: String,
    },
}

/// Why there is no program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// This attempt failed; the next may not.
    #[error("{0}")]
    NoAnswer(String),
    /// The host's answer is no good, and it won't get better.
    #[error("{0}")]
    Refused(&'static str),
}

/// Gives the program to those who hold the ticket, once it is told both.
#[derive(Debug, Clone)]
pub struct Desk {
    offer: Arc<Mutex<Option<Offer>>>,
    waiting: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

#[derive(Debug, Clone)]
struct Offer {
    secret: SessionSecret,
    reply: Bytes,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            offer: Arc::default(),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            places: Arc::new(Semaphore::new(MAX_REQUESTS)),
        }
    }
}

impl Desk {
    /// From now on this program is given to those who hold the ticket with this secret.
    pub fn offer(&self, secret: SessionSecret, program: &Source) {
        let reply = encode(&Reply::Program {
            name: program.name().into(),
            text: program.text().into(),
        });
        *self.lock() = Some(Offer { secret, reply });
    }

    async fn answer(&self, connection: &Connection, waiting: SemaphorePermit<'_>) -> Option<()> {
        let reply = timeout(PROOF_TIMEOUT, self.reply(connection)).await;
        let (send, reply) = reply.ok()??;
        let Some(reply) = reply else {
            let refusal = encode(&Reply::UnknownSession);
            let refuse = give(connection, send, refusal);
            return timeout(PROOF_TIMEOUT, refuse).await.ok()?;
        };
        let serve = async {
            let _place = self.places.acquire().await.ok()?;
            drop(waiting);
            give(connection, send, reply).await
        };
        timeout(REQUEST_TIMEOUT, serve).await.ok()?
    }

    /// Where to answer, and with what program if the proof is right.
    async fn reply(&self, connection: &Connection) -> Option<(SendStream, Option<Bytes>)> {
        let (send, mut recv) = connection.accept_bi().await.ok()?;
        let mut proof = Digest::default();
        recv.read_exact(&mut proof).await.ok()?;
        let offer = self.lock().clone();
        let right = |offer: &Offer| {
            // Compared in constant time.
            let expected = offer.secret.program_request(&connection.remote_id());
            blake3::Hash::from(expected) == blake3::Hash::from(proof)
        };
        Some((send, offer.filter(right).map(|offer| offer.reply)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Offer>> {
        self.offer.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl ProtocolHandler for Desk {
    async fn accept(&self, connection: Connection) -> Result<(), AcceptError> {
        let Ok(waiting) = self.waiting.try_acquire() else {
            connection.close(VarInt::from_u32(2), b"too many requests");
            return Ok(());
        };
        if self.answer(&connection, waiting).await.is_none() {
            connection.close(VarInt::from_u32(1), b"no proper request");
        }
        Ok(())
    }
}

async fn give(connection: &Connection, mut send: SendStream, reply: Bytes) -> Option<()> {
    send.write_chunk(reply).await.ok()?;
    send.finish().ok()?;
    // The asker closes once it has read all.
    connection.closed().await;
    Some(())
}

/// Asks the host for the program. One attempt, which takes a bounded time.
pub async fn fetch(
    node: &Node,
    host: EndpointAddr,
    secret: &SessionSecret,
    digest: &Digest,
) -> Result<Source, FetchError> {
    let connection = (node.connect(host, ALPN).await).map_err(FetchError::NoAnswer)?;
    let proof = secret.program_request(&node.id());
    let reply = timeout(REQUEST_TIMEOUT, ask(&connection, &proof)).await;
    connection.close(VarInt::from_u32(0), b"");
    let reply = reply.map_err(|_| FetchError::NoAnswer("the host sends no program".into()))??;
    match reply {
        Reply::UnknownSession => Err(FetchError::Refused(
            "the host runs another session than that of the ticket",
        )),
        Reply::Program { name, text } => {
            let source = Source::new(harmless(&name), text);
            if source.digest() != *digest {
                let why = "the host sends another program than the ticket promises";
                return Err(FetchError::Refused(why));
            }
            Ok(source)
        }
    }
}

async fn ask(connection: &Connection, proof: &Digest) -> Result<Reply, FetchError> {
    let no_answer = |why: String| FetchError::NoAnswer(why);
    let (mut send, mut recv) =
        (connection.open_bi().await).map_err(|e| no_answer(e.to_string()))?;
    (send.write_all(proof).await).map_err(|e| no_answer(e.to_string()))?;
    send.finish().ok();
    let reply = recv.read_to_end(MAX_REPLY).await.map_err(|e| match e {
        iroh::endpoint::ReadToEndError::TooLong => {
            FetchError::Refused("the host sends a program that is too long")
        }
        e => no_answer(e.to_string()),
    })?;
    decode(&reply).ok_or(FetchError::Refused("the host sends no program"))
}

fn encode(reply: &Reply) -> Bytes {
    // Plain data into memory can't fail to serialize; if it did, no one could decode it.
    postcard::to_stdvec(reply).unwrap_or_default().into()
}

/// A file's name from somebody else: it is shown in errors, and never used as a path.
fn harmless(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    name.chars().filter(plain).take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_do_nothing_at_a_terminal() {
        assert_eq!(
            harmless("\u{1b}]0;x\u{7}../a b.garble.rs"),
            "0x..ab.garble.rs"
        );
        assert_eq!(harmless(&"x".repeat(1000)).len(), MAX_NAME);
    }
}

//! The ticket: all that a person sends to the others so that they can join.
//!
//! It holds the session's secret, the host's address and the program's digest. Whoever holds it may ask for a seat, so it
//! is as private as the session. Its text begins with `mpc`; the first byte after that is the version.

use std::fmt;

use iroh::{EndpointAddr, EndpointId, TransportAddr};
use iroh_tickets::{ParseError, Ticket as _};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::Error;

/// The version of the ticket's bytes. A reader of another version can tell the difference and say so.
const VERSION: u8 = 1;

/// No ticket that we make is longer; a longer text is no ticket.
const MAX_TEXT: usize = 4096;

/// The host's addresses that go into a ticket, at most: a person has to paste it.
const MAX_ADDRESSES: usize = 8;

/// A random secret that names the session and lets its holder in. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct SessionSecret([u8; 16]);

impl SessionSecret {
    /// A fresh secret.
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// The name of the lobby's topic, which only ticket holders can compute.
    pub fn lobby_topic(&self) -> [u8; 32] {
        blake3::derive_key("iroh-mpc 1 lobby topic", &self.0)
    }

    /// What shows the host that an endpoint holds the ticket. Bound to the endpoint, so that nobody else can use it.
    pub fn program_request(&self, asker: &EndpointId) -> [u8; 32] {
        let parts = Zeroizing::new([&self.0[..], asker.as_bytes()].concat());
        blake3::derive_key("iroh-mpc 1 program request", &parts)
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(<REDACTED>)")
    }
}

/// What a joiner needs to know. See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Names the session's topic.
    pub secret: SessionSecret,
    /// The host's identity and where it was when it made the ticket.
    pub host: EndpointAddr,
    /// The digest of the program's source.
    pub program: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct Wire {
    secret: SessionSecret,
    host: EndpointId,
    addresses: Vec<TransportAddr>,
    program: [u8; 32],
}

impl Ticket {
    /// Reads a pasted ticket, white space around it allowed.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Err(Error::Ticket("this is too long for a ticket".into()));
        }
        Self::decode_string(text).map_err(|e| Error::Ticket(explain(text, &e)))
    }
}

/// What is wrong with a ticket, in words for the person who pasted it.
fn explain(text: &str, error: &ParseError) -> String {
    match error {
        _ if text.is_empty() => "the ticket is empty".to_string(),
        ParseError::Kind { .. } => {
            "this is no iroh-mpc ticket: tickets begin with `mpc`".to_string()
        }
        ParseError::Verify { message, .. } => (*message).to_string(),
        _ => "the ticket is damaged or cut off".to_string(),
    }
}

impl iroh_tickets::Ticket for Ticket {
    const KIND: &'static str = "mpc";

    fn encode_bytes(&self) -> Vec<u8> {
        let wire = Wire {
            secret: self.secret.clone(),
            host: self.host.id,
            addresses: self
                .host
                .addrs
                .iter()
                .take(MAX_ADDRESSES)
                .cloned()
                .collect(),
            program: self.program,
        };
        let mut bytes = vec![VERSION];
        // Serializing plain data into memory can't fail; an empty ticket would not parse.
        bytes.extend(postcard::to_stdvec(&wire).unwrap_or_default());
        let check = checksum(&bytes);
        bytes.extend(check);
        bytes
    }

    fn decode_bytes(bytes: &[u8]) -> Result<Self, ParseError> {
        match bytes.first() {
            Some(&VERSION) => {}
            Some(_) => {
                return Err(ParseError::verification_failed(
                    "this ticket was made by another version of iroh-mpc",
                ));
            }
            None => return Err(postcard::Error::DeserializeUnexpectedEnd.into()),
        }
        let damaged = || ParseError::verification_failed("the ticket is damaged or cut off");
        let (body, check) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
        if checksum(body) != *check {
            return Err(damaged());
        }
        let (wire, rest): (Wire, _) = postcard::take_from_bytes(&body[1..])?;
        if !rest.is_empty() {
            return Err(damaged());
        }
        Ok(Self {
            secret: wire.secret,
            host: EndpointAddr::from_parts(wire.host, wire.addresses),
            program: wire.program,
        })
    }
}

/// Four bytes that tell a mistyped ticket from a right one.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = *blake3::hash(bytes).as_bytes();
    [a, b, c, d]
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encode_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iroh::SecretKey;

    fn ticket() -> Ticket {
        let host = EndpointAddr::new(SecretKey::from_bytes(&[7; 32]).public())
            .with_ip_addr("203.0.113.7:50123".parse().unwrap())
            .with_ip_addr("[2001:db8::1]:50124".parse().unwrap());
        Ticket {
            secret: SessionSecret([9; 16]),
            host,
            program: [3; 32],
        }
    }

    #[test]
    fn text_and_back() {
        let text = ticket().to_string();
        assert!(text.starts_with("mpc"));
        assert!(text.len() < 300, "{} characters", text.len());
        assert_eq!(Ticket::parse(&format!("  {text}\n")).unwrap(), ticket());
    }

    #[test]
    fn every_cut_and_every_changed_letter_is_noticed() {
        let text = ticket().to_string();
        for end in 0..text.len() {
            assert_eq!(Ticket::parse(&text[..end]).unwrap_err().exit_code(), 4);
        }
        for i in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[i] = if changed[i] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(changed).unwrap();
            // The last letter of base32 has bits that carry nothing.
            assert!(Ticket::parse(&changed).is_err() || i + 1 == text.len());
        }
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = ticket().encode_bytes();
        bytes[0] = 2;
        let error = Ticket::decode_bytes(&bytes).unwrap_err();
        assert!(error.to_string().contains("another version"));
    }

    #[test]
    fn debug_hides_the_secret() {
        assert!(!format!("{:?}", ticket()).contains("9, 9"));
    }
}

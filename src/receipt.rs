//! Receipts: what a computation was, and that its parties signed it.
//!
//! A [`Receipt`] is a [`Statement`] with the signatures of its seats, and with the salt and the result for those who may
//! know them. As a file it is flat JSON that anybody can read; [`Receipt::parse`] and [`Receipt::check`] need no network.
//! What a receipt proves, and what it does not, stands in `docs/threat-model.md`.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, UNIX_EPOCH},
};

use iroh::{EndpointId, Signature};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use crate::{
    program::MAX_PARTIES,
    proto::{
        attest::{Salt, Seat, Statement},
        wire::{MAX_TIME, SALT_BYTES, Terms, Transport},
    },
};

/// The version of the file.
const VERSION: u32 = 1;

/// The longest receipt that is read. That of 32 parties has some 20 KiB, and a result of any size is shorter than this.
pub const MAX_BYTES: u64 = 64 << 20;

/// A statement and who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What was signed.
    pub statement: Statement,
    /// By seat; `None` where a signature is missing.
    pub signatures: Vec<Option<Signature>>,
    /// What is inside the commitment. Those who may not learn the result have a receipt without it.
    pub opening: Option<Opening>,
}

/// The result, and the salt that shows it to be the one committed to.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    /// The result's literal.
    pub result: Zeroizing<String>,
    /// The output parties' salt.
    pub salt: Salt,
}

/// Why a receipt is not good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It can't be read.
    #[error("the receipt cannot be read: {0}")]
    Malformed(String),
    /// A signature is not the party's, or is one for something else.
    #[error("the signature of party {0} does not fit what the receipt says")]
    WrongSignature(usize),
    /// Parties have not signed.
    #[error("not everybody has signed: missing is {}", names(.0))]
    Missing(Vec<usize>),
    /// The list of the missing is not right.
    #[error("the receipt contradicts itself: its missing seats are not those without a signature")]
    WrongMissing,
    /// The opening is not the one that the parties committed to.
    #[error("the opening's result and salt do not fit the commitment")]
    WrongOpening,
    /// Another program was computed.
    #[error("the receipt is not for the program {0}")]
    OtherProgram(String),
}

impl ReceiptError {
    /// What to think of it, or to try.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Malformed(_) => Some("ask for the file as `--receipt` wrote it"),
            Self::WrongSignature(_) | Self::WrongMissing => {
                Some("it was changed, or made up: ask another party for its receipt")
            }
            Self::Missing(_) => Some("what the others signed stands; ask them for their receipts"),
            Self::WrongOpening => Some("don't believe the result that it shows"),
            Self::OtherProgram(_) => None,
        }
    }
}

fn names(seats: &[usize]) -> String {
    let names: Vec<_> = seats.iter().map(|seat| format!("party {seat}")).collect();
    names.join(", ")
}

impl Receipt {
    /// Reads a receipt's file.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let malformed = |why: String| ReceiptError::Malformed(why);
        let file: File = serde_json::from_str(text).map_err(|e| malformed(e.to_string()))?;
        file.receipt()
    }

    /// The text of its file. Wiped when dropped: it may hold the result.
    pub fn text(&self) -> Zeroizing<String> {
        // Plain data into memory can't fail to serialize.
        Zeroizing::new(serde_json::to_string_pretty(&File::of(self)).unwrap_or_default())
    }

    /// The seats whose signature is missing.
    pub fn missing(&self) -> Vec<usize> {
        let seats = self.signatures.iter().enumerate();
        { seats }
            .filter(|(_, signature)| signature.is_none())
            .map(|(seat, _)| seat)
            .collect()
    }

    /// Checks the signatures that are there, and the opening if it is.
    pub fn check(&self) -> Result<(), ReceiptError> {
        for (seat, signature) in self.signatures.iter().enumerate() {
            let right = |signature| self.statement.is_signed(seat, signature);
            if signature.as_ref().is_some_and(|it| !right(it)) {
                return Err(ReceiptError::WrongSignature(seat));
            }
        }
        let opens = |it: &Opening| it.salt.commit(Some(&it.result)) == self.statement.commitment;
        if self.opening.as_ref().is_some_and(|it| !opens(it)) {
            return Err(ReceiptError::WrongOpening);
        }
        Ok(())
    }

    /// Fails unless everybody has signed.
    pub fn check_complete(&self) -> Result<(), ReceiptError> {
        match self.missing() {
            missing if missing.is_empty() => Ok(()),
            missing => Err(ReceiptError::Missing(missing)),
        }
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(<REDACTED>)")
    }
}

/// When a roster was issued, as people write it.
pub fn rfc3339(time: u64) -> String {
    // A time beyond the year 9999 is in no roster.
    let time = UNIX_EPOCH + Duration::from_secs(time.min(MAX_TIME));
    humantime::format_rfc3339_seconds(time).to_string()
}

/// The file. Everything that was signed stands in it once; `seat` and `missing` are there for the reader's sake.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    v: u32,
    session: Hex<32>,
    time: Time,
    versions: String,
    program: Hex<32>,
    circuit: Hex<32>,
    evaluator: u16,
    optimize: bool,
    transport: Carrier,
    commitment: Hex<32>,
    seats: Vec<FileSeat>,
    missing: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opening: Option<FileOpening>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSeat {
    seat: usize,
    id: EndpointId,
    consts: BTreeMap<String, i128>,
    learns_result: bool,
    signature: Option<Hex<{ Signature::LENGTH }>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOpening {
    result: Secret,
    salt: Secret,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Carrier {
    Gossip,
    Direct,
}

impl File {
    fn of(receipt: &Receipt) -> Self {
        let Statement {
            session,
            time,
            terms,
            circuit,
            seats,
            commitment,
        } = &receipt.statement;
        let seats = seats.iter().zip(&receipt.signatures).enumerate();
        let seats = seats.map(|(seat, (party, signature))| FileSeat {
            seat,
            id: party.id,
            consts: party.consts.iter().cloned().collect(),
            learns_result: terms.output_parties.contains(&(seat as u16)),
            signature: signature.map(|it| Hex(it.to_bytes())),
        });
        let opening = receipt.opening.as_ref().map(|opening| FileOpening {
            result: Secret(opening.result.clone()),
            salt: Secret(Zeroizing::new(hex(opening.salt.bytes()))),
        });
        Self {
            v: VERSION,
            session: Hex(*session),
            time: Time(*time),
            versions: terms.versions.clone(),
            program: Hex(terms.program),
            circuit: Hex(*circuit),
            evaluator: terms.evaluator,
            optimize: terms.optimize,
            transport: match terms.transport {
                Transport::Gossip => Carrier::Gossip,
                Transport::Direct => Carrier::Direct,
            },
            commitment: Hex(*commitment),
            seats: seats.collect(),
            missing: receipt.missing(),
            opening,
        }
    }

    fn receipt(self) -> Result<Receipt, ReceiptError> {
        let malformed = |why: &str| Err(ReceiptError::Malformed(why.into()));
        if self.v != VERSION {
            return malformed("it is of another version");
        }
        if !(2..=MAX_PARTIES).contains(&self.seats.len()) {
            return malformed("no session has so many seats");
        }
        if self.seats.iter().enumerate().any(|(at, it)| it.seat != at) {
            return malformed("the seats are not in order");
        }
        let learn = self.seats.iter().filter(|seat| seat.learns_result);
        let terms = Terms {
            versions: self.versions,
            program: self.program.0,
            parties: self.seats.len() as u16,
            output_parties: learn.map(|seat| seat.seat as u16).collect(),
            evaluator: self.evaluator,
            optimize: self.optimize,
            transport: match self.transport {
                Carrier::Gossip => Transport::Gossip,
                Carrier::Direct => Transport::Direct,
            },
        };
        let opening = match self.opening {
            None => None,
            Some(FileOpening { result, salt }) => match unhex::<SALT_BYTES>(&salt.0) {
                Some(salt) => Some(Opening {
                    result: result.0,
                    salt: Salt::from_random(Zeroizing::new(salt)),
                }),
                None => return malformed("the salt is not one of 64 hexadecimal digits"),
            },
        };
        let signatures = self.seats.iter().map(|seat| seat.signature.as_ref());
        let signatures = signatures.map(|it| it.map(|it| Signature::from_bytes(&it.0)));
        let receipt = Receipt {
            signatures: signatures.collect(),
            statement: Statement {
                session: self.session.0,
                time: self.time.0,
                terms,
                circuit: self.circuit.0,
                seats: (self.seats.into_iter())
                    .map(|seat| Seat {
                        id: seat.id,
                        consts: seat.consts.into_iter().collect(),
                    })
                    .collect(),
                commitment: self.commitment.0,
            },
            opening,
        };
        if receipt.missing() != self.missing {
            return Err(ReceiptError::WrongMissing);
        }
        Ok(receipt)
    }
}

/// Bytes as hexadecimal digits, in lower case.
struct Hex<const N: usize>([u8; N]);

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = unhex(&String::deserialize(deserializer)?);
        let wrong = || de::Error::custom(format!("expected {} hexadecimal digits", 2 * N));
        bytes.map(Self).ok_or_else(wrong)
    }
}

/// Bytes as people read them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    if text.len() != 2 * N || !text.bytes().all(is_digit) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

/// A text that is wiped.
struct Secret(Zeroizing<String>);

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Zeroizing::new(String::deserialize(deserializer)?)))
    }
}

struct Time(u64);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = humantime::parse_rfc3339(&text).ok();
        let seconds = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let seconds = seconds.map(|seconds| seconds.as_secs());
        // One time is written in one way only.
        let exact = seconds.filter(|seconds| rfc3339(*seconds) == text);
        let wrong = || de::Error::custom("expected a time such as 2026-11-21T10:00:00Z");
        exact.map(Self).ok_or_else(wrong)
    }
}

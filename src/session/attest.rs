//! What surrounds the computation so that there can be a receipt: the output parties share a salt before it, and after it
//! every party signs how it ended and hears the others.
//!
//! An output party signs the commitment to the result that it has, a party that learns nothing the first that it hears of an
//! output party. Each sends its signature and then that it has finished, so that waiting for the end costs nothing more. A
//! program that panicked is signed in the same way, or those who learn nothing would learn that. What does not fit is no
//! reason to end the session, in which somebody else may still wait for a result: that signature is missing, and we warn. Only
//! output parties that sign different results are an error, once all have finished.

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use iroh::{SecretKey, Signature};
use zeroize::Zeroizing;

use super::compute::Stop;
use crate::{
    channel::Lines,
    end::SessionEnd,
    error::{Fault, FaultKind},
    program::Outcome,
    proto::{
        attest::{Salt, Statement},
        wire::{Attestation, Digest},
    },
    receipt::{Opening, Receipt},
};

/// What a party signs with, and all of what it signs but the commitment.
pub(super) struct Signer {
    pub secret: SecretKey,
    pub party: usize,
    pub draft: Statement,
}

/// The lowest output seat draws the salt and sends it to the other ones, before the engine's first message: so nobody's
/// loss after the result can prevent a commitment. `None` for a party that does not learn the result.
pub(super) async fn share_salt(
    lines: &Lines,
    end: &SessionEnd,
    party: usize,
    output_parties: &[usize],
) -> Result<Option<Salt>, Stop> {
    let first = match output_parties {
        [first, ..] if output_parties.contains(&party) => *first,
        _ => return Ok(None),
    };
    if party == first {
        let salt = Salt::from_random(Zeroizing::new(rand::random()));
        for other in output_parties.iter().filter(|other| **other != party) {
            lines.say(*other, salt.bytes().to_vec()).await;
        }
        return Ok(Some(salt));
    }
    let heard = lines.hear(first).await.map(Zeroizing::new);
    match heard.and_then(|bytes| Salt::decode(&bytes)) {
        Some(salt) => Ok(Some(salt)),
        None => Err(Stop::Seen(end.fault().unwrap_or(broke(first, "salt")))),
    }
}

fn broke(party: usize, phase: &str) -> Fault {
    Fault {
        kind: FaultKind::BrokeProtocol,
        party: Some(party),
        phase: phase.into(),
        started: true,
        reported_by: None,
    }
}

/// Signatures as they come.
pub(super) struct Attesting {
    signer: Signer,
    opening: Option<Opening>,
    /// Known from the start to the output parties.
    commitment: Option<Digest>,
    told: bool,
    /// By seat, what was heard.
    words: Vec<Words>,
}

#[derive(Clone, PartialEq, Eq)]
enum Words {
    None,
    /// Signed by its author, whatever it says.
    Signed(Attestation),
    WronglySigned,
    /// What no honest party says. Nothing more is heard of it, and it is not waited for.
    Nonsense,
}

type Work<'a> = BoxFuture<'a, Option<(usize, Vec<u8>)>>;

impl Attesting {
    /// With the outcome and the salt if we learn it.
    pub fn new(signer: Signer, outcome: Option<(&Outcome, Salt)>) -> Self {
        let result = outcome.map(|(outcome, salt)| match outcome {
            Outcome::Value(value) => (salt.commit(Some(value)), Some((value, salt))),
            Outcome::Panic(_) => (salt.commit(None), None),
        });
        let (commitment, value) = result.unzip();
        Self {
            words: vec![Words::None; signer.draft.seats.len()],
            signer,
            opening: value.flatten().map(|(value, salt)| Opening {
                result: Zeroizing::new(value.clone()),
                salt,
            }),
            commitment,
            told: false,
        }
    }

    /// Signs as soon as there is a commitment, and hears the others until all have finished or the session has ended. May be
    /// dropped and called again: what has come is kept.
    pub async fn run(&mut self, lines: &Lines) {
        let others = (0..self.words.len()).filter(|seat| *seat != self.signer.party);
        let mut work: FuturesUnordered<Work> = others.map(|seat| hear(lines, seat)).collect();
        self.tell(lines, &work);
        while let Some(heard) = work.next().await {
            if let Some((seat, words)) = heard {
                self.words[seat] = self.judge(seat, &words);
                if self.words[seat] != Words::Nonsense {
                    work.push(hear(lines, seat));
                }
            }
            self.tell(lines, &work);
        }
    }

    /// Says all that we have to say, once we have it. Not waited for: a party that is slow to take it must not keep us from
    /// hearing the others.
    fn tell<'a>(&mut self, lines: &'a Lines, work: &FuturesUnordered<Work<'a>>) {
        if self.told || (self.commitment.is_none() && self.may_hear_one(lines)) {
            return;
        }
        self.told = true;
        let words = self.commitment.map(|commitment| self.sign(commitment));
        let tell = async move {
            lines.finish(words.as_deref()).await;
            None
        };
        work.push(tell.boxed());
    }

    /// Whether there is an output party that may still bring a commitment.
    fn may_hear_one(&self, lines: &Lines) -> bool {
        let unfinished = lines.unfinished();
        let outputs = &self.signer.draft.terms.output_parties;
        let mut outputs = outputs.iter().map(|seat| usize::from(*seat));
        outputs.any(|seat| self.words[seat] == Words::None && unfinished.contains(&seat))
    }

    fn sign(&mut self, commitment: Digest) -> Vec<u8> {
        let attestation = Attestation {
            commitment,
            signature: self.statement(commitment).sign(&self.signer.secret),
        };
        let bytes = attestation.encode();
        self.words[self.signer.party] = Words::Signed(attestation);
        bytes
    }

    fn statement(&self, commitment: Digest) -> Statement {
        Statement {
            commitment,
            ..self.signer.draft.clone()
        }
    }

    /// What to think of a party's words: it has one, of one length.
    fn judge(&mut self, seat: usize, bytes: &[u8]) -> Words {
        let attestation = Attestation::decode(bytes);
        let (Some(attestation), Words::None) = (attestation, &self.words[seat]) else {
            return Words::Nonsense;
        };
        let commitment = attestation.commitment;
        if !(self.statement(commitment)).is_signed(seat, &attestation.signature) {
            return Words::WronglySigned;
        }
        let outputs = &self.signer.draft.terms.output_parties;
        if outputs.contains(&(seat as u16)) {
            self.commitment.get_or_insert(commitment);
        }
        Words::Signed(attestation)
    }

    /// An output party that has signed another result than the one that we signed.
    pub fn disputed(&self) -> Option<usize> {
        let outputs = &self.signer.draft.terms.output_parties;
        let mut outputs = outputs.iter().map(|seat| usize::from(*seat));
        outputs.find(|seat| self.signed_another(&self.words[*seat]))
    }

    fn signed_another(&self, words: &Words) -> bool {
        matches!(words, Words::Signed(it) if Some(it.commitment) != self.commitment)
    }

    /// What people must know: whose signature is not one of what we signed.
    pub fn warnings(&self) -> Vec<String> {
        let warning = |(seat, words): (usize, &Words)| {
            let what = match words {
                words if self.signed_another(words) => "signed another result",
                Words::WronglySigned => "signed something else than this session",
                Words::Nonsense => "broke the protocol after the computation",
                Words::Signed(_) | Words::None => return None,
            };
            Some(format!(
                "party {seat} {what}: its signature counts as missing"
            ))
        };
        self.words.iter().enumerate().filter_map(warning).collect()
    }

    /// The receipt with what was signed as we did. `None` if no output party has told us a commitment.
    pub fn receipt(self) -> Option<Receipt> {
        let statement = self.statement(self.commitment?);
        let signature = |words: Words| -> Option<Signature> {
            match words {
                Words::Signed(it) if it.commitment == statement.commitment => Some(it.signature),
                _ => None,
            }
        };
        Some(Receipt {
            signatures: self.words.into_iter().map(signature).collect(),
            statement,
            opening: self.opening,
        })
    }
}

fn hear(lines: &Lines, seat: usize) -> Work<'_> {
    let hear = lines.hear(seat);
    hear.map(move |words| words.map(|words| (seat, words)))
        .boxed()
}

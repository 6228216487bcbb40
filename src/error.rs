//! What can go wrong, what to try then, and with which status the process ends.
//!
//! Every error names what failed, with the party (always as `party N`) and the phase where there is one. [`Error::hint`]
//! says what to try. Texts never hold inputs or secrets.

use crate::{program::ProgramError, receipt::ReceiptError};

/// A phase of the engine or of the session, as people are told of it.
pub type Phase = String;

/// The phase in which the parties find that they hold different rosters.
pub(crate) const ROSTER: &str = "roster";

/// The phase in which the parties find that they have different results.
pub(crate) const RESULT: &str = "result";

/// Why a command failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The program or an input is invalid.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The ticket can't be used.
    #[error("{0}")]
    Ticket(String),
    /// A receipt does not show what it should.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The session did not come about.
    #[error("{what}")]
    NotFormed {
        /// What happened, with the party where there is one.
        what: String,
        /// What to try.
        hint: &'static str,
    },
    /// The user did not consent to the session.
    #[error("you refused; your input has not left this machine")]
    Refused,
    /// A party left or was lost, or the network failed, during the computation.
    #[error("{0}")]
    Ended(Fault),
    /// The program itself panicked: overflow, division by zero, index out of bounds.
    #[error("the program panicked: {0}")]
    Panicked(String),
    /// The user interrupted.
    #[error("interrupted (phase: {0})")]
    Interrupted(Phase),
    /// The local machine failed: a socket, a file, memory.
    #[error("{0}")]
    Local(String),
}

/// Why a session ended for this party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happened.
    pub kind: FaultKind,
    /// The seat of the party that the fault is about, where it is known.
    pub party: Option<usize>,
    /// What was going on.
    pub phase: Phase,
    /// Whether the computation had started.
    pub started: bool,
    /// The seat that told us so, if we have not seen it ourselves.
    pub reported_by: Option<usize>,
}

/// What happened to a party, or what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It was interrupted by its user.
    Interrupted,
    /// It ended its session because of an error of its own.
    Failed,
    /// Its user refused the terms, the parties or the words.
    Refused,
    /// Nothing was heard of it for the peer timeout.
    Lost,
    /// It talks, but has answered nothing for the peer timeout.
    Deaf,
    /// It is there, but makes no progress while others wait for it.
    Stalled,
    /// It sent what the protocol does not allow.
    BrokeProtocol,
    /// Its roster (in the phase `roster`), its result (in the phase `result`) or its circuit differs from ours.
    Differs,
}

impl FaultKind {
    fn text(self) -> &'static str {
        match self {
            Self::Interrupted => "was interrupted",
            Self::Failed => "ended the session because of an error",
            Self::Refused => "refused",
            Self::Lost => "was lost: nothing heard of it for the peer timeout",
            Self::Deaf => "was lost: it talks, but has answered nothing for the peer timeout",
            Self::Stalled => "makes no progress while others wait for it",
            Self::BrokeProtocol => "broke the protocol",
            Self::Differs => "has another circuit for the same program, constants and terms",
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(by) = self.reported_by {
            write!(f, "party {by} reports: ")?;
        }
        match self.party {
            Some(party) => write!(f, "party {party} ")?,
            None => write!(f, "a party that can't be named ")?,
        }
        let text = match self.kind {
            FaultKind::Differs if self.phase == ROSTER => {
                "holds another roster: other parties, keys, constants or terms"
            }
            FaultKind::Differs if self.phase == RESULT => {
                "has signed another result: somebody has cheated"
            }
            kind => kind.text(),
        };
        write!(f, "{text} (phase: {})", self.phase)
    }
}

impl Error {
    /// A session that did not form.
    pub fn not_formed(what: impl Into<String>, hint: &'static str) -> Self {
        Self::NotFormed {
            what: what.into(),
            hint,
        }
    }

    /// The exit status of the process, as the manual lists them.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Local(_) => 1,
            Self::Receipt(ReceiptError::Malformed(_)) => 3,
            Self::Receipt(_) => 1,
            Self::Usage(_) => 2,
            Self::Program(_) => 3,
            Self::Ticket(_) | Self::NotFormed { .. } | Self::Refused => 4,
            Self::Panicked(_) => 7,
            Self::Interrupted(_) => 130,
            Self::Ended(fault) => match fault.kind {
                FaultKind::BrokeProtocol => 6,
                FaultKind::Differs if fault.phase == RESULT => 6,
                _ if fault.started => 5,
                _ => 4,
            },
        }
    }

    /// What to try next, if there is something to try.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Usage(_) => Some("see `iroh-mpc --help`"),
            Self::Ticket(_) => Some("copy the whole ticket, or ask the host for a new one"),
            Self::NotFormed { hint, .. } => Some(hint),
            Self::Ended(fault) => fault.hint(),
            Self::Receipt(error) => error.hint(),
            Self::Program(error) => error.hint(),
            Self::Panicked(_) => Some("give inputs that fit, or use wider types in the program"),
            Self::Refused | Self::Interrupted(_) | Self::Local(_) => None,
        }
    }
}

impl Fault {
    fn hint(&self) -> Option<&'static str> {
        match self.kind {
            FaultKind::Interrupted | FaultKind::Failed => {
                Some("start a new session when everybody is ready")
            }
            FaultKind::Refused => Some("ask it why; nobody's input has left its owner"),
            FaultKind::Lost | FaultKind::Deaf => Some(
                "check its network, then start a new session (a longer --peer-timeout may help)",
            ),
            FaultKind::Stalled => {
                Some("ask it what its machine is doing, or raise --stall-timeout")
            }
            FaultKind::BrokeProtocol if self.party.is_none() => Some(
                "somebody's software can't be trusted, and the check can't tell whose; no result was computed",
            ),
            FaultKind::BrokeProtocol => {
                Some("don't trust this party's software; no result was computed from it")
            }
            FaultKind::Differs if self.phase == ROSTER => Some(
                "the host has shown somebody another session: start a new one with a host whom all trust",
            ),
            FaultKind::Differs if self.phase == RESULT => {
                Some("don't use the result that was told here: nobody can say which one is right")
            }
            FaultKind::Differs => Some("check that everybody runs the same version of iroh-mpc"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: FaultKind, started: bool, reported_by: Option<usize>) -> Error {
        Error::Ended(Fault {
            kind,
            party: Some(2),
            phase: "wire shares".into(),
            started,
            reported_by,
        })
    }

    #[test]
    fn exit_codes_are_those_of_the_manual() {
        assert_eq!(Error::Interrupted("lobby".into()).exit_code(), 130);
        assert_eq!(fault(FaultKind::Interrupted, true, None).exit_code(), 5);
        assert_eq!(fault(FaultKind::Lost, true, None).exit_code(), 5);
        assert_eq!(fault(FaultKind::Lost, false, None).exit_code(), 4);
        assert_eq!(fault(FaultKind::BrokeProtocol, true, None).exit_code(), 6);
        assert_eq!(Error::Usage(String::new()).exit_code(), 2);
        assert_eq!(Error::Ticket(String::new()).exit_code(), 4);
        assert_eq!(Error::Panicked(String::new()).exit_code(), 7);
    }

    #[test]
    fn a_fault_names_party_phase_and_witness() {
        assert_eq!(
            fault(FaultKind::Stalled, true, Some(1)).to_string(),
            "party 1 reports: party 2 makes no progress while others wait for it (phase: wire shares)"
        );
    }

    #[test]
    fn another_roster_is_told_from_another_circuit() {
        let differs = |phase: &str| {
            let fault = Fault {
                kind: FaultKind::Differs,
                party: Some(2),
                phase: phase.into(),
                started: false,
                reported_by: None,
            };
            (fault.to_string(), fault.hint())
        };
        let ((roster, one), (circuit, other)) = (differs(ROSTER), differs("ready"));
        assert!(
            roster.starts_with("party 2 holds another roster"),
            "{roster}"
        );
        assert!(
            circuit.starts_with("party 2 has another circuit"),
            "{circuit}"
        );
        assert_ne!(one, other);
    }
}

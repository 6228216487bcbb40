//! Why a program, an input or a constant can't be used.

use super::Source;
use crate::lower::LowerError;

/// Why a program or an input can't be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProgramError {
    /// The file can't be read.
    #[error("cannot read the program {path}: {why}")]
    Read {
        /// The path as it was given.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The program has an error; the text is Garble's own, with the place.
    #[error("the program {name} has an error\n{excerpt}")]
    Source {
        /// The program's name.
        name: String,
        /// Garble's message and excerpt.
        excerpt: String,
    },
    /// The program can't be run between people.
    #[error("the program {name} {why}")]
    Unfit {
        /// The program's name.
        name: String,
        /// What is the matter.
        why: String,
    },
    /// There is no such seat.
    #[error("there is no seat `{seat}`: the program's seats are {seats}")]
    NoSeat {
        /// What was asked for.
        seat: String,
        /// What there is.
        seats: String,
    },
    /// The file of an input can't be read.
    #[error("cannot read the input {path}: {why}")]
    ReadInput {
        /// The path as it was given.
        path: String,
        /// What the system says.
        why: String,
    },
    /// An input is not what the parameter takes. The text never holds the input.
    #[error("the input of party {party} ({name}){at} {why}; expected {ty}")]
    Input {
        /// Whose input.
        party: usize,
        /// The parameter's name.
        name: String,
        /// The place: the file and the place within it; may be empty.
        at: String,
        /// The type that is expected there.
        ty: String,
        /// What is wrong with it.
        why: String,
    },
    /// A party's constant is missing or bad.
    #[error("the constant PARTY_{party}::{name} {why}")]
    Const {
        /// Whose constant.
        party: usize,
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
}

impl ProgramError {
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Read { .. } => Some("`iroh-mpc programs` lists programs that need no file"),
            Self::NoSeat { .. } | Self::Input { .. } | Self::Const { .. } => {
                Some("`iroh-mpc check` shows what the program takes from each party")
            }
            Self::Source { .. } | Self::Unfit { .. } | Self::ReadInput { .. } => None,
        }
    }
}

pub(super) fn unfit(source: &Source, why: String) -> ProgramError {
    ProgramError::Unfit {
        name: source.name.clone(),
        why,
    }
}

pub(super) fn explain(source: &Source, error: LowerError) -> ProgramError {
    let name = source.name.clone();
    match error {
        LowerError::Source { message } => ProgramError::Source {
            name,
            excerpt: message.trim_matches('\n').to_string(),
        },
        error => ProgramError::Unfit {
            name,
            why: format!("can't be compiled: {error}"),
        },
    }
}

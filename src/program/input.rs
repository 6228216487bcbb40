//! A party's input: from what a person wrote to bits, checked, and never shown.
//!
//! A [`Given`] is the text with its format. It is read once the constants that its type depends on are known, into a
//! literal and then into an [`Input`]. Errors name the place and the type that is expected there, and never quote the
//! input.

mod literal;

use std::fmt;

use garble_lang::literal::{Literal, VariantLiteral};
use zeroize::{Zeroize, Zeroizing};

use super::bristol;
use crate::lower::Interface;

/// A party's input as the circuit takes it. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Input(Vec<bool>);

/// An input as a person gave it. Wiped when dropped.
#[derive(Clone)]
pub struct Given {
    text: Zeroizing<String>,
}

/// What is wrong with an input, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InputError {
    /// The place within the input, as a sentence goes on: `at [3].pay`; may be empty.
    pub at: String,
    /// What is wrong, as `is ...` or `has ...`; never holds the input.
    pub why: String,
    /// The type that is expected there, if it is not that of the whole input.
    pub expected: Option<String>,
}

impl InputError {
    /// An error of the whole input.
    fn new(why: impl Into<String>) -> Self {
        Self {
            at: String::new(),
            why: why.into(),
            expected: None,
        }
    }
}

impl Given {
    /// A Garble literal.
    pub fn literal(text: impl Into<String>) -> Self {
        Self {
            text: Zeroizing::new(text.into()),
        }
    }

    /// Where it comes from, if that is a file.
    pub(super) fn origin(&self) -> Option<&str> {
        None
    }

    /// How many elements the outermost array has, if it is one: a constant may be inferred from it.
    pub(super) fn length(&self) -> Option<usize> {
        literal::length(&self.text)
    }

    /// Reads it as a value of the only party of an interface.
    pub(super) fn read(&self, interface: &Interface) -> Result<Input, InputError> {
        let party = interface.parties.first();
        let ty = &party.ok_or_else(|| InputError::new("has no seat"))?.ty;
        let value = Secret(literal::read(&self.text, ty, interface)?);
        interface
            .encode(0, &value.0)
            .map(Input)
            .map_err(|error| InputError {
                expected: error.expected(),
                ..InputError::new("has another type or is out of range")
            })
    }

    /// Reads it as a number of so many bits, as circuits take them.
    pub(super) fn read_number(&self, bits: usize) -> Result<Input, InputError> {
        bristol::input(&self.text, bits).map_err(InputError::new)
    }
}

impl Input {
    /// An input that is bits already.
    pub(super) fn from_bits(bits: Vec<bool>) -> Self {
        Self(bits)
    }

    /// The bits, in the order of the circuit's input wires.
    pub fn bits(&self) -> &[bool] {
        &self.0
    }
}

/// A literal that is wiped when dropped.
struct Secret(Literal);

impl Drop for Secret {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(literal: &mut Literal) {
    match literal {
        Literal::True | Literal::False => *literal = Literal::False,
        Literal::NumUnsigned(n, _) => n.zeroize(),
        Literal::NumSigned(n, _) => n.zeroize(),
        Literal::Range(from, to, _) => {
            from.zeroize();
            to.zeroize();
        }
        Literal::ArrayRepeat(element, _) => wipe(element),
        Literal::Array(parts) | Literal::Tuple(parts) => parts.iter_mut().for_each(wipe),
        Literal::Struct(_, fields) => fields.iter_mut().for_each(|(_, value)| wipe(value)),
        Literal::Enum(_, variant, fields) => {
            variant.zeroize();
            if let VariantLiteral::Tuple(parts) = fields {
                parts.iter_mut().for_each(wipe);
            }
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Input(<REDACTED>, {} bits)", self.0.len())
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given(<REDACTED>)")
    }
}

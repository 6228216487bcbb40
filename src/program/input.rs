//! A party's input: from a literal to bits, checked, and never shown.

use std::{fmt, panic::AssertUnwindSafe};

use garble_lang::{CompileTimeError, literal::Literal};
use zeroize::Zeroize;

use crate::lower::Interface;

/// A party's input as the circuit takes it. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Input(Vec<bool>);

impl Input {
    /// Reads a literal for a party. The error says what is wrong without quoting the input.
    pub(super) fn parse(
        interface: &Interface,
        party: usize,
        literal: &str,
    ) -> Result<Self, &'static str> {
        let parsed = parse(interface, party, literal)?;
        (interface.encode(party, &parsed).map(Self))
            .map_err(|_| "has another type or is out of range")
    }

    /// The bits, in the order of the circuit's input wires.
    pub fn bits(&self) -> &[bool] {
        &self.0
    }
}

fn parse(interface: &Interface, party: usize, literal: &str) -> Result<Literal, &'static str> {
    let party = interface.parties.get(party).ok_or("has no seat")?;
    let parse = || Literal::parse(&interface.definitions, &party.ty, literal);
    // The literal's reader may panic on odd text.
    match std::panic::catch_unwind(AssertUnwindSafe(parse)) {
        Ok(Ok(literal)) => Ok(literal),
        Ok(Err(CompileTimeError::TypeError(_))) => Err("has another type or is out of range"),
        Ok(Err(_)) | Err(_) => Err("is not a Garble literal"),
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

//! A party's input: from a literal to bits, checked, and never shown.

use std::{fmt, panic::AssertUnwindSafe};

use garble_lang::{
    CompileTimeError,
    literal::Literal,
    scan::scan,
    token::{Token, TokenEnum},
};
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
    if !is_one_literal(literal) {
        return Err("is not a Garble literal");
    }
    let parse = || Literal::parse(&interface.definitions, &party.ty, literal);
    // The literal's reader may panic on odd text.
    match std::panic::catch_unwind(AssertUnwindSafe(parse)) {
        Ok(Ok(literal)) => Ok(literal),
        Ok(Err(CompileTimeError::TypeError(_))) => Err("has another type or is out of range"),
        Ok(Err(_)) | Err(_) => Err("is not a Garble literal"),
    }
}

/// Whether the text has the shape of one literal. The literal's reader stops after the first and ignores what follows: `2 2`
/// would pass for `2`.
fn is_one_literal(text: &str) -> bool {
    let Ok(tokens) = scan(text) else {
        return false;
    };
    // One letter for what stands outside of brackets, one for each group in brackets.
    let mut shape = String::new();
    let mut depth = 0usize;
    for Token(token, _) in &tokens.0 {
        let letter = match token {
            TokenEnum::LeftParen | TokenEnum::LeftBracket | TokenEnum::LeftBrace => {
                depth += 1;
                if depth == 1 {
                    shape.push('g');
                }
                continue;
            }
            TokenEnum::RightParen | TokenEnum::RightBracket | TokenEnum::RightBrace => {
                let Some(outer) = depth.checked_sub(1) else {
                    return false;
                };
                depth = outer;
                continue;
            }
            TokenEnum::UnsignedNum(..) | TokenEnum::SignedNum(..) => 'n',
            TokenEnum::Minus => '-',
            TokenEnum::Identifier(_) => 'i',
            TokenEnum::DoubleColon => ':',
            TokenEnum::DoubleDot => '.',
            _ => '?',
        };
        if depth == 0 {
            shape.push(letter);
        }
    }
    let shapes = ["n", "-n", "n.n", "i", "g", "ig", "i:i", "i:ig"];
    depth == 0 && shapes.contains(&shape.as_str())
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

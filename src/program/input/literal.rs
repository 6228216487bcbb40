//! Inputs as Garble literals: `2`, `-5i8`, `[1, 2]`, `Row { id: 1, pay: 2 }`.

use std::panic::AssertUnwindSafe;

use garble_lang::{
    CompileTimeError,
    ast::Type,
    literal::Literal,
    scan::scan,
    token::{MetaInfo, Token, TokenEnum},
};

use super::InputError;
use crate::lower::Interface;

/// Reads a literal of a type.
pub(super) fn read(text: &str, ty: &Type, interface: &Interface) -> Result<Literal, InputError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(InputError::new("is empty"));
    }
    if !is_one_literal(text) {
        return Err(InputError::new("is not a Garble literal"));
    }
    let parse = || Literal::parse(&interface.definitions, ty, text);
    // The literal's reader may panic on odd text.
    let Ok(parsed) = std::panic::catch_unwind(AssertUnwindSafe(parse)) else {
        return Err(InputError::new("is not a Garble literal"));
    };
    parsed.map_err(|error| {
        let (why, place) = match &error {
            CompileTimeError::TypeError(errors) => (
                "has another type or is out of range",
                errors.first().map(|error| *error.1),
            ),
            CompileTimeError::ParseError(errors) => (
                "is not a Garble literal",
                errors.first().map(|error| error.1),
            ),
            _ => ("is not a Garble literal", None),
        };
        InputError {
            at: place.map_or_else(String::new, |meta| at(text, meta)),
            ..InputError::new(why)
        }
    })
}

/// A place in the text, for people. A text of one line needs no line.
fn at(text: &str, meta: MetaInfo) -> String {
    let (line, column) = (meta.start.0 + 1, meta.start.1 + 1);
    match text.lines().nth(1) {
        None => format!("at character {column}"),
        Some(_) => format!("at line {line}, character {column}"),
    }
}

/// How many elements a literal has, if it is an array.
pub(super) fn length(text: &str) -> Option<usize> {
    let tokens = scan(text.trim()).ok()?.0;
    let token = |at: usize| tokens.get(at).map(|Token(token, _)| token);
    if let (Some(TokenEnum::UnsignedNum(from, _)), Some(TokenEnum::DoubleDot)) =
        (token(0), token(1))
    {
        let Some(TokenEnum::UnsignedNum(to, _)) = token(2) else {
            return None;
        };
        return usize::try_from(to.checked_sub(*from)?).ok();
    }
    if token(0) != Some(&TokenEnum::LeftBracket) {
        return None;
    }
    let (mut depth, mut commas, mut ends_with_comma) = (0usize, 0, false);
    for (at, Token(token, _)) in tokens.iter().enumerate() {
        match token {
            TokenEnum::LeftParen | TokenEnum::LeftBracket | TokenEnum::LeftBrace => depth += 1,
            TokenEnum::RightParen | TokenEnum::RightBracket | TokenEnum::RightBrace => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    let is_empty = at == 1;
                    return Some(commas + usize::from(!is_empty && !ends_with_comma));
                }
            }
            TokenEnum::Semicolon if depth == 1 => {
                let Some(Token(TokenEnum::UnsignedNum(count, _), _)) = tokens.get(at + 1) else {
                    return None;
                };
                return usize::try_from(*count).ok();
            }
            TokenEnum::Comma if depth == 1 => commas += 1,
            _ => {}
        }
        ends_with_comma = depth == 1 && *token == TokenEnum::Comma;
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_of_an_array_are_counted() {
        for (text, expected) in [
            ("[1, 2, 3]", Some(3)),
            ("[(1, 2), (3, 4),]", Some(2)),
            ("[[1, 2], [3, 4]]", Some(2)),
            ("[R { a: 1, b: [1, 2] }]", Some(1)),
            ("[7; 4]", Some(4)),
            ("[]", Some(0)),
            ("2..5", Some(3)),
            ("5..2", None),
            ("(1, 2)", None),
            ("7", None),
            ("[1, 2", None),
        ] {
            assert_eq!(length(text), expected, "{text}");
        }
    }
}

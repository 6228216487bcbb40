//! From source text to a typed tree, safely.
//!
//! The text may come from a peer, and the front end of `garble_lang` is not made for that. Its scanner never ends in a comment
//! that is not closed. Its parser goes on after an error, and that can loop, with all memory, at the end of the text: in a
//! `match` with a clause that ends with a brace. Parser and checker call themselves for every level of nesting, without a
//! limit; the parser writes both operands of `<=` and `>=`, and the place before `+=` and the like, twice into the tree.
//! No thread can contain an endless loop or a stack that overflows.
//!
//! So the tokens are read first by a grammar of its own ([`items`], [`body`], [`pattern`]), which stops at the first error and
//! says where it is, and which adds up how deep and how large the tree will be. It takes just what the parser takes without
//! an error, so that the parser, which runs only then, never goes on after one. What the checker would do with the tree is
//! counted as well ([`calls`], [`cost`], [`matches`]) before it does it.

mod body;
mod calls;
mod cost;
mod items;
mod matches;
mod pattern;
mod places;
mod reader;
mod shape;

use std::panic::{AssertUnwindSafe, catch_unwind};

use garble_lang::{CompileTimeError, Error, TypedProgram, scan::Tokens, token::MetaInfo};

use super::{Limits, LowerError, Position};
use reader::{Fault, Reader};

/// How many errors of a program are shown, and how many bytes of their excerpts.
const MAX_ERRORS: usize = 10;
const MAX_MESSAGE: usize = 1 << 16;

/// Scans, parses and type-checks a text; needs a large stack.
pub(super) fn check(source: &str, limits: &Limits) -> Result<TypedProgram, LowerError> {
    if source.len() > limits.max_source {
        let limit = limits.max_source;
        return Err(LowerError::SourceTooLong { limit });
    }
    if let Some(position) = open_comment(source) {
        return Err(LowerError::OpenComment { position });
    }
    let tokens = places::tokens(source).map_err(|errors| shown(errors, source))?;
    let rest = accept(&tokens, source, limits)?;
    let program = tokens.parse().map_err(|errors| shown(errors, source))?;
    cost::bound(&program, limits.max_depth).map_err(|fault| refused(fault, source, limits))?;
    match catch_unwind(AssertUnwindSafe(|| program.type_check())) {
        Ok(checked) => checked.map_err(|errors| shown(errors, source)),
        // The checker loses its way among patterns that leave out fields.
        Err(_) => Err(match rest {
            Some(meta) => LowerError::Unsupported {
                position: meta.into(),
                what: "the type checker fails on this `..`; name all fields of the struct",
            },
            None => LowerError::Internal,
        }),
    }
}

/// Whether `garble_lang` can parse and check the tokens; the first `..` in a struct pattern.
fn accept(tokens: &Tokens, source: &str, limits: &Limits) -> Result<Option<MetaInfo>, LowerError> {
    let mut reader = Reader::new(&tokens.0, limits.max_depth);
    let read = reader.program();
    let read = read.and_then(|()| calls::bound(&reader.functions, limits.max_depth));
    read.map_err(|fault| refused(fault, source, limits))?;
    Ok(reader.rest)
}

fn refused(fault: Fault, source: &str, limits: &Limits) -> LowerError {
    match fault {
        Fault::Syntax { what, meta } => LowerError::Source {
            message: located(&what, meta, source),
        },
        Fault::TooDeep => LowerError::TooDeep {
            limit: limits.max_depth,
        },
        Fault::TooLarge { limit, meta } => LowerError::TreeTooLarge {
            position: meta.into(),
            limit,
        },
        Fault::TooMuchWork { limit, meta } => LowerError::TooMuchChecking {
            position: meta.into(),
            limit,
        },
        Fault::Unsupported { what, meta } => LowerError::Unsupported {
            position: meta.into(),
            what,
        },
    }
}

/// Where a comment begins that is not closed. Comments can be nested; no other token contains `//` or `/*`.
fn open_comment(source: &str) -> Option<Position> {
    let mut chars = source.char_indices().peekable();
    let (mut line, mut line_start) = (0, 0);
    let (mut level, mut opened) = (0_usize, Position::default());
    while let Some((at, char)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        match (char, next) {
            ('\n', _) => {
                line += 1;
                line_start = at + 1;
            }
            ('/', Some('*')) => {
                chars.next();
                level += 1;
                if level == 1 {
                    let column = source.get(line_start..at).unwrap_or_default();
                    opened = Position::new((line, column.chars().count()));
                }
            }
            ('*', Some('/')) if level > 0 => {
                chars.next();
                level -= 1;
            }
            // `/=*` is no comment.
            ('/', Some('=')) if level == 0 => {
                chars.next();
            }
            ('/', Some('/')) if level == 0 => {
                while chars.next_if(|(_, char)| *char != '\n').is_some() {}
            }
            _ => {}
        }
    }
    (level > 0).then_some(opened)
}

/// The first errors of the front end as a message.
fn shown(errors: impl Into<CompileTimeError>, source: &str) -> LowerError {
    let mut errors = errors.into();
    match &mut errors {
        CompileTimeError::ScanErrors(errors) => errors.truncate(MAX_ERRORS),
        CompileTimeError::ParseError(errors) => errors.truncate(MAX_ERRORS),
        CompileTimeError::TypeError(errors) => errors.truncate(MAX_ERRORS),
        CompileTimeError::CompilerError(errors) => errors.truncate(MAX_ERRORS),
    }
    let mut message = Error::CompileTimeError(errors).prettify(source);
    if message.len() > MAX_MESSAGE {
        let end = (0..=MAX_MESSAGE)
            .rev()
            .find(|end| message.is_char_boundary(*end));
        message.truncate(end.unwrap_or(0));
        message.push_str("...\n");
    }
    LowerError::Source { message }
}

/// A syntax error, in the same words and with the same excerpt as those of the front end.
fn located(what: &str, meta: MetaInfo, source: &str) -> String {
    let (line, column) = meta.start;
    let mut message = format!(
        "\nParse error on line {}:{}.\n{what}:\n",
        line + 1,
        column + 1
    );
    let lines = source.lines().enumerate();
    for (number, text) in lines.skip(line.saturating_sub(2)).take(line.min(2) + 2) {
        if number == line {
            let width = meta.end.1.saturating_sub(column).max(1);
            message += &format!("{: >4} > | {text}\n", number + 1);
            message += &format!("     > | {}{}\n", " ".repeat(column), "^".repeat(width));
        } else {
            message += &format!("       | {text}\n");
        }
    }
    message
}

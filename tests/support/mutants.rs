//! Programs with random mistakes: the front end must end with a typed tree
//! or an error that says where, and must take what `garble_lang` takes.
//!
//! `GARBLE_MUTANTS` is the number of texts, `GARBLE_SEED` the number of the
//! first one, `GARBLE_CORPUS` a directory with further programs.
//! `scripts/garble-mutants.sh` runs 200,000 in processes with limits.

use std::time::{Duration, Instant};

use garble_lang::parse::{ParseError, ParseErrorEnum};
use garble_lang::scan::{Tokens, scan};
use garble_lang::token::{MetaInfo, Token, TokenEnum};
use iroh_mpc::lower::{Limits, LowerError, check};

use super::mutate::{Mutator, render};
use super::{cases, generate};
use crate::number_from_env;

/// Programs that `garble_lang` parses.
fn programs() -> Vec<String> {
    let mut texts: Vec<String> = cases::all().into_iter().map(|case| case.text).collect();
    let rejected = cases::without_meaning().into_iter();
    texts.extend(rejected.map(|(_, text, _)| text.to_string()));
    texts.extend((0..150).map(|seed| generate::program(seed).text));
    if let Ok(directory) = std::env::var("GARBLE_CORPUS") {
        let files = std::fs::read_dir(directory).expect("the corpus can be listed");
        let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths.sort();
        let texts_of_files = paths.iter().map(std::fs::read_to_string);
        texts.extend(texts_of_files.map(|text| text.expect("a file of text")));
    }
    texts
}

/// Tokens after a text: in whatever state the parser is when it comes here, it
/// ends before it has read them all. So it never loops at the end.
fn padding(tokens: &mut Vec<Token>) {
    use TokenEnum::{FatArrow, RightBrace, Semicolon};
    let period = [
        FatArrow, Semicolon, RightBrace, RightBrace, RightBrace, RightBrace,
    ];
    let count = 16 * tokens.len() + 64;
    let padding = std::iter::once(RightBrace).chain(period.into_iter().cycle().take(count));
    tokens.extend(padding.enumerate().map(|(number, token)| {
        let at = (usize::MAX / 2, number);
        let meta = MetaInfo { start: at, end: at };
        Token(token, meta)
    }));
}

/// Whether `garble_lang` parses the tokens: then the first padding is the
/// first thing that it does not understand.
fn garble_lang_parses(mut tokens: Vec<Token>) -> bool {
    padding(&mut tokens);
    match Tokens(tokens).parse() {
        Ok(_) => false,
        Err(errors) => match errors.as_slice() {
            [ParseError(ParseErrorEnum::InvalidTopLevelDef, meta)] => {
                meta.start == (usize::MAX / 2, 0)
            }
            _ => false,
        },
    }
}

/// Texts that the parser takes by mistake: `(` for `()`, so that brackets do
/// not match, and ranges without a number.
fn is_refused_on_purpose(message: &str) -> bool {
    message.contains("`()` cannot be written") || message.contains("There is no number in")
}

/// What is wrong with the front end's answer, if anything.
fn judge(text: &str) -> Result<bool, String> {
    let start = Instant::now();
    let checked = check(text, &Limits::default());
    if start.elapsed() > Duration::from_millis(500) {
        eprintln!("{:?} for\n{text}", start.elapsed());
    }
    let tokens = scan_closed(text, &checked);
    match checked {
        Ok(_) => {
            // Behind a blank and beyond the first line, `garble_lang` counts a token's place as people do.
            let text = &format!("\n {}", text.replace('\n', "\n "));
            let program = check(text, &Limits::default()).map_err(|e| format!("{e:?}"))?;
            let expected = garble_lang::check(text).map_err(|e| e.prettify(text))?;
            if program != expected {
                return Err("another tree".to_string());
            }
            Ok(true)
        }
        Err(LowerError::Source { message }) => {
            if !message.contains(" on line ") {
                return Err(format!("no place: {message}"));
            }
            let is_syntax = message.contains("Parse error on line ");
            let Some(tokens) = tokens else {
                return Ok(false);
            };
            if is_syntax && is_refused_on_purpose(&message) {
                return Ok(false);
            }
            if garble_lang_parses(tokens) == is_syntax {
                return Err(format!("the parser disagrees: {message}"));
            }
            Ok(false)
        }
        Err(LowerError::OpenComment { .. } | LowerError::Unsupported { .. }) => Ok(false),
        Err(error) => Err(format!("{error:?}")),
    }
}

/// The tokens, if the scanner may be called and takes the text.
fn scan_closed(
    text: &str,
    checked: &Result<garble_lang::TypedProgram, LowerError>,
) -> Option<Vec<Token>> {
    if matches!(checked, Err(LowerError::OpenComment { .. })) {
        return None;
    }
    scan(text).ok().map(|tokens| tokens.0)
}

#[test]
fn programs_are_taken_as_garble_lang_takes_them() {
    for text in programs() {
        let tokens = scan(&text).map(|tokens| tokens.0);
        // Rendering keeps the meaning; mutants are rendered.
        let rendered = tokens.as_ref().map(|tokens| render(tokens));
        for text in [Some(&text), rendered.as_ref().ok()].into_iter().flatten() {
            if let Err(why) = judge(text) {
                panic!("{why}\n{text}");
            }
        }
    }
}

#[test]
fn mistakes_end_with_an_error() {
    let first = number_from_env("GARBLE_SEED", 0);
    let count = number_from_env("GARBLE_MUTANTS", 3000);
    let mutator = Mutator::new(&programs());
    let mut typed = 0;
    for seed in first..first + count {
        let text = mutator.mutant(seed);
        match judge(&text) {
            Ok(is_program) => typed += u64::from(is_program),
            Err(why) => panic!("mutant {seed}: {why}\n{text}"),
        }
    }
    println!("{count} mutants, {typed} of them programs");
    if count >= 1000 {
        assert!(typed > 0 && typed < count / 2, "{typed} of {count}");
    }
}

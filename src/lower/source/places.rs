//! Tokens with the places that people count.
//!
//! The scanner of `garble_lang` counts the columns of the first line from one less than those of the others. A token without
//! a blank before it begins for it where the last one ends, which may be lines before. An error after the first line is one
//! column too far. All places of errors, panics and findings come from the tokens, so they are put right here.

use garble_lang::{
    scan::{ScanError, Tokens, scan},
    token::{MetaInfo, Token},
};

/// Scans a text.
pub(super) fn tokens(source: &str) -> Result<Tokens, Vec<ScanError>> {
    match scan(source) {
        Ok(mut tokens) => {
            for Token(_, meta) in &mut tokens.0 {
                *meta = of_token(*meta);
            }
            Ok(tokens)
        }
        Err(mut errors) => {
            for ScanError(_, meta) in &mut errors {
                let (line, column) = meta.start;
                let place = (line, column.saturating_sub(usize::from(line > 0)));
                (meta.start, meta.end) = (place, place);
            }
            Err(errors)
        }
    }
}

fn of_token(MetaInfo { start, end }: MetaInfo) -> MetaInfo {
    let counted = |(line, column): (usize, usize)| (line, column + usize::from(line == 0));
    let start = match start {
        // No token spans lines.
        (line, _) if line < end.0 => (end.0, 0),
        (0, 0) => (0, 0),
        start => counted(start),
    };
    MetaInfo {
        start,
        end: counted(end),
    }
}

//! A look at the source text before `garble_lang` parses it.
//!
//! Its parser and checker call themselves for every level of nesting, without a limit, and its parser writes both operands of
//! `<=` and `>=`, and the place before `+=` and the like, twice into the tree: thirty of them nested fill any memory. The text
//! may come from a peer, so tokens are counted first: how deep the tree can become, and how large.

use garble_lang::{
    scan::scan,
    token::{Token, TokenEnum},
};

use super::{Limits, LowerError};

/// The largest tree that is parsed, in tokens.
const MAX_TREE: u64 = 1 << 20;

/// An open bracket, or the program.
#[derive(Default)]
struct Level {
    /// Operators and keywords since the last separator: the tree may be that deep on this level.
    chain: usize,
    /// Tokens in the tree: complete expressions, and the one that is being read.
    done: u64,
    open: u64,
    /// How often the tokens that follow are written into the tree.
    copies: u64,
}

/// Refuses a text whose tree could be too deep or too large. Text that does not scan is left to the parser to complain of.
pub(super) fn guard(source: &str, limits: &Limits) -> Result<(), LowerError> {
    if source.len() > limits.max_source {
        let limit = limits.max_source;
        return Err(LowerError::SourceTooLong { limit });
    }
    let Ok(tokens) = scan(source) else {
        return Ok(());
    };
    let mut levels = vec![Level::new()];
    let mut depth = 0;
    let mut tokens = tokens.0.iter().map(|Token(token, _)| token).peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenEnum::LeftParen | TokenEnum::LeftBrace | TokenEnum::LeftBracket => {
                depth += levels.last_mut().map_or(0, Level::deepen);
                levels.push(Level::new());
            }
            TokenEnum::RightParen | TokenEnum::RightBrace | TokenEnum::RightBracket => {
                let inner = if levels.len() > 1 { levels.pop() } else { None };
                let (Some(inner), Some(outer)) = (inner, levels.last_mut()) else {
                    return Ok(());
                };
                depth = depth.saturating_sub(inner.chain);
                outer.add(inner.done.saturating_add(inner.open));
                let goes_on = matches!(tokens.peek(), Some(TokenEnum::KeywordElse));
                if *token == TokenEnum::RightBrace && !goes_on && !continues(tokens.peek()) {
                    depth = depth.saturating_sub(outer.chain);
                    outer.separate();
                }
            }
            TokenEnum::Semicolon | TokenEnum::Comma | TokenEnum::FatArrow => {
                if let Some(level) = levels.last_mut() {
                    depth = depth.saturating_sub(level.chain);
                    level.separate();
                }
            }
            _ => {
                if let Some(level) = levels.last_mut() {
                    level.add(1);
                    match token {
                        TokenEnum::Identifier(_)
                        | TokenEnum::UnsignedNum(..)
                        | TokenEnum::SignedNum(..) => {}
                        token => {
                            depth += level.deepen();
                            level.repeat(token);
                        }
                    }
                }
            }
        }
        if depth > limits.max_depth {
            let limit = limits.max_depth;
            return Err(LowerError::TooDeep { limit });
        }
        let size = levels
            .last()
            .map_or(0, |level| level.done.saturating_add(level.open));
        if size > MAX_TREE {
            return Err(LowerError::TreeTooLarge { limit: MAX_TREE });
        }
    }
    Ok(())
}

impl Level {
    fn new() -> Self {
        Level {
            copies: 1,
            ..Level::default()
        }
    }

    fn deepen(&mut self) -> usize {
        self.chain += 1;
        1
    }

    fn add(&mut self, tokens: u64) {
        let copies = tokens.saturating_mul(self.copies);
        self.open = self.open.saturating_add(copies);
    }

    /// An operator that copies its operands, or one that ends the operands of those before it.
    fn repeat(&mut self, token: &TokenEnum) {
        use TokenEnum::*;
        match token {
            LessThanEquals | GreaterThanEquals => {
                self.open = self.open.saturating_mul(2);
                self.copies = self.copies.saturating_mul(2);
            }
            AddAssign | SubAssign | MulAssign | DivAssign | RemAssign | BitXorAssign
            | BitAndAssign | BitOrAssign | ShrAssign | ShlAssign => {
                self.open = self.open.saturating_mul(2);
            }
            DoubleAmpersand | DoubleBar | DoubleEq | BangEq => self.finish(),
            _ => {}
        }
    }

    fn separate(&mut self) {
        self.chain = 0;
        self.finish();
    }

    fn finish(&mut self) {
        self.done = self.done.saturating_add(self.open);
        self.open = 0;
        self.copies = 1;
    }
}

/// Whether the token goes on with the expression that a brace ended.
fn continues(token: Option<&&TokenEnum>) -> bool {
    use TokenEnum::*;
    let Some(token) = token else {
        return false;
    };
    !matches!(
        token,
        Identifier(_)
            | UnsignedNum(..)
            | SignedNum(..)
            | KeywordConst
            | KeywordStruct
            | KeywordEnum
            | KeywordFn
            | KeywordLet
            | KeywordIf
            | KeywordMatch
            | KeywordPub
            | KeywordFor
            | LeftParen
            | LeftBrace
            | RightBrace
    )
}

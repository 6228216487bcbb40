//! Random mistakes in the texts of programs.

use garble_lang::scan::scan;
use garble_lang::token::{MetaInfo, SignedNumType, Token, TokenEnum, UnsignedNumType};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Texts, and all the tokens that occur in them.
pub struct Mutator {
    texts: Vec<Vec<Token>>,
    pool: Vec<Token>,
}

impl Mutator {
    pub fn new(texts: &[String]) -> Self {
        let texts: Vec<_> = texts
            .iter()
            .filter_map(|text| scan(text).ok())
            .map(|tokens| tokens.0)
            .collect();
        let mut pool: Vec<Token> = Vec::new();
        for token in texts.iter().flatten() {
            if !pool.iter().any(|known| known.0 == token.0) {
                pool.push(token.clone());
            }
        }
        let rare = [
            TokenEnum::UnsignedNum(0, UnsignedNumType::U64),
            TokenEnum::UnsignedNum(u64::MAX, UnsignedNumType::U64),
            TokenEnum::SignedNum(i64::MIN, SignedNumType::I64),
            TokenEnum::SignedNum(-1, SignedNumType::Unspecified),
            TokenEnum::DoubleDotEquals,
        ];
        pool.extend(rare.map(|token| Token(token, MetaInfo::default())));
        Self { texts, pool }
    }

    /// A text with one to four mistakes.
    pub fn mutant(&self, seed: u64) -> String {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut tokens = self.texts[rng.random_range(0..self.texts.len())].clone();
        let mistakes = [1, 1, 1, 2, 2, 3, 4][rng.random_range(0..7)];
        for _ in 0..mistakes {
            self.mutate(&mut tokens, &mut rng);
        }
        let mut text = render(&tokens);
        if rng.random_bool(0.05) {
            let at = rng.random_range(0..=text.len());
            let mistake = ["/*", "*/", "//", "$", "/", "-", "0", "é", "\n"][rng.random_range(0..9)];
            text.insert_str(at, mistake);
        }
        text
    }

    fn mutate(&self, tokens: &mut Vec<Token>, rng: &mut ChaCha8Rng) {
        if tokens.is_empty() {
            return;
        }
        let at = rng.random_range(0..tokens.len());
        let end = (at + rng.random_range(1..8)).min(tokens.len());
        match rng.random_range(0..10) {
            0 | 1 => drop(tokens.remove(at)),
            2 => drop(tokens.drain(at..end)),
            3 => tokens.insert(at, tokens[at].clone()),
            4 => {
                let copy = tokens[at..end].to_vec();
                let to = rng.random_range(0..=tokens.len());
                tokens.splice(to..to, copy);
            }
            5 => tokens.swap(at, end - 1),
            6 => tokens.truncate(at),
            7 | 8 => tokens.insert(at, self.token(rng)),
            _ => tokens[at] = self.token(rng),
        }
    }

    /// A token of a kind that is drawn first, so that rare ones are seen.
    fn token(&self, rng: &mut ChaCha8Rng) -> Token {
        use std::mem::discriminant;
        let kind = &self.pool[rng.random_range(0..self.pool.len())];
        if rng.random_bool(0.5) {
            return kind.clone();
        }
        let named = |token: &&Token| discriminant(&token.0) != discriminant(&kind.0);
        let others: Vec<&Token> = self
            .pool
            .iter()
            .filter(|token| !matches!(token.0, TokenEnum::Identifier(_)))
            .filter(named)
            .collect();
        others[rng.random_range(0..others.len())].clone()
    }
}

/// Tokens as a text of several lines.
pub fn render(tokens: &[Token]) -> String {
    let mut text = String::new();
    for Token(token, _) in tokens {
        match token {
            TokenEnum::UnsignedNum(n, UnsignedNumType::Unspecified) => text += &n.to_string(),
            TokenEnum::SignedNum(n, SignedNumType::Unspecified) => text += &n.to_string(),
            token => text += &token.to_string(),
        }
        text.push(match token {
            TokenEnum::Semicolon | TokenEnum::LeftBrace | TokenEnum::RightBrace => '\n',
            _ => ' ',
        });
    }
    text
}

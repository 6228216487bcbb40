//! What can be wrong with a program, its constants or its size.

use garble_lang::token::MetaInfo;

/// A place in the source text, line and column counted from 1. Zeros mean no place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl Position {
    /// The position that the scanner counts from 0.
    pub(super) fn new((line, column): (usize, usize)) -> Self {
        Position {
            line: line + 1,
            column: column + 1,
        }
    }
}

impl From<MetaInfo> for Position {
    fn from(meta: MetaInfo) -> Self {
        Position::new(meta.start)
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Why a program could not be lowered.
#[derive(Debug, thiserror::Error)]
pub enum LowerError {
    /// The program does not parse or type-check.
    #[error("the program has errors: {message}")]
    Source {
        /// The errors, each with an excerpt of the source.
        message: String,
    },
    /// The source text exceeds [`Limits::max_source`](super::Limits::max_source).
    #[error("the source has more than {limit} bytes")]
    SourceTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The tree that `garble_lang` would make of the source is too large; `<=`, `>=`, `+=` and the like copy their operands.
    #[error(
        "{position}: the source makes a tree of more than {limit} nodes; nest it less deeply, above all `<=` and `>=`"
    )]
    TreeTooLarge {
        /// The place where the limit is exceeded.
        position: Position,
        /// The limit in nodes.
        limit: u64,
    },
    /// The type checker would take too long: types that double, a `match` with too many cases.
    #[error(
        "{position}: checking the types up to here takes more than {limit} steps; \
         are there very large tuples, or a `match` on very many fields?"
    )]
    TooMuchChecking {
        /// The place where the limit is exceeded.
        position: Position,
        /// The limit in steps.
        limit: u64,
    },
    /// A comment is not closed.
    #[error("{position}: the comment that begins here is not closed by `*/`")]
    OpenComment {
        /// Where the comment begins.
        position: Position,
    },
    /// There is no function to run.
    #[error("the program has no public function `main`")]
    NoMain,
    /// A constant that a party has to provide is not there.
    #[error("{position}: the constant {party}::{name} is needed but was not provided")]
    MissingConst {
        /// The party that has to provide it.
        party: String,
        /// The name of the constant.
        name: String,
        /// Where the program asks for it.
        position: Position,
    },
    /// The number of parties depends on a constant that a party gives.
    #[error("its number of parties is a constant that a party gives; write the number instead")]
    PartiesFromConst,
    /// A constant has a wrong type or no value.
    #[error("{position}: constant `{name}`: {why}")]
    BadConst {
        /// The name in the program.
        name: String,
        /// The place of the expression.
        position: Position,
        /// What is wrong.
        why: &'static str,
    },
    /// A constant, or a step of its computation, leaves the range of its type.
    #[error("{position}: constant `{name}`: {value} is out of range of its type")]
    ConstOverflow {
        /// The name in the program.
        name: String,
        /// The place of the expression.
        position: Position,
        /// The value that does not fit.
        value: i128,
    },
    /// A number in the source does not fit its type.
    #[error("{position}: {value} is out of range of its type (numbers without a type are i32)")]
    LiteralOutOfRange {
        /// The place of the number.
        position: Position,
        /// The number.
        value: i128,
    },
    /// A struct or enum contains itself.
    #[error("the type `{name}` contains itself")]
    RecursiveType {
        /// The name of the type.
        name: String,
    },
    /// A type that values cannot have, or that is not defined.
    #[error("values cannot have the type `{ty}`")]
    BadType {
        /// The type.
        ty: String,
    },
    /// A field or variant is named twice.
    #[error("`{name}` is named twice in `{of}`")]
    DuplicateName {
        /// The struct or enum.
        of: String,
        /// The field or variant.
        name: String,
    },
    /// A function calls itself.
    #[error("the function `{name}` calls itself")]
    Recursive {
        /// The name of the function.
        name: String,
    },
    /// The pattern of a `let` or `for` does not match every value.
    #[error("{position}: the pattern does not match every value; use `match`")]
    Refutable {
        /// The place of the pattern.
        position: Position,
    },
    /// The patterns of a `match` leave values out.
    #[error("{position}: the patterns do not match every value; add a clause `_ => ...`")]
    NotExhaustive {
        /// The place of the match.
        position: Position,
    },
    /// The checker let something pass that has no meaning.
    #[error("{position}: {what}")]
    Unsupported {
        /// The place in the source.
        position: Position,
        /// What it is.
        what: &'static str,
    },
    /// A value exceeds [`Limits::max_bits`](super::Limits::max_bits).
    #[error(
        "a value of the program has more than {limit} bits or elements; are the constants too large?"
    )]
    TooLarge {
        /// The limit in bits.
        limit: usize,
    },
    /// The circuit exceeds [`Limits::max_gates`](super::Limits::max_gates).
    #[error("the circuit has more than {limit} gates; are the constants too large?")]
    TooManyGates {
        /// The limit in gates.
        limit: usize,
    },
    /// The variables exceed [`Limits::max_held_bits`](super::Limits::max_held_bits).
    #[error("the program's variables have more than {limit} bits; are the constants too large?")]
    TooMuchMemory {
        /// The limit in bits.
        limit: usize,
    },
    /// The program exceeds [`Limits::max_work`](super::Limits::max_work).
    #[error("the program takes more than {limit} steps to compile; are the constants too large?")]
    TooMuchWork {
        /// The limit in steps.
        limit: u64,
    },
    /// The program exceeds [`Limits::max_depth`](super::Limits::max_depth), or types are nested too deeply.
    #[error("the program is nested more than {limit} levels deep")]
    TooDeep {
        /// The limit in levels.
        limit: usize,
    },
    /// The thread that compiles could not be started.
    #[error("could not start a thread to compile on")]
    Thread(#[source] std::io::Error),
    /// A fault of the compiler.
    #[error(
        "the compiler failed on this program; this is a bug, please report it with the program"
    )]
    Internal,
}

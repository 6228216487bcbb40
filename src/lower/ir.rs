//! The program as it is lowered: names are slots, types are resolved, conversions are explicit.
//!
//! The typed tree of `garble_lang` is resolved into this form once ([`super::resolve`]); loops and calls then walk
//! it as often as they must ([`super::build`]) without a look at names or definitions.

use std::rc::Rc;

use garble_lang::token::MetaInfo;

use super::types::TypeId;
use crate::circuit::Bit;

/// A variable. Functions don't recurse, so each binding of the program has a slot of its own.
pub(super) type Slot = usize;

/// Where something stands in the source, zero-based as the scanner counts.
pub(super) type Site = MetaInfo;

/// A function after resolution.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) params: Vec<Slot>,
    pub(super) body: Expr,
}

/// An expression with its type and place.
#[derive(Debug)]
pub(super) struct Expr {
    pub(super) ty: TypeId,
    pub(super) site: Site,
    pub(super) node: Node,
}

/// The kinds of expressions.
#[derive(Debug)]
pub(super) enum Node {
    /// Bits known now.
    Constant(Rc<[Bit]>),
    Variable(Slot),
    /// A tuple, struct, enum or array literal: the bits of a template, overwritten by the parts, which are
    /// evaluated in this order and placed at these offsets.
    Assemble(Rc<[Bit]>, Vec<(usize, Expr)>),
    /// An array of equal elements.
    Repeat(Box<Expr>, usize),
    /// An array of numbers, from the first to one before the second.
    Range(u64, u64),
    Index(Box<Expr>, Box<Expr>),
    /// A field of a tuple or struct by its offset.
    Field(Box<Expr>, usize),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Match(Box<Expr>, Vec<Clause>),
    Block(Box<Block>),
    Call(usize, Vec<Expr>),
    Join(Box<Join>),
    /// `as`: wraps.
    Cast(Box<Expr>),
    /// A number without a type put where a type is expected: must fit.
    Convert(Box<Expr>),
}

/// Operators on two operands, which have the same type except for shifts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A pattern, the expression it guards, and the slots that end with it.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) pattern: Pattern,
    pub(super) body: Expr,
    pub(super) slots: Vec<Slot>,
}

/// Statements, the value if there is one, and the slots that end with the block.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) statements: Vec<Statement>,
    pub(super) value: Option<Expr>,
    pub(super) slots: Vec<Slot>,
}

/// The kinds of statements.
#[derive(Debug)]
pub(super) enum Statement {
    /// Evaluates and drops.
    Expr(Expr),
    Let(Pattern, Expr),
    Assign(Assignment),
    For(Box<Loop>),
    JoinFor(Box<JoinLoop>),
}

/// `slot.path = value`.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) slot: Slot,
    pub(super) path: Vec<Access>,
    pub(super) value: Expr,
    pub(super) site: Site,
}

/// One step from a place to a place within it.
#[derive(Debug)]
pub(super) enum Access {
    Field(usize),
    Index {
        index: Expr,
        len: usize,
        element_bits: usize,
    },
}

/// `for pattern in array { body }`
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) pattern: Pattern,
    pub(super) over: Over,
    pub(super) body: Vec<Statement>,
    pub(super) slots: Vec<Slot>,
}

/// What a loop runs over.
#[derive(Debug)]
pub(super) enum Over {
    Array(Expr),
    /// Numbers of that many bits, from the first to one before the second; never built as an array.
    Range {
        bits: usize,
        from: u64,
        to: u64,
    },
}

/// `for pattern in join_iter(a, b) { body }`; the pattern takes the pair of elements.
#[derive(Debug)]
pub(super) struct JoinLoop {
    pub(super) pattern: Pattern,
    pub(super) join: Join,
    pub(super) body: Vec<Statement>,
    pub(super) slots: Vec<Slot>,
}

/// The inputs of a join, and the type of the key both elements begin with.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) key: TypeId,
    pub(super) left: Expr,
    pub(super) right: Expr,
    /// Whether the result holds both elements, or the left one alone.
    pub(super) pairs: bool,
}

/// A pattern on a value of known type.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// Matches and binds.
    Bind(Slot),
    Bool(bool),
    /// Matches the numbers from the first to the second, both included.
    Between(i128, i128),
    /// Matches tuples and structs; fields that are not named are left out.
    Fields(Vec<Part>),
    /// Matches the variant of that number.
    Variant(usize, Vec<Part>),
}

/// A pattern on a part of a value.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Which field of the tuple, struct or variant.
    pub(super) number: usize,
    pub(super) offset: usize,
    pub(super) ty: TypeId,
    pub(super) pattern: Pattern,
}

//! Types of generated programs.

use garble_lang::literal::Literal;
use garble_lang::token::{SignedNumType, UnsignedNumType};
use rand::Rng;

use super::Generator;

/// An integer type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Int {
    pub bits: u32,
    pub signed: bool,
    /// `usize` is another type than `u32`.
    pub index: bool,
}

impl Int {
    pub const U8: Self = Self::new(8, false);
    pub const U16: Self = Self::new(16, false);
    pub const I8: Self = Self::new(8, true);
    pub const USIZE: Self = Self {
        bits: 32,
        signed: false,
        index: true,
    };

    pub const fn new(bits: u32, signed: bool) -> Self {
        Self {
            bits,
            signed,
            index: false,
        }
    }

    pub fn name(self) -> String {
        match (self.index, self.signed) {
            (true, _) => "usize".into(),
            (_, true) => format!("i{}", self.bits),
            (_, false) => format!("u{}", self.bits),
        }
    }

    pub fn min(self) -> i128 {
        if self.signed {
            -(1 << (self.bits - 1))
        } else {
            0
        }
    }

    pub fn max(self) -> i128 {
        (1 << (self.bits - u32::from(self.signed))) - 1
    }

    /// The number as it stands in a program.
    pub fn text(self, n: i128) -> String {
        let name = self.name();
        if n < 0 {
            format!("({n}{name})")
        } else {
            format!("{n}{name}")
        }
    }

    /// The number as an input.
    pub fn literal_value(self, n: i128) -> Literal {
        if self.signed {
            let ty = match self.bits {
                8 => SignedNumType::I8,
                16 => SignedNumType::I16,
                32 => SignedNumType::I32,
                _ => SignedNumType::I64,
            };
            Literal::NumSigned(n as i64, ty)
        } else {
            let ty = match (self.index, self.bits) {
                (true, _) => UnsignedNumType::Usize,
                (_, 8) => UnsignedNumType::U8,
                (_, 16) => UnsignedNumType::U16,
                (_, 32) => UnsignedNumType::U32,
                _ => UnsignedNumType::U64,
            };
            Literal::NumUnsigned(n as u64, ty)
        }
    }
}

/// The length of an array type, as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Size {
    Literal(usize),
    Const(String, usize),
}

impl Size {
    pub fn len(&self) -> usize {
        match self {
            Self::Literal(len) | Self::Const(_, len) => *len,
        }
    }

    pub fn text(&self) -> String {
        match self {
            Self::Literal(len) => len.to_string(),
            Self::Const(name, _) => name.clone(),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ty {
    Bool,
    Int(Int),
    /// A number without a suffix, whose type the checker leaves open.
    Open,
    Array(Box<Ty>, Size),
    Tuple(Vec<Ty>),
    Struct(usize),
    Enum(usize),
}

impl Ty {
    pub fn name(&self) -> String {
        match self {
            Self::Bool => "bool".into(),
            Self::Int(int) => int.name(),
            Self::Open => unreachable!("open numbers are never declared"),
            Self::Array(elem, size) => format!("[{}; {}]", elem.name(), size.text()),
            Self::Tuple(types) => {
                let names: Vec<_> = types.iter().map(Ty::name).collect();
                match names.as_slice() {
                    // The parser takes a trailing comma in values only, and
                    // parentheses around a single type make it a tuple.
                    [name] => format!("({name})"),
                    names => format!("({})", names.join(", ")),
                }
            }
            Self::Struct(index) => format!("S{index}"),
            Self::Enum(index) => format!("E{index}"),
        }
    }

    /// Whether a number of open type is in it.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Open => true,
            Self::Array(elem, _) => elem.is_open(),
            Self::Tuple(types) => types.iter().any(Ty::is_open),
            _ => false,
        }
    }
}

impl Generator {
    pub fn draw_int(&mut self) -> Int {
        match self.below(24) {
            0..7 => Int::U8,
            7..11 => Int::I8,
            11..13 => Int::U16,
            13..15 => Int::new(16, true),
            15..17 => Int::new(32, false),
            17..19 => Int::new(32, true),
            19..21 => Int::USIZE,
            21 => Int::new(64, false),
            _ => Int::new(64, true),
        }
    }

    /// A scalar, or a small collection of scalars.
    pub fn small_type(&mut self) -> Ty {
        match self.below(24) {
            0..4 => Ty::Bool,
            4..20 => Ty::Int(self.draw_int()),
            20 => Ty::Tuple(vec![Ty::Int(self.draw_int()), Ty::Bool]),
            21 => Ty::Tuple(vec![]),
            _ => {
                let int = self.draw_int();
                Ty::Array(Box::new(Ty::Int(int)), self.size())
            }
        }
    }

    /// A scalar or a struct: the parser takes no other types as the first
    /// field of an enum's variant.
    pub fn named_type(&mut self) -> Ty {
        match self.below(8) {
            0 => Ty::Bool,
            1 if !self.defs.structs.is_empty() => Ty::Struct(self.below(self.defs.structs.len())),
            _ => Ty::Int(self.draw_int()),
        }
    }

    /// A scalar, a small collection, a struct or an enum.
    pub fn part_type(&mut self) -> Ty {
        let ty = match self.below(12) {
            0..2 if !self.defs.structs.is_empty() => {
                Ty::Struct(self.below(self.defs.structs.len()))
            }
            2..4 if !self.defs.enums.is_empty() => Ty::Enum(self.below(self.defs.enums.len())),
            _ => self.small_type(),
        };
        match self.in_head > 0 && self.has_struct(&ty) {
            true => self.small_type(),
            false => ty,
        }
    }

    pub fn draw_type(&mut self) -> Ty {
        match self.below(20) {
            0..3 => Ty::Bool,
            3..11 => Ty::Int(self.draw_int()),
            11..14 => {
                let elem = self.part_type();
                Ty::Array(Box::new(elem), self.size())
            }
            14..16 => {
                let len = self.rng.random_range(1..=3);
                Ty::Tuple((0..len).map(|_| self.part_type()).collect())
            }
            _ => self.part_type(),
        }
    }

    /// Whether values of the type may need a struct literal.
    pub fn has_struct(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Bool | Ty::Int(_) | Ty::Open => false,
            Ty::Array(elem, _) => self.has_struct(elem),
            Ty::Tuple(types) => types.iter().any(|ty| self.has_struct(ty)),
            Ty::Struct(_) => true,
            Ty::Enum(index) => self.defs.enums[*index]
                .iter()
                .filter_map(|(_, fields)| fields.as_ref())
                .flatten()
                .any(|ty| self.has_struct(ty)),
        }
    }

    /// Whether a `match` may look at the type. The type checker's search for
    /// missing cases overflows on `u64`, and arrays have no patterns.
    pub fn matchable(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Bool => true,
            Ty::Int(int) => int.signed || int.bits < 64,
            Ty::Open | Ty::Array(..) => false,
            Ty::Tuple(types) => types.iter().all(|ty| self.cases_known(ty)),
            Ty::Struct(index) => self.defs.structs[*index]
                .iter()
                .all(|(_, ty)| self.cases_known(ty)),
            Ty::Enum(index) => self.defs.enums[*index]
                .iter()
                .filter_map(|(_, fields)| fields.as_ref())
                .flatten()
                .all(|ty| self.cases_known(ty)),
        }
    }

    fn cases_known(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Array(..)) || self.matchable(ty)
    }

    pub fn size(&mut self) -> Size {
        let sizes: Vec<_> = self
            .consts
            .iter()
            .filter(|(_, int, _)| int.index)
            .cloned()
            .collect();
        if !sizes.is_empty() && self.chance(0.25) {
            let (name, _, len) = &sizes[self.below(sizes.len())];
            return Size::Const(name.clone(), *len as usize);
        }
        match self.chance(0.03) {
            true => Size::Literal(0),
            false => Size::Literal(self.rng.random_range(1..=4)),
        }
    }

    /// The type of a join's keys.
    pub fn key_type(&mut self) -> Ty {
        match self.below(5) {
            0 => Ty::Int(Int::U8),
            1 => Ty::Int(Int::I8),
            2 => Ty::Tuple(vec![Ty::Bool, Ty::Int(Int::I8)]),
            3 => Ty::Array(Box::new(Ty::Int(Int::U8)), Size::Literal(2)),
            _ => Ty::Int(Int::U16),
        }
    }
}

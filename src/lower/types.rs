//! Types with every array size known, and where each part of a value lies among its bits.
//!
//! The layout is that of `garble_lang`: numbers are most significant bit first, struct fields stand in the
//! order of their definition (which its parser sorts by name), an enum is its tag followed by the fields of the
//! variant, padded with zeros to the longest variant. Every type is stored once and named by a [`TypeId`],
//! so comparing types is comparing numbers, and no size is ever computed twice.

mod resolve;

use std::collections::{BTreeSet, HashMap};

use garble_lang::{
    TypedProgram,
    ast::Type,
    token::{SignedNumType, UnsignedNumType},
};

use super::{Limits, LowerError};

/// Width of `usize` in bits, on every platform.
pub(super) const USIZE_BITS: usize = 32;

/// The name of a type in a [`Types`] table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct TypeId(u32);

impl TypeId {
    /// `bool`, in every table.
    pub(super) const BOOL: TypeId = TypeId(0);
    /// `()`, in every table.
    pub(super) const UNIT: TypeId = TypeId(1);
    /// `usize`, in every table.
    pub(super) const USIZE: TypeId = TypeId(2);
    /// `u8`, the type of shift amounts, in every table.
    pub(super) const U8: TypeId = TypeId(3);
    /// `i32`, the type of numbers that have none, in every table.
    pub(super) const I32: TypeId = TypeId(4);
}

/// An integer type: `usize` counts as 32 bits, a number without a type as `i32`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Int {
    pub(super) bits: usize,
    pub(super) signed: bool,
}

impl Int {
    /// The smallest value.
    pub(super) fn min(self) -> i128 {
        if self.signed {
            -(1i128 << (self.bits - 1))
        } else {
            0
        }
    }

    /// The largest value.
    pub(super) fn max(self) -> i128 {
        (1i128 << (self.bits - usize::from(self.signed))) - 1
    }

    /// Whether the value can be represented.
    pub(super) fn holds(self, value: i128) -> bool {
        (self.min()..=self.max()).contains(&value)
    }
}

/// A part of a tuple, struct or enum variant: its type and its first bit within the whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) ty: TypeId,
    pub(super) offset: usize,
}

/// What a type is made of.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Bool,
    /// The flag tells `usize` from `u32`, which differ by name only.
    Int(Int, bool),
    Array(TypeId, usize),
    Tuple(Vec<Field>),
    Struct(String, Vec<(String, Field)>),
    /// The width of the tag in bits, then the variants; a unit variant has no list of fields.
    Enum(String, usize, Vec<(String, Option<Vec<Field>>)>),
}

#[derive(Clone, Debug)]
struct Entry {
    kind: Kind,
    bits: usize,
    leaves: usize,
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Array(TypeId, usize),
    Tuple(Vec<TypeId>),
    Struct(String),
    Enum(String),
}

/// The table of all types met so far.
pub(super) struct Types<'p> {
    program: &'p TypedProgram,
    max_bits: usize,
    entries: Vec<Entry>,
    known: HashMap<Key, TypeId>,
    open: BTreeSet<String>,
    numbers: Vec<(Int, bool, TypeId)>,
}

impl<'p> Types<'p> {
    /// A table that looks up definitions in the program and refuses types of more than `max_bits` bits.
    pub(super) fn new(program: &'p TypedProgram, limits: &Limits) -> Self {
        let mut types = Types {
            program,
            max_bits: limits.max_bits,
            entries: vec![],
            known: HashMap::new(),
            open: BTreeSet::new(),
            numbers: vec![],
        };
        types.push(Kind::Bool, 1, 1);
        types.push(Kind::Tuple(vec![]), 0, 1);
        types.known.insert(Key::Tuple(vec![]), TypeId::UNIT);
        let ints = [(32, false, true), (8, false, false), (32, true, false)];
        let rest = [
            (16, false, false),
            (32, false, false),
            (64, false, false),
            (8, true, false),
            (16, true, false),
            (64, true, false),
        ];
        for (bits, signed, is_usize) in ints.into_iter().chain(rest) {
            let int = Int { bits, signed };
            let id = types.push(Kind::Int(int, is_usize), bits, 1);
            types.numbers.push((int, is_usize, id));
        }
        types
    }

    /// What the type is made of.
    pub(super) fn kind(&self, ty: TypeId) -> &Kind {
        &self.entries[ty.0 as usize].kind
    }

    /// The size of a value in bits.
    pub(super) fn bits(&self, ty: TypeId) -> usize {
        self.entries[ty.0 as usize].bits
    }

    /// The integer type behind a type, if it is one.
    pub(super) fn int(&self, ty: TypeId) -> Option<Int> {
        match self.kind(ty) {
            Kind::Int(int, _) => Some(*int),
            _ => None,
        }
    }

    /// The fields of a tuple or struct in the order of its definition.
    pub(super) fn fields(&self, ty: TypeId) -> Option<Vec<Field>> {
        match self.kind(ty) {
            Kind::Tuple(fields) => Some(fields.clone()),
            Kind::Struct(_, fields) => Some(fields.iter().map(|(_, field)| *field).collect()),
            _ => None,
        }
    }

    /// Finds or adds an array type.
    pub(super) fn array(&mut self, element: TypeId, len: usize) -> Result<TypeId, LowerError> {
        if let Some(id) = self.known.get(&Key::Array(element, len)) {
            return Ok(*id);
        }
        let (bits, leaves) = {
            let entry = &self.entries[element.0 as usize];
            (
                entry.bits.checked_mul(len),
                entry.leaves.checked_mul(len.max(1)),
            )
        };
        let (bits, leaves) = self.capped(bits, leaves)?;
        let id = self.push(Kind::Array(element, len), bits, leaves);
        self.known.insert(Key::Array(element, len), id);
        Ok(id)
    }

    /// Finds or adds a tuple type.
    pub(super) fn tuple(&mut self, parts: Vec<TypeId>) -> Result<TypeId, LowerError> {
        let key = Key::Tuple(parts);
        if let Some(id) = self.known.get(&key) {
            return Ok(*id);
        }
        let Key::Tuple(parts) = &key else {
            return Ok(TypeId::UNIT);
        };
        let (fields, bits, leaves) = self.line_up(parts, 0)?;
        let id = self.push(Kind::Tuple(fields), bits, leaves);
        self.known.insert(key, id);
        Ok(id)
    }

    /// The same type as `garble_lang` writes it, all array sizes as numbers.
    pub(super) fn concrete(&self, ty: TypeId) -> Type {
        match self.kind(ty) {
            Kind::Bool => Type::Bool,
            Kind::Int(_, true) => Type::Unsigned(UnsignedNumType::Usize),
            Kind::Int(Int { bits, signed: true }, _) => Type::Signed(match bits {
                8 => SignedNumType::I8,
                16 => SignedNumType::I16,
                32 => SignedNumType::I32,
                _ => SignedNumType::I64,
            }),
            Kind::Int(Int { bits, .. }, _) => Type::Unsigned(match bits {
                8 => UnsignedNumType::U8,
                16 => UnsignedNumType::U16,
                32 => UnsignedNumType::U32,
                _ => UnsignedNumType::U64,
            }),
            Kind::Array(element, len) => Type::Array(Box::new(self.concrete(*element)), *len),
            Kind::Tuple(fields) => {
                Type::Tuple(fields.iter().map(|field| self.concrete(field.ty)).collect())
            }
            Kind::Struct(name, _) => Type::Struct(name.clone()),
            Kind::Enum(name, _, _) => Type::Enum(name.clone()),
        }
    }

    /// Gives each part its offset, the first one at `start`; returns them with the end and the number of leaves.
    fn line_up(
        &self,
        parts: &[TypeId],
        start: usize,
    ) -> Result<(Vec<Field>, usize, usize), LowerError> {
        let (mut offset, mut leaves) = (start, 1usize);
        let mut fields = Vec::with_capacity(parts.len());
        for ty in parts {
            fields.push(Field { ty: *ty, offset });
            let entry = &self.entries[ty.0 as usize];
            (offset, leaves) = self.capped(
                offset.checked_add(entry.bits),
                leaves.checked_add(entry.leaves),
            )?;
        }
        Ok((fields, offset, leaves))
    }

    fn capped(
        &self,
        bits: Option<usize>,
        leaves: Option<usize>,
    ) -> Result<(usize, usize), LowerError> {
        match (bits, leaves) {
            (Some(bits), Some(leaves)) if bits.max(leaves) <= self.max_bits => Ok((bits, leaves)),
            _ => Err(LowerError::TooLarge {
                limit: self.max_bits,
            }),
        }
    }

    fn push(&mut self, kind: Kind, bits: usize, leaves: usize) -> TypeId {
        let id = TypeId(self.entries.len() as u32);
        self.entries.push(Entry { kind, bits, leaves });
        id
    }
}

/// The least number of bits that tell the variants apart.
pub(super) fn tag_bits(variants: usize) -> usize {
    variants.next_power_of_two().trailing_zeros() as usize
}

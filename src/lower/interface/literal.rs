//! Literals to and from bits.
//!
//! The layout is that of `garble_lang`. Its own functions for this assume that a literal has the right type and that
//! bits come from its own circuits; they panic or encode something else if not. These check everything.

use garble_lang::{
    ast::{Type, Variant},
    literal::{Literal, VariantLiteral},
    token::{SignedNumType, UnsignedNumType},
};

use super::Interface;
use crate::lower::types::{USIZE_BITS, tag_bits};

/// A literal that is not a value of the party's type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// There is no such party.
    #[error("there are {parties} parties, but the input is for party {party}")]
    NoParty {
        /// The party asked for, from 0.
        party: usize,
        /// The number of parties.
        parties: usize,
    },
    /// The literal, or a part of it, has another type. What it is stays out of the message: it is the party's secret.
    #[error("the input does not fit its type: a value of type {ty} is expected")]
    Type {
        /// The type that is expected there.
        ty: Type,
    },
}

impl EncodeError {
    /// The type that is expected where the literal has another.
    pub fn expected(&self) -> Option<String> {
        match self {
            Self::NoParty { .. } => None,
            Self::Type { ty } => Some(ty.to_string()),
        }
    }
}

/// Bits that are not an output of the circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The number of bits is wrong.
    #[error("the output should have {expected} bits, not {actual}")]
    Length {
        /// The number of bits of the output.
        expected: usize,
        /// The number of bits that were given.
        actual: usize,
    },
    /// The bits name a variant that the enum does not have.
    #[error("the output names variant {number} of the enum `{name}`, which does not exist")]
    Variant {
        /// The enum.
        name: String,
        /// The number of the variant.
        number: usize,
    },
    /// The bits name a place of panic that the program does not have.
    #[error("the output names place {number} of a panic, which does not exist")]
    Place {
        /// The number of the place.
        number: usize,
    },
    /// The type is not one that values can have.
    #[error("values cannot have the type `{ty}`")]
    Type {
        /// The type.
        ty: Type,
    },
}

impl Interface {
    /// The input bits of a party for a value.
    ///
    /// # Errors
    /// If there is no such party or the value is not of its type: numbers must be in range, arrays of the right length, and
    /// structs have each field once, in any order.
    pub fn encode(&self, party: usize, value: &Literal) -> Result<Vec<bool>, EncodeError> {
        let found = self.parties.get(party).ok_or(EncodeError::NoParty {
            party,
            parties: self.parties.len(),
        })?;
        let mut bits = Vec::with_capacity(found.bits);
        self.encode_part(&found.ty, value, &mut bits)?;
        Ok(bits)
    }

    /// The result for its bits, those of a panic already removed.
    ///
    /// # Errors
    /// If the number of bits is wrong or an enum has no such variant.
    pub fn decode(&self, bits: &[bool]) -> Result<Literal, DecodeError> {
        let mut rest = bits;
        let value = self.decode_part(&self.result, &mut rest);
        match value {
            Ok(value) if rest.is_empty() => Ok(value),
            Ok(_) => Err(self.length(bits)),
            Err(DecodeError::Length { .. }) => Err(self.length(bits)),
            Err(error) => Err(error),
        }
    }

    fn length(&self, bits: &[bool]) -> DecodeError {
        DecodeError::Length {
            expected: self.result_bits,
            actual: bits.len(),
        }
    }

    fn encode_part(
        &self,
        ty: &Type,
        value: &Literal,
        bits: &mut Vec<bool>,
    ) -> Result<(), EncodeError> {
        let wrong = || EncodeError::Type { ty: ty.clone() };
        match (ty, value) {
            (Type::Bool, Literal::True) => bits.push(true),
            (Type::Bool, Literal::False) => bits.push(false),
            (Type::Unsigned(ty), Literal::NumUnsigned(n, of)) if ty == of => {
                if ty.max().is_none_or(|max| *n > max) {
                    return Err(wrong());
                }
                push_number(
                    *n,
                    number_bits(&Type::Unsigned(*ty)).ok_or_else(wrong)?,
                    bits,
                );
            }
            (Type::Signed(ty), Literal::NumSigned(n, of)) if ty == of => {
                if ty.max().is_none_or(|max| *n > max) || ty.min().is_none_or(|min| *n < min) {
                    return Err(wrong());
                }
                let width = number_bits(&Type::Signed(*ty)).ok_or_else(wrong)?;
                push_number(*n as u64, width, bits);
            }
            (Type::Array(ty, len), Literal::Array(values)) if values.len() == *len => {
                for value in values {
                    self.encode_part(ty, value, bits)?;
                }
            }
            (Type::Array(ty, len), Literal::ArrayRepeat(value, count)) if count == len => {
                let mut element = vec![];
                self.encode_part(ty, value, &mut element)?;
                for _ in 0..*len {
                    bits.extend_from_slice(&element);
                }
            }
            (Type::Array(ty, len), Literal::Range(from, to, of)) => {
                let width = number_bits(ty).ok_or_else(wrong)?;
                let fits = to.checked_sub(*from) == u64::try_from(*len).ok()
                    && **ty == Type::Unsigned(*of)
                    && of.max().is_some_and(|max| to.saturating_sub(1) <= max);
                if !fits {
                    return Err(wrong());
                }
                (*from..*to).for_each(|n| push_number(n, width, bits));
            }
            (Type::Tuple(types), Literal::Tuple(values)) if types.len() == values.len() => {
                for (ty, value) in types.iter().zip(values) {
                    self.encode_part(ty, value, bits)?;
                }
            }
            (Type::Struct(name), Literal::Struct(of, values)) if name == of => {
                let definition = self.definitions.struct_defs.get(name).ok_or_else(wrong)?;
                if definition.fields.len() != values.len() {
                    return Err(wrong());
                }
                for (field, ty) in &definition.fields {
                    let value = values.iter().find(|(name, _)| name == field);
                    self.encode_part(ty, &value.ok_or_else(wrong)?.1, bits)?;
                }
            }
            (Type::Enum(name), Literal::Enum(of, variant, values)) if name == of => {
                let end = bits.len() + self.bits(ty).ok_or_else(wrong)?;
                let definition = self.definitions.enum_defs.get(name).ok_or_else(wrong)?;
                let mut named = definition.variants.iter().enumerate();
                let found = named.find(|(_, v)| variant_name(v) == variant);
                let (number, found) = found.ok_or_else(wrong)?;
                push_number(number as u64, tag_bits(definition.variants.len()), bits);
                match (found, values) {
                    (Variant::Unit(_), VariantLiteral::Unit) => {}
                    (Variant::Tuple(_, types), VariantLiteral::Tuple(values))
                        if types.len() == values.len() =>
                    {
                        for (ty, value) in types.iter().zip(values) {
                            self.encode_part(ty, value, bits)?;
                        }
                    }
                    _ => return Err(wrong()),
                }
                bits.resize(end, false);
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }

    fn decode_part(&self, ty: &Type, bits: &mut &[bool]) -> Result<Literal, DecodeError> {
        let wrong = || DecodeError::Type { ty: ty.clone() };
        Ok(match ty {
            Type::Bool => Literal::from(take(bits, 1)? == 1),
            Type::Unsigned(num) => {
                let width = number_bits(ty).ok_or_else(wrong)?;
                Literal::NumUnsigned(take(bits, width)?, *num)
            }
            Type::Signed(num) => {
                let width = number_bits(ty).ok_or_else(wrong)?;
                let unused = 64 - width;
                Literal::NumSigned((take(bits, width)? << unused) as i64 >> unused, *num)
            }
            Type::Array(element, len) => {
                let values = (0..*len).map(|_| self.decode_part(element, bits));
                Literal::Array(values.collect::<Result<_, _>>()?)
            }
            Type::Tuple(types) => {
                let values = types.iter().map(|ty| self.decode_part(ty, bits));
                Literal::Tuple(values.collect::<Result<_, _>>()?)
            }
            Type::Struct(name) => {
                let definition = self.definitions.struct_defs.get(name).ok_or_else(wrong)?;
                let mut values = Vec::with_capacity(definition.fields.len());
                for (field, ty) in &definition.fields {
                    values.push((field.clone(), self.decode_part(ty, bits)?));
                }
                Literal::Struct(name.clone(), values)
            }
            Type::Enum(name) => {
                let definition = self.definitions.enum_defs.get(name).ok_or_else(wrong)?;
                let end = self.bits(ty).and_then(|size| bits.len().checked_sub(size));
                let end = end.ok_or(DecodeError::Length {
                    expected: self.result_bits,
                    actual: 0,
                })?;
                let number = take(bits, tag_bits(definition.variants.len()))? as usize;
                let variant = definition.variants.get(number);
                let variant = variant.ok_or_else(|| DecodeError::Variant {
                    name: name.clone(),
                    number,
                })?;
                let values = match variant {
                    Variant::Unit(_) => VariantLiteral::Unit,
                    Variant::Tuple(_, types) => {
                        let values = types.iter().map(|ty| self.decode_part(ty, bits));
                        VariantLiteral::Tuple(values.collect::<Result<_, _>>()?)
                    }
                };
                *bits = bits.get(bits.len().saturating_sub(end)..).unwrap_or(&[]);
                Literal::Enum(name.clone(), variant_name(variant).to_string(), values)
            }
            _ => return Err(wrong()),
        })
    }

    /// The size of a type of this interface in bits.
    fn bits(&self, ty: &Type) -> Option<usize> {
        let sum = |types: &[Type]| -> Option<usize> { types.iter().map(|ty| self.bits(ty)).sum() };
        match ty {
            Type::Bool => Some(1),
            Type::Unsigned(_) | Type::Signed(_) => number_bits(ty),
            Type::Array(element, len) => self.bits(element)?.checked_mul(*len),
            Type::Tuple(types) => sum(types),
            Type::Struct(name) => {
                let fields = &self.definitions.struct_defs.get(name)?.fields;
                fields.iter().map(|(_, ty)| self.bits(ty)).sum()
            }
            Type::Enum(name) => {
                let variants = &self.definitions.enum_defs.get(name)?.variants;
                let mut longest = 0;
                for variant in variants {
                    if let Variant::Tuple(_, types) = variant {
                        longest = longest.max(sum(types)?);
                    }
                }
                Some(tag_bits(variants.len()) + longest)
            }
            _ => None,
        }
    }
}

fn variant_name(variant: &Variant) -> &str {
    match variant {
        Variant::Unit(name) | Variant::Tuple(name, _) => name,
    }
}

fn number_bits(ty: &Type) -> Option<usize> {
    Some(match ty {
        Type::Unsigned(ty) => match ty {
            UnsignedNumType::Usize => USIZE_BITS,
            UnsignedNumType::U8 => 8,
            UnsignedNumType::U16 => 16,
            UnsignedNumType::U32 => 32,
            UnsignedNumType::U64 => 64,
            UnsignedNumType::Unspecified => return None,
        },
        Type::Signed(ty) => match ty {
            SignedNumType::I8 => 8,
            SignedNumType::I16 => 16,
            SignedNumType::I32 => 32,
            SignedNumType::I64 => 64,
            SignedNumType::Unspecified => return None,
        },
        _ => return None,
    })
}

/// Appends the bits of a number, most significant first.
fn push_number(n: u64, width: usize, bits: &mut Vec<bool>) {
    bits.extend((0..width).rev().map(|i| n >> i & 1 == 1));
}

/// Takes a number off the front, most significant bit first.
fn take(bits: &mut &[bool], width: usize) -> Result<u64, DecodeError> {
    let Some((number, rest)) = bits.split_at_checked(width) else {
        return Err(DecodeError::Length {
            expected: width,
            actual: bits.len(),
        });
    };
    *bits = rest;
    Ok(number.iter().fold(0, |n, bit| n << 1 | u64::from(*bit)))
}

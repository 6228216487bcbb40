//! From the types of `garble_lang` to those of the table, definitions included.

use std::collections::BTreeSet;

use garble_lang::{
    ast::{Type, Variant},
    token::{SignedNumType, UnsignedNumType},
};

use super::{Int, Key, Kind, TypeId, Types, tag_bits};
use crate::lower::{LowerError, consts::Consts};

/// The deepest nesting of types and definitions that is followed.
const MAX_TYPE_DEPTH: usize = 200;

impl Types<'_> {
    /// Finds or adds the type that `garble_lang` names so.
    pub(in crate::lower) fn resolve(
        &mut self,
        ty: &Type,
        consts: &Consts,
    ) -> Result<TypeId, LowerError> {
        self.resolve_at(ty, consts, 0)
    }

    fn resolve_at(
        &mut self,
        ty: &Type,
        consts: &Consts,
        depth: usize,
    ) -> Result<TypeId, LowerError> {
        if depth > MAX_TYPE_DEPTH {
            return Err(LowerError::TooDeep {
                limit: MAX_TYPE_DEPTH,
            });
        }
        match ty {
            Type::Bool => Ok(TypeId::BOOL),
            Type::Unsigned(ty) => Ok(match ty {
                UnsignedNumType::Usize => TypeId::USIZE,
                UnsignedNumType::U8 => TypeId::U8,
                UnsignedNumType::U16 => self.number(16, false),
                UnsignedNumType::U32 => self.number(32, false),
                UnsignedNumType::U64 => self.number(64, false),
                UnsignedNumType::Unspecified => TypeId::I32,
            }),
            Type::Signed(ty) => Ok(match ty {
                SignedNumType::I8 => self.number(8, true),
                SignedNumType::I16 => self.number(16, true),
                SignedNumType::I32 | SignedNumType::Unspecified => TypeId::I32,
                SignedNumType::I64 => self.number(64, true),
            }),
            Type::Array(element, len) => {
                let element = self.resolve_at(element, consts, depth + 1)?;
                self.array(element, *len)
            }
            Type::ArrayConst(element, name) => {
                let element = self.resolve_at(element, consts, depth + 1)?;
                let len = consts.size(name)?;
                self.array(element, len)
            }
            Type::ArrayConstExpr(element, size) => {
                let element = self.resolve_at(element, consts, depth + 1)?;
                let len = consts.size_of_expr(size)?;
                self.array(element, len)
            }
            Type::Tuple(parts) => {
                let mut ids = Vec::with_capacity(parts.len());
                for part in parts {
                    ids.push(self.resolve_at(part, consts, depth + 1)?);
                }
                self.tuple(ids)
            }
            Type::Struct(name) => self.structure(name, consts, depth),
            Type::Enum(name) => self.enumeration(name, consts, depth),
            Type::UntypedTopLevelDefinition(name, _) => {
                if self.program.struct_defs.contains_key(name) {
                    self.structure(name, consts, depth)
                } else {
                    self.enumeration(name, consts, depth)
                }
            }
            Type::Fn(_, _) => Err(LowerError::BadType { ty: ty.to_string() }),
        }
    }

    fn structure(
        &mut self,
        name: &str,
        consts: &Consts,
        depth: usize,
    ) -> Result<TypeId, LowerError> {
        let key = Key::Struct(name.to_string());
        if let Some(id) = self.known.get(&key) {
            return Ok(*id);
        }
        let definition = self.program.struct_defs.get(name);
        let definition = definition.ok_or_else(|| bad(name))?;
        self.enter(&format!("struct {name}"), name)?;
        let mut names = BTreeSet::new();
        let mut parts = Vec::with_capacity(definition.fields.len());
        for (field, ty) in &definition.fields {
            if !names.insert(field) {
                return Err(LowerError::DuplicateName {
                    of: name.to_string(),
                    name: field.clone(),
                });
            }
            parts.push(self.resolve_at(ty, consts, depth + 1)?);
        }
        self.open.remove(&format!("struct {name}"));
        let (fields, bits, leaves) = self.line_up(&parts, 0)?;
        let names = definition.fields.iter().map(|(field, _)| field.clone());
        let kind = Kind::Struct(name.to_string(), names.zip(fields).collect());
        let id = self.push(kind, bits, leaves);
        self.known.insert(key, id);
        Ok(id)
    }

    fn enumeration(
        &mut self,
        name: &str,
        consts: &Consts,
        depth: usize,
    ) -> Result<TypeId, LowerError> {
        let key = Key::Enum(name.to_string());
        if let Some(id) = self.known.get(&key) {
            return Ok(*id);
        }
        let definition = self.program.enum_defs.get(name);
        let definition = definition.ok_or_else(|| bad(name))?;
        self.enter(&format!("enum {name}"), name)?;
        let tag = tag_bits(definition.variants.len());
        let (mut bits, mut leaves) = (tag, 1);
        let mut names = BTreeSet::new();
        let mut variants = Vec::with_capacity(definition.variants.len());
        for variant in &definition.variants {
            let (variant, fields) = match variant {
                Variant::Unit(variant) => (variant, None),
                Variant::Tuple(variant, fields) => (variant, Some(fields)),
            };
            if !names.insert(variant) {
                return Err(LowerError::DuplicateName {
                    of: name.to_string(),
                    name: variant.clone(),
                });
            }
            let fields = match fields {
                None => None,
                Some(fields) => {
                    let mut parts = Vec::with_capacity(fields.len());
                    for field in fields {
                        parts.push(self.resolve_at(field, consts, depth + 1)?);
                    }
                    let (fields, variant_bits, variant_leaves) = self.line_up(&parts, tag)?;
                    bits = bits.max(variant_bits);
                    leaves = leaves.max(variant_leaves);
                    Some(fields)
                }
            };
            variants.push((variant.clone(), fields));
        }
        self.open.remove(&format!("enum {name}"));
        let id = self.push(Kind::Enum(name.to_string(), tag, variants), bits, leaves);
        self.known.insert(key, id);
        Ok(id)
    }

    fn enter(&mut self, key: &str, name: &str) -> Result<(), LowerError> {
        if self.open.insert(key.to_string()) {
            Ok(())
        } else {
            Err(LowerError::RecursiveType {
                name: name.to_string(),
            })
        }
    }

    fn number(&self, bits: usize, signed: bool) -> TypeId {
        let wanted = Int { bits, signed };
        let found = self.numbers.iter().find(|n| n.0 == wanted && !n.1);
        found.map_or(TypeId::I32, |n| n.2)
    }
}

fn bad(name: &str) -> LowerError {
    LowerError::BadType {
        ty: name.to_string(),
    }
}

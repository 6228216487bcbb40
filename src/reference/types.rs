//! Types and the definitions behind them.

use std::collections::HashMap;
use std::rc::Rc;

use garble_lang::TypedProgram;
use garble_lang::ast::{Type, Variant};

use super::Error;
use super::budget::Budget;
use super::consts::Consts;
use super::number::Number;
use super::value::Value;

/// How deep types may nest, both as written and by their definitions. Values
/// are walked recursively, so this bounds the stack.
const MAX_TYPE_DEPTH: usize = 100;

/// The types of a program with its constants.
#[derive(Clone, Copy)]
pub(super) struct Types<'a> {
    pub(super) program: &'a TypedProgram,
    pub(super) consts: &'a Consts<'a>,
}

impl<'a> Types<'a> {
    /// Element type and length of an array type.
    pub(super) fn array(self, ty: &'a Type) -> Result<Option<(&'a Type, usize)>, Error> {
        Ok(match ty {
            Type::Array(elem, len) => Some((elem, *len)),
            Type::ArrayConst(elem, name) => Some((elem, self.consts.size_named(name)?)),
            Type::ArrayConstExpr(elem, size) => Some((elem, self.consts.size(size)?)),
            _ => None,
        })
    }

    /// Names and types of a struct's fields, in the order of its definition.
    pub(super) fn fields(self, name: &str) -> Result<&'a [(String, Type)], Error> {
        let def = self.program.struct_defs.get(name);
        Ok(&def.ok_or(Error::IllTyped)?.fields)
    }

    /// Position of a field in its struct.
    pub(super) fn field(self, ty: &Type, field: &str) -> Result<usize, Error> {
        let Type::Struct(name) = ty else {
            return Err(Error::IllTyped);
        };
        let fields = self.fields(name)?;
        let index = fields.iter().position(|(name, _)| name == field);
        index.ok_or(Error::IllTyped)
    }

    /// The variants of an enum.
    pub(super) fn variants(self, name: &str) -> Result<&'a [Variant], Error> {
        let def = self.program.enum_defs.get(name);
        Ok(&def.ok_or(Error::IllTyped)?.variants)
    }

    /// Position of a variant in its enum, and the types of its fields.
    pub(super) fn variant(
        self,
        enum_name: &str,
        variant_name: &str,
    ) -> Result<(usize, &'a [Type]), Error> {
        let variants = self.variants(enum_name)?.iter().enumerate();
        let mut found = variants.filter(|(_, variant)| variant_parts(variant).0 == variant_name);
        let (index, variant) = found.next().ok_or(Error::IllTyped)?;
        Ok((index, variant_parts(variant).1))
    }

    /// The value of a type whose bits are all zero.
    pub(super) fn zero(self, ty: &'a Type, budget: &mut Budget) -> Result<Value, Error> {
        budget.cells(1)?;
        match ty {
            Type::Bool => Ok(Value::Bool(false)),
            Type::Tuple(types) => Ok(Value::Many(self.zeros(types, budget)?)),
            Type::Struct(name) => {
                let types = self.fields(name)?.iter().map(|(_, ty)| ty);
                Ok(Value::Many(self.zeros(types, budget)?))
            }
            Type::Enum(name) => {
                let first = self.variants(name)?.first().ok_or(Error::IllTyped)?;
                let fields = self.zeros(variant_parts(first).1, budget)?;
                Ok(Value::Variant(0, fields))
            }
            _ if Number::of(ty).is_some() => Ok(Value::Int(0)),
            _ => {
                let (elem, len) = self.array(ty)?.ok_or(Error::IllTyped)?;
                budget.cells(len)?;
                let elem = self.zero(elem, budget)?;
                Ok(Value::many(vec![elem; len]))
            }
        }
    }

    fn zeros(
        self,
        types: impl IntoIterator<Item = &'a Type>,
        budget: &mut Budget,
    ) -> Result<Rc<Vec<Value>>, Error> {
        let values = types.into_iter().map(|ty| self.zero(ty, budget));
        Ok(Rc::new(values.collect::<Result<_, _>>()?))
    }
}

/// Name of a variant and types of its fields.
pub(super) fn variant_parts(variant: &Variant) -> (&str, &[Type]) {
    match variant {
        Variant::Unit(name) => (name, &[]),
        Variant::Tuple(name, types) => (name, types),
    }
}

/// Checks that no type of the program contains itself and that none nests
/// too deeply.
///
/// # Errors
/// [`Error::TooDeep`].
pub(super) fn check_definitions(program: &TypedProgram) -> Result<(), Error> {
    let mut known = HashMap::new();
    for name in program.struct_defs.keys().chain(program.enum_defs.keys()) {
        definition_depth(program, name, 0, &mut known)?;
    }
    Ok(())
}

/// Checks that a type as written does not nest too deeply.
pub(super) fn check_type(ty: &Type, depth: usize) -> Result<(), Error> {
    if depth > MAX_TYPE_DEPTH {
        return Err(Error::TooDeep);
    }
    match ty {
        Type::Array(elem, _) | Type::ArrayConst(elem, _) | Type::ArrayConstExpr(elem, _) => {
            check_type(elem, depth + 1)
        }
        Type::Tuple(types) => types.iter().try_for_each(|ty| check_type(ty, depth + 1)),
        _ => Ok(()),
    }
}

/// How deep a struct or enum nests.
fn definition_depth<'a>(
    program: &'a TypedProgram,
    name: &'a str,
    outer: usize,
    known: &mut HashMap<&'a str, usize>,
) -> Result<usize, Error> {
    if let Some(depth) = known.get(name) {
        return Ok(*depth);
    }
    let mut deepest = 0;
    if let Some(def) = program.struct_defs.get(name) {
        for (_, ty) in &def.fields {
            deepest = deepest.max(type_depth(program, ty, outer, known)?);
        }
    }
    if let Some(def) = program.enum_defs.get(name) {
        for ty in def.variants.iter().flat_map(|v| variant_parts(v).1) {
            deepest = deepest.max(type_depth(program, ty, outer, known)?);
        }
    }
    known.insert(name, deepest + 1);
    Ok(deepest + 1)
}

fn type_depth<'a>(
    program: &'a TypedProgram,
    ty: &'a Type,
    outer: usize,
    known: &mut HashMap<&'a str, usize>,
) -> Result<usize, Error> {
    if outer > MAX_TYPE_DEPTH {
        return Err(Error::TooDeep);
    }
    let inner = match ty {
        Type::Array(elem, _) | Type::ArrayConst(elem, _) | Type::ArrayConstExpr(elem, _) => {
            type_depth(program, elem, outer + 1, known)?
        }
        Type::Tuple(types) => {
            let mut deepest = 0;
            for ty in types {
                deepest = deepest.max(type_depth(program, ty, outer + 1, known)?);
            }
            deepest
        }
        Type::Struct(name) | Type::Enum(name) => definition_depth(program, name, outer + 1, known)?,
        _ => 0,
    };
    if inner > MAX_TYPE_DEPTH {
        return Err(Error::TooDeep);
    }
    Ok(inner + 1)
}

//! Constants: what the parties supply and what the program computes of it.

use std::collections::HashMap;

use garble_lang::ast::{ConstDef, ConstExpr, ConstExprEnum, Type};
use garble_lang::literal::Literal;
use garble_lang::token::UnsignedNumType;
use garble_lang::{GarbleConsts, TypedProgram};

use super::number::Number;
use super::value::Value;
use super::{Error, MAX_DEPTH};

/// The values of a program's constants, by name.
pub(super) struct Consts<'a> {
    values: HashMap<&'a str, (Value, &'a Type)>,
    given: &'a GarbleConsts,
}

const SIZE: Type = Type::Unsigned(UnsignedNumType::Usize);

impl<'a> Consts<'a> {
    /// Computes the constants of a program in the order of the source, since
    /// a constant may use the ones before it.
    ///
    /// Constants are booleans and integers. Arithmetic is checked in the
    /// constant's type, step by step.
    pub(super) fn new(program: &'a TypedProgram, given: &'a GarbleConsts) -> Result<Self, Error> {
        let mut consts = Self {
            values: HashMap::new(),
            given,
        };
        let mut defs: Vec<(&String, &ConstDef)> = program.const_defs.iter().collect();
        defs.sort_by_key(|(_, def)| def.meta);
        for (name, def) in defs {
            let value = consts.eval(&def.value, &def.ty, 0)?;
            consts.values.insert(name, (value, &def.ty));
        }
        Ok(consts)
    }

    /// Value and type of a constant.
    pub(super) fn value(&self, name: &str) -> Option<&(Value, &'a Type)> {
        self.values.get(name)
    }

    /// The constant as the length of an array.
    pub(super) fn size_named(&self, name: &str) -> Result<usize, Error> {
        match self.values.get(name) {
            Some((value, ty)) if **ty == SIZE => size(value),
            _ => Err(Error::IllTyped),
        }
    }

    /// The constant expression as the length of an array.
    pub(super) fn size(&self, expr: &ConstExpr) -> Result<usize, Error> {
        size(&self.eval(expr, &SIZE, 0)?)
    }

    fn eval(&self, expr: &ConstExpr, ty: &Type, depth: usize) -> Result<Value, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let ConstExpr(expr, _) = expr;
        match expr {
            ConstExprEnum::True => const_bool(true, ty),
            ConstExprEnum::False => const_bool(false, ty),
            ConstExprEnum::NumUnsigned(n, _) => const_int((*n).into(), ty),
            ConstExprEnum::NumSigned(n, _) => const_int((*n).into(), ty),
            ConstExprEnum::ExternalValue { party, identifier } => {
                self.external(party, identifier, ty)
            }
            ConstExprEnum::ConstExprIdent(name) => match self.values.get(name.as_str()) {
                Some((value, given)) if *given == ty => Ok(value.clone()),
                _ => Err(Error::IllTyped),
            },
            ConstExprEnum::Max(args) => {
                let max = self.ints(args, ty, depth)?.into_iter().max();
                const_int(max.ok_or(Error::IllTyped)?, ty)
            }
            ConstExprEnum::Min(args) => {
                let min = self.ints(args, ty, depth)?.into_iter().min();
                const_int(min.ok_or(Error::IllTyped)?, ty)
            }
            ConstExprEnum::Add(a, b) => {
                let a = self.eval(a, ty, depth + 1)?.int()?;
                let b = self.eval(b, ty, depth + 1)?.int()?;
                const_int(a + b, ty)
            }
            ConstExprEnum::Sub(a, b) => {
                let a = self.eval(a, ty, depth + 1)?.int()?;
                let b = self.eval(b, ty, depth + 1)?.int()?;
                const_int(a - b, ty)
            }
        }
    }

    fn ints(&self, args: &[ConstExpr], ty: &Type, depth: usize) -> Result<Vec<i128>, Error> {
        let args = args.iter();
        args.map(|arg| self.eval(arg, ty, depth + 1)?.int())
            .collect()
    }

    /// A constant supplied by a party.
    fn external(&self, party: &str, name: &str, ty: &Type) -> Result<Value, Error> {
        let literal = self.given.get(party).and_then(|names| names.get(name));
        match (literal, ty) {
            (None, _) => Err(Error::MissingConst {
                party: party.into(),
                name: name.into(),
            }),
            (Some(Literal::True), _) => const_bool(true, ty),
            (Some(Literal::False), _) => const_bool(false, ty),
            (Some(Literal::NumUnsigned(n, given)), Type::Unsigned(wanted)) if given == wanted => {
                const_int((*n).into(), ty)
            }
            (Some(Literal::NumSigned(n, given)), Type::Signed(wanted)) if given == wanted => {
                const_int((*n).into(), ty)
            }
            _ => Err(Error::IllTyped),
        }
    }
}

fn const_bool(b: bool, ty: &Type) -> Result<Value, Error> {
    match ty {
        Type::Bool => Ok(Value::Bool(b)),
        _ => Err(Error::IllTyped),
    }
}

fn const_int(n: i128, ty: &Type) -> Result<Value, Error> {
    match Number::of(ty) {
        Some(number) if number.holds(n) => Ok(Value::Int(n)),
        Some(_) => Err(Error::ConstOverflow),
        None => Err(Error::IllTyped),
    }
}

fn size(value: &Value) -> Result<usize, Error> {
    usize::try_from(value.int()?).map_err(|_| Error::TooLarge)
}

//! Literals in, literals out.

use std::rc::Rc;

use garble_lang::ast::{Type, Variant};
use garble_lang::literal::{Literal, VariantLiteral};

use super::Error;
use super::budget::Budget;
use super::number::Number;
use super::types::{Types, variant_parts};
use super::value::Value;

impl<'a> Types<'a> {
    /// The value of a literal.
    ///
    /// # Errors
    /// [`Error::IllTyped`] if the literal is not of the type, or if a number
    /// is outside of the range of the type that it claims.
    pub(super) fn read(
        self,
        literal: &Literal,
        ty: &'a Type,
        budget: &mut Budget,
    ) -> Result<Value, Error> {
        budget.cells(1)?;
        match (literal, ty) {
            (Literal::True, Type::Bool) => Ok(Value::Bool(true)),
            (Literal::False, Type::Bool) => Ok(Value::Bool(false)),
            (Literal::NumUnsigned(n, given), Type::Unsigned(wanted)) if given == wanted => {
                read_int((*n).into(), ty)
            }
            (Literal::NumSigned(n, given), Type::Signed(wanted)) if given == wanted => {
                read_int((*n).into(), ty)
            }
            (Literal::Tuple(literals), Type::Tuple(types)) => {
                Ok(Value::Many(self.read_all(literals, types, budget)?))
            }
            (Literal::Struct(given, literals), Type::Struct(name)) if given == name => {
                let fields = self.fields(name)?;
                if fields.len() != literals.len() {
                    return Err(Error::IllTyped);
                }
                let values = fields.iter().map(|(field, ty)| {
                    let mut named = literals.iter().filter(|(name, _)| name == field);
                    let (_, literal) = named.next().ok_or(Error::IllTyped)?;
                    self.read(literal, ty, budget)
                });
                Ok(Value::many(values.collect::<Result<_, _>>()?))
            }
            (Literal::Enum(given, variant, literal), Type::Enum(name)) if given == name => {
                let (index, types) = self.variant(name, variant)?;
                let literals: &[Literal] = match literal {
                    VariantLiteral::Unit => &[],
                    VariantLiteral::Tuple(literals) => literals,
                };
                let fields = self.read_all(literals, types, budget)?;
                Ok(Value::Variant(index, fields))
            }
            _ => {
                let (elem, len) = self.array(ty)?.ok_or(Error::IllTyped)?;
                self.read_array(literal, elem, len, budget)
            }
        }
    }

    fn read_all(
        self,
        literals: &[Literal],
        types: &'a [Type],
        budget: &mut Budget,
    ) -> Result<Rc<Vec<Value>>, Error> {
        if literals.len() != types.len() {
            return Err(Error::IllTyped);
        }
        let pairs = literals.iter().zip(types);
        let values = pairs.map(|(literal, ty)| self.read(literal, ty, budget));
        Ok(Rc::new(values.collect::<Result<_, _>>()?))
    }

    fn read_array(
        self,
        literal: &Literal,
        elem: &'a Type,
        len: usize,
        budget: &mut Budget,
    ) -> Result<Value, Error> {
        let values: Vec<Value> = match literal {
            Literal::Array(literals) if literals.len() == len => {
                let values = literals.iter().map(|l| self.read(l, elem, budget));
                values.collect::<Result<_, _>>()?
            }
            Literal::ArrayRepeat(literal, given) if *given == len => {
                budget.cells(len)?;
                vec![self.read(literal, elem, budget)?; len]
            }
            Literal::Range(from, to, ty)
                if to.checked_sub(*from) == Some(len as u64) && *elem == Type::Unsigned(*ty) =>
            {
                budget.cells(len)?;
                let values = (*from..*to).map(|n| read_int(n.into(), elem));
                values.collect::<Result<_, _>>()?
            }
            _ => return Err(Error::IllTyped),
        };
        Ok(Value::many(values))
    }

    /// The literal of a value, in the form in which garble_lang decodes the
    /// output bits of a circuit.
    pub(super) fn write(
        self,
        value: &Value,
        ty: &'a Type,
        budget: &mut Budget,
    ) -> Result<Literal, Error> {
        budget.cells(1)?;
        match (value, ty) {
            (Value::Bool(b), Type::Bool) => Ok(Literal::from(*b)),
            (Value::Int(n), Type::Unsigned(unsigned)) => match u64::try_from(*n) {
                Ok(n) => Ok(Literal::NumUnsigned(n, *unsigned)),
                Err(_) => Err(Error::IllTyped),
            },
            (Value::Int(n), Type::Signed(signed)) => match i64::try_from(*n) {
                Ok(n) => Ok(Literal::NumSigned(n, *signed)),
                Err(_) => Err(Error::IllTyped),
            },
            (Value::Many(values), Type::Tuple(types)) => {
                Ok(Literal::Tuple(self.write_all(values, types, budget)?))
            }
            (Value::Many(values), Type::Struct(name)) => {
                let fields = self.fields(name)?;
                let types = fields.iter().map(|(_, ty)| ty);
                let literals = self.write_all(values, types, budget)?;
                let names = fields.iter().map(|(name, _)| name.clone());
                Ok(Literal::Struct(name.clone(), names.zip(literals).collect()))
            }
            (Value::Variant(index, values), Type::Enum(name)) => {
                let variant = self.variants(name)?.get(*index).ok_or(Error::IllTyped)?;
                let (variant_name, types) = variant_parts(variant);
                let literals = self.write_all(values, types, budget)?;
                let fields = match variant {
                    Variant::Unit(_) => VariantLiteral::Unit,
                    Variant::Tuple(..) => VariantLiteral::Tuple(literals),
                };
                Ok(Literal::Enum(name.clone(), variant_name.into(), fields))
            }
            (Value::Many(values), _) => match self.array(ty)? {
                Some((elem, len)) if len == values.len() => {
                    let types = std::iter::repeat_n(elem, len);
                    Ok(Literal::Array(self.write_all(values, types, budget)?))
                }
                _ => Err(Error::IllTyped),
            },
            _ => Err(Error::IllTyped),
        }
    }

    fn write_all(
        self,
        values: &[Value],
        types: impl IntoIterator<Item = &'a Type>,
        budget: &mut Budget,
    ) -> Result<Vec<Literal>, Error> {
        let pairs = values.iter().zip(types);
        let literals = pairs.map(|(value, ty)| self.write(value, ty, budget));
        literals.collect()
    }
}

fn read_int(n: i128, ty: &Type) -> Result<Value, Error> {
    match Number::of(ty) {
        Some(number) if number.holds(n) => Ok(Value::Int(n)),
        _ => Err(Error::IllTyped),
    }
}

//! Values of the language.

use std::cmp::Ordering;
use std::rc::Rc;

use super::Error;
use super::budget::Budget;

/// A value. Collections are shared until one of the sharers changes.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Bool(bool),
    Int(i128),
    /// Elements of an array, fields of a tuple, or fields of a struct in the
    /// order of its definition.
    Many(Rc<Vec<Value>>),
    /// The position of the variant in the definition, and its fields.
    Variant(usize, Rc<Vec<Value>>),
}

impl Value {
    pub(super) fn unit() -> Self {
        Self::many(Vec::new())
    }

    pub(super) fn many(values: Vec<Value>) -> Self {
        Self::Many(Rc::new(values))
    }

    /// The elements or fields of an array, tuple or struct.
    pub(super) fn fields(&self) -> Result<&Rc<Vec<Value>>, Error> {
        match self {
            Self::Many(fields) => Ok(fields),
            _ => Err(Error::IllTyped),
        }
    }

    pub(super) fn bool(&self) -> Result<bool, Error> {
        match self {
            Self::Bool(b) => Ok(*b),
            _ => Err(Error::IllTyped),
        }
    }

    pub(super) fn int(&self) -> Result<i128, Error> {
        match self {
            Self::Int(n) => Ok(*n),
            _ => Err(Error::IllTyped),
        }
    }

    /// The order of two values of one type: numbers as such, false before
    /// true, collections by their first difference, enums by variant first.
    pub(super) fn compare(&self, other: &Self, budget: &mut Budget) -> Result<Ordering, Error> {
        budget.steps(1)?;
        let (order, a, b) = match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => return Ok(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => return Ok(a.cmp(b)),
            (Self::Many(a), Self::Many(b)) => (Ordering::Equal, a, b),
            (Self::Variant(tag_a, a), Self::Variant(tag_b, b)) => (tag_a.cmp(tag_b), a, b),
            _ => return Err(Error::IllTyped),
        };
        if order.is_ne() {
            return Ok(order);
        }
        if a.len() != b.len() {
            return Err(Error::IllTyped);
        }
        for (a, b) in a.iter().zip(b.iter()) {
            let order = a.compare(b, budget)?;
            if order.is_ne() {
                return Ok(order);
            }
        }
        Ok(Ordering::Equal)
    }
}

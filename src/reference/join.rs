//! The join of two sorted arrays.

use garble_lang::TypedExpr;
use garble_lang::ast::Type;

use super::expr::Interpreter;
use super::value::Value;
use super::{Error, Stop};

impl<'a> Interpreter<'a> {
    /// The built-in function `join`: first the rows without a pair, all
    /// zero, then the pairs in ascending order of their keys.
    pub(super) fn join(
        &mut self,
        args: &'a [TypedExpr],
        has_assoc_data: bool,
        ty: &'a Type,
    ) -> Result<Value, Stop> {
        let [a, b] = args else {
            return Err(Error::IllTyped.into());
        };
        let (a, b) = (self.eval(a)?, self.eval(b)?);
        let (row, len) = self.types.array(ty)?.ok_or(Error::IllTyped)?;
        let pairs = self.pairs(&a, &b, has_assoc_data)?;
        self.budget.cells(len)?;
        let dummies = len.checked_sub(pairs.len()).ok_or(Error::IllTyped)?;
        let mut rows = vec![self.types.zero(row, &mut self.budget)?; dummies];
        for (a, b) in pairs {
            let mut row = vec![Value::Bool(true), a];
            if has_assoc_data {
                row.push(b);
            }
            rows.push(Value::many(row));
        }
        Ok(Value::many(rows))
    }

    /// The rows of two arrays whose keys are equal, in ascending order.
    ///
    /// If rows are tuples with associated data, their first fields are the
    /// keys, and common keys must be unique; otherwise the rows themselves
    /// are, and each common one is a pair once.
    pub(super) fn pairs(
        &mut self,
        a: &Value,
        b: &Value,
        has_assoc_data: bool,
    ) -> Result<Vec<(Value, Value)>, Error> {
        let a = self.runs(a, has_assoc_data)?;
        let b = self.runs(b, has_assoc_data)?;
        self.budget.cells(a.len().min(b.len()))?;
        let mut pairs = Vec::new();
        let (mut rest_a, mut rest_b) = (a.as_slice(), b.as_slice());
        while let ([a, tail_a @ ..], [b, tail_b @ ..]) = (rest_a, rest_b) {
            let order = key(a.row, has_assoc_data)?
                .compare(key(b.row, has_assoc_data)?, &mut self.budget)?;
            if order.is_eq() {
                if has_assoc_data && (a.repeated || b.repeated) {
                    return Err(Error::Unsorted);
                }
                pairs.push((a.row.clone(), b.row.clone()));
            }
            if order.is_le() {
                rest_a = tail_a;
            }
            if order.is_ge() {
                rest_b = tail_b;
            }
        }
        Ok(pairs)
    }

    /// The rows with different keys of an array, which must be sorted.
    fn runs<'v>(&mut self, array: &'v Value, has_assoc_data: bool) -> Result<Vec<Run<'v>>, Error> {
        let rows = array.fields()?;
        self.budget.cells(rows.len())?;
        let mut runs: Vec<Run<'v>> = Vec::with_capacity(rows.len());
        for row in rows.iter() {
            if let Some(last) = runs.last_mut() {
                let order = key(last.row, has_assoc_data)?
                    .compare(key(row, has_assoc_data)?, &mut self.budget)?;
                if order.is_gt() {
                    return Err(Error::Unsorted);
                }
                if order.is_eq() {
                    last.repeated = true;
                    continue;
                }
            }
            runs.push(Run {
                row,
                repeated: false,
            });
        }
        Ok(runs)
    }
}

/// Neighbouring rows with one key.
struct Run<'v> {
    row: &'v Value,
    repeated: bool,
}

fn key(row: &Value, has_assoc_data: bool) -> Result<&Value, Error> {
    if has_assoc_data {
        row.fields()?.first().ok_or(Error::IllTyped)
    } else {
        Ok(row)
    }
}

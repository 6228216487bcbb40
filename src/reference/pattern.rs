//! Patterns.

use garble_lang::TypedPattern;
use garble_lang::ast::{Pattern, PatternEnum};

use super::expr::Interpreter;
use super::value::Value;
use super::{Error, place};

impl<'a> Interpreter<'a> {
    /// Matches a value against a pattern and binds the pattern's variables.
    /// If it does not match, some of them may have been bound.
    ///
    /// Numbers are compared as such: one outside of the value's type never
    /// matches.
    pub(super) fn matches(
        &mut self,
        pattern: &'a TypedPattern,
        value: &Value,
    ) -> Result<bool, Error> {
        self.budget.steps(1)?;
        let Pattern(pattern, _, ty) = pattern;
        match pattern {
            PatternEnum::Identifier(name) => {
                self.bind(name, ty, value.clone())?;
                Ok(true)
            }
            PatternEnum::True => value.bool(),
            PatternEnum::False => Ok(!value.bool()?),
            PatternEnum::NumUnsigned(n, _) => Ok(value.int()? == i128::from(*n)),
            PatternEnum::NumSigned(n, _) => Ok(value.int()? == i128::from(*n)),
            PatternEnum::UnsignedInclusiveRange(from, to, _) => {
                Ok((i128::from(*from)..=i128::from(*to)).contains(&value.int()?))
            }
            PatternEnum::SignedInclusiveRange(from, to, _) => {
                Ok((i128::from(*from)..=i128::from(*to)).contains(&value.int()?))
            }
            PatternEnum::Tuple(patterns) => self.all_match(patterns, value.fields()?),
            PatternEnum::Struct(_, patterns) | PatternEnum::StructIgnoreRemaining(_, patterns) => {
                for (field, pattern) in patterns {
                    let index = self.types.field(ty, field)?;
                    let value = value.fields()?.get(index).ok_or(Error::IllTyped)?;
                    if !self.matches(pattern, value)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            PatternEnum::EnumUnit(name, variant) => self.is_variant(name, variant, value),
            PatternEnum::EnumTuple(name, variant, patterns) => {
                if !self.is_variant(name, variant, value)? {
                    return Ok(false);
                }
                match value {
                    Value::Variant(_, fields) => self.all_match(patterns, fields),
                    _ => Err(Error::IllTyped),
                }
            }
        }
    }

    /// Binds the variables of a pattern that must match.
    pub(super) fn destructure(
        &mut self,
        pattern: &'a TypedPattern,
        value: &Value,
    ) -> Result<(), Error> {
        if self.matches(pattern, value)? {
            return Ok(());
        }
        let (line, column) = place(pattern.1);
        Err(Error::NoMatch { line, column })
    }

    fn all_match(&mut self, patterns: &'a [TypedPattern], values: &[Value]) -> Result<bool, Error> {
        if patterns.len() != values.len() {
            return Err(Error::IllTyped);
        }
        for (pattern, value) in patterns.iter().zip(values) {
            if !self.matches(pattern, value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_variant(&self, name: &str, variant: &str, value: &Value) -> Result<bool, Error> {
        let (wanted, _) = self.types.variant(name, variant)?;
        match value {
            Value::Variant(index, _) => Ok(*index == wanted),
            _ => Err(Error::IllTyped),
        }
    }
}

//! Patterns: names become slots, numbers become ranges.

use garble_lang::{
    TypedPattern,
    ast::{Pattern as Tree, PatternEnum},
};

use super::{Resolver, mismatch};
use crate::lower::{
    LowerError,
    exhaustive::covers,
    ir::{Part, Pattern},
    types::{Field, Kind, TypeId},
};

impl<'p> Resolver<'_, 'p> {
    /// A pattern that must match every value of the type, as in `let` and `for`.
    pub(super) fn irrefutable(
        &mut self,
        pattern: &'p TypedPattern,
        ty: TypeId,
    ) -> Result<Pattern, LowerError> {
        let position = pattern.1.into();
        let pattern = self.pattern(pattern, ty)?;
        if covers(self.types, ty, &[&pattern])? {
            Ok(pattern)
        } else {
            Err(LowerError::Refutable { position })
        }
    }

    /// A pattern on a value of the type; what it binds is declared in the innermost scope.
    pub(super) fn pattern(
        &mut self,
        pattern: &'p TypedPattern,
        ty: TypeId,
    ) -> Result<Pattern, LowerError> {
        let Tree(pattern, site, _) = pattern;
        match (pattern, self.types.kind(ty).clone()) {
            (PatternEnum::Identifier(name), _) => Ok(Pattern::Bind(self.declare(name, ty))),
            (PatternEnum::True, Kind::Bool) => Ok(Pattern::Bool(true)),
            (PatternEnum::False, Kind::Bool) => Ok(Pattern::Bool(false)),
            (PatternEnum::NumUnsigned(n, _), Kind::Int(..)) => {
                Ok(Pattern::Between((*n).into(), (*n).into()))
            }
            (PatternEnum::NumSigned(n, _), Kind::Int(..)) => {
                Ok(Pattern::Between((*n).into(), (*n).into()))
            }
            (PatternEnum::UnsignedInclusiveRange(from, to, _), Kind::Int(..)) => {
                Ok(Pattern::Between((*from).into(), (*to).into()))
            }
            (PatternEnum::SignedInclusiveRange(from, to, _), Kind::Int(..)) => {
                Ok(Pattern::Between((*from).into(), (*to).into()))
            }
            (PatternEnum::Tuple(patterns), Kind::Tuple(fields))
                if patterns.len() == fields.len() =>
            {
                Ok(Pattern::Fields(self.parts(patterns, &fields)?))
            }
            (
                PatternEnum::Struct(_, patterns) | PatternEnum::StructIgnoreRemaining(_, patterns),
                Kind::Struct(name, fields),
            ) => {
                let mut parts: Vec<Part> = Vec::with_capacity(patterns.len());
                for (field_name, pattern) in patterns {
                    let found = fields.iter().enumerate().find(|(_, f)| f.0 == *field_name);
                    let (number, (_, field)) = found.ok_or(mismatch(*site))?;
                    if parts.iter().any(|part| part.number == number) {
                        return Err(LowerError::DuplicateName {
                            of: name,
                            name: field_name.clone(),
                        });
                    }
                    parts.push(self.part(number, *field, pattern)?);
                }
                Ok(Pattern::Fields(parts))
            }
            (PatternEnum::EnumUnit(_, variant), Kind::Enum(_, _, variants)) => {
                let number = variants.iter().position(|v| v.0 == *variant);
                Ok(Pattern::Variant(number.ok_or(mismatch(*site))?, vec![]))
            }
            (PatternEnum::EnumTuple(_, variant, patterns), Kind::Enum(_, _, variants)) => {
                let mut named = variants.iter().enumerate().filter(|(_, v)| v.0 == *variant);
                let Some((number, (_, Some(fields)))) = named.next() else {
                    return Err(mismatch(*site));
                };
                if fields.len() != patterns.len() {
                    return Err(mismatch(*site));
                }
                Ok(Pattern::Variant(number, self.parts(patterns, fields)?))
            }
            _ => Err(mismatch(*site)),
        }
    }

    fn parts(
        &mut self,
        patterns: &'p [TypedPattern],
        fields: &[Field],
    ) -> Result<Vec<Part>, LowerError> {
        patterns
            .iter()
            .zip(fields)
            .enumerate()
            .map(|(number, (pattern, field))| self.part(number, *field, pattern))
            .collect()
    }

    fn part(
        &mut self,
        number: usize,
        field: Field,
        pattern: &'p TypedPattern,
    ) -> Result<Part, LowerError> {
        let pattern = self.deeper(|this| this.pattern(pattern, field.ty))?;
        Ok(Part {
            number,
            offset: field.offset,
            ty: field.ty,
            pattern,
        })
    }
}

//! Literals: numbers that must fit, structs and enums.

use std::rc::Rc;

use garble_lang::{
    TypedExpr,
    ast::{Type, VariantExprEnum},
};

use super::{Resolver, mismatch};
use crate::{
    circuit::Bit,
    lower::{
        LowerError,
        ir::{Expr, Node, Site},
        types::Kind,
    },
};

impl<'p> Resolver<'_, 'p> {
    /// A number, if it fits the type that the checker gave it.
    pub(super) fn literal(&mut self, value: i128, expr: &'p TypedExpr) -> Result<Expr, LowerError> {
        let site = expr.meta;
        let ty = self.resolve_type(&expr.ty)?;
        let int = self.types.int(ty).ok_or(mismatch(site))?;
        if !int.holds(value) {
            return Err(out_of_range(value, site));
        }
        let node = constant(value, int.bits);
        Ok(Expr { ty, site, node })
    }

    /// A struct, its fields evaluated in the order they are written in.
    pub(super) fn struct_literal(
        &mut self,
        expr: &'p TypedExpr,
        values: &'p [(String, TypedExpr)],
    ) -> Result<Expr, LowerError> {
        let site = expr.meta;
        let ty = self.resolve_type(&expr.ty)?;
        let mut names: Vec<&String> = values.iter().map(|(name, _)| name).collect();
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(LowerError::DuplicateName {
                of: expr.ty.to_string(),
                name: twice[0].clone(),
            });
        }
        // The parser sorts the fields by name; they are evaluated as they are written.
        let mut written: Vec<_> = values.iter().collect();
        written.sort_by_key(|(_, value)| value.meta);
        let mut parts = Vec::with_capacity(values.len());
        for (name, value) in written {
            let field = self.struct_field(ty, name).ok_or(mismatch(site))?;
            let value = self.expr(value)?;
            parts.push((field.offset, self.convert(value, field.ty)?));
        }
        let node = Node::Assemble(zeros(self.types.bits(ty)), parts);
        Ok(Expr { ty, site, node })
    }

    /// An enum: the tag, the fields of the variant, zeros.
    pub(super) fn enum_literal(
        &mut self,
        expr: &'p TypedExpr,
        variant: &str,
        values: &'p VariantExprEnum<Type>,
    ) -> Result<Expr, LowerError> {
        let site = expr.meta;
        let ty = self.resolve_type(&expr.ty)?;
        let Kind::Enum(_, tag, variants) = self.types.kind(ty).clone() else {
            return Err(mismatch(site));
        };
        let number = variants.iter().position(|v| v.0 == variant);
        let number = number.ok_or(mismatch(site))?;
        let fields = variants[number].1.as_deref().unwrap_or_default();
        let values: &[TypedExpr] = match values {
            VariantExprEnum::Unit => &[],
            VariantExprEnum::Tuple(values) => values,
        };
        if fields.len() != values.len() {
            return Err(mismatch(site));
        }
        let mut parts = Vec::with_capacity(values.len());
        for (field, value) in fields.iter().zip(values) {
            let value = self.expr(value)?;
            parts.push((field.offset, self.convert(value, field.ty)?));
        }
        let mut template = number_bits(number as i128, tag);
        template.resize(self.types.bits(ty), Bit::FALSE);
        let node = Node::Assemble(template.into(), parts);
        Ok(Expr { ty, site, node })
    }
}

/// The bits of a number, most significant first.
pub(in crate::lower) fn number_bits(value: i128, bits: usize) -> Vec<Bit> {
    let bit = |i: usize| {
        if value >> i & 1 == 1 {
            Bit::TRUE
        } else {
            Bit::FALSE
        }
    };
    (0..bits).rev().map(bit).collect()
}

/// A number that is known now.
pub(super) fn constant(value: i128, bits: usize) -> Node {
    Node::Constant(number_bits(value, bits).into())
}

/// The template of a value whose parts fill it.
pub(super) fn zeros(bits: usize) -> Rc<[Bit]> {
    vec![Bit::FALSE; bits].into()
}

pub(super) fn out_of_range(value: i128, site: Site) -> LowerError {
    LowerError::LiteralOutOfRange {
        position: site.into(),
        value,
    }
}

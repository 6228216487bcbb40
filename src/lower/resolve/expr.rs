//! Expressions: every node gets the type the checker gave it, its operands are converted to what it needs.

use garble_lang::{
    TypedExpr,
    ast::{BuiltInFnCall, ExprEnum, Op, Type, UnaryOp},
};

use super::{
    Resolver,
    literal::{constant, out_of_range, zeros},
    mismatch, unsupported,
};
use crate::lower::{
    LowerError,
    exhaustive::covers,
    ir::{Binary, Clause, Expr, Node, Site},
    types::{Field, Int, Kind, TypeId},
};

impl<'p> Resolver<'_, 'p> {
    /// The expression with the type that the checker gave it.
    pub(super) fn expr(&mut self, expr: &'p TypedExpr) -> Result<Expr, LowerError> {
        self.deeper(|this| {
            let found = this.natural(expr)?;
            let wanted = this.resolve_type(&expr.ty)?;
            this.convert(found, wanted)
        })
    }

    /// Converts a number without a type (an `i32`) to the type of the place it is put, in arrays and tuples too.
    pub(super) fn convert(&mut self, expr: Expr, wanted: TypeId) -> Result<Expr, LowerError> {
        if expr.ty == wanted {
            return Ok(expr);
        }
        if !self.convertible(expr.ty, wanted) {
            return Err(mismatch(expr.site));
        }
        Ok(Expr {
            ty: wanted,
            site: expr.site,
            node: Node::Convert(Box::new(expr)),
        })
    }

    /// A field of a tuple.
    pub(super) fn tuple_field(&self, ty: TypeId, index: usize) -> Option<Field> {
        match self.types.kind(ty) {
            Kind::Tuple(fields) => fields.get(index).copied(),
            _ => None,
        }
    }

    /// A field of a struct.
    pub(super) fn struct_field(&self, ty: TypeId, name: &str) -> Option<Field> {
        match self.types.kind(ty) {
            Kind::Struct(_, fields) => fields.iter().find(|f| f.0 == name).map(|f| f.1),
            _ => None,
        }
    }

    /// The number type of a range, if both its ends fit.
    pub(super) fn range_type(
        &self,
        element: TypeId,
        from: u64,
        to: u64,
        site: Site,
    ) -> Result<Int, LowerError> {
        let int = self.types.int(element).ok_or(mismatch(site))?;
        let last = i128::from(to) - 1;
        if from < to && int.holds(from.into()) && int.holds(last) {
            Ok(int)
        } else {
            Err(out_of_range(last, site))
        }
    }

    /// The expression with the type that its parts give it.
    fn natural(&mut self, expr: &'p TypedExpr) -> Result<Expr, LowerError> {
        let site = expr.meta;
        let with = |ty, node| Ok(Expr { ty, site, node });
        match &expr.inner {
            ExprEnum::True => with(TypeId::BOOL, constant(1, 1)),
            ExprEnum::False => with(TypeId::BOOL, constant(0, 1)),
            ExprEnum::NumUnsigned(n, _) => self.literal((*n).into(), expr),
            ExprEnum::NumSigned(n, _) => self.literal((*n).into(), expr),
            ExprEnum::Identifier(name) => {
                if let Some((slot, ty)) = self.variable(name) {
                    return with(ty, Node::Variable(slot));
                }
                let found = self.consts.value(name);
                let found = found.ok_or_else(|| unsupported(site, "an unknown name"))?;
                let ty = self.types.resolve(&found.ty, self.consts)?;
                with(ty, constant(found.value, self.types.bits(ty)))
            }
            ExprEnum::ArrayLiteral(elements) => {
                let mut parts = Vec::with_capacity(elements.len());
                let element = match &expr.ty {
                    Type::Array(element, _)
                    | Type::ArrayConst(element, _)
                    | Type::ArrayConstExpr(element, _) => self.resolve_type(element)?,
                    _ => return Err(mismatch(site)),
                };
                let bits = self.types.bits(element);
                let ty = self.types.array(element, elements.len())?;
                for (i, part) in elements.iter().enumerate() {
                    let part = self.expr(part)?;
                    parts.push((i * bits, self.convert(part, element)?));
                }
                with(ty, Node::Assemble(zeros(self.types.bits(ty)), parts))
            }
            ExprEnum::ArrayRepeatLiteral(element, len) => {
                let element = self.expr(element)?;
                let ty = self.types.array(element.ty, *len)?;
                with(ty, Node::Repeat(Box::new(element), *len))
            }
            ExprEnum::ArrayRepeatLiteralConst(element, name) => {
                let len = self.consts.size(name)?;
                let element = self.expr(element)?;
                let ty = self.types.array(element.ty, len)?;
                with(ty, Node::Repeat(Box::new(element), len))
            }
            ExprEnum::Range(from, to, _) => {
                let Type::Array(element, _) = &expr.ty else {
                    return Err(mismatch(site));
                };
                let element = self.resolve_type(element)?;
                self.range_type(element, *from, *to, site)?;
                let len = usize::try_from(to - from).map_err(|_| mismatch(site))?;
                with(self.types.array(element, len)?, Node::Range(*from, *to))
            }
            ExprEnum::ArrayAccess(array, index) => {
                let array = self.expr(array)?;
                let Kind::Array(element, _) = *self.types.kind(array.ty) else {
                    return Err(mismatch(site));
                };
                let index = self.expr(index)?;
                let index = self.convert(index, TypeId::USIZE)?;
                with(element, Node::Index(Box::new(array), Box::new(index)))
            }
            ExprEnum::TupleLiteral(values) => {
                let values: Vec<_> = values
                    .iter()
                    .map(|v| self.expr(v))
                    .collect::<Result<_, _>>()?;
                let ty = self.types.tuple(values.iter().map(|v| v.ty).collect())?;
                let fields = self.types.fields(ty).unwrap_or_default();
                let parts = fields.iter().map(|f| f.offset).zip(values).collect();
                with(ty, Node::Assemble(zeros(self.types.bits(ty)), parts))
            }
            ExprEnum::TupleAccess(tuple, index) => {
                let tuple = self.expr(tuple)?;
                let field = self.tuple_field(tuple.ty, *index).ok_or(mismatch(site))?;
                with(field.ty, Node::Field(Box::new(tuple), field.offset))
            }
            ExprEnum::StructAccess(value, name) => {
                let value = self.expr(value)?;
                let field = self.struct_field(value.ty, name).ok_or(mismatch(site))?;
                with(field.ty, Node::Field(Box::new(value), field.offset))
            }
            ExprEnum::StructLiteral(_, fields) => self.struct_literal(expr, fields),
            ExprEnum::EnumLiteral(_, variant, values) => self.enum_literal(expr, variant, values),
            ExprEnum::UnaryOp(op, x) => {
                let ty = self.resolve_type(&expr.ty)?;
                let x = self.operand(x, ty)?;
                match op {
                    UnaryOp::Not => with(ty, Node::Not(x)),
                    UnaryOp::Neg => with(ty, Node::Negate(x)),
                }
            }
            ExprEnum::Op(op, x, y) => self.operation(expr, *op, x, y),
            ExprEnum::Block(statements) => {
                let ty = self.resolve_type(&expr.ty)?;
                self.block(statements, ty, site)
            }
            ExprEnum::FnCall(name, args) => {
                let definition = self.program.fn_defs.get(name);
                let definition =
                    definition.ok_or_else(|| unsupported(site, "a call of an unknown function"))?;
                if definition.params.len() != args.len() {
                    return Err(mismatch(site));
                }
                let mut values = Vec::with_capacity(args.len());
                for (param, arg) in definition.params.iter().zip(args) {
                    let ty = self.resolve_type(&param.ty)?;
                    let value = self.expr(arg)?;
                    values.push(self.convert(value, ty)?);
                }
                let ty = self.resolve_type(&definition.ty)?;
                with(ty, Node::Call(self.function(definition)?, values))
            }
            ExprEnum::BuiltInFnCall(BuiltInFnCall::Join {
                has_assoc_data,
                args,
                ..
            }) => {
                let [left, right] = args.as_slice() else {
                    return Err(mismatch(site));
                };
                let (join, a, b) = self.join(left, right, site, *has_assoc_data)?;
                let lens = [&join.left, &join.right].map(|side| match self.types.kind(side.ty) {
                    Kind::Array(_, len) => *len,
                    _ => 0,
                });
                let mut element = vec![TypeId::BOOL, a];
                element.extend(has_assoc_data.then_some(b));
                let element = self.types.tuple(element)?;
                let ty = self.types.array(element, lens[0] + lens[1] - 1)?;
                with(ty, Node::Join(Box::new(join)))
            }
            ExprEnum::If(condition, then, otherwise) => {
                let ty = self.resolve_type(&expr.ty)?;
                let condition = self.operand(condition, TypeId::BOOL)?;
                let then = self.operand(then, ty)?;
                let otherwise = self.operand(otherwise, ty)?;
                with(ty, Node::If(condition, then, otherwise))
            }
            ExprEnum::Match(value, clauses) => {
                let ty = self.resolve_type(&expr.ty)?;
                let value = self.expr(value)?;
                let mut resolved = Vec::with_capacity(clauses.len());
                for (pattern, body) in clauses {
                    self.scopes.push(vec![]);
                    let pattern = self.pattern(pattern, value.ty)?;
                    let body = self.expr(body)?;
                    let body = self.convert(body, ty)?;
                    let slots = self.close_scope();
                    resolved.push(Clause {
                        pattern,
                        body,
                        slots,
                    });
                }
                let patterns: Vec<_> = resolved.iter().map(|clause| &clause.pattern).collect();
                if !covers(self.types, value.ty, &patterns)? {
                    return Err(LowerError::NotExhaustive {
                        position: site.into(),
                    });
                }
                with(ty, Node::Match(Box::new(value), resolved))
            }
            ExprEnum::Cast(ty, value) => {
                let ty = self.resolve_type(ty)?;
                let value = self.expr(value)?;
                let scalar = |ty| matches!(self.types.kind(ty), Kind::Bool | Kind::Int(..));
                if scalar(ty) && scalar(value.ty) {
                    with(ty, Node::Cast(Box::new(value)))
                } else {
                    Err(mismatch(site))
                }
            }
        }
    }

    fn operation(
        &mut self,
        expr: &'p TypedExpr,
        op: Op,
        x: &'p TypedExpr,
        y: &'p TypedExpr,
    ) -> Result<Expr, LowerError> {
        let site = expr.meta;
        if let Some((op, x, y)) = or_equal(expr) {
            return self.comparison(op, x, y, site);
        }
        let op = match op {
            Op::Add => Binary::Add,
            Op::Sub => Binary::Sub,
            Op::Mul => Binary::Mul,
            Op::Div => Binary::Div,
            Op::Mod => Binary::Rem,
            Op::BitAnd => Binary::And,
            Op::BitOr => Binary::Or,
            Op::BitXor => Binary::Xor,
            Op::ShiftLeft => Binary::ShiftLeft,
            Op::ShiftRight => Binary::ShiftRight,
            Op::Eq => return self.comparison(Binary::Equal, x, y, site),
            Op::NotEq => return self.comparison(Binary::NotEqual, x, y, site),
            Op::LessThan => return self.comparison(Binary::Less, x, y, site),
            Op::GreaterThan => return self.comparison(Binary::Greater, x, y, site),
            Op::ShortCircuitAnd | Op::ShortCircuitOr => {
                let x = self.operand(x, TypeId::BOOL)?;
                let y = self.operand(y, TypeId::BOOL)?;
                let known = |value| {
                    Box::new(Expr {
                        ty: TypeId::BOOL,
                        site,
                        node: constant(value, 1),
                    })
                };
                let node = if op == Op::ShortCircuitAnd {
                    Node::If(x, y, known(0))
                } else {
                    Node::If(x, known(1), y)
                };
                let ty = TypeId::BOOL;
                return Ok(Expr { ty, site, node });
            }
        };
        let ty = self.resolve_type(&expr.ty)?;
        let shift = matches!(op, Binary::ShiftLeft | Binary::ShiftRight);
        let fits = match self.types.kind(ty) {
            Kind::Int(..) => true,
            Kind::Bool => matches!(op, Binary::And | Binary::Or | Binary::Xor),
            _ => false,
        };
        if !fits {
            return Err(mismatch(site));
        }
        let x = self.operand(x, ty)?;
        let y = self.operand(y, if shift { TypeId::U8 } else { ty })?;
        let node = Node::Binary(op, x, y);
        Ok(Expr { ty, site, node })
    }

    /// A comparison, made at the type of the operand that has one.
    fn comparison(
        &mut self,
        op: Binary,
        x: &'p TypedExpr,
        y: &'p TypedExpr,
        site: Site,
    ) -> Result<Expr, LowerError> {
        let x = self.expr(x)?;
        let y = self.expr(y)?;
        let ty = if self.convertible(x.ty, y.ty) {
            y.ty
        } else {
            x.ty
        };
        let ordered = !matches!(op, Binary::Equal | Binary::NotEqual);
        if ordered && self.types.int(ty).is_none() {
            return Err(mismatch(site));
        }
        let x = Box::new(self.convert(x, ty)?);
        let y = Box::new(self.convert(y, ty)?);
        Ok(Expr {
            ty: TypeId::BOOL,
            site,
            node: Node::Binary(op, x, y),
        })
    }

    fn operand(&mut self, expr: &'p TypedExpr, ty: TypeId) -> Result<Box<Expr>, LowerError> {
        let expr = self.expr(expr)?;
        Ok(Box::new(self.convert(expr, ty)?))
    }

    fn convertible(&self, from: TypeId, to: TypeId) -> bool {
        if from == to {
            return true;
        }
        match (self.types.kind(from), self.types.kind(to)) {
            (Kind::Int(..), Kind::Int(..)) => from == TypeId::I32,
            (Kind::Array(a, n), Kind::Array(b, m)) => n == m && self.convertible(*a, *b),
            (Kind::Tuple(a), Kind::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.convertible(a.ty, b.ty))
            }
            _ => false,
        }
    }
}

/// Recognises `x <= y` and `x >= y`, which the parser writes as `(x < y) | (x == y)` with both operands twice.
fn or_equal(expr: &TypedExpr) -> Option<(Binary, &TypedExpr, &TypedExpr)> {
    let ExprEnum::Op(Op::BitOr, strict, equal) = &expr.inner else {
        return None;
    };
    if strict.meta != expr.meta || equal.meta != expr.meta {
        return None;
    }
    let op = match &strict.inner {
        ExprEnum::Op(Op::LessThan, _, _) => Binary::LessOrEqual,
        ExprEnum::Op(Op::GreaterThan, _, _) => Binary::GreaterOrEqual,
        _ => return None,
    };
    match (&strict.inner, &equal.inner) {
        (ExprEnum::Op(_, x, y), ExprEnum::Op(Op::Eq, also_x, also_y))
            if x == also_x && y == also_y =>
        {
            Some((op, x, y))
        }
        _ => None,
    }
}

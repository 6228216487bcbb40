//! Operators and casts.

use garble_lang::TypedExpr;
use garble_lang::ast::{ExprEnum, Op, Type, UnaryOp};
use garble_lang::circuit::PanicReason;
use garble_lang::token::{MetaInfo, SignedNumType, UnsignedNumType};

use super::expr::Interpreter;
use super::number::Number;
use super::value::Value;
use super::{Error, Stop, panic_at};

impl<'a> Interpreter<'a> {
    pub(super) fn unary(
        &mut self,
        op: UnaryOp,
        x: &'a TypedExpr,
        ty: &'a Type,
        meta: MetaInfo,
    ) -> Result<Value, Stop> {
        let n = match self.eval_as(x, ty)? {
            Value::Bool(b) if op == UnaryOp::Not => return Ok(Value::Bool(!b)),
            value => value.int()?,
        };
        let number = Number::of(ty).ok_or(Error::IllTyped)?;
        match op {
            UnaryOp::Not => Ok(Value::Int(number.wrap(!n))),
            UnaryOp::Neg => in_range(Some(-n), number, meta),
        }
    }

    pub(super) fn binary(
        &mut self,
        op: Op,
        x: &'a TypedExpr,
        y: &'a TypedExpr,
        ty: &'a Type,
        meta: MetaInfo,
    ) -> Result<Value, Stop> {
        match op {
            Op::ShortCircuitAnd => {
                return Ok(Value::Bool(self.eval(x)?.bool()? && self.eval(y)?.bool()?));
            }
            Op::ShortCircuitOr => {
                return Ok(Value::Bool(self.eval(x)?.bool()? || self.eval(y)?.bool()?));
            }
            Op::LessThan | Op::GreaterThan | Op::Eq | Op::NotEq => {
                return self.compare(op, false, x, y);
            }
            _ => {}
        }
        let x = self.eval_as(x, ty)?;
        let y = match op {
            Op::ShiftLeft | Op::ShiftRight => self.eval(y)?,
            _ => self.eval_as(y, ty)?,
        };
        if let (Value::Bool(x), Value::Bool(y)) = (&x, &y) {
            return match op {
                Op::BitAnd => Ok(Value::Bool(*x && *y)),
                Op::BitOr => Ok(Value::Bool(*x || *y)),
                Op::BitXor => Ok(Value::Bool(x != y)),
                _ => Err(Error::IllTyped.into()),
            };
        }
        let number = Number::of(ty).ok_or(Error::IllTyped)?;
        let (x, y) = (x.int()?, y.int()?);
        match op {
            Op::Add => in_range(x.checked_add(y), number, meta),
            Op::Sub => in_range(x.checked_sub(y), number, meta),
            Op::Mul => in_range(x.checked_mul(y), number, meta),
            Op::Div | Op::Mod if y == 0 => panic_at(PanicReason::DivByZero, meta),
            Op::Div => in_range(x.checked_div(y), number, meta),
            Op::Mod => {
                // As in Rust, a remainder overflows where the quotient does.
                in_range(x.checked_div(y), number, meta)?;
                in_range(x.checked_rem(y), number, meta)
            }
            Op::BitAnd => Ok(Value::Int(x & y)),
            Op::BitOr => Ok(Value::Int(x | y)),
            Op::BitXor => Ok(Value::Int(x ^ y)),
            Op::ShiftLeft | Op::ShiftRight => match u32::try_from(y) {
                Ok(amount) if amount < number.bits => Ok(Value::Int(match op {
                    Op::ShiftLeft => number.wrap(x << amount),
                    _ => x >> amount,
                })),
                _ => panic_at(PanicReason::Overflow, meta),
            },
            _ => Err(Error::IllTyped.into()),
        }
    }

    pub(super) fn compare(
        &mut self,
        op: Op,
        or_equal: bool,
        x: &'a TypedExpr,
        y: &'a TypedExpr,
    ) -> Result<Value, Stop> {
        let ty = if is_open(&x.ty) { &y.ty } else { &x.ty };
        let x = self.eval_as(x, ty)?;
        let y = self.eval_as(y, ty)?;
        let order = x.compare(&y, &mut self.budget)?;
        let holds = match op {
            Op::LessThan => order.is_lt() || or_equal && order.is_eq(),
            Op::GreaterThan => order.is_gt() || or_equal && order.is_eq(),
            Op::Eq => order.is_eq(),
            Op::NotEq => order.is_ne(),
            _ => return Err(Error::IllTyped.into()),
        };
        Ok(Value::Bool(holds))
    }

    pub(super) fn cast(&mut self, x: &'a TypedExpr, target: &Type) -> Result<Value, Stop> {
        let value = self.eval(x)?;
        let n = match value {
            Value::Bool(b) => i128::from(b),
            Value::Int(n) => n,
            _ => return Err(Error::IllTyped.into()),
        };
        match Number::of(target) {
            Some(number) => Ok(Value::Int(number.wrap(n))),
            None if *target == Type::Bool => Ok(Value::Bool(n & 1 == 1)),
            None => Err(Error::IllTyped.into()),
        }
    }
}

/// The operands of `<=` and `>=`.
///
/// The parser writes `x <= y` as `(x < y) | (x == y)`, three nodes with one
/// place, which no text can have. The operands stand there twice but are
/// written, and so evaluated, once.
pub(super) fn at_most_or_least(expr: &TypedExpr) -> Option<(Op, &TypedExpr, &TypedExpr)> {
    let ExprEnum::Op(Op::BitOr, strict, equal) = &expr.inner else {
        return None;
    };
    if strict.meta != expr.meta || equal.meta != expr.meta {
        return None;
    }
    match (&strict.inner, &equal.inner) {
        (ExprEnum::Op(op @ (Op::LessThan | Op::GreaterThan), x, y), ExprEnum::Op(Op::Eq, _, _)) => {
            Some((*op, x, y))
        }
        _ => None,
    }
}

/// Whether the checker left the number type open.
fn is_open(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Unsigned(UnsignedNumType::Unspecified) | Type::Signed(SignedNumType::Unspecified)
    )
}

/// The result of an operation, or the overflow if its type cannot hold it.
pub(super) fn in_range(n: Option<i128>, number: Number, meta: MetaInfo) -> Result<Value, Stop> {
    match n {
        Some(n) if number.holds(n) => Ok(Value::Int(n)),
        _ => panic_at(PanicReason::Overflow, meta),
    }
}

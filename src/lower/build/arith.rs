//! Operators, casts and conversions.

use garble_lang::circuit::PanicReason;

use super::{Builder, Value, layout, word};
use crate::{
    circuit::{Bit, Word},
    lower::{
        LowerError,
        ir::{Binary, Expr, Site},
        types::{Int, Kind, TypeId},
    },
};

impl Builder<'_, '_> {
    pub(super) fn binary(
        &mut self,
        op: Binary,
        x: &Expr,
        y: &Expr,
        site: Site,
    ) -> Result<Value, LowerError> {
        let ty = x.ty;
        let x = self.expr(x)?;
        let y = self.expr(y)?;
        match op {
            Binary::Equal | Binary::NotEqual => {
                self.charge(x.len())?;
                let equal = self.graph.eq(&x, &y);
                return Ok(one(if op == Binary::Equal { equal } else { !equal }));
            }
            Binary::And | Binary::Or | Binary::Xor => {
                let pairs = x.iter().zip(y.iter());
                let bits = pairs.map(|(x, y)| match op {
                    Binary::And => self.graph.and(*x, *y),
                    Binary::Or => self.graph.or(*x, *y),
                    _ => self.graph.xor(*x, *y),
                });
                return Ok(bits.collect::<Vec<Bit>>().into());
            }
            _ => {}
        }
        let int = self.types.int(ty).ok_or(LowerError::Internal)?;
        let (x, y) = (word(&x), word(&y));
        Ok(match op {
            Binary::Less => one(self.less(&x, &y, int)),
            Binary::Greater => one(self.less(&y, &x, int)),
            Binary::LessOrEqual => one(!self.less(&y, &x, int)),
            Binary::GreaterOrEqual => one(!self.less(&x, &y, int)),
            Binary::ShiftLeft | Binary::ShiftRight => layout(&self.shift(op, &x, &y, int, site)),
            _ => layout(&self.arithmetic(op, &x, &y, int, site)),
        })
    }

    pub(super) fn negate(&mut self, x: &Expr, site: Site) -> Result<Value, LowerError> {
        let x = self.expr(x)?;
        let (negated, overflow) = self.graph.neg(&word(&x));
        self.check(overflow, PanicReason::Overflow, site);
        Ok(layout(&negated))
    }

    /// `as`: numbers wrap, and are extended by their own sign; a bool is 0 or 1; a number's lowest bit is its bool.
    pub(super) fn cast(&mut self, x: &Expr, to: TypeId) -> Result<Value, LowerError> {
        let signed = self.types.int(x.ty).is_some_and(|int| int.signed);
        let bits = self.types.bits(to);
        let x = self.expr(x)?;
        Ok(layout(&extended(&word(&x), bits, signed)))
    }

    /// Numbers without a type (`i32`) become those of another type, where they must fit.
    pub(super) fn convert(&mut self, x: &Expr, to: TypeId) -> Result<Value, LowerError> {
        let (from, site) = (x.ty, x.site);
        let value = self.expr(x)?;
        let mut bits = Vec::with_capacity(self.types.bits(to));
        self.convert_part(&value, from, to, site, &mut bits)?;
        Ok(bits.into())
    }

    /// `x < y`
    pub(super) fn less(&mut self, x: &[Bit], y: &[Bit], int: Int) -> Bit {
        if int.signed {
            self.graph.lt_signed(x, y)
        } else {
            self.graph.lt(x, y)
        }
    }

    fn arithmetic(&mut self, op: Binary, x: &[Bit], y: &[Bit], int: Int, site: Site) -> Word {
        if matches!(op, Binary::Div | Binary::Rem) {
            let zero = self.graph.is_zero(y);
            self.check(zero, PanicReason::DivByZero, site);
        }
        let graph = &mut self.graph;
        let (result, overflow) = match (op, int.signed) {
            (Binary::Add, false) => graph.add(x, y),
            (Binary::Add, true) => graph.add_signed(x, y),
            (Binary::Sub, false) => graph.sub(x, y),
            (Binary::Sub, true) => graph.sub_signed(x, y),
            (Binary::Mul, false) => graph.mul(x, y),
            (Binary::Mul, true) => graph.mul_signed(x, y),
            (Binary::Div, false) => (graph.div_rem(x, y).0, Bit::FALSE),
            (Binary::Div, true) => {
                let (quotient, _, overflow) = graph.div_rem_signed(x, y);
                (quotient, overflow)
            }
            (_, false) => (graph.div_rem(x, y).1, Bit::FALSE),
            (_, true) => {
                let (_, remainder, overflow) = graph.div_rem_signed(x, y);
                (remainder, overflow)
            }
        };
        self.check(overflow, PanicReason::Overflow, site);
        result
    }

    /// A shift by a `u8`, which panics from the width of the number on.
    fn shift(&mut self, op: Binary, x: &[Bit], amount: &[Bit], int: Int, site: Site) -> Word {
        // Widths are powers of two.
        let (amount, beyond) = amount.split_at(int.bits.trailing_zeros() as usize);
        let too_far = self.graph.or_all(beyond);
        self.check(too_far, PanicReason::Overflow, site);
        match (op, int.signed) {
            (Binary::ShiftLeft, _) => self.graph.shl(x, amount),
            (_, false) => self.graph.shr(x, amount),
            (_, true) => self.graph.shr_signed(x, amount),
        }
    }

    fn convert_part(
        &mut self,
        value: &Value,
        from: TypeId,
        to: TypeId,
        site: Site,
        bits: &mut Vec<Bit>,
    ) -> Result<(), LowerError> {
        self.charge(1)?;
        if from == to {
            self.charge(value.len())?;
            bits.extend_from_slice(value);
            return Ok(());
        }
        match (self.types.kind(from), self.types.kind(to)) {
            (Kind::Int(..), Kind::Int(int, _)) => {
                let (number, int) = (word(value), *int);
                let sign = number.last().copied().ok_or(LowerError::Internal)?;
                // What is cut off must be copies of the sign; an unsigned number must not be negative.
                let kept = int.bits - usize::from(int.signed);
                let mut misfits: Word = vec![if int.signed { Bit::FALSE } else { sign }];
                for bit in number.iter().skip(kept) {
                    misfits.push(
                        self.graph
                            .xor(*bit, if int.signed { sign } else { Bit::FALSE }),
                    );
                }
                let overflow = self.graph.or_all(&misfits);
                self.check(overflow, PanicReason::Overflow, site);
                bits.extend_from_slice(&layout(&extended(&number, int.bits, true)));
            }
            (Kind::Array(a, len), Kind::Array(b, _)) => {
                let (a, b, len, size) = (*a, *b, *len, self.types.bits(*a));
                for i in 0..len {
                    self.convert_part(&value.part(i * size, size), a, b, site, bits)?;
                }
            }
            (Kind::Tuple(a), Kind::Tuple(b)) => {
                for (a, b) in a.iter().zip(b) {
                    let part = value.part(a.offset, self.types.bits(a.ty));
                    self.convert_part(&part, a.ty, b.ty, site, bits)?;
                }
            }
            _ => return Err(LowerError::Internal),
        }
        Ok(())
    }
}

fn one(bit: Bit) -> Value {
    vec![bit].into()
}

/// The number cut or extended to a width.
fn extended(number: &[Bit], bits: usize, signed: bool) -> Word {
    let fill = match number.last() {
        Some(sign) if signed => *sign,
        _ => Bit::FALSE,
    };
    let mut number = number.to_vec();
    number.resize(bits, fill);
    number
}

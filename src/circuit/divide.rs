//! Division and remainder.
//!
//! Non-restoring division needs one addition or subtraction of the divisor per quotient bit, one
//! AND gate for each bit of the remainder, where restoring division needs two (a subtraction and a
//! choice). Its partial remainders are as wide as the divisor, though, which would cost that gain
//! again. The way out: after i steps only i bits of the dividend have been read, so the remainder's
//! i low bits are computed exactly, modulo 2^i, and its sign follows from the carry and from
//! whether the divisor has a one at place i or higher. So step i takes i AND gates and two more.

use super::arith::Extend;
use super::{Bit, Graph, Word};

impl Graph {
    /// Quotient and remainder of unsigned numbers; any values if `b` is 0. For two words of 32 bits
    /// 652 AND gates, 589 if only the quotient is used.
    pub fn div_rem(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Word) {
        let width = a.len().max(b.len());
        // (a / 2^s) / b = a / (2^s b), and the low s bits of a go to the remainder.
        let shift = b.iter().take_while(|&&bit| bit == Bit::FALSE).count();
        let shift = if shift == b.len() { 0 } else { shift };
        let (low, a) = a.split_at(shift.min(a.len()));
        let (quotient, remainder) = self.div_rem_odd(significant(a), significant(&b[shift..]));
        let mut whole = Extend::Zero.word(low, shift);
        whole.extend(remainder);
        (
            Extend::Zero.word(&quotient, width),
            Extend::Zero.word(&whole, width),
        )
    }

    /// Quotient and remainder in two's complement, truncating towards zero like Rust's operators,
    /// and whether the quotient overflows (the least number divided by -1; the quotient then is
    /// that number). Any values if `b` is 0.
    pub fn div_rem_signed(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Word, Bit) {
        let width = a.len().max(b.len());
        let (a, b) = (Extend::Sign.word(a, width), Extend::Sign.word(b, width));
        let (Some(&a_sign), Some(&b_sign)) = (a.last(), b.last()) else {
            return (Word::new(), Word::new(), Bit::FALSE);
        };
        if let Some(shift) = power_of_two(&b) {
            let (quotient, remainder) = self.div_rem_power(&a, shift);
            return (quotient, remainder, Bit::FALSE);
        }
        let dividend = self.negate_if(a_sign, &a);
        let divisor = self.negate_if(b_sign, &b);
        let (quotient, remainder) = self.div_rem(&dividend, &divisor);
        // The magnitude 2^(w-1) comes only from the least number divided by 1 or -1.
        let overflow = self.and(Extend::Zero.bit(&quotient, width - 1), b_sign);
        let sign = self.xor(a_sign, b_sign);
        let quotient = self.negate_if(sign, &quotient);
        let remainder = self.negate_if(a_sign, &remainder);
        (quotient, remainder, overflow)
    }

    /// Signed division by 2^`shift`: an arithmetic shift of `a`, of `a + 2^shift - 1` if `a` is
    /// negative.
    fn div_rem_power(&mut self, a: &[Bit], shift: usize) -> (Word, Word) {
        let width = a.len();
        let sign = Extend::Sign.bit(a, width);
        let bias: Word = (0..width)
            .map(|index| if index < shift { sign } else { Bit::FALSE })
            .collect();
        let (biased, _) = self.ripple(a, &bias, Bit::FALSE);
        let quotient = Extend::Sign.word(&biased[shift..], width);
        let low = Extend::Zero.word(&biased[..shift], width);
        let (remainder, _) = self.sub(&low, &bias);
        // Between -2^shift and 2^shift, exclusive: the bits from `shift` on are copies of the sign.
        let remainder = Extend::Sign.word(&remainder[..(shift + 1).min(width)], width);
        (quotient, remainder)
    }

    /// Division of words without leading zeros known beforehand. The remainder has at most as many
    /// bits as `a` and as `b`.
    ///
    /// After step i, `A` being the first i bits of the dividend: let D be the partial remainder, A
    /// minus an odd multiple of b, -b <= D < b. `low` holds D modulo 2^i (modulo 2^k for i above k,
    /// the width of b). `fits` says that b < 2^i. If it does, `negative` is the sign of D, and the
    /// i-th quotient bit is its complement. If it does not, D is A - b, the quotient bit is 0, and
    /// `negative` says that A < b modulo 2^i.
    fn div_rem_odd(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Word) {
        let divisor_bits = b.len();
        // fits_at[i]: b < 2^i. As b is not 0, it does not fit 0 bits.
        let mut fits_at = vec![Bit::TRUE; divisor_bits + 1];
        for place in (1..divisor_bits).rev() {
            fits_at[place] = self.and(fits_at[place + 1], !b[place]);
        }
        fits_at[0] = Bit::FALSE;

        let mut quotient = Word::with_capacity(a.len());
        let mut low = Word::with_capacity(divisor_bits + 1);
        let mut negative = Bit::FALSE;
        for (step, &bit) in a.iter().rev().enumerate() {
            let fits = fits_at[step.min(divisor_bits)];
            let fits_negative = self.and(fits, negative);
            // The quotient bit of the step before; if it is 1 then b is subtracted now, else added.
            let subtract = self.xor(fits, fits_negative);
            quotient.push(subtract);

            low.insert(0, bit);
            let width = low.len().min(divisor_bits);
            let operand: Word = b[..width]
                .iter()
                .map(|&bit| self.xor(bit, subtract))
                .collect();
            let (sum, carries) = self.ripple(&low[..width], &operand, subtract);
            let carry = carries.last().copied().unwrap_or(subtract);
            negative = if step < divisor_bits {
                // fits: the carry's complement. Else: A < b modulo 2^(i+1), from A < b modulo 2^i.
                let keeps = self.xor(fits_negative, negative);
                let fits_or_keeps = self.xor(fits, keeps);
                let flips = self.xor(fits_or_keeps, b[step]);
                self.xor(flips, carry)
            } else {
                let top = self.xor(low[width], subtract);
                self.xor(top, carry)
            };
            low = sum;
        }
        let fits = fits_at[a.len().min(divisor_bits)];
        let last = self.and(fits, !negative);
        quotient.push(last);
        quotient.reverse();
        quotient.truncate(a.len());

        // A negative partial remainder, or one that b was subtracted from in vain, gets b back.
        let back: Word = low
            .iter()
            .zip(b)
            .map(|(_, &bit)| self.and(bit, !last))
            .collect();
        let (remainder, _) = self.ripple(&low, &back, Bit::FALSE);
        (quotient, remainder)
    }
}

/// `word` without the last bits that are known to be 0.
fn significant(word: &[Bit]) -> &[Bit] {
    let zeros = word
        .iter()
        .rev()
        .take_while(|&&bit| bit == Bit::FALSE)
        .count();
    &word[..word.len() - zeros]
}

/// s, if `word` is the positive constant 2^s in two's complement.
fn power_of_two(word: &[Bit]) -> Option<usize> {
    let (sign, rest) = word.split_last()?;
    let shift = rest.iter().position(|&bit| bit == Bit::TRUE)?;
    let only = |(index, &bit): (usize, &Bit)| bit == Bit::from(index == shift);
    (*sign == Bit::FALSE && rest.iter().enumerate().all(only)).then_some(shift)
}

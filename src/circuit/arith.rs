//! Operators on words: sums, comparisons, choices and shifts.
//!
//! A full adder takes one AND gate, since the carry is `c ^ ((a ^ c) & (b ^ c))` and the sum is
//! linear (Boyar, Peralta and Pochuev, "On the multiplicative complexity of Boolean functions over
//! the basis (∧, ⊕, 1)", 2000). A borrow is the carry of the complement, a comparison is the last
//! borrow. Where the two operands of an operator differ in width, the shorter one is extended with
//! zeros, or with its sign bit in the operators on signed words.

use super::{Bit, Graph};

/// Bits of a number, the least significant first.
pub type Word = Vec<Bit>;

/// How a word goes on beyond its last bit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extend {
    Zero,
    Sign,
}

impl Extend {
    /// Bit `index` of `word`, extended without end.
    pub(super) fn bit(self, word: &[Bit], index: usize) -> Bit {
        match (word.get(index), self, word.last()) {
            (Some(&bit), _, _) => bit,
            (None, Extend::Sign, Some(&sign)) => sign,
            (None, _, _) => Bit::FALSE,
        }
    }

    /// `word` with exactly `width` bits.
    pub(super) fn word(self, word: &[Bit], width: usize) -> Word {
        (0..width).map(|index| self.bit(word, index)).collect()
    }
}

impl Graph {
    /// `a + b`, and the carry out (unsigned overflow). w AND gates for w bits.
    pub fn add(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Bit) {
        let (a, b) = same_width(a, b, Extend::Zero);
        let (sum, carries) = self.ripple(&a, &b, Bit::FALSE);
        (sum, last_or_false(&carries))
    }

    /// `a + b` in two's complement, and signed overflow. w AND gates for w bits.
    pub fn add_signed(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Bit) {
        let (a, b) = same_width(a, b, Extend::Sign);
        let (sum, carries) = self.ripple(&a, &b, Bit::FALSE);
        let overflow = self.signed_overflow(&carries, Bit::FALSE);
        (sum, overflow)
    }

    /// `a - b`, and the borrow out (unsigned overflow). w AND gates for w bits.
    pub fn sub(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Bit) {
        let (a, b) = same_width(a, b, Extend::Zero);
        let (difference, borrows) = self.ripple_borrow(&a, &b);
        (difference, last_or_false(&borrows))
    }

    /// `a - b` in two's complement, and signed overflow. w AND gates for w bits.
    pub fn sub_signed(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Bit) {
        let (a, b) = same_width(a, b, Extend::Sign);
        let (difference, borrows) = self.ripple_borrow(&a, &b);
        let overflow = self.signed_overflow(&borrows, Bit::FALSE);
        (difference, overflow)
    }

    /// `-a` in two's complement, and whether `a` is the least number, whose negation overflows. w
    /// AND gates for w bits.
    pub fn neg(&mut self, a: &[Bit]) -> (Word, Bit) {
        let zero = vec![Bit::FALSE; a.len()];
        self.sub_signed(&zero, a)
    }

    /// 1 if `a` equals `b`. w - 1 AND gates for w bits.
    pub fn eq(&mut self, a: &[Bit], b: &[Bit]) -> Bit {
        let (a, b) = same_width(a, b, Extend::Zero);
        let differences: Word = a.iter().zip(&b).map(|(&a, &b)| self.xor(a, b)).collect();
        self.is_zero(&differences)
    }

    /// 1 if `a < b` as unsigned numbers. w AND gates for w bits.
    pub fn lt(&mut self, a: &[Bit], b: &[Bit]) -> Bit {
        let (a, b) = same_width(a, b, Extend::Zero);
        self.last_borrow(&a, &b)
    }

    /// 1 if `a < b` as numbers in two's complement. w AND gates for w bits.
    pub fn lt_signed(&mut self, a: &[Bit], b: &[Bit]) -> Bit {
        let (mut a, mut b) = same_width(a, b, Extend::Sign);
        // Flipping the sign bits adds 2^(w-1) to both, which makes them unsigned.
        for sign in a.last_mut().into_iter().chain(b.last_mut()) {
            *sign = !*sign;
        }
        self.last_borrow(&a, &b)
    }

    /// 1 if all bits of `a` are 0. w - 1 AND gates for w bits.
    pub fn is_zero(&mut self, a: &[Bit]) -> Bit {
        !self.or_all(a)
    }

    /// `then` if `sel` is 1, else `other`. w AND gates for w bits.
    pub fn mux_word(&mut self, sel: Bit, then: &[Bit], other: &[Bit]) -> Word {
        let (then, other) = same_width(then, other, Extend::Zero);
        then.iter()
            .zip(&other)
            .map(|(&then, &other)| self.mux(sel, then, other))
            .collect()
    }

    /// `a` shifted left by `amount`, an unsigned number of any width; zeros come in. From the width
    /// of `a` on, all bits are 0. w AND gates for each bit of `amount` that matters.
    pub fn shl(&mut self, a: &[Bit], amount: &[Bit]) -> Word {
        // A shift to the left is a shift to the right of the reversed word.
        let reversed: Word = a.iter().rev().copied().collect();
        let mut word = self.shift_right(&reversed, amount, Bit::FALSE);
        word.reverse();
        word
    }

    /// `a` shifted right by `amount`, an unsigned number of any width; zeros come in. From the
    /// width of `a` on, all bits are 0. w AND gates for each bit of `amount` that matters.
    pub fn shr(&mut self, a: &[Bit], amount: &[Bit]) -> Word {
        self.shift_right(a, amount, Bit::FALSE)
    }

    /// `a` shifted right by `amount`, an unsigned number of any width; copies of the sign bit come
    /// in. From the width of `a` on, all bits are the sign. w AND gates for each bit of `amount`
    /// that matters.
    pub fn shr_signed(&mut self, a: &[Bit], amount: &[Bit]) -> Word {
        self.shift_right(a, amount, last_or_false(a))
    }

    fn shift_right(&mut self, a: &[Bit], amount: &[Bit], fill: Bit) -> Word {
        let width = a.len();
        let stages = (0..).take_while(|&stage| 1usize << stage < width).count();
        let mut word = a.to_vec();
        for (stage, &by_stage) in amount.iter().enumerate().take(stages) {
            let distance = 1 << stage;
            word = (0..width)
                .map(|index| {
                    let moved = word.get(index + distance).copied().unwrap_or(fill);
                    self.mux(by_stage, moved, word[index])
                })
                .collect();
        }
        // A one in the rest of `amount` shifts everything out.
        let out = self.or_all(amount.get(stages..).unwrap_or_default());
        word.into_iter()
            .map(|bit| self.mux(out, fill, bit))
            .collect()
    }

    /// `(a ^ sign) + sign`: the negation of `a` if `sign` is 1, else `a`. w - 1 AND gates for w
    /// bits.
    pub(super) fn negate_if(&mut self, sign: Bit, a: &[Bit]) -> Word {
        let flipped: Word = a.iter().map(|&bit| self.xor(bit, sign)).collect();
        let zero = vec![Bit::FALSE; a.len()];
        self.ripple(&flipped, &zero, sign).0
    }

    /// The sum of two words of one width and a carry in, and the carry out of each place.
    pub(super) fn ripple(&mut self, a: &[Bit], b: &[Bit], carry_in: Bit) -> (Word, Word) {
        let mut carry = carry_in;
        let mut sum = Word::with_capacity(a.len());
        let mut carries = Word::with_capacity(a.len());
        for (&a, &b) in a.iter().zip(b) {
            let part = self.xor(a, b);
            sum.push(self.xor(part, carry));
            carry = self.majority(a, b, carry);
            carries.push(carry);
        }
        (sum, carries)
    }

    /// The difference of two words of one width, and the borrow out of each place.
    fn ripple_borrow(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Word) {
        let mut borrow = Bit::FALSE;
        let mut difference = Word::with_capacity(a.len());
        let mut borrows = Word::with_capacity(a.len());
        for (&a, &b) in a.iter().zip(b) {
            let part = self.xor(a, b);
            difference.push(self.xor(part, borrow));
            borrow = self.majority(!a, b, borrow);
            borrows.push(borrow);
        }
        (difference, borrows)
    }

    fn last_borrow(&mut self, a: &[Bit], b: &[Bit]) -> Bit {
        // Where an operand is constant, the borrow is the AND or the OR of the borrow below and the
        // other operand's bit. The last such places are taken together: other tests of that operand
        // have them as well.
        let (a_run, b_run) = (constant_run(a), constant_run(b));
        let start = a.len() - a_run.max(b_run);
        let low = a[..start].iter().zip(&b[..start]);
        let borrow = low.fold(Bit::FALSE, |borrow, (&a, &b)| self.majority(!a, b, borrow));
        let (constant, others): (Option<bool>, Word) = if a_run > b_run {
            (a.last().and_then(|a| (!*a).constant()), b[start..].to_vec())
        } else {
            (
                b.last().and_then(|b| b.constant()),
                a[start..].iter().map(|&a| !a).collect(),
            )
        };
        if constant == Some(true) {
            let any = self.or_all(&others);
            self.or(borrow, any)
        } else {
            let all = self.and_all(&others);
            self.and(borrow, all)
        }
    }

    /// Signed overflow: the carries (or borrows) into and out of the last place differ.
    fn signed_overflow(&mut self, carries: &[Bit], carry_in: Bit) -> Bit {
        match carries {
            [] => Bit::FALSE,
            [only] => self.xor(*only, carry_in),
            [.., into, out] => self.xor(*into, *out),
        }
    }

    /// 1 if two or three of the bits are 1: one AND gate.
    pub(super) fn majority(&mut self, a: Bit, b: Bit, c: Bit) -> Bit {
        // A constant makes it an AND or an OR; the general form would hide that from the search for
        // equal gates.
        for (x, y, z) in [(a, b, c), (b, a, c), (c, a, b)] {
            match x.constant() {
                Some(true) => return self.or(y, z),
                Some(false) => return self.and(y, z),
                None => {}
            }
        }
        let x = self.xor(a, c);
        let y = self.xor(b, c);
        let both = self.and(x, y);
        self.xor(both, c)
    }
}

fn same_width(a: &[Bit], b: &[Bit], extend: Extend) -> (Word, Word) {
    let width = a.len().max(b.len());
    (extend.word(a, width), extend.word(b, width))
}

fn last_or_false(bits: &[Bit]) -> Bit {
    bits.last().copied().unwrap_or(Bit::FALSE)
}

/// The number of last bits that are one and the same constant.
fn constant_run(bits: &[Bit]) -> usize {
    match bits.last() {
        Some(last) if last.constant().is_some() => {
            bits.iter().rev().take_while(|bit| *bit == last).count()
        }
        _ => 0,
    }
}

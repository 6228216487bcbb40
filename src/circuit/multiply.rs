//! Multiplication with an overflow flag.
//!
//! Three ideas keep the product small:
//!
//! - Only the columns that the result needs are computed, and overflow is found otherwise: it is
//!   certain if a one of `a` and a one of `b` stand so high that their product alone is too large,
//!   and if no two do, then one column more than the result has decides (Schulte, Balzola, Akkas
//!   and Brocato, "Integer multiplication with overflow detection or saturation", IEEE Transactions
//!   on Computers 49(7), 2000).
//! - One operand is recoded to half as many digits from -2 to 2 (Booth, in radix 4). The sign of a
//!   digit costs nothing: `a - z` is `!(!a + z)`.
//! - A digit's multiple is `one·y ^ two·(y << 1)`, of which at most one is nonzero. As a product of
//!   polynomials over GF(2) it takes three ANDs for two columns by Karatsuba's method, not four.

use super::arith::Extend;
use super::{Bit, Graph, Word};

impl Graph {
    /// `a * b` and unsigned overflow. For two words of 32 bits 758 AND gates.
    pub fn mul(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Bit) {
        let width = a.len().max(b.len());
        let (a, b) = (Extend::Zero.word(a, width), Extend::Zero.word(b, width));
        let certain = self.high_pair(&a, &b, width);
        if a == b && width.is_multiple_of(2) {
            // Below 2^(width / 2), and the square fits; above, and it does not.
            return (self.product(&a, &b, width, Extend::Zero, false), certain);
        }
        let mut product = self.product(&a, &b, width + 1, Extend::Zero, true);
        let carry = product.pop().unwrap_or(Bit::FALSE);
        let overflow = self.or(carry, certain);
        (product, overflow)
    }

    /// `a * b` in two's complement and signed overflow. For two words of 32 bits 770 AND gates.
    pub fn mul_signed(&mut self, a: &[Bit], b: &[Bit]) -> (Word, Bit) {
        let width = a.len().max(b.len());
        let (a, b) = (Extend::Sign.word(a, width), Extend::Sign.word(b, width));
        let mut product = self.product(&a, &b, width + 1, Extend::Sign, false);
        let (Some(beyond), Some(&sign)) = (product.pop(), product.last()) else {
            return (product, Bit::FALSE);
        };
        // A number a stands between 2^i and 2^(i+1), i being the highest bit of a ^ sign of a, or
        // is that less one and negative. So i + j >= width - 1 is overflow, and below that the
        // product fits one bit more than the result.
        let magnitude = |graph: &mut Graph, word: &[Bit]| -> Word {
            let sign = Extend::Sign.bit(word, width);
            word[..width - 1]
                .iter()
                .map(|&bit| graph.xor(bit, sign))
                .collect()
        };
        let (a, b) = (magnitude(self, &a), magnitude(self, &b));
        let certain = self.high_pair(&a, &b, width - 1);
        let differs = self.xor(sign, beyond);
        let overflow = self.or(differs, certain);
        (product, overflow)
    }

    /// 1 if there are ones at places i of `a` and j of `b` with `i + j >= limit`. Two words of one
    /// width, at most `limit`.
    fn high_pair(&mut self, a: &[Bit], b: &[Bit], limit: usize) -> Bit {
        if a == b {
            return self.or_all(&a[limit.div_ceil(2).min(a.len())..]);
        }
        let (a, b) = if constants(a) >= constants(b) {
            (a, b)
        } else {
            (b, a)
        };
        // b_from[j]: there is a one at place j or higher.
        let mut b_from = vec![Bit::FALSE; b.len() + 1];
        for (place, &bit) in b.iter().enumerate().rev() {
            b_from[place] = self.or(bit, b_from[place + 1]);
        }
        // The highest one of `a` decides, since it asks for the least.
        let mut found = Bit::FALSE;
        for (place, &bit) in a.iter().enumerate() {
            let rest = b_from.get(limit - place).copied().unwrap_or(Bit::FALSE);
            found = self.mux(bit, rest, found);
        }
        found
    }

    /// The lowest `columns` bits of the product of two extended words. If `loose`, the last one may
    /// be wrong where places of two ones, one of each word, add up to that column's or more.
    fn product(
        &mut self,
        a: &[Bit],
        b: &[Bit],
        columns: usize,
        extend: Extend,
        loose: bool,
    ) -> Word {
        let (a, b) = (significant(a, extend), significant(b, extend));
        let full = a.len() + b.len();
        let exact = columns.min(full);
        let (multiplier, multiplicand) = match (constant_word(a), constant_word(b)) {
            (true, _) => (a, b),
            (false, true) => (b, a),
            (false, false) if variables(a) <= variables(b) => (a, b),
            (false, false) => (b, a),
        };
        let product = if a == b {
            self.square(a, exact, extend)
        } else if constant_word(multiplier) {
            self.constant_product(multiplier, multiplicand, exact, extend)
        } else {
            self.booth_product(
                multiplier,
                multiplicand,
                exact,
                extend,
                loose && exact == columns,
            )
        };
        extend.word(&product, columns)
    }

    /// A product with a constant multiplier: its digits -1, 0, 1 of which no two neighbours are
    /// nonzero, the fewest there are.
    fn constant_product(&mut self, x: &[Bit], y: &[Bit], columns: usize, extend: Extend) -> Word {
        let x_bit = |index: usize| extend.bit(x, index) == Bit::TRUE;
        let mut digits = Vec::new();
        let mut carry = false;
        let mut column = 0;
        while column < columns {
            if x_bit(column) == carry {
                column += 1;
                continue;
            }
            // The number ends in a one here; it is ...01 (digit 1) or ...11 (digit -1, carry 1).
            let negative = x_bit(column + 1);
            digits.push((column, negative));
            carry = negative;
            column += 2;
        }
        let mut sum = vec![Bit::FALSE; columns];
        // Start with a positive digit: that costs nothing.
        if let Some(first) = digits.iter().position(|&(_, negative)| !negative) {
            let (column, _) = digits.remove(first);
            for (index, bit) in sum.iter_mut().enumerate().skip(column) {
                *bit = extend.bit(y, index - column);
            }
        }
        let mut sum = Accumulator::new(sum);
        for (column, negative) in digits {
            sum.add(
                self,
                column,
                &extend.word(y, columns - column),
                Bit::from(negative),
            );
        }
        sum.finish(self)
    }

    /// The square of a word, the sum of `a_i 4^i` and of `a_i a_j 2^(i+j+1)` for i < j.
    fn square(&mut self, a: &[Bit], columns: usize, extend: Extend) -> Word {
        let bit = |index: usize| extend.bit(a, index);
        // Neighbours i and i + 1 share a column with the square of i + 1: a_i a_(i+1) + a_(i+1) is
        // twice the first, and one if only a_(i+1) is 1.
        let mut sum = vec![Bit::FALSE; columns + 1];
        for column in (0..columns).step_by(2) {
            let place = column / 2;
            let below = if place == 0 {
                Bit::FALSE
            } else {
                bit(place - 1)
            };
            let both = self.and(below, bit(place));
            sum[column] = self.xor(bit(place), both);
            sum[column + 1] = both;
        }
        sum.truncate(columns);
        for place in (0..columns).take_while(|place| 2 * place + 3 < columns) {
            let start = 2 * place + 3;
            let others =
                (0..columns - start).map(|index| self.and(bit(place), bit(place + 2 + index)));
            let others: Word = others.collect();
            if others.iter().any(|&bit| bit != Bit::FALSE) {
                let (total, _) = self.ripple(&sum[start..], &others, Bit::FALSE);
                sum.splice(start.., total);
            }
        }
        sum
    }

    /// `loose`: see [`Graph::multiple`].
    fn booth_product(
        &mut self,
        x: &[Bit],
        y: &[Bit],
        columns: usize,
        extend: Extend,
        loose: bool,
    ) -> Word {
        // The lowest bit of x is a digit of its own: as a start it costs no addition, which a
        // signed digit would.
        let lowest = extend.bit(x, 0);
        let start = (0..columns)
            .map(|column| self.and(lowest, extend.bit(y, column)))
            .collect();
        let mut sum = Accumulator::new(start);
        for column in (1..columns).step_by(2) {
            let low = if column == 1 {
                Bit::FALSE
            } else {
                extend.bit(x, column - 1)
            };
            let (middle, high) = (extend.bit(x, column), extend.bit(x, column + 1));
            // The digit is low + middle - 2 high.
            let one = self.xor(middle, low);
            let differs = self.xor(high, middle);
            let two = self.and(differs, !one);
            if one == Bit::FALSE && two == Bit::FALSE {
                continue;
            }
            let multiple = self.multiple(one, two, &extend.word(y, columns - column), loose);
            sum.add(self, column, &multiple, high);
        }
        sum.finish(self)
    }

    /// As many bits of `one·y ^ two·(y << 1)` as `y` has: three AND gates for two columns. If
    /// `loose`, the last bit may be wrong where `two` and the last bit of `y` are 1.
    fn multiple(&mut self, one: Bit, two: Bit, y: &[Bit], loose: bool) -> Word {
        let columns = y.len();
        let mut result = vec![Bit::FALSE; columns + 2];
        for column in (0..columns).step_by(2) {
            let low = y[column];
            let one_low = self.and(one, low);
            result[column] = self.xor(result[column], one_low);
            let Some(&high) = y.get(column + 1) else {
                break;
            };
            let is_last = column + 2 == columns;
            let variable = [one, two, low, high]
                .iter()
                .all(|bit| bit.constant().is_none());
            let middle = if variable && low.plain() != high.plain() {
                let lines = self.xor(one, two);
                let digits = self.xor(low, high);
                let all = self.and(lines, digits);
                // (one + two)(low + high) = one low + (one high + two low) + two high
                let rest = self.xor(all, one_low);
                let two_high = if is_last && loose {
                    Bit::FALSE
                } else {
                    self.and(two, high)
                };
                result[column + 2] = two_high;
                self.xor(rest, two_high)
            } else {
                let one_high = self.and(one, high);
                let two_low = self.and(two, low);
                result[column + 2] = if is_last {
                    Bit::FALSE
                } else {
                    self.and(two, high)
                };
                self.xor(one_high, two_low)
            };
            result[column + 1] = self.xor(result[column + 1], middle);
        }
        result.truncate(columns);
        result
    }
}

/// A sum of words that start at ascending columns, some of them negative.
struct Accumulator {
    /// From column `done` on the sum, complemented where `flipped` is 1; below just the sum.
    sum: Word,
    flipped: Bit,
    done: usize,
}

impl Accumulator {
    fn new(sum: Word) -> Self {
        Accumulator {
            sum,
            flipped: Bit::FALSE,
            done: 0,
        }
    }

    /// Adds `word` from `column` on, or subtracts it where `negative` is 1. w - 1 AND gates for w
    /// bits.
    fn add(&mut self, graph: &mut Graph, column: usize, word: &[Bit], negative: Bit) {
        self.unflip(graph, column);
        // sum - word = !(!sum + word)
        let change = graph.xor(self.flipped, negative);
        let flipped: Word = self.sum[column..]
            .iter()
            .map(|&bit| graph.xor(bit, change))
            .collect();
        let (total, _) = graph.ripple(&flipped, word, Bit::FALSE);
        self.sum.truncate(column);
        self.sum.extend(total);
        self.flipped = negative;
    }

    /// No word starts below `column` any more.
    fn unflip(&mut self, graph: &mut Graph, column: usize) {
        for bit in &mut self.sum[self.done..column] {
            *bit = graph.xor(*bit, self.flipped);
        }
        self.done = column;
    }

    fn finish(mut self, graph: &mut Graph) -> Word {
        self.unflip(graph, self.sum.len());
        self.sum
    }
}

/// `word` without the last bits that its extension gives anyway.
fn significant(word: &[Bit], extend: Extend) -> &[Bit] {
    let mut length = word.len();
    while length > 0 && Extend::bit(extend, &word[..length - 1], length - 1) == word[length - 1] {
        length -= 1;
    }
    &word[..length]
}

fn constants(word: &[Bit]) -> usize {
    word.iter().filter(|bit| bit.constant().is_some()).count()
}

fn variables(word: &[Bit]) -> usize {
    word.len() - constants(word)
}

fn constant_word(word: &[Bit]) -> bool {
    variables(word) == 0
}

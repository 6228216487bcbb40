//! `join_iter` and `join`: pairs with equal keys from two sorted arrays.
//!
//! Both arrays are merged into one sorted row by Batcher's odd-even merge (Knuth, TAOCP 3, 5.3.4, algorithm M), one
//! comparison and one conditional swap of the rows per comparator: two AND gates per bit of the key and one per
//! further bit. A tag below the key puts the left array first among equals, so that a pair of equal keys from both arrays
//! stands side by side, left before right. Of two neighbouring pairs at most one can match, so they share one place:
//! that halves the bodies of the loop, and the rows that `join` has to move.
//!
//! `join` then moves its matches to the end, in order, by steps of 1, 2, 4, ... places (Goodrich, "Data-oblivious
//! external-memory algorithms for the compaction, selection, and sorting of outsourced data", SPAA 2011). Where the matches stood before
//! stays hidden: the order that is left is that of the keys.

use super::{Builder, Value};
use crate::{
    circuit::{Bit, Word},
    lower::{
        LowerError,
        ir::{Expr, Join, JoinLoop},
        panics::index_bits,
        resolve::number_bits,
        types::{Kind, TypeId},
    },
};

/// A row of the merge.
struct Row {
    /// The key, transformed so that its order is that of the bits, most significant first.
    key: Vec<Bit>,
    /// 0 for a row of the left array, 1 for one of the right.
    tag: Bit,
    /// The rest of the element, padded with zeros.
    rest: Vec<Bit>,
}

/// Two neighbouring pairs of rows, of which one may match.
struct Match {
    found: Bit,
    key: Vec<Bit>,
    left: Vec<Bit>,
    right: Vec<Bit>,
}

impl Builder<'_, '_> {
    /// `for pattern in join_iter(left, right) { body }`: the body is a branch that is taken for each match.
    pub(super) fn join_each(&mut self, each: &JoinLoop) -> Result<(), LowerError> {
        let matches = self.matches(&each.join)?;
        for Match {
            found,
            key,
            left,
            right,
        } in matches
        {
            let pair: Value = [&key[..], &left, &key, &right].concat().into();
            self.charge(pair.len())?;
            self.arms(&[found], |this, arm| {
                if arm == 0 {
                    this.bind(&each.pattern, &pair)?;
                    this.statements(&each.body)?;
                    this.clear(&each.slots);
                }
                Ok(vec![].into())
            })?;
        }
        Ok(())
    }

    /// `join(left, right)`: dummies, then the matches in order of their keys.
    pub(super) fn join(&mut self, join: &Join) -> Result<Value, LowerError> {
        let matches = self.matches(join)?;
        let mut rows: Vec<Vec<Bit>> = Vec::with_capacity(matches.len());
        for found in matches {
            let mut bits = [&found.key[..], &found.left].concat();
            if join.pairs {
                bits.extend([&found.key[..], &found.right].concat());
            }
            self.charge(bits.len())?;
            let mut row = vec![found.found];
            row.extend(bits.iter().map(|bit| self.graph.and(found.found, *bit)));
            rows.push(row);
        }
        let rows = self.move_to_end(rows)?;
        let (left, right) = (self.array(&join.left)?, self.array(&join.right)?);
        let width = rows.first().map_or(0, Vec::len);
        let dummies = (left.1 + right.1).saturating_sub(1 + rows.len());
        let mut bits = vec![Bit::FALSE; dummies * width];
        bits.extend(rows.into_iter().flatten());
        Ok(bits.into())
    }

    /// All places where a match can be, in order.
    fn matches(&mut self, join: &Join) -> Result<Vec<Match>, LowerError> {
        let left = self.expr(&join.left)?;
        let right = self.expr(&join.right)?;
        let (a, b) = (self.array(&join.left)?, self.array(&join.right)?);
        let key = self.types.bits(join.key);
        let (rest_a, rest_b) = (
            self.types.bits(a.0).saturating_sub(key),
            self.types.bits(b.0).saturating_sub(key),
        );
        let mut rows = self.rows(&left, a, join.key, Bit::FALSE, rest_a.max(rest_b))?;
        rows.extend(self.rows(&right, b, join.key, Bit::TRUE, rest_a.max(rest_b))?);
        let order = self.merge((0..a.1).collect(), (a.1..a.1 + b.1).collect(), &mut rows)?;

        let mut equal = Vec::with_capacity(order.len());
        for pair in order.windows(2) {
            let (x, y) = (&rows[pair[0]], &rows[pair[1]]);
            self.charge(key)?;
            let tags_differ = self.graph.xor(x.tag, y.tag);
            let same = match tags_differ.constant() {
                Some(false) => Bit::FALSE,
                _ => self.graph.eq(&x.key, &y.key),
            };
            equal.push(self.graph.and(same, tags_differ));
        }
        let mut matches = Vec::with_capacity(equal.len().div_ceil(2));
        for (i, pair) in equal.chunks(2).enumerate() {
            let row = |n: usize| &rows[order[2 * i + n]];
            let mut key = row(1).key.clone();
            self.order_bits(join.key, &mut key, Bit::TRUE);
            let (mut left, mut right) = (row(0).rest.clone(), row(1).rest.clone());
            let first = pair[0];
            let mut found = first;
            if let Some(second) = pair.get(1) {
                // They can't both match if the inputs are sorted; if they are not, the first one counts.
                let second = self.graph.and(*second, !first);
                found = self.graph.xor(first, second);
                left = self.graph.mux_word(first, &left, &row(1).rest);
                right = self.graph.mux_word(first, &right, &row(2).rest);
            }
            left.truncate(rest_a);
            right.truncate(rest_b);
            self.charge(key.len() + left.len() + right.len())?;
            matches.push(Match {
                found,
                key,
                left,
                right,
            });
        }
        Ok(matches)
    }

    fn array(&self, expr: &Expr) -> Result<(TypeId, usize), LowerError> {
        match self.types.kind(expr.ty) {
            Kind::Array(element, len) => Ok((*element, *len)),
            _ => Err(LowerError::Internal),
        }
    }

    /// The rows of an array.
    fn rows(
        &mut self,
        array: &Value,
        (element, len): (TypeId, usize),
        key: TypeId,
        tag: Bit,
        rest: usize,
    ) -> Result<Vec<Row>, LowerError> {
        let (bits, key_bits) = (self.types.bits(element), self.types.bits(key));
        let mut rows = Vec::with_capacity(len);
        for i in 0..len {
            self.charge(bits)?;
            let value = array.part(i * bits, bits);
            let mut key_value = value.part(0, key_bits).to_vec();
            self.order_bits(key, &mut key_value, Bit::TRUE);
            let mut rest_value = value.part(key_bits, bits).to_vec();
            rest_value.resize(rest, Bit::FALSE);
            rows.push(Row {
                key: key_value,
                tag,
                rest: rest_value,
            });
        }
        Ok(rows)
    }

    /// Flips the sign bits of a key where `here` is 1, after which the order of its bits is that of its values. Twice
    /// is not at all.
    fn order_bits(&mut self, ty: TypeId, key: &mut [Bit], here: Bit) {
        if here == Bit::FALSE || !self.has_signs(ty) {
            return;
        }
        let types = self.types;
        match types.kind(ty) {
            Kind::Bool => {}
            Kind::Int(_, _) => {
                if let Some(sign) = key.first_mut() {
                    *sign = self.graph.xor(*sign, here);
                }
            }
            Kind::Array(element, _) => {
                for part in key.chunks_mut(types.bits(*element).max(1)) {
                    self.order_bits(*element, part, here);
                }
            }
            Kind::Tuple(fields) => {
                for field in fields {
                    self.order_field(field.ty, field.offset, key, here);
                }
            }
            Kind::Struct(_, fields) => {
                for (_, field) in fields {
                    self.order_field(field.ty, field.offset, key, here);
                }
            }
            Kind::Enum(_, tag, variants) => {
                for (number, (_, fields)) in variants.iter().enumerate() {
                    let fields = fields.as_deref().unwrap_or_default();
                    if !fields.iter().any(|field| self.has_signs(field.ty)) {
                        continue;
                    }
                    let wanted = number_bits(number as i128, *tag);
                    let is_variant = self.graph.eq(&key[..*tag], &wanted);
                    let here = self.graph.and(here, is_variant);
                    for field in fields {
                        self.order_field(field.ty, field.offset, key, here);
                    }
                }
            }
        }
    }

    fn order_field(&mut self, ty: TypeId, offset: usize, key: &mut [Bit], here: Bit) {
        let end = offset + self.types.bits(ty);
        if let Some(part) = key.get_mut(offset..end) {
            self.order_bits(ty, part, here);
        }
    }

    /// Whether the type holds signed numbers, whose order is not that of their bits.
    fn has_signs(&self, ty: TypeId) -> bool {
        let types = self.types;
        match types.kind(ty) {
            Kind::Bool => false,
            Kind::Int(int, _) => int.signed,
            Kind::Array(element, _) => self.has_signs(*element),
            Kind::Tuple(fields) => fields.iter().any(|field| self.has_signs(field.ty)),
            Kind::Struct(_, fields) => fields.iter().any(|(_, field)| self.has_signs(field.ty)),
            Kind::Enum(_, _, variants) => {
                let mut fields = variants.iter().filter_map(|(_, f)| f.as_ref()).flatten();
                fields.any(|field| self.has_signs(field.ty))
            }
        }
    }

    /// Merges two sorted lists of rows, given by their numbers; returns the numbers in sorted order.
    fn merge(
        &mut self,
        left: Vec<usize>,
        right: Vec<usize>,
        rows: &mut [Row],
    ) -> Result<Vec<usize>, LowerError> {
        self.charge(left.len() + right.len())?;
        match (&left[..], &right[..]) {
            ([], _) => return Ok(right),
            (_, []) => return Ok(left),
            ([x], [y]) => {
                self.compare(*x, *y, rows)?;
                return Ok(vec![*x, *y]);
            }
            _ => {}
        }
        let every_other = |list: &[usize], from| -> Vec<usize> {
            list.iter().copied().skip(from).step_by(2).collect()
        };
        let (odd_left, even_left) = (every_other(&left, 0), every_other(&left, 1));
        let (odd_right, even_right) = (every_other(&right, 0), every_other(&right, 1));
        let odd = self.merge(odd_left, odd_right, rows)?;
        let even = self.merge(even_left, even_right, rows)?;
        // odd[0], then even[i] against odd[i + 1], then what is left.
        let mut sorted = Vec::with_capacity(odd.len() + even.len());
        sorted.extend(odd.first());
        let mut rest = odd.iter().skip(1);
        for x in &even {
            sorted.push(*x);
            if let Some(y) = rest.next() {
                self.compare(*x, *y, rows)?;
                sorted.push(*y);
            }
        }
        sorted.extend(rest);
        Ok(sorted)
    }

    /// Puts the smaller of two rows in the place of the first.
    fn compare(&mut self, first: usize, second: usize, rows: &mut [Row]) -> Result<(), LowerError> {
        let number = |row: &Row| -> Word {
            let mut number = vec![row.tag];
            number.extend(row.key.iter().rev());
            number
        };
        let (x, y) = (number(&rows[first]), number(&rows[second]));
        self.charge(2 * x.len() + rows[first].rest.len())?;
        let swap = self.graph.lt(&y, &x);
        let mut exchange = |x: Bit, y: Bit| {
            let difference = self.graph.xor(x, y);
            let change = self.graph.and(swap, difference);
            (self.graph.xor(x, change), self.graph.xor(y, change))
        };
        for i in 0..rows[first].key.len() {
            let (x, y) = exchange(rows[first].key[i], rows[second].key[i]);
            (rows[first].key[i], rows[second].key[i]) = (x, y);
        }
        for i in 0..rows[first].rest.len() {
            let (x, y) = exchange(rows[first].rest[i], rows[second].rest[i]);
            (rows[first].rest[i], rows[second].rest[i]) = (x, y);
        }
        (rows[first].tag, rows[second].tag) = exchange(rows[first].tag, rows[second].tag);
        Ok(())
    }

    /// Moves the rows whose first bit is 1 to the end and keeps their order; all other rows are zero.
    fn move_to_end(&mut self, rows: Vec<Vec<Bit>>) -> Result<Vec<Vec<Bit>>, LowerError> {
        let count_bits = index_bits(rows.len());
        // How far each row has to go: the number of empty rows after it.
        let mut distances = Vec::with_capacity(rows.len());
        let mut empty: Word = vec![Bit::FALSE; count_bits];
        for row in rows.iter().rev() {
            self.charge(count_bits)?;
            let found = row.first().copied().unwrap_or(Bit::FALSE);
            let gated: Word = empty
                .iter()
                .map(|bit| self.graph.and(found, *bit))
                .collect();
            distances.push(gated);
            empty = self.graph.add(&empty, &[!found]).0;
            empty.truncate(count_bits);
        }
        distances.reverse();
        let mut rows: Vec<(Vec<Bit>, Word)> = rows.into_iter().zip(distances).collect();
        for step in 0..count_bits {
            let distance = 1 << step;
            let mut moving = vec![];
            for (row, way) in &mut rows {
                self.charge(row.len() + way.len())?;
                let go = way[step];
                let mut leave = |bit: &mut Bit| {
                    let gone = self.graph.and(go, *bit);
                    *bit = self.graph.xor(*bit, gone);
                    gone
                };
                let gone: Vec<Bit> = row.iter_mut().map(&mut leave).collect();
                let gone_way: Word = way.iter_mut().map(&mut leave).collect();
                moving.push((gone, gone_way));
            }
            // Nothing moves beyond the end.
            for (i, (row, way)) in moving.into_iter().enumerate() {
                if let Some((to, to_way)) = rows.get_mut(i + distance) {
                    for (bit, new) in to.iter_mut().zip(row).chain(to_way.iter_mut().zip(way)) {
                        *bit = self.graph.xor(*bit, new);
                    }
                }
            }
        }
        Ok(rows.into_iter().map(|(row, _)| row).collect())
    }
}

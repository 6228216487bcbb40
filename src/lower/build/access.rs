//! Reading and writing arrays at constant and at secret indices.
//!
//! A read at a secret index is a tree of multiplexers, one less than there are elements, however wide the index is. A write
//! splits "here" into one wire per element, bit by bit of the index, and multiplexes each element with its wire. Both use
//! only the bits that tell the elements apart: an index beyond panics, so what it would read or write does not matter.

use garble_lang::circuit::PanicReason;

use super::{Builder, Value, known, word};
use crate::{
    circuit::{Bit, Word},
    lower::{
        LowerError,
        ir::{Access, Assignment, Expr, Site},
        panics::index_bits,
        resolve::number_bits,
        types::{Kind, TypeId},
    },
};

impl Builder<'_, '_> {
    pub(super) fn index(
        &mut self,
        expr: &Expr,
        array: &Expr,
        index: &Expr,
    ) -> Result<Value, LowerError> {
        let Kind::Array(element, len) = *self.types.kind(array.ty) else {
            return Err(LowerError::Internal);
        };
        let bits = self.types.bits(element);
        let array = self.expr(array)?;
        let index = word(&self.expr(index)?);
        self.check_bounds(&index, len, expr.site);
        match known(&index) {
            Some(index) if index < len => Ok(array.part(index * bits, bits)),
            None if len > 0 => self.select(&array, &index, len, bits),
            _ => Ok(vec![Bit::FALSE; bits].into()),
        }
    }

    /// `slot.path = value`: the value first, then the indices, then the store.
    pub(super) fn assign(&mut self, assignment: &Assignment) -> Result<(), LowerError> {
        let Assignment {
            slot,
            path,
            value,
            site,
        } = assignment;
        let value = self.expr(value)?;
        // The places that may be meant, by their first bit, each with the wire that says that it is.
        let mut places = vec![(0, Bit::TRUE)];
        let mut guarded = false;
        for access in path {
            match access {
                Access::Field(offset) => places.iter_mut().for_each(|place| place.0 += offset),
                Access::Index {
                    index,
                    len,
                    element_bits,
                } => {
                    let index = word(&self.expr(index)?);
                    self.check_bounds(&index, *len, *site);
                    if known(&index).is_none() && !guarded {
                        // A wire is needed anyway: let it include the branches, then they need not be merged.
                        guarded = true;
                        let taken = self.taken_since(*slot);
                        places.iter_mut().for_each(|place| place.1 = taken);
                    }
                    places = self.places(&places, &index, *len, *element_bits)?;
                }
            }
        }
        self.charge(places.len() * (1 + value.len()))?;
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            return Ok(());
        };
        let start = first.0;
        let old = self.store.bits(*slot).get(start..last.0 + value.len());
        let mut bits = old.ok_or(LowerError::Internal)?.to_vec();
        self.charge(bits.len())?;
        for (offset, here) in places {
            let place = bits.get_mut(offset - start..).ok_or(LowerError::Internal)?;
            for (bit, new) in place.iter_mut().zip(value.iter()) {
                *bit = self.graph.mux(here, *new, *bit);
            }
        }
        let copied = self.store.write(*slot, start, &bits, guarded);
        self.charge(copied)
    }

    fn check_bounds(&mut self, index: &[Bit], len: usize, site: Site) {
        let len = number_bits(len as i128, self.types.bits(TypeId::USIZE));
        let inside = self.graph.lt(index, &word(&len.into()));
        self.check(!inside, PanicReason::OutOfBounds, site);
    }

    /// The element at an index: pairs by the lowest bit, pairs of pairs by the next, and so on.
    fn select(
        &mut self,
        array: &[Bit],
        index: &[Bit],
        len: usize,
        bits: usize,
    ) -> Result<Value, LowerError> {
        let mut elements = array.to_vec();
        let mut count = len;
        for bit in index.iter().take(index_bits(len)) {
            self.charge(elements.len())?;
            let mut half = Vec::with_capacity(count.div_ceil(2) * bits);
            for i in (0..count).step_by(2) {
                let (low, high) = elements[i * bits..].split_at(bits);
                if i + 1 < count {
                    let pairs = low.iter().zip(high);
                    half.extend(pairs.map(|(low, high)| self.graph.mux(*bit, *high, *low)));
                } else {
                    half.extend_from_slice(low);
                }
            }
            count = count.div_ceil(2);
            elements = half;
        }
        Ok(elements.into())
    }

    /// The elements of each place that an index may mean.
    fn places(
        &mut self,
        places: &[(usize, Bit)],
        index: &[Bit],
        len: usize,
        bits: usize,
    ) -> Result<Vec<(usize, Bit)>, LowerError> {
        if let Some(index) = known(index) {
            let at = |&(offset, here)| (offset + index * bits, here);
            return Ok(if index < len {
                places.iter().map(at).collect()
            } else {
                vec![]
            });
        }
        self.charge(places.len().saturating_mul(len))?;
        let mut inner = Vec::with_capacity(places.len() * len);
        for (offset, outer) in places {
            let here = self.split(*outer, index, len);
            inner.extend(
                here.into_iter()
                    .enumerate()
                    .map(|(i, here)| (offset + i * bits, here)),
            );
        }
        Ok(inner)
    }

    /// Splits a wire into one per element: it is 1, and the index, if it is in bounds, is this element's.
    fn split(&mut self, whole: Bit, index: &[Bit], len: usize) -> Word {
        let mut here = vec![whole];
        for place in (0..index_bits(len)).rev() {
            let count = len.div_ceil(1 << place);
            let mut halves = Vec::with_capacity(count);
            for (i, outer) in here.iter().enumerate() {
                if 2 * i + 1 < count {
                    let high = self.graph.and(*outer, index[place]);
                    halves.push(self.graph.xor(*outer, high));
                    halves.push(high);
                } else {
                    halves.push(*outer);
                }
            }
            here = halves;
        }
        here.truncate(len);
        here
    }
}

//! Branches on secret conditions: every arm is built, then results and variables are merged.
//!
//! Where each arm leaves another value, a chain of multiplexers picks one, one less than there are arms. Where some arms
//! leave a variable alone, the others are added to it instead: `old ^ taken & (new ^ old)`, one gate per arm that writes.
//! If `taken` includes the branches further out, which costs one gate for all the bits, the result is right whether those
//! are taken or not, and is not merged again when they end.

use super::{Builder, Value};
use crate::{
    circuit::Bit,
    lower::{LowerError, ir::Slot, store::Change},
};

impl Builder<'_, '_> {
    /// Builds the arms of a branch; the first whose condition holds is taken, the last one if none does.
    ///
    /// There is one arm more than conditions; `run` is called with the number of each arm that can be taken at all.
    pub(super) fn arms(
        &mut self,
        conditions: &[Bit],
        mut run: impl FnMut(&mut Self, usize) -> Result<Value, LowerError>,
    ) -> Result<Value, LowerError> {
        let mut tested: Vec<(usize, Bit)> = vec![];
        let mut last = conditions.len();
        for (arm, condition) in conditions.iter().enumerate() {
            match condition.constant() {
                Some(false) => {}
                Some(true) => {
                    last = arm;
                    break;
                }
                // The same test again can't succeed, its opposite can't fail.
                None if tested.iter().any(|(_, earlier)| earlier == condition) => {}
                None if tested.iter().any(|(_, earlier)| *earlier == !*condition) => {
                    last = arm;
                    break;
                }
                None => tested.push((arm, *condition)),
            }
        }
        if tested.is_empty() {
            return run(self, last);
        }
        let conditions: Vec<Bit> = tested.iter().map(|(_, condition)| *condition).collect();
        let taken = self.taken(&conditions);
        let mut values = Vec::with_capacity(taken.len());
        let mut changes = Vec::with_capacity(taken.len());
        let mut panics = vec![];
        let arms = tested.into_iter().map(|(arm, _)| arm).chain([last]);
        for (i, arm) in arms.enumerate() {
            self.panics
                .enter(&conditions[..i], conditions.get(i).copied());
            self.store.enter(taken[i]);
            values.push(run(self, arm)?);
            changes.push(self.store.leave());
            panics.extend(self.panics.leave(&mut self.graph));
        }
        self.panics.rejoin(&mut self.graph, &panics);
        self.merge_variables(&conditions, &taken, &changes)?;
        let values: Vec<&[Bit]> = values.iter().map(|value| &value[..]).collect();
        Ok(self.choose(&conditions, &values)?.into())
    }

    /// For each arm, whether it is the one that is taken.
    fn taken(&mut self, conditions: &[Bit]) -> Vec<Bit> {
        let mut rest = Bit::TRUE;
        let mut taken = Vec::with_capacity(conditions.len() + 1);
        for condition in conditions {
            let this = self.graph.and(rest, *condition);
            rest = self.graph.xor(rest, this);
            taken.push(this);
        }
        taken.push(rest);
        taken
    }

    /// Whether all branches are taken that were entered since the variable was declared.
    pub(super) fn taken_since(&mut self, slot: Slot) -> Bit {
        let taken = self.store.taken_since(slot);
        taken
            .iter()
            .fold(Bit::TRUE, |all, one| self.graph.and(all, *one))
    }

    /// The first value whose condition holds, the last one if none does.
    fn choose(&mut self, conditions: &[Bit], values: &[&[Bit]]) -> Result<Vec<Bit>, LowerError> {
        let Some((last, earlier)) = values.split_last() else {
            return Ok(vec![]);
        };
        let mut result = last.to_vec();
        for (condition, value) in conditions.iter().zip(earlier).rev() {
            self.charge(result.len())?;
            for (bit, other) in result.iter_mut().zip(value.iter()) {
                *bit = self.graph.mux(*condition, *other, *bit);
            }
        }
        Ok(result)
    }

    /// Writes to the variables what the arm that is taken leaves in them.
    fn merge_variables(
        &mut self,
        conditions: &[Bit],
        taken: &[Bit],
        changes: &[Vec<Change>],
    ) -> Result<(), LowerError> {
        // Between two neighbouring points, an arm has changed all the bits or none.
        let ends = changes.iter().flatten();
        let mut points: Vec<(Slot, usize)> = ends
            .flat_map(|change| [(change.slot, change.start), (change.slot, change.end())])
            .collect();
        points.sort_unstable();
        points.dedup();
        let mut next = vec![0; changes.len()];
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let mut written = Vec::with_capacity(changes.len());
            for (arm, next) in changes.iter().zip(&mut next) {
                // Changes are in the order of the points.
                while arm.get(*next).is_some_and(|c| (c.slot, c.end()) <= from) {
                    *next += 1;
                }
                let change = arm.get(*next).filter(|c| (c.slot, c.start) <= from);
                written.push(change.and_then(|c| {
                    let bits = c.bits.get(from.1 - c.start..to.1 - c.start)?;
                    Some((bits, c.guarded))
                }));
            }
            if from.0 == to.0 && written.iter().any(Option::is_some) {
                self.merge_bits(conditions, taken, from.0, from.1, &written)?;
            }
        }
        Ok(())
    }

    /// Merges some bits of a variable; for each arm, what it wrote there, if it did, and whether that was guarded.
    fn merge_bits(
        &mut self,
        conditions: &[Bit],
        taken: &[Bit],
        slot: Slot,
        start: usize,
        written: &[Option<(&[Bit], bool)>],
    ) -> Result<(), LowerError> {
        let len = written
            .iter()
            .flatten()
            .map(|(bits, _)| bits.len())
            .max()
            .unwrap_or(0);
        self.charge(len * written.len())?;
        let before = self.store.bits(slot).get(start..start + len);
        let before = before.ok_or(LowerError::Internal)?.to_vec();
        let open = |arm: &Option<(&[Bit], bool)>| arm.is_some_and(|(_, guarded)| !guarded);
        let count = written.iter().filter(|arm| open(arm)).count();
        // The chain has a multiplexer for each arm up to the last one that writes, except for the last arm of all.
        let reach = written.iter().rposition(open).map_or(0, |last| last + 1);
        let chain = reach.min(conditions.len());
        let outside = self
            .store
            .taken_since(slot)
            .iter()
            .any(|bit| *bit != Bit::TRUE);
        let add = count < written.len() && len > 1 && (outside || count < chain);

        let mut result = if add || count == 0 {
            before.clone()
        } else {
            let values = written.iter().map(|arm| match arm {
                Some((bits, false)) => *bits,
                _ => &before,
            });
            self.choose(conditions, &values.collect::<Vec<&[Bit]>>())?
        };
        let around = if add && outside {
            self.taken_since(slot)
        } else {
            Bit::TRUE
        };
        for (arm, taken) in written.iter().zip(taken) {
            let here = match arm {
                Some((_, true)) => Bit::TRUE,
                Some((_, false)) if add => self.graph.and(around, *taken),
                _ => continue,
            };
            let bits = arm.map_or(&[][..], |(bits, _)| bits);
            for ((result, new), old) in result.iter_mut().zip(bits).zip(&before) {
                let difference = self.graph.xor(*new, *old);
                let difference = self.graph.and(here, difference);
                *result = self.graph.xor(*result, difference);
            }
        }
        let copied = self.store.write(slot, start, &result, add || count == 0);
        self.charge(copied)
    }
}

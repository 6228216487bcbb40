//! The variables while a program is lowered, and how a branch is undone and merged.
//!
//! A variable holds bits, shared with the values read from it until one of them is written. Inside a branch each write
//! to an outer variable notes the bits that it replaces. When the branch ends, the notes give the bits that it
//! changed (its [`Change`]s) and put the old ones back. So a branch costs as much as it writes, however large the arrays
//! are that it writes into.
//!
//! A write can be guarded: it leaves the old bits where the branches around it are not all taken. Then the bits are right
//! whether they are taken or not, and nothing is left to merge.

use std::{collections::HashMap, ops::Deref, rc::Rc};

use super::ir::Slot;
use crate::circuit::Bit;

/// Bits of a value in layout order, perhaps a part of larger ones.
#[derive(Clone, Debug)]
pub(super) struct Value {
    bits: Rc<[Bit]>,
    start: usize,
    len: usize,
}

impl Value {
    /// A part of this value, without copying; shorter if the value ends.
    pub(super) fn part(&self, start: usize, len: usize) -> Value {
        let start = start.min(self.len);
        Value {
            bits: Rc::clone(&self.bits),
            start: self.start + start,
            len: len.min(self.len - start),
        }
    }

    /// How many bits are copied if a variable keeps this value: none if it is all of what it is a part of.
    pub(super) fn copied_when_kept(&self) -> usize {
        if self.len == self.bits.len() {
            0
        } else {
            self.len
        }
    }

    /// The bits, shared if they are all of what they are a part of.
    fn into_shared(self) -> Rc<[Bit]> {
        if self.len == self.bits.len() {
            self.bits
        } else {
            self.bits[self.start..self.start + self.len].into()
        }
    }
}

impl Deref for Value {
    type Target = [Bit];

    fn deref(&self) -> &[Bit] {
        &self.bits[self.start..self.start + self.len]
    }
}

impl From<Rc<[Bit]>> for Value {
    fn from(bits: Rc<[Bit]>) -> Self {
        let len = bits.len();
        Value {
            bits,
            start: 0,
            len,
        }
    }
}

impl From<Vec<Bit>> for Value {
    fn from(bits: Vec<Bit>) -> Self {
        Value::from(Rc::<[Bit]>::from(bits))
    }
}

/// Bits of a variable that a branch changed.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) slot: Slot,
    pub(super) start: usize,
    pub(super) bits: Vec<Bit>,
    /// Whether all writes to these bits were guarded.
    pub(super) guarded: bool,
}

impl Change {
    /// One beyond the last bit.
    pub(super) fn end(&self) -> usize {
        self.start + self.bits.len()
    }
}

/// All variables of a program.
pub(super) struct Store {
    variables: Vec<Option<Variable>>,
    branches: Vec<Branch>,
    held: usize,
}

struct Variable {
    bits: Rc<[Bit]>,
    /// How many branches were open when it was declared.
    level: usize,
}

struct Branch {
    /// Whether it is taken, of those around it.
    taken: Bit,
    notes: Vec<Note>,
    /// The note of a slot, first bit and number of bits: the first one is the one that counts.
    noted: HashMap<(Slot, usize, usize), usize>,
}

/// Bits that were replaced.
struct Note {
    slot: Slot,
    start: usize,
    old: Box<[Bit]>,
    guarded: bool,
}

impl Note {
    fn range(&self) -> (Slot, usize, usize) {
        (self.slot, self.start, self.start + self.old.len())
    }
}

impl Store {
    pub(super) fn new(slots: usize) -> Self {
        Store {
            variables: (0..slots).map(|_| None).collect(),
            branches: vec![],
            held: 0,
        }
    }

    /// The number of bits held in variables and notes.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Begins the life of a variable.
    pub(super) fn declare(&mut self, slot: Slot, value: Value) {
        self.clear(slot);
        let level = self.branches.len();
        let bits = value.into_shared();
        self.held += bits.len();
        self.variables[slot] = Some(Variable { bits, level });
    }

    /// Ends the life of a variable.
    pub(super) fn clear(&mut self, slot: Slot) {
        if let Some(variable) = self.variables[slot].take() {
            self.held -= variable.bits.len();
        }
    }

    /// The value of a variable, if it is alive.
    pub(super) fn read(&self, slot: Slot) -> Option<Value> {
        let variable = self.variables[slot].as_ref()?;
        Some(Value::from(Rc::clone(&variable.bits)))
    }

    /// Replaces bits of a variable. Returns the number of bits that had to be copied.
    pub(super) fn write(&mut self, slot: Slot, start: usize, new: &[Bit], guarded: bool) -> usize {
        let Some(variable) = self.variables[slot].as_mut() else {
            return 0;
        };
        let end = start + new.len();
        if new.is_empty() || end > variable.bits.len() {
            return 0;
        }
        if variable.level < self.branches.len()
            && let Some(branch) = self.branches.last_mut()
        {
            let next = branch.notes.len();
            let range = (slot, start, new.len());
            let number = *branch.noted.entry(range).or_insert(next);
            if number == next {
                branch.notes.push(Note {
                    slot,
                    start,
                    old: variable.bits[start..end].into(),
                    guarded,
                });
                self.held += new.len();
            }
            branch.notes[number].guarded &= guarded;
        }
        let shared = Rc::strong_count(&variable.bits) > 1;
        Rc::make_mut(&mut variable.bits)[start..end].copy_from_slice(new);
        new.len() + if shared { variable.bits.len() } else { 0 }
    }

    /// Enters a branch that is taken, of those around it, where the wire is 1.
    pub(super) fn enter(&mut self, taken: Bit) {
        self.branches.push(Branch {
            taken,
            notes: vec![],
            noted: HashMap::new(),
        });
    }

    /// Leaves the branch and undoes it; returns what it had changed, in order, never overlapping.
    pub(super) fn leave(&mut self) -> Vec<Change> {
        let notes = self.branches.pop().map_or(vec![], |branch| branch.notes);
        let all = union(notes.iter().map(Note::range).collect());
        let open = union(
            notes
                .iter()
                .filter(|n| !n.guarded)
                .map(Note::range)
                .collect(),
        );
        let mut changes = vec![];
        let mut change = |slot, start, end, guarded| {
            if start < end {
                let bits = self.bits(slot)[start..end].to_vec();
                changes.push(Change {
                    slot,
                    start,
                    bits,
                    guarded,
                });
            }
        };
        let mut open = open.into_iter().peekable();
        for (slot, mut start, end) in all {
            while let Some((_, from, to)) = open.next_if(|o| o.0 == slot && o.1 < end) {
                change(slot, start, from, true);
                change(slot, from, to, false);
                start = to;
            }
            change(slot, start, end, true);
        }
        for note in notes.into_iter().rev() {
            self.held -= note.old.len();
            if let Some(variable) = self.variables[note.slot].as_mut() {
                let (_, start, end) = note.range();
                Rc::make_mut(&mut variable.bits)[start..end].copy_from_slice(&note.old);
            }
        }
        changes
    }

    /// Whether each branch is taken that was entered since the variable was declared; the outermost first.
    pub(super) fn taken_since(&self, slot: Slot) -> Vec<Bit> {
        let level = self.variables[slot].as_ref().map_or(0, |v| v.level);
        let since = self.branches.iter().skip(level);
        since.map(|branch| branch.taken).collect()
    }

    /// The bits of a variable; none if it is not alive.
    pub(super) fn bits(&self, slot: Slot) -> &[Bit] {
        self.variables[slot].as_ref().map_or(&[], |v| &v.bits)
    }
}

/// The ranges (slot, start, end) that cover the same bits, in order and apart from each other.
fn union(mut ranges: Vec<(Slot, usize, usize)>) -> Vec<(Slot, usize, usize)> {
    ranges.sort_unstable();
    let mut merged: Vec<(Slot, usize, usize)> = vec![];
    for (slot, start, end) in ranges {
        match merged.last_mut() {
            Some(last) if last.0 == slot && start <= last.2 => last.2 = last.2.max(end),
            _ => merged.push((slot, start, end)),
        }
    }
    merged
}

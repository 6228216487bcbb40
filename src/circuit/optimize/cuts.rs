//! Cuts: sets of at most six wires that a wire is a function of.
//!
//! The cuts of a gate are unions of cuts of its operands. Of the many there are, a few are kept per
//! gate (Mishchenko, Cho, Chatterjee and Brayton, "Combinational and sequential mapping with
//! priority cuts", 2007).

use super::super::Bit;
use super::function::{VARIABLE, VARIABLES};

/// A set of nodes (leaves) and the function of a wire in terms of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// In ascending order.
    leaves: [u32; VARIABLES],
    /// A bit for each leaf's index modulo 32, to see soon that a union is too large.
    signature: u32,
    len: u8,
    /// AND gates between the leaves and the wire, those on several paths counted several times.
    pub ands: u8,
    pub table: u64,
}

impl Cut {
    /// The node itself as the only leaf.
    fn trivial(node: usize) -> Cut {
        let mut leaves = [0; VARIABLES];
        leaves[0] = node as u32;
        Cut {
            leaves,
            signature: 1 << (node % 32),
            len: 1,
            ands: 0,
            table: VARIABLE[0],
        }
    }

    /// The cut of the constant 0.
    fn constant() -> Cut {
        Cut {
            leaves: [0; VARIABLES],
            signature: 0,
            len: 0,
            ands: 0,
            table: 0,
        }
    }

    /// The wires of the leaves.
    pub fn leaves(&self) -> impl Iterator<Item = Bit> {
        self.leaves[..usize::from(self.len)]
            .iter()
            .map(|&leaf| Bit::of_node(leaf as usize))
    }

    /// True if all leaves of this cut are leaves of the other.
    fn is_within(&self, other: &Cut) -> bool {
        if self.len > other.len || self.signature & !other.signature != 0 {
            return false;
        }
        let others = &other.leaves[..usize::from(other.len)];
        self.leaves[..usize::from(self.len)]
            .iter()
            .all(|leaf| others.contains(leaf))
    }
}

/// The function with variable i renamed to `places[i]`. The places ascend, and none is below its
/// index.
fn spread(mut table: u64, places: &[u8]) -> u64 {
    for (from, &to) in places.iter().enumerate().rev() {
        let to = usize::from(to);
        if from != to {
            // The function does not depend on `to` yet: exchange the two.
            let distance = (1 << to) - (1 << from);
            let moving = VARIABLE[from] & !VARIABLE[to];
            let exchanged = (table ^ table >> distance) & moving;
            table ^= exchanged | exchanged << distance;
        }
    }
    table
}

/// The cuts of one gate, those with few leaves first.
#[derive(Clone, Debug)]
pub(super) struct Cuts {
    cuts: Vec<Cut>,
    /// The most cuts to keep.
    limit: usize,
}

impl Cuts {
    /// Room for the cuts of a gate, at most `limit`, its own wire not counted.
    pub fn new(limit: usize) -> Cuts {
        Cuts {
            cuts: Vec::with_capacity(limit),
            limit,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Cut> {
        self.cuts.iter()
    }

    /// Fills in the cuts of `a` AND `b` or of `a` XOR `b` from theirs in the store.
    pub fn merge(&mut self, is_and: bool, a: Bit, b: Bit, store: &CutStore) {
        self.cuts.clear();
        let (flip_a, flip_b) = (flip(a), flip(b));
        for left in store.cuts(a) {
            for right in store.cuts(b) {
                let Some((mut cut, left_places, right_places)) = self.union(left, right) else {
                    continue;
                };
                let table = spread(left.table, &left_places[..usize::from(left.len)]) ^ flip_a;
                let other = spread(right.table, &right_places[..usize::from(right.len)]) ^ flip_b;
                cut.table = if is_and { table & other } else { table ^ other };
                cut.ands = left
                    .ands
                    .saturating_add(right.ands)
                    .saturating_add(u8::from(is_and));
                self.insert(cut);
            }
        }
    }

    /// The union of two cuts and the places of their leaves in it; `None` if it is too large or no
    /// better than a cut that is there.
    fn union(&self, left: &Cut, right: &Cut) -> Option<(Cut, [u8; VARIABLES], [u8; VARIABLES])> {
        let signature = left.signature | right.signature;
        let limit = match self.cuts.last() {
            Some(last) if self.cuts.len() == self.limit => usize::from(last.len) - 1,
            _ => VARIABLES,
        };
        if signature.count_ones() as usize > limit {
            return None;
        }
        let mut leaves = [0; VARIABLES];
        let (mut left_places, mut right_places) = ([0u8; VARIABLES], [0u8; VARIABLES]);
        let (mut len, mut i, mut j) = (0, 0, 0);
        while i < usize::from(left.len) || j < usize::from(right.len) {
            if len == limit {
                return None;
            }
            let left_leaf = if i < usize::from(left.len) {
                left.leaves[i]
            } else {
                u32::MAX
            };
            let right_leaf = if j < usize::from(right.len) {
                right.leaves[j]
            } else {
                u32::MAX
            };
            leaves[len] = left_leaf.min(right_leaf);
            if left_leaf <= right_leaf {
                left_places[i] = len as u8;
                i += 1;
            }
            if right_leaf <= left_leaf {
                right_places[j] = len as u8;
                j += 1;
            }
            len += 1;
        }
        let cut = Cut {
            leaves,
            signature,
            len: len as u8,
            ands: 0,
            table: 0,
        };
        let is_needless = self.cuts.iter().any(|kept| kept.is_within(&cut));
        (!is_needless).then_some((cut, left_places, right_places))
    }

    fn insert(&mut self, cut: Cut) {
        self.cuts.retain(|kept| !cut.is_within(kept));
        let place = self.cuts.partition_point(|kept| kept.len <= cut.len);
        self.cuts.truncate(self.limit - 1);
        self.cuts.insert(place, cut);
    }
}

fn flip(bit: Bit) -> u64 {
    if bit.is_complemented() { u64::MAX } else { 0 }
}

/// The cuts of the nodes that gates to come may read, each with its trivial cut.
#[derive(Debug)]
pub(super) struct CutStore {
    /// The slot of each node, or `NO_SLOT`.
    slot_of: Vec<u32>,
    /// `slot_size` cuts for each slot.
    cuts: Vec<Cut>,
    slot_size: usize,
    /// How many of a slot's cuts there are.
    lengths: Vec<u8>,
    free: Vec<u32>,
    constant: [Cut; 1],
}

const NO_SLOT: u32 = u32::MAX;

impl CutStore {
    /// For at most `limit` cuts per node.
    pub fn new(limit: usize) -> CutStore {
        CutStore {
            slot_of: Vec::new(),
            cuts: Vec::new(),
            slot_size: limit + 1,
            lengths: Vec::new(),
            free: Vec::new(),
            constant: [Cut::constant()],
        }
    }

    /// The cuts of a node in terms of which others are computed.
    fn cuts(&self, bit: Bit) -> &[Cut] {
        match self.slot_of.get(bit.node()) {
            Some(&slot) if slot != NO_SLOT => {
                let start = slot as usize * self.slot_size;
                &self.cuts[start..start + usize::from(self.lengths[slot as usize])]
            }
            _ => {
                debug_assert_eq!(bit.node(), 0, "nodes that are read have cuts");
                &self.constant
            }
        }
    }

    /// Makes sure that a node has cuts: at least the trivial one.
    pub fn ensure(&mut self, node: usize) {
        if node != 0 && self.slot_of.get(node).is_none_or(|&slot| slot == NO_SLOT) {
            self.remember(node, &Cuts::new(0), false);
        }
    }

    /// Sets the cuts of a node that has none. `complement`: they are those of the complemented
    /// wire.
    pub fn remember(&mut self, node: usize, cuts: &Cuts, complement: bool) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.cuts
                .resize(self.cuts.len() + self.slot_size, Cut::constant());
            self.lengths.push(0);
            self.lengths.len() as u32 - 1
        });
        if self.slot_of.len() <= node {
            self.slot_of.resize(node + 1, NO_SLOT);
        }
        self.slot_of[node] = slot;
        let start = slot as usize * self.slot_size;
        self.cuts[start] = Cut::trivial(node);
        for (place, cut) in self.cuts[start + 1..start + self.slot_size]
            .iter_mut()
            .zip(cuts.iter())
        {
            *place = *cut;
            place.table ^= if complement { u64::MAX } else { 0 };
        }
        self.lengths[slot as usize] = 1 + cuts.cuts.len() as u8;
    }

    pub fn has(&self, node: usize) -> bool {
        self.slot_of.get(node).is_some_and(|&slot| slot != NO_SLOT)
    }

    /// Forgets the cuts of a node.
    pub fn forget(&mut self, node: usize) {
        if self.has(node) {
            self.free.push(self.slot_of[node]);
            self.slot_of[node] = NO_SLOT;
        }
    }
}

//! The network that a pass writes: gates that are found again modulo everything linear, and how
//! often each is used.
//!
//! XOR gates are free, so a wire is here a sum of *basic* wires (inputs and AND gates) and a
//! constant. Two wires with one sum are one wire, however the sum was put together. Of two sums
//! there is one AND gate for all the products that differ from theirs by a linear function only:
//! the product of any two of a, b and a + b, complemented or not.
//!
//! Sums can be long, so they are compared by a fingerprint, the XOR of their terms' numbers. As
//! someone could choose a program such that fingerprints collide, a find is checked term by term,
//! and given up beyond a bound: then there are two gates where one would do, which is right too.

use super::super::graph::{and_gate, xor_gate};
use super::super::{Bit, Gate};

/// Terms looked at to prove two sums equal.
const PROOF_STEPS: usize = 256;

#[derive(Debug)]
pub(super) struct Net {
    nodes: Vec<Gate>,
    /// Fingerprint of each node's sum.
    prints: Vec<u64>,
    /// Uses of each node by nodes that are in use themselves, or held.
    uses: Vec<u32>,
    sums: Table,
    products: Table,
    /// AND gates in use.
    and_gates: usize,
    /// Work list of `hold` and `release`.
    stack: Vec<usize>,
}

impl Net {
    /// A network of inputs only.
    pub fn new(inputs: usize, expected_nodes: usize) -> Net {
        let mut net = Net {
            nodes: Vec::with_capacity(expected_nodes),
            prints: Vec::with_capacity(expected_nodes),
            uses: Vec::with_capacity(expected_nodes),
            sums: Table::new(expected_nodes),
            products: Table::new(expected_nodes / 2),
            and_gates: 0,
            stack: Vec::new(),
        };
        net.nodes.push(Gate::Constant);
        net.prints.push(0);
        net.uses.push(0);
        for _ in 0..inputs {
            net.push(Gate::Input, fingerprint(net.nodes.len()));
        }
        net
    }

    pub fn into_nodes(self) -> Vec<Gate> {
        self.nodes
    }

    /// AND gates that are in use.
    pub fn and_gates(&self) -> usize {
        self.and_gates
    }

    pub fn xor(&mut self, a: Bit, b: Bit) -> Bit {
        let complement = a.is_complemented() ^ b.is_complemented();
        let (a, b) = (a.plain(), b.plain());
        if a == b {
            return Bit::from(complement);
        }
        if a == Bit::FALSE || b == Bit::FALSE {
            return Bit(a.0 | b.0).complement_if(complement);
        }
        let print = self.prints[a.node()] ^ self.prints[b.node()];
        let gate = xor_gate(a, b);
        let found = self.sums.find(print, |node| self.prints[node] == print);
        match found {
            Some(node) if self.nodes[node] == gate || self.is_zero(&[Bit::of_node(node), a, b]) => {
                Bit::of_node(node)
            }
            None if print == 0 && self.is_zero(&[a, b]) => Bit::FALSE,
            _ => self.push(gate, print),
        }
        .complement_if(complement)
    }

    pub fn and(&mut self, a: Bit, b: Bit) -> Bit {
        if a == Bit::FALSE || b == Bit::FALSE || a == !b {
            return Bit::FALSE;
        }
        if a == Bit::TRUE || a == b {
            return b;
        }
        if b == Bit::TRUE {
            return a;
        }
        if let Some(bit) = self.absorb(a, b).or_else(|| self.absorb(b, a)) {
            return bit;
        }
        let plane = self.plane(a, b);
        let found = self.products.find(
            plane_key(plane),
            |node| matches!(self.nodes[node], Gate::And(x, y) if self.plane(x, y) == plane),
        );
        if let Some(product) = found.and_then(|node| self.product_from(node, a, b)) {
            return product;
        }
        self.push(and_gate(a, b), fingerprint(self.nodes.len()))
    }

    pub fn gate(&self, node: usize) -> Gate {
        self.nodes[node]
    }

    pub fn is_used(&self, bit: Bit) -> bool {
        self.uses[bit.node()] > 0
    }

    /// Marks a wire as used `times` more.
    pub fn hold(&mut self, bit: Bit, times: u32) {
        let node = bit.node();
        let unused = self.uses[node] == 0 && times > 0;
        self.uses[node] += times;
        if !unused {
            return;
        }
        self.stack.push(node);
        while let Some(node) = self.stack.pop() {
            let (Gate::Xor(a, b) | Gate::And(a, b)) = self.nodes[node] else {
                continue;
            };
            self.and_gates += usize::from(matches!(self.nodes[node], Gate::And(..)));
            for operand in [a.node(), b.node()] {
                self.uses[operand] += 1;
                if self.uses[operand] == 1 {
                    self.stack.push(operand);
                }
            }
        }
    }

    /// Takes back one use of a wire.
    pub fn release(&mut self, bit: Bit) {
        self.stack.push(bit.node());
        while let Some(node) = self.stack.pop() {
            self.uses[node] -= 1;
            if self.uses[node] > 0 {
                continue;
            }
            if let Gate::Xor(a, b) | Gate::And(a, b) = self.nodes[node] {
                self.and_gates -= usize::from(matches!(self.nodes[node], Gate::And(..)));
                self.stack.extend([a.node(), b.node()]);
            }
        }
    }

    /// The number of nodes, for [`Net::truncate`].
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Removes the nodes made since the network had `len` nodes. None of them may be in use.
    pub fn truncate(&mut self, len: usize) {
        while self.nodes.len() > len {
            let node = self.nodes.len() - 1;
            debug_assert_eq!(self.uses[node], 0);
            self.sums.remove_newest(self.prints[node], node);
            if let Gate::And(a, b) = self.nodes[node] {
                let plane = self.plane(a, b);
                self.products.remove_newest(plane_key(plane), node);
            }
            self.nodes.pop();
            self.prints.pop();
            self.uses.pop();
        }
    }

    fn push(&mut self, gate: Gate, print: u64) -> Bit {
        let node = self.nodes.len();
        self.nodes.push(gate);
        self.prints.push(print);
        self.uses.push(0);
        self.sums.insert(print, node);
        if let Gate::And(a, b) = gate {
            let plane = self.plane(a, b);
            self.products.insert(plane_key(plane), node);
        }
        Bit::of_node(node)
    }

    /// The fingerprints of a, b and a + b without the largest: the same for any two of the three.
    fn plane(&self, a: Bit, b: Bit) -> (u64, u64) {
        let (a, b) = (self.prints[a.node()], self.prints[b.node()]);
        let mut prints = [a, b, a ^ b];
        prints.sort_unstable();
        (prints[0], prints[1])
    }

    /// A simpler form of `a` & `b` where the gate of `b` has `a` as an operand.
    fn absorb(&mut self, a: Bit, b: Bit) -> Option<Bit> {
        match self.nodes[b.node()] {
            Gate::Xor(x, y) if x == a.plain() || y == a.plain() => {
                let rest = if x == a.plain() { y } else { x };
                let rest = rest.complement_if(!a.is_complemented() ^ b.is_complemented());
                Some(self.and(a, rest))
            }
            Gate::And(x, y) if x.node() == a.node() || y.node() == a.node() => {
                let (same, other) = if x.node() == a.node() {
                    (x == a, y)
                } else {
                    (y == a, x)
                };
                Some(match (same, b.is_complemented()) {
                    (true, false) => b,
                    (true, true) => self.and(a, !other),
                    (false, false) => Bit::FALSE,
                    (false, true) => a,
                })
            }
            _ => None,
        }
    }

    /// `a` & `b` from the AND gate `node`, whose operands span the same plane if the fingerprints
    /// tell the truth.
    fn product_from(&mut self, node: usize, a: Bit, b: Bit) -> Option<Bit> {
        let Gate::And(x, y) = self.nodes[node] else {
            return None;
        };
        let (of_a, of_b) = (self.in_plane(a, x, y)?, self.in_plane(b, x, y)?);
        if of_a.0 & of_b.1 == of_a.1 & of_b.0 {
            return None;
        }
        // a = a0 x + a1 y + a2 and b likewise; x² = x, y² = y, and a0 b1 + a1 b0 = 1.
        let ((a0, a1, a2), (b0, b1, b2)) = (of_a, of_b);
        let mut product = Bit::of_node(node).complement_if(a2 & b2);
        for (with, term) in [
            (a0 & b0 ^ a2 & b0 ^ b2 & a0, x),
            (a1 & b1 ^ a2 & b1 ^ b2 & a1, y),
        ] {
            if with {
                product = self.xor(product, term);
            }
        }
        Some(product)
    }

    /// `bit` as a sum of `x`, `y` and a constant.
    fn in_plane(&self, bit: Bit, x: Bit, y: Bit) -> Option<(bool, bool, bool)> {
        let print = |bit: Bit| self.prints[bit.node()];
        let (with_x, with_y) = match print(bit) {
            sum if sum == print(x) => (true, false),
            sum if sum == print(y) => (false, true),
            sum if sum == print(x) ^ print(y) => (true, true),
            _ => return None,
        };
        let mut terms = vec![bit];
        terms.extend(
            [(with_x, x), (with_y, y)]
                .iter()
                .filter(|(with, _)| *with)
                .map(|&(_, term)| term),
        );
        let constant = terms
            .iter()
            .fold(false, |sum, term| sum ^ term.is_complemented());
        self.is_zero(&terms).then_some((with_x, with_y, constant))
    }

    /// Proves that the sum of the nodes of these wires is 0 (complements aside).
    fn is_zero(&self, wires: &[Bit]) -> bool {
        if let [a, b] = wires
            && a.node() == b.node()
        {
            return true;
        }
        // Terms in ascending order, each once. The last one is replaced by its operands until
        // nothing is left.
        let mut terms: Vec<usize> = Vec::with_capacity(16);
        let toggle = |terms: &mut Vec<usize>, node: usize| match terms.binary_search(&node) {
            Ok(place) => {
                terms.remove(place);
            }
            Err(place) => terms.insert(place, node),
        };
        wires
            .iter()
            .for_each(|wire| toggle(&mut terms, wire.node()));
        for _ in 0..PROOF_STEPS {
            let Some(last) = terms.pop() else {
                return true;
            };
            match self.nodes[last] {
                Gate::Xor(a, b) => {
                    toggle(&mut terms, a.node());
                    toggle(&mut terms, b.node());
                }
                Gate::Constant => {}
                Gate::Input | Gate::And(..) => return false,
            }
        }
        false
    }
}

/// A key for a plane. The two fingerprints must not simply be added: many planes share their sum.
fn plane_key((one, other): (u64, u64)) -> u64 {
    let mixed = one.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ other;
    mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// A number for a basic node (SplitMix64's output function).
fn fingerprint(node: usize) -> u64 {
    let z = (node as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// An open hash table of node indices; the keys are computed from the nodes. Nodes leave in the
/// reverse order of their coming.
#[derive(Debug)]
struct Table {
    /// Key and node; node 0, which is never in the table, marks an empty slot. The length is a
    /// power of two.
    slots: Vec<(u32, u32)>,
    len: usize,
}

impl Table {
    fn new(expected: usize) -> Table {
        Table {
            slots: vec![(0, 0); (expected * 2).next_power_of_two().max(64)],
            len: 0,
        }
    }

    /// The first node with the key that `is_wanted`.
    fn find(&self, key: u64, is_wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let tag = tag(key);
        let mut slot = tag as usize & mask;
        while self.slots[slot].1 != 0 {
            let (found, node) = self.slots[slot];
            if found == tag && is_wanted(node as usize) {
                return Some(node as usize);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    fn insert(&mut self, key: u64, node: usize) {
        if self.len * 3 >= self.slots.len() * 2 {
            let mut old = std::mem::take(&mut self.slots);
            self.slots = vec![(0, 0); old.len() * 2];
            // In the order of their coming, so that the newest can leave again.
            old.retain(|&(_, node)| node != 0);
            old.sort_unstable_by_key(|&(_, node)| node);
            for (tag, node) in old {
                self.place(tag, node);
            }
        }
        self.place(tag(key), node as u32);
        self.len += 1;
    }

    fn place(&mut self, tag: u32, node: u32) {
        let mask = self.slots.len() - 1;
        let mut slot = tag as usize & mask;
        while self.slots[slot].1 != 0 {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = (tag, node);
    }

    /// Removes the node that came last. No other node's place depends on it.
    fn remove_newest(&mut self, key: u64, node: usize) {
        let mask = self.slots.len() - 1;
        let mut slot = tag(key) as usize & mask;
        while self.slots[slot].1 as usize != node {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = (0, 0);
        self.len -= 1;
    }
}

fn tag(key: u64) -> u32 {
    (key ^ key >> 32) as u32
}

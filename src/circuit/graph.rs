//! The graph under construction: each gate that is asked for is folded, found, or added.

use super::{Bit, Circuit, Gate};

/// More nodes than this do not fit a [`Bit`].
const MAX_NODES: usize = 1 << 31;

/// An XOR-AND graph with complemented edges. Its input bits belong to parties.
///
/// [`Graph::xor`] and [`Graph::and`] add a gate only if no rule makes it needless: constants and
/// equal or complementary operands fold, an operand that the other one contains is cancelled or
/// absorbed, and a gate that exists already is used again. Of two nodes there is at most one AND
/// gate: with operands complemented otherwise, the product differs by XOR gates only.
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Gate>,
    /// Node and party of each input bit.
    inputs: Vec<(usize, usize)>,
    and_gates: usize,
    table: Table,
    full: bool,
}

impl Default for Graph {
    fn default() -> Self {
        Graph::new()
    }
}

impl Graph {
    /// A graph without inputs and gates.
    pub fn new() -> Self {
        Graph {
            nodes: vec![Gate::Constant],
            inputs: Vec::new(),
            and_gates: 0,
            table: Table::new(),
            full: false,
        }
    }

    /// Adds the next input bit of `party`.
    pub fn input(&mut self, party: usize) -> Bit {
        let bit = self.push(Gate::Input);
        if !self.full {
            self.inputs.push((bit.node(), party));
        }
        bit
    }

    /// `a` XOR `b`.
    pub fn xor(&mut self, a: Bit, b: Bit) -> Bit {
        let complement = a.is_complemented() ^ b.is_complemented();
        let (mut a, mut b) = (a.plain(), b.plain());
        // (x ^ y) ^ (x ^ z) = y ^ z, again and again: a loop, for such chains can be long.
        while let Some((x, y)) = self.without_common_operand(a, b) {
            (a, b) = (x, y);
        }
        let (a, b) = ordered(a, b);
        if a == b {
            return Bit::from(complement);
        }
        if a == Bit::FALSE {
            return b.complement_if(complement);
        }
        if let Some(rest) = self.cancel(b, a).or_else(|| self.cancel(a, b)) {
            return rest.complement_if(complement);
        }
        self.find_or_push(Gate::Xor(a, b)).complement_if(complement)
    }

    /// `a` AND `b`.
    pub fn and(&mut self, a: Bit, b: Bit) -> Bit {
        let (a, b) = ordered(a, b);
        if a == Bit::FALSE || a == !b {
            return Bit::FALSE;
        }
        if a == Bit::TRUE || a == b {
            return b;
        }
        if let Some(bit) = self.absorb(a, b).or_else(|| self.absorb(b, a)) {
            return bit;
        }
        match self.find(Gate::And(a, b)) {
            Some(node) => self.product_from(node, a, b),
            None => {
                let bit = self.push(Gate::And(a, b));
                if !self.full {
                    self.and_gates += 1;
                    self.table.insert(bit.node(), &self.nodes);
                }
                bit
            }
        }
    }

    /// `a` OR `b`: one AND gate.
    pub fn or(&mut self, a: Bit, b: Bit) -> Bit {
        !self.and(!a, !b)
    }

    /// `then` if `sel` is 1, else `other`: one AND gate.
    pub fn mux(&mut self, sel: Bit, then: Bit, other: Bit) -> Bit {
        if let Some(sel) = sel.constant() {
            return if sel { then } else { other };
        }
        let difference = self.xor(then, other);
        let change = self.and(sel, difference);
        self.xor(change, other)
    }

    /// `a` OR `b` OR ... of all `bits`: one AND gate less than there are bits.
    pub fn or_all(&mut self, bits: &[Bit]) -> Bit {
        // From the last one on, so that tests of a word share its high bits with each other, with
        // multiplication and with division.
        bits.iter()
            .rev()
            .fold(Bit::FALSE, |any, &bit| self.or(any, bit))
    }

    /// `a` AND `b` AND ... of all `bits`: one AND gate less than there are bits.
    pub fn and_all(&mut self, bits: &[Bit]) -> Bit {
        bits.iter()
            .rev()
            .fold(Bit::TRUE, |all, &bit| self.and(all, bit))
    }

    /// The number of AND gates made so far, dead ones included.
    pub fn and_gates(&self) -> usize {
        self.and_gates
    }

    /// The number of nodes made so far: the constant, inputs and gates, dead ones included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True if there is neither an input nor a gate.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// True if the graph took no more nodes at some point (at 2^31): then it is worthless. Callers
    /// bound [`Graph::len`] long before.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The finished circuit with these outputs, without the gates that no output needs.
    ///
    /// `input_bits` says how many input bits each party has. Bits that were never asked for are
    /// added as inputs that nothing depends on; if more were asked for than `input_bits` says, or
    /// by further parties, those count.
    pub fn finish(self, input_bits: &[usize], outputs: &[Bit]) -> Circuit {
        let mut counts = input_bits.to_vec();
        let mut asked = vec![0; counts.len()];
        for &(_, party) in &self.inputs {
            if party >= counts.len() {
                counts.resize(party + 1, 0);
                asked.resize(party + 1, 0);
            }
            asked[party] += 1;
        }
        for (count, &asked) in counts.iter_mut().zip(&asked) {
            *count = asked.max(*count);
        }

        let mut next: Vec<usize> = Vec::with_capacity(counts.len());
        let mut total = 1;
        for &count in &counts {
            next.push(total);
            total += count;
        }
        let mut new_index = vec![0u32; self.nodes.len()];
        for &(node, party) in &self.inputs {
            new_index[node] = next[party] as u32;
            next[party] += 1;
        }
        let mut nodes = vec![Gate::Input; total];
        nodes[0] = Gate::Constant;
        for (node, &gate) in self.nodes.iter().enumerate() {
            let moved = |bit: Bit| Bit(new_index[bit.node()] << 1 | bit.0 & 1);
            let gate = match gate {
                // The order of operands follows from the new indices.
                Gate::Xor(a, b) => xor_gate(moved(a), moved(b)),
                Gate::And(a, b) => and_gate(moved(a), moved(b)),
                Gate::Constant | Gate::Input => continue,
            };
            new_index[node] = nodes.len() as u32;
            nodes.push(gate);
        }
        let outputs = outputs
            .iter()
            .map(|bit| Bit(new_index[bit.node()] << 1 | bit.0 & 1))
            .collect();
        Circuit {
            input_bits: counts,
            nodes,
            outputs,
        }
        .without_dead_gates()
    }

    fn gate(&self, bit: Bit) -> Gate {
        self.nodes[bit.node()]
    }

    /// If `a` = x ^ y and `b` = x ^ z, the wires y and z.
    fn without_common_operand(&self, a: Bit, b: Bit) -> Option<(Bit, Bit)> {
        let (Gate::Xor(p, q), Gate::Xor(r, s)) = (self.gate(a), self.gate(b)) else {
            return None;
        };
        match () {
            () if p == r => Some((q, s)),
            () if p == s => Some((q, r)),
            () if q == r => Some((p, s)),
            () if q == s => Some((p, r)),
            () => None,
        }
    }

    /// If the node of `sum` is `part` ^ y, the wire y.
    fn cancel(&self, sum: Bit, part: Bit) -> Option<Bit> {
        match self.gate(sum) {
            Gate::Xor(x, y) if x == part => Some(y),
            Gate::Xor(x, y) if y == part => Some(x),
            _ => None,
        }
    }

    /// A simpler form of `a` & `b` where the gate of `b` has `a` as an operand.
    fn absorb(&mut self, a: Bit, b: Bit) -> Option<Bit> {
        if let Some(rest) = self.cancel(b.plain(), a.plain()) {
            // Where a is 1, its node is 1 ^ (a is complemented).
            let rest = rest.complement_if(!a.is_complemented() ^ b.is_complemented());
            return Some(self.and(a, rest));
        }
        let Gate::And(x, y) = self.gate(b) else {
            return None;
        };
        let other = match () {
            () if x.node() == a.node() => (x == a, y),
            () if y.node() == a.node() => (y == a, x),
            () => return None,
        };
        Some(match (other, b.is_complemented()) {
            ((true, _), false) => b,
            ((true, other), true) => self.and(a, !other),
            ((false, _), false) => Bit::FALSE,
            ((false, _), true) => a,
        })
    }

    /// `a` & `b` from the AND gate `node` of the same two nodes, complemented in whatever way.
    fn product_from(&mut self, node: usize, a: Bit, b: Bit) -> Bit {
        let Gate::And(x, y) = self.nodes[node] else {
            return Bit::FALSE;
        };
        // a = x ^ dx and b = y ^ dy, so ab = xy ^ dx y ^ dy x ^ dx dy.
        let (dx, dy) = (a != x, b != y);
        let mut product = Bit::of_node(node).complement_if(dx && dy);
        if dx {
            product = self.xor(product, y);
        }
        if dy {
            product = self.xor(product, x);
        }
        product
    }

    fn find(&self, gate: Gate) -> Option<usize> {
        self.table.find(gate, &self.nodes)
    }

    fn find_or_push(&mut self, gate: Gate) -> Bit {
        if let Some(node) = self.find(gate) {
            return Bit::of_node(node);
        }
        let bit = self.push(gate);
        if !self.full {
            self.table.insert(bit.node(), &self.nodes);
        }
        bit
    }

    fn push(&mut self, gate: Gate) -> Bit {
        if self.nodes.len() >= MAX_NODES {
            self.full = true;
        }
        if self.full {
            return Bit::FALSE;
        }
        self.nodes.push(gate);
        Bit::of_node(self.nodes.len() - 1)
    }
}

fn ordered(a: Bit, b: Bit) -> (Bit, Bit) {
    if a <= b { (a, b) } else { (b, a) }
}

/// The XOR gate of two uncomplemented wires.
pub(super) fn xor_gate(a: Bit, b: Bit) -> Gate {
    let (a, b) = ordered(a, b);
    Gate::Xor(a, b)
}

/// The AND gate of two wires of different nodes.
pub(super) fn and_gate(a: Bit, b: Bit) -> Gate {
    let (a, b) = ordered(a, b);
    Gate::And(a, b)
}

/// An open hash table of node indices, keyed by the nodes' gates. An AND gate is keyed by its
/// operands' nodes without their complements. The standard map would hold every key twice.
#[derive(Clone, Debug)]
struct Table {
    /// Node indices; 0, which is never in the table, is an empty slot. The length is a power of
    /// two.
    slots: Vec<u32>,
    len: usize,
}

impl Table {
    fn new() -> Self {
        Table {
            slots: vec![0; 64],
            len: 0,
        }
    }

    fn find(&self, gate: Gate, nodes: &[Gate]) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let key = key(gate);
        let mut slot = hash(key) as usize & mask;
        while self.slots[slot] != 0 {
            let node = self.slots[slot] as usize;
            if self::key(nodes[node]) == key {
                return Some(node);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    /// Inserts a node whose gate is not in the table.
    fn insert(&mut self, node: usize, nodes: &[Gate]) {
        if self.len * 3 >= self.slots.len() * 2 {
            let old = std::mem::take(&mut self.slots);
            self.slots = vec![0; old.len() * 2];
            for node in old.into_iter().filter(|&node| node != 0) {
                self.place(node as usize, nodes);
            }
        }
        self.place(node, nodes);
        self.len += 1;
    }

    fn place(&mut self, node: usize, nodes: &[Gate]) {
        let mask = self.slots.len() - 1;
        let mut slot = hash(key(nodes[node])) as usize & mask;
        while self.slots[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = node as u32;
    }
}

/// Two gates with one key have the same value, or (AND) values that differ by XOR gates only.
fn key(gate: Gate) -> (u32, u32) {
    match gate {
        Gate::Constant | Gate::Input => (0, 0),
        Gate::Xor(a, b) => (a.0 | 1, b.0),
        Gate::And(a, b) => (a.plain().0, b.plain().0),
    }
}

fn hash((a, b): (u32, u32)) -> u64 {
    let mixed = (u64::from(a) << 32 | u64::from(b)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32
}

//! One pass of rewriting.
//!
//! The circuit is copied gate by gate to a new network. For each gate there are candidates: the
//! gate itself on the copies of its operands, and a recipe for each of its cuts. A candidate's cost
//! is the number of AND gates that come into use with it, given everything that is in use already
//! and that the operands lose a user; so gates that only this one needed count for the candidates
//! without them, and gates that are there for another reason cost nothing. The cheapest wins, the
//! earliest of equals. As the gate itself is among the candidates and nothing else changes, a pass
//! never adds AND gates. The new network only grows, from operands to results, so no cycle can come
//! about.

use super::super::graph::{and_gate, xor_gate};
use super::super::{Bit, Circuit, Gate};
use super::cuts::{Cut, CutStore, Cuts};
use super::net::Net;
use super::recipe::{FIRST_STEP, Form, ONE, Recipe};
use super::synthesis::Synthesis;

/// The circuit rewritten once, with at most `kept_cuts` cuts per gate.
pub(super) fn rewrite(circuit: &Circuit, kept_cuts: usize, synthesis: &mut Synthesis) -> Circuit {
    let first_gate = circuit.first_gate();
    let mut readers = vec![0u32; circuit.nodes.len()];
    for gate in &circuit.nodes {
        if let Gate::Xor(a, b) | Gate::And(a, b) = gate {
            readers[a.node()] += 1;
            readers[b.node()] += 1;
        }
    }
    for output in &circuit.outputs {
        readers[output.node()] += 1;
    }
    let mut pass = Pass {
        net: Net::new(first_gate - 1, circuit.nodes.len()),
        store: CutStore::new(kept_cuts),
        cuts: Cuts::new(kept_cuts),
        synthesis,
        to_read: Vec::new(),
        held: Vec::new(),
    };
    let mut copy: Vec<Bit> = Vec::with_capacity(circuit.nodes.len());
    for (node, &readers) in readers[..first_gate].iter().enumerate() {
        copy.push(Bit::of_node(node));
        pass.add_readers(Bit::of_node(node), readers);
    }
    for (node, gate) in circuit.nodes.iter().enumerate().skip(first_gate) {
        let wire = |bit: Bit| copy[bit.node()].complement_if(bit.is_complemented());
        let bit = match *gate {
            Gate::Xor(a, b) => pass.rewrite(false, wire(a), wire(b)),
            Gate::And(a, b) => pass.rewrite(true, wire(a), wire(b)),
            Gate::Constant | Gate::Input => continue,
        };
        pass.add_readers(bit, readers[node]);
        pass.net.release(bit);
        copy.push(bit);
    }
    let outputs = circuit
        .outputs
        .iter()
        .map(|bit| copy[bit.node()].complement_if(bit.is_complemented()));
    let outputs = outputs.collect();
    Circuit {
        input_bits: circuit.input_bits.clone(),
        nodes: pass.net.into_nodes(),
        outputs,
    }
    .without_dead_gates()
}

struct Pass<'a> {
    net: Net,
    store: CutStore,
    /// Cuts of the gate that is being copied.
    cuts: Cuts,
    synthesis: &'a mut Synthesis,
    /// For each node of the network: readers of it that are still to be copied. While there are any
    /// its cuts are kept.
    to_read: Vec<u32>,
    /// Leaves held while a candidate is tried.
    held: Vec<Bit>,
}

impl Pass<'_> {
    /// Notes that gates or outputs to come read a wire.
    fn add_readers(&mut self, bit: Bit, readers: u32) {
        let node = bit.node();
        if self.to_read.len() <= node {
            self.to_read.resize(node + 1, 0);
        }
        self.to_read[node] += readers;
        self.net.hold(bit, readers);
        self.store.ensure(node);
    }

    /// Forgets the cuts of a wire's node if this was its last reader.
    fn was_read(&mut self, bit: Bit) {
        let node = bit.node();
        self.to_read[node] -= 1;
        if self.to_read[node] == 0 {
            self.store.forget(node);
        }
    }

    /// The copy of a gate, held once; its operands lose a reader.
    fn rewrite(&mut self, is_and: bool, a: Bit, b: Bit) -> Bit {
        let mut cuts = std::mem::replace(&mut self.cuts, Cuts::new(0));
        cuts.merge(is_and, a, b, &self.store);
        let start = self.net.len();
        let itself = if is_and {
            self.net.and(a, b)
        } else {
            self.net.xor(a, b)
        };
        self.net.hold(itself, 1);
        self.net.release(a);
        self.net.release(b);
        let bit = self.best(itself, &cuts);
        self.note_cuts((is_and, a, b), bit, &mut cuts, start);
        self.cuts = cuts;
        self.was_read(a);
        self.was_read(b);
        bit
    }

    /// The best wire to take instead of `itself`, which is held once; the result is held instead.
    fn best(&mut self, itself: Bit, cuts: &Cuts) -> Bit {
        let len = self.net.len();
        let mut best: Option<(usize, &Cut, usize)> = None;
        for cut in cuts.iter() {
            // One AND is found by its operands, however they were put together.
            if cut.ands < 2 {
                continue;
            }
            let Some((recipe, ands)) = self.synthesis.recipe(cut.table, usize::from(cut.ands))
            else {
                continue;
            };
            let before = self.net.and_gates();
            self.hold_leaves(cut);
            self.net.release(itself);
            // A recipe with as many ANDs as go out of use is worth a try: some of its own may be
            // there.
            let freed = before - self.net.and_gates();
            if freed > 0 && ands <= freed {
                let bit = follow(&mut self.net, self.synthesis.known_recipe(recipe), cut);
                self.net.hold(bit, 1);
                let gain = before.saturating_sub(self.net.and_gates());
                if gain > best.map_or(0, |(gain, ..)| gain) {
                    best = Some((gain, cut, recipe));
                }
                self.net.release(bit);
                self.net.truncate(len);
            }
            self.net.hold(itself, 1);
            self.release_leaves();
        }
        let Some((_, cut, recipe)) = best else {
            return itself;
        };
        let bit = follow(&mut self.net, self.synthesis.known_recipe(recipe), cut);
        self.net.hold(bit, 1);
        self.net.release(itself);
        bit
    }

    /// What lies below the leaves stays in use while a candidate is tried. That bounds the work,
    /// and what is found to be needless.
    fn hold_leaves(&mut self, cut: &Cut) {
        self.held.clear();
        for leaf in cut.leaves() {
            if self.net.is_used(leaf) {
                self.net.hold(leaf, 1);
                self.held.push(leaf);
            }
        }
    }

    fn release_leaves(&mut self) {
        for leaf in self.held.drain(..) {
            self.net.release(leaf);
        }
    }

    /// Computes the cuts of the nodes from `start` on. Those of the gate itself are at hand.
    fn note_cuts(&mut self, gate: (bool, Bit, Bit), bit: Bit, cuts: &mut Cuts, start: usize) {
        let (is_and, a, b) = gate;
        let expected = if is_and {
            and_gate(a, b)
        } else {
            xor_gate(a.plain(), b.plain())
        };
        if self.net.len() == start + 1 && self.net.gate(start) == expected {
            let complement = !is_and && a.is_complemented() != b.is_complemented();
            self.store.remember(start, cuts, complement);
            return;
        }
        let mut temporary: Vec<usize> = Vec::new();
        for node in start..self.net.len() {
            let (is_and, x, y) = match self.net.gate(node) {
                Gate::Xor(x, y) => (false, x, y),
                Gate::And(x, y) => (true, x, y),
                Gate::Constant | Gate::Input => continue,
            };
            for operand in [x.node(), y.node()] {
                if !self.store.has(operand) {
                    self.store.ensure(operand);
                    temporary.push(operand);
                }
            }
            cuts.merge(is_and, x, y, &self.store);
            self.store.remember(node, cuts, false);
            if node != bit.node() {
                temporary.push(node);
            }
        }
        for node in temporary {
            if self.to_read.get(node).is_none_or(|&readers| readers == 0) {
                self.store.forget(node);
            }
        }
    }
}

/// Builds what a recipe says.
fn follow(net: &mut Net, recipe: &Recipe, cut: &Cut) -> Bit {
    let leaves: Vec<Bit> = cut.leaves().collect();
    let leaves = leaves.as_slice();
    let mut steps: Vec<Bit> = Vec::with_capacity(recipe.steps.len());
    for &(a, b) in &recipe.steps {
        let (a, b) = (sum(net, a, leaves, &steps), sum(net, b, leaves, &steps));
        let product = net.and(a, b);
        steps.push(product);
    }
    sum(net, recipe.output, leaves, &steps)
}

fn sum(net: &mut Net, form: Form, leaves: &[Bit], steps: &[Bit]) -> Bit {
    let constant = Bit::from(form & ONE != 0);
    let inputs = leaves.iter().enumerate().map(|(input, &bit)| (input, bit));
    let steps = steps
        .iter()
        .enumerate()
        .map(|(step, &bit)| (FIRST_STEP + step, bit));
    let terms = inputs
        .chain(steps)
        .filter(|(term, _)| form >> term & 1 == 1);
    terms.fold(constant, |sum, (_, bit)| net.xor(sum, bit))
}

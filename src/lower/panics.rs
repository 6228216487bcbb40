//! Panics as wires: one running wire that says "no panic so far", one AND gate per check.
//!
//! `live` is 1 as long as the program has reached this point without a panic. A check with condition `f` fires
//! if `live & f`, and takes that away from `live`. At most one check fires, the first in program order, so the
//! bits of its number are XORs of fired wires, and XOR is free. A branch starts with `live & condition`
//! (nothing in it fires if it is not taken), and when it ends, what it took away is taken from the outer `live`. The
//! gate at its start is made only if the branch holds a check. A condition that was checked on the way here is not
//! checked again: had it been 1, `live` would be 0.

use std::collections::{HashMap, HashSet};

use garble_lang::circuit::PanicReason;

use super::ir::Site;
use crate::circuit::{Bit, Graph};

/// The checks of a program under construction.
pub(super) struct Panics {
    /// Reason and site of each place, in the order of the places' numbers.
    places: Vec<(PanicReason, Site)>,
    numbers: HashMap<(PanicReason, Site), usize>,
    /// For each place, whether it was the first to panic.
    fired: Vec<Bit>,
    /// The whole program, then the branches that are open, the innermost last.
    scopes: Vec<Scope>,
}

/// The program or a branch of it.
struct Scope {
    /// Conditions of the arms that stand before this one, and this one's own (none: all else).
    earlier: Vec<Bit>,
    own: Option<Bit>,
    /// `live` at the start and now, once the first check was met.
    wires: Option<(Bit, Bit)>,
    /// Conditions checked in this scope.
    checked: HashSet<Bit>,
    /// The place of the last check and `live` before the run of checks at that place.
    run: Option<(usize, Bit)>,
}

impl Scope {
    fn new(earlier: Vec<Bit>, own: Option<Bit>) -> Self {
        Scope {
            earlier,
            own,
            wires: None,
            checked: HashSet::new(),
            run: None,
        }
    }
}

impl Panics {
    pub(super) fn new() -> Self {
        let mut program = Scope::new(vec![], None);
        program.wires = Some((Bit::TRUE, Bit::TRUE));
        Panics {
            places: vec![],
            numbers: HashMap::new(),
            fired: vec![],
            scopes: vec![program],
        }
    }

    /// The program panics here if the flag is 1 and it has got here.
    pub(super) fn check(&mut self, graph: &mut Graph, flag: Bit, reason: PanicReason, site: Site) {
        if flag == Bit::FALSE || self.scopes.iter().any(|s| s.checked.contains(&flag)) {
            return;
        }
        let live = self.open(graph);
        if live == Bit::FALSE {
            return;
        }
        let next = self.places.len();
        let place = *self
            .numbers
            .entry((reason.clone(), site))
            .or_insert_with(|| {
                self.places.push((reason, site));
                self.fired.push(Bit::FALSE);
                next
            });
        let after = graph.and(live, !flag);
        let top = self.scopes.len() - 1;
        if self.scopes[top].run.is_none_or(|(at, _)| at != place) {
            self.end_run(graph, top);
            self.scopes[top].run = Some((place, live));
        }
        let scope = &mut self.scopes[top];
        scope.checked.insert(flag);
        scope.wires = scope.wires.map(|(start, _)| (start, after));
    }

    /// Enters an arm that is taken if its own condition holds (none: always) and none of the earlier ones.
    pub(super) fn enter(&mut self, earlier: &[Bit], own: Option<Bit>) {
        self.scopes.push(Scope::new(earlier.to_vec(), own));
    }

    /// Leaves the arm; the result is for [`Panics::rejoin`], after the last arm.
    pub(super) fn leave(&mut self, graph: &mut Graph) -> Option<Bit> {
        self.end_run(graph, self.scopes.len() - 1);
        let (start, end) = self.scopes.pop()?.wires?;
        Some(graph.xor(start, end))
    }

    /// Takes away from `live` what the arms took away; they exclude each other.
    pub(super) fn rejoin(&mut self, graph: &mut Graph, changes: &[Bit]) {
        if let Some((_, live)) = self.scopes.last_mut().and_then(|s| s.wires.as_mut()) {
            for change in changes {
                *live = graph.xor(*live, *change);
            }
        }
    }

    /// The flag, the bits of the place's number (least significant first), and the places; nothing if the program
    /// cannot panic.
    pub(super) fn finish(mut self, graph: &mut Graph) -> (Vec<Bit>, Vec<(PanicReason, Site)>) {
        self.end_run(graph, 0);
        let live = self.scopes[0].wires.map_or(Bit::TRUE, |(_, live)| live);
        if live == Bit::TRUE {
            return (vec![], vec![]);
        }
        let mut outputs = vec![!live];
        for index in 0..index_bits(self.places.len()) {
            let mut bit = Bit::FALSE;
            for (number, fired) in self.fired.iter().enumerate() {
                if number >> index & 1 == 1 {
                    bit = graph.xor(bit, *fired);
                }
            }
            outputs.push(bit);
        }
        (outputs, self.places)
    }

    /// `live` in the innermost scope; scopes that had no check so far get their start.
    fn open(&mut self, graph: &mut Graph) -> Bit {
        let is_open = |scope: &Scope| scope.wires.is_some();
        let first = self.scopes.iter().rposition(is_open).unwrap_or(0);
        for i in first + 1..self.scopes.len() {
            self.end_run(graph, i - 1);
            let mut rest = self.scopes[i - 1].wires.map_or(Bit::TRUE, |(_, live)| live);
            for condition in &self.scopes[i].earlier {
                let taken = graph.and(rest, *condition);
                rest = graph.xor(rest, taken);
            }
            let start = match self.scopes[i].own {
                Some(own) => graph.and(rest, own),
                None => rest,
            };
            self.scopes[i].wires = Some((start, start));
        }
        let top = self.scopes.last().and_then(|scope| scope.wires);
        top.map_or(Bit::TRUE, |(_, live)| live)
    }

    /// Credits what a run of checks took away to its place.
    fn end_run(&mut self, graph: &mut Graph, scope: usize) {
        let scope = &mut self.scopes[scope];
        if let (Some((place, before)), Some((_, live))) = (scope.run.take(), scope.wires) {
            let fired = graph.xor(before, live);
            self.fired[place] = graph.xor(self.fired[place], fired);
        }
    }
}

/// How many bits tell that many places apart.
pub(super) fn index_bits(places: usize) -> usize {
    places.next_power_of_two().trailing_zeros() as usize
}

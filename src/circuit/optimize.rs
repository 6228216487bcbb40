//! Fewer AND gates: cut rewriting for multiplicative complexity.
//!
//! The method is that of Testa, Soeken, Amarù and De Micheli ("Reducing the multiplicative
//! complexity in logic networks for cryptography and security applications", DAC 2019), in the
//! spirit of Boyar and Peralta ("A new combinational logic minimization technique with applications
//! to cryptology", SEA 2010): look at a gate as a function of at most six wires some way below it
//! (`cuts`), find the least number of ANDs for that function (`synthesis`, `classes`, `search`),
//! and put the better circuit in the gate's place if it saves more AND gates than it brings,
//! considering what others use (`pass`). What is written is shared modulo everything linear
//! (`net`).
//!
//! Nothing here depends on time, randomness or the order of a hash map.

mod classes;
mod cuts;
mod function;
mod net;
mod pass;
mod recipe;
mod search;
mod synthesis;
#[cfg(test)]
mod tests;

use super::Circuit;
use synthesis::Synthesis;

/// Cuts kept per gate in most passes.
const KEPT_CUTS: usize = 8;
/// Cuts kept per gate in the last passes over a small circuit, which find little and take three
/// times as long.
const MORE_CUTS: usize = 16;
/// The gates of a small circuit: a pass takes less than half a second.
const SMALL: usize = 1 << 16;
/// A larger circuit is worth another pass if the last one saved an AND gate of this many gates.
const WORTH: usize = 1000;
/// The gates looked at in all passes together: about fifteen seconds. One pass is always made.
const WORK: usize = 1 << 23;
/// Functions of five and six variables that are searched for: together two seconds at most.
const SEARCHES: usize = 10_000;

impl Circuit {
    /// The same function with as many AND gates or fewer. Inputs and outputs stay as they are.
    ///
    /// A small circuit is rewritten until nothing changes, a larger one until little does. A
    /// circuit of more than a million AND gates is rewritten once.
    pub fn optimize(self) -> Circuit {
        let mut synthesis = Synthesis::new(SEARCHES);
        let mut best = self;
        let mut kept_cuts = KEPT_CUTS;
        let mut work = 0usize;
        while work == 0 || work.saturating_add(best.gates()) <= WORK {
            work = work.saturating_add(best.gates().max(1));
            let before = best.and_gates();
            let next = pass::rewrite(&best, kept_cuts, &mut synthesis);
            let saved = before.saturating_sub(next.and_gates());
            if saved > 0 {
                best = next;
            }
            let is_small = best.gates() <= SMALL;
            if saved > 0 && (is_small || saved >= best.gates() / WORTH) {
                continue;
            }
            if !is_small || kept_cuts == MORE_CUTS {
                break;
            }
            kept_cuts = MORE_CUTS;
        }
        best
    }
}

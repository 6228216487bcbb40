//! What an engine message may look like, checked before the engine sees it.
//!
//! A peer must not choose our allocations: no message of a session is longer than what its circuit and its number of
//! parties call for.

use garble_lang::register_circuit::Circuit;

/// The engine works in batches of a ninth of the gates, of this many at least (polytune, `mpc/protocol.rs`).
const MIN_BATCH: usize = 1000;

/// Bytes per entry of the largest vector that the engine sends for every register: a tag, a bit and a MAC.
const REGISTER_BYTES: usize = 18;

/// Seeds, commitments and proofs whose size depends on neither the circuit nor the number of parties.
const FIXED_BYTES: usize = 1 << 20;

/// The longest message that an honest engine sends in a session.
///
/// Per gate of a batch the longest message takes about `196 + 64 n` bytes (measured, 2 to 16 parties); twice that is
/// allowed, and what per-register vectors and constants need.
pub fn max_message_bytes(circuit: &Circuit) -> usize {
    let parties = circuit.input_regs.len();
    let inputs: usize = circuit.input_regs.iter().sum();
    let batch = (circuit.and_ops.saturating_add(inputs) / 9).max(MIN_BATCH);
    let per_gate = 2 * (196 + 64 * parties);
    (batch.saturating_mul(per_gate))
        .saturating_add(circuit.max_reg_count.saturating_mul(REGISTER_BYTES))
        .saturating_add(FIXED_BYTES)
}

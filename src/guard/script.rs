//! The messages that an honest engine sends to another one, in order (polytune 0.2.0-alpha.4, `mpc/protocol.rs`,
//! `mpc/faand.rs`, `ot_core`).

use std::{cmp::Ordering, collections::BTreeSet, iter, sync::Arc};

use garble_lang::register_circuit::{Input, Op};

use super::{
    Expected, Setting,
    shape::{Field, Field::*, Shape},
};

/// Statistical security parameter: so many shares are sacrificed for each batch (`RHO`).
const RHO: usize = 40;

/// Checks of a batch of authenticated bits, each of which costs one bit (`three_rho`).
const BIT_CHECKS: usize = 3 * RHO;

/// Base oblivious transfers under an extension.
const BASE_OTS: usize = 128;

/// Columns that the check of an OT extension adds: 128 and its statistical security parameter (`SSP`).
const OT_CHECK_COLUMNS: usize = 128 + 40;

/// A batch holds so many gates or shares at least, if there are so many.
const MIN_BATCH: usize = 1000;

/// From so many gates on, a ninth of them is a batch.
const BATCHES: usize = 9;

/// Keys, MACs, labels and blocks.
const BLOCK: Field = Any(16);

/// Commitments, seeds and points.
const HASH: Field = Any(32);

/// What a row of a garbled gate has beside a MAC per party: a bit, the length of the MACs, a label and the cipher's tag.
const ROW_BYTES: usize = 1 + 8 + 16 + 16;

/// What `peer` sends to the setting's party.
pub(super) fn script(setting: &Setting, peer: usize) -> Vec<Expected> {
    if peer == setting.party {
        return Vec::new();
    }
    let mut script = Script {
        setting,
        peer,
        parties: setting.circuit.input_regs.len(),
        messages: Vec::new(),
    };
    script.preprocessing();
    script.garbling();
    script.inputs();
    script.outputs();
    script.messages
}

struct Script<'a> {
    setting: &'a Setting<'a>,
    peer: usize,
    parties: usize,
    messages: Vec<Expected>,
}

impl Script<'_> {
    fn preprocessing(&mut self) {
        let circuit = self.setting.circuit;
        let and_gates = circuit.and_ops;
        let shares = circuit.input_regs.iter().sum::<usize>() + and_gates;
        // A seed for each pair, and one for all.
        self.vector("RNG comm", 1, [HASH]);
        self.vector("RNG ver", 32, [Any(1)]);
        self.broadcast(["RNG comm", "broadcast RNG comm"], 1, [HASH]);
        self.vector("RNG ver", 32, [Any(1)]);
        batches(shares).for_each(|shares| self.shares(shares));
        batches(and_gates).for_each(|gates| self.triples(gates));
    }

    /// Authenticated shares of random bits (`fashare`, `fabitn`).
    fn shares(&mut self, shares: usize) {
        let bits = shares + RHO + BIT_CHECKS;
        // The party of the lower seat is the sender first.
        if self.setting.party < self.peer {
            self.peer_receives_ots(bits);
            self.peer_sends_ots(bits);
        } else {
            self.peer_sends_ots(bits);
            self.peer_receives_ots(bits);
        }
        let macs = 16 * (self.parties - 1);
        let opened = [Length(1 + macs), Bool, Any(macs)];
        self.broadcast(["fabitn", "broadcast fabitn"], BIT_CHECKS, [Bool, BLOCK]);
        let commitments = [HASH, HASH, HASH];
        self.broadcast(["fashare comm", "broadcast fashare comm"], RHO, commitments);
        self.broadcast(["fashare ver", "broadcast fashare ver"], RHO, opened);
        self.broadcast(["fashare di_bi", "broadcast fashare di_bi"], RHO, [BLOCK]);
    }

    /// The messages of the receiver of an OT extension, who is the sender of the base OTs.
    fn peer_receives_ots(&mut self, bits: usize) {
        let columns = (bits.next_multiple_of(8) + OT_CHECK_COLUMNS) / 8;
        self.vector("CO_OT_s", 32, [Any(1)]);
        self.vector("CO_OT_c0c1", BASE_OTS, [BLOCK, BLOCK]);
        self.vector("ALSZ_OT_setup", BASE_OTS, [Length(columns), Any(columns)]);
        self.vector("KOS_OT_x_t0_t1", 1, [BLOCK, BLOCK, BLOCK]);
    }

    /// The messages of the sender of an OT extension, who is the receiver of the base OTs.
    fn peer_sends_ots(&mut self, bits: usize) {
        self.vector("CO_OT_r", BASE_OTS, [Length(32), HASH]);
        self.vector("KOS_OT_corr", bits, [BLOCK]);
    }

    /// Authenticated AND triples (`beaver_aand`, `faand`, `flaand`, `fhaand`).
    fn triples(&mut self, gates: usize) {
        let bucket = bucket_size(gates);
        let leaky = gates * bucket;
        self.shares(3 * leaky);
        self.vector("haand", leaky, [Bool, Bool]);
        self.broadcast(["flaand", "broadcast flaand"], leaky, [Bool, BLOCK]);
        self.broadcast(["flaand comm", "broadcast flaand comm"], leaky, [HASH]);
        self.broadcast(["flaand hash", "broadcast flaand hash"], leaky, [BLOCK]);
        let combined = bucket - 1;
        let bits = iter::once(Length(combined)).chain(iter::repeat_n(Bool, combined));
        let macs = [Length(combined), Any(16 * combined)];
        self.vector("dvalue", gates, bits.chain(macs).collect::<Vec<_>>());
        self.vector("faand", gates, [Bool, Bool, BLOCK, BLOCK]);
    }

    fn garbling(&mut self) {
        if self.setting.party != self.setting.evaluator {
            return;
        }
        let row_bytes = ROW_BYTES + 16 * self.parties;
        let row = [Length(row_bytes), Any(row_bytes)];
        for gates in batches(self.setting.circuit.and_ops) {
            self.vector("preprocessed gates", gates, [row; 4].concat());
        }
    }

    fn inputs(&mut self) {
        let own = self.input_registers(|party| party == self.setting.party);
        self.registers("wire shares", own, [Bool, BLOCK]);
        let masked = self.input_registers(|party| party == self.peer);
        self.registers("masked inputs", masked, [Bool]);
        self.verification("broadcast masked inputs");
        if self.setting.party == self.setting.evaluator {
            let all = self.input_registers(|_| true);
            self.registers("labels", all, [BLOCK]);
        }
    }

    fn outputs(&mut self) {
        if !self.setting.output_parties.contains(&self.setting.party) {
            return;
        }
        let registers = self.setting.circuit.output_regs.iter();
        let registers: BTreeSet<_> = registers.map(|register| register.0 as usize).collect();
        let registers: Arc<[_]> = registers.into_iter().collect();
        self.registers("output wire shares", registers.clone(), [Bool, BLOCK]);
        if self.peer == self.setting.evaluator {
            self.registers("lambda", registers, [Bool, BLOCK]);
        }
    }

    fn input_registers(&self, of: impl Fn(usize) -> bool) -> Arc<[usize]> {
        let inputs = self.setting.circuit.insts.iter().filter_map(|inst| {
            let Op::Input(Input { party, .. }) = inst.op else {
                return None;
            };
            of(party as usize).then_some(inst.out.0 as usize)
        });
        let registers: BTreeSet<_> = inputs.collect();
        registers.into_iter().collect()
    }

    fn vector(&mut self, phase: &'static str, entries: usize, fields: impl Into<Vec<Field>>) {
        let shape = Shape::vector(entries, fields);
        self.messages.push(Expected { phase, shape });
    }

    fn registers(
        &mut self,
        phase: &'static str,
        present: Arc<[usize]>,
        fields: impl Into<Vec<Field>>,
    ) {
        let shape = Shape::options(self.setting.circuit.max_reg_count, present, fields);
        self.messages.push(Expected { phase, shape });
    }

    /// A vector that goes to all, and its verification.
    fn broadcast<const N: usize>(
        &mut self,
        [phase, verification]: [&'static str; 2],
        entries: usize,
        fields: [Field; N],
    ) {
        self.vector(phase, entries, fields);
        self.verification(verification);
    }

    /// The digests of what the peer has heard from all but us and itself. Of two parties there is nobody else.
    fn verification(&mut self, phase: &'static str) {
        if self.parties == 2 {
            return;
        }
        let others = (0..self.parties).filter(|p| *p != self.setting.party && *p != self.peer);
        let shape = Shape::options(self.parties, others.collect(), [BLOCK]);
        self.messages.push(Expected { phase, shape });
    }
}

/// The batches in which the engine makes shares, or gates.
pub(super) fn batches(total: usize) -> impl Iterator<Item = usize> {
    let batch = total.div_ceil(BATCHES).max(MIN_BATCH).min(total).max(1);
    let full = iter::repeat_n(batch, total / batch);
    full.chain(Some(total % batch).filter(|rest| *rest > 0))
}

/// Leaky triples that are combined into one (`bucket_size`).
pub(super) fn bucket_size(gates: usize) -> usize {
    match gates.cmp(&280_000) {
        Ordering::Less if gates < 3_100 => 5,
        Ordering::Less => 4,
        _ => 3,
    }
}

//! What a computation will cost, before anybody starts it: bytes, messages' sizes, flights, memory and time.
//!
//! The engine's traffic depends on the circuit, the number of parties and the seat of the evaluator alone, never on the
//! inputs. So it is added up here message by message, in the order in which polytune 0.2.0-alpha.4 sends them (its files
//! `mpc/protocol.rs`, `mpc/faand.rs` and `ot_core/*`), encoded by bincode with fixed integers and lengths of eight bytes.
//! `tests/estimate.rs` holds the sums against real runs. What a party holds in memory is added up likewise, but what the allocator
//! and the network add is measured (`scripts/estimates.py`). Computing time is rougher.

mod line;

use std::{collections::BTreeSet, time::Duration};

use garble_lang::register_circuit::Circuit;

use self::line::Line;

/// The engine's statistical security parameter.
const RHO: u64 = 40;

/// Base transfers of each oblivious transfer extension.
const BASE_TRANSFERS: u64 = 128;

/// A length or a pointer.
const WORD: u64 = 8;

/// A MAC, a key, a label or a block.
const BLOCK: u64 = 16;

/// A commitment or a seed.
const HASH: u64 = 32;

/// Below this the engine makes no smaller batches.
const MIN_BATCH: u64 = 1000;

/// Computing time of a party for one leaky triple, and what each of the others adds, on one core of a machine of 2020 or later;
/// measured.
const SECONDS_PER_LEAKY: f64 = 4e-6;
const SECONDS_PER_LEAKY_AND_PARTY: f64 = 4.4e-6;

/// Computing time of a party for the base transfers of one batch with one other party.
const SECONDS_PER_BATCH: f64 = 0.019;

/// A process with its endpoint, before it has a program: what `add` takes at its peak.
const PROCESS_BYTES: u64 = 26_000_000;

/// Memory for a gate of any kind while the program is compiled, and what is left of it then; measured.
const BYTES_PER_GATE_COMPILED: u64 = 100;
const BYTES_PER_GATE: u64 = 75;

/// What a leaky triple takes besides its shares while it is made, in blocks, for the party itself and for each other one:
/// oblivious transfers, messages that are written and read; measured.
const BLOCKS_PER_LEAKY: u64 = 19;
const BLOCKS_PER_LEAKY_AND_PARTY: u64 = 24;

/// What an AND gate takes besides shares and garbled rows while it is garbled, in blocks; measured.
const BLOCKS_PER_GARBLED: u64 = 16;

/// What a garbled row takes besides what is in it: pointer, length, capacity, and what the allocator adds.
const ROW_OVERHEAD: u64 = 8 * WORD;

/// One of the messages that must follow one after another: what a party sends to one of the others.
#[derive(Debug, Clone, PartialEq)]
struct Flight {
    bytes: u64,
    /// How many such messages the busiest party sends, or receives, in the time that is counted for this one.
    beside: f64,
}

/// What a computation costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Bytes of messages that each party's engine sends, by seat.
    pub sent: Vec<u64>,
    /// Bytes of messages that each party's engine receives, by seat.
    pub received: Vec<u64>,
    /// The largest message in bytes.
    pub largest_message: u64,
    /// Bytes of memory that each party's process takes at most, by seat; about.
    pub memory: Vec<u64>,
    flights: Vec<Flight>,
    leaky: u64,
    batches: u64,
}

impl Cost {
    /// The cost of a circuit between all its parties. `outputs` are the seats that learn the result; `spills` says that the
    /// evaluator keeps garbled gates in files.
    pub fn new(circuit: &Circuit, evaluator: usize, outputs: &[usize], spills: bool) -> Self {
        let mut meter = Meter::new(circuit, evaluator);
        meter.setup();
        meter.preprocess();
        meter.garble();
        meter.inputs();
        meter.outputs(outputs);
        let memory = (0..circuit.input_regs.len())
            .map(|party| meter.memory(party == evaluator, spills))
            .collect();
        Self {
            sent: meter.sent,
            received: meter.received,
            largest_message: meter.largest,
            memory,
            flights: meter.flights,
            leaky: meter.leaky,
            batches: meter.batches,
        }
    }

    /// Bytes that all parties send together.
    pub fn total_bytes(&self) -> u64 {
        self.sent.iter().sum()
    }

    /// How many messages must follow one after another: each takes half a round trip at least.
    pub fn flights(&self) -> usize {
        self.flights.len()
    }

    /// How long it takes between machines that are `rtt` apart and each send and receive `bandwidth` bytes a second.
    pub fn time(&self, rtt: Duration, bandwidth: u64) -> Duration {
        let others = self.sent.len().saturating_sub(1).max(1) as f64;
        let leaky = SECONDS_PER_LEAKY + others * SECONDS_PER_LEAKY_AND_PARTY;
        let batch = others * SECONDS_PER_BATCH;
        let computing = self.leaky as f64 * leaky + self.batches as f64 * batch;
        let mut line = Line::new(rtt, bandwidth as f64);
        let sending: f64 = self.flights.iter().map(|it| line.takes(it)).sum();
        Duration::from_secs_f64(computing + sending)
    }
}

/// Adds up messages.
struct Meter {
    parties: u64,
    evaluator: usize,
    inputs: Vec<u64>,
    ands: u64,
    gates: u64,
    registers: u64,
    output_registers: u64,
    sent: Vec<u64>,
    received: Vec<u64>,
    largest: u64,
    flights: Vec<Flight>,
    leaky: u64,
    batches: u64,
}

impl Meter {
    fn new(circuit: &Circuit, evaluator: usize) -> Self {
        let parties = circuit.input_regs.len();
        let unique: BTreeSet<_> = circuit.output_regs.iter().collect();
        Self {
            parties: parties as u64,
            evaluator,
            inputs: circuit.input_regs.iter().map(|n| *n as u64).collect(),
            ands: circuit.and_ops as u64,
            gates: circuit.insts.len() as u64,
            registers: circuit.max_reg_count as u64,
            output_registers: unique.len() as u64,
            sent: vec![0; parties],
            received: vec![0; parties],
            largest: 0,
            flights: vec![],
            leaky: 0,
            batches: 0,
        }
    }

    /// The common coins: pairwise, then of all.
    fn setup(&mut self) {
        let seed = WORD + HASH;
        self.scatter(seed);
        self.scatter(seed);
        self.broadcast(seed);
        self.scatter(seed);
    }

    /// Random shares for all secret bits, then an authenticated triple for each AND gate.
    fn preprocess(&mut self) {
        let bits = self.inputs.iter().sum::<u64>() + self.ands;
        for size in batches(bits) {
            self.shares(size);
        }
        for size in batches(self.ands) {
            let bucket = bucket_size(size);
            let leaky = size * bucket;
            self.leaky += leaky;
            self.shares(leaky * 3);
            self.scatter(WORD + leaky * 2);
            self.broadcast(WORD + leaky * (1 + BLOCK));
            self.broadcast(WORD + leaky * HASH);
            self.broadcast(WORD + leaky * BLOCK);
            self.scatter(WORD + size * (2 * WORD + (bucket - 1) * (1 + BLOCK)));
            self.scatter(WORD + size * 2 * (1 + BLOCK));
        }
    }

    /// `fashare`: authenticated random shares by oblivious transfer both ways between all pairs.
    fn shares(&mut self, count: u64) {
        self.batches += 1;
        let bits = count + 4 * RHO;
        let columns = bits.next_multiple_of(8) + BASE_TRANSFERS + RHO;
        let start = WORD + HASH;
        let answer = WORD + BASE_TRANSFERS * (WORD + HASH);
        let extension = [
            WORD + BASE_TRANSFERS * 2 * BLOCK,
            WORD + BASE_TRANSFERS * (WORD + columns.div_ceil(8)),
            WORD + 3 * BLOCK,
        ];
        let correction = WORD + bits * BLOCK;
        for message in [start, answer, correction].into_iter().chain(extension) {
            self.each(message);
        }
        // One direction, then the other one, whose first message travels with the last. Not all pairs are as far at the same time:
        // each link is busy for one direction with all others, and waits for one message more.
        let extension = extension.iter().sum();
        let there = [start, answer, extension, correction + start];
        let back = [answer, extension, correction];
        for bytes in there.into_iter().chain(back) {
            let beside = self.parties as f64 / 2.0;
            self.flights.push(Flight { bytes, beside });
        }
        self.broadcast(WORD + 3 * RHO * (1 + BLOCK));
        self.broadcast(WORD + RHO * 3 * HASH);
        self.broadcast(WORD + RHO * (WORD + 1 + BLOCK * (self.parties - 1)));
        self.broadcast(WORD + RHO * BLOCK);
    }

    /// Everybody sends its garbled gates to the evaluator.
    fn garble(&mut self) {
        let row = WORD + (1 + WORD + BLOCK * self.parties + BLOCK) + BLOCK;
        for size in batches(self.ands) {
            for party in self.contributors() {
                self.message(party, self.evaluator, WORD + size * 4 * row);
            }
        }
        if self.ands > 0 {
            self.flight(self.ands * 4 * row);
        }
    }

    fn inputs(&mut self) {
        let all: u64 = self.inputs.iter().sum();
        for from in 0..self.sent.len() {
            for to in (0..self.sent.len()).filter(|to| *to != from) {
                let shares = self.inputs[to] * (1 + BLOCK);
                self.message(from, to, WORD + self.registers + shares);
                self.message(from, to, WORD + self.registers + self.inputs[from]);
            }
        }
        let most = self.inputs.iter().max().copied().unwrap_or_default();
        self.flight(WORD + self.registers + most * (1 + BLOCK));
        self.flight(WORD + self.registers + most);
        self.verify_broadcast();
        let labels = WORD + self.registers + all * BLOCK;
        for party in self.contributors() {
            self.message(party, self.evaluator, labels);
        }
        self.flight(labels);
    }

    fn outputs(&mut self, outputs: &[usize]) {
        let bits = WORD + self.registers + self.output_registers * (1 + BLOCK);
        for from in 0..self.sent.len() {
            for to in outputs.iter().filter(|to| **to != from) {
                self.message(from, *to, bits);
            }
        }
        let others = outputs.iter().filter(|to| **to != self.evaluator);
        let others: Vec<usize> = others.copied().collect();
        for to in &others {
            self.message(self.evaluator, *to, bits);
        }
        self.flight(bits);
        if !others.is_empty() {
            self.flight(bits);
        }
    }

    /// All send to all, and wait.
    fn scatter(&mut self, bytes: u64) {
        self.each(bytes);
        self.flight(bytes);
    }

    /// All send to all, then compare what they got.
    fn broadcast(&mut self, bytes: u64) {
        self.scatter(bytes);
        self.verify_broadcast();
    }

    /// Hashes of what was received from everybody else; two parties have nobody else.
    fn verify_broadcast(&mut self) {
        if self.parties > 2 {
            self.scatter(WORD + self.parties + BLOCK * (self.parties - 2));
        }
    }

    /// A message to all others, or from all others to one, at the same time.
    fn flight(&mut self, bytes: u64) {
        let beside = self.parties.saturating_sub(1) as f64;
        self.flights.push(Flight { bytes, beside });
    }

    fn each(&mut self, bytes: u64) {
        let others = self.parties - 1;
        for total in self.sent.iter_mut().chain(&mut self.received) {
            *total += others * bytes;
        }
        self.largest = self.largest.max(bytes);
    }

    fn message(&mut self, from: usize, to: usize, bytes: u64) {
        self.sent[from] += bytes;
        self.received[to] += bytes;
        self.largest = self.largest.max(bytes);
    }

    fn contributors(&self) -> impl Iterator<Item = usize> + use<> {
        let evaluator = self.evaluator;
        (0..self.sent.len()).filter(move |party| *party != evaluator)
    }

    /// The most of three: while compiling, while the last batch of triples is made, and when all gates are garbled.
    fn memory(&self, is_evaluator: bool, spills: bool) -> u64 {
        let others = self.parties - 1;
        // A bit, a list of MACs and keys for all parties, and what the allocator adds.
        let share = 6 * WORD + 2 * BLOCK * self.parties;
        let random = (self.inputs.iter().sum::<u64>() + self.ands) * share;
        let in_memory = u64::from(!(is_evaluator && spills));

        // Random shares, those of both inputs of each gate, and the triples so far.
        let held = random + 3 * self.ands * share;
        let batch = batches(self.ands).next().unwrap_or_default();
        let leaky = batch * bucket_size(batch);
        let blocks = BLOCKS_PER_LEAKY + BLOCKS_PER_LEAKY_AND_PARTY * others;
        let making = held * in_memory + leaky * (4 * share + blocks * BLOCK);

        let row = ROW_OVERHEAD + 1 + WORD + BLOCK * self.parties + 2 * BLOCK;
        let gate = 4 * share + 4 * others * row + BLOCKS_PER_GARBLED * BLOCK;
        let garbled = match is_evaluator {
            true => (random + self.ands * (share + gate)) * in_memory,
            false => 0,
        };

        let computing = self.gates * BYTES_PER_GATE + making.max(garbled) + self.registers * share;
        PROCESS_BYTES + computing.max(self.gates * BYTES_PER_GATE_COMPILED)
    }
}

/// How the engine divides its work: into ninths, but no smaller than a thousand.
fn batches(count: u64) -> impl Iterator<Item = u64> {
    let size = count.div_ceil(9).max(MIN_BATCH).min(count).max(1);
    let rest = count % size;
    (0..count / size)
        .map(move |_| size)
        .chain((rest > 0).then_some(rest))
}

/// Leaky triples that make one good one.
fn bucket_size(gates: u64) -> u64 {
    match gates {
        280_000.. => 3,
        3_100.. => 4,
        _ => 5,
    }
}

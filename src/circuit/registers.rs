//! Registers: the form that the engine takes.
//!
//! What the engine (polytune 0.2.0-alpha.4, `mpc::protocol`) asks of a [`target::Circuit`]:
//!
//! - input instructions come first, one for each input bit, party by party, and the i-th writes
//!   register i (it takes random shares and masks by that index);
//! - an instruction may write a register that it reads, or any other one whose value is no longer
//!   needed, an input's too;
//! - outputs are what their registers hold at the end. A register may be named for several outputs;
//!   a wire and its complement need two registers;
//! - there are no constants: 0 is the XOR of a register with itself;
//! - several of its messages have an entry for each register, so there should be few. A NOT is free
//!   of messages, and done in place it needs no register.

use garble_lang::register_circuit as target;
use target::{And, Input, Inst, Not, Op, Reg, Xor};

use super::{Bit, Circuit, Gate};

impl Circuit {
    /// The circuit in the engine's form, with few registers: gates are ordered in several ways, and
    /// the order with the fewest values alive at once is taken. For that order the number of
    /// registers is the least possible.
    ///
    /// A circuit without input bits or without outputs is nothing that the engine can run;
    /// `validate` of the result says so.
    pub fn to_registers(&self) -> target::Circuit {
        let orders = [
            self.stored_order(),
            self.depth_first_order(false),
            self.depth_first_order(true),
        ];
        let fewest = orders
            .iter()
            .min_by_key(|order| self.registers_needed(order));
        let mut assignment = Assignment::new(self);
        for &node in fewest.into_iter().flatten() {
            assignment.gate(node as usize);
        }
        assignment.finish()
    }

    /// The gates as they stand.
    fn stored_order(&self) -> Vec<u32> {
        (self.first_gate() as u32..self.nodes.len() as u32).collect()
    }

    /// The gates in the order in which a walk from the outputs meets them: operands first, among
    /// them the first one, or the one with the higher demand (Sethi and Ullman's number of
    /// registers for its tree) if `by_demand`.
    fn depth_first_order(&self, by_demand: bool) -> Vec<u32> {
        let first_gate = self.first_gate();
        let mut demand = vec![0u32; if by_demand { self.nodes.len() } else { 0 }];
        if by_demand {
            for (node, gate) in self.nodes.iter().enumerate().skip(first_gate) {
                if let Gate::Xor(a, b) | Gate::And(a, b) = gate {
                    let (a, b) = (demand[a.node()], demand[b.node()]);
                    demand[node] = a.max(b) + u32::from(a == b);
                }
            }
        }
        let mut order = Vec::with_capacity(self.gates());
        let mut visited = vec![false; self.nodes.len()];
        // Nodes to visit; the flag says that the operands were visited.
        let mut stack: Vec<(u32, bool)> = Vec::new();
        for output in &self.outputs {
            stack.push((output.node() as u32, false));
            while let Some((node, operands_done)) = stack.pop() {
                let index = node as usize;
                if operands_done {
                    order.push(node);
                    continue;
                }
                let (Gate::Xor(a, b) | Gate::And(a, b)) = self.nodes[index] else {
                    continue;
                };
                if std::mem::replace(&mut visited[index], true) {
                    continue;
                }
                let (first, second) = (a.node(), b.node());
                let exchange = by_demand && demand[second] > demand[first];
                let (first, second) = if exchange {
                    (second, first)
                } else {
                    (first, second)
                };
                stack.extend([(node, true), (second as u32, false), (first as u32, false)]);
            }
        }
        order
    }

    /// How often each node is read, by gates and outputs.
    fn reads(&self) -> Vec<u32> {
        let mut reads = vec![0u32; self.nodes.len()];
        for gate in &self.nodes {
            if let Gate::Xor(a, b) | Gate::And(a, b) = gate {
                reads[a.node()] += 1;
                reads[b.node()] += 1;
            }
        }
        for output in &self.outputs {
            reads[output.node()] += 1;
        }
        reads
    }

    /// The most values that are alive at once if the gates are computed in this order.
    fn registers_needed(&self, order: &[u32]) -> usize {
        let mut reads = self.reads();
        let mut alive = reads[1..self.first_gate()]
            .iter()
            .filter(|&&reads| reads > 0)
            .count();
        let mut most = alive;
        for &node in order {
            if let Gate::Xor(a, b) | Gate::And(a, b) = self.nodes[node as usize] {
                for operand in [a.node(), b.node()] {
                    reads[operand] -= 1;
                    alive -= usize::from(reads[operand] == 0);
                }
                alive += 1;
                most = most.max(alive);
            }
        }
        most
    }
}

/// Registers as they are assigned, gate by gate.
struct Assignment<'a> {
    circuit: &'a Circuit,
    insts: Vec<Inst>,
    /// The wire that is in each node's register: the node's, or its complement.
    place: Vec<Place>,
    /// Reads of each node to come.
    reads: Vec<u32>,
    /// Registers whose value is not needed any more; the last one is taken first.
    free: Vec<Reg>,
    registers: u32,
}

#[derive(Clone, Copy)]
struct Place {
    register: Reg,
    is_complement: bool,
}

impl<'a> Assignment<'a> {
    fn new(circuit: &'a Circuit) -> Self {
        let inputs = circuit.first_gate() - 1;
        let mut assignment = Assignment {
            circuit,
            insts: Vec::with_capacity(inputs + circuit.gates() + circuit.gates() / 8),
            place: vec![
                Place {
                    register: Reg(0),
                    is_complement: false
                };
                circuit.nodes.len()
            ],
            reads: circuit.reads(),
            free: Vec::new(),
            registers: inputs as u32,
        };
        let mut register = 0;
        for (party, &bits) in circuit.input_bits.iter().enumerate() {
            for input in 0..bits {
                let op = Op::Input(Input {
                    party: party as u32,
                    input: input as u32,
                });
                assignment.insts.push(Inst {
                    out: Reg(register),
                    op,
                });
                assignment.place[register as usize + 1].register = Reg(register);
                register += 1;
            }
        }
        // Inputs that nothing reads. The lowest are taken first.
        let unread = (1..=inputs)
            .rev()
            .filter(|&node| assignment.reads[node] == 0);
        let unread: Vec<Reg> = unread.map(|node| Reg(node as u32 - 1)).collect();
        assignment.free = unread;
        assignment
    }

    fn gate(&mut self, node: usize) {
        let (a, b, is_and) = match self.circuit.nodes[node] {
            Gate::Xor(a, b) => (a, b, false),
            Gate::And(a, b) => (a, b, true),
            Gate::Constant | Gate::Input => return,
        };
        if is_and {
            self.set_polarity(a);
            self.set_polarity(b);
        }
        let (place_a, place_b) = (self.place[a.node()], self.place[b.node()]);
        self.read(a);
        self.read(b);
        let out = self.free_register();
        let op = if is_and {
            Op::And(And(place_a.register, place_b.register))
        } else {
            Op::Xor(Xor(place_a.register, place_b.register))
        };
        self.insts.push(Inst { out, op });
        let is_complement = !is_and && place_a.is_complement != place_b.is_complement;
        self.place[node] = Place {
            register: out,
            is_complement,
        };
    }

    /// Makes the register of a wire's node hold the wire.
    fn set_polarity(&mut self, wire: Bit) {
        let place = &mut self.place[wire.node()];
        if place.is_complement != wire.is_complemented() {
            place.is_complement = wire.is_complemented();
            self.insts.push(Inst {
                out: place.register,
                op: Op::Not(Not(place.register)),
            });
        }
    }

    fn read(&mut self, wire: Bit) {
        let node = wire.node();
        self.reads[node] -= 1;
        if self.reads[node] == 0 {
            self.free.push(self.place[node].register);
        }
    }

    fn free_register(&mut self) -> Reg {
        self.free.pop().unwrap_or_else(|| {
            self.registers += 1;
            Reg(self.registers - 1)
        })
    }

    /// Places the outputs.
    fn finish(mut self) -> target::Circuit {
        let circuit = self.circuit;
        if circuit.first_gate() > 1 && circuit.outputs.iter().any(|output| output.node() == 0) {
            let zero = self.free_register();
            self.insts.push(Inst {
                out: zero,
                op: Op::Xor(Xor(Reg(0), Reg(0))),
            });
            self.place[0] = Place {
                register: zero,
                is_complement: false,
            };
        }
        // The first output of each node settles what its register holds; another register takes the
        // complement.
        let mut settled: Vec<Option<[Option<Reg>; 2]>> = vec![None; circuit.nodes.len()];
        let mut output_regs = Vec::with_capacity(circuit.outputs.len());
        for &output in &circuit.outputs {
            let (node, complement) = (output.node(), usize::from(output.is_complemented()));
            if settled[node].is_none() && circuit.first_gate() > 1 {
                self.set_polarity(output);
            }
            let register = self.place[node].register;
            let mut registers = settled[node].unwrap_or_else(|| {
                let mut registers = [None; 2];
                registers[complement] = Some(register);
                registers
            });
            let out = registers[complement].unwrap_or_else(|| {
                let out = self.free_register();
                self.insts.push(Inst {
                    out,
                    op: Op::Not(Not(register)),
                });
                out
            });
            registers[complement] = Some(out);
            settled[node] = Some(registers);
            output_regs.push(out);
        }
        target::Circuit {
            input_regs: circuit.input_bits.clone(),
            insts: self.insts,
            max_reg_count: self.registers as usize,
            output_regs,
            and_ops: circuit.and_gates(),
        }
    }
}

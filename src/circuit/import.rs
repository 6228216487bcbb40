//! Circuits made elsewhere: garble_lang's two forms. `bristol` reads files.
//!
//! Every gate goes through [`Graph`], so what comes in is folded and shared like what we build
//! ourselves.

use garble_lang::{circuit, register_circuit};

use super::{Bit, Circuit, Graph};

/// A circuit from elsewhere that is not well-formed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A gate, an input or an output names a wire that has no value there.
    #[error("the circuit is malformed: wire or register {0} is used where it has no value")]
    Wire(usize),
    /// There are more input bits than a circuit can hold.
    #[error("the circuit has too many input bits: {0}")]
    Inputs(usize),
}

/// More input bits than any of our sessions has; keeps a malformed circuit from asking for all
/// memory.
const MAX_INPUT_BITS: usize = 1 << 28;

impl Circuit {
    /// The circuit of garble_lang's SSA form, the one that its back end gives and its Bristol
    /// reader reads.
    ///
    /// # Errors
    /// If a gate or an output names a wire that does not stand before it.
    pub fn from_ssa_circuit(ssa: &circuit::Circuit) -> Result<Circuit, ImportError> {
        let mut graph = Graph::new();
        let mut wires = input_wires(&mut graph, &ssa.input_gates)?;
        for gate in &ssa.gates {
            let wire = match *gate {
                circuit::Gate::Xor(a, b) => {
                    let (a, b) = (value(&wires, a)?, value(&wires, b)?);
                    graph.xor(a, b)
                }
                circuit::Gate::And(a, b) => {
                    let (a, b) = (value(&wires, a)?, value(&wires, b)?);
                    graph.and(a, b)
                }
                circuit::Gate::Not(a) => !value(&wires, a)?,
            };
            wires.push(wire);
        }
        let outputs: Vec<Bit> = ssa
            .output_gates
            .iter()
            .map(|&wire| value(&wires, wire))
            .collect::<Result<_, _>>()?;
        Ok(graph.finish(&ssa.input_gates, &outputs))
    }

    /// The circuit of garble_lang's register form, the one that the engine takes.
    ///
    /// # Errors
    /// If an instruction or an output names a register that has no value, or an input that no party
    /// has.
    pub fn from_register_circuit(
        source: &register_circuit::Circuit,
    ) -> Result<Circuit, ImportError> {
        use register_circuit::{And, Not, Op, Reg, Xor};
        let mut graph = Graph::new();
        let inputs = input_wires(&mut graph, &source.input_regs)?;
        let mut registers: Vec<Option<Bit>> = Vec::new();
        for inst in &source.insts {
            let value = |Reg(register): Reg| {
                let register = register as usize;
                registers
                    .get(register)
                    .copied()
                    .flatten()
                    .ok_or(ImportError::Wire(register))
            };
            let wire = match inst.op {
                Op::Xor(Xor(a, b)) => graph.xor(value(a)?, value(b)?),
                Op::And(And(a, b)) => graph.and(value(a)?, value(b)?),
                Op::Not(Not(a)) => !value(a)?,
                Op::Input(input) => {
                    let (party, bit) = (input.party as usize, input.input as usize);
                    let bits = source.input_regs.get(party).copied().unwrap_or(0);
                    if bit >= bits {
                        return Err(ImportError::Wire(bit));
                    }
                    inputs[source.input_regs[..party].iter().sum::<usize>() + bit]
                }
            };
            let Reg(out) = inst.out;
            let out = out as usize;
            if out >= source.max_reg_count || out > source.insts.len() {
                return Err(ImportError::Wire(out));
            }
            if out >= registers.len() {
                registers.resize(out + 1, None);
            }
            registers[out] = Some(wire);
        }
        let outputs: Vec<Bit> = source
            .output_regs
            .iter()
            .map(|&Reg(register)| {
                let register = register as usize;
                registers
                    .get(register)
                    .copied()
                    .flatten()
                    .ok_or(ImportError::Wire(register))
            })
            .collect::<Result<_, _>>()?;
        Ok(graph.finish(&source.input_regs, &outputs))
    }
}

fn input_wires(graph: &mut Graph, input_bits: &[usize]) -> Result<Vec<Bit>, ImportError> {
    let total = input_bits
        .iter()
        .fold(0usize, |total, &bits| total.saturating_add(bits));
    if total > MAX_INPUT_BITS {
        return Err(ImportError::Inputs(total));
    }
    let mut wires = Vec::with_capacity(total);
    for (party, &bits) in input_bits.iter().enumerate() {
        wires.extend((0..bits).map(|_| graph.input(party)));
    }
    Ok(wires)
}

fn value(wires: &[Bit], wire: usize) -> Result<Bit, ImportError> {
    wires.get(wire).copied().ok_or(ImportError::Wire(wire))
}

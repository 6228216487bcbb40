//! A program's circuit between exactly three parties, whatever seats it has: for figures that can be compared.
//!
//! A program of two seats gets a third party without an input; in a larger one the third party brings the inputs of all seats
//! from the third on. The circuit is the same, gate for gate. It takes the way through Bristol Fashion, whose inputs are
//! nothing but bits.

use std::sync::Arc;

use garble_lang::register_circuit::{Circuit, Op};
use iroh_mpc::{
    circuit,
    estimate::Cost,
    program::{Backend, Compiled, Input, Program, Source},
    simulate::{Simulated, Transport},
};

use super::vectors::{Case, Expected, Vector, run};

/// The parties.
const THREE: usize = 3;

/// The last of them.
const LAST: usize = THREE - 1;

pub struct Three {
    /// Knows what the result's bits mean.
    original: Compiled,
    program: Program,
    compiled: Arc<Compiled>,
}

impl Three {
    pub fn new(case: &Case) -> Self {
        let original = case.program.compile(Backend::Optimized).unwrap();
        let regrouped = regrouped(original.circuit());
        let circuit = circuit::Circuit::from_register_circuit(&regrouped).unwrap();
        let text = circuit.to_bristol(&[circuit.outputs()]).unwrap();
        let source = Source::new(format!("{}.txt", case.title()), text);
        let program = Program::check(source).unwrap_or_else(|e| panic!("{e}"));
        let compiled = program.compile(Backend::Lowered).unwrap();
        assert_eq!(compiled.and_gates(), original.and_gates(), "{}", case.name);
        Self {
            original,
            program,
            compiled: Arc::new(compiled),
        }
    }

    /// What it should cost.
    pub fn cost(&self) -> Cost {
        Cost::new(self.compiled.circuit(), 0, &[0, 1, 2], false)
    }

    /// The result of a vector by MPC, as the program has it.
    pub async fn run(
        &self,
        case: &Case,
        vector: &Vector,
        transport: Transport,
    ) -> (Expected, Simulated) {
        let inputs = case.inputs(vector);
        let mut bits: Vec<Vec<bool>> = vec![Vec::new(); THREE];
        for (seat, input) in inputs.iter().enumerate() {
            bits[seat.min(LAST)].extend(input.bits());
        }
        let inputs = bits.iter().enumerate().map(|(party, bits)| -> Input {
            let input = self.program.parse_input(party, &number(bits));
            input.unwrap_or_else(|e| panic!("{}: {e}", case.at(vector)))
        });
        let simulated = run(&self.program, &self.compiled, inputs.collect(), transport).await;
        let simulated = simulated.unwrap_or_else(|e| panic!("{}: {e}", case.at(vector)));
        let outputs = self.compiled.circuit().output_regs.len();
        let outcome = self.original.decode(&bits_of(&simulated.value, outputs));
        let outcome = outcome.unwrap_or_else(|| panic!("{}: no value", case.at(vector)));
        (Expected::of(outcome), simulated)
    }
}

/// The same gates with other owners of the inputs.
fn regrouped(circuit: &Circuit) -> Circuit {
    let mut regrouped = circuit.clone();
    let widths = &circuit.input_regs;
    let tail = widths.get(LAST..).unwrap_or_default();
    for inst in &mut regrouped.insts {
        if let Op::Input(input) = &mut inst.op
            && let Some(before) = (input.party as usize).checked_sub(LAST)
        {
            input.input += tail[..before].iter().sum::<usize>() as u32;
            input.party = LAST as u32;
        }
    }
    regrouped.input_regs = vec![widths[0], widths[1], tail.iter().sum()];
    regrouped
}

/// Bits as a number, the first one being the least significant; nothing for none.
fn number(bits: &[bool]) -> String {
    match bits {
        [] => "()".into(),
        bits => {
            let digit = |bit: &bool| if *bit { '1' } else { '0' };
            format!("0b{}", bits.iter().rev().map(digit).collect::<String>())
        }
    }
}

/// The first bits of a number in hexadecimal digits.
fn bits_of(number: &str, count: usize) -> Vec<bool> {
    let digits = number.trim_start_matches("0x").chars().rev();
    let digits = digits.map(|digit| digit.to_digit(16).expect("a digit"));
    let bits = digits.flat_map(|digit| (0..4).map(move |bit| digit >> bit & 1 == 1));
    bits.take(count).collect()
}

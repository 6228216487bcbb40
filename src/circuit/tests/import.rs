//! Circuits made elsewhere.

use std::path::{Path, PathBuf};

use garble_lang::circuit as ssa;
use garble_lang::register_circuit as registers;

use super::super::{Bristol, Circuit, ImportError};
use super::Random;

#[test]
fn the_ssa_form() {
    use ssa::Gate;
    let source = ssa::Circuit {
        input_gates: vec![1, 2],
        gates: vec![
            Gate::Xor(0, 1),
            Gate::And(3, 2),
            Gate::Not(4),
            Gate::Xor(0, 0),
        ],
        output_gates: vec![5, 4, 6, 1],
    };
    let circuit = Circuit::from_ssa_circuit(&source).expect("it is well-formed");
    assert_eq!(
        (circuit.and_gates(), circuit.input_bits()),
        (1, &[1, 2][..])
    );
    for number in 0..8 {
        let bit = |index: u32| number >> index & 1 == 1;
        let inputs = [vec![bit(0)], vec![bit(1), bit(2)]];
        assert_eq!(circuit.eval(&inputs), Ok(source.eval(&inputs)));
    }
    let broken = ssa::Circuit {
        gates: vec![Gate::And(0, 3)],
        ..source.clone()
    };
    assert!(matches!(
        Circuit::from_ssa_circuit(&broken),
        Err(ImportError::Wire(3))
    ));
    let broken = ssa::Circuit {
        output_gates: vec![7],
        ..source.clone()
    };
    assert!(matches!(
        Circuit::from_ssa_circuit(&broken),
        Err(ImportError::Wire(7))
    ));
    let broken = ssa::Circuit {
        input_gates: vec![usize::MAX, 2],
        ..source
    };
    assert!(matches!(
        Circuit::from_ssa_circuit(&broken),
        Err(ImportError::Inputs(_))
    ));
}

#[test]
fn malformed_register_forms() {
    use registers::{Input, Inst, Op, Reg, Xor};
    let input = Inst {
        out: Reg(0),
        op: Op::Input(Input { party: 0, input: 0 }),
    };
    let source = |inst: Inst, output: u32| registers::Circuit {
        input_regs: vec![1],
        insts: vec![input, inst],
        max_reg_count: 2,
        output_regs: vec![Reg(output)],
        and_ops: 0,
    };
    let xor = |out: u32, a: u32| Inst {
        out: Reg(out),
        op: Op::Xor(Xor(Reg(a), Reg(0))),
    };
    assert!(Circuit::from_register_circuit(&source(xor(1, 0), 1)).is_ok());
    let other_input = Inst {
        out: Reg(1),
        op: Op::Input(Input { party: 1, input: 0 }),
    };
    for broken in [
        source(xor(1, 1), 1),
        source(xor(2, 0), 0),
        source(xor(1, 0), 2),
        source(other_input, 0),
    ] {
        assert!(matches!(
            Circuit::from_register_circuit(&broken),
            Err(ImportError::Wire(_))
        ));
    }
}

/// The published circuits of AES-128 and SHA-256, <https://nigelsmart.github.io/MPC-Circuits/>, are
/// about as small as anyone knows. They are looked for in the directory `BRISTOL_DIR` and in
/// `shared/data/bristol` above this crate.
#[test]
fn optimised_bristol_circuits_have_no_more_and_gates_and_are_those_of_garble_lang() {
    for (name, ands) in [("aes_128.txt", 6400), ("sha256.txt", 22573)] {
        let Some(path) = bristol(name) else {
            continue;
        };
        let text = std::fs::read_to_string(&path).expect("it is there");
        let circuit = Bristol::parse(&text).expect("it is well-formed").circuit();
        assert!(circuit.and_gates() <= ands);
        let optimised = circuit.clone().optimize();
        assert!(optimised.and_gates() <= circuit.and_gates());
        let source = ssa::Circuit::bristol_to_garble(&path).expect("it is well-formed");
        let mut random = Random(31);
        for _ in 0..3 {
            let inputs: Vec<Vec<bool>> = circuit
                .input_bits()
                .iter()
                .map(|&bits| (0..bits).map(|_| random.below(2) == 1).collect())
                .collect();
            assert_eq!(optimised.eval(&inputs), Ok(source.eval(&inputs)));
        }
    }
}

fn bristol(name: &str) -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|dir| dir.join("shared/data/bristol"));
    let given = std::env::var_os("BRISTOL_DIR").map(PathBuf::from);
    given
        .into_iter()
        .chain(above)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
}

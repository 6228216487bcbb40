//! Circuits in Bristol Fashion between parties: our own AES-128, written in Garble, exported and read back; and the
//! published AES-128 and SHA-256 where their files are.
//!
//! The published files are looked for in the directory `BRISTOL_DIR` and in `shared/data/bristol` above this crate.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that has no file says so"
)]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use iroh_mpc::{
    circuit::Circuit,
    library::BuiltIn,
    program::{Backend, Compiled, Outcome, Program, Source},
    session::Interrupter,
    simulate::{self, Simulation, Transport},
};
use tokio::time::timeout;

/// A run that takes longer hangs; the longest here takes some ten seconds.
const BOUND: Duration = Duration::from_secs(300);

/// Key, plaintext and ciphertext of FIPS 197, appendices B and C.1.
const AES: [[&str; 3]; 2] = [
    [
        "2b7e151628aed2a6abf7158809cf4f3c",
        "3243f6a8885a308d313198a2e0370734",
        "3925841d02dc09fbdc118597196a0b32",
    ],
    [
        "000102030405060708090a0b0c0d0e0f",
        "00112233445566778899aabbccddeeff",
        "69c4e0d86a7b0430d8cdb78070b4c55a",
    ],
];

/// The block of the message "abc", the initial value, and the digest (FIPS 180-4).
const SHA: [&str; 3] = [
    "6162638000000000000000000000000000000000000000000000000000000000\
     0000000000000000000000000000000000000000000000000000000000000018",
    "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_aes_128_is_read_back_and_gives_the_vectors() {
    let garble = Program::check(BuiltIn::find("aes128").unwrap().source()).unwrap();
    let compiled = garble.compile(Backend::Optimized).unwrap();
    let circuit = Circuit::from_register_circuit(compiled.circuit()).unwrap();
    let text = circuit.to_bristol(&[128]).unwrap();
    let program = Program::check(Source::new("exported.txt", text)).unwrap();
    let read = program.compile(Backend::Optimized).unwrap();
    assert_eq!(read.and_gates(), 6400);
    // Garble has the bits of a byte in another order than a number has them.
    let as_number = |seat: usize, hex: &str| {
        let bytes: Vec<String> = (0..hex.len())
            .step_by(2)
            .map(|at| {
                u8::from_str_radix(&hex[at..at + 2], 16)
                    .unwrap()
                    .to_string()
            })
            .collect();
        let literal = format!("[{}]", bytes.join(", "));
        number(garble.parse_input(seat, &literal).unwrap().bits())
    };
    for vector in AES {
        let [key, block, expected] = vector.map(|hex| as_number(0, hex));
        assert_eq!(in_the_clear(&program, &read, &[&key, &block]), expected);
    }
    let [key, block, expected] = AES[0].map(|hex| as_number(0, hex));
    for transport in [Transport::Memory, Transport::Gossip] {
        assert_eq!(
            compute(&program, &[&key, &block], transport).await,
            expected
        );
    }
    let idle = program.with_idle_seats(1).unwrap().unwrap();
    let three = compute(&idle, &[&key, &block, "()"], Transport::Gossip).await;
    assert_eq!(three, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_aes_128_gives_the_vectors_between_two_and_three() {
    let Some(program) = published("aes_128.txt") else {
        return;
    };
    let idle = program.with_idle_seats(1).unwrap().unwrap();
    for [key, block, expected] in AES {
        let expected = format!("0x{expected}");
        let two = compute(&program, &[key, block], Transport::Gossip).await;
        assert_eq!(two, expected);
        let three = compute(&idle, &[key, block, "()"], Transport::Gossip).await;
        assert_eq!(three, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_sha_256_gives_the_digest_of_abc_between_two_and_three() {
    let Some(program) = published("sha256.txt") else {
        return;
    };
    let [block, start, digest] = SHA;
    let expected = format!("0x{digest}");
    let two = compute(&program, &[block, start], Transport::Gossip).await;
    assert_eq!(two, expected);
    let idle = program.with_idle_seats(1).unwrap().unwrap();
    let three = compute(&idle, &[block, start, "()"], Transport::Gossip).await;
    assert_eq!(three, expected);
}

/// Computes between all parties of the program.
async fn compute(program: &Program, inputs: &[&str], transport: Transport) -> String {
    let inputs = inputs.iter().enumerate();
    let simulation = Simulation {
        program: program.clone(),
        compiled: Arc::new(program.compile(Backend::Optimized).unwrap()),
        inputs: inputs
            .map(|(seat, text)| program.parse_input(seat, text).unwrap())
            .collect(),
        output_parties: (0..program.parties()).collect(),
        evaluator: 0,
        transport,
        peer_timeout: BOUND,
        stall_timeout: BOUND,
    };
    let (_interrupter, interrupt) = Interrupter::new();
    let run = timeout(BOUND, simulate::run(simulation, interrupt)).await;
    run.expect("an end within the bound").unwrap().value
}

fn in_the_clear(program: &Program, compiled: &Compiled, inputs: &[&str]) -> String {
    let inputs = inputs.iter().enumerate();
    let bits: Vec<Vec<bool>> = inputs
        .map(|(seat, text)| program.parse_input(seat, text).unwrap().bits().to_vec())
        .collect();
    match compiled.decode(&compiled.circuit().eval(&bits)) {
        Some(Outcome::Value(value)) => value,
        other => panic!("{other:?}"),
    }
}

/// Bits as the number whose lowest bit is the first.
fn number(bits: &[bool]) -> String {
    let digits = bits.chunks(4).rev().map(|bits| {
        let digit = bits.iter().rev().fold(0, |n, bit| n << 1 | u32::from(*bit));
        char::from_digit(digit, 16).unwrap()
    });
    format!("0x{}", digits.collect::<String>())
}

fn published(name: &str) -> Option<Program> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|dir| dir.join("shared/data/bristol"));
    let given = std::env::var_os("BRISTOL_DIR").map(PathBuf::from);
    let mut paths = given.into_iter().chain(above).map(|dir| dir.join(name));
    let Some(path) = paths.find(|path| path.is_file()) else {
        println!("{name} is not there: set BRISTOL_DIR to run this test");
        return None;
    };
    Some(Program::check(Source::load(&path).unwrap()).unwrap())
}

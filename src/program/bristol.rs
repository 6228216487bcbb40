//! Circuits in Bristol Fashion as programs.
//!
//! Each input value of the file is a seat, in order: `input0`, `input1`. A value of no bits is a seat without input. Values
//! are numbers, wire 0 being the least significant bit: `0x` and hexadecimal digits, or as many bits as the value has.
//! Results are written in hexadecimal digits.

use zeroize::Zeroizing;

use super::{Input, MAX_PARTIES, ProgramError, Source};
use crate::circuit::Bristol;

/// Whether a file of this name holds a circuit.
pub(super) fn is_name(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".txt")
}

/// The circuit, if the source is one: by its name, or because it begins with a number, as no Garble program does. Names get
/// lost on the way between parties.
pub(super) fn read(source: &Source) -> Result<Option<Bristol>, ProgramError> {
    let begins_with_number = (source.text.trim_start()).starts_with(|c: char| c.is_ascii_digit());
    if !begins_with_number && !is_name(&source.name) {
        return Ok(None);
    }
    let unfit = |why: String| ProgramError::Unfit {
        name: source.name.clone(),
        why,
    };
    let circuit = Bristol::parse(&source.text)
        .map_err(|error| unfit(format!("is no circuit in Bristol Fashion: {error}")))?;
    match circuit.inputs().len() {
        2..=MAX_PARTIES => {}
        seats => {
            return Err(unfit(format!(
                "has {seats} input values, one per party; a session takes 2 to {MAX_PARTIES} parties"
            )));
        }
    }
    if circuit.outputs().is_empty() || circuit.outputs().contains(&0) {
        return Err(unfit("has no result, or an empty one".into()));
    }
    Ok(Some(circuit))
}

/// A Garble program with the seats and the result of the circuit, bits as arrays, which computes nothing.
pub(super) fn signature(circuit: &Bristol) -> String {
    let params = circuit
        .inputs()
        .iter()
        .enumerate()
        .map(|(seat, bits)| match bits {
            0 => format!("input{seat}: ()"),
            bits => format!("input{seat}: [bool; {bits}]"),
        });
    let joined = |parts: Vec<String>| match &parts[..] {
        [one] => one.clone(),
        _ => format!("({})", parts.join(", ")),
    };
    let outputs = || circuit.outputs().iter();
    let result = joined(outputs().map(|bits| format!("[bool; {bits}]")).collect());
    let zeros = joined(outputs().map(|bits| format!("[false; {bits}]")).collect());
    let params: Vec<String> = params.collect();
    format!(
        "pub fn main({}) -> {result} {{ {zeros} }}",
        params.join(", ")
    )
}

/// The file's text with more input values, which have no bits.
pub(super) fn with_idle_seats(text: &str, circuit: &Bristol, more: usize) -> String {
    let widths = circuit.inputs();
    let header = [widths.len() + more].into_iter();
    let header = header
        .chain(widths.iter().copied())
        .chain(std::iter::repeat_n(0, more));
    let header: Vec<String> = header.map(|number| number.to_string()).collect();
    let mut filled = 0;
    let lines = text.lines().map(|line| {
        filled += usize::from(!line.trim().is_empty());
        let is_inputs = filled == 2 && !line.trim().is_empty();
        if is_inputs {
            header.join(" ")
        } else {
            line.to_string()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Reads an input of that many bits. The error says what is wrong without quoting the input.
pub(super) fn input(text: &str, width: usize) -> Result<Input, &'static str> {
    let text = text.trim();
    if width == 0 {
        let is_empty = matches!(text, "" | "()");
        return is_empty
            .then(|| Input::from_bits(Vec::new()))
            .ok_or("should be empty: this seat takes no input");
    }
    let digits = width.div_ceil(4);
    let (radix, numerals) = match text.get(..2) {
        Some("0x" | "0X") => (4, &text[2..]),
        Some("0b" | "0B") => (1, &text[2..]),
        // As many bits as the value has are more than its hexadecimal digits.
        _ if text.len() == width && digits < width => (1, text),
        _ => (4, text),
    };
    if radix == 1 && numerals.len() != width {
        return Err("has another number of bits");
    }
    if numerals.is_empty() || numerals.len() > digits.max(width * usize::from(radix == 1)) {
        return Err("is not a number of so many bits, in hexadecimal digits");
    }
    let mut bits = Zeroizing::new(Vec::with_capacity(numerals.len() * radix));
    for numeral in numerals.chars().rev() {
        let value = numeral.to_digit(1 << radix);
        let value = value.ok_or("is not a number in hexadecimal digits, or in bits")?;
        bits.extend((0..radix).map(|bit| value >> bit & 1 == 1));
    }
    if bits.iter().skip(width).any(|bit| *bit) {
        return Err("is a number of more bits");
    }
    let value = bits.iter().copied().chain(std::iter::repeat(false));
    Ok(Input::from_bits(value.take(width).collect()))
}

/// The values of these widths in hexadecimal digits; several of them as a tuple. `None` if there are more or fewer bits.
pub(super) fn output(bits: &[bool], widths: &[usize]) -> Option<String> {
    let mut rest = bits;
    let mut values = Vec::with_capacity(widths.len());
    for &width in widths {
        let (value, after) = rest.split_at_checked(width)?;
        let digits = value.chunks(4).rev().map(|bits| {
            let digit = bits.iter().rev().fold(0, |n, bit| n << 1 | u32::from(*bit));
            char::from_digit(digit, 16).unwrap_or_default()
        });
        values.push(format!("0x{}", digits.collect::<String>()));
        rest = after;
    }
    match (rest, &values[..]) {
        ([], [one]) => Some(one.clone()),
        ([], _) => Some(format!("({})", values.join(", "))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Backend, Outcome, Program};
    use super::*;

    /// Exclusive or and conjunction of two numbers of five bits.
    fn circuit() -> String {
        let gate = |at: usize, name| format!("2 1 {at} {} {} {name}\n", at + 5, at + 10);
        let xors: String = (0..5).map(|at| gate(at, "XOR")).collect();
        let ands = (0..5).map(|at| format!("2 1 {at} {} {} AND\n", at + 5, at + 15));
        format!("10 20\n2 5 5\n2 5 5\n\n{xors}{}", ands.collect::<String>())
    }

    fn program(text: &str) -> Result<Program, ProgramError> {
        Program::check(Source::new("test.txt", text))
    }

    fn run(program: &Program, inputs: &[&str]) -> String {
        let inputs: Vec<Vec<bool>> = (inputs.iter().enumerate())
            .map(|(i, text)| program.parse_input(i, text).unwrap().bits().to_vec())
            .collect();
        let compiled = program.compile(Backend::Optimized).unwrap();
        compiled.circuit().validate().unwrap();
        match compiled.decode(&compiled.circuit().eval(&inputs)) {
            Some(Outcome::Value(value)) => value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_circuit_takes_numbers_and_gives_numbers() {
        let program = program(&circuit()).unwrap();
        assert_eq!(program.seat("input1").unwrap(), 1);
        for (a, b) in [
            ("0x13", "0x6"),
            ("13", "6"),
            ("10011", "00110"),
            ("0b10011", "0X06"),
        ] {
            assert_eq!(run(&program, &[a, b]), "(0x15, 0x02)");
        }
        let compiled = program.compile(Backend::Optimized).unwrap();
        let compared = program.verify(&compiled, None, &mut rand::rng()).unwrap();
        assert_eq!(compared, 64);
    }

    #[test]
    fn seats_without_input_can_be_added() {
        let two = program(&circuit()).unwrap();
        let four = two.with_idle_seats(2).unwrap().unwrap();
        assert_ne!(two.digest(), four.digest());
        assert_eq!(run(&four, &["1f", "3", "()", ""]), "(0x1c, 0x03)");
        let error = four.parse_input(3, "1").unwrap_err().to_string();
        assert!(error.contains("takes no input"), "{error}");
        two.with_idle_seats(MAX_PARTIES).unwrap().unwrap_err();
    }

    #[test]
    fn an_input_that_does_not_fit_is_refused_and_not_quoted() {
        let program = program(&circuit()).unwrap();
        for bad in [
            "", "0x", "0b", "20", "0x20", "0x001", "100111", "0b1001", "0b12345", "1g", "-1",
            "0x-1", "+1", "[1]", "()", "é", "0xé", "1 1",
        ] {
            let error = program.parse_input(0, bad).unwrap_err().to_string();
            assert!(error.contains("party 0 (input0)"), "{error}");
        }
    }

    #[test]
    fn circuits_are_known_by_name_or_by_their_first_number() {
        Program::check(Source::new("no-name", circuit())).unwrap();
        for (text, why) in [
            ("", "line 1"),
            ("pub fn main(a: u8, b: u8) -> u8 { a + b }", "line 1"),
            ("1 2\n1 1\n1 1\n1 1 0 1 INV\n", "1 input values"),
            ("0 2\n2 1 1\n0\n", "no result"),
            ("0 2\n2 1 1\n2 1 0\n", "empty"),
            ("0 0\n2 0 0\n1 0\n", "empty"),
            ("1 1\n2 0 0\n1 1\n1 1 1 0 EQ\n", "no input"),
        ] {
            let error = program(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}

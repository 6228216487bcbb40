//! Circuits in Bristol Fashion, the text format in which most circuits of the field are published
//! (<https://nigelsmart.github.io/MPC-Circuits/>).
//!
//! Two numbers on the first line count gates and wires. The second line has the number of input
//! values and the bits of each, the third the same for outputs. A gate is a line: how many wires it
//! reads and how many it writes, their numbers, its name. Inputs are the first wires, outputs the
//! last ones.
//!
//! Files come from peers. Nothing is allocated by a number that the file only claims, each wire is
//! written once and before it is read, and an error names the line.

mod write;

use super::{Bit, Circuit, Graph};

/// More input bits than any published circuit has; what a header claims costs memory.
const MAX_INPUT_BITS: usize = 1 << 20;

/// A file that is no circuit in Bristol Fashion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BristolError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

/// A circuit as its file has it, gate by gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bristol {
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    wires: usize,
    gates: Vec<(usize, Gate)>,
}

/// What a gate's output wire is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Xor(usize, usize),
    And(usize, usize),
    Not(usize),
    Copy(usize),
    Constant(bool),
}

impl Bristol {
    /// Reads a file.
    ///
    /// # Errors
    /// The first line that is wrong, and why.
    pub fn parse(text: &str) -> Result<Self, BristolError> {
        Reader::new(text).read(text.len())
    }

    /// The number of bits of each input value.
    pub fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// The number of bits of each output value.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// The circuit; each input value belongs to a party of its own.
    pub fn circuit(&self) -> Circuit {
        let mut graph = Graph::new();
        let mut wires = vec![Bit::FALSE; self.wires];
        let parties = self.inputs.iter().enumerate();
        let owners = parties.flat_map(|(party, &bits)| std::iter::repeat_n(party, bits));
        for (wire, party) in wires.iter_mut().zip(owners) {
            *wire = graph.input(party);
        }
        for &(out, gate) in &self.gates {
            wires[out] = match gate {
                Gate::Xor(a, b) => graph.xor(wires[a], wires[b]),
                Gate::And(a, b) => graph.and(wires[a], wires[b]),
                Gate::Not(a) => !wires[a],
                Gate::Copy(a) => wires[a],
                Gate::Constant(value) => Bit::from(value),
            };
        }
        graph.finish(&self.inputs, &wires[self.first_output()..])
    }

    /// The output bits for these input bits, straight from the file's gates: what the circuit is
    /// held against. Missing input bits count as 0.
    pub fn eval(&self, inputs: &[Vec<bool>]) -> Vec<bool> {
        let mut wires = vec![false; self.wires];
        for (wire, &bit) in wires.iter_mut().zip(inputs.iter().flatten()) {
            *wire = bit;
        }
        for &(out, gate) in &self.gates {
            wires[out] = match gate {
                Gate::Xor(a, b) => wires[a] ^ wires[b],
                Gate::And(a, b) => wires[a] & wires[b],
                Gate::Not(a) => !wires[a],
                Gate::Copy(a) => wires[a],
                Gate::Constant(value) => value,
            };
        }
        wires.split_off(self.first_output())
    }

    fn first_output(&self) -> usize {
        self.wires - self.outputs.iter().sum::<usize>()
    }
}

/// Reads line by line. Empty lines mean nothing.
struct Reader<'a> {
    lines: Box<dyn Iterator<Item = (usize, &'a str)> + 'a>,
    line: usize,
    written: Vec<bool>,
    gates: Vec<(usize, Gate)>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
        Self {
            lines: Box::new(lines.filter(|(_, line)| !line.trim().is_empty())),
            line: 1,
            written: Vec::new(),
            gates: Vec::new(),
        }
    }

    fn read(mut self, length: usize) -> Result<Bristol, BristolError> {
        let [gates, wires] = self.numbers("the numbers of gates and wires")?[..] else {
            return Err(self.error("expected two numbers, of gates and of wires"));
        };
        let counts = self.line;
        let inputs = self.widths("input")?;
        let input_bits = inputs.iter().sum::<usize>();
        let outputs = self.widths("output")?;
        let output_bits = outputs.iter().sum::<usize>();
        // A wire that is no input stands in some gate, so it takes two characters at least.
        let most = input_bits + length / 2;
        if wires > most || gates > length {
            let why = "claims more gates or wires than the file can hold";
            return Err(BristolError {
                line: counts,
                why: why.into(),
            });
        }
        if wires < input_bits || wires < output_bits {
            return Err(self.error("there are fewer wires than input or output bits"));
        }
        self.written = vec![false; wires];
        self.written[..input_bits].fill(true);
        let mut lines = 0usize;
        while let Some(words) = self.next() {
            if lines == gates {
                return Err(self.error(format!("there are more than {gates} gates")));
            }
            self.gate(&words)?;
            lines += 1;
        }
        if lines < gates {
            return Err(self.error(format!("the file ends after {lines} of {gates} gates")));
        }
        if let Some(wire) = (wires - output_bits..wires).find(|&wire| !self.written[wire]) {
            return Err(self.error(format!("no gate writes the output wire {wire}")));
        }
        Ok(Bristol {
            inputs,
            outputs,
            wires,
            gates: self.gates,
        })
    }

    /// A line such as `2 128 128`: a count, and as many widths.
    fn widths(&mut self, what: &str) -> Result<Vec<usize>, BristolError> {
        let numbers = self.numbers(&format!("the number of {what} values and their bits"))?;
        let (count, widths) = numbers.split_first().unwrap_or((&0, &[]));
        if widths.len() != *count {
            let given = widths.len();
            return Err(self.error(format!(
                "{count} {what} values are announced, but {given} widths given"
            )));
        }
        let total = widths.iter().try_fold(0usize, |sum, w| sum.checked_add(*w));
        match total {
            Some(total) if total <= MAX_INPUT_BITS => Ok(widths.to_vec()),
            _ => Err(self.error(format!("more than {MAX_INPUT_BITS} {what} bits"))),
        }
    }

    fn gate(&mut self, words: &[&str]) -> Result<(), BristolError> {
        let [reads, writes, wires @ .., name] = words else {
            return Err(self.error("expected a gate, such as `2 1 0 1 2 XOR`"));
        };
        let (reads, writes) = (self.number(reads)?, self.number(writes)?);
        let shape_fits = match *name {
            "XOR" | "AND" => (reads, writes) == (2, 1),
            "INV" | "NOT" | "EQ" | "EQW" => (reads, writes) == (1, 1),
            "MAND" => writes > 0 && Some(reads) == writes.checked_mul(2),
            other => return Err(self.error(format!("there is no gate `{}`", shown(other)))),
        };
        if !shape_fits || Some(wires.len()) != reads.checked_add(writes) {
            return Err(self.error(format!("{name} has the wrong number of wires")));
        }
        let (reads, writes) = wires.split_at(reads);
        if *name == "EQ" {
            let value = match reads {
                ["0"] => false,
                ["1"] => true,
                _ => return Err(self.error("EQ takes 0 or 1")),
            };
            return self.write(writes[0], Gate::Constant(value));
        }
        let reads = (reads.iter().map(|wire| self.source(wire))).collect::<Result<Vec<_>, _>>()?;
        if *name == "MAND" {
            let (left, right) = reads.split_at(writes.len());
            for ((&a, &b), out) in left.iter().zip(right).zip(writes) {
                self.write(out, Gate::And(a, b))?;
            }
            return Ok(());
        }
        let gate = match (*name, &reads[..]) {
            ("XOR", &[a, b]) => Gate::Xor(a, b),
            ("AND", &[a, b]) => Gate::And(a, b),
            ("EQW", &[a]) => Gate::Copy(a),
            (_, &[a]) => Gate::Not(a),
            _ => return Err(self.error(format!("{name} has the wrong number of wires"))),
        };
        self.write(writes[0], gate)
    }

    /// A wire that is read: it has a value by now.
    fn source(&self, word: &str) -> Result<usize, BristolError> {
        let wire = self.number(word)?;
        match self.written.get(wire) {
            Some(true) => Ok(wire),
            Some(false) => Err(self.error(format!("wire {wire} is read before it is written"))),
            None => Err(self.no_wire(wire)),
        }
    }

    fn write(&mut self, word: &str, gate: Gate) -> Result<(), BristolError> {
        let wire = self.number(word)?;
        match self.written.get_mut(wire) {
            Some(written @ false) => *written = true,
            Some(true) => return Err(self.error(format!("wire {wire} is written twice"))),
            None => return Err(self.no_wire(wire)),
        }
        self.gates.push((wire, gate));
        Ok(())
    }

    fn no_wire(&self, wire: usize) -> BristolError {
        let wires = self.written.len();
        self.error(format!(
            "there is no wire {wire}, only {wires} are announced"
        ))
    }

    fn next(&mut self) -> Option<Vec<&'a str>> {
        let (at, line) = self.lines.next()?;
        self.line = at;
        Some(line.split_whitespace().collect())
    }

    fn numbers(&mut self, what: &str) -> Result<Vec<usize>, BristolError> {
        let Some(words) = self.next() else {
            return Err(self.error(format!("the file ends before {what}")));
        };
        words.iter().map(|word| self.number(word)).collect()
    }

    fn number(&self, word: &str) -> Result<usize, BristolError> {
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        let number = word.parse().ok().filter(|_| digits);
        number.ok_or_else(|| self.error(format!("`{}` is not a number that fits", shown(word))))
    }

    fn error(&self, why: impl Into<String>) -> BristolError {
        BristolError {
            line: self.line,
            why: why.into(),
        }
    }
}

/// A word of the file as an error may show it.
fn shown(word: &str) -> String {
    word.chars()
        .take(20)
        .flat_map(char::escape_default)
        .collect()
}

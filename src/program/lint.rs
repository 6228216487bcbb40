//! What people should know of a program before they agree to it.
//!
//! Secure computation hides what the result does not say; a result can say everything. These checks find programs that
//! give inputs away by what they compute. They look at the circuit, so that it does not matter how the program is written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use garble_lang::register_circuit::{Input as Wire, Not, Op};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::Serialize;

use super::{Compiled, Outcome, Program};
use crate::lower::Position;

/// Inputs of one party that are held fixed while the other's are tried.
const TRIED: usize = 8;

/// Inputs of the other party that are tried for each.
const TRIALS: usize = 32;

/// With fewer usable trials nothing is said.
const MIN_USABLE: usize = 3;

/// Gates that may be evaluated in all: less than a second.
const MAX_EVALUATED: usize = 200_000_000;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// An input may be given away.
    Warning,
    /// Good to know.
    Note,
}

/// What is remarkable about a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its name, which never changes.
    pub id: &'static str,
    /// How much it matters.
    pub level: Level,
    /// The file, line and column that it is about.
    pub place: String,
    /// What it is and why it matters.
    pub text: String,
    /// What can be done.
    pub way_out: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Warning => "warning",
            Level::Note => "note",
        };
        let Self {
            id,
            place,
            text,
            way_out,
            ..
        } = self;
        write!(f, "{level}: {text} ({place}, {id}); {way_out}")
    }
}

impl Program {
    /// What is remarkable about the program. Equal programs and constants have equal findings.
    pub fn findings(&self, compiled: &Compiled) -> Vec<Finding> {
        let mut findings = self.copies(compiled);
        // Who copies an input to the output reveals it; once is enough.
        if findings.is_empty() {
            findings.extend(self.revealed(compiled));
        }
        findings.extend(self.small_group());
        findings.extend(self.unordered());
        findings
    }

    /// Outputs that are wires of an input.
    fn copies(&self, compiled: &Compiled) -> Vec<Finding> {
        let circuit = compiled.circuit();
        let mut origin: Vec<Option<(u32, u32)>> = vec![None; circuit.max_reg_count];
        for inst in &circuit.insts {
            let from = match inst.op {
                Op::Input(Wire { party, input }) => Some((party, input)),
                Op::Not(Not(wire)) => origin.get(wire.0 as usize).copied().flatten(),
                Op::Xor(_) | Op::And(_) => None,
            };
            if let Some(register) = origin.get_mut(inst.out.0 as usize) {
                *register = from;
            }
        }
        let outputs = circuit.output_regs.iter();
        let copied =
            outputs.filter_map(|register| origin.get(register.0 as usize).copied().flatten());
        let mut by_party: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (party, bit) in copied {
            by_party.entry(party).or_default().insert(bit);
        }
        let finding = |(party, bits): (u32, BTreeSet<u32>)| {
            let all = circuit
                .input_regs
                .get(party as usize)
                .copied()
                .unwrap_or_default();
            let name = self
                .seats()
                .get(party as usize)
                .map_or("", |seat| seat.name.as_str());
            let (count, of) = (bits.len(), self.name());
            Finding {
                id: "copies-input",
                level: Level::Warning,
                place: self.place_of_main(),
                text: format!(
                    "the result of {of} contains {count} of the {all} bits of the input of party {party} ({name}) as they are"
                ),
                way_out: "leave that input out of the result, or agree that it becomes known",
            }
        };
        by_party.into_iter().map(finding).collect()
    }

    /// Between two parties: whether the result and one's own input nearly always tell the other's input.
    fn revealed(&self, compiled: &Compiled) -> Option<Finding> {
        if self.parties() != 2 {
            return None;
        }
        let mut random = StdRng::from_seed(compiled.digest());
        let seats = self.seats().iter().enumerate();
        let told = seats.filter(|(other, _)| self.tells(compiled, *other, &mut random));
        let told: Vec<String> = told
            .map(|(seat, it)| format!("party {seat} ({})", it.name))
            .collect();
        // Only that it is determined is found out here, not how it is worked out: an average is no cipher.
        (!told.is_empty()).then(|| Finding {
            id: "reveals-input",
            level: Level::Warning,
            place: self.place_of_main(),
            text: format!(
                "the result and the other input together determine, or nearly so, the input of {}; \
                 unless it is hard to compute backwards, as a cipher is without its key, who has both knows it",
                told.join(" and that of ")
            ),
            way_out: "let three or more take part, let the result say less, such as a comparison, \
                or let only those learn it who may know the input (--output-parties)",
        })
    }

    fn tells(&self, compiled: &Compiled, other: usize, random: &mut impl Rng) -> bool {
        let Ok(sized) = self.sized() else {
            return false;
        };
        let bits = compiled.circuit().input_regs.get(other).copied();
        let bits = bits.unwrap_or_default();
        // A result that is shorter by more than a bit has the same value for many inputs.
        if bits == 0 || bits > sized.interface.result_bits + 1 {
            return false;
        }
        let evaluations = MAX_EVALUATED / compiled.circuit().insts.len().max(1);
        let tried = (evaluations / TRIALS).min(TRIED);
        let mut usable = 0;
        for _ in 0..tried {
            let Some(mine) = self.draw_small(1 - other, random) else {
                return false;
            };
            let (mut inputs, mut results) = (BTreeSet::new(), BTreeSet::new());
            for _ in 0..TRIALS {
                let Some(theirs) = self.draw_small(other, random) else {
                    return false;
                };
                let both = match other {
                    0 => [theirs.clone(), mine.clone()],
                    _ => [mine.clone(), theirs.clone()],
                };
                let result = compiled.decode(&compiled.circuit().eval(&both));
                if let Some(Outcome::Value(value)) = result {
                    inputs.insert(theirs);
                    results.insert(value);
                }
            }
            if inputs.len() < 2 {
                continue;
            }
            usable += 1;
            // A quarter is what the halving of a small number costs by chance.
            if results.len() * 4 < inputs.len() * 3 {
                return false;
            }
        }
        usable >= MIN_USABLE
    }

    /// A random input; often one of small numbers, so that sums and products do not always overflow.
    fn draw_small(&self, party: usize, random: &mut impl Rng) -> Option<Vec<bool>> {
        let drawn = self.draw(party, random)?;
        if random.random() {
            return Some(drawn);
        }
        let mask = |bit: &bool| *bit && random.random_ratio(1, 4);
        let small: Vec<bool> = drawn.iter().map(mask).collect();
        Some(match self.literal(party, &small) {
            Some(_) => small,
            None => drawn,
        })
    }

    /// A group of equals in which whoever leaves out itself sees a single other.
    fn small_group(&self) -> Option<Finding> {
        let params = self.main()?.params.len();
        (params == 1 && self.parties() < 3).then(|| Finding {
            id: "small-group",
            level: Level::Warning,
            place: self.place_of_main(),
            text: "what is said of a group of two is said of the other one".into(),
            way_out: "let three or more take part",
        })
    }

    /// Joins of rows that nobody checks.
    fn unordered(&self) -> Vec<Finding> {
        let places = self.checked.unchecked_joins.iter();
        let finding = |(place, rows): (&Position, &String)| Finding {
            id: "join-order",
            level: Level::Note,
            place: format!("{}:{place}", self.name()),
            text: format!(
                "{rows} are joined by key, but the program computes them: nobody checks that they are in \
                 ascending order, and otherwise the result is wrong"
            ),
            way_out: "put in inputs whose rows are sorted, or let the program join inputs as they come, which are checked",
        };
        places.map(finding).collect()
    }

    fn place_of_main(&self) -> String {
        if self.checked.circuit.is_some() {
            return self.name().to_string();
        }
        let position = self.main().map(|main| Position::from(main.meta));
        format!("{}:{}", self.name(), position.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Backend, Source};
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        let program = Program::check(Source::new("test.garble.rs", text)).unwrap();
        let compiled = program.compile(Backend::Optimized).unwrap();
        let findings = program.findings(&compiled);
        assert!(
            findings
                .iter()
                .all(|it| it.place.starts_with("test.garble.rs:"))
        );
        findings.into_iter().map(|it| it.id).collect()
    }

    #[test]
    fn results_that_tell_the_other_input_are_found() {
        for main in [
            "(a: u32, b: u32) -> u32 { a + b }",
            "(a: u8, b: u8) -> u8 { ((a as u16 + b as u16) / 2u16) as u8 }",
            "(a: u32, b: u32) -> u64 { a as u64 * 3u64 + b as u64 }",
            "(a: i16, b: i16) -> i32 { a as i32 - b as i32 }",
            "(a: bool, b: bool) -> bool { a ^ b }",
            "(a: [u8; 2], b: u8) -> u16 { a[0] as u16 + a[1] as u16 + b as u16 }",
        ] {
            assert_eq!(
                ids(&format!("pub fn main{main}")),
                ["reveals-input"],
                "{main}"
            );
        }
    }

    #[test]
    fn copies_are_found() {
        for main in [
            "(a: u32, b: u32) -> u32 { b }",
            "(a: u32, b: u32, c: u8) -> (u32, bool) { (a, b > 3u32) }",
            "(a: u8, b: u8) -> u8 { !b }",
        ] {
            assert_eq!(
                ids(&format!("pub fn main{main}")),
                ["copies-input"],
                "{main}"
            );
        }
    }

    #[test]
    fn groups_of_two_and_unordered_joins_are_found() {
        let max = "pub fn main(xs: [u8; 2]) -> u8 { if xs[0] > xs[1] { xs[0] } else { xs[1] } }";
        assert_eq!(ids(max), ["small-group"]);
        let join = "pub fn main(a: [(u8, u8); 2], b: [(u8, u8); 2]) -> u8 {
            let c = [b[1], b[0]];
            let mut n = 0u8;
            for (x, y) in join_iter(a, c) { n = n + 1u8; }
            n
        }";
        assert_eq!(ids(join), ["join-order"]);
    }

    #[test]
    fn a_finding_names_whose_input_and_which_rows() {
        let texts = |text: &str| -> Vec<String> {
            let program = Program::check(Source::new("test.garble.rs", text)).unwrap();
            let compiled = program.compile(Backend::Optimized).unwrap();
            let findings = program.findings(&compiled);
            findings.iter().map(Finding::to_string).collect()
        };
        let both = texts("pub fn main(key: u8, block: u8) -> u8 { key ^ block }");
        assert!(both[0].contains("the input of party 0 (key) and that of party 1 (block);"));
        let one = texts("pub fn main(a: [u8; 3], b: u8) -> u8 { a[0] + b }");
        assert!(one[0].contains("the input of party 1 (b);"), "{one:?}");
        let join = "pub fn main(a: [(u8, u8); 2], b: [(u8, u8); 2]) -> u8 {
            let swapped = [b[1], b[0]];
            let mut n = 0u8;
            for (x, y) in join_iter(a, swapped) { n = n + 1u8; }
            n
        }";
        assert!(texts(join)[0].starts_with("note: the rows of `swapped` are joined"));
    }

    #[test]
    fn results_that_say_little_are_fine() {
        for main in [
            "(a: u32, b: u32) -> bool { a > b }",
            "(a: u32, b: u32) -> bool { a == b }",
            "(a: u32, b: u32) -> u32 { if a > b { a } else { b } }",
            "(a: bool, b: bool) -> bool { a & b }",
            "(a: u32, b: u32, c: u32) -> u32 { a + b + c }",
            "(a: [u32; 8], b: u32) -> u32 { a[0] & b }",
        ] {
            assert_eq!(ids(&format!("pub fn main{main}")), [""; 0], "{main}");
        }
    }
}

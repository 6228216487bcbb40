//! From the text of a Garble program, or of a circuit in Bristol Fashion, to what a session needs: seats, typed inputs, and a circuit with its digest.
//!
//! [`Program::check`] reads a program and says what it takes; [`Program::compile`] makes the circuit once the terms of the
//! session are known.

mod bristol;
mod compiled;
mod constants;
mod error;
mod input;
mod joins;
mod lint;
mod source;
mod verify;

use std::{collections::BTreeMap, sync::Arc};

use garble_lang::{GarbleConsts, TypedFnDef, TypedProgram, ast::Type};

use self::error::{explain, unfit};
pub(crate) use self::source::MAX_CIRCUIT_BYTES;
pub use self::{
    compiled::{Backend, Compiled, Outcome},
    constants::{Constants, Contribution, InputState, Need},
    error::ProgramError,
    input::{Given, Input},
    lint::{Finding, Level},
    source::Source,
    verify::Disagreement,
};
use crate::{
    circuit::Bristol,
    lower::{self, Interface, Limits, Position, SeatDeclaration},
};

/// The mesh of a session is full, and gossip's active view is set to this size.
pub const MAX_PARTIES: usize = 32;

/// A seat: one parameter of `main`, or one element of its only array parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The parameter's name.
    pub name: String,
    /// The type of its input.
    pub ty: Type,
}

/// A program that was read and checked. Its sizes are known once the constants of all parties are.
#[derive(Debug, Clone)]
pub struct Program {
    source: Source,
    checked: Arc<Checked>,
    sized: Option<Arc<Sizes>>,
}

#[derive(Debug)]
struct Checked {
    typed: TypedProgram,
    /// What is computed, if that is a circuit; then `typed` has its seats and its result, and no meaning beyond.
    circuit: Option<Bristol>,
    declared: Vec<SeatDeclaration>,
    seats: Vec<Seat>,
    needs: Vec<Need>,
    joined: Vec<Option<bool>>,
    unchecked_joins: BTreeMap<Position, String>,
    result: Type,
}

/// What follows from the constants.
#[derive(Debug)]
struct Sizes {
    given: Vec<Constants>,
    consts: GarbleConsts,
    interface: Interface,
    seats: Vec<Seat>,
}

impl Program {
    /// Reads and checks a program.
    pub fn check(source: Source) -> Result<Self, ProgramError> {
        let limits = Limits::default();
        let explain = |error| explain(&source, error);
        let unfit = |why| unfit(&source, why);
        let circuit = bristol::read(&source)?;
        let signature = circuit.as_ref().map(bristol::signature);
        let text = signature.as_ref().unwrap_or(&source.text);
        let typed = lower::check(text, &limits).map_err(explain)?;
        let declared = lower::seat_declarations(&typed).map_err(explain)?;
        match declared.len() {
            0 | 1 => {
                let why = "has one party only; a session takes two or more";
                return Err(unfit(why.into()));
            }
            parties if parties > MAX_PARTIES => {
                return Err(unfit(format!(
                    "has {parties} parties; a session takes {MAX_PARTIES} at most"
                )));
            }
            _ => {}
        }
        let seats = declared.iter().map(|seat| Seat {
            name: seat.name.clone(),
            ty: seat.ty.clone(),
        });
        let joins = joins::find(&typed, declared.len());
        let checked = Checked {
            seats: seats.collect(),
            needs: constants::needs(&typed, &declared).map_err(unfit)?,
            result: (typed.fn_defs.get("main")).map_or(Type::Bool, |main| main.ty.clone()),
            circuit,
            joined: joins.inputs,
            unchecked_joins: joins.computed,
            declared,
            typed,
        };
        let program = Self {
            source,
            checked: Arc::new(checked),
            sized: None,
        };
        if program.needs().is_empty() {
            return program.with_constants(&[]);
        }
        Ok(program)
    }

    /// The program with the constants of all parties, one list for each.
    pub fn with_constants(&self, all: &[Constants]) -> Result<Self, ProgramError> {
        let Self {
            source, checked, ..
        } = self;
        let consts = constants::complete(&checked.needs, all)?;
        let interface = Interface::new(&checked.typed, &consts, &Limits::default());
        let interface = interface.map_err(|error| explain(source, error))?;
        if interface.result_bits == 0 {
            return Err(unfit(source, "has no result".into()));
        }
        if interface.parties.iter().all(|party| party.bits == 0) {
            return Err(unfit(source, "takes no input".into()));
        }
        let seats = interface.parties.iter().map(|party| Seat {
            name: party.name.clone(),
            ty: party.ty.clone(),
        });
        let sized = Sizes {
            given: all.to_vec(),
            seats: seats.collect(),
            consts,
            interface,
        };
        Ok(Self {
            sized: Some(Arc::new(sized)),
            ..self.clone()
        })
    }

    /// Whether just the constants are there that the program wants, for a program that wants none as well.
    pub fn check_constants(&self, all: &[Constants]) -> Result<(), ProgramError> {
        constants::complete(&self.checked.needs, all).map(|_| ())
    }

    /// The constants that the program wants from its parties, by seat and name.
    pub fn needs(&self) -> &[Need] {
        &self.checked.needs
    }

    /// The constants that a party gave; none before all are known.
    pub fn given_constants(&self, party: usize) -> Constants {
        let given = self.sized.as_ref().and_then(|sized| sized.given.get(party));
        given.cloned().unwrap_or_default()
    }

    /// Whether all constants are there, so that sizes are known and the program can be compiled.
    pub fn is_sized(&self) -> bool {
        self.sized.is_some()
    }

    /// The constants of one party: those that were given (name and value as text) and those that its input says. Without an
    /// input, those are left out.
    pub fn constants(
        &self,
        party: usize,
        given: &[(String, String)],
        input: Option<&Given>,
    ) -> Result<Constants, ProgramError> {
        constants::own(self.needs(), party, given, input)
    }

    /// Makes the circuit. May take seconds and a processor of its own: don't call it where packets are moved.
    pub fn compile(&self, backend: Backend) -> Result<Compiled, ProgramError> {
        Compiled::new(self, backend)
    }

    /// The digest of the program's text.
    pub fn digest(&self) -> [u8; 32] {
        self.source.digest()
    }

    /// The program's name: its file's name.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// Whether it is a circuit, whose text tells a person nothing.
    pub fn is_circuit(&self) -> bool {
        self.checked.circuit.is_some()
    }

    /// The program's text, with its name.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The seats, in order. Sizes that depend on constants stand by their names until those are known.
    pub fn seats(&self) -> &[Seat] {
        match &self.sized {
            Some(sized) => &sized.seats,
            None => &self.checked.seats,
        }
    }

    /// The type of the result; sizes as in [`seats`](Self::seats).
    pub fn result_type(&self) -> &Type {
        match &self.sized {
            Some(sized) => &sized.interface.result,
            None => &self.checked.result,
        }
    }

    /// The values of the program's own names for constants; none before they are known.
    pub fn consts(&self) -> impl Iterator<Item = (&str, String)> {
        let consts = self.sized.iter().flat_map(|sized| &sized.interface.consts);
        consts.map(|(name, value)| (name.as_str(), value.to_string()))
    }

    /// How many parties take part.
    pub fn parties(&self) -> usize {
        self.checked.seats.len()
    }

    /// Finds a seat by its index or its parameter's name.
    pub fn seat(&self, asked: &str) -> Result<usize, ProgramError> {
        let by_index = asked.parse().ok().filter(|i| *i < self.parties());
        by_index
            .or_else(|| self.seats().iter().position(|seat| seat.name == asked))
            .ok_or_else(|| ProgramError::NoSeat {
                seat: asked.to_string(),
                seats: (self.seats().iter().enumerate())
                    .map(|(i, seat)| format!("{i} ({})", seat.name))
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// The program with more seats, which take no input; only a circuit has such seats. `None` for any other program.
    pub fn with_idle_seats(&self, more: usize) -> Option<Result<Self, ProgramError>> {
        let circuit = self.checked.circuit.as_ref()?;
        let text = bristol::with_idle_seats(&self.source.text, circuit, more);
        Some(Self::check(Source::new(self.name(), text)))
    }

    /// Reads the input of one party once all constants are known: a Garble literal, or a number in hexadecimal digits or bits
    /// if the program is a circuit.
    pub fn parse_input(&self, party: usize, literal: &str) -> Result<Input, ProgramError> {
        self.input(party, &Given::literal(literal))
    }

    /// Reads the input of one party once all constants are known.
    pub fn input(&self, party: usize, given: &Given) -> Result<Input, ProgramError> {
        let input = self.read_input(party, given, &Constants::new())?;
        input.ok_or_else(|| {
            let why = "has inputs whose sizes depend on constants that are missing";
            unfit(&self.source, why.into())
        })
    }

    /// What a party brings, from the constants that it gave (name and value as text) and its input.
    pub fn contribution(
        &self,
        party: usize,
        consts: &[(String, String)],
        given: Given,
    ) -> Result<Contribution, ProgramError> {
        let consts = self.constants(party, consts, Some(&given))?;
        let input = match self.read_input(party, &given, &consts)? {
            Some(input) => InputState::Read(input),
            None => InputState::Waiting(given),
        };
        Ok(Contribution { consts, input })
    }

    /// Reads the input of one party with its own constants. `None` if its type also depends on those of others, which are not
    /// there yet.
    pub fn read_input(
        &self,
        party: usize,
        given: &Given,
        own: &Constants,
    ) -> Result<Option<Input>, ProgramError> {
        let Some(seat) = self.checked.declared.get(party) else {
            return Err(ProgramError::NoSeat {
                seat: party.to_string(),
                seats: format!("0 to {}", self.parties().saturating_sub(1)),
            });
        };
        let mut all = vec![Constants::new(); self.parties()];
        all[party].clone_from(own);
        let consts = match &self.sized {
            Some(sized) => &sized.consts,
            None => &constants::partial(self.needs(), &all)?,
        };
        let typed = &self.checked.typed;
        let interface = Interface::of_party(typed, seat, consts, &Limits::default());
        let Some(interface) = interface.map_err(|error| explain(&self.source, error))? else {
            return Ok(None);
        };
        let joined = self.checked.joined.get(party).copied().flatten();
        let input = match &self.checked.circuit {
            Some(circuit) => given.read_number(circuit.inputs()[party]),
            None => given.read(&interface, joined),
        };
        input.map(Some).map_err(|error| {
            let whole = interface.parties.first().map(|party| party.ty.to_string());
            let place = [given.origin().unwrap_or_default(), error.at];
            let place = place.iter().filter(|it| !it.is_empty());
            ProgramError::Input {
                party,
                name: seat.name.clone(),
                at: place.flat_map(|it| [" ", it.as_str()]).collect(),
                ty: error.expected.or(whole).unwrap_or_default(),
                why: error.why,
            }
        })
    }

    fn main(&self) -> Option<&TypedFnDef> {
        self.checked.typed.fn_defs.get("main")
    }

    /// What follows from the constants, or which are missing.
    fn sized(&self) -> Result<&Sizes, ProgramError> {
        self.sized.as_deref().ok_or_else(|| {
            let needs = self.needs().iter();
            let names = needs.map(|need| format!("PARTY_{}::{}", need.party, need.name));
            let names: Vec<String> = names.collect();
            unfit(
                &self.source,
                format!("needs the constants {}", names.join(", ")),
            )
        })
    }
}

#[cfg(test)]
mod tests;

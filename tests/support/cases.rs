//! Programs with inputs and the results that the language's documentation
//! (or Rust, where it is silent) wants of them.

mod collections;
mod control;
mod numbers;
mod order;
mod rejected;
mod sessions;

use std::collections::HashMap;

use garble_lang::GarbleConsts;
use garble_lang::ast::Type;
use garble_lang::literal::Literal;
use iroh_mpc::lower::{Interface, Limits};

pub use rejected::without_meaning;

/// Inputs, one text per party, and the result as text: a literal, or reason,
/// line and column of a panic.
pub type Run = (&'static [&'static str], &'static str);

pub struct Case {
    pub name: &'static str,
    pub text: String,
    pub consts: GarbleConsts,
    pub runs: &'static [Run],
}

impl Case {
    fn new(name: &'static str, text: &str, runs: &'static [Run]) -> Self {
        Self {
            name,
            text: text.into(),
            consts: GarbleConsts::new(),
            runs,
        }
    }

    fn with(mut self, party: &str, name: &str, value: impl Into<Literal>) -> Self {
        let party: &mut HashMap<String, Literal> = self.consts.entry(party.into()).or_default();
        party.insert(name.into(), value.into());
        self
    }

    /// The runs' inputs as literals.
    ///
    /// # Errors
    /// What is wrong with the program or the texts.
    pub fn inputs(&self) -> Result<Vec<Vec<Literal>>, String> {
        let program = garble_lang::check(&self.text).map_err(|e| e.prettify(&self.text))?;
        let interface = Interface::new(&program, &self.consts, &Limits::default())
            .map_err(|error| error.to_string())?;
        let types: Vec<&Type> = interface.parties.iter().map(|party| &party.ty).collect();
        self.runs
            .iter()
            .map(|(texts, _)| {
                if texts.len() != types.len() {
                    return Err(format!(
                        "{} inputs for {} parties",
                        texts.len(),
                        types.len()
                    ));
                }
                let texts = texts.iter().zip(&types);
                texts
                    .map(|(text, ty)| {
                        Literal::parse(&interface.definitions, ty, text)
                            .map_err(|error| format!("{text}: {}", error.prettify(text)))
                    })
                    .collect()
            })
            .collect()
    }
}

pub fn all() -> Vec<Case> {
    let mut cases = numbers::cases();
    cases.extend(order::cases());
    cases.extend(control::cases());
    cases.extend(collections::cases());
    cases.extend(sessions::cases());
    cases
}

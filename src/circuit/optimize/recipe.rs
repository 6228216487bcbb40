//! Recipes: how to compute a small function with few ANDs.

use super::function::VARIABLE;

/// An affine form: a set of terms to be XORed. Bit i is input i (of at most six), bit `6 + j` the
/// result of step j, the top bit the constant 1.
pub(super) type Form = u32;

/// The constant 1 in a [`Form`].
pub(super) const ONE: Form = 1 << 31;
/// The bit of the first step in a [`Form`].
pub(super) const FIRST_STEP: usize = 6;

/// A straight-line program: each step is the AND of two affine forms of the inputs and the steps
/// before it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Recipe {
    pub steps: Vec<(Form, Form)>,
    pub output: Form,
}

impl Recipe {
    /// Adds a step and returns its form.
    pub fn and(&mut self, a: Form, b: Form) -> Form {
        self.steps.push((a, b));
        1 << (FIRST_STEP + self.steps.len() - 1)
    }

    /// The recipe for the function with each input replaced by an affine form of other inputs.
    pub fn with_inputs(&self, inputs: &[Form]) -> Recipe {
        let moved = |form: Form| on_inputs(form, inputs);
        Recipe {
            steps: self
                .steps
                .iter()
                .map(|&(a, b)| (moved(a), moved(b)))
                .collect(),
            output: moved(self.output),
        }
    }

    /// Appends the steps of another recipe on the same inputs and returns the form of its output.
    pub fn append(&mut self, other: &Recipe) -> Form {
        let offset = self.steps.len();
        let inputs_and_one = ONE | ((1 << FIRST_STEP) - 1);
        let moved = |form: Form| form & inputs_and_one | (form & !inputs_and_one) << offset;
        self.steps
            .extend(other.steps.iter().map(|&(a, b)| (moved(a), moved(b))));
        moved(other.output)
    }

    /// The function's truth table.
    pub fn table(&self) -> u64 {
        let mut tables: Vec<u64> = VARIABLE.to_vec();
        for &(a, b) in &self.steps {
            let product = form_table(a, &tables) & form_table(b, &tables);
            tables.push(product);
        }
        form_table(self.output, &tables)
    }
}

/// A form with each input replaced by a form.
pub(super) fn on_inputs(form: Form, inputs: &[Form]) -> Form {
    let steps_and_one = form & !((1 << FIRST_STEP) - 1);
    let terms = inputs
        .iter()
        .enumerate()
        .filter(|&(input, _)| form >> input & 1 == 1);
    terms.fold(steps_and_one, |form, (_, &input)| form ^ input)
}

/// The truth table of a form, given those of the inputs and steps.
pub(super) fn form_table(form: Form, tables: &[u64]) -> u64 {
    let constant = if form & ONE != 0 { u64::MAX } else { 0 };
    let terms = tables
        .iter()
        .enumerate()
        .filter(|&(term, _)| form >> term & 1 == 1);
    terms.fold(constant, |sum, (_, &table)| sum ^ table)
}

/// The form of an affine function, from its normal form.
pub(super) fn affine_form(normal_form: u64) -> Form {
    let constant = if normal_form & 1 == 1 { ONE } else { 0 };
    (0..FIRST_STEP).fold(constant, |form, input| {
        form | ((normal_form >> (1u32 << input) & 1) as Form) << input
    })
}

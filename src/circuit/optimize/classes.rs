//! The table of all functions of four variables, by their number of ANDs.
//!
//! Adding an affine function costs no AND, so a class is a normal form without its terms of degree
//! 0 and 1: 2^11 classes. All circuits with one, two and three ANDs are enumerated once, in the
//! first use of the table; three ANDs reach every class (Turan and Peralta, "The multiplicative
//! complexity of Boolean functions on four and five variables", 2014). A gate's product changes by
//! an affine function of the signals before it if another basis is chosen for the plane that its
//! two operands span, or constants are added to them, so one gate per plane is enough.

use std::sync::OnceLock;

use super::function::{AFFINE, VARIABLE, normal_form};
use super::recipe::{FIRST_STEP, Form, Recipe, affine_form, form_table};

/// The number of variables.
pub(super) const INPUTS: usize = 4;

/// What is known of a class.
#[derive(Clone, Debug, Default)]
struct Class {
    /// Fewest steps; the output is the sum of the steps in `output`, up to an affine function.
    steps: Vec<(Form, Form)>,
    output: Form,
    /// Bit i: gate i of [`Classes::single`] may be the first one of two.
    first_of_two: u64,
}

/// The classes of functions of four variables, and the circuits with two ANDs.
#[derive(Debug)]
pub(super) struct Classes {
    classes: Vec<Class>,
    /// The 35 products of two linear forms: operands and truth table.
    single: Vec<((Form, Form), u64)>,
}

/// The table.
pub(super) fn classes() -> &'static Classes {
    static CLASSES: OnceLock<Classes> = OnceLock::new();
    CLASSES.get_or_init(Classes::enumerate)
}

/// The class of a function of four variables, from its truth table. Only this and equality have a
/// meaning.
pub(super) fn class_of(table: u64) -> usize {
    (normal_form(table) & !AFFINE & 0xffff) as usize
}

impl Classes {
    /// The fewest ANDs of a class.
    pub fn ands(&self, class: usize) -> usize {
        self.classes[class].steps.len()
    }

    /// A recipe with the fewest ANDs for a function of four variables.
    pub fn recipe(&self, table: u64) -> Recipe {
        let Class { steps, output, .. } = &self.classes[class_of(table)];
        let recipe = Recipe {
            steps: steps.clone(),
            output: *output,
        };
        let rest = normal_form(recipe.table() ^ table);
        Recipe {
            output: output ^ affine_form(rest),
            ..recipe
        }
    }

    /// Steps, at most two, and for each of the functions the form that gives it.
    pub fn joint_recipe(&self, tables: &[u64]) -> Option<(Recipe, Vec<Form>)> {
        let mut basis: Vec<usize> = Vec::with_capacity(2);
        for class in tables.iter().map(|&table| class_of(table)) {
            let known = class == 0
                || basis.contains(&class)
                || basis.len() == 2 && basis[0] ^ basis[1] == class;
            match (known, basis.len()) {
                (true, _) => {}
                (false, 2) => return None,
                (false, _) => basis.push(class),
            }
        }
        let steps = match *basis.as_slice() {
            [] => Vec::new(),
            [class] if self.ands(class) <= 2 => self.classes[class].steps.clone(),
            [one, other] => self.two_steps(one, other)?,
            _ => return None,
        };
        let recipe = Recipe { steps, output: 0 };
        let forms = tables
            .iter()
            .map(|&table| self.sum_of_steps(&recipe, table))
            .collect::<Option<_>>()?;
        Some((recipe, forms))
    }

    /// Functions that two gates span together with a function of the class, which has one AND or
    /// two: one of each such class, at least.
    pub fn partners(&self, class: usize) -> Vec<u64> {
        let set = self.classes[class].first_of_two;
        let firsts = self
            .single
            .iter()
            .enumerate()
            .filter(|&(gate, _)| set >> gate & 1 == 1);
        let mut partners: Vec<u64> = firsts.map(|(_, &(_, product))| product).collect();
        if let (1, &[gate]) = (self.ands(class), self.classes[class].steps.as_slice()) {
            // The class itself comes first, and any gate follows.
            let mut tables = VARIABLE[..INPUTS].to_vec();
            tables.push(form_table(gate.0, &tables) & form_table(gate.1, &tables));
            let seconds = planes(INPUTS + 1);
            partners.extend(seconds.map(|(a, b)| form_table(a, &tables) & form_table(b, &tables)));
        }
        partners
    }

    /// The gates that may come first of two for both classes.
    pub fn common_first_gate(&self, one: usize, other: usize) -> Option<(Form, Form)> {
        let set = self.classes[one].first_of_two & self.classes[other].first_of_two;
        self.single
            .get(set.trailing_zeros() as usize)
            .map(|&(gate, _)| gate)
    }

    /// The second gate for a class after the first gate.
    pub fn second_gate(&self, first: (Form, Form), class: usize) -> Option<(Form, Form)> {
        let mut tables = VARIABLE[..INPUTS].to_vec();
        let product = form_table(first.0, &tables) & form_table(first.1, &tables);
        tables.push(product);
        let first_class = class_of(product);
        planes(INPUTS + 1).find_map(|(a, b)| {
            let found = class_of(form_table(a, &tables) & form_table(b, &tables));
            (found == class || found ^ first_class == class).then(|| (as_form(a), as_form(b)))
        })
    }

    /// The form of a function as a sum of the recipe's steps and an affine function.
    pub fn sum_of_steps(&self, recipe: &Recipe, table: u64) -> Option<Form> {
        (0..1 << recipe.steps.len()).find_map(|sum: Form| {
            let steps = Recipe {
                output: sum << FIRST_STEP,
                ..recipe.clone()
            };
            let rest = normal_form(steps.table() ^ table);
            (rest & !AFFINE == 0).then(|| steps.output | affine_form(rest))
        })
    }

    /// Two gates whose products, up to affine functions, span the two classes.
    fn two_steps(&self, one: usize, other: usize) -> Option<Vec<(Form, Form)>> {
        [(one, other), (other, one), (one ^ other, one)]
            .into_iter()
            .find_map(|(first, second)| {
                if self.ands(first) != 1 {
                    return None;
                }
                let first = self.classes[first].steps[0];
                let index = self.single.iter().position(|&(gate, _)| gate == first)?;
                if self.classes[second].first_of_two >> index & 1 == 0 {
                    return None;
                }
                Some(vec![first, self.second_gate(first, second)?])
            })
    }

    fn enumerate() -> Classes {
        let mut classes = vec![Class::default(); 1 << (1 << INPUTS)];
        let mut single = Vec::new();
        let mut missing = (1 << 11) - 1;
        let mut tables = VARIABLE[..INPUTS].to_vec();
        let mut note = |class: &mut Class, steps: &[(Form, Form)], output: Form| {
            if class.steps.is_empty() {
                class.steps = steps
                    .iter()
                    .map(|&(a, b)| (as_form(a), as_form(b)))
                    .collect();
                class.output = as_form(output);
                missing -= 1;
            }
            missing == 0
        };
        let step = |index: usize| 1 << (INPUTS + index);
        for (a, b) in planes(INPUTS) {
            let product = form_table(a, &tables) & form_table(b, &tables);
            note(&mut classes[class_of(product)], &[(a, b)], step(0));
            single.push(((a, b), product));
        }
        for (index, &(first, product)) in single.iter().enumerate() {
            tables.truncate(INPUTS);
            tables.push(product);
            for second in planes(INPUTS + 1) {
                let product = form_table(second.0, &tables) & form_table(second.1, &tables);
                for (with, output) in [(0, step(1)), (tables[INPUTS], step(1) | step(0))] {
                    let class = class_of(product ^ with);
                    if class != 0 {
                        note(&mut classes[class], &[first, second], output);
                        classes[class].first_of_two |= 1 << index;
                    }
                }
            }
        }
        'all: for &(first, product) in &single {
            for second in planes(INPUTS + 1) {
                tables.truncate(INPUTS);
                tables.push(product);
                let product = form_table(second.0, &tables) & form_table(second.1, &tables);
                tables.push(product);
                for third in planes(INPUTS + 2) {
                    let product = form_table(third.0, &tables) & form_table(third.1, &tables);
                    for sum in 0..4 {
                        let earlier = sum << INPUTS;
                        let class = class_of(product ^ form_table(earlier, &tables));
                        let output = step(2) | earlier;
                        if class != 0 && note(&mut classes[class], &[first, second, third], output)
                        {
                            break 'all;
                        }
                    }
                }
            }
        }
        Classes { classes, single }
    }
}

/// The planes of a space of `dimension` dimensions: the two smallest of their three nonzero
/// vectors.
fn planes(dimension: usize) -> impl Iterator<Item = (Form, Form)> {
    let end: Form = 1 << dimension;
    (1..end).flat_map(move |a| {
        (a + 1..end)
            .filter(move |&b| b < a ^ b)
            .map(move |b| (a, b))
    })
}

/// Here steps follow the four inputs at once; in a [`Recipe`] there is room for six inputs.
fn as_form(set: Form) -> Form {
    let inputs = (1 << INPUTS) - 1;
    set & inputs | (set & !inputs) << (FIRST_STEP - INPUTS)
}

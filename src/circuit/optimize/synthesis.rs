//! Functions of up to six variables: recipes with few ANDs.
//!
//! A function with k ANDs depends on 2k linear forms at most, up to an affine function, since each
//! gate brings two at most. So the function is first reduced to as few variables as it has in this
//! sense: its linear structures, the directions in which its derivative is constant, are divided
//! out. Then:
//!
//! - up to four variables, the table of [`super::classes`] has the optimum;
//! - a quadratic form of 2k variables takes k ANDs, the optimum (Mirwald and Schnorr, "The
//!   multiplicative complexity of quadratic Boolean forms", 1992);
//! - the rest, five or six variables, takes three ANDs at least: see [`super::search`].

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::classes::{Classes, INPUTS, class_of, classes};
use super::function::{AFFINE, VARIABLE, VARIABLES, degree, derivative, normal_form, substitute};
use super::recipe::{Form, Recipe, affine_form, form_table};
use super::search;

/// Finds recipes and remembers them.
#[derive(Debug)]
pub(super) struct Synthesis {
    classes: &'static Classes,
    /// By truth table. Never iterated.
    known: HashMap<u64, Known, BuildHasherDefault<TableHasher>>,
    recipes: Vec<Recipe>,
    /// How many functions of five or six variables may still be searched for.
    effort: usize,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    /// Index and ANDs.
    recipe: Option<(u32, u32)>,
    /// False for a function of five or six variables that was not searched for yet.
    searched: bool,
}

impl Synthesis {
    /// `effort` bounds the number of searches (each takes some tenths of a millisecond).
    pub fn new(effort: usize) -> Self {
        Synthesis {
            classes: classes(),
            known: HashMap::default(),
            recipes: Vec::new(),
            effort,
        }
    }

    /// A recipe with at most `limit` ANDs for a function of six variables, some of which may not
    /// matter. `None` if there is none, or we know none. A search is made only for fewer than
    /// `limit` ANDs. The result is an index for [`Synthesis::known_recipe`] and the number of ANDs.
    pub fn recipe(&mut self, table: u64, limit: usize) -> Option<(usize, usize)> {
        let known = match self.known.get(&table) {
            Some(&known) if known.searched || limit <= 3 => known,
            _ => self.find(table, limit),
        };
        let (index, ands) = known.recipe?;
        (ands as usize <= limit).then_some((index as usize, ands as usize))
    }

    /// A recipe that was found before.
    pub fn known_recipe(&self, index: usize) -> &Recipe {
        &self.recipes[index]
    }

    fn find(&mut self, table: u64, limit: usize) -> Known {
        let reduced = Reduced::of(table);
        let mut recipe = reduced.small(self.classes);
        let mut searched = recipe.is_some();
        if !searched && limit > 3 && self.effort > 0 {
            self.effort -= 1;
            searched = true;
            recipe = search::best(self.classes, reduced.table, reduced.variables());
        }
        let recipe = recipe.map(|recipe| {
            let ands = recipe.steps.len() as u32;
            self.recipes.push(reduced.expand(&recipe));
            (self.recipes.len() as u32 - 1, ands)
        });
        let known = Known { recipe, searched };
        self.known.insert(table, known);
        known
    }
}

/// Hashes truth tables. The standard hasher takes longer than the rest of a lookup.
#[derive(Debug, Default)]
struct TableHasher(u64);

impl Hasher for TableHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }
}

/// A function of six variables as one of fewer: f(x) = g(`inputs`(x)) + `affine`(x). g has no
/// linear structure and no affine part.
#[derive(Clone, Debug)]
pub(super) struct Reduced {
    pub table: u64,
    pub inputs: Vec<Form>,
    affine: Form,
}

impl Reduced {
    pub fn of(table: u64) -> Reduced {
        let mut affine = affine_form(normal_form(table));
        let mut rows = [0usize; VARIABLES];
        let table = table ^ form_table(affine, &VARIABLE);
        for direction in 1..1usize << VARIABLES {
            // The structures are a vector space. The first with a given highest bit has none of the
            // others' highest bits, so these rows are in reduced echelon form.
            let pivot = direction.ilog2() as usize;
            if rows[pivot] != 0 {
                continue;
            }
            let change = derivative(table, direction);
            if change == 0 || change == u64::MAX {
                rows[pivot] = direction;
                affine ^= ((change & 1) as Form) << pivot;
            }
        }
        // x = x' + the rows of the pivots where x is 1, and x' is 0 at the pivots.
        let free: Vec<usize> = (0..VARIABLES)
            .filter(|&variable| rows[variable] == 0)
            .collect();
        let units: Vec<usize> = free.iter().map(|variable| 1 << variable).collect();
        let inputs = free
            .iter()
            .map(|&variable| {
                let pivots = (0..VARIABLES).filter(|&pivot| rows[pivot] >> variable & 1 == 1);
                pivots.fold(1 << variable, |form: Form, pivot| form | 1 << pivot)
            })
            .collect();
        Reduced {
            table: substitute(table, &units),
            inputs,
            affine,
        }
    }

    pub fn variables(&self) -> usize {
        self.inputs.len()
    }

    /// The optimal recipe for g if it has at most four variables or is quadratic.
    pub fn small(&self, classes: &Classes) -> Option<Recipe> {
        if self.variables() <= INPUTS {
            return Some(classes.recipe(self.table));
        }
        let form = normal_form(self.table);
        (degree(form) == 2).then(|| quadratic(form))
    }

    /// The number of ANDs of [`Reduced::small`].
    pub fn small_ands(&self, classes: &Classes) -> Option<usize> {
        if self.variables() <= INPUTS {
            return Some(classes.ands(class_of(self.table)));
        }
        (degree(normal_form(self.table)) == 2).then_some(self.variables() / 2)
    }

    /// A recipe for f from one for g.
    pub fn expand(&self, recipe: &Recipe) -> Recipe {
        let mut recipe = recipe.with_inputs(&self.inputs);
        recipe.output ^= self.affine;
        recipe
    }
}

/// A recipe for a quadratic function, from its normal form.
fn quadratic(form: u64) -> Recipe {
    let mut recipe = Recipe::default();
    // neighbours[i]: the set of j with the term x_i x_j.
    let mut neighbours = [0usize; VARIABLES];
    for (i, set) in neighbours.iter_mut().enumerate() {
        for j in (0..VARIABLES).filter(|&j| j != i) {
            *set |= ((form >> (1u32 << i | 1 << j) & 1) as usize) << j;
        }
    }
    while let Some(i) = neighbours.iter().position(|&set| set != 0) {
        let j = neighbours[i].trailing_zeros() as usize;
        // (x_i + the neighbours of j) (x_j + the neighbours of i) has all terms with x_i or x_j.
        let (of_i, of_j) = (neighbours[i] & !(1 << j), neighbours[j] & !(1 << i));
        let product = recipe.and((1 << i | of_j) as Form, (1 << j | of_i) as Form);
        recipe.output ^= product;
        for (k, set) in neighbours.iter_mut().enumerate() {
            *set &= !(1 << i | 1 << j);
            if of_i >> k & 1 == 1 {
                *set ^= of_j & !(1 << k);
            }
            if of_j >> k & 1 == 1 {
                *set ^= of_i & !(1 << k);
            }
        }
        neighbours[i] = 0;
        neighbours[j] = 0;
    }
    let rest = normal_form(recipe.table()) ^ form;
    recipe.output ^= affine_form(rest & AFFINE);
    recipe
}

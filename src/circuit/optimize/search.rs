//! Recipes for functions of five or six variables that cannot be reduced to fewer: three ANDs at
//! least.
//!
//! All functions with three ANDs are found. Three gates bring the five or six variables, each gate
//! at most two, and the gates before the last bring at most four. So the last gate brings
//!
//! - two: then it is (y + p)(z + q), and the second derivative along the directions of y and z is
//!   1;
//! - one: then it is (y + p)q, and the derivative along the direction of y is q;
//!
//! where p, q and what is added to the product are sums of two gates on the other four variables,
//! which the table of [`super::classes`] knows. For functions with more ANDs the same splits, and
//! one in two halves along a linear form, give upper bounds.

use super::classes::{Classes, INPUTS, class_of};
use super::function::{
    VARIABLE, completed, derivative, inverse_rows, substitute, translate, widen,
};
use super::recipe::{Form, ONE, Recipe, form_table};
use super::synthesis::Reduced;

/// The best recipe we find for a function of five or six variables without linear structures.
pub(super) fn best(classes: &Classes, table: u64, variables: usize) -> Option<Recipe> {
    let mut best = Best { recipe: None };
    two_new_variables(classes, table, variables, &mut best);
    if variables == INPUTS + 1 {
        if !best.is_optimal() {
            halves_of_five(classes, table, &mut best);
        }
        if !best.is_optimal() {
            one_new_variable(classes, table, &mut best);
        }
    } else if !best.is_optimal() {
        halves_of_six(classes, table, &mut best);
    }
    best.recipe
}

/// The best recipe so far.
struct Best {
    recipe: Option<Recipe>,
}

impl Best {
    fn ands(&self) -> usize {
        self.recipe
            .as_ref()
            .map_or(usize::MAX, |recipe| recipe.steps.len())
    }

    fn is_optimal(&self) -> bool {
        self.ands() <= 3
    }

    /// Takes a recipe in the coordinates y of x = y_0 `columns[0]` + ..., if it is better.
    fn offer(&mut self, recipe: &Recipe, columns: &[usize]) {
        if recipe.steps.len() < self.ands() {
            let inputs: Vec<Form> = inverse_rows(columns)
                .into_iter()
                .map(|row| row as Form)
                .collect();
            self.recipe = Some(recipe.with_inputs(&inputs));
        }
    }
}

/// f = (y + p)(z + q) + r, where p, q and r are functions of the other variables.
fn two_new_variables(classes: &Classes, table: u64, variables: usize, best: &mut Best) {
    let rest = variables - 2;
    for u in 1..1usize << variables {
        let along_u = derivative(table, u);
        for v in (u + 1..1 << variables).filter(|&v| v < u ^ v) {
            if derivative(along_u, v) != u64::MAX {
                continue;
            }
            let columns = completed(&[u, v], variables);
            let table = substitute(table, &columns);
            let part = |y_and_z: u32| widen(table >> (y_and_z << rest), rest);
            let (p, q) = (part(0) ^ part(2), part(0) ^ part(1));
            let r = part(0) ^ p & q;
            let (mut recipe, forms) = classes.joint_recipe(&[p, q, r]).unwrap_or_else(|| {
                let mut recipe = Recipe::default();
                let forms = [p, q, r].map(|function| recipe.append(&classes.recipe(function)));
                (recipe, forms.to_vec())
            });
            if recipe.steps.len() + 1 < best.ands() {
                let product = recipe.and(1 << rest ^ forms[0], 1 << (rest + 1) ^ forms[1]);
                recipe.output = product ^ forms[2];
                best.offer(&recipe, &columns);
            }
            if best.is_optimal() {
                return;
            }
        }
    }
}

/// f = (y + p)q + r of five variables with three ANDs, where p, q and r are functions of the other
/// four and q is not affine.
fn one_new_variable(classes: &Classes, table: u64, best: &mut Best) {
    let variables = INPUTS + 1;
    for direction in 1..1usize << variables {
        let columns = completed(&[direction], variables);
        let table = substitute(table, &columns);
        let at_0 = widen(table, INPUTS);
        let q = at_0 ^ widen(table >> (1 << INPUTS), INPUTS);
        if class_of(q) == 0 || classes.ands(class_of(q)) > 2 {
            continue;
        }
        // Two gates span q and one more function; p is a linear form of the variables and that
        // function.
        for other in classes.partners(class_of(q)) {
            for linear in 0..1 << INPUTS {
                for p in [
                    form_table(linear, &VARIABLE),
                    form_table(linear, &VARIABLE) ^ other,
                ] {
                    let r = at_0 ^ p & q;
                    if !span_contains(class_of(q), class_of(other), class_of(r)) {
                        continue;
                    }
                    let Some((mut recipe, forms)) = classes.joint_recipe(&[q, other, p, r]) else {
                        continue;
                    };
                    let product = recipe.and(1 << INPUTS ^ forms[2], forms[0]);
                    recipe.output = product ^ forms[3];
                    best.offer(&recipe, &columns);
                    return;
                }
            }
        }
    }
}

fn span_contains(one: usize, other: usize, class: usize) -> bool {
    class == 0 || class == one || class == other || class == one ^ other
}

/// f = y q + r of five variables, where y is a linear form and q and r are functions of four
/// others.
fn halves_of_five(classes: &Classes, table: u64, best: &mut Best) {
    for form in 1..1usize << (INPUTS + 1) {
        let (mut columns, direction) = kernel_and_direction(form, INPUTS + 1);
        columns.push(direction);
        let table = substitute(table, &columns);
        let (at_0, at_1) = (widen(table, INPUTS), widen(table >> (1 << INPUTS), INPUTS));
        for shift in 0..1usize << INPUTS {
            let r = at_0;
            let q = r ^ widen(translate(at_1, shift), INPUTS);
            let Some((mut recipe, [q_form, r_form])) =
                pair(classes, q, r, best.ands().saturating_sub(2))
            else {
                continue;
            };
            let product = recipe.and(1 << INPUTS, q_form);
            recipe.output = product ^ r_form;
            // Where y is 1, the other coordinates are counted from the shifted origin.
            let origin = (0..INPUTS).filter(|&bit| shift >> bit & 1 == 1);
            columns[INPUTS] = origin.fold(direction, |sum, bit| sum ^ columns[bit]);
            best.offer(&recipe, &columns);
            if best.is_optimal() {
                return;
            }
        }
    }
}

/// Both of two functions of four variables, with at most `limit` ANDs together.
fn pair(classes: &Classes, q: u64, r: u64, limit: usize) -> Option<(Recipe, [Form; 2])> {
    if let Some((recipe, forms)) = classes.joint_recipe(&[q, r]) {
        return (recipe.steps.len() <= limit).then(|| (recipe, [forms[0], forms[1]]));
    }
    if limit < 3 {
        return None;
    }
    // Any two of q, r and their sum give both.
    let sum = q ^ r;
    let classes_of = [class_of(q), class_of(r), class_of(sum)];
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let Some(first) = classes.common_first_gate(classes_of[one], classes_of[other]) else {
            continue;
        };
        let mut recipe = Recipe::default();
        recipe.and(first.0, first.1);
        for class in [classes_of[one], classes_of[other]] {
            let (a, b) = classes.second_gate(first, class)?;
            recipe.and(a, b);
        }
        let forms = [
            classes.sum_of_steps(&recipe, q)?,
            classes.sum_of_steps(&recipe, r)?,
        ];
        return Some((recipe, forms));
    }
    let cost = |index: usize| classes.ands(classes_of[index]);
    let (one, other) = [(0, 1), (0, 2), (1, 2)]
        .into_iter()
        .min_by_key(|&(i, j)| cost(i) + cost(j))?;
    if cost(one) + cost(other) > limit {
        return None;
    }
    let functions = [q, r, sum];
    let mut recipe = Recipe::default();
    let one_form = recipe.append(&classes.recipe(functions[one]));
    let other_form = recipe.append(&classes.recipe(functions[other]));
    let forms = match (one, other) {
        (0, 1) => [one_form, other_form],
        (0, _) => [one_form, one_form ^ other_form],
        _ => [one_form ^ other_form, one_form],
    };
    Some((recipe, forms))
}

/// f = y q + r of six variables, where y is a linear form and q and r are functions that reduce to
/// four variables or are quadratic.
fn halves_of_six(classes: &Classes, table: u64, best: &mut Best) {
    let variables = INPUTS + 2;
    let ands = |table: u64| {
        Reduced::of(table)
            .small_ands(classes)
            .unwrap_or(usize::MAX / 4)
    };
    // q is the derivative along a direction, whatever the form is; r the restriction to one value
    // of the form.
    let q_ands: Vec<usize> = (0..1usize << variables)
        .map(|direction| ands(derivative(table, direction)))
        .collect();
    let mut choice: Option<(usize, usize, u32, usize)> = None;
    for form in 1..1usize << variables {
        let (kernel, lowest) = kernel_and_direction(form, variables);
        let mut columns = kernel;
        columns.push(lowest);
        let halves = substitute(table, &columns);
        let half = variables - 1;
        for value in 0..2u32 {
            let r_ands = ands(widen(halves >> (value << half), half));
            for direction in (1..1usize << variables)
                .filter(|direction| (direction & form).count_ones() % 2 == 1)
            {
                let cost = 1 + q_ands[direction] + r_ands;
                if choice.is_none_or(|(least, ..)| cost < least) {
                    choice = Some((cost, form, value, direction));
                }
            }
        }
    }
    let Some((cost, form, value, direction)) = choice.filter(|&(cost, ..)| cost < best.ands())
    else {
        return;
    };
    let (mut columns, _) = kernel_and_direction(form, variables);
    columns.push(direction);
    let halves = substitute(table, &columns);
    let half = variables - 1;
    let part = |value: u32| widen(halves >> (value << half), half);
    let (q, r) = (Reduced::of(part(0) ^ part(1)), Reduced::of(part(value)));
    let (Some(q_recipe), Some(r_recipe)) = (q.small(classes), r.small(classes)) else {
        return;
    };
    let mut recipe = Recipe::default();
    let q_form = recipe.append(&q.expand(&q_recipe));
    let r_form = recipe.append(&r.expand(&r_recipe));
    let y = 1 << half | if value == 1 { ONE } else { 0 };
    let product = recipe.and(y, q_form);
    recipe.output = product ^ r_form;
    debug_assert_eq!(recipe.steps.len(), cost);
    best.offer(&recipe, &columns);
}

/// A basis of the points where a linear form is 0, and a point where it is 1.
fn kernel_and_direction(form: usize, variables: usize) -> (Vec<usize>, usize) {
    let pivot = form.trailing_zeros();
    let others = (0..variables as u32).filter(|&bit| bit != pivot);
    let kernel = others
        .map(|bit| 1usize << bit | (form >> bit & 1) << pivot)
        .collect();
    (kernel, 1 << pivot)
}

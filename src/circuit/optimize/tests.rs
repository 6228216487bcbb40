//! Tests of the synthesis of small functions.

use super::super::tests::Random;
use super::function::{
    VARIABLE, completed, inverse_rows, normal_form, substitute, translate, widen,
};
use super::recipe::{Recipe, form_table};
use super::synthesis::Synthesis;

/// The numbers of functions of four variables with 1 and 2 ANDs are known: Find, Smith-Tone and
/// Turan, "The number of Boolean functions with multiplicative complexity 2", 2015.
#[test]
fn four_variables_take_the_known_number_of_ands() {
    let mut synthesis = Synthesis::new(0);
    let mut counts = [0; 4];
    for table in 0..1u64 << 16 {
        let table = widen(table, 4);
        let (index, _) = synthesis.recipe(table, 3).expect("three ANDs suffice");
        let recipe = synthesis.known_recipe(index);
        assert_eq!(recipe.table(), table);
        counts[recipe.steps.len()] += 1;
    }
    assert_eq!(counts, [32, 1120, 31616, 32768]);
}

/// A random circuit with the given number of ANDs.
fn random_recipe(random: &mut Random, ands: usize, variables: usize) -> Recipe {
    let mut recipe = Recipe::default();
    let form = |random: &mut Random, steps: usize| {
        let inputs = random.next() as u32 & ((1 << variables) - 1);
        inputs | (random.next() as u32 & ((1 << steps) - 1)) << 6 | (random.next() as u32 & 1) << 31
    };
    for step in 0..ands {
        let (a, b) = (form(random, step), form(random, step));
        recipe.and(a, b);
    }
    recipe.output = form(random, ands);
    recipe
}

#[test]
fn functions_with_up_to_three_ands_are_found() {
    let mut random = Random(1);
    let mut synthesis = Synthesis::new(usize::MAX);
    for round in 0..6000 {
        let ands = round % 4;
        let table = random_recipe(&mut random, ands, 3 + round % 5 % 4).table();
        let (index, _) = synthesis
            .recipe(table, ands.max(4))
            .expect("there is a recipe");
        let recipe = synthesis.known_recipe(index);
        assert!(recipe.steps.len() <= ands);
        assert_eq!(recipe.table(), table);
    }
}

#[test]
fn all_recipes_are_right() {
    let mut random = Random(2);
    let mut synthesis = Synthesis::new(usize::MAX);
    let mut found = 0;
    for round in 0..1500 {
        let table = match round % 3 {
            0 => random.next(),
            1 => widen(random.next(), 5),
            _ => random_recipe(&mut random, 4 + round % 3, 6).table(),
        };
        if let Some((index, _)) = synthesis.recipe(table, 6) {
            let recipe = synthesis.known_recipe(index);
            assert_eq!(recipe.table(), table);
            found += 1;
        }
        if round % 3 == 1 {
            let ands = synthesis.recipe(table, 6).map(|(_, ands)| ands);
            assert!(ands.is_some_and(|ands| ands <= 6), "{table:x} {ands:?}");
        }
    }
    assert!(found > 500, "{found}");
}

#[test]
fn changes_of_coordinates() {
    let mut random = Random(3);
    for _ in 0..200 {
        let table = random.next();
        let direction = random.below(64);
        let (x, y) = (random.below(64), random.below(64));
        assert_eq!(
            translate(table, direction) >> x & 1,
            table >> (x ^ direction) & 1
        );
        let columns = completed(&[1 + random.below(63)], 6);
        let at = |y: usize| {
            (0..6)
                .filter(|i| y >> i & 1 == 1)
                .fold(0, |x, i| x ^ columns[i])
        };
        assert_eq!(substitute(table, &columns) >> y & 1, table >> at(y) & 1);
        let rows = inverse_rows(&columns);
        let parity = |set: usize| set.count_ones() as usize % 2;
        let back = (0..6).fold(0, |y, i| y | parity(rows[i] & x) << i);
        assert_eq!(at(back), x);
        assert_eq!(normal_form(normal_form(table)), table);
    }
    assert_eq!(form_table(0b101, &VARIABLE), VARIABLE[0] ^ VARIABLE[2]);
}

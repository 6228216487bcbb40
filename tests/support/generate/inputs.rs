//! Random inputs for generated programs.

use garble_lang::literal::{Literal, VariantLiteral};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::types::{Int, Ty};
use super::{Defs, Param};

pub fn draw(rng: &mut ChaCha8Rng, index: u64, defs: &Defs, params: &[Param]) -> Vec<Literal> {
    let mut inputs = Inputs { rng, index, defs };
    params
        .iter()
        .map(|param| {
            if param.sorted {
                inputs.sorted(&param.ty)
            } else {
                inputs.literal(&param.ty)
            }
        })
        .collect()
}

struct Inputs<'a> {
    rng: &'a mut ChaCha8Rng,
    index: u64,
    defs: &'a Defs,
}

impl Inputs<'_> {
    fn literal(&mut self, ty: &Ty) -> Literal {
        match ty {
            Ty::Bool => Literal::from(match self.index {
                0 => false,
                1 => true,
                _ => self.rng.random_bool(0.5),
            }),
            Ty::Int(int) => int.literal_value(self.int(*int)),
            Ty::Open => unreachable!("open numbers are never declared"),
            Ty::Array(elem, size) => {
                Literal::Array((0..size.len()).map(|_| self.literal(elem)).collect())
            }
            Ty::Tuple(types) => Literal::Tuple(types.iter().map(|ty| self.literal(ty)).collect()),
            Ty::Struct(index) => {
                let defs = self.defs;
                let mut fields: Vec<_> = defs.structs[*index]
                    .iter()
                    .map(|(name, ty)| (name.clone(), self.literal(ty)))
                    .collect();
                fields.sort();
                Literal::Struct(format!("S{index}"), fields)
            }
            Ty::Enum(index) => {
                let defs = self.defs;
                let variants = &defs.enums[*index];
                let (name, fields) = &variants[self.rng.random_range(0..variants.len())];
                let fields = match fields {
                    None => VariantLiteral::Unit,
                    Some(types) => {
                        VariantLiteral::Tuple(types.iter().map(|ty| self.literal(ty)).collect())
                    }
                };
                Literal::Enum(format!("E{index}"), name.clone(), fields)
            }
        }
    }

    fn int(&mut self, int: Int) -> i128 {
        let corners = [0, 1, int.max(), int.min(), int.max() - 1, int.min() + 1];
        match (self.index, self.rng.random_range(0..10)) {
            (0, _) => 0,
            (1, _) => int.max(),
            (2, _) => int.min(),
            (_, 0..5) => self.rng.random_range(0..6),
            (_, 5..7) => corners[self.rng.random_range(0..corners.len())],
            (_, 7) if int.signed => -self.rng.random_range(1..6),
            _ => self.rng.random_range(int.min()..=int.max()),
        }
    }

    /// An array whose rows' first fields are strictly ascending. They come
    /// from few values, so that two arrays have some in common.
    fn sorted(&mut self, ty: &Ty) -> Literal {
        let Ty::Array(row, size) = ty else {
            unreachable!("only arrays are joined")
        };
        let types = match row.as_ref() {
            Ty::Tuple(types) => types.as_slice(),
            _ => &[],
        };
        let mut numbers = std::collections::BTreeSet::new();
        while numbers.len() < size.len() {
            numbers.insert(self.rng.random_range(0..8_i128));
        }
        let rows = numbers.into_iter().map(|n| match types {
            [first, data @ ..] => {
                let mut fields = vec![key(first, n)];
                fields.extend(data.iter().map(|ty| self.literal(ty)));
                Literal::Tuple(fields)
            }
            [] => key(row, n),
        });
        Literal::Array(rows.collect())
    }
}

/// The key with a number from 0 to 7, ascending with the number.
fn key(ty: &Ty, n: i128) -> Literal {
    match ty {
        Ty::Int(int) if int.signed => int.literal_value(n * 30 - 100),
        Ty::Int(int) => int.literal_value(n * (int.max() / 8)),
        Ty::Tuple(_) => Literal::Tuple(vec![
            Literal::from(n > 3),
            Int::I8.literal_value(n % 4 * 3 - 6),
        ]),
        Ty::Array(..) => Literal::Array(vec![
            Int::U8.literal_value(n / 2),
            Int::U8.literal_value(n % 2 * 200),
        ]),
        _ => unreachable!("not the type of a key"),
    }
}

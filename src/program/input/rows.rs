//! The order of rows that a program joins with another party's.
//!
//! `join` and `join_iter` merge two arrays that must be in ascending order of their keys; on others the result is silently
//! wrong. So an input that is joined is checked, or sorted if its owner wants that.

use std::cmp::Ordering;

use garble_lang::{
    ast::Variant,
    literal::{Literal, VariantLiteral},
};

use super::InputError;
use crate::lower::Interface;

/// Checks that rows are in strictly ascending order of their keys, or sorts them. `keyed` rows are tuples whose first part is
/// the key; others are keys as a whole. The literal must be as [`Interface::decode`] gives it.
pub(super) fn arrange(
    rows: &mut Literal,
    keyed: bool,
    sort: bool,
    interface: &Interface,
) -> Result<(), InputError> {
    let Literal::Array(rows) = rows else {
        return Ok(());
    };
    let order = |a: &Literal, b: &Literal| compare(key(a, keyed), key(b, keyed), interface);
    if sort {
        rows.sort_by(order);
    }
    for (i, pair) in rows.windows(2).enumerate() {
        let [a, b] = pair else { continue };
        let why = match order(a, b) {
            Ordering::Less => continue,
            Ordering::Equal if sort => {
                return Err(InputError::new(
                    "has two rows with the same key; the program joins rows by keys that must be unique",
                ));
            }
            Ordering::Equal => {
                "has the key of the row before it; the program joins rows by keys that must be unique"
            }
            Ordering::Greater => {
                "is out of order; the program joins rows by ascending keys (--sort-input sorts them)"
            }
        };
        return Err(InputError {
            at: format!("at row {}", i + 2),
            ..InputError::new(why)
        });
    }
    Ok(())
}

fn key(row: &Literal, keyed: bool) -> &Literal {
    match row {
        Literal::Tuple(parts) if keyed => parts.first().unwrap_or(row),
        row => row,
    }
}

/// The order of keys as the circuit sees it (docs/garble.md).
fn compare(a: &Literal, b: &Literal, interface: &Interface) -> Ordering {
    let lists = |a: &[Literal], b: &[Literal]| {
        let pairs = a.iter().zip(b).map(|(a, b)| compare(a, b, interface));
        pairs.fold(Ordering::Equal, Ordering::then)
    };
    match (a, b) {
        (Literal::True, Literal::False) => Ordering::Greater,
        (Literal::False, Literal::True) => Ordering::Less,
        (Literal::NumUnsigned(a, _), Literal::NumUnsigned(b, _)) => a.cmp(b),
        (Literal::NumSigned(a, _), Literal::NumSigned(b, _)) => a.cmp(b),
        (Literal::Array(a), Literal::Array(b)) | (Literal::Tuple(a), Literal::Tuple(b)) => {
            lists(a, b)
        }
        (Literal::Struct(_, a), Literal::Struct(_, b)) => {
            let pairs = a.iter().zip(b).map(|(a, b)| compare(&a.1, &b.1, interface));
            pairs.fold(Ordering::Equal, Ordering::then)
        }
        (Literal::Enum(ty, a, data_a), Literal::Enum(_, b, data_b)) => {
            let definition = interface.definitions.enum_defs.get(ty);
            let index = |name: &String| {
                let mut variants = definition.into_iter().flat_map(|it| &it.variants);
                variants.position(
                    |it| matches!(it, Variant::Unit(n) | Variant::Tuple(n, _) if n == name),
                )
            };
            index(a)
                .cmp(&index(b))
                .then_with(|| match (data_a, data_b) {
                    (VariantLiteral::Tuple(a), VariantLiteral::Tuple(b)) => lists(a, b),
                    _ => Ordering::Equal,
                })
        }
        _ => Ordering::Equal,
    }
}

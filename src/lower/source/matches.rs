//! How many cases the checker looks at to see whether a `match` leaves any out.
//!
//! It splits the value into all its variants, both truth values and the ranges between the numbers that occur, field by field,
//! whether the patterns ask for them or not: a tuple of 30 `bool`s has 2^30 cases, a type that contains itself has no end of them.

use garble_lang::{UntypedExpr, UntypedPattern, ast::PatternEnum, token::MetaInfo};

use super::{
    cost::Cost,
    reader::Fault,
    shape::{Shape, Ty},
};

/// What splitting a value takes.
#[derive(Clone, Copy)]
struct Cases {
    /// Ways through it, and steps on them.
    leaves: u64,
    nodes: u64,
    /// What is copied on each step.
    weight: u64,
}

impl Cases {
    const NONE: Cases = Cases {
        leaves: 1,
        nodes: 1,
        weight: 1,
    };

    fn leaf(leaves: usize) -> Cases {
        let leaves = leaves as u64;
        Cases {
            leaves,
            nodes: leaves.saturating_add(1),
            weight: 1,
        }
    }

    fn then(self, next: Cases) -> Cases {
        Cases {
            leaves: self.leaves.saturating_mul(next.leaves),
            nodes: self
                .nodes
                .saturating_add(self.leaves.saturating_mul(next.nodes)),
            weight: self.weight.saturating_add(next.weight),
        }
    }

    fn or(self, other: Cases) -> Cases {
        Cases {
            leaves: self.leaves.saturating_add(other.leaves),
            nodes: self.nodes.saturating_add(other.nodes),
            weight: self.weight.saturating_add(other.weight),
        }
    }
}

type Patterns<'a> = Vec<&'a UntypedPattern>;

impl<'a> Cost<'a> {
    /// Counts the cases of a `match`.
    pub(super) fn cases(
        &mut self,
        head: &Ty<'a>,
        clauses: &'a [(UntypedPattern, UntypedExpr)],
        meta: MetaInfo,
    ) -> Result<(), Fault> {
        let patterns: Patterns<'a> = clauses.iter().map(|(pattern, _)| pattern).collect();
        let mut everywhere = vec![];
        // Patterns that leave out fields, or have too many, get out of step with the fields of the others.
        if patterns.iter().any(|pattern| self.is_out_of_step(pattern)) {
            for pattern in &patterns {
                numbers(pattern, true, &mut everywhere);
            }
        }
        let mut split = Split {
            cost: self,
            everywhere,
            open: vec![],
            meta,
        };
        let cases = split.split(head, &patterns)?;
        let rows = clauses.len() as u64 + 1;
        let steps = cases.nodes.saturating_mul(rows);
        self.take(steps.saturating_mul(cases.weight), meta)
    }

    fn is_out_of_step(&self, pattern: &UntypedPattern) -> bool {
        match &pattern.0 {
            PatternEnum::StructIgnoreRemaining(..) => true,
            PatternEnum::Struct(name, fields) => {
                let known = self.types.structs.get(name.as_str());
                let known = known.map_or(0, |known| known.types.len());
                known != fields.len() || fields.iter().any(|(_, field)| self.is_out_of_step(field))
            }
            PatternEnum::Tuple(fields) | PatternEnum::EnumTuple(_, _, fields) => {
                fields.iter().any(|field| self.is_out_of_step(field))
            }
            _ => false,
        }
    }
}

struct Split<'a, 'b> {
    cost: &'b mut Cost<'a>,
    /// Numbers that may split any field.
    everywhere: Vec<i128>,
    /// The structs and enums that are being split.
    open: Vec<&'a str>,
    meta: MetaInfo,
}

impl<'a> Split<'a, '_> {
    fn split(&mut self, ty: &Ty<'a>, patterns: &[&'a UntypedPattern]) -> Result<Cases, Fault> {
        self.cost.take(patterns.len() as u64 + 1, self.meta)?;
        match ty.shape() {
            Shape::Bool => Ok(Cases::leaf(2)),
            Shape::Unsigned | Shape::Free => {
                let mut ends = self.everywhere.clone();
                for pattern in patterns {
                    numbers(pattern, false, &mut ends);
                }
                self.cost.take(ends.len() as u64, self.meta)?;
                ends.sort_unstable();
                ends.dedup();
                Ok(Cases::leaf(2 * ends.len() + 2))
            }
            Shape::Tuple(fields) => {
                let patterns = patterns.iter().filter_map(|pattern| match &pattern.0 {
                    PatternEnum::Tuple(fields) => Some(fields.iter().collect()),
                    _ => None,
                });
                self.fields(fields, patterns.collect())
            }
            Shape::Struct(name) => {
                let types = self.cost.types.structs.get(name);
                let types = types.map(|fields| fields.types.clone());
                let patterns = patterns.iter().filter_map(|pattern| match &pattern.0 {
                    PatternEnum::Struct(_, fields)
                    | PatternEnum::StructIgnoreRemaining(_, fields) => {
                        Some(fields.iter().map(|(_, field)| field).collect())
                    }
                    _ => None,
                });
                self.enter(name)?;
                let cases = self.fields(&types.unwrap_or_default(), patterns.collect());
                self.open.pop();
                cases
            }
            Shape::Enum(name) => {
                let variants = self.cost.types.enums.get(name);
                let variants = variants.cloned().unwrap_or_default();
                self.enter(name)?;
                let looks = variants.len() * (patterns.len() + 1);
                self.cost.take(looks as u64, self.meta)?;
                let mut cases: Option<Cases> = None;
                for (variant, types) in &variants {
                    let patterns = patterns.iter().filter_map(|pattern| match &pattern.0 {
                        PatternEnum::EnumTuple(_, name, fields) if name == variant => {
                            Some(fields.iter().collect())
                        }
                        _ => None,
                    });
                    let variant = self.fields(types, patterns.collect())?;
                    cases = Some(cases.map_or(variant, |cases| cases.or(variant)));
                }
                self.open.pop();
                Ok(cases.unwrap_or(Cases::NONE))
            }
            Shape::Signed | Shape::Array(..) | Shape::Unknown => Ok(Cases {
                weight: ty.size(),
                ..Cases::NONE
            }),
        }
    }

    /// Fields one after the other, with the patterns for each.
    fn fields(&mut self, types: &[Ty<'a>], rows: Vec<Patterns<'a>>) -> Result<Cases, Fault> {
        let mut cases = Cases::NONE;
        for (index, ty) in types.iter().enumerate() {
            let column = rows.iter().filter_map(|row| row.get(index).copied());
            let column: Patterns<'a> = column.collect();
            self.cost.take(rows.len() as u64, self.meta)?;
            cases = cases.then(self.split(ty, &column)?);
        }
        Ok(cases)
    }

    fn enter(&mut self, name: &'a str) -> Result<(), Fault> {
        self.cost.take(self.open.len() as u64, self.meta)?;
        if self.open.contains(&name) {
            return Err(Fault::Unsupported {
                what: "the type of the value that is matched contains itself",
                meta: self.meta,
            });
        }
        self.open.push(name);
        Ok(())
    }
}

/// The numbers at which a pattern, or also the patterns in it, divide a range.
fn numbers(pattern: &UntypedPattern, inside: bool, ends: &mut Vec<i128>) {
    match &pattern.0 {
        PatternEnum::NumUnsigned(n, _) => ends.push(i128::from(*n)),
        PatternEnum::NumSigned(n, _) => ends.push(i128::from(*n)),
        PatternEnum::UnsignedInclusiveRange(from, to, _) => {
            ends.extend([i128::from(*from), i128::from(*to) + 1]);
        }
        PatternEnum::SignedInclusiveRange(from, to, _) => {
            ends.extend([i128::from(*from), i128::from(*to) + 1]);
        }
        PatternEnum::Tuple(fields) | PatternEnum::EnumTuple(_, _, fields) if inside => {
            for field in fields {
                numbers(field, inside, ends);
            }
        }
        PatternEnum::Struct(_, fields) | PatternEnum::StructIgnoreRemaining(_, fields)
            if inside =>
        {
            for (_, field) in fields {
                numbers(field, inside, ends);
            }
        }
        _ => {}
    }
}

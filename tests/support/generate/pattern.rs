//! Patterns.

use rand::Rng;

use super::types::{Int, Ty};
use super::{Generator, Var};

/// What a pattern that is being drawn may hold.
#[derive(Clone, Copy)]
struct Form {
    /// Only patterns that match every value.
    irrefutable: bool,
    /// `..` in structs. The type checker fails on some matches with it.
    rest: bool,
}

impl Generator {
    /// An irrefutable pattern of a type; the variables that it binds are
    /// added to the scope.
    pub fn pattern(&mut self, ty: &Ty) -> String {
        let form = Form {
            irrefutable: true,
            rest: true,
        };
        let mut bound = Vec::new();
        let text = self.nested(ty, form, 2, &mut bound);
        self.scope.extend(bound);
        text
    }

    /// The pattern of a clause, and its variables into the scope.
    pub fn case(&mut self, ty: &Ty, irrefutable: bool) -> String {
        let form = Form {
            irrefutable,
            rest: false,
        };
        let mut bound = Vec::new();
        let text = self.nested(ty, form, 2, &mut bound);
        self.scope.extend(bound);
        text
    }

    /// A pattern for all of one variant, and its variables into the scope.
    pub fn variant_case(&mut self, index: usize, variant: &(String, Option<Vec<Ty>>)) -> String {
        let form = Form {
            irrefutable: true,
            rest: false,
        };
        let mut bound = Vec::new();
        let text = self.variant(index, variant, form, 2, &mut bound);
        self.scope.extend(bound);
        text
    }

    fn nested(&mut self, ty: &Ty, form: Form, depth: usize, bound: &mut Vec<Var>) -> String {
        let plain = self.chance(if form.irrefutable { 0.4 } else { 0.25 });
        if plain || depth == 0 {
            return self.name(ty, bound);
        }
        match ty {
            Ty::Bool if !form.irrefutable => self.chance(0.5).to_string(),
            Ty::Int(int) if !form.irrefutable => self.numbers(*int),
            Ty::Tuple(types) => {
                let fields: Vec<_> = types
                    .iter()
                    .map(|ty| self.nested(ty, form, depth - 1, bound))
                    .collect();
                match fields.as_slice() {
                    [field] => format!("({field},)"),
                    fields => format!("({})", fields.join(", ")),
                }
            }
            Ty::Struct(index) => {
                let mut fields = Vec::new();
                let mut rest = false;
                for (name, ty) in self.defs.structs[*index].clone() {
                    if form.rest && !fields.is_empty() && self.chance(0.25) {
                        rest = true;
                        continue;
                    }
                    let field = self.nested(&ty, form, depth - 1, bound);
                    fields.push(format!("{name}: {field}"));
                }
                if rest {
                    fields.push("..".into());
                }
                format!("S{index} {{ {} }}", fields.join(", "))
            }
            Ty::Enum(index) => {
                let variants = self.defs.enums[*index].clone();
                if form.irrefutable && variants.len() > 1 {
                    return self.name(ty, bound);
                }
                let variant = &variants[self.below(variants.len())];
                self.variant(*index, variant, form, depth, bound)
            }
            _ => self.name(ty, bound),
        }
    }

    fn variant(
        &mut self,
        index: usize,
        (name, fields): &(String, Option<Vec<Ty>>),
        form: Form,
        depth: usize,
        bound: &mut Vec<Var>,
    ) -> String {
        match fields {
            None => format!("E{index}::{name}"),
            Some(types) => {
                let fields: Vec<_> = types
                    .iter()
                    .map(|ty| self.nested(ty, form, depth - 1, bound))
                    .collect();
                format!("E{index}::{name}({})", fields.join(", "))
            }
        }
    }

    fn name(&mut self, ty: &Ty, bound: &mut Vec<Var>) -> String {
        if self.chance(0.15) {
            return "_".into();
        }
        let mut name = self.fresh();
        while bound.iter().any(|var| var.name == name) {
            name = self.fresh();
        }
        bound.push(Var {
            name: name.clone(),
            ty: ty.clone(),
            mutable: false,
            below: None,
        });
        name
    }

    /// A number or a range of numbers.
    fn numbers(&mut self, int: Int) -> String {
        let low = match self.below(4) {
            0 => 0,
            1 => int.min(),
            _ if int.signed => self.rng.random_range(-9..9),
            _ => self.rng.random_range(0..9),
        };
        let text = |n: i128| match (int.signed, int.index) {
            (true, _) => format!("{n}{}", int.name()),
            (_, true) => n.to_string(),
            (false, false) => format!("{n}{}", int.name()),
        };
        match self.below(4) {
            0 => {
                let high = (low + self.rng.random_range(1..30)).min(int.max());
                format!("{}..{}", text(low), text(high))
            }
            1 => format!("{}..={}", text(low), text(int.max())),
            _ => text(low),
        }
    }
}

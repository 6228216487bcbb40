//! Leaves: variables and parts of them, indices, and numbers.

use rand::Rng;

use super::types::{Int, Ty};
use super::{Generator, Var};

/// A step from a collection to a part of it.
#[derive(Clone)]
pub enum Step {
    Field(String),
    Index(usize),
}

impl Generator {
    /// A variable, a part of one, or a literal.
    pub fn leaf(&mut self, ty: &Ty) -> String {
        let only_places = ty.is_open() || self.in_head > 0 && self.has_struct(ty);
        if only_places || self.chance(0.9) {
            let places = self.places(ty);
            if !places.is_empty() {
                let place = places[self.below(places.len())].clone();
                return self.place(&place);
            }
        }
        assert!(!only_places, "nothing is of the type {ty:?}");
        match ty {
            Ty::Bool => match self.chance(0.7).then(|| self.any_number()).flatten() {
                Some((place, int)) => format!("({place} > {})", int.text(int.max() / 4)),
                None => self.chance(0.5).to_string(),
            },
            Ty::Int(int) => {
                if let Some((place, _)) = self.chance(0.7).then(|| self.any_number()).flatten() {
                    return format!("({place} as {})", int.name());
                }
                let consts: Vec<_> = self.consts.iter().filter(|c| c.1 == *int).collect();
                if !consts.is_empty() && self.rng.random_bool(0.3) {
                    let name = consts[self.rng.random_range(0..consts.len())].0.clone();
                    // A variable may hide a constant only under its own name.
                    return name;
                }
                self.constant(*int)
            }
            _ => self.collection(ty),
        }
    }

    /// A number in scope that needs no index, and its type.
    fn any_number(&mut self) -> Option<(String, Int)> {
        let int = Int::new([8, 16, 32][self.below(3)], self.chance(0.4));
        for int in [int, Int::U8, Int::new(32, false), Int::USIZE, Int::I8] {
            let places = self.plain_places(&Ty::Int(int));
            if !places.is_empty() {
                let place = places[self.below(places.len())].clone();
                return Some((self.place(&place), int));
            }
        }
        None
    }

    fn constant(&mut self, int: Int) -> String {
        let n = match self.below(10) {
            0 => int.max(),
            1 => int.min(),
            2 => self.rng.random_range(int.min()..=int.max()),
            _ => self.rng.random_range(0..12),
        };
        int.text(n)
    }

    /// Everything in scope that has the type.
    pub fn places(&self, ty: &Ty) -> Vec<(Var, Vec<Step>)> {
        let mut places = Vec::new();
        for var in self.visible() {
            self.walk(&var, &var.ty, ty, &mut Vec::new(), &mut places);
        }
        places
    }

    /// Everything in scope that has the type and needs no index.
    fn plain_places(&mut self, ty: &Ty) -> Vec<(Var, Vec<Step>)> {
        let mut places = self.places(ty);
        places.retain(|(_, steps)| steps.iter().all(|step| matches!(step, Step::Field(_))));
        places
    }

    fn walk(
        &self,
        var: &Var,
        from: &Ty,
        to: &Ty,
        steps: &mut Vec<Step>,
        places: &mut Vec<(Var, Vec<Step>)>,
    ) {
        if from == to {
            places.push((var.clone(), steps.clone()));
            return;
        }
        let parts: Vec<(Step, Ty)> = match from {
            Ty::Array(elem, size) if size.len() > 0 => {
                vec![(Step::Index(size.len()), (**elem).clone())]
            }
            Ty::Tuple(types) => types
                .iter()
                .enumerate()
                .map(|(i, ty)| (Step::Field(format!(".{i}")), ty.clone()))
                .collect(),
            Ty::Struct(index) => self.defs.structs[*index]
                .iter()
                .map(|(name, ty)| (Step::Field(format!(".{name}")), ty.clone()))
                .collect(),
            _ => Vec::new(),
        };
        for (step, part) in parts {
            steps.push(step);
            self.walk(var, &part, to, steps, places);
            steps.pop();
        }
    }

    pub fn place(&mut self, (var, steps): &(Var, Vec<Step>)) -> String {
        let mut text = var.name.clone();
        for step in steps {
            match step {
                Step::Field(field) => text.push_str(field),
                Step::Index(len) => text.push_str(&format!("[{}]", self.index(*len))),
            }
        }
        text
    }

    /// An index into an array of a length.
    pub fn index(&mut self, len: usize) -> String {
        if self.risky() && self.chance(0.4) {
            return match self.below(8) {
                0 => self.below(len + 1).to_string(),
                1..4 => self.leaf_deep(&Ty::Int(Int::USIZE)),
                _ => format!("({} as usize)", self.leaf_deep(&Ty::Int(Int::U8))),
            };
        }
        let bounded: Vec<_> = self
            .visible()
            .into_iter()
            .filter(|var| var.below.is_some_and(|below| below <= len as u64))
            .collect();
        if !bounded.is_empty() && self.chance(0.6) {
            return bounded[self.below(bounded.len())].name.clone();
        }
        match self.below(4) {
            0 => self.below(len).to_string(),
            1 => format!("{}usize", self.below(len)),
            2 if len.is_power_of_two() => {
                let index = self.leaf_deep(&Ty::Int(Int::USIZE));
                format!("{index} & {}", len - 1)
            }
            _ if self.affords(1100) => {
                let index = self.leaf_deep(&Ty::Int(Int::USIZE));
                format!("{index} % {len}usize")
            }
            _ if self.affords(100) => {
                let index = self.leaf_deep(&Ty::Int(Int::U8));
                format!("({index} % {len}) as usize")
            }
            _ => self.below(len).to_string(),
        }
    }

    /// A leaf, or with fuel left any expression: for operands that are drawn
    /// within leaves.
    fn leaf_deep(&mut self, ty: &Ty) -> String {
        if self.fuel > 0 && self.chance(0.3) {
            return self.expr(ty);
        }
        self.fuel = self.fuel.saturating_sub(1);
        let places = self.plain_places(ty);
        match (places.is_empty(), ty) {
            (false, _) => {
                let place = places[self.below(places.len())].clone();
                self.place(&place)
            }
            (true, Ty::Int(int)) => match self.any_number() {
                Some((place, _)) => format!("({place} as {})", int.name()),
                None => self.constant(*int),
            },
            (true, _) => self.leaf(ty),
        }
    }
}

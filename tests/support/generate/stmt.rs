//! Statements.

use rand::Rng;

use super::Generator;
use super::types::{Int, Size, Ty};

/// Loops may be nested until their bodies are unrolled this often.
const MAX_UNROLLED: usize = 12;

impl Generator {
    /// Statements on lines of their own. What they declare stays in scope.
    pub fn statements(&mut self, len: usize) -> String {
        let mut text = String::new();
        for _ in 0..len {
            let statement = self.statement();
            text.push_str(&format!("{}{statement}\n", "    ".repeat(self.indent)));
        }
        text
    }

    fn statement(&mut self) -> String {
        if self.fuel == 0 {
            return self.binding();
        }
        self.fuel -= 1;
        match self.below(20) {
            0..3 => self.binding(),
            3..6 => self.mutable_binding(),
            6 => self.open_binding(),
            7..13 => self.assignment(),
            13..16 => self.for_loop(),
            16..18 => self.conditional(),
            18 => self.match_with(Self::unit_body),
            _ => self.join_loop(),
        }
    }

    /// A type, often one that something in scope has.
    fn likely_type(&mut self) -> Ty {
        let types: Vec<_> = self
            .visible()
            .into_iter()
            .map(|var| var.ty)
            .filter(|ty| !(ty.is_open() || self.in_head > 0 && self.has_struct(ty)))
            .collect();
        if types.is_empty() || self.chance(0.5) {
            return self.draw_type();
        }
        types[self.below(types.len())].clone()
    }

    fn binding(&mut self) -> String {
        let mut ty = self.likely_type();
        if self.chance(0.15) {
            let open: Vec<_> = self.visible().into_iter().map(|var| var.ty).collect();
            let open: Vec<_> = open.into_iter().filter(Ty::is_open).collect();
            if !open.is_empty() {
                ty = open[self.below(open.len())].clone();
            }
        }
        let value = self.expr(&ty);
        // The parser takes a struct pattern wherever a pattern may stand.
        let pattern = self.pattern(&ty);
        let annotation = match !ty.is_open() && self.chance(0.3) {
            true => format!(": {}", ty.name()),
            false => String::new(),
        };
        format!("let {pattern}{annotation} = {value};")
    }

    pub fn mutable_binding(&mut self) -> String {
        if self.chance(0.05) {
            // Here the checker settles on the default type.
            let name = self.fresh();
            self.declare(name.clone(), Ty::Int(Int::new(32, true)), true, None);
            return format!("let mut {name} = {};", self.below(100));
        }
        let ty = self.likely_type();
        let value = self.expr(&ty);
        let name = self.fresh();
        let annotation = match self.chance(0.3) {
            true => format!(": {}", ty.name()),
            false => String::new(),
        };
        self.declare(name.clone(), ty, true, None);
        format!("let mut {name}{annotation} = {value};")
    }

    /// Numbers without a suffix, whose type the checker leaves open.
    fn open_binding(&mut self) -> String {
        let risky = self.risky();
        let number = |this: &mut Self| match risky {
            true => ["-3", "300", "70000", "7 - 9", "5 * 60"][this.below(5)].to_string(),
            false => this.below(10).to_string(),
        };
        let (value, ty) = match self.below(5) {
            0 => {
                let condition = self.head(Self::condition);
                let (a, b) = (self.below(10), number(self));
                // Both branches must be open in the same way.
                let b = if b.starts_with('-') { "300".into() } else { b };
                let value = format!("if ({condition}) {{ {a} }} else {{ {b} }}");
                (value, Ty::Open)
            }
            1 => {
                let value = format!("({}, {})", self.below(10), self.below(10));
                (value, Ty::Tuple(vec![Ty::Open, Ty::Open]))
            }
            2 => {
                let value = format!("[{}, {}]", self.below(10), self.below(10));
                (value, Ty::Array(Box::new(Ty::Open), Size::Literal(2)))
            }
            _ => {
                let value = number(self);
                // Negative literals only go with signed numbers.
                let value = if value == "-3" { "7 - 9".into() } else { value };
                (value, Ty::Open)
            }
        };
        let name = self.fresh();
        self.declare(name.clone(), ty, false, None);
        format!("let {name} = {value};")
    }

    fn assignment(&mut self) -> String {
        let mutable: Vec<_> = self
            .visible()
            .into_iter()
            .filter(|var| var.mutable)
            .collect();
        if mutable.is_empty() {
            return self.mutable_binding();
        }
        let name = mutable[self.below(mutable.len())].name.clone();
        self.assign_to(&name)
    }

    /// Assigns to a variable or to a part of it.
    pub fn assign_to(&mut self, name: &str) -> String {
        let var = self.visible().into_iter().find(|var| var.name == name);
        let var = var.expect("the variable is in scope");
        let mut ty = var.ty;
        let mut place = var.name;
        loop {
            let next = match &ty {
                Ty::Array(elem, size) if size.len() > 0 => {
                    Some((format!("[{}]", self.index(size.len())), (**elem).clone()))
                }
                Ty::Tuple(types) if !types.is_empty() => {
                    let i = self.rng.random_range(0..types.len());
                    Some((format!(".{i}"), types[i].clone()))
                }
                Ty::Struct(index) => {
                    let fields = &self.defs.structs[*index];
                    let (name, ty) = fields[self.rng.random_range(0..fields.len())].clone();
                    Some((format!(".{name}"), ty))
                }
                _ => None,
            };
            let in_head = self.in_head > 0 && self.has_struct(&ty);
            match next {
                Some((step, part)) if in_head || self.chance(0.75) => {
                    place.push_str(&step);
                    ty = part;
                }
                _ => break,
            }
        }
        match ty {
            Ty::Int(int) if self.chance(0.4) => self.compound(&place, int),
            Ty::Bool if self.chance(0.3) => {
                let op = ["&=", "|=", "^="][self.below(3)];
                format!("{place} {op} {};", self.expr(&Ty::Bool))
            }
            ty => format!("{place} = {};", self.expr(&ty)),
        }
    }

    /// An assignment with an operator. Without risk the operands are masked
    /// first, so that the result fits.
    fn compound(&mut self, place: &str, int: Int) -> String {
        let bits = int.bits as usize;
        let chosen = match self.below(10) {
            op @ 0..4 => op,
            op if self.affords(bits * bits) => op,
            _ => 0,
        };
        let op = ["&=", "+=", "-=", "<<=", "*=", "/=", "%=", "|=", "^=", ">>="][chosen];
        let ty = match op {
            "<<=" | ">>=" => Ty::Int(Int::U8),
            _ => Ty::Int(int),
        };
        let value = self.expr(&ty);
        if self.risky() {
            return format!("{place} {op} {value};");
        }
        let half = int.text((1 << (bits / 2 - 1)) - 1);
        match op {
            "<<=" | ">>=" => format!("{place} {op} {value} & {}u8;", bits - 1),
            "/=" | "%=" => format!("{place} {op} ({value} & {half}) | 1;"),
            "+=" | "*=" => format!("{place} &= {half}; {place} {op} {value} & {half};"),
            "-=" if int.signed => format!("{place} >>= 1; {place} -= {value} >> 1;"),
            "-=" => {
                let top = int.text(1 << (bits - 1));
                format!("{place} |= {top}; {place} -= {value} >> 1;")
            }
            _ => format!("{place} {op} {value};"),
        }
    }

    /// A block without a value.
    fn unit_body(&mut self) -> String {
        let outer = self.scope.len();
        let len = self.rng.random_range(1..=3);
        let depth = std::mem::take(&mut self.depth);
        self.indent += 1;
        let mut text = String::new();
        for _ in 0..len {
            let statement = match self.fuel {
                0 => self.binding(),
                _ => {
                    self.fuel -= 1;
                    if self.chance(0.7) {
                        self.assignment()
                    } else {
                        self.statement()
                    }
                }
            };
            text.push_str(&format!("{}{statement}\n", "    ".repeat(self.indent)));
        }
        self.indent -= 1;
        self.depth = depth;
        self.scope.truncate(outer);
        format!("{{\n{text}{}}}", "    ".repeat(self.indent))
    }

    fn conditional(&mut self) -> String {
        let condition = self.head(Self::condition);
        let then = self.unit_body();
        match self.chance(0.5) {
            true => format!("if ({condition}) {then}"),
            false => format!("if ({condition}) {then} else {}", self.unit_body()),
        }
    }

    fn for_loop(&mut self) -> String {
        let max = MAX_UNROLLED / self.unrolled;
        if max < 2 {
            return self.assignment();
        }
        let outer = self.scope.len();
        let len = self.rng.random_range(1..=max.min(4));
        let (pattern, values, len) = match self.below(4) {
            0 => {
                let name = self.fresh();
                let below = Some(len as u64);
                self.declare(name.clone(), Ty::Int(Int::USIZE), false, below);
                (name, format!("0usize..{len}usize"), len)
            }
            1 => {
                let name = self.fresh();
                self.declare(name.clone(), Ty::Open, false, Some(len as u64));
                (name, format!("0..{len}"), len)
            }
            2 => {
                let name = self.fresh();
                self.declare(name.clone(), Ty::Int(Int::U8), false, None);
                (name, format!("(3u8..{}u8)", 3 + len), len)
            }
            _ => {
                let elem = self.small_type();
                let arrays: Vec<_> = self
                    .visible()
                    .into_iter()
                    .map(|var| var.ty)
                    .filter(|ty| matches!(ty, Ty::Array(_, size) if size.len() <= max))
                    .collect();
                let ty = match arrays.is_empty() {
                    true => Ty::Array(Box::new(elem), Size::Literal(len)),
                    false => arrays[self.below(arrays.len())].clone(),
                };
                let values = self.head(|this| this.expr(&ty));
                let Ty::Array(elem, size) = &ty else {
                    unreachable!("loops run over arrays")
                };
                (self.pattern(elem), format!("({values})"), size.len())
            }
        };
        let text = self.loop_body(len);
        self.scope.truncate(outer);
        format!("for {pattern} in {values} {text}")
    }

    fn loop_body(&mut self, len: usize) -> String {
        let unrolled = self.unrolled;
        self.unrolled *= len.max(1);
        let text = self.unit_body();
        self.unrolled = unrolled;
        text
    }

    /// A loop over the join of two tables, if there are any.
    fn join_loop(&mut self) -> String {
        let [(a, row_a, len_a), (b, row_b, len_b)] = match self.tables.as_slice() {
            [a, b] => [a.clone(), b.clone()],
            _ => return self.assignment(),
        };
        let len = len_a + len_b - 1;
        if len * self.unrolled > MAX_UNROLLED {
            return self.assignment();
        }
        let outer = self.scope.len();
        let has_data = matches!(row_a, Ty::Tuple(_));
        let text = if has_data && self.chance(0.6) {
            let pattern = self.pattern(&Ty::Tuple(vec![row_a, row_b]));
            let body = self.loop_body(len);
            format!("for {pattern} in join_iter({a}, {b}) {body}")
        } else {
            let row = match has_data {
                true => Ty::Tuple(vec![Ty::Bool, row_a, row_b]),
                false => Ty::Tuple(vec![Ty::Bool, row_a]),
            };
            let pattern = self.pattern(&row);
            let body = self.loop_body(len);
            format!("for {pattern} in (join({a}, {b})) {body}")
        };
        self.scope.truncate(outer);
        text
    }
}

//! Expressions.

use rand::Rng;

use super::Generator;
use super::types::{Int, Size, Ty};

impl Generator {
    /// An expression of a type.
    pub fn expr(&mut self, ty: &Ty) -> String {
        let only_places = self.in_head > 0 && self.has_struct(ty);
        let shallow = self.chance(0.15 * self.depth.min(6) as f64);
        if self.fuel == 0 || ty.is_open() || only_places || shallow {
            return self.leaf(ty);
        }
        self.fuel -= 1;
        self.depth += 1;
        let text = self.deep(ty);
        self.depth -= 1;
        text
    }

    fn deep(&mut self, ty: &Ty) -> String {
        match self.below(24) {
            0..4 => self.leaf(ty),
            4..6 => self.choice(ty),
            6..8 => self.matching(ty),
            8 => format!("({})", self.body(ty)),
            9..13 => self.call_for(ty).unwrap_or_else(|| self.leaf(ty)),
            13 => {
                let len = self.rng.random_range(1..=3);
                let elems: Vec<_> = (0..len).map(|_| self.expr(ty)).collect();
                format!("[{}][{}]", elems.join(", "), self.index(len))
            }
            _ => match ty {
                Ty::Bool => self.condition(),
                Ty::Int(int) => self.number(*int),
                _ => self.collection(ty),
            },
        }
    }

    fn number(&mut self, int: Int) -> String {
        let bits = int.bits as usize;
        let half = int.text((1 << (bits / 2 - 1)) - 1);
        let ty = Ty::Int(int);
        match self.below(22) {
            0..3 => {
                let (x, y) = (self.expr(&ty), self.operand(int));
                match self.risky() {
                    true => format!("({x} + {y})"),
                    false => format!("(({x} >> 1) + ({y} >> 1))"),
                }
            }
            3..6 => {
                let (x, y) = (self.expr(&ty), self.operand(int));
                match (self.risky(), int.signed) {
                    (true, _) => format!("({x} - {y})"),
                    (_, true) => format!("(({x} >> 1) - ({y} >> 1))"),
                    (_, false) => {
                        let top = int.text(1 << (bits - 1));
                        format!("(({x} | {top}) - ({y} >> 1))")
                    }
                }
            }
            6..8 if self.affords(bits * bits) => {
                let (x, y) = (self.expr(&ty), self.operand(int));
                match self.risky() {
                    true => format!("({x} * {y})"),
                    false => format!("(({x} & {half}) * ({y} & {half}))"),
                }
            }
            8..10 if self.affords(bits * bits + 2 * bits) => {
                let op = if self.chance(0.5) { '/' } else { '%' };
                let (x, y) = (self.expr(&ty), self.operand(int));
                match self.risky() {
                    true => format!("({x} {op} {y})"),
                    false => format!("({x} {op} (({y} & {half}) | {}))", int.text(1)),
                }
            }
            10..13 => {
                let op = ["&", "|", "^"][self.below(3)];
                format!("({} {op} {})", self.expr(&ty), self.operand(int))
            }
            13..15 if self.affords(5 * bits) => {
                let op = if self.chance(0.5) { "<<" } else { ">>" };
                let x = self.expr(&ty);
                let risky = self.risky();
                let literal = self.below(bits + usize::from(risky));
                match (self.chance(0.4), risky) {
                    (true, _) => format!("({x} {op} {literal})"),
                    (_, true) => format!("({x} {op} {})", self.expr(&Ty::Int(Int::U8))),
                    _ => {
                        let amount = self.expr(&Ty::Int(Int::U8));
                        format!("({x} {op} ({amount} & {}u8))", bits - 1)
                    }
                }
            }
            15 if int.signed => {
                let x = self.expr(&ty);
                match self.risky() {
                    true => format!("(-{x})"),
                    false => format!("(-({x} >> 1))"),
                }
            }
            15 | 16 => format!("(!{})", self.expr(&ty)),
            17..20 => {
                let from = match self.chance(0.15) {
                    true => Ty::Bool,
                    false => Ty::Int(self.draw_int()),
                };
                format!("({} as {})", self.expr(&from), int.name())
            }
            _ => {
                let places = self.places(&Ty::Open);
                if places.is_empty() {
                    return self.leaf(&ty);
                }
                let place = places[self.below(places.len())].clone();
                let open = self.place(&place);
                // The last form uses it in the head of an `if`.
                let x = self.head(|this| this.expr(&ty));
                match self.below(4) {
                    0 => format!("({open} as {})", int.name()),
                    1 => format!("({x} & {open})"),
                    2 => format!("(({x} >> 1) + {open})"),
                    _ => format!("(if ({x} < {open}) {{ {x} }} else {{ {open} }})"),
                }
            }
        }
    }

    /// The right operand of an operator: the left one tells its type, so it
    /// may be a number without a suffix.
    fn operand(&mut self, int: Int) -> String {
        if self.chance(0.1) {
            return self.below(12).to_string();
        }
        self.expr(&Ty::Int(int))
    }

    pub fn condition(&mut self) -> String {
        match self.below(12) {
            0..5 => {
                let int = self.draw_int();
                let (x, y) = (self.expr(&Ty::Int(int)), self.operand(int));
                // The parser doubles the operands of `<=` and `>=`: nested
                // ones would take exponential time.
                let doubled = [&x, &y]
                    .iter()
                    .any(|text| text.contains("<=") || text.contains(">="));
                let op =
                    ["<", ">", "==", "!=", "<=", ">="][self.below(if doubled { 4 } else { 6 })];
                format!("({x} {op} {y})")
            }
            5 => {
                let types: Vec<_> = self
                    .visible()
                    .into_iter()
                    .map(|var| var.ty)
                    .filter(|ty| !ty.is_open())
                    .collect();
                if types.is_empty() {
                    return self.leaf(&Ty::Bool);
                }
                let ty = types[self.below(types.len())].clone();
                let op = if self.chance(0.5) { "==" } else { "!=" };
                format!("({} {op} {})", self.expr(&ty), self.expr(&ty))
            }
            6..10 => {
                let op = ["&&", "||", "&", "|", "^"][self.below(5)];
                format!("({} {op} {})", self.expr(&Ty::Bool), self.expr(&Ty::Bool))
            }
            10 => format!("(!{})", self.expr(&Ty::Bool)),
            _ => {
                let int = self.draw_int();
                format!("({} as bool)", self.expr(&Ty::Int(int)))
            }
        }
    }

    /// A literal of a collection, or a changed copy of one in scope.
    pub fn collection(&mut self, ty: &Ty) -> String {
        let copies = self.fuel > 0 && self.in_head == 0 && !matches!(ty, Ty::Enum(_));
        if copies && self.chance(0.15) && !self.places(ty).is_empty() {
            return self.changed_copy(ty);
        }
        match ty {
            Ty::Array(elem, size) => match (elem.as_ref(), size) {
                (Ty::Int(int), Size::Literal(len @ 1..)) if !int.signed && self.chance(0.15) => {
                    let from = self.below(200);
                    let name = int.name();
                    format!("({from}{name}..{}{name})", from + len)
                }
                (_, Size::Literal(len)) if *len > 0 && self.chance(0.7) => {
                    let elems: Vec<_> = (0..*len).map(|_| self.expr(elem)).collect();
                    format!("[{}]", elems.join(", "))
                }
                _ => format!("[{}; {}]", self.expr(elem), size.text()),
            },
            Ty::Tuple(types) => {
                let fields: Vec<_> = types.iter().map(|ty| self.expr(ty)).collect();
                match fields.as_slice() {
                    // The parser does not take `()` as an expression.
                    [] => "({ })".into(),
                    [field] => format!("({field},)"),
                    fields => format!("({})", fields.join(", ")),
                }
            }
            Ty::Struct(index) => {
                let mut fields = self.defs.structs[*index].clone();
                if self.chance(0.5) {
                    fields.reverse();
                }
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, ty)| format!("{name}: {}", self.expr(ty)))
                    .collect();
                format!("S{index} {{ {} }}", fields.join(", "))
            }
            Ty::Enum(index) => {
                let variants = self.defs.enums[*index].clone();
                match &variants[self.below(variants.len())] {
                    (name, None) => format!("E{index}::{name}"),
                    (name, Some(types)) => {
                        let fields: Vec<_> = types.iter().map(|ty| self.expr(ty)).collect();
                        format!("E{index}::{name}({})", fields.join(", "))
                    }
                }
            }
            _ => self.leaf(ty),
        }
    }

    fn changed_copy(&mut self, ty: &Ty) -> String {
        let outer = self.scope.len();
        let value = self.leaf(ty);
        self.names += 1;
        let name = format!("v{}", self.names);
        self.declare(name.clone(), ty.clone(), true, None);
        let change = self.assign_to(&name);
        self.scope.truncate(outer);
        format!("({{ let mut {name} = {value}; {change} {name} }})")
    }

    fn choice(&mut self, ty: &Ty) -> String {
        let condition = self.head(Self::condition);
        let then = self.body(ty);
        let other = match self.chance(0.2) {
            true => {
                let condition = self.head(Self::condition);
                let (then, other) = (self.body(ty), self.body(ty));
                format!("if ({condition}) {then} else {other}")
            }
            false => self.body(ty),
        };
        format!("(if ({condition}) {then} else {other})")
    }

    fn matching(&mut self, ty: &Ty) -> String {
        let ty = ty.clone();
        let text = self.match_with(|this| {
            if this.chance(0.7) {
                this.expr(&ty)
            } else {
                this.body(&ty)
            }
        });
        format!("({text})")
    }

    /// A `match` with bodies of any kind.
    pub fn match_with(&mut self, mut body: impl FnMut(&mut Self) -> String) -> String {
        let mut types: Vec<_> = self
            .visible()
            .into_iter()
            .map(|var| var.ty)
            .filter(|ty| self.matchable(ty))
            .collect();
        types.push(Ty::Int(Int::new(32, true)));
        types.push(Ty::Tuple(vec![Ty::Bool, Ty::Int(Int::U8)]));
        for index in 0..self.defs.enums.len() {
            let ty = Ty::Enum(index);
            if self.matchable(&ty) && !self.has_struct(&ty) {
                types.push(ty);
            }
        }
        let scrutinee = types[self.below(types.len())].clone();
        let value = self.head(|this| this.expr(&scrutinee));
        let mut clauses = String::new();
        let indent = "    ".repeat(self.indent);
        let mut clause = |this: &mut Self, pattern: &dyn Fn(&mut Self) -> String| {
            let outer = this.scope.len();
            let pattern = pattern(this);
            this.indent += 1;
            let body = body(this);
            this.indent -= 1;
            this.scope.truncate(outer);
            clauses.push_str(&format!("{indent}    {pattern} => {body},\n"));
        };
        for _ in 0..self.below(3) {
            clause(self, &|this| this.case(&scrutinee, false));
        }
        match &scrutinee {
            Ty::Enum(index) => {
                for variant in self.defs.enums[*index].clone() {
                    clause(self, &|this| this.variant_case(*index, &variant));
                }
            }
            _ => clause(self, &|this| this.case(&scrutinee, true)),
        }
        format!("match ({value}) {{\n{clauses}{indent}}}")
    }

    /// A block that ends with an expression.
    pub fn body(&mut self, ty: &Ty) -> String {
        let outer = self.scope.len();
        if self.fuel < 3 || self.chance(0.6) {
            return format!("{{ {} }}", self.expr(ty));
        }
        self.indent += 1;
        let len = self.rng.random_range(1..=2);
        let statements = self.statements(len);
        // What the statements hid may have been all there was of a type.
        let hidden = self.in_head > 0 && self.has_struct(ty);
        let value = match hidden && self.places(ty).is_empty() {
            true => {
                self.indent -= 1;
                self.scope.truncate(outer);
                return format!("{{ {} }}", self.expr(ty));
            }
            false => self.expr(ty),
        };
        let indent = "    ".repeat(self.indent);
        self.indent -= 1;
        self.scope.truncate(outer);
        format!("{{\n{statements}{indent}{value}\n{}}}", &indent[4..])
    }

    /// Draws something that stands where struct literals are not allowed.
    pub fn head(&mut self, draw: impl FnOnce(&mut Self) -> String) -> String {
        self.in_head += 1;
        let text = draw(self);
        self.in_head -= 1;
        text
    }

    fn call_for(&mut self, ty: &Ty) -> Option<String> {
        let in_head = self.in_head > 0;
        let usable: Vec<usize> = (0..self.functions.len())
            .filter(|f| {
                let function = &self.functions[*f];
                let takes_struct = function.params.iter().any(|ty| self.has_struct(ty));
                function.result == *ty && !(in_head && takes_struct)
            })
            .collect();
        if usable.is_empty() {
            return None;
        }
        let function = usable[self.below(usable.len())];
        let gates = self.functions[function].gates;
        self.affords(gates).then(|| self.call(function))
    }

    pub fn call(&mut self, function: usize) -> String {
        let name = self.functions[function].name.clone();
        let params = self.functions[function].params.clone();
        let args: Vec<_> = params.iter().map(|ty| self.expr(ty)).collect();
        format!("{name}({})", args.join(", "))
    }
}

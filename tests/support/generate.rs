//! Random well-typed Garble programs.
//!
//! A program is drawn from a seed, top down: type definitions, constants,
//! functions, `main`. Expressions are drawn for a wanted type, so that every
//! text passes the type checker. How often an operation may panic is drawn
//! once per program: with risk 0 operands are masked so that nothing
//! overflows, indices are reduced, divisors are not zero; the higher the
//! risk, the more operations stand bare. Sizes are bounded by fuel (nodes)
//! and by an estimate of the gates, so that a program lowers in milliseconds.

mod expr;
mod inputs;
mod pattern;
mod place;
mod stmt;
mod types;

use garble_lang::GarbleConsts;
use garble_lang::literal::Literal;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use self::types::{Int, Size, Ty};

/// A generated program.
pub struct Program {
    /// The source.
    pub text: String,
    /// The constants that its parties supply.
    pub consts: GarbleConsts,
    defs: Defs,
    params: Vec<Param>,
}

/// The type definitions of a program.
#[derive(Default)]
struct Defs {
    structs: Vec<Vec<(String, Ty)>>,
    enums: Vec<Vec<(String, Option<Vec<Ty>>)>>,
}

struct Param {
    ty: Ty,
    /// Rows of an array in strictly ascending order of their first field.
    sorted: bool,
}

/// A variable that expressions may use.
#[derive(Clone)]
struct Var {
    name: String,
    ty: Ty,
    mutable: bool,
    /// A number that is below this.
    below: Option<u64>,
}

struct Function {
    name: String,
    params: Vec<Ty>,
    result: Ty,
    gates: usize,
}

struct Generator {
    rng: ChaCha8Rng,
    defs: Defs,
    consts: Vec<(String, Int, u64)>,
    functions: Vec<Function>,
    scope: Vec<Var>,
    /// Arrays that may be joined: name, key and data type, length.
    tables: Vec<(String, Ty, usize)>,
    names: usize,
    /// Nodes that may still be drawn; at 0 only leaves are.
    fuel: usize,
    /// How deep the expression being drawn is nested.
    depth: usize,
    /// Estimated AND gates so far.
    gates: usize,
    /// How often the code being drawn will be unrolled.
    unrolled: usize,
    /// The chance that an operation stands bare.
    risk: f64,
    /// Inside of the head of an `if`, `match` or `for`, where the parser
    /// takes no struct literals.
    in_head: usize,
    indent: usize,
}

/// Estimated gates above which no costly operation is drawn any more.
const MAX_GATES: usize = 6_000;

/// Draws the program of a seed.
pub fn program(seed: u64) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let risk = match rng.random_range(0..20) {
        0..4 => 0.0,
        4..12 => 0.06,
        12..18 => 0.2,
        _ => 0.7,
    };
    Generator {
        rng,
        defs: Defs::default(),
        consts: Vec::new(),
        functions: Vec::new(),
        scope: Vec::new(),
        tables: Vec::new(),
        names: 0,
        fuel: 0,
        depth: 0,
        gates: 0,
        unrolled: 1,
        risk,
        in_head: 0,
        indent: 0,
    }
    .program()
}

impl Generator {
    fn program(mut self) -> Program {
        let mut text = String::new();
        let consts = self.draw_consts(&mut text);
        self.draw_defs(&mut text);
        for _ in 0..self.rng.random_range(0..=2) {
            let function = self.function();
            text.push_str(&function);
        }
        let (main, params) = self.main();
        text.push_str(&main);
        Program {
            text,
            consts,
            defs: self.defs,
            params,
        }
    }

    fn draw_consts(&mut self, text: &mut String) -> GarbleConsts {
        let mut given = GarbleConsts::new();
        for i in 0..self.rng.random_range(0..=3_usize) {
            let ints = [Int::USIZE, Int::USIZE, Int::U8, Int::U16, Int::I8];
            let int = ints[self.rng.random_range(0..ints.len())];
            let (a, b) = (self.rng.random_range(1..=3), self.rng.random_range(1..=3));
            let ty = int.name();
            let party = format!("PARTY_{}", self.rng.random_range(0..2));
            let external = format!("{party}::C{i}");
            let (expr, value, uses_party) = match self.rng.random_range(0..5) {
                0 => (format!("{a}{ty}"), a, false),
                1 => (external, a, true),
                2 => (format!("max({external}, {b}{ty})"), a.max(b), true),
                3 => (format!("min({external}, {b}{ty})"), a.min(b), true),
                _ => (format!("{external} + {b}{ty} - 1{ty}"), a + b - 1, true),
            };
            text.push_str(&format!("const C{i}: {ty} = {expr};\n"));
            if uses_party {
                let literal = int.literal_value(a.into());
                given
                    .entry(party)
                    .or_default()
                    .insert(format!("C{i}"), literal);
            }
            self.consts.push((format!("C{i}"), int, value));
        }
        given
    }

    fn draw_defs(&mut self, text: &mut String) {
        for i in 0..self.rng.random_range(0..=2_usize) {
            let names = ["b", "a", "c"];
            let len = self.rng.random_range(1..=3);
            let fields: Vec<_> = names[..len]
                .iter()
                .map(|name| (name.to_string(), self.small_type()))
                .collect();
            let lines: Vec<_> = fields
                .iter()
                .map(|(name, ty)| format!("    {name}: {},\n", ty.name()))
                .collect();
            text.push_str(&format!("struct S{i} {{\n{}}}\n", lines.concat()));
            self.defs.structs.push(fields);
        }
        for i in 0..self.rng.random_range(0..=2_usize) {
            let len = self.rng.random_range(1..=4);
            let variants: Vec<_> = (0..len)
                .map(|v| {
                    let fields = match self.rng.random_range(0..5) {
                        0 | 1 => None,
                        2 | 3 => Some(vec![self.named_type()]),
                        _ => Some(vec![self.named_type(), self.small_type()]),
                    };
                    (format!("V{v}"), fields)
                })
                .collect();
            let lines: Vec<_> = variants
                .iter()
                .map(|(name, fields)| match fields {
                    None => format!("    {name},\n"),
                    Some(types) => {
                        let types: Vec<_> = types.iter().map(Ty::name).collect();
                        format!("    {name}({}),\n", types.join(", "))
                    }
                })
                .collect();
            text.push_str(&format!("enum E{i} {{\n{}}}\n", lines.concat()));
            self.defs.enums.push(variants);
        }
    }

    fn function(&mut self) -> String {
        let name = format!("f{}", self.functions.len());
        let before = self.gates;
        let mut params = Vec::new();
        let mut list = Vec::new();
        for i in 0..self.rng.random_range(1..=3_usize) {
            let ty = self.draw_type();
            let mutable = self.rng.random_bool(0.3);
            let prefix = if mutable { "mut " } else { "" };
            list.push(format!("{prefix}p{i}: {}", ty.name()));
            self.declare(format!("p{i}"), ty.clone(), mutable, None);
            params.push(ty);
        }
        let result = self.draw_type();
        self.fuel = self.rng.random_range(3..25);
        self.indent = 1;
        let len = self.rng.random_range(0..=2);
        let body = self.statements(len);
        let value = self.expr(&result);
        self.scope.clear();
        let text = format!(
            "fn {name}({}) -> {} {{\n{body}    {value}\n}}\n",
            list.join(", "),
            result.name()
        );
        self.functions.push(Function {
            name,
            params,
            result,
            gates: self.gates - before,
        });
        text
    }

    fn main(&mut self) -> (String, Vec<Param>) {
        let mut params = Vec::new();
        let mut list = Vec::new();
        let parties = self.rng.random_range(1..=3_usize);
        for i in 0..parties {
            let ty = self.draw_type();
            // A single array would be one party for each element.
            let ty = match ty {
                Ty::Array(..) if parties == 1 => Ty::Tuple(vec![ty]),
                ty => ty,
            };
            let mutable = self.rng.random_bool(0.3);
            let prefix = if mutable { "mut " } else { "" };
            list.push(format!("{prefix}x{i}: {}", ty.name()));
            self.declare(format!("x{i}"), ty.clone(), mutable, None);
            params.push(Param { ty, sorted: false });
        }
        if self.rng.random_bool(0.25) {
            let key = self.key_type();
            let plain = self.chance(0.3);
            for i in 0..2 {
                let len = self.rng.random_range(1..=4);
                let row = match plain && !matches!(key, Ty::Tuple(_)) {
                    true => key.clone(),
                    false => Ty::Tuple(vec![key.clone(), Ty::Int(Int::U8)]),
                };
                let ty = Ty::Array(Box::new(row.clone()), Size::Literal(len));
                let name = format!("rows{i}");
                list.push(format!("{name}: {}", ty.name()));
                self.declare(name.clone(), ty.clone(), false, None);
                self.tables.push((name, row, len));
                params.push(Param { ty, sorted: true });
            }
        }
        self.fuel = self.rng.random_range(20..150);
        self.indent = 1;
        let mut body = String::new();
        for _ in 0..self.rng.random_range(0..=2) {
            let statement = self.mutable_binding();
            body.push_str(&format!("    {statement}\n"));
        }
        let len = self.rng.random_range(1..=7);
        body.push_str(&self.statements(len));
        for function in 0..self.functions.len() {
            if !body.contains(&format!("f{function}(")) {
                let call = self.call(function);
                body.push_str(&format!("    let unused{function} = {call};\n"));
            }
        }
        let mut results = Vec::new();
        let mut values = Vec::new();
        self.fuel = self.fuel.max(10);
        let mut visible = self.visible();
        visible.retain(|var| !var.ty.is_open() && !var.name.starts_with("rows"));
        for var in visible {
            if results.len() < 3 && self.chance(if var.mutable { 0.8 } else { 0.3 }) {
                values.push(var.name);
                results.push(var.ty);
            }
        }
        if results.is_empty() || self.chance(0.4) {
            let ty = self.draw_type();
            values.push(self.expr(&ty));
            results.push(ty);
        }
        let (result, value) = match (results.as_slice(), values.as_slice()) {
            ([ty], [value]) => (ty.name(), value.clone()),
            _ => (
                Ty::Tuple(results).name(),
                format!("({})", values.join(", ")),
            ),
        };
        let list = list.join(", ");
        let text = format!("pub fn main({list}) -> {result} {{\n{body}    {value}\n}}\n");
        (text, params)
    }

    /// A name that is new, or now and then one that hides another variable.
    fn fresh(&mut self) -> String {
        let visible = self.visible();
        if !visible.is_empty() && self.rng.random_bool(0.12) {
            let name = &visible[self.rng.random_range(0..visible.len())].name;
            if !name.starts_with("rows") {
                return name.clone();
            }
        }
        self.names += 1;
        format!("v{}", self.names)
    }

    fn declare(&mut self, name: String, ty: Ty, mutable: bool, below: Option<u64>) {
        self.scope.push(Var {
            name,
            ty,
            mutable,
            below,
        });
    }

    /// The variables that are not hidden by others.
    fn visible(&self) -> Vec<Var> {
        let mut visible: Vec<Var> = Vec::new();
        for var in self.scope.iter().rev() {
            if visible.iter().all(|other| other.name != var.name) {
                visible.push(var.clone());
            }
        }
        visible
    }

    /// Books the cost of an operation and tells whether it is within bounds.
    fn affords(&mut self, gates: usize) -> bool {
        let gates = gates.saturating_mul(self.unrolled);
        let affords = self.gates + gates <= MAX_GATES;
        if affords {
            self.gates += gates;
        }
        affords
    }

    fn risky(&mut self) -> bool {
        let risk = self.risk;
        self.rng.random_bool(risk)
    }

    fn chance(&mut self, p: f64) -> bool {
        self.rng.random_bool(p)
    }

    fn below(&mut self, n: usize) -> usize {
        self.rng.random_range(0..n)
    }
}

impl Program {
    /// Draws one input per party. `index` 0 is all zero, 1 all largest, 2 all
    /// smallest numbers; the others mix small, corner and random ones.
    pub fn inputs(&self, seed: u64, index: u64) -> Vec<Literal> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index + 1);
        inputs::draw(&mut rng, index, &self.defs, &self.params)
    }
}

//! Which parties' inputs a program joins as they come: their rows must be in order.
//!
//! An input is followed by name through `let` and calls. What is changed on its way is the program's own affair.

use std::collections::{BTreeMap, BTreeSet};

use garble_lang::{
    TypedExpr, TypedProgram, TypedStmt,
    ast::{
        BuiltInFnCall, ExprEnum, Mutability, Pattern, PatternEnum, StmtEnum, Type, VariantExprEnum,
    },
};

use crate::lower::Position;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// It is the input of this party.
    Party(usize),
    /// It is the array of all parties' inputs.
    All,
    /// It is computed.
    Other,
}

/// What a program joins.
pub(super) struct Joins {
    /// For each party whose input is joined: whether its rows are tuples that begin with the key.
    pub inputs: Vec<Option<bool>>,
    /// Where rows are joined that are no party's input as it came, and what people call them.
    pub computed: BTreeMap<Position, String>,
}

/// Finds the joins of a program.
pub(super) fn find(typed: &TypedProgram, parties: usize) -> Joins {
    let mut walk = Walk {
        typed,
        names: vec![],
        seen: BTreeSet::new(),
        joins: Joins {
            inputs: vec![None; parties],
            computed: BTreeMap::new(),
        },
    };
    if let Some(main) = typed.fn_defs.get("main") {
        let origins: Vec<Origin> = match main.params.len() {
            1 => vec![Origin::All],
            count => (0..count).map(Origin::Party).collect(),
        };
        walk.call("main", origins);
    }
    walk.joins
}

struct Walk<'a> {
    typed: &'a TypedProgram,
    names: Vec<(&'a str, Origin)>,
    seen: BTreeSet<(&'a str, Vec<Origin>)>,
    joins: Joins,
}

impl<'a> Walk<'a> {
    fn call(&mut self, name: &'a str, origins: Vec<Origin>) {
        let Some(function) = self.typed.fn_defs.get(name) else {
            return;
        };
        if !self.seen.insert((name, origins.clone())) {
            return;
        }
        let params = function.params.iter().zip(origins);
        let names = params.map(|(param, origin)| match param.mutability {
            Mutability::Mutable => (param.name.as_str(), Origin::Other),
            Mutability::Immutable => (param.name.as_str(), origin),
        });
        let outer = std::mem::replace(&mut self.names, names.collect());
        self.body(&function.body);
        self.names = outer;
    }

    fn body(&mut self, body: &'a [TypedStmt]) {
        let outer = self.names.len();
        for stmt in body {
            match &stmt.inner {
                StmtEnum::Let(pattern, _, value) => {
                    let origin = self.expr(value);
                    self.bind(pattern, origin);
                }
                StmtEnum::LetMut(name, _, value) => {
                    self.expr(value);
                    self.names.push((name, Origin::Other));
                }
                StmtEnum::VarAssign(_, _, value) | StmtEnum::Expr(value) => {
                    self.expr(value);
                }
                StmtEnum::ForEachLoop(pattern, over, body) => {
                    self.expr(over);
                    self.scoped(pattern, body);
                }
                StmtEnum::JoinLoop(pattern, _, (left, right), body) => {
                    self.join(left, true);
                    self.join(right, true);
                    self.scoped(pattern, body);
                }
            }
        }
        self.names.truncate(outer);
    }

    fn scoped(&mut self, pattern: &'a Pattern<Type>, body: &'a [TypedStmt]) {
        let outer = self.names.len();
        self.bind(pattern, Origin::Other);
        self.body(body);
        self.names.truncate(outer);
    }

    fn bind(&mut self, pattern: &'a Pattern<Type>, origin: Origin) {
        match &pattern.0 {
            PatternEnum::Identifier(name) => self.names.push((name, origin)),
            PatternEnum::Tuple(parts) | PatternEnum::EnumTuple(_, _, parts) => {
                for part in parts {
                    self.bind(part, Origin::Other);
                }
            }
            PatternEnum::Struct(_, fields) | PatternEnum::StructIgnoreRemaining(_, fields) => {
                for (_, part) in fields {
                    self.bind(part, Origin::Other);
                }
            }
            _ => {}
        }
    }

    fn join(&mut self, rows: &'a TypedExpr, keyed: bool) {
        let origin = self.expr(rows);
        let Origin::Party(party) = origin else {
            let called = match &rows.inner {
                ExprEnum::Identifier(name) => format!("the rows of `{name}`"),
                _ => "the rows here".into(),
            };
            self.joins.computed.insert(rows.meta.into(), called);
            return;
        };
        if let Some(found) = self.joins.inputs.get_mut(party) {
            // An order of whole rows is one of their keys too, and keys must be unique anyway.
            *found = Some(keyed || found.unwrap_or(false));
        }
    }

    fn expr(&mut self, expr: &'a TypedExpr) -> Origin {
        match &expr.inner {
            ExprEnum::Identifier(name) => {
                let known = self.names.iter().rev().find(|(it, _)| it == name);
                return known.map_or(Origin::Other, |(_, origin)| *origin);
            }
            ExprEnum::ArrayAccess(array, index) => {
                let origin = self.expr(array);
                self.expr(index);
                if let (Origin::All, ExprEnum::NumUnsigned(party, _)) = (origin, &index.inner) {
                    return usize::try_from(*party).map_or(Origin::Other, Origin::Party);
                }
            }
            ExprEnum::FnCall(name, args) => {
                let origins = args.iter().map(|arg| self.expr(arg)).collect();
                self.call(name, origins);
            }
            ExprEnum::BuiltInFnCall(BuiltInFnCall::Join {
                has_assoc_data,
                args,
                ..
            }) => {
                for arg in args {
                    self.join(arg, *has_assoc_data);
                }
            }
            ExprEnum::Block(body) => self.body(body),
            ExprEnum::Match(value, clauses) => {
                self.expr(value);
                for (pattern, result) in clauses {
                    let outer = self.names.len();
                    self.bind(pattern, Origin::Other);
                    self.expr(result);
                    self.names.truncate(outer);
                }
            }
            ExprEnum::If(a, b, c) => {
                for part in [a, b, c] {
                    self.expr(part);
                }
            }
            ExprEnum::Op(_, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprEnum::ArrayLiteral(parts)
            | ExprEnum::TupleLiteral(parts)
            | ExprEnum::EnumLiteral(_, _, VariantExprEnum::Tuple(parts)) => {
                for part in parts {
                    self.expr(part);
                }
            }
            ExprEnum::StructLiteral(_, fields) => {
                for (_, part) in fields {
                    self.expr(part);
                }
            }
            ExprEnum::ArrayRepeatLiteral(part, _)
            | ExprEnum::ArrayRepeatLiteralConst(part, _)
            | ExprEnum::TupleAccess(part, _)
            | ExprEnum::StructAccess(part, _)
            | ExprEnum::UnaryOp(_, part)
            | ExprEnum::Cast(_, part) => {
                self.expr(part);
            }
            ExprEnum::True
            | ExprEnum::False
            | ExprEnum::NumUnsigned(..)
            | ExprEnum::NumSigned(..)
            | ExprEnum::EnumLiteral(_, _, VariantExprEnum::Unit)
            | ExprEnum::Range(..) => {}
        }
        Origin::Other
    }
}

//! From the typed tree of `garble_lang` to the form that is lowered.
//!
//! Names become slots, types get their sizes, and what the checker lets pass without a meaning is refused: patterns
//! that leave cases out, fields named twice, literals that don't fit. Where the checker gives a node a type but
//! leaves its operands without one (`let x = 5; x + 1u64`), an explicit conversion is put in between.

mod expr;
mod literal;
mod pattern;

pub(super) use literal::number_bits;

use std::collections::BTreeMap;

use garble_lang::{
    TypedFnDef, TypedProgram, TypedStmt,
    ast::{Accessor, ExprEnum, StmtEnum, Type},
};

use super::{
    Limits, LowerError,
    consts::Consts,
    ir::{
        Access, Assignment, Block, Expr, Function, Join, JoinLoop, Loop, Node, Over, Site, Slot,
        Statement,
    },
    types::{Kind, TypeId, Types},
};

/// A program in the form that is lowered.
pub(super) struct Resolved {
    pub(super) functions: Vec<Function>,
    /// Number of variables.
    pub(super) slots: usize,
}

/// The resolver of one program.
pub(super) struct Resolver<'r, 'p> {
    program: &'p TypedProgram,
    consts: &'r Consts,
    types: &'r mut Types<'p>,
    max_depth: usize,
    depth: usize,
    functions: Vec<Option<Function>>,
    ids: BTreeMap<&'p str, usize>,
    scopes: Vec<Vec<Variable>>,
    slots: usize,
}

/// A variable in scope.
struct Variable {
    name: String,
    slot: Slot,
    ty: TypeId,
}

impl<'r, 'p> Resolver<'r, 'p> {
    /// A resolver that adds the types it meets to the table.
    pub(super) fn new(
        program: &'p TypedProgram,
        consts: &'r Consts,
        types: &'r mut Types<'p>,
        limits: &Limits,
    ) -> Self {
        Resolver {
            program,
            consts,
            types,
            max_depth: limits.max_depth,
            depth: 0,
            functions: vec![],
            ids: BTreeMap::new(),
            scopes: vec![],
            slots: 0,
        }
    }

    /// Resolves `main` (function 0) and all that it calls.
    pub(super) fn resolve(mut self, main: &'p TypedFnDef) -> Result<Resolved, LowerError> {
        self.function(main)?;
        let count = self.functions.len();
        let functions: Vec<Function> = self.functions.into_iter().flatten().collect();
        if functions.len() != count {
            return Err(LowerError::Recursive {
                name: main.identifier.clone(),
            });
        }
        Ok(Resolved {
            functions,
            slots: self.slots,
        })
    }

    /// The number of a function, which is resolved when it is met first.
    fn function(&mut self, definition: &'p TypedFnDef) -> Result<usize, LowerError> {
        let name = definition.identifier.as_str();
        if let Some(id) = self.ids.get(name) {
            let id = *id;
            return match self.functions.get(id) {
                Some(Some(_)) => Ok(id),
                _ => Err(LowerError::Recursive {
                    name: name.to_string(),
                }),
            };
        }
        let id = self.functions.len();
        self.functions.push(None);
        self.ids.insert(name, id);
        // A function sees its parameters, not the variables of its caller.
        let outer = std::mem::replace(&mut self.scopes, vec![vec![]]);
        let mut params = Vec::with_capacity(definition.params.len());
        for param in &definition.params {
            let ty = self.resolve_type(&param.ty)?;
            params.push(self.declare(&param.name, ty));
        }
        let result = self.resolve_type(&definition.ty)?;
        let body = self.block(&definition.body, result, definition.meta)?;
        self.scopes = outer;
        self.functions[id] = Some(Function { params, body });
        Ok(id)
    }

    /// A block whose value, or unit if it has none, has the type that is wanted.
    fn block(
        &mut self,
        statements: &'p [TypedStmt],
        wanted: TypeId,
        site: Site,
    ) -> Result<Expr, LowerError> {
        self.deeper(|this| {
            this.scopes.push(vec![]);
            let mut block = Block {
                statements: Vec::with_capacity(statements.len()),
                value: None,
                slots: vec![],
            };
            for (i, statement) in statements.iter().enumerate() {
                if let (StmtEnum::Expr(expr), true) = (&statement.inner, i + 1 == statements.len())
                {
                    let value = this.expr(expr)?;
                    block.value = Some(this.convert(value, wanted)?);
                } else {
                    let statement = this.statement(statement)?;
                    block.statements.push(statement);
                }
            }
            block.slots = this.close_scope();
            if block.value.is_none() && wanted != TypeId::UNIT {
                return Err(mismatch(site));
            }
            let node = Node::Block(Box::new(block));
            Ok(Expr {
                ty: wanted,
                site,
                node,
            })
        })
    }

    fn statement(&mut self, statement: &'p TypedStmt) -> Result<Statement, LowerError> {
        let site = statement.meta;
        match &statement.inner {
            StmtEnum::Expr(expr) => Ok(Statement::Expr(self.expr(expr)?)),
            StmtEnum::Let(pattern, _, value) => {
                let value = self.expr(value)?;
                let pattern = self.irrefutable(pattern, value.ty)?;
                Ok(Statement::Let(pattern, value))
            }
            StmtEnum::LetMut(name, _, value) => {
                let value = self.expr(value)?;
                let slot = self.declare(name, value.ty);
                Ok(Statement::Let(super::ir::Pattern::Bind(slot), value))
            }
            StmtEnum::VarAssign(name, accessors, value) => {
                let (slot, mut ty) = self
                    .variable(name)
                    .ok_or_else(|| unsupported(site, "assignment to an unknown variable"))?;
                let mut path = Vec::with_capacity(accessors.len());
                for (accessor, _) in accessors {
                    let (access, inner) = self.access(accessor, ty, site)?;
                    path.push(access);
                    ty = inner;
                }
                let value = self.expr(value)?;
                let value = self.convert(value, ty)?;
                Ok(Statement::Assign(Assignment {
                    slot,
                    path,
                    value,
                    site,
                }))
            }
            StmtEnum::ForEachLoop(pattern, array, body) => {
                let (over, element) = self.loop_over(array, site)?;
                self.scopes.push(vec![]);
                let pattern = self.irrefutable(pattern, element)?;
                let body = self.statements(body)?;
                let slots = self.close_scope();
                Ok(Statement::For(Box::new(Loop {
                    pattern,
                    over,
                    body,
                    slots,
                })))
            }
            StmtEnum::JoinLoop(pattern, _, (left, right), body) => {
                let (join, left, right) = self.join(left, right, site, true)?;
                let pair = self.types.tuple(vec![left, right])?;
                self.scopes.push(vec![]);
                let pattern = self.irrefutable(pattern, pair)?;
                let body = self.statements(body)?;
                let slots = self.close_scope();
                Ok(Statement::JoinFor(Box::new(JoinLoop {
                    pattern,
                    join,
                    body,
                    slots,
                })))
            }
        }
    }

    fn statements(&mut self, body: &'p [TypedStmt]) -> Result<Vec<Statement>, LowerError> {
        self.deeper(|this| body.iter().map(|stmt| this.statement(stmt)).collect())
    }

    /// What a `for` runs over and the type of its elements.
    fn loop_over(
        &mut self,
        array: &'p garble_lang::TypedExpr,
        site: Site,
    ) -> Result<(Over, TypeId), LowerError> {
        if let (ExprEnum::Range(from, to, _), Type::Array(element, _)) = (&array.inner, &array.ty) {
            let element = self.resolve_type(element)?;
            let int = self.range_type(element, *from, *to, array.meta)?;
            let (bits, from, to) = (int.bits, *from, *to);
            return Ok((Over::Range { bits, from, to }, element));
        }
        let array = self.expr(array)?;
        match self.types.kind(array.ty) {
            Kind::Array(element, _) => Ok((Over::Array(array), *element)),
            _ => Err(mismatch(site)),
        }
    }

    /// One step of the path of an assignment, and the type of the place it leads to.
    fn access(
        &mut self,
        accessor: &'p Accessor<Type>,
        ty: TypeId,
        site: Site,
    ) -> Result<(Access, TypeId), LowerError> {
        match accessor {
            Accessor::ArrayAccess { index, .. } => {
                let Kind::Array(element, len) = *self.types.kind(ty) else {
                    return Err(mismatch(site));
                };
                let index = self.expr(index)?;
                let index = self.convert(index, TypeId::USIZE)?;
                let access = Access::Index {
                    index,
                    len,
                    element_bits: self.types.bits(element),
                };
                Ok((access, element))
            }
            Accessor::TupleAccess { index, .. } => {
                let field = self.tuple_field(ty, *index).ok_or(mismatch(site))?;
                Ok((Access::Field(field.offset), field.ty))
            }
            Accessor::StructAccess { field, .. } => {
                let field = self.struct_field(ty, field).ok_or(mismatch(site))?;
                Ok((Access::Field(field.offset), field.ty))
            }
        }
    }

    /// The two inputs of a join and the types of their elements.
    fn join(
        &mut self,
        left: &'p garble_lang::TypedExpr,
        right: &'p garble_lang::TypedExpr,
        site: Site,
        pairs: bool,
    ) -> Result<(Join, TypeId, TypeId), LowerError> {
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        let (Kind::Array(a, n), Kind::Array(b, m)) =
            (self.types.kind(left.ty), self.types.kind(right.ty))
        else {
            return Err(mismatch(site));
        };
        let (a, b) = (*a, *b);
        if n + m == 0 {
            return Err(unsupported(site, "a join of two empty arrays"));
        }
        let key_of = |ty: TypeId| match (pairs, self.types.kind(ty)) {
            (false, _) => Some(ty),
            (true, Kind::Tuple(fields)) => fields.first().map(|field| field.ty),
            (true, _) => None,
        };
        match (key_of(a), key_of(b)) {
            (Some(key), Some(other)) if key == other => {
                let join = Join {
                    key,
                    left,
                    right,
                    pairs,
                };
                Ok((join, a, b))
            }
            _ => Err(mismatch(site)),
        }
    }

    fn resolve_type(&mut self, ty: &Type) -> Result<TypeId, LowerError> {
        self.types.resolve(ty, self.consts)
    }

    fn declare(&mut self, name: &str, ty: TypeId) -> Slot {
        let slot = self.slots;
        self.slots += 1;
        if let Some(scope) = self.scopes.last_mut() {
            let name = name.to_string();
            scope.push(Variable { name, slot, ty });
        }
        slot
    }

    fn variable(&self, name: &str) -> Option<(Slot, TypeId)> {
        let mut in_scope = self.scopes.iter().rev().flat_map(|s| s.iter().rev());
        let found = in_scope.find(|variable| variable.name == name)?;
        Some((found.slot, found.ty))
    }

    fn close_scope(&mut self) -> Vec<Slot> {
        let scope = self.scopes.pop().unwrap_or_default();
        scope.into_iter().map(|variable| variable.slot).collect()
    }

    /// Runs one level deeper, or refuses a tree that is too deep for the stack.
    fn deeper<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, LowerError>,
    ) -> Result<T, LowerError> {
        if self.depth >= self.max_depth {
            return Err(LowerError::TooDeep {
                limit: self.max_depth,
            });
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }
}

/// The checker let types differ where they must not.
fn mismatch(site: Site) -> LowerError {
    unsupported(site, "the types do not fit here")
}

fn unsupported(site: Site, what: &'static str) -> LowerError {
    LowerError::Unsupported {
        position: site.into(),
        what,
    }
}

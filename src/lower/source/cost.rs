//! What the type checker will do with a program, before it does it.
//!
//! It copies types (see [`super::shape`]), compares array elements, arguments and the like with the types that are wanted of
//! them over and over, and splits what a `match` takes apart into all cases (see [`super::matches`]). Here its steps are counted
//! on the tree of the parser, with its rules for types, as far as they are followed by a program without errors.

use std::collections::HashMap;

use garble_lang::{
    UntypedExpr, UntypedPattern, UntypedProgram, UntypedStmt,
    ast::{Accessor, BuiltInFnCall, ExprEnum, Op, PatternEnum, StmtEnum, Type, VariantExprEnum},
    token::MetaInfo,
};

use super::{
    reader::Fault,
    shape::{Definitions, Shape, Ty, joined, unsigned},
};

/// How many steps the checker may take.
pub(super) const MAX_STEPS: u64 = 1 << 28;

/// Steps for each node of a type that stays in the tree; it takes some 50 bytes.
const KEPT: u64 = 16;

/// Refuses a program that would cost the checker too much time, memory or stack.
pub(super) fn bound(program: &UntypedProgram, max_depth: usize) -> Result<(), Fault> {
    let mut consts = HashMap::new();
    let mut definitions: Vec<_> = program.const_defs.iter().collect();
    definitions.sort_by_key(|(name, definition)| (definition.meta, *name));
    let types = Definitions::new(program);
    for (name, definition) in definitions {
        if !matches!(
            definition.ty,
            Type::Bool | Type::Unsigned(_) | Type::Signed(_)
        ) {
            return Err(Fault::Unsupported {
                what: "only numbers and bool can be constants",
                meta: definition.meta,
            });
        }
        consts.insert(name.as_str(), types.declared(&definition.ty));
    }
    let mut functions: Vec<_> = program.fn_defs.values().collect();
    functions.sort_by_key(|function| function.meta);
    let mut cost = Cost {
        program,
        types,
        scopes: vec![consts],
        blocks: 0,
        steps: 0,
        max_depth,
    };
    for function in functions {
        cost.scopes.truncate(1);
        cost.blocks = 0;
        cost.open();
        for param in &function.params {
            let ty = cost.types.declared(&param.ty);
            cost.keep(&ty, function.meta)?;
            cost.define(&param.name, ty);
        }
        let (_, walk) = cost.statements(&function.body, function.meta)?;
        cost.take(walk, function.meta)?;
    }
    Ok(())
}

/// A type, and the steps of comparing the expression that has it with another.
type Typed<'a> = (Ty<'a>, u64);

pub(super) struct Cost<'a> {
    program: &'a UntypedProgram,
    pub(super) types: Definitions<'a>,
    scopes: Vec<HashMap<&'a str, Ty<'a>>>,
    /// Blocks of the function so far: after an error the checker does not leave them.
    blocks: u64,
    steps: u64,
    max_depth: usize,
}

impl<'a> Cost<'a> {
    pub(super) fn take(&mut self, steps: u64, meta: MetaInfo) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            let limit = MAX_STEPS;
            return Err(Fault::TooMuchWork { limit, meta });
        }
        Ok(())
    }

    /// A type that stays in the tree.
    fn keep(&mut self, ty: &Ty<'a>, meta: MetaInfo) -> Result<(), Fault> {
        if ty.depth() > self.max_depth {
            return Err(Fault::TooDeep);
        }
        self.take(ty.size().saturating_mul(KEPT), meta)
    }

    fn open(&mut self) {
        self.scopes.push(HashMap::new());
        self.blocks += 1;
    }

    fn define(&mut self, name: &'a str, ty: Ty<'a>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, ty);
        }
    }

    fn variable(&mut self, name: &str, meta: MetaInfo) -> Result<Ty<'a>, Fault> {
        self.take(self.scopes.len() as u64 + self.blocks / 8, meta)?;
        let ty = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        Ok(ty.cloned().unwrap_or_else(|| Ty::new(Shape::Unknown)))
    }

    fn statements(
        &mut self,
        statements: &'a [UntypedStmt],
        meta: MetaInfo,
    ) -> Result<Typed<'a>, Fault> {
        let mut last = (Ty::new(Shape::Tuple(vec![])), 1);
        for statement in statements {
            last = self.statement(statement)?;
        }
        self.keep(&last.0, meta)?;
        Ok(last)
    }

    fn statement(&mut self, statement: &'a UntypedStmt) -> Result<Typed<'a>, Fault> {
        let meta = statement.meta;
        match &statement.inner {
            StmtEnum::Expr(expr) => return self.expr(expr),
            StmtEnum::Let(pattern, declared, binding) => {
                let ty = self.binding(declared.as_ref(), binding, meta)?;
                self.pattern(pattern, &ty)?;
            }
            StmtEnum::LetMut(name, declared, binding) => {
                let ty = self.binding(declared.as_ref(), binding, meta)?.settled();
                self.keep(&ty, meta)?;
                self.define(name, ty);
            }
            StmtEnum::VarAssign(name, accessors, value) => {
                let mut ty = self.variable(name, meta)?;
                for (accessor, meta) in accessors {
                    self.keep(&ty, *meta)?;
                    ty = match accessor {
                        Accessor::ArrayAccess { index, .. } => {
                            self.expr(index)?;
                            ty.elem()
                        }
                        Accessor::TupleAccess { index, .. } => ty.field(*index),
                        Accessor::StructAccess { field, .. } => self.struct_field(&ty, field),
                    };
                }
                self.wanted(value)?;
            }
            StmtEnum::ForEachLoop(pattern, binding, body) => {
                let elem = self.elements(binding)?;
                self.open();
                self.pattern(pattern, &elem)?;
                self.statements(body, meta)?;
                self.scopes.pop();
            }
            // The checker makes these of loops over `join_iter`.
            StmtEnum::JoinLoop(..) => {}
        }
        Ok((Ty::new(Shape::Tuple(vec![])), 1))
    }

    /// What a loop runs over.
    fn elements(&mut self, binding: &'a UntypedExpr) -> Result<Ty<'a>, Fault> {
        match &binding.inner {
            ExprEnum::FnCall(name, args) if name == "join_iter" => {
                let mut elems = vec![];
                for arg in args {
                    elems.push(self.expr(arg)?.0.elem());
                }
                Ok(Ty::new(Shape::Tuple(elems)))
            }
            _ => Ok(self.expr(binding)?.0.elem()),
        }
    }

    fn binding(
        &mut self,
        declared: Option<&'a Type>,
        binding: &'a UntypedExpr,
        meta: MetaInfo,
    ) -> Result<Ty<'a>, Fault> {
        let ty = self.wanted(binding)?;
        let Some(declared) = declared else {
            return Ok(ty);
        };
        let declared = self.types.declared(declared);
        self.keep(&declared, meta)?;
        Ok(declared)
    }

    /// An expression that the checker compares with a type.
    fn wanted(&mut self, expr: &'a UntypedExpr) -> Result<Ty<'a>, Fault> {
        let (ty, walk) = self.expr(expr)?;
        self.take(walk, expr.meta)?;
        Ok(ty)
    }

    /// Expressions that belong to one: their types, and the steps of comparing them all.
    fn all(&mut self, exprs: &'a [UntypedExpr]) -> Result<(Vec<Ty<'a>>, u64), Fault> {
        let mut types = Vec::with_capacity(exprs.len());
        let mut walks = 0_u64;
        for expr in exprs {
            let (ty, walk) = self.expr(expr)?;
            types.push(ty);
            walks = walks.saturating_add(walk);
        }
        Ok((types, walks))
    }

    fn expr(&mut self, expr: &'a UntypedExpr) -> Result<Typed<'a>, Fault> {
        let meta = expr.meta;
        let (ty, inner) = self.inner(expr)?;
        self.keep(&ty, meta)?;
        let walk = inner.saturating_add(ty.size() + 1);
        Ok((ty, walk))
    }

    /// The type of an expression, and the steps of comparing those in it that are compared with it.
    fn inner(&mut self, expr: &'a UntypedExpr) -> Result<Typed<'a>, Fault> {
        let meta = expr.meta;
        let plain = |shape| Ok((Ty::new(shape), 0));
        match &expr.inner {
            ExprEnum::True | ExprEnum::False => plain(Shape::Bool),
            ExprEnum::NumUnsigned(_, ty) => plain(unsigned(*ty)),
            ExprEnum::NumSigned(..) => plain(Shape::Signed),
            ExprEnum::Identifier(name) => Ok((self.variable(name, meta)?, 0)),
            ExprEnum::ArrayLiteral(elems) => {
                let (types, walk) = self.all(elems)?;
                self.take(walk, meta)?;
                let known = types.iter().find(|ty| !matches!(ty.shape(), Shape::Free));
                let elem = known.or(types.first()).cloned();
                let elem = elem.unwrap_or_else(|| Ty::new(Shape::Unknown));
                Ok((Ty::new(Shape::Array(elem, 1)), walk))
            }
            ExprEnum::ArrayRepeatLiteral(elem, _) | ExprEnum::ArrayRepeatLiteralConst(elem, _) => {
                let (elem, walk) = self.expr(elem)?;
                Ok((Ty::new(Shape::Array(elem, 1)), walk))
            }
            ExprEnum::TupleLiteral(fields) => {
                let (types, walk) = self.all(fields)?;
                Ok((Ty::new(Shape::Tuple(types)), walk))
            }
            ExprEnum::ArrayAccess(array, index) => {
                self.expr(index)?;
                Ok((self.expr(array)?.0.elem(), 0))
            }
            ExprEnum::TupleAccess(tuple, index) => Ok((self.expr(tuple)?.0.field(*index), 0)),
            ExprEnum::StructAccess(of, field) => {
                let of = self.expr(of)?.0;
                Ok((self.struct_field(&of, field), 0))
            }
            ExprEnum::StructLiteral(name, fields) => {
                self.missing(name, fields.len(), meta)?;
                for (_, value) in fields {
                    self.wanted(value)?;
                }
                plain(Shape::Struct(name))
            }
            ExprEnum::EnumLiteral(name, _, fields) => {
                if let VariantExprEnum::Tuple(fields) = fields {
                    for field in fields {
                        self.wanted(field)?;
                    }
                }
                plain(Shape::Enum(name))
            }
            ExprEnum::UnaryOp(_, operand) => self.expr(operand),
            ExprEnum::Op(op, left, right) => {
                let (left, left_walk) = self.expr(left)?;
                let (right, right_walk) = self.expr(right)?;
                let both = left_walk.saturating_add(right_walk);
                match op {
                    Op::ShiftLeft | Op::ShiftRight => Ok((left, left_walk)),
                    Op::GreaterThan | Op::LessThan | Op::Eq | Op::NotEq => {
                        self.keep(&left.unify(&right), meta)?;
                        plain(Shape::Bool)
                    }
                    Op::ShortCircuitAnd | Op::ShortCircuitOr => plain(Shape::Bool),
                    _ => Ok((left.unify(&right), both)),
                }
            }
            ExprEnum::Block(statements) => {
                self.open();
                let block = self.statements(statements, meta)?;
                self.scopes.pop();
                Ok(block)
            }
            ExprEnum::FnCall(name, args) => {
                for arg in args {
                    self.wanted(arg)?;
                }
                let Some(function) = self.program.fn_defs.get(name) else {
                    return plain(Shape::Unknown);
                };
                for param in &function.params {
                    let ty = self.types.declared(&param.ty);
                    self.take(ty.size(), meta)?;
                }
                Ok((self.types.declared(&function.ty), 0))
            }
            ExprEnum::BuiltInFnCall(BuiltInFnCall::Join { args, .. }) => {
                let (types, _) = self.all(args)?;
                Ok((joined(&types), 0))
            }
            ExprEnum::If(condition, then, other) => {
                self.wanted(condition)?;
                let (then, then_walk) = self.expr(then)?;
                let (other, other_walk) = self.expr(other)?;
                let walk = then_walk.saturating_add(other_walk);
                Ok((then.unify(&other), walk))
            }
            ExprEnum::Cast(ty, operand) => {
                self.expr(operand)?;
                Ok((self.types.declared(ty), 0))
            }
            ExprEnum::Range(_, _, ty) => {
                let elem = Ty::new(unsigned(*ty));
                plain(Shape::Array(elem, 1))
            }
            ExprEnum::Match(head, clauses) => {
                let (head, _) = self.expr(head)?;
                let (mut ty, mut walks) = (Ty::new(Shape::Free), 0_u64);
                for (pattern, body) in clauses {
                    self.open();
                    self.pattern(pattern, &head)?;
                    let (body, walk) = self.expr(body)?;
                    self.scopes.pop();
                    walks = walks.saturating_add(walk);
                    ty = ty.unify(&body);
                }
                self.cases(&head, clauses, meta)?;
                Ok((ty, walks))
            }
        }
    }

    fn struct_field(&self, ty: &Ty<'a>, field: &str) -> Ty<'a> {
        let known = match ty.shape() {
            Shape::Struct(name) => self.types.structs.get(name),
            _ => None,
        };
        let field = known.and_then(|fields| fields.by_name.get(field));
        field.cloned().unwrap_or_else(|| Ty::new(Shape::Unknown))
    }

    /// Each field of a struct that is missing is looked for, and is an error of its own.
    fn missing(&mut self, name: &str, given: usize, meta: MetaInfo) -> Result<(), Fault> {
        let fields = self.types.structs.get(name);
        let fields = fields.map_or(0, |fields| fields.types.len() as u64);
        if fields > given as u64 {
            self.take(fields.saturating_mul(given as u64 + KEPT), meta)?;
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: &'a UntypedPattern, ty: &Ty<'a>) -> Result<(), Fault> {
        let meta = pattern.1;
        self.keep(ty, meta)?;
        match &pattern.0 {
            PatternEnum::Identifier(name) => self.define(name, ty.clone()),
            PatternEnum::Tuple(fields) => {
                for (index, field) in fields.iter().enumerate() {
                    self.pattern(field, &ty.field(index))?;
                }
            }
            PatternEnum::Struct(name, fields)
            | PatternEnum::StructIgnoreRemaining(name, fields) => {
                self.missing(name, fields.len(), meta)?;
                let ty = Ty::new(Shape::Struct(name));
                for (name, field) in fields {
                    self.pattern(field, &self.struct_field(&ty, name))?;
                }
            }
            PatternEnum::EnumTuple(name, variant, fields) => {
                let variants = self.types.enums.get(name.as_str());
                let types = variants.and_then(|variants| variants.get(variant.as_str()));
                let types = types.cloned().unwrap_or_default();
                let unknown = Ty::new(Shape::Unknown);
                for (index, field) in fields.iter().enumerate() {
                    self.pattern(field, types.get(index).unwrap_or(&unknown))?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

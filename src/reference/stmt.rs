//! Statements: bindings, assignments and loops.

use std::rc::Rc;

use garble_lang::ast::{Accessor, Expr, Stmt, StmtEnum, Type};
use garble_lang::circuit::PanicReason;
use garble_lang::token::MetaInfo;
use garble_lang::{TypedExpr, TypedStmt};

use super::budget::Budget;
use super::expr::Interpreter;
use super::value::Value;
use super::{Error, Stop, panic_at};

impl<'a> Interpreter<'a> {
    /// Runs the statements of a block in a scope of their own. The block's
    /// value is that of its last statement, if that is an expression.
    pub(super) fn block(&mut self, body: &'a [TypedStmt], ty: &'a Type) -> Result<Value, Stop> {
        let outer = self.scope.len();
        let mut result = Value::unit();
        if let Some((last, body)) = body.split_last() {
            self.run(body)?;
            match &last.inner {
                StmtEnum::Expr(expr) => result = self.eval_as(expr, ty)?,
                _ => self.stmt(last)?,
            }
        }
        self.scope.truncate(outer);
        Ok(result)
    }

    fn run(&mut self, body: &'a [TypedStmt]) -> Result<(), Stop> {
        for stmt in body {
            self.stmt(stmt)?;
        }
        Ok(())
    }

    fn stmt(&mut self, stmt: &'a TypedStmt) -> Result<(), Stop> {
        self.enter()?;
        let Stmt { inner, meta } = stmt;
        match inner {
            StmtEnum::Let(pattern, _, expr) => {
                let value = self.eval_as(expr, &pattern.2)?;
                self.destructure(pattern, &value)?;
            }
            StmtEnum::LetMut(name, _, expr) => {
                let value = self.eval(expr)?;
                self.bind(name, &expr.ty, value)?;
            }
            StmtEnum::VarAssign(name, accessors, expr) => {
                self.assign(name, accessors, expr, *meta)?;
            }
            StmtEnum::ForEachLoop(pattern, array, body) => {
                let array = self.eval(array)?;
                for value in array.fields()?.iter() {
                    let outer = self.scope.len();
                    self.destructure(pattern, value)?;
                    self.run(body)?;
                    self.scope.truncate(outer);
                }
            }
            StmtEnum::JoinLoop(pattern, _, (a, b), body) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                for (a, b) in self.pairs(&a, &b, true)? {
                    let outer = self.scope.len();
                    self.destructure(pattern, &Value::many(vec![a, b]))?;
                    self.run(body)?;
                    self.scope.truncate(outer);
                }
            }
            StmtEnum::Expr(expr) => {
                self.eval(expr)?;
            }
        }
        self.leave();
        Ok(())
    }

    /// Assigns to a variable or to a part of it: the value first, then the
    /// place from left to right, then the store.
    fn assign(
        &mut self,
        name: &str,
        accessors: &'a [(Accessor<Type>, MetaInfo)],
        expr: &'a Expr<Type>,
        meta: MetaInfo,
    ) -> Result<(), Stop> {
        let value = self.eval(expr)?;
        let variable = self.find(name).ok_or(Error::IllTyped)?;
        let mut path = Vec::with_capacity(accessors.len());
        for (accessor, _) in accessors {
            path.push(match accessor {
                Accessor::TupleAccess { index, .. } => *index,
                Accessor::StructAccess { struct_ty, field } => {
                    self.types.field(struct_ty, field)?
                }
                Accessor::ArrayAccess { array_ty, index } => {
                    self.checked_index(array_ty, index, meta)?
                }
            });
        }
        let binding = self.scope.get_mut(variable).ok_or(Error::IllTyped)?;
        let mut place = &mut binding.value;
        for index in path {
            let Value::Many(fields) = place else {
                return Err(Error::IllTyped.into());
            };
            place = unshare(fields, &mut self.budget)?
                .get_mut(index)
                .ok_or(Error::IllTyped)?;
        }
        *place = value;
        Ok(())
    }

    fn checked_index(
        &mut self,
        array_ty: &'a Type,
        index: &'a TypedExpr,
        meta: MetaInfo,
    ) -> Result<usize, Stop> {
        let index = self.index(index)?;
        let (_, len) = self.types.array(array_ty)?.ok_or(Error::IllTyped)?;
        if index < len {
            Ok(index)
        } else {
            panic_at(PanicReason::OutOfBounds, meta)
        }
    }
}

/// The elements of a collection for a change: a copy if others share it.
fn unshare<'v>(
    fields: &'v mut Rc<Vec<Value>>,
    budget: &mut Budget,
) -> Result<&'v mut Vec<Value>, Error> {
    if Rc::strong_count(fields) > 1 {
        budget.cells(fields.len())?;
    }
    Ok(Rc::make_mut(fields))
}

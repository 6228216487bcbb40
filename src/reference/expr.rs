//! Expressions.

use garble_lang::ast::{BuiltInFnCall, ExprEnum, Type, VariantExprEnum};
use garble_lang::circuit::PanicReason;
use garble_lang::token::MetaInfo;
use garble_lang::{TypedExpr, TypedFnDef};

use super::budget::Budget;
use super::number::Number;
use super::operator::{at_most_or_least, in_range};
use super::types::{Types, check_type};
use super::value::Value;
use super::{Error, MAX_DEPTH, Stop, panic_at, place};

/// A variable in scope.
pub(super) struct Binding<'a> {
    pub(super) name: &'a str,
    /// The type at its definition. Uses may have a more definite one.
    pub(super) ty: &'a Type,
    pub(super) value: Value,
}

/// The state of an evaluation: the variables in scope and the work left.
pub(super) struct Interpreter<'a> {
    pub(super) types: Types<'a>,
    /// Variables, the innermost last.
    pub(super) scope: Vec<Binding<'a>>,
    /// Where the variables of the current function begin.
    frame: usize,
    depth: usize,
    pub(super) budget: Budget,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(types: Types<'a>, budget: Budget) -> Self {
        Self {
            types,
            scope: Vec::new(),
            frame: 0,
            depth: 0,
            budget,
        }
    }

    pub(super) fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    /// Calls a function. It sees its parameters and the constants only.
    pub(super) fn call(&mut self, def: &'a TypedFnDef, args: Vec<Value>) -> Result<Value, Stop> {
        if def.params.len() != args.len() {
            return Err(Error::IllTyped.into());
        }
        let frame = std::mem::replace(&mut self.frame, self.scope.len());
        for (param, value) in def.params.iter().zip(args) {
            self.bind(&param.name, &param.ty, value)?;
        }
        let result = self.block(&def.body, &def.ty)?;
        self.scope.truncate(self.frame);
        self.frame = frame;
        Ok(result)
    }

    /// Adds a variable to the scope.
    pub(super) fn bind(&mut self, name: &'a str, ty: &'a Type, value: Value) -> Result<(), Error> {
        check_type(ty, 0)?;
        self.scope.push(Binding { name, ty, value });
        Ok(())
    }

    /// Position of a variable in the scope.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let visible = self.scope.get(self.frame..)?;
        let found = visible.iter().rposition(|binding| binding.name == name)?;
        Some(self.frame + found)
    }

    /// Evaluates an expression and converts what the checker left open in
    /// its type to `ty`.
    pub(super) fn eval_as(&mut self, expr: &'a TypedExpr, ty: &'a Type) -> Result<Value, Stop> {
        let value = self.eval(expr)?;
        self.convert(value, &expr.ty, ty, expr.meta)
    }

    /// Evaluates an expression to a value of its type.
    pub(super) fn eval(&mut self, expr: &'a TypedExpr) -> Result<Value, Stop> {
        self.enter()?;
        let value = self.eval_inner(expr)?;
        self.leave();
        Ok(value)
    }

    /// Pays for a node, and goes one level down.
    pub(super) fn enter(&mut self) -> Result<(), Error> {
        self.budget.steps(1)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    fn eval_inner(&mut self, expr: &'a TypedExpr) -> Result<Value, Stop> {
        let (ty, meta) = (&expr.ty, expr.meta);
        match &expr.inner {
            ExprEnum::True => Ok(Value::Bool(true)),
            ExprEnum::False => Ok(Value::Bool(false)),
            ExprEnum::NumUnsigned(n, _) => literal((*n).into(), ty, meta),
            ExprEnum::NumSigned(n, _) => literal((*n).into(), ty, meta),
            ExprEnum::Identifier(name) => self.variable(name, ty, meta),
            ExprEnum::UnaryOp(op, x) => self.unary(*op, x, ty, meta),
            ExprEnum::Op(op, x, y) => match at_most_or_least(expr) {
                Some((op, x, y)) => self.compare(op, true, x, y),
                None => self.binary(*op, x, y, ty, meta),
            },
            ExprEnum::Cast(target, x) => self.cast(x, target),
            ExprEnum::If(condition, then, other) => {
                let branch = match self.eval(condition)?.bool()? {
                    true => then,
                    false => other,
                };
                self.eval_as(branch, ty)
            }
            ExprEnum::Match(x, clauses) => {
                let value = self.eval(x)?;
                let outer = self.scope.len();
                for (pattern, body) in clauses {
                    if self.matches(pattern, &value)? {
                        let result = self.eval_as(body, ty)?;
                        self.scope.truncate(outer);
                        return Ok(result);
                    }
                    self.scope.truncate(outer);
                }
                let (line, column) = place(meta);
                Err(Error::NoMatch { line, column }.into())
            }
            ExprEnum::Block(body) => self.block(body, ty),
            ExprEnum::FnCall(name, args) => {
                let def = self.types.program.fn_defs.get(name);
                let def = def.ok_or(Error::IllTyped)?;
                let args = args.iter().zip(&def.params);
                let args = args.map(|(arg, param)| self.eval_as(arg, &param.ty));
                let args = args.collect::<Result<_, _>>()?;
                self.call(def, args)
            }
            ExprEnum::BuiltInFnCall(BuiltInFnCall::Join {
                has_assoc_data,
                args,
                ..
            }) => self.join(args, *has_assoc_data, ty),
            _ => self.collection(expr),
        }
    }

    /// Expressions that make or take apart collections.
    fn collection(&mut self, expr: &'a TypedExpr) -> Result<Value, Stop> {
        let (ty, meta) = (&expr.ty, expr.meta);
        match &expr.inner {
            ExprEnum::ArrayLiteral(elems) => {
                let (elem, _) = self.array(ty)?;
                self.all(elems.iter().map(|expr| (expr, elem)))
            }
            ExprEnum::ArrayRepeatLiteral(x, len) => self.repeat(x, *len, ty),
            ExprEnum::ArrayRepeatLiteralConst(x, size) => {
                let len = self.types.consts.size_named(size)?;
                self.repeat(x, len, ty)
            }
            ExprEnum::Range(from, to, _) => self.range(*from, *to, ty, meta),
            ExprEnum::TupleLiteral(fields) => match ty {
                Type::Tuple(types) if types.len() == fields.len() => {
                    self.all(fields.iter().zip(types))
                }
                _ => Err(Error::IllTyped.into()),
            },
            ExprEnum::StructLiteral(name, fields) => self.struct_literal(name, fields),
            ExprEnum::EnumLiteral(name, variant, fields) => {
                let (index, types) = self.types.variant(name, variant)?;
                let fields = match fields {
                    VariantExprEnum::Unit => Value::unit(),
                    VariantExprEnum::Tuple(fields) => self.all(fields.iter().zip(types))?,
                };
                Ok(Value::Variant(index, fields.fields()?.clone()))
            }
            ExprEnum::ArrayAccess(array, index) => {
                let elem = self.array(&array.ty)?.0;
                let array = self.eval(array)?;
                let index = self.index(index)?;
                match array.fields()?.get(index) {
                    Some(value) => self.convert(value.clone(), elem, ty, meta),
                    None => panic_at(PanicReason::OutOfBounds, meta),
                }
            }
            ExprEnum::TupleAccess(tuple, index) => {
                let Type::Tuple(types) = &tuple.ty else {
                    return Err(Error::IllTyped.into());
                };
                let field = types.get(*index).ok_or(Error::IllTyped)?;
                let tuple = self.eval(tuple)?;
                let value = tuple.fields()?.get(*index).ok_or(Error::IllTyped)?;
                self.convert(value.clone(), field, ty, meta)
            }
            ExprEnum::StructAccess(x, field) => {
                let index = self.types.field(&x.ty, field)?;
                let x = self.eval(x)?;
                let value = x.fields()?.get(index).ok_or(Error::IllTyped)?;
                Ok(value.clone())
            }
            _ => Err(Error::IllTyped.into()),
        }
    }

    fn variable(&mut self, name: &str, ty: &'a Type, meta: MetaInfo) -> Result<Value, Stop> {
        if let Some(found) = self.find(name).and_then(|at| self.scope.get(at)) {
            let (value, given) = (found.value.clone(), found.ty);
            return self.convert(value, given, ty, meta);
        }
        let (value, given) = self.types.consts.value(name).ok_or(Error::IllTyped)?;
        self.convert(value.clone(), given, ty, meta)
    }

    /// The value of an array index.
    pub(super) fn index(&mut self, index: &'a TypedExpr) -> Result<usize, Stop> {
        let n = self.eval(index)?.int()?;
        Ok(usize::try_from(n).map_err(|_| Error::IllTyped)?)
    }

    fn array(&self, ty: &'a Type) -> Result<(&'a Type, usize), Error> {
        self.types.array(ty)?.ok_or(Error::IllTyped)
    }

    /// Evaluates expressions in order to the elements of a collection.
    fn all(
        &mut self,
        exprs: impl ExactSizeIterator<Item = (&'a TypedExpr, &'a Type)>,
    ) -> Result<Value, Stop> {
        self.budget.cells(exprs.len())?;
        let values = exprs.map(|(expr, ty)| self.eval_as(expr, ty));
        Ok(Value::many(values.collect::<Result<_, _>>()?))
    }

    fn repeat(&mut self, x: &'a TypedExpr, len: usize, ty: &'a Type) -> Result<Value, Stop> {
        let (elem, _) = self.array(ty)?;
        let value = self.eval_as(x, elem)?;
        self.budget.cells(len)?;
        Ok(Value::many(vec![value; len]))
    }

    fn range(&mut self, from: u64, to: u64, ty: &'a Type, meta: MetaInfo) -> Result<Value, Stop> {
        let (elem, _) = self.array(ty)?;
        let len = usize::try_from(to.saturating_sub(from)).map_err(|_| Error::TooLarge)?;
        self.budget.cells(len)?;
        let values = (from..to).map(|n| literal(n.into(), elem, meta));
        Ok(Value::many(values.collect::<Result<_, _>>()?))
    }

    /// Evaluates the fields as written, though the parser has sorted them.
    fn struct_literal(
        &mut self,
        name: &str,
        fields: &'a [(String, TypedExpr)],
    ) -> Result<Value, Stop> {
        let def = self.types.fields(name)?;
        self.budget.cells(def.len())?;
        let mut written: Vec<_> = fields.iter().collect();
        written.sort_by_key(|(_, expr)| expr.meta.start);
        let mut values = vec![None; def.len()];
        for (field, expr) in written {
            let index = def.iter().position(|(name, _)| name == field);
            let index = index.ok_or(Error::IllTyped)?;
            let (_, ty) = def.get(index).ok_or(Error::IllTyped)?;
            let value = self.eval_as(expr, ty)?;
            match values.get_mut(index) {
                Some(slot @ None) => *slot = Some(value),
                _ => return Err(Error::IllTyped.into()),
            }
        }
        let values: Option<_> = values.into_iter().collect();
        Ok(Value::many(values.ok_or(Error::IllTyped)?))
    }

    /// Converts a value to a type that settles what the checker left open.
    pub(super) fn convert(
        &mut self,
        value: Value,
        from: &'a Type,
        to: &'a Type,
        meta: MetaInfo,
    ) -> Result<Value, Stop> {
        if from == to {
            return Ok(value);
        }
        let values = match value {
            Value::Int(n) => {
                let number = Number::of(to).ok_or(Error::IllTyped)?;
                return in_range(Some(n), number, meta);
            }
            Value::Many(values) => values,
            _ => return Err(Error::IllTyped.into()),
        };
        self.budget.cells(values.len())?;
        let values = values.iter().cloned();
        let values: Result<Vec<Value>, Stop> = match (from, to) {
            (Type::Tuple(from), Type::Tuple(to)) => values
                .zip(from.iter().zip(to))
                .map(|(value, (from, to))| self.convert(value, from, to, meta))
                .collect(),
            _ => {
                let ((from, _), (to, _)) = (self.array(from)?, self.array(to)?);
                values
                    .map(|value| self.convert(value, from, to, meta))
                    .collect()
            }
        };
        Ok(Value::many(values?))
    }
}

/// A number written in the source.
fn literal(n: i128, ty: &Type, meta: MetaInfo) -> Result<Value, Stop> {
    let number = Number::of(ty).ok_or(Error::IllTyped)?;
    if number.holds(n) {
        return Ok(Value::Int(n));
    }
    let (line, column) = place(meta);
    Err(Error::LiteralRange { line, column }.into())
}

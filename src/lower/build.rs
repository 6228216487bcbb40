//! From the resolved program to gates: the tree is walked in program order, loops are unrolled, calls are inlined.
//!
//! A value is a list of wires, so constants fold and copies are free. What depends on a secret condition is built for both
//! outcomes, then merged (`build/branch.rs`). Work and memory are charged before they are spent, because the size
//! of a program's arrays and loops may come from a peer.

mod access;
mod arith;
mod branch;
mod join;

use garble_lang::circuit::PanicReason;

use super::{
    Limits, LowerError,
    ir::{Block, Expr, Function, Loop, Node, Over, Part, Pattern, Site, Slot, Statement},
    panics::Panics,
    resolve::number_bits,
    store::{Store, Value},
    types::{Int, Kind, TypeId, Types},
};
use crate::circuit::{Bit, Graph, Word};

/// What one node of the tree costs, in units of bits copied.
const NODE_WORK: usize = 64;

/// A program being lowered.
pub(super) struct Builder<'b, 'p> {
    pub(super) graph: Graph,
    pub(super) panics: Panics,
    types: &'b Types<'p>,
    functions: &'b [Function],
    store: Store,
    limits: &'b Limits,
    work: u64,
    depth: usize,
}

impl<'b, 'p> Builder<'b, 'p> {
    pub(super) fn new(
        types: &'b Types<'p>,
        functions: &'b [Function],
        slots: usize,
        limits: &'b Limits,
    ) -> Self {
        Builder {
            graph: Graph::new(),
            panics: Panics::new(),
            types,
            functions,
            store: Store::new(slots),
            limits,
            work: 0,
            depth: 0,
        }
    }

    /// Calls a function with these values.
    pub(super) fn call(&mut self, id: usize, args: Vec<Value>) -> Result<Value, LowerError> {
        let functions = self.functions;
        let function = functions.get(id).ok_or(LowerError::Internal)?;
        for (slot, value) in function.params.iter().zip(args) {
            self.declare(*slot, value)?;
        }
        let value = self.expr(&function.body)?;
        self.clear(&function.params);
        Ok(value)
    }

    fn expr(&mut self, expr: &Expr) -> Result<Value, LowerError> {
        self.charge(NODE_WORK)?;
        if self.depth >= self.limits.max_depth {
            return Err(LowerError::TooDeep {
                limit: self.limits.max_depth,
            });
        }
        self.depth += 1;
        let value = self.node(expr)?;
        self.depth -= 1;
        Ok(value)
    }

    fn node(&mut self, expr: &Expr) -> Result<Value, LowerError> {
        match &expr.node {
            Node::Constant(bits) => Ok(Value::from(bits.clone())),
            Node::Variable(slot) => self.store.read(*slot).ok_or(LowerError::Internal),
            Node::Assemble(template, parts) => {
                self.charge(template.len())?;
                let mut bits = template.to_vec();
                for (offset, part) in parts {
                    let value = self.expr(part)?;
                    let place = bits.get_mut(*offset..offset + value.len());
                    place.ok_or(LowerError::Internal)?.copy_from_slice(&value);
                }
                Ok(bits.into())
            }
            Node::Repeat(element, len) => {
                let element = self.expr(element)?;
                self.charge(element.len() * len)?;
                Ok(element.repeat(*len).into())
            }
            Node::Range(from, to) => {
                let bits = self.types.bits(expr.ty);
                self.charge(bits)?;
                let element = bits / usize::try_from(to - from).unwrap_or(usize::MAX).max(1);
                let numbers = (*from..*to).flat_map(|n| number_bits(n.into(), element));
                Ok(numbers.collect::<Vec<Bit>>().into())
            }
            Node::Index(array, index) => self.index(expr, array, index),
            Node::Field(value, offset) => {
                let value = self.expr(value)?;
                Ok(value.part(*offset, self.types.bits(expr.ty)))
            }
            Node::Not(x) => {
                let x = self.expr(x)?;
                Ok(x.iter().map(|bit| !*bit).collect::<Vec<Bit>>().into())
            }
            Node::Negate(x) => self.negate(x, expr.site),
            Node::Binary(op, x, y) => self.binary(*op, x, y, expr.site),
            Node::If(condition, then, otherwise) => {
                let condition = self.condition(condition)?;
                self.arms(&[condition], |this, arm| {
                    this.expr(if arm == 0 { then } else { otherwise })
                })
            }
            Node::Match(value, clauses) => {
                let ty = value.ty;
                let value = self.expr(value)?;
                // The patterns cover all values, so the last one need not be tested.
                let mut conditions = Vec::with_capacity(clauses.len());
                for clause in clauses.iter().take(clauses.len().saturating_sub(1)) {
                    conditions.push(self.test(&clause.pattern, ty, &value)?);
                }
                self.arms(&conditions, |this, arm| {
                    let clause = clauses.get(arm).ok_or(LowerError::Internal)?;
                    this.bind(&clause.pattern, &value)?;
                    let result = this.expr(&clause.body)?;
                    this.clear(&clause.slots);
                    Ok(result)
                })
            }
            Node::Block(block) => self.block(block),
            Node::Call(id, args) => {
                let mut values = Vec::with_capacity(args.len());
                for arg in args {
                    values.push(self.expr(arg)?);
                }
                self.call(*id, values)
            }
            Node::Join(join) => self.join(join),
            Node::Cast(x) => self.cast(x, expr.ty),
            Node::Convert(x) => self.convert(x, expr.ty),
        }
    }

    fn block(&mut self, block: &Block) -> Result<Value, LowerError> {
        self.statements(&block.statements)?;
        let value = match &block.value {
            Some(value) => self.expr(value)?,
            None => Value::from(vec![]),
        };
        self.clear(&block.slots);
        Ok(value)
    }

    fn statements(&mut self, statements: &[Statement]) -> Result<(), LowerError> {
        for statement in statements {
            match statement {
                Statement::Expr(expr) => {
                    self.expr(expr)?;
                }
                Statement::Let(pattern, value) => {
                    let value = self.expr(value)?;
                    self.bind(pattern, &value)?;
                }
                Statement::Assign(assignment) => self.assign(assignment)?,
                Statement::For(each) => self.each(each)?,
                Statement::JoinFor(each) => self.join_each(each)?,
            }
        }
        Ok(())
    }

    fn each(&mut self, each: &Loop) -> Result<(), LowerError> {
        match &each.over {
            Over::Range { bits, from, to } => {
                for n in *from..*to {
                    self.turn(each, number_bits(n.into(), *bits).into())?;
                }
            }
            Over::Array(array) => {
                let ty = array.ty;
                let array = self.expr(array)?;
                let Kind::Array(element, len) = *self.types.kind(ty) else {
                    return Err(LowerError::Internal);
                };
                let bits = self.types.bits(element);
                for i in 0..len {
                    self.turn(each, array.part(i * bits, bits))?;
                }
            }
        }
        Ok(())
    }

    fn turn(&mut self, each: &Loop, element: Value) -> Result<(), LowerError> {
        self.charge(NODE_WORK)?;
        self.bind(&each.pattern, &element)?;
        self.statements(&each.body)?;
        self.clear(&each.slots);
        Ok(())
    }

    /// Binds the names of a pattern that matches.
    fn bind(&mut self, pattern: &Pattern, value: &Value) -> Result<(), LowerError> {
        match pattern {
            Pattern::Bind(slot) => self.declare(*slot, value.clone()),
            Pattern::Bool(_) | Pattern::Between(_, _) => Ok(()),
            Pattern::Fields(parts) | Pattern::Variant(_, parts) => {
                for part in parts {
                    self.bind(&part.pattern, &self.part(part, value))?;
                }
                Ok(())
            }
        }
    }

    /// Whether the pattern matches.
    fn test(&mut self, pattern: &Pattern, ty: TypeId, value: &Value) -> Result<Bit, LowerError> {
        match pattern {
            Pattern::Bind(_) => Ok(Bit::TRUE),
            Pattern::Bool(wanted) => {
                let bit = value.first().copied().ok_or(LowerError::Internal)?;
                Ok(if *wanted { bit } else { !bit })
            }
            Pattern::Between(from, to) => {
                let int = self.types.int(ty).ok_or(LowerError::Internal)?;
                Ok(self.between(&word(value), int, *from, *to))
            }
            Pattern::Fields(parts) => self.test_parts(parts, value, vec![]),
            Pattern::Variant(number, parts) => {
                let Kind::Enum(_, tag, _) = self.types.kind(ty) else {
                    return Err(LowerError::Internal);
                };
                let wanted = number_bits(*number as i128, *tag);
                let is_variant = self
                    .graph
                    .eq(&word(&value.part(0, *tag)), &word(&wanted.into()));
                self.test_parts(parts, value, vec![is_variant])
            }
        }
    }

    fn test_parts(
        &mut self,
        parts: &[Part],
        value: &Value,
        mut conditions: Vec<Bit>,
    ) -> Result<Bit, LowerError> {
        for part in parts {
            let field = self.part(part, value);
            conditions.push(self.test(&part.pattern, part.ty, &field)?);
        }
        Ok(self.graph.and_all(&conditions))
    }

    /// Whether a number lies between two others, both included.
    fn between(&mut self, number: &[Bit], int: Int, from: i128, to: i128) -> Bit {
        let (from, to) = (from.max(int.min()), to.min(int.max()));
        if from > to {
            return Bit::FALSE;
        }
        let constant = |n| word(&number_bits(n, int.bits).into());
        if from == to {
            return self.graph.eq(number, &constant(from));
        }
        let mut inside = vec![];
        if from > int.min() {
            inside.push(!self.less(number, &constant(from), int));
        }
        if to < int.max() {
            inside.push(!self.less(&constant(to), number, int));
        }
        self.graph.and_all(&inside)
    }

    fn part(&self, part: &Part, value: &Value) -> Value {
        value.part(part.offset, self.types.bits(part.ty))
    }

    fn condition(&mut self, expr: &Expr) -> Result<Bit, LowerError> {
        let value = self.expr(expr)?;
        value.first().copied().ok_or(LowerError::Internal)
    }

    fn check(&mut self, flag: Bit, reason: PanicReason, site: Site) {
        self.panics.check(&mut self.graph, flag, reason, site);
    }

    fn declare(&mut self, slot: Slot, value: Value) -> Result<(), LowerError> {
        self.charge(value.copied_when_kept())?;
        self.store.declare(slot, value);
        Ok(())
    }

    fn clear(&mut self, slots: &[Slot]) {
        for slot in slots {
            self.store.clear(*slot);
        }
    }

    /// Counts work, and refuses a program that has become too large in any respect.
    fn charge(&mut self, work: usize) -> Result<(), LowerError> {
        self.work = self.work.saturating_add(work as u64);
        if self.work > self.limits.max_work {
            let limit = self.limits.max_work;
            return Err(LowerError::TooMuchWork { limit });
        }
        if self.graph.len() > self.limits.max_gates || self.graph.is_full() {
            let limit = self.limits.max_gates;
            return Err(LowerError::TooManyGates { limit });
        }
        if self.store.held() > self.limits.max_held_bits {
            let limit = self.limits.max_held_bits;
            return Err(LowerError::TooMuchMemory { limit });
        }
        Ok(())
    }
}

/// The bits of a number, least significant first, from those of its layout.
fn word(value: &Value) -> Word {
    value.iter().rev().copied().collect()
}

/// The layout of a number from its bits, least significant first.
fn layout(word: &[Bit]) -> Value {
    word.iter().rev().copied().collect::<Vec<Bit>>().into()
}

/// The number, if all its bits are constant.
fn known(word: &[Bit]) -> Option<usize> {
    let mut number = 0;
    for (i, bit) in word.iter().enumerate() {
        if bit.constant()? {
            number |= 1usize.checked_shl(i as u32)?;
        }
    }
    Some(number)
}

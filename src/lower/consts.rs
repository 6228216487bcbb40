//! The values of a program's constants, computed exactly and checked at each step.
//!
//! The parties choose them, so nothing wraps: `garble_lang` computes in 64 bits and wraps around, which turns
//! `N - 1` with `N = 0` into an array of 2^64 - 1 elements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use garble_lang::{
    GarbleConsts, TypedProgram,
    ast::{ConstExpr, ConstExprEnum, Type},
    literal::Literal,
    token::{MetaInfo, SignedNumType, UnsignedNumType},
};

use super::{LowerError, Position, types::Int};

/// How deeply constant expressions may be nested.
const MAX_DEPTH: usize = 1000;

/// A constant: a `bool`, or a number that is known to fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Const {
    pub(super) ty: Type,
    pub(super) value: i128,
}

/// All constants of a program by name.
#[derive(Debug, Default)]
pub(super) struct Consts {
    values: BTreeMap<String, Const>,
    sizes: HashMap<String, usize>,
    missing: BTreeSet<String>,
}

impl Consts {
    /// Evaluates the program's constants in source order, with the parties' values.
    ///
    /// # Errors
    /// A value that is missing, of another type or out of range, and any step that overflows.
    pub(super) fn new(program: &TypedProgram, given: &GarbleConsts) -> Result<Self, LowerError> {
        Self::evaluate(program, given, false)
    }

    /// As [`new`](Self::new), but leaves out what depends on a party's value that is not there.
    pub(super) fn known(program: &TypedProgram, given: &GarbleConsts) -> Result<Self, LowerError> {
        Self::evaluate(program, given, true)
    }

    fn evaluate(
        program: &TypedProgram,
        given: &GarbleConsts,
        partial: bool,
    ) -> Result<Self, LowerError> {
        let mut consts = Consts::default();
        let mut definitions: Vec<_> = program.const_defs.iter().collect();
        definitions.sort_by_key(|(name, definition)| (definition.meta, *name));
        for (name, definition) in definitions {
            if partial && consts.lacks(&definition.value, given) {
                consts.missing.insert(name.clone());
                continue;
            }
            let domain = Domain::of(&definition.ty).ok_or_else(|| LowerError::BadConst {
                name: name.clone(),
                position: definition.meta.into(),
                why: "only numbers and bool can be constants",
            })?;
            let scope = Scope {
                name,
                domain,
                consts: &consts,
                given: Some(given),
            };
            let value = scope.evaluate(&definition.value, 0)?;
            if definition.ty == Type::Unsigned(UnsignedNumType::Usize)
                && let Ok(size) = usize::try_from(value)
            {
                consts.sizes.insert(name.clone(), size);
                if let ConstExprEnum::ExternalValue { party, identifier } = &definition.value.0 {
                    consts.sizes.insert(format!("{party}::{identifier}"), size);
                }
            }
            let ty = definition.ty.clone();
            consts.values.insert(name.clone(), Const { ty, value });
        }
        Ok(consts)
    }

    /// The constant of that name.
    pub(super) fn value(&self, name: &str) -> Option<&Const> {
        self.values.get(name)
    }

    /// All constants by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Const)> {
        self.values.iter()
    }

    /// The `usize` constants, as `garble_lang`'s literals want them.
    pub(super) fn sizes(&self) -> &HashMap<String, usize> {
        &self.sizes
    }

    /// Whether an expression depends on a party's value that is not there.
    pub(super) fn lacks(&self, expr: &ConstExpr, given: &GarbleConsts) -> bool {
        match &expr.0 {
            ConstExprEnum::ExternalValue { party, identifier } => {
                !(given.get(party)).is_some_and(|values| values.contains_key(identifier))
            }
            ConstExprEnum::ConstExprIdent(name) => self.missing.contains(name),
            ConstExprEnum::Max(args) | ConstExprEnum::Min(args) => {
                args.iter().any(|arg| self.lacks(arg, given))
            }
            ConstExprEnum::Add(x, y) | ConstExprEnum::Sub(x, y) => {
                self.lacks(x, given) || self.lacks(y, given)
            }
            ConstExprEnum::True
            | ConstExprEnum::False
            | ConstExprEnum::NumUnsigned(..)
            | ConstExprEnum::NumSigned(..) => false,
        }
    }

    /// Whether this constant depends on a party's value that was not there.
    pub(super) fn is_missing(&self, name: &str) -> bool {
        self.missing.contains(name)
    }

    /// Whether a party's value was missing that others depend on.
    pub(super) fn is_partial(&self) -> bool {
        !self.missing.is_empty()
    }

    /// The value of a `usize` constant that gives an array its size.
    pub(super) fn size(&self, name: &str) -> Result<usize, LowerError> {
        self.sizes
            .get(name)
            .copied()
            .ok_or_else(|| LowerError::BadConst {
                name: name.to_string(),
                position: Position::default(),
                why: "an array size must be a usize constant",
            })
    }

    /// The value of an array size such as `const { N + 1usize }`.
    pub(super) fn size_of_expr(&self, expr: &ConstExpr) -> Result<usize, LowerError> {
        let scope = Scope {
            name: "array size",
            domain: USIZE,
            consts: self,
            given: None,
        };
        let value = scope.evaluate(expr, 0)?;
        usize::try_from(value).map_err(|_| scope.error(expr.1, "out of range"))
    }
}

const USIZE: Domain = Domain {
    bool: false,
    int: Int {
        bits: 32,
        signed: false,
    },
    is_usize: true,
};

/// The values a constant can take.
#[derive(Clone, Copy)]
struct Domain {
    bool: bool,
    int: Int,
    is_usize: bool,
}

impl Domain {
    fn of(ty: &Type) -> Option<Self> {
        let int = |bits, signed| Domain {
            bool: false,
            int: Int { bits, signed },
            is_usize: false,
        };
        Some(match ty {
            Type::Bool => Domain {
                bool: true,
                ..int(1, false)
            },
            Type::Unsigned(ty) => match ty {
                UnsignedNumType::Usize => USIZE,
                UnsignedNumType::U8 => int(8, false),
                UnsignedNumType::U16 => int(16, false),
                UnsignedNumType::U32 => int(32, false),
                UnsignedNumType::U64 => int(64, false),
                UnsignedNumType::Unspecified => return None,
            },
            Type::Signed(ty) => match ty {
                SignedNumType::I8 => int(8, true),
                SignedNumType::I16 => int(16, true),
                SignedNumType::I32 => int(32, true),
                SignedNumType::I64 => int(64, true),
                SignedNumType::Unspecified => return None,
            },
            _ => return None,
        })
    }

    /// Whether a literal of that type belongs here.
    fn accepts(self, ty: &Type) -> bool {
        Domain::of(ty).is_some_and(|other| {
            self.bool == other.bool && self.int == other.int && self.is_usize == other.is_usize
        })
    }
}

/// The evaluation of one constant.
struct Scope<'a> {
    name: &'a str,
    domain: Domain,
    consts: &'a Consts,
    given: Option<&'a GarbleConsts>,
}

impl Scope<'_> {
    fn evaluate(&self, expr: &ConstExpr, depth: usize) -> Result<i128, LowerError> {
        let ConstExpr(node, meta) = expr;
        if depth > MAX_DEPTH {
            return Err(LowerError::TooDeep { limit: MAX_DEPTH });
        }
        let value = match node {
            ConstExprEnum::True | ConstExprEnum::False if !self.domain.bool => {
                return Err(self.error(*meta, "a bool where a number is expected"));
            }
            ConstExprEnum::True => 1,
            ConstExprEnum::False => 0,
            _ if self.domain.bool && !is_reference(node) => {
                return Err(self.error(*meta, "a bool is expected"));
            }
            ConstExprEnum::NumUnsigned(n, _) => i128::from(*n),
            ConstExprEnum::NumSigned(n, _) => i128::from(*n),
            ConstExprEnum::ExternalValue { party, identifier } => {
                self.external(party, identifier, *meta)?
            }
            ConstExprEnum::ConstExprIdent(name) => {
                let found = self.consts.value(name);
                let found = found.ok_or_else(|| self.error(*meta, "unknown constant"))?;
                if !self.domain.accepts(&found.ty) {
                    return Err(self.error(*meta, "a constant of another type"));
                }
                found.value
            }
            ConstExprEnum::Max(args) => self.fold(args, *meta, depth, i128::max)?,
            ConstExprEnum::Min(args) => self.fold(args, *meta, depth, i128::min)?,
            ConstExprEnum::Add(x, y) => {
                self.evaluate(x, depth + 1)? + self.evaluate(y, depth + 1)?
            }
            ConstExprEnum::Sub(x, y) => {
                self.evaluate(x, depth + 1)? - self.evaluate(y, depth + 1)?
            }
        };
        if self.domain.int.holds(value) {
            Ok(value)
        } else {
            Err(LowerError::ConstOverflow {
                name: self.name.to_string(),
                position: (*meta).into(),
                value,
            })
        }
    }

    fn fold(
        &self,
        args: &[ConstExpr],
        meta: MetaInfo,
        depth: usize,
        choose: fn(i128, i128) -> i128,
    ) -> Result<i128, LowerError> {
        let mut result = None;
        for arg in args {
            let value = self.evaluate(arg, depth + 1)?;
            result = Some(result.map_or(value, |best| choose(best, value)));
        }
        result.ok_or_else(|| self.error(meta, "max and min need an argument"))
    }

    fn external(&self, party: &str, name: &str, meta: MetaInfo) -> Result<i128, LowerError> {
        let given = self.given.and_then(|parties| parties.get(party));
        let Some(literal) = given.and_then(|values| values.get(name)) else {
            return Err(LowerError::MissingConst {
                party: party.to_string(),
                name: name.to_string(),
                position: meta.into(),
            });
        };
        let (ty, value) = match literal {
            Literal::True => (Type::Bool, 1),
            Literal::False => (Type::Bool, 0),
            Literal::NumUnsigned(n, ty) => (Type::Unsigned(*ty), i128::from(*n)),
            Literal::NumSigned(n, ty) => (Type::Signed(*ty), i128::from(*n)),
            _ => return Err(self.error(meta, "only numbers and bool can be constants")),
        };
        if self.domain.accepts(&ty) {
            Ok(value)
        } else {
            Err(self.error(meta, "the party's value has another type"))
        }
    }

    fn error(&self, meta: MetaInfo, why: &'static str) -> LowerError {
        LowerError::BadConst {
            name: self.name.to_string(),
            position: meta.into(),
            why,
        }
    }
}

fn is_reference(node: &ConstExprEnum) -> bool {
    matches!(
        node,
        ConstExprEnum::ExternalValue { .. } | ConstExprEnum::ConstExprIdent(_)
    )
}

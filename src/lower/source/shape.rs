//! Types as far as they decide what the checker does, with shared parts: `garble_lang` copies a type for each expression
//! that has it, so that `let b = (a, a); let c = (b, b);` and so on fills any memory.

use std::{collections::HashMap, rc::Rc};

use garble_lang::{
    UntypedProgram,
    ast::{ConstExpr, ConstExprEnum, Type, Variant},
    token::UnsignedNumType,
};

use Shape::*;

/// A type that is cheap to copy.
#[derive(Clone, Debug)]
pub(super) struct Ty<'a>(Rc<Node<'a>>);

#[derive(Debug)]
struct Node<'a> {
    shape: Shape<'a>,
    size: u64,
    depth: usize,
}

/// What a type is.
#[derive(Clone, Debug)]
pub(super) enum Shape<'a> {
    /// The checker will complain of it.
    Unknown,
    Bool,
    Unsigned,
    Signed,
    /// A number without a type.
    Free,
    Tuple(Vec<Ty<'a>>),
    /// The element, and how large the expression is that says how many there are.
    Array(Ty<'a>, u64),
    Struct(&'a str),
    Enum(&'a str),
}

impl<'a> Ty<'a> {
    pub(super) fn new(shape: Shape<'a>) -> Self {
        let (size, depth) = match &shape {
            Tuple(fields) => {
                let size = |n: u64, field: &Ty<'_>| n.saturating_add(field.size());
                let depth = fields.iter().map(|field| field.depth()).max();
                (fields.iter().fold(1, size), 1 + depth.unwrap_or(0))
            }
            Array(elem, extent) => (
                elem.size().saturating_add(extent.saturating_add(1)),
                1 + elem.depth(),
            ),
            _ => (1, 1),
        };
        Ty(Rc::new(Node { shape, size, depth }))
    }

    pub(super) fn shape(&self) -> &Shape<'a> {
        &self.0.shape
    }

    /// The nodes of the type written out.
    pub(super) fn size(&self) -> u64 {
        self.0.size
    }

    pub(super) fn depth(&self) -> usize {
        self.0.depth
    }

    pub(super) fn elem(&self) -> Ty<'a> {
        match self.shape() {
            Array(elem, _) => elem.clone(),
            _ => Ty::new(Unknown),
        }
    }

    pub(super) fn extent(&self) -> u64 {
        match self.shape() {
            Array(_, extent) => *extent,
            _ => 1,
        }
    }

    pub(super) fn field(&self, index: usize) -> Ty<'a> {
        match self.shape() {
            Tuple(fields) => fields.get(index).cloned(),
            _ => None,
        }
        .unwrap_or_else(|| Ty::new(Unknown))
    }

    /// The type of two expressions that must have the same one: numbers without a type follow the others.
    pub(super) fn unify(&self, other: &Ty<'a>) -> Ty<'a> {
        match self.shape() {
            Free => other.clone(),
            _ => self.clone(),
        }
    }

    /// The type of a mutable variable: numbers without a type become `i32`, also one level further in.
    pub(super) fn settled(&self) -> Ty<'a> {
        let number = |ty: &Ty<'a>| match ty.shape() {
            Free => Ty::new(Signed),
            _ => ty.clone(),
        };
        match self.shape() {
            Tuple(fields) => Ty::new(Tuple(fields.iter().map(number).collect())),
            Array(elem, extent) => Ty::new(Array(number(elem), *extent)),
            _ => number(self),
        }
    }
}

/// A struct: its fields' types in the order of their names, and by name.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) types: Vec<Ty<'a>>,
    pub(super) by_name: HashMap<&'a str, Ty<'a>>,
}

/// The definitions of a program.
pub(super) struct Definitions<'a> {
    program: &'a UntypedProgram,
    pub(super) structs: HashMap<&'a str, Fields<'a>>,
    pub(super) enums: HashMap<&'a str, HashMap<&'a str, Vec<Ty<'a>>>>,
}

impl<'a> Definitions<'a> {
    pub(super) fn new(program: &'a UntypedProgram) -> Self {
        let mut definitions = Definitions {
            program,
            structs: HashMap::new(),
            enums: HashMap::new(),
        };
        for (name, definition) in &program.struct_defs {
            let fields = definition.fields.iter();
            let fields = fields.map(|(name, ty)| (name.as_str(), definitions.declared(ty)));
            let by_name: HashMap<_, _> = fields.collect();
            let types = definition.fields.iter();
            let types = types.filter_map(|(name, _)| by_name.get(name.as_str()).cloned());
            let types = types.collect();
            definitions.structs.insert(name, Fields { types, by_name });
        }
        for (name, definition) in &program.enum_defs {
            let variants = definition.variants.iter().map(|variant| match variant {
                Variant::Unit(name) => (name.as_str(), vec![]),
                Variant::Tuple(name, types) => {
                    let types = types.iter().map(|ty| definitions.declared(ty));
                    (name.as_str(), types.collect())
                }
            });
            let variants = variants.collect();
            definitions.enums.insert(name, variants);
        }
        definitions
    }

    /// A type that is written in the program.
    pub(super) fn declared(&self, ty: &'a Type) -> Ty<'a> {
        Ty::new(match ty {
            Type::Bool => Bool,
            Type::Unsigned(ty) => unsigned(*ty),
            Type::Signed(_) => Signed,
            Type::Array(elem, _) | Type::ArrayConst(elem, _) => Array(self.declared(elem), 1),
            Type::ArrayConstExpr(elem, size) => Array(self.declared(elem), size_of(size)),
            Type::Tuple(fields) => Tuple(fields.iter().map(|ty| self.declared(ty)).collect()),
            Type::UntypedTopLevelDefinition(name, _) => {
                if self.program.struct_defs.contains_key(name) {
                    Struct(name)
                } else if self.program.enum_defs.contains_key(name) {
                    Enum(name)
                } else {
                    Unknown
                }
            }
            Type::Struct(_) | Type::Enum(_) | Type::Fn(..) => Unknown,
        })
    }
}

pub(super) fn unsigned<'a>(ty: UnsignedNumType) -> Shape<'a> {
    match ty {
        UnsignedNumType::Unspecified => Free,
        _ => Unsigned,
    }
}

/// The type of a `join`: pairs, or elements, and whether there is one.
pub(super) fn joined<'a>(args: &[Ty<'a>]) -> Ty<'a> {
    let mut fields = vec![Ty::new(Bool)];
    let mut elems = args.iter().map(Ty::elem);
    if let Some(elem) = elems.next() {
        let is_tuple = matches!(elem.shape(), Tuple(_));
        fields.push(elem);
        fields.extend(elems.filter(|_| is_tuple));
    }
    let extent = args.iter().map(Ty::extent);
    let extent = extent.fold(3, u64::saturating_add);
    Ty::new(Array(Ty::new(Tuple(fields)), extent))
}

fn size_of(expr: &ConstExpr) -> u64 {
    match &expr.0 {
        ConstExprEnum::Max(args) | ConstExprEnum::Min(args) => {
            1 + args.iter().map(size_of).sum::<u64>()
        }
        ConstExprEnum::Add(left, right) | ConstExprEnum::Sub(left, right) => {
            1 + size_of(left) + size_of(right)
        }
        _ => 1,
    }
}

//! What a program wants from its parties and gives back, with all sizes known.

mod literal;
mod seats;

use std::collections::{BTreeMap, HashMap};

use garble_lang::{
    GarbleConsts, TypedFnDef, TypedProgram,
    ast::{EnumDef, StructDef, Type, Variant},
    literal::Literal,
};

pub use literal::{DecodeError, EncodeError};
pub use seats::{SeatDeclaration, seat_declarations};

use super::{
    Limits, LowerError, Position,
    consts::{Const, Consts},
    types::{Field, Kind, TypeId, Types},
};

/// A party and the value it puts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The name of the parameter; with a number behind it if the parties are elements of one array.
    pub name: String,
    /// The type of the input, array sizes as numbers.
    pub ty: Type,
    /// The number of input bits.
    pub bits: usize,
}

/// A constant that a party has to provide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstDeclaration {
    /// The party as the program calls it (`PARTY_0` in `PARTY_0::N`).
    pub party: String,
    /// The name of the constant (`N` in `PARTY_0::N`).
    pub name: String,
    /// The type that its value must have.
    pub ty: Type,
    /// Where the program asks for it.
    pub position: Position,
}

/// Parties, result and constants of a program.
#[derive(Clone, Debug)]
pub struct Interface {
    /// The parties in order: one for each parameter of `main`, or for each element if its only parameter is an array.
    pub parties: Vec<Party>,
    /// The type of the result, array sizes as numbers.
    pub result: Type,
    /// The number of bits of the result, without those that tell of a panic.
    pub result_bits: usize,
    /// The values of all constants, by name.
    pub consts: BTreeMap<String, Literal>,
    /// The `usize` constants, as `garble_lang`'s functions on literals take them.
    pub const_sizes: HashMap<String, usize>,
    /// The struct and enum definitions with all array sizes as numbers, and nothing else: with it `Literal::parse` also
    /// takes types whose sizes are constants.
    pub definitions: TypedProgram,
}

/// Lists the constants that parties have to provide, sorted by party and name.
pub fn const_declarations(program: &TypedProgram) -> Vec<ConstDeclaration> {
    let mut declarations: Vec<ConstDeclaration> = program
        .const_deps
        .iter()
        .flat_map(|(party, consts)| {
            consts.iter().map(|(name, (ty, meta))| ConstDeclaration {
                party: party.clone(),
                name: name.clone(),
                ty: ty.clone(),
                position: (*meta).into(),
            })
        })
        .collect();
    declarations.sort_by(|a, b| (&a.party, &a.name).cmp(&(&b.party, &b.name)));
    declarations
}

impl Interface {
    /// The interface of a program with these constants, without lowering it.
    ///
    /// # Errors
    /// A constant that is missing or bad, or types that exceed the limits.
    pub fn new(
        program: &TypedProgram,
        consts: &GarbleConsts,
        limits: &Limits,
    ) -> Result<Self, LowerError> {
        let main = program.fn_defs.get("main").ok_or(LowerError::NoMain)?;
        let consts = Consts::new(program, consts)?;
        let mut types = Types::new(program, limits);
        Ok(plan(program, main, &consts, &mut types)?.0)
    }
}

/// For each parameter of main, the parties that it comes from with the number of their bits.
pub(super) type Plan = Vec<Vec<(usize, usize)>>;

/// The interface of a program, and which input bits make up which parameter.
pub(super) fn plan(
    program: &TypedProgram,
    main: &TypedFnDef,
    consts: &Consts,
    types: &mut Types,
) -> Result<(Interface, Plan), LowerError> {
    let mut params = Vec::with_capacity(main.params.len());
    for param in &main.params {
        params.push((&param.name, types.resolve(&param.ty, consts)?));
    }
    let mut parties = vec![];
    let mut plan = vec![];
    let single = match params.as_slice() {
        [(name, ty)] => match types.kind(*ty) {
            Kind::Array(element, len) => Some((*name, *element, *len)),
            _ => None,
        },
        _ => None,
    };
    if let Some((name, element, len)) = single {
        let bits = types.bits(element);
        for i in 0..len {
            let name = format!("{name}[{i}]");
            let ty = types.concrete(element);
            parties.push(Party { name, ty, bits });
        }
        plan.push((0..len).map(|party| (party, bits)).collect());
    } else {
        for (party, (name, ty)) in params.iter().enumerate() {
            let bits = types.bits(*ty);
            parties.push(Party {
                name: name.to_string(),
                ty: types.concrete(*ty),
                bits,
            });
            plan.push(vec![(party, bits)]);
        }
    }
    let result = types.resolve(&main.ty, consts)?;
    let used = params.iter().map(|(_, ty)| *ty).chain([result]);
    let definitions = definitions(program, types, used);
    let literals = consts
        .iter()
        .map(|(name, value)| (name.clone(), literal(value)));
    let interface = Interface {
        parties,
        result: types.concrete(result),
        result_bits: types.bits(result),
        consts: literals.collect(),
        const_sizes: consts.sizes().clone(),
        definitions,
    };
    Ok((interface, plan))
}

/// The definitions that these types need, all sizes as numbers.
fn definitions(
    program: &TypedProgram,
    types: &Types,
    used: impl IntoIterator<Item = TypeId>,
) -> TypedProgram {
    let mut definitions = TypedProgram {
        const_deps: HashMap::new(),
        const_defs: HashMap::new(),
        struct_defs: HashMap::new(),
        enum_defs: HashMap::new(),
        fn_defs: HashMap::new(),
    };
    for ty in used {
        define(program, types, ty, &mut definitions);
    }
    definitions
}

/// Adds the definitions that a type needs, all sizes as numbers.
fn define(program: &TypedProgram, types: &Types, ty: TypeId, to: &mut TypedProgram) {
    let concrete = |fields: &[Field]| -> Vec<Type> {
        fields
            .iter()
            .map(|field| types.concrete(field.ty))
            .collect()
    };
    match types.kind(ty) {
        Kind::Bool | Kind::Int(..) => {}
        Kind::Array(element, _) => define(program, types, *element, to),
        Kind::Tuple(fields) => {
            for field in fields {
                define(program, types, field.ty, to);
            }
        }
        Kind::Struct(name, fields) => {
            let Some(original) = program.struct_defs.get(name) else {
                return;
            };
            if to.struct_defs.contains_key(name) {
                return;
            }
            let concrete = fields
                .iter()
                .map(|(n, f)| (n.clone(), types.concrete(f.ty)));
            let definition = StructDef {
                fields: concrete.collect(),
                meta: original.meta,
            };
            to.struct_defs.insert(name.clone(), definition);
            for (_, field) in fields {
                define(program, types, field.ty, to);
            }
        }
        Kind::Enum(name, _, variants) => {
            let Some(original) = program.enum_defs.get(name) else {
                return;
            };
            if to.enum_defs.contains_key(name) {
                return;
            }
            let variant = |(name, fields): &(String, Option<Vec<Field>>)| match fields {
                None => Variant::Unit(name.clone()),
                Some(fields) => Variant::Tuple(name.clone(), concrete(fields)),
            };
            let definition = EnumDef {
                variants: variants.iter().map(variant).collect(),
                meta: original.meta,
            };
            to.enum_defs.insert(name.clone(), definition);
            for field in variants.iter().filter_map(|(_, f)| f.as_ref()).flatten() {
                define(program, types, field.ty, to);
            }
        }
    }
}

fn literal(value: &Const) -> Literal {
    match &value.ty {
        Type::Unsigned(ty) => Literal::NumUnsigned(value.value as u64, *ty),
        Type::Signed(ty) => Literal::NumSigned(value.value as i64, *ty),
        _ => Literal::from(value.value == 1),
    }
}

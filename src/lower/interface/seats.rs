//! What can be said of a program's parties before all constants are known.
//!
//! Constants come from the parties and may give sizes, but never say how many parties there are: who takes part is fixed
//! by the program's text.

use garble_lang::{
    GarbleConsts, TypedProgram,
    ast::{ConstExpr, ConstExprEnum, Type},
};

use super::{Interface, Party, definitions};
use crate::lower::{Limits, LowerError, consts::Consts, types::Types};

/// A party as the program declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatDeclaration {
    /// The name of the parameter; with a number behind it if the parties are elements of one array.
    pub name: String,
    /// The type of the input; sizes that are constants stand by their names.
    pub ty: Type,
    /// If the input is an array whose length is just a constant of a party: that party and the constant's name.
    pub length: Option<(String, String)>,
}

/// The parties of a program: one for each parameter of `main`, or for each element if its only parameter is an array.
///
/// # Errors
/// There is no `main`, or the number of parties depends on a constant that a party gives.
pub fn seat_declarations(program: &TypedProgram) -> Result<Vec<SeatDeclaration>, LowerError> {
    let main = program.fn_defs.get("main").ok_or(LowerError::NoMain)?;
    let seat = |name: String, ty: &Type| SeatDeclaration {
        name,
        ty: ty.clone(),
        length: length(program, ty),
    };
    let known = Consts::known(program, &GarbleConsts::new())?;
    if let [param] = main.params.as_slice() {
        let array = match &param.ty {
            Type::Array(element, len) => Some((element, *len)),
            Type::ArrayConst(element, name) if known.is_missing(name) => {
                return Err(LowerError::PartiesFromConst);
            }
            Type::ArrayConst(element, name) => Some((element, known.size(name)?)),
            Type::ArrayConstExpr(_, size) if known.lacks(size, &GarbleConsts::new()) => {
                return Err(LowerError::PartiesFromConst);
            }
            Type::ArrayConstExpr(element, size) => Some((element, known.size_of_expr(size)?)),
            _ => None,
        };
        if let Some((element, len)) = array {
            // More than a session takes anyway, and no list to fill memory with.
            let len = len.min(usize::from(u16::MAX));
            let name = |i| format!("{}[{i}]", param.name);
            return Ok((0..len).map(|i| seat(name(i), element)).collect());
        }
    }
    let params = main.params.iter();
    Ok(params.map(|p| seat(p.name.clone(), &p.ty)).collect())
}

impl Interface {
    /// What a single party puts in, as an interface that has only this one party and its input as the result. `None` if that depends on a
    /// constant that is not there: the constants need not be complete.
    ///
    /// # Errors
    /// A constant that is bad, or types that exceed the limits.
    pub fn of_party(
        program: &TypedProgram,
        party: &SeatDeclaration,
        consts: &GarbleConsts,
        limits: &Limits,
    ) -> Result<Option<Self>, LowerError> {
        let consts = Consts::known(program, consts)?;
        let mut types = Types::new(program, limits);
        let ty = match types.resolve(&party.ty, &consts) {
            Err(_) if consts.is_partial() => return Ok(None),
            ty => ty?,
        };
        Ok(Some(Self {
            parties: vec![Party {
                name: party.name.clone(),
                ty: types.concrete(ty),
                bits: types.bits(ty),
            }],
            result: types.concrete(ty),
            result_bits: types.bits(ty),
            consts: Default::default(),
            const_sizes: consts.sizes().clone(),
            definitions: definitions(program, &types, [ty]),
        }))
    }
}

/// The party and the name of the constant that alone gives an array its length.
fn length(program: &TypedProgram, ty: &Type) -> Option<(String, String)> {
    let value = |name: &String| program.const_defs.get(name).map(|it| &it.value);
    let mut expr: &ConstExpr = match ty {
        Type::ArrayConst(_, name) => value(name)?,
        Type::ArrayConstExpr(_, size) => size,
        _ => return None,
    };
    // A constant can only name earlier ones, so the chain is no longer than there are constants.
    for _ in 0..=program.const_defs.len() {
        match &expr.0 {
            ConstExprEnum::ConstExprIdent(name) => expr = value(name)?,
            ConstExprEnum::ExternalValue { party, identifier } => {
                return Some((party.clone(), identifier.clone()));
            }
            _ => return None,
        }
    }
    None
}

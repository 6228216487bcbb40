//! The constants that a program wants from its parties.
//!
//! `const ROWS: usize = PARTY_1::ROWS;` makes the program ask party 1 for a number. Such constants set sizes, within the
//! limits of the compiler, never who takes part. Where one is just the length of that party's own input it need not be
//! given: the input says it.

use std::collections::{BTreeMap, HashMap};

use garble_lang::{
    GarbleConsts, TypedProgram,
    ast::Type,
    literal::Literal,
    token::{SignedNumType, UnsignedNumType},
};

use super::{Given, Input, ProgramError};
use crate::{
    lower::{self, SeatDeclaration},
    proto::wire::{MAX_CONST_NAME, MAX_CONSTS},
};

/// The constants of one party: values by name, `false` as 0 and `true` as 1.
pub type Constants = BTreeMap<String, i128>;

/// What a party brings to a session.
#[derive(Debug, Clone)]
pub struct Contribution {
    /// The constants that the program wants from it.
    pub consts: Constants,
    /// Its input.
    pub input: InputState,
}

/// An input, as far as it can be read before the constants of the others are known.
#[derive(Debug, Clone)]
pub enum InputState {
    /// Read and checked.
    Read(Input),
    /// Its type depends on the others' constants.
    Waiting(Given),
}

/// A constant that a program wants from a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The seat of the party.
    pub party: usize,
    /// The constant's name: `ROWS` in `PARTY_1::ROWS`.
    pub name: String,
    /// The type of its value.
    pub ty: Type,
    /// Whether it is the length of the party's own input, which then says it.
    pub inferred: bool,
}

/// What a program wants, by party and name. The error says what is unfit.
pub(super) fn needs(typed: &TypedProgram, seats: &[SeatDeclaration]) -> Result<Vec<Need>, String> {
    let declared = lower::const_declarations(typed).into_iter();
    let mut needs = declared
        .map(|it| {
            let index = it.party.strip_prefix("PARTY_").and_then(|n| n.parse().ok());
            let found = index.and_then(|party: usize| Some((party, seats.get(party)?)));
            let (party, seat) = found.ok_or_else(|| {
                let (party, name, last) = (&it.party, &it.name, seats.len().saturating_sub(1));
                format!("asks {party} for {name}, but its parties are PARTY_0 to PARTY_{last}")
            })?;
            if it.name.len() > MAX_CONST_NAME {
                let name = &it.name;
                return Err(format!(
                    "asks for the constant {name}, whose name is longer than {MAX_CONST_NAME} characters"
                ));
            }
            let own_length = (it.party.clone(), it.name.clone());
            Ok(Need {
                party,
                inferred: seat.length == Some(own_length),
                name: it.name,
                ty: it.ty,
            })
        })
        .collect::<Result<Vec<_>, String>>()?;
    needs.sort_by(|a, b| (a.party, &a.name).cmp(&(b.party, &b.name)));
    for party in 0..seats.len() {
        let count = needs.iter().filter(|need| need.party == party).count();
        if count > MAX_CONSTS {
            return Err(format!(
                "asks party {party} for {count} constants; {MAX_CONSTS} is the most"
            ));
        }
    }
    Ok(needs)
}

/// The constants of one party, from what was given and from its input. What needs the input is left out without one.
pub(super) fn own(
    needs: &[Need],
    party: usize,
    given: &[(String, String)],
    input: Option<&Given>,
) -> Result<Constants, ProgramError> {
    let mine = || needs.iter().filter(|need| need.party == party);
    let mut constants = Constants::new();
    for (name, value) in given {
        let need = mine().find(|need| need.name == *name);
        let need = need.ok_or_else(|| {
            let names: Vec<&str> = mine().map(|need| need.name.as_str()).collect();
            let wanted = match names.as_slice() {
                [] => "no constants".into(),
                names => names.join(", "),
            };
            wrong(
                party,
                name,
                format!("is not asked for: the program wants {wanted} from this party"),
            )
        })?;
        let value = parse(&need.ty, value)
            .ok_or_else(|| wrong(party, name, format!("must be a value of type {}", need.ty)))?;
        if constants.insert(name.clone(), value).is_some() {
            return Err(wrong(party, name, "was given twice"));
        }
    }
    for need in mine().filter(|need| need.inferred) {
        if let (None, Some(input)) = (constants.get(&need.name), input) {
            // What has no length is no array, and is refused as such when it is read.
            let length = input.length().unwrap_or(1);
            constants.insert(need.name.clone(), length as i128);
        }
    }
    if input.is_some()
        && let Some(need) = mine().find(|need| !constants.contains_key(&need.name))
    {
        let option = format!("--const {}=VALUE ({})", need.name, need.ty);
        return Err(wrong(
            party,
            &need.name,
            format!("is missing: add {option}"),
        ));
    }
    Ok(constants)
}

/// All parties' constants as the compiler takes them. `all` holds one list for each party.
pub(super) fn complete(needs: &[Need], all: &[Constants]) -> Result<GarbleConsts, ProgramError> {
    for (party, constants) in all.iter().enumerate() {
        let wanted = |name: &str| needs.iter().any(|it| it.party == party && it.name == name);
        if let Some(name) = constants.keys().find(|name| !wanted(name)) {
            return Err(wrong(party, name, "is not asked for"));
        }
    }
    for Need { party, name, .. } in needs {
        if !all.get(*party).is_some_and(|it| it.contains_key(name)) {
            return Err(wrong(*party, name, "is missing"));
        }
    }
    partial(needs, all)
}

/// As [`complete`], but some may be missing.
pub(super) fn partial(needs: &[Need], all: &[Constants]) -> Result<GarbleConsts, ProgramError> {
    let mut given: GarbleConsts = HashMap::new();
    for Need {
        party, name, ty, ..
    } in needs
    {
        let Some(value) = all.get(*party).and_then(|it| it.get(name)) else {
            continue;
        };
        let literal = literal(ty, *value)
            .ok_or_else(|| wrong(*party, name, format!("is no value of type {ty}")))?;
        let of_party = given.entry(format!("PARTY_{party}")).or_default();
        of_party.insert(name.clone(), literal);
    }
    Ok(given)
}

fn wrong(party: usize, name: &str, why: impl Into<String>) -> ProgramError {
    ProgramError::Const {
        party,
        name: name.to_string(),
        why: why.into(),
    }
}

/// A value as people write it: `10`, `10usize`, `true`.
fn parse(ty: &Type, text: &str) -> Option<i128> {
    let text = text.trim();
    let text = text.strip_suffix(&ty.to_string()).unwrap_or(text);
    match (ty, text) {
        (Type::Bool, "true") => Some(1),
        (Type::Bool, "false") => Some(0),
        (Type::Bool, _) => None,
        _ => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let value = is_number.then(|| text.parse().ok())??;
            literal(ty, value).map(|_| value)
        }
    }
}

/// A value as a literal of its type, if it fits.
fn literal(ty: &Type, value: i128) -> Option<Literal> {
    let fits = |max: u64| u64::try_from(value).ok().filter(|n| *n <= max);
    match ty {
        Type::Bool => match value {
            0 => Some(Literal::False),
            1 => Some(Literal::True),
            _ => None,
        },
        Type::Unsigned(ty) => {
            let max = match ty {
                UnsignedNumType::Usize => u32::MAX.into(),
                _ => ty.max()?,
            };
            Some(Literal::NumUnsigned(fits(max)?, *ty))
        }
        Type::Signed(SignedNumType::Unspecified) => None,
        Type::Signed(ty) => {
            let value = i64::try_from(value).ok();
            let value = value.filter(|n| ty.max().is_some_and(|max| *n <= max));
            let value = value.filter(|n| ty.min().is_some_and(|min| *n >= min));
            Some(Literal::NumSigned(value?, *ty))
        }
        _ => None,
    }
}

//! Literals as `garble_lang` writes them by serde: `{"Array":[{"NumUnsigned":[1,"U8"]},"True"]}`.

use garble_lang::{
    literal::{Literal, VariantLiteral},
    token::{SignedNumType, UnsignedNumType},
};
use serde::Deserialize;

/// Reads a literal, if the text is one.
pub(super) fn read(text: &str) -> Option<Literal> {
    serde_json::from_str::<Form>(text).ok().map(Literal::from)
}

#[derive(Deserialize)]
enum Form {
    True,
    False,
    NumUnsigned(u64, Unsigned),
    NumSigned(i64, Signed),
    ArrayRepeat(Box<Form>, usize),
    Array(Vec<Form>),
    Tuple(Vec<Form>),
    Struct(String, Vec<(String, Form)>),
    Enum(String, String, Data),
    Range(u64, u64, Unsigned),
}

#[derive(Deserialize)]
enum Data {
    Unit,
    Tuple(Vec<Form>),
}

#[derive(Deserialize)]
enum Unsigned {
    Usize,
    U8,
    U16,
    U32,
    U64,
    Unspecified,
}

#[derive(Deserialize)]
enum Signed {
    I8,
    I16,
    I32,
    I64,
    Unspecified,
}

impl From<Form> for Literal {
    fn from(form: Form) -> Self {
        let list = |forms: Vec<Form>| forms.into_iter().map(Literal::from).collect();
        match form {
            Form::True => Literal::True,
            Form::False => Literal::False,
            Form::NumUnsigned(n, ty) => Literal::NumUnsigned(n, ty.into()),
            Form::NumSigned(n, ty) => Literal::NumSigned(n, ty.into()),
            Form::ArrayRepeat(element, count) => {
                Literal::ArrayRepeat(Box::new(Literal::from(*element)), count)
            }
            Form::Array(forms) => Literal::Array(list(forms)),
            Form::Tuple(forms) => Literal::Tuple(list(forms)),
            Form::Struct(name, fields) => {
                let fields = fields.into_iter().map(|(name, form)| (name, form.into()));
                Literal::Struct(name, fields.collect())
            }
            Form::Enum(name, variant, Data::Unit) => {
                Literal::Enum(name, variant, VariantLiteral::Unit)
            }
            Form::Enum(name, variant, Data::Tuple(forms)) => {
                Literal::Enum(name, variant, VariantLiteral::Tuple(list(forms)))
            }
            Form::Range(from, to, ty) => Literal::Range(from, to, ty.into()),
        }
    }
}

impl From<Unsigned> for UnsignedNumType {
    fn from(ty: Unsigned) -> Self {
        match ty {
            Unsigned::Usize => Self::Usize,
            Unsigned::U8 => Self::U8,
            Unsigned::U16 => Self::U16,
            Unsigned::U32 => Self::U32,
            Unsigned::U64 => Self::U64,
            Unsigned::Unspecified => Self::Unspecified,
        }
    }
}

impl From<Signed> for SignedNumType {
    fn from(ty: Signed) -> Self {
        match ty {
            Signed::I8 => Self::I8,
            Signed::I16 => Self::I16,
            Signed::I32 => Self::I32,
            Signed::I64 => Self::I64,
            Signed::Unspecified => Self::Unspecified,
        }
    }
}

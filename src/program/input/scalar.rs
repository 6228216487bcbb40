//! Single values, as JSON and CSV write them.

use garble_lang::{
    ast::{Type, Variant},
    literal::{Literal, VariantLiteral},
    token::UnsignedNumType,
};

use crate::lower::Interface;

/// A whole number as a value of a type; the error says what is wrong.
pub(super) fn number(ty: &Type, value: i128) -> Result<Literal, &'static str> {
    let literal = match ty {
        Type::Unsigned(ty) => {
            let max = match ty {
                UnsignedNumType::Usize => Some(u32::MAX.into()),
                _ => ty.max(),
            };
            let value = u64::try_from(value).ok();
            let value = value.filter(|n| max.is_some_and(|max| *n <= max));
            value.map(|n| Literal::NumUnsigned(n, *ty))
        }
        Type::Signed(ty) => {
            let fits = |n: &i64| {
                ty.max().is_some_and(|max| *n <= max) && ty.min().is_some_and(|min| *n >= min)
            };
            let value = i64::try_from(value).ok().filter(fits);
            value.map(|n| Literal::NumSigned(n, *ty))
        }
        _ => return Err("is a number"),
    };
    literal.ok_or("is out of range")
}

/// A text as a byte array or as a variant without data; the error says what is wrong.
pub(super) fn text(ty: &Type, text: &str, interface: &Interface) -> Result<Literal, String> {
    match ty {
        Type::Array(element, len) if **element == Type::Unsigned(UnsignedNumType::U8) => {
            if text.len() != *len {
                return Err(format!("has {} bytes in UTF-8, not {len}", text.len()));
            }
            let byte = |byte: u8| Literal::NumUnsigned(byte.into(), UnsignedNumType::U8);
            Ok(Literal::Array(text.bytes().map(byte).collect()))
        }
        Type::Enum(name) => {
            let definition = interface.definitions.enum_defs.get(name);
            let mut variants = definition.into_iter().flat_map(|it| &it.variants);
            let found = variants
                .find(|it| matches!(it, Variant::Unit(n) | Variant::Tuple(n, _) if n == text));
            match found {
                Some(Variant::Unit(variant)) => Ok(Literal::Enum(
                    name.clone(),
                    variant.clone(),
                    VariantLiteral::Unit,
                )),
                Some(Variant::Tuple(..)) => Err("is a variant that has data".into()),
                None => Err("is no variant of the type".into()),
            }
        }
        _ => Err("is a string".into()),
    }
}

/// The text of a cell as a value of a type; the error says what is wrong.
pub(super) fn cell(ty: &Type, content: &str, interface: &Interface) -> Result<Literal, String> {
    match ty {
        Type::Bool => match content {
            "true" => Ok(Literal::True),
            "false" => Ok(Literal::False),
            _ => Err("is neither true nor false".into()),
        },
        Type::Unsigned(_) | Type::Signed(_) => {
            if content.is_empty() {
                return Err("is empty".into());
            }
            let digits = content.strip_prefix('-').unwrap_or(content);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("is no whole number: only digits, and a minus in front".into());
            }
            if digits.len() > 1 && digits.starts_with('0') {
                return Err("has leading zeros".into());
            }
            if content == "-0" {
                return Err("is minus zero".into());
            }
            let value = content.parse().map_err(|_| "is out of range")?;
            Ok(number(ty, value)?)
        }
        _ => text(ty, content, interface),
    }
}

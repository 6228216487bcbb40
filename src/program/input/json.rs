//! Inputs as JSON, as a person writes it: numbers, booleans, arrays for arrays and tuples, objects for structs, strings for
//! byte arrays and for variants without data, `{"Variant": ...}` for those with.
//!
//! The text is read along the type, without a tree in between: numbers stay exact, a field that comes twice is seen, and the
//! place of a fault is the path that was walked to it. Literals as `garble_lang` writes them by serde are taken too.

use std::{cell::RefCell, fmt};

use garble_lang::{
    ast::{Type, Variant},
    literal::{Literal, VariantLiteral},
};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{InputError, scalar, serde_form};
use crate::lower::Interface;

/// A field's name is shown no longer than this.
const MAX_SHOWN: usize = 32;

/// Reads a value of a type.
pub(super) fn read(text: &str, ty: &Type, interface: &Interface) -> Result<Literal, InputError> {
    let walk = Walk {
        interface,
        path: RefCell::default(),
        fault: RefCell::default(),
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Value { walk: &walk, ty }.deserialize(&mut json);
    let value = value.and_then(|value| json.end().map(|()| value));
    value.or_else(|error| serde_form::read(text).ok_or_else(|| walk.explain(&error)))
}

/// How many elements the text's array has, or how many bytes its string.
pub(super) fn length(text: &str) -> Option<usize> {
    struct Length;
    impl<'de> Visitor<'de> for Length {
        type Value = usize;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<usize, E> {
            Ok(text.len())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<usize, A::Error> {
            let mut count = 0;
            while seq.next_element::<IgnoredAny>()?.is_some() {
                count += 1;
            }
            Ok(count)
        }
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let counted = json.deserialize_any(Length).ok();
    counted.or_else(|| match serde_form::read(text)? {
        Literal::Array(elements) => Some(elements.len()),
        Literal::ArrayRepeat(_, count) => Some(count),
        _ => None,
    })
}

/// Where the reader is.
struct Walk<'a> {
    interface: &'a Interface,
    path: RefCell<Vec<String>>,
    fault: RefCell<Option<(String, String)>>,
}

impl Walk<'_> {
    /// Notes what is wrong here; the error only ends the reading.
    fn fail<T, E: Error>(&self, ty: &Type, why: impl Into<String>) -> Result<T, E> {
        self.fault.replace(Some((why.into(), ty.to_string())));
        Err(E::custom("see the fault"))
    }

    fn within<T, E>(&self, step: String, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.path.borrow_mut().push(step);
        let value = read()?;
        self.path.borrow_mut().pop();
        Ok(value)
    }

    fn explain(&self, error: &serde_json::Error) -> InputError {
        let path = self.path.borrow().concat();
        match self.fault.take() {
            Some((why, expected)) => InputError {
                at: match path.as_str() {
                    "" => "at the top".into(),
                    path => format!("at {path}"),
                },
                why,
                expected: Some(expected),
            },
            // The message may quote the input.
            None if error.is_data() => InputError {
                at: format!("at {path}"),
                ..InputError::new("is of another kind: an array is wanted there")
            },
            None => InputError {
                at: format!("at line {}, column {}", error.line(), error.column()),
                ..InputError::new(match error.is_eof() {
                    true => "is not JSON: it ends too early",
                    false => "is not JSON",
                })
            },
        }
    }
}

/// A value of a type.
#[derive(Clone, Copy)]
struct Value<'a> {
    walk: &'a Walk<'a>,
    ty: &'a Type,
}

impl<'a> Value<'a> {
    fn of(self, ty: &'a Type) -> Self {
        Self { ty, ..self }
    }

    fn fail<T, E: Error>(self, why: impl Into<String>) -> Result<T, E> {
        self.walk.fail(self.ty, why)
    }

    /// Exactly these, in an array.
    fn list<'de: 'a, A: SeqAccess<'de>>(
        self,
        mut seq: A,
        count: usize,
        ty: impl Fn(usize) -> Option<&'a Type>,
    ) -> Result<Vec<Literal>, A::Error> {
        let mut values = Vec::new();
        for i in 0..count {
            let Some(ty) = ty(i) else { break };
            let value =
                (self.walk).within(format!("[{i}]"), || seq.next_element_seed(self.of(ty)))?;
            match value {
                Some(value) => values.push(value),
                None => return self.fail(format!("has {i} elements, not {count}")),
            }
        }
        if seq.next_element::<IgnoredAny>()?.is_some() {
            return self.fail(format!("has more than {count} elements"));
        }
        Ok(values)
    }

    fn variant(self, name: &str) -> Option<&'a Variant> {
        let Type::Enum(ty) = self.ty else { return None };
        let definition = self.walk.interface.definitions.enum_defs.get(ty)?;
        let mut variants = definition.variants.iter();
        variants.find(|it| matches!(it, Variant::Unit(n) | Variant::Tuple(n, _) if n == name))
    }
}

impl<'a, 'de: 'a> DeserializeSeed<'de> for Value<'a> {
    type Value = Literal;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Literal, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a, 'de: 'a> Visitor<'de> for Value<'a> {
    type Value = Literal;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.ty)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Literal, E> {
        match self.ty {
            Type::Bool => Ok(Literal::from(value)),
            _ => self.fail("is a boolean"),
        }
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Literal, E> {
        let number = scalar::number(self.ty, value.into());
        number.map_or_else(|why| self.fail(why), Ok)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Literal, E> {
        let number = scalar::number(self.ty, value.into());
        number.map_or_else(|why| self.fail(why), Ok)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Literal, E> {
        match self.ty {
            Type::Unsigned(_) | Type::Signed(_) => {
                self.fail("is no whole number that fits: write it without fraction and exponent")
            }
            _ => self.fail("is a number"),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Literal, E> {
        match self.ty {
            Type::Tuple(parts) if parts.is_empty() => Ok(Literal::Tuple(vec![])),
            _ => self.fail("is null: a value is missing"),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Literal, E> {
        match self.ty {
            Type::Enum(_) | Type::Array(..) => {
                let value = scalar::text(self.ty, text, self.walk.interface);
                value.map_or_else(|why| self.fail(why), Ok)
            }
            _ => self.fail("is a string: write it without quotes"),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Literal, A::Error> {
        match self.ty {
            Type::Array(element, count) => {
                Ok(Literal::Array(self.list(seq, *count, |_| Some(element))?))
            }
            Type::Tuple(parts) => {
                let values = self.list(seq, parts.len(), |i| parts.get(i))?;
                Ok(Literal::Tuple(values))
            }
            _ => self.fail("is an array"),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Literal, A::Error> {
        match self.ty {
            Type::Struct(name) => self.fields(name, map),
            Type::Enum(name) => {
                let Some(key) = map.next_key::<String>()? else {
                    return self.fail("is empty: it must name a variant");
                };
                let step = format!(".{}", shown(&key));
                let fields = self.walk.within(step, || match self.variant(&key) {
                    None => self.fail("is no variant of the type"),
                    Some(Variant::Unit(_)) => {
                        self.fail("is a variant without data: write its name as a string")
                    }
                    Some(Variant::Tuple(_, types)) => map.next_value_seed(Fields(self, types)),
                })?;
                if map.next_key::<IgnoredAny>()?.is_some() {
                    return self.fail("names more than one variant");
                }
                Ok(Literal::Enum(
                    name.clone(),
                    key,
                    VariantLiteral::Tuple(fields),
                ))
            }
            _ => self.fail("is an object"),
        }
    }
}

impl<'a> Value<'a> {
    fn fields<'de: 'a, A: MapAccess<'de>>(
        self,
        name: &str,
        mut map: A,
    ) -> Result<Literal, A::Error> {
        let interface = self.walk.interface;
        let Some(definition) = interface.definitions.struct_defs.get(name) else {
            return self.fail("has an unknown type");
        };
        let mut fields: Vec<(String, Literal)> = vec![];
        while let Some(key) = map.next_key::<String>()? {
            let value = self.walk.within(format!(".{}", shown(&key)), || {
                let declared = definition.fields.iter().find(|(name, _)| *name == key);
                let Some((_, ty)) = declared else {
                    return self.fail("is no field of the type");
                };
                if fields.iter().any(|(name, _)| *name == key) {
                    return self.fail("is there twice");
                }
                map.next_value_seed(self.of(ty))
            })?;
            fields.push((key, value));
        }
        let is_there = |field: &str| fields.iter().any(|(name, _)| name == field);
        match definition.fields.iter().find(|(name, _)| !is_there(name)) {
            Some((missing, _)) => self.fail(format!("has no field `{missing}`")),
            None => Ok(Literal::Struct(name.to_string(), fields)),
        }
    }
}

/// The data of a variant: the value itself if there is one, else an array.
struct Fields<'a>(Value<'a>, &'a [Type]);

impl<'a, 'de: 'a> DeserializeSeed<'de> for Fields<'a> {
    type Value = Vec<Literal>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Vec<Literal>, D::Error> {
        match self.1 {
            [ty] => Ok(vec![self.0.of(ty).deserialize(json)?]),
            _ => json.deserialize_any(self),
        }
    }
}

impl<'a, 'de: 'a> Visitor<'de> for Fields<'a> {
    type Value = Vec<Literal>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<Literal>, A::Error> {
        self.0.list(seq, self.1.len(), |i| self.1.get(i))
    }
}

/// A name from the file, made harmless for a terminal.
fn shown(name: &str) -> String {
    let name = name.chars().filter(|c| !c.is_control());
    name.take(MAX_SHOWN).collect()
}

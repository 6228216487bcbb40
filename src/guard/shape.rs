//! The shape of a message: where in its bytes stand which lengths, options and booleans.
//!
//! The engine's messages are vectors in bincode's legacy encoding: a length in eight bytes, then the entries, without
//! padding. All entries of one message have the same fields.

use std::sync::Arc;

/// The bytes of a length.
const LENGTH_BYTES: usize = size_of::<u64>();

/// A field of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// So many bytes of any value: keys, MACs, commitments, ciphertexts.
    Any(usize),
    /// A byte that is 0 or 1.
    Bool,
    /// The length of a vector inside the entry, whose elements are the fields that follow.
    Length(usize),
}

/// The shape of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// How many entries the message holds.
    entries: usize,
    /// Where entries are optional: those that are there, ascending.
    present: Option<Arc<[usize]>>,
    fields: Vec<Field>,
}

/// How a message differs from what an honest engine sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misshapen {
    /// It has another length.
    #[error("{is} bytes instead of {expected}")]
    Bytes {
        /// The right length.
        expected: usize,
        /// Its length.
        is: usize,
    },
    /// A length inside of it is wrong.
    #[error("a wrong length at byte {at}")]
    Length {
        /// Where it stands.
        at: usize,
    },
    /// An entry is missing that must be there, or there is one that must not.
    #[error("an entry that is missing or must not be there at byte {at}")]
    Option {
        /// Where it stands.
        at: usize,
    },
    /// A byte is no boolean.
    #[error("no boolean at byte {at}")]
    Bool {
        /// Where it stands.
        at: usize,
    },
}

impl Shape {
    /// A vector of so many entries.
    pub fn vector(entries: usize, fields: impl Into<Vec<Field>>) -> Self {
        Self {
            entries,
            present: None,
            fields: fields.into(),
        }
    }

    /// A vector of so many optional entries, of which exactly these are there.
    pub fn options(entries: usize, present: Arc<[usize]>, fields: impl Into<Vec<Field>>) -> Self {
        Self {
            present: Some(present),
            ..Self::vector(entries, fields)
        }
    }

    /// The length of the message.
    pub fn bytes(&self) -> usize {
        let entry: usize = self.fields.iter().map(|field| field.bytes()).sum();
        let entries = match &self.present {
            Some(present) => present.len() * entry + self.entries,
            None => self.entries * entry,
        };
        LENGTH_BYTES + entries
    }

    /// Checks a message. Costs nothing but a comparison of lengths where every field is of any value.
    pub fn check(&self, message: &[u8]) -> Result<(), Misshapen> {
        if message.len() != self.bytes() {
            return Err(Misshapen::Bytes {
                expected: self.bytes(),
                is: message.len(),
            });
        }
        let mut reader = Reader { message, at: 0 };
        reader.field(Field::Length(self.entries))?;
        match &self.present {
            Some(present) => self.check_options(present, reader),
            None if self.fields.iter().all(|f| matches!(f, Field::Any(_))) => Ok(()),
            None => (0..self.entries).try_for_each(|_| reader.entry(&self.fields)),
        }
    }

    fn check_options(&self, present: &[usize], mut reader: Reader) -> Result<(), Misshapen> {
        let mut present = present.iter().copied().peekable();
        for entry in 0..self.entries {
            let is_present = present.next_if_eq(&entry).is_some();
            reader.tag(is_present)?;
            if is_present {
                reader.entry(&self.fields)?;
            }
        }
        Ok(())
    }
}

impl Field {
    fn bytes(self) -> usize {
        match self {
            Self::Any(bytes) => bytes,
            Self::Bool => 1,
            Self::Length(_) => LENGTH_BYTES,
        }
    }
}

/// Walks over a message. Past its end everything is wrong.
struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn entry(&mut self, fields: &[Field]) -> Result<(), Misshapen> {
        fields.iter().try_for_each(|field| self.field(*field))
    }

    fn field(&mut self, field: Field) -> Result<(), Misshapen> {
        let at = self.at;
        self.at += field.bytes();
        let bytes = self.message.get(at..self.at);
        match field {
            Field::Any(_) => Ok(()),
            Field::Bool if matches!(bytes, Some([0 | 1])) => Ok(()),
            Field::Bool => Err(Misshapen::Bool { at }),
            Field::Length(length) if bytes == Some(&(length as u64).to_le_bytes()) => Ok(()),
            Field::Length(_) => Err(Misshapen::Length { at }),
        }
    }

    fn tag(&mut self, is_present: bool) -> Result<(), Misshapen> {
        let at = self.at;
        self.at += 1;
        if self.message.get(at) == Some(&u8::from(is_present)) {
            Ok(())
        } else {
            Err(Misshapen::Option { at })
        }
    }
}

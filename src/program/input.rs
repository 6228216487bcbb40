//! A party's input: from what a person wrote to bits, checked, and never shown.
//!
//! A [`Given`] is the text with its format. It is read once the constants that its type depends on are known, into a
//! literal and then into an [`Input`]. Errors name the place and the type that is expected there, and never quote the
//! input.

mod csv;
mod json;
mod literal;
mod rows;
mod scalar;
mod serde_form;

use std::{fmt, fs::File, io::Read, path::Path};

use garble_lang::literal::{Literal, VariantLiteral};
use zeroize::{Zeroize, Zeroizing};

use super::{ProgramError, bristol};
use crate::lower::Interface;

/// A longer file holds more than the engine can work on.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// A party's input as the circuit takes it. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Input(Vec<bool>);

/// An input as a person gave it. Wiped when dropped.
#[derive(Clone)]
pub struct Given {
    text: Zeroizing<String>,
    format: Format,
    file: Option<String>,
    sort: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Literal,
    Json,
    Csv,
}

/// What is wrong with an input, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InputError {
    /// The place within the input, as a sentence goes on: `at [3].pay`; may be empty.
    pub at: String,
    /// What is wrong, as `is ...` or `has ...`; never holds the input.
    pub why: String,
    /// The type that is expected there, if it is not that of the whole input.
    pub expected: Option<String>,
}

impl InputError {
    /// An error of the whole input.
    fn new(why: impl Into<String>) -> Self {
        Self {
            at: String::new(),
            why: why.into(),
            expected: None,
        }
    }
}

impl Given {
    /// A Garble literal.
    pub fn literal(text: impl Into<String>) -> Self {
        Self {
            text: Zeroizing::new(text.into()),
            format: Format::Literal,
            file: None,
            sort: false,
        }
    }

    /// An input from a file: JSON or CSV by the ending of its name, else a literal.
    pub fn load(path: &Path) -> Result<Self, ProgramError> {
        let failed = |why: String| ProgramError::ReadInput {
            path: path.display().to_string(),
            why,
        };
        let text = read_file(path).map_err(failed)?;
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        Ok(Self {
            format: match ending.to_ascii_lowercase().as_str() {
                "json" => Format::Json,
                "csv" => Format::Csv,
                _ => Format::Literal,
            },
            file: path.file_name().map(|it| it.to_string_lossy().into_owned()),
            ..Self::literal(text)
        })
    }

    /// Sorts the rows if the program joins them.
    pub fn sorted(self, sort: bool) -> Self {
        Self { sort, ..self }
    }

    /// Where it comes from, if that is a file.
    pub(super) fn origin(&self) -> Option<String> {
        self.file.as_ref().map(|file| format!("in {file}"))
    }

    /// How many elements the outermost array has, if it is one: a constant may be inferred from it.
    pub(super) fn length(&self) -> Option<usize> {
        match self.format {
            Format::Literal => literal::length(&self.text),
            Format::Json => json::length(&self.text),
            Format::Csv => csv::length(&self.text),
        }
    }

    /// Reads it as a value of the only party of an interface. `joined` if the program joins its rows, and whether they are
    /// tuples that begin with the key.
    pub(super) fn read(
        &self,
        interface: &Interface,
        joined: Option<bool>,
    ) -> Result<Input, InputError> {
        let party = interface.parties.first();
        let ty = &party.ok_or_else(|| InputError::new("has no seat"))?.ty;
        let read = match self.format {
            Format::Literal => literal::read,
            Format::Json => json::read,
            Format::Csv => csv::read,
        };
        let value = Secret(read(&self.text, ty, interface)?);
        let bits = Input(encode(interface, &value)?);
        let Some(keyed) = joined else {
            return Ok(bits);
        };
        // What comes back has the form in which rows can be compared.
        let decoded = interface.decode(bits.bits());
        let mut rows = Secret(decoded.map_err(|_| InputError::new("is no value of its type"))?);
        rows::arrange(&mut rows.0, keyed, self.sort, interface)?;
        encode(interface, &rows).map(Input)
    }

    /// Reads it as a number of so many bits, as circuits take them.
    pub(super) fn read_number(&self, bits: usize) -> Result<Input, InputError> {
        bristol::input(&self.text, bits).map_err(InputError::new)
    }
}

fn encode(interface: &Interface, value: &Secret) -> Result<Vec<bool>, InputError> {
    let bits = interface.encode(0, &value.0);
    bits.map_err(|error| InputError {
        expected: error.expected(),
        ..InputError::new("has another type or is out of range")
    })
}

/// The text of a file. A byte order mark of UTF-8, as spreadsheets write it, is no part of the text.
fn read_file(path: &Path) -> Result<String, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(|e| e.to_string())?;
    let read = file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|e| e.to_string())?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("it is UTF-16: save it as UTF-8".into());
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text.to_string()),
        Err(error) => {
            let good = text.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
            Err(format!("it is not UTF-8 at line {line}"))
        }
    }
}

impl Input {
    /// An input that is bits already.
    pub(super) fn from_bits(bits: Vec<bool>) -> Self {
        Self(bits)
    }

    /// The bits, in the order of the circuit's input wires.
    pub fn bits(&self) -> &[bool] {
        &self.0
    }
}

/// A literal that is wiped when dropped.
struct Secret(Literal);

impl Drop for Secret {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(literal: &mut Literal) {
    match literal {
        Literal::True | Literal::False => *literal = Literal::False,
        Literal::NumUnsigned(n, _) => n.zeroize(),
        Literal::NumSigned(n, _) => n.zeroize(),
        Literal::Range(from, to, _) => {
            from.zeroize();
            to.zeroize();
        }
        Literal::ArrayRepeat(element, _) => wipe(element),
        Literal::Array(parts) | Literal::Tuple(parts) => parts.iter_mut().for_each(wipe),
        Literal::Struct(_, fields) => fields.iter_mut().for_each(|(_, value)| wipe(value)),
        Literal::Enum(_, variant, fields) => {
            variant.zeroize();
            if let VariantLiteral::Tuple(parts) = fields {
                parts.iter_mut().for_each(wipe);
            }
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Input(<REDACTED>, {} bits)", self.0.len())
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given(<REDACTED>)")
    }
}

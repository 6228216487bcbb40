//! The text of a program, and its digest.

use std::path::Path;

use super::{ProgramError, bristol};

/// A larger file is no program that a person has read.
const MAX_SOURCE_BYTES: u64 = 1 << 18;

/// Nobody reads circuits; the largest of the published ones has some 10 MB.
pub(crate) const MAX_CIRCUIT_BYTES: u64 = 1 << 24;

/// A program's text, by whose digest the parties know that they mean the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub(super) name: String,
    pub(super) text: String,
}

impl Source {
    /// A program from a string.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }

    /// Reads a program from a file.
    pub fn load(path: &Path) -> Result<Self, ProgramError> {
        let (limit, too_large) = if bristol::is_name(&path.to_string_lossy()) {
            (MAX_CIRCUIT_BYTES, "it is larger than 16 MiB")
        } else {
            (MAX_SOURCE_BYTES, "it is larger than 256 KiB")
        };
        let read = || -> std::io::Result<String> {
            if std::fs::metadata(path)?.len() > limit {
                return Err(std::io::Error::other(too_large));
            }
            std::fs::read_to_string(path)
        };
        let text = read().map_err(|e| ProgramError::Read {
            path: path.display().to_string(),
            why: e.to_string(),
        })?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self::new(name.to_string_lossy(), text))
    }

    /// The program's name: its file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The digest of the text. Line ends count as one character, so that a checkout on Windows gives the same digest.
    pub fn digest(&self) -> [u8; 32] {
        let text = self.text.replace("\r\n", "\n");
        let mut hasher = blake3::Hasher::new_derive_key("iroh-mpc 1 program");
        hasher.update(text.as_bytes());
        *hasher.finalize().as_bytes()
    }
}

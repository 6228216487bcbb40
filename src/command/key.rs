//! The secret key of this party's endpoint.

use std::{env::VarError, io, path::Path, str::FromStr};

use iroh::SecretKey;
use iroh_mpc::error::Error;
use zeroize::Zeroizing;

use super::file::write_whole;

/// The identity: from a file, from the environment, or a fresh one. Never from the command line, which others can see.
pub fn of_this_party(file: Option<&Path>) -> Result<SecretKey, Error> {
    if let Some(file) = file {
        return match std::fs::read_to_string(file) {
            Ok(text) => parse_key(&Zeroizing::new(text), &file.display().to_string()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => new_key(file),
            Err(e) => Err(Error::Local(format!("cannot read {}: {e}", file.display()))),
        };
    }
    match std::env::var("IROH_SECRET") {
        Ok(text) => parse_key(&Zeroizing::new(text), "IROH_SECRET"),
        Err(VarError::NotPresent) => Ok(SecretKey::generate()),
        Err(VarError::NotUnicode(_)) => Err(no_key("IROH_SECRET")),
    }
}

fn parse_key(text: &str, from: &str) -> Result<SecretKey, Error> {
    SecretKey::from_str(text.trim()).map_err(|_| no_key(from))
}

fn no_key(from: &str) -> Error {
    Error::Usage(format!(
        "{from} holds no secret key: expected 64 hex digits"
    ))
}

fn new_key(file: &Path) -> Result<SecretKey, Error> {
    let key = SecretKey::generate();
    let hex: String = key
        .to_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let text = Zeroizing::new(hex);
    write_whole(file, text.as_bytes())?;
    Ok(key)
}

//! `--receipt` and `verify`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use iroh_mpc::{
    error::Error,
    program::Source,
    receipt::{MAX_BYTES, Receipt, ReceiptError},
};
use zeroize::Zeroizing;

use super::{
    file::{cannot_write, draft, write_whole},
    load,
};
use crate::{cli::Cli, ui::Ui};

/// Fails unless a file could be written there.
pub fn check_place(path: &Path) -> Result<(), Error> {
    draft(path).map(drop).map_err(|e| cannot_write(path, &e))
}

/// The result is told by now and stands; but who asked for a receipt and has none must not take that for success.
pub fn write(path: &Path, receipt: Option<&Receipt>, ui: &Ui) -> Result<(), Error> {
    let stands = "the computation succeeded and its result stands, but there is no receipt";
    let Some(receipt) = receipt else {
        return Err(Error::Local(format!(
            "{stands}: no output party has signed"
        )));
    };
    write_whole(path, receipt.text().as_bytes())
        .map_err(|error| Error::Local(format!("{stands}: {error}")))?;
    ui.receipt(path, &receipt.missing());
    Ok(())
}

/// Checks a receipt, offline, and shows it.
pub fn verify(cli: &Cli, path: &Path, ui: &Ui) -> Result<(), Error> {
    let malformed = |e: io::Error| ReceiptError::Malformed(format!("{}: {e}", path.display()));
    let mut text = Zeroizing::new(String::new());
    (File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text)))
        .map_err(malformed)?;
    let receipt = Receipt::parse(&text)?;
    receipt.check()?;
    let program = cli.session.program.as_deref().map(load).transpose()?;
    if let Some(program) = &program
        && program.digest() != receipt.statement.terms.program
    {
        return Err(ReceiptError::OtherProgram(program.name().into()).into());
    }
    ui.verified_receipt(&receipt, program.as_ref().map(Source::name));
    Ok(receipt.check_complete()?)
}

//! Files that are written whole or not at all.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};

use iroh_mpc::{error::Error, ticket::Ticket};
use tempfile::NamedTempFile;

use super::lock;

/// Where the ticket is written, whole or not at all. Made ready before the session is, so that a folder that can't be written
/// to is noticed while nobody waits yet.
pub struct TicketFile {
    path: PathBuf,
    draft: Mutex<Option<NamedTempFile>>,
}

impl TicketFile {
    pub fn prepare(path: &Path) -> Result<Self, Error> {
        let draft = draft(path).map_err(|e| cannot_write(path, &e))?;
        Ok(Self {
            path: path.to_path_buf(),
            draft: Mutex::new(Some(draft)),
        })
    }

    pub fn write(&self, ticket: &Ticket) -> Result<(), Error> {
        let draft = lock(&self.draft).take();
        let written = draft.map(|draft| finish(draft, &self.path, ticket.to_string().as_bytes()));
        written
            .unwrap_or(Ok(()))
            .map_err(|e| cannot_write(&self.path, &e))
    }
}

pub fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::Local(format!("cannot write {}: {error}", path.display()))
}

/// Writes a file whole or not at all, readable by its owner alone.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let draft = draft(path);
    let written = draft.and_then(|draft| finish(draft, path, bytes));
    written.map_err(|e| cannot_write(path, &e))
}

/// Fails where no file could be written, so that a session is not held for one that can't.
pub fn draft(path: &Path) -> io::Result<NamedTempFile> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => NamedTempFile::new_in(folder),
        _ => NamedTempFile::new_in("."),
    }
}

fn finish(mut draft: NamedTempFile, path: &Path, bytes: &[u8]) -> io::Result<()> {
    draft.write_all(bytes)?;
    draft.write_all(b"\n")?;
    draft.persist(path)?;
    Ok(())
}

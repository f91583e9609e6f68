//! Reads the files in which engines keep their settings: small, or not what they claim to be.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::error::DiscoverError;

/// Largest file of settings that is read: 1 MiB.
const MAX_SETTINGS: u64 = 1024 * 1024;

/// The text of a file, `None` if there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, DiscoverError> {
    let text = match open(path) {
        Ok(file) => text_of(file),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => Err(error),
    };
    text.map(Some).map_err(|source| DiscoverError::Io { path: path.to_owned(), source })
}

/// Opens a file, but nothing that could keep us waiting.
fn open(path: &Path) -> io::Result<File> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a file"));
    }
    File::open(path)
}

fn text_of(file: File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(MAX_SETTINGS + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SETTINGS {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "more than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "not UTF-8"))
}

/// A JSON document in a file, `None` if there is none.
pub(super) fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, DiscoverError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    let value = serde_json::from_str(&text).map_err(|error| malformed(path, &error))?;
    Ok(Some(value))
}

/// A TOML document in a file, `None` if there is none.
pub(super) fn toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, DiscoverError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    // Displayed, the error would show the line too, which may hold a password.
    let value = toml::from_str(&text).map_err(|error: toml::de::Error| malformed(path, &error.message()))?;
    Ok(Some(value))
}

fn malformed(path: &Path, reason: &dyn std::fmt::Display) -> DiscoverError {
    DiscoverError::Malformed { path: path.to_owned(), reason: reason.to_string() }
}

//! Reads the engines' settings files, up to 1 MiB each.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::error::DiscoverError;

/// The largest settings file: 1 MiB.
const MAX_SETTINGS: u64 = 1024 * 1024;

/// Returns the text of a file; `None` if it does not exist.
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

/// Opens a regular file; others could block.
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

/// Parses a JSON file; returns `None` if it does not exist.
pub(super) fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, DiscoverError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    let value = serde_json::from_str(&text).map_err(|error| malformed(path, &error))?;
    Ok(Some(value))
}

/// Parses a TOML file; returns `None` if it does not exist.
pub(super) fn toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, DiscoverError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    // The `Display` of the error quotes the line, which may have a password.
    let value = toml::from_str(&text).map_err(|error: toml::de::Error| malformed(path, &error.message()))?;
    Ok(Some(value))
}

fn malformed(path: &Path, reason: &dyn std::fmt::Display) -> DiscoverError {
    DiscoverError::Malformed { path: path.to_owned(), reason: reason.to_string() }
}

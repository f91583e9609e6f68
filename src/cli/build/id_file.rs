//! The file that passes the ID of the built image from the builder to this program.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::arguments::last_id_file;
use crate::error::CliError;

/// The file that the builder writes the ID to.
#[derive(Debug)]
pub(super) struct IdFile {
    path: PathBuf,
    /// Temporary directory, deleted with its contents; `None` if the user named the file.
    directory: Option<TempDir>,
}

impl IdFile {
    /// Returns the file that the arguments name, or a new one.
    pub(super) fn of(arguments: &[OsString]) -> Result<Self, CliError> {
        if let Some(path) = last_id_file(arguments) {
            return Ok(Self { path: path.into(), directory: None });
        }
        let directory = tempfile::Builder::new()
            .prefix("dockopt-dive-")
            .tempdir()
            .map_err(|error| CliError::failure("cannot create a temporary directory".to_owned(), &error))?;
        Ok(Self { path: directory.path().join("image-id"), directory: Some(directory) })
    }

    /// Returns the path that must be added to the builder's arguments; `None` if they name it
    /// already.
    pub(super) fn to_name(&self) -> Option<&Path> {
        self.directory.is_some().then_some(self.path.as_path())
    }

    /// Reads the ID that the builder wrote; `None` if it wrote no file.
    pub(super) fn id(&self, builder: &str) -> Result<Option<String>, CliError> {
        let text = match read_start(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let message = format!("cannot read the ID of the image from `{}`", self.path.display());
                return Err(CliError::failure(message, &error));
            }
        };
        match parse_id(&text) {
            Some(id) => Ok(Some(id.to_owned())),
            None => Err(CliError::usage(format!(
                "`{builder}` wrote something other than an image ID to `{}`",
                self.path.display()
            ))),
        }
    }
}

/// Reads the first 4096 bytes of a file, which is more than an ID has.
fn read_start(path: &Path) -> io::Result<String> {
    const MUCH: u64 = 4096;
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MUCH).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Parses the ID of an image: a SHA-256, with or without the prefix `sha256:`.
fn parse_id(text: &str) -> Option<&str> {
    let id = text.trim();
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    let is_hex = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (hex.len() == 64 && is_hex).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sha256_digest_is_an_id() {
        let hex = "0123456789abcdef".repeat(4);
        let with_name = format!("sha256:{hex}");
        assert_eq!(parse_id(&format!("{hex}\n")), Some(hex.as_str()));
        assert_eq!(parse_id(&with_name), Some(with_name.as_str()));
        for text in
            ["", "sha256:", "latest", "../../x", &hex[1..], &format!("sha512:{hex}"), &format!("{hex}?x")]
        {
            assert_eq!(parse_id(text), None, "{text}");
        }
    }
}

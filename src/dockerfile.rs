//! The Dockerfile of an image, from a file.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use dockopt_advice::build::dockerfile::Dockerfile;
use dockopt_core::image::ProvenBuild;
use dockopt_core::path::escape_text;

use crate::error::CliError;

/// Largest file that is read: 1 MiB, far more than any Dockerfile.
const LARGEST: u64 = 1 << 20;
/// Names that builders look for, in their order.
const NAMES: [&str; 2] = ["Dockerfile", "Containerfile"];

/// A Dockerfile and where it is from.
#[derive(Debug)]
pub(crate) struct DockerfileAt {
    /// The path as the user gave it.
    pub(crate) path: PathBuf,
    /// Its name in reports and patches.
    pub(crate) name: String,
    pub(crate) parsed: Dockerfile,
}

impl DockerfileAt {
    /// Reads a Dockerfile.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let name = shown(path);
        let text = read_text(path).map_err(|error| {
            CliError::failure(format!("cannot read the Dockerfile `{}`", path.display()), &error)
        })?;
        Ok(Self { path: path.to_owned(), name, parsed: Dockerfile::parse(&text) })
    }

    /// Takes the Dockerfile in the provenance of an image.
    pub(crate) fn proven(build: &ProvenBuild) -> Self {
        let path = PathBuf::from(&build.file);
        Self { name: shown(&path), path, parsed: Dockerfile::parse(&build.text) }
    }

    /// Returns the path of the Dockerfile that builders find in a directory.
    pub(crate) fn in_directory(directory: &Path) -> Option<PathBuf> {
        NAMES.iter().map(|name| directory.join(name)).find(|path| path.is_file())
    }

    /// Reads the Dockerfile that builders find in a directory.
    pub(crate) fn find(directory: &Path) -> Result<Self, CliError> {
        match Self::in_directory(directory) {
            Some(path) => Self::read(&path),
            None => Err(CliError::usage("no Dockerfile in this directory".to_owned())
                .hint("name the image's Dockerfile with `--dockerfile FILE`")),
        }
    }
}

/// Returns a path as reports and patches name it: from this directory on, or the name of the file if
/// that is outside.
fn shown(path: &Path) -> String {
    let mut parts: Vec<&OsStr> = Vec::new();
    let mut is_below = true;
    for part in path.components() {
        match part {
            Component::Normal(name) => parts.push(name),
            Component::CurDir => {}
            Component::ParentDir if !parts.is_empty() => drop(parts.pop()),
            _ => is_below = false,
        }
    }
    let clean: PathBuf = parts.iter().collect();
    let name = path.file_name().map(Path::new).filter(|_| !is_below);
    escape_text(&name.unwrap_or(&clean).display().to_string())
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::new(ErrorKind::InvalidData, "it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

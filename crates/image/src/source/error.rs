//! Errors of reading a source.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::registry::{ImageName, RegistryError};
use crate::tar::TarError;

/// A source that cannot be read.
#[derive(Debug, Error)]
pub enum SourceError {
    /// A file or directory cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file, directory or stream holds no image.
    #[error("`{name}` is not a container image: {reason}")]
    NotAnImage {
        /// The file, directory or stream.
        name: String,
        /// What it is instead.
        reason: String,
    },
    /// The archive around the image is broken.
    #[error("archive `{name}` is broken")]
    Archive {
        /// The archive.
        name: String,
        /// The cause, with its position.
        source: TarError,
    },
    /// A document is too large to be read.
    #[error("{document}: {reason}")]
    Document {
        /// The document.
        document: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The image cannot be read from its registry.
    #[error("image `{name}` cannot be read from its registry")]
    Registry {
        /// The image.
        name: String,
        /// The cause.
        source: RegistryError,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl SourceError {
    /// Returns a hint for the user.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::NotAnImage { name, .. } => name_hint(name),
            Self::Registry { source, .. } => source.hint(),
            _ => None,
        }
    }
}

/// Returns a hint for a file that shadows an engine's image, if the name is a valid image name.
pub(crate) fn name_hint(name: &str) -> Option<String> {
    (!name.contains('.') && ImageName::is_valid(name)).then(|| {
        format!("files and directories take precedence; an engine's image is `docker://{name}` or `podman://{name}`")
    })
}

//! Why a reference leads to no image.

use thiserror::Error;

use crate::engine::LocateError;

/// A reference that leads to no image.
#[derive(Debug, Error)]
pub enum ReferenceError {
    /// The reference names a kind of source that does not exist.
    #[error("unknown source `{scheme}` in `{reference}`")]
    UnknownSource {
        /// The text before the colon.
        scheme: String,
        /// The whole reference.
        reference: String,
    },
    /// There is no such file, and the text cannot be the name of an image.
    #[error("no file or directory `{reference}`")]
    NotFound {
        /// As typed.
        reference: String,
    },
    /// No engine has the image, or none can be reached.
    #[error(transparent)]
    Locate(#[from] LocateError),
}

impl ReferenceError {
    /// What the user could do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownSource { .. } => Some(
                "known sources are `docker://NAME`, `podman://NAME`, `registry://NAME`, `docker-archive:FILE`, \
                 `oci-archive:FILE`, `oci:DIRECTORY` and `-`"
                    .to_owned(),
            ),
            Self::NotFound { .. } => None,
            Self::Locate(error) => error.hint(),
        }
    }
}

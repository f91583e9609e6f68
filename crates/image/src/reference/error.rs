//! Errors of references.

use thiserror::Error;

use super::scheme::SCHEMES;
use crate::engine::LocateError;

/// An error that prevents locating the image of a reference.
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
    /// Returns the error for an unknown scheme in a reference.
    pub(super) fn unknown(scheme: &str, reference: &str) -> Self {
        Self::UnknownSource { scheme: scheme.to_owned(), reference: reference.to_owned() }
    }

    /// Returns what the user can do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownSource { .. } => {
                let forms: Vec<String> =
                    SCHEMES.iter().map(|scheme| format!("`{}`", scheme.form())).collect();
                Some(format!("known sources are {} and `-`", forms.join(", ")))
            }
            Self::NotFound { .. } => None,
            Self::Locate(error) => error.hint(),
        }
    }
}

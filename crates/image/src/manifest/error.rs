//! Errors of planning an image from the documents of a source.

use thiserror::Error;

use crate::source::{SourceError, name_hint};

/// An error of planning an image.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The source holds no image.
    #[error("`{name}` is not a container image: {reason}")]
    NotAnImage {
        /// The source.
        name: String,
        /// What it is instead.
        reason: String,
    },
    /// A manifest, index or configuration is missing or malformed.
    #[error("{document}: {reason}")]
    Document {
        /// The document.
        document: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The documents about an image contradict each other, and none agrees with its configuration.
    #[error("the documents about the image contradict each other: {reason}")]
    Contradiction {
        /// What each document lists.
        reason: String,
    },
    /// There are several images, or none of the given name.
    #[error("{reason}")]
    Selection {
        /// Why no image was selected.
        reason: String,
        /// The available images.
        choices: Vec<String>,
        /// The option that selects an image.
        option: &'static str,
    },
    /// A digest differs from the expected one; detected only by verification.
    #[error("{object} does not match its digest: expected `{expected}`, found `{found}`")]
    Verification {
        /// The blob or document.
        object: String,
        /// The expected digest.
        expected: String,
        /// The digest found.
        found: String,
    },
}

impl ManifestError {
    /// Returns a suggestion for the user.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Source(error) => error.hint(),
            Self::NotAnImage { name, .. } => name_hint(name),
            Self::Selection { choices, option, .. } if !choices.is_empty() => {
                Some(format!("choose with `{option}`: {}", list(choices)))
            }
            Self::Contradiction { .. } => Some(BELIEVE.to_owned()),
            _ => None,
        }
    }
}

const BELIEVE: &str = "save the image again, or name the document to believe: `docker-archive:FILE` reads \
                       manifest.json alone, `oci-archive:FILE` index.json";

fn list(choices: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text: Vec<String> = choices.iter().take(SHOWN).map(|choice| format!("`{choice}`")).collect();
    if choices.len() > SHOWN {
        text.push(format!("and {} more", choices.len() - SHOWN));
    }
    text.join(", ")
}

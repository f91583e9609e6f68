//! Why an image cannot be read.
//!
//! Every variant names the object it is about. [`ReadError::hint`] says what could be done about it.

use std::io;
use std::path::PathBuf;

use dockopt_core::tree::TreeError;
use thiserror::Error;

use crate::layer::LayerError;
use crate::tar::TarError;

/// An image that cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The reference names a kind of source that does not exist.
    #[error("unknown source `{scheme}` in `{reference}`")]
    UnknownSource {
        /// What stands before the colon.
        scheme: String,
        /// All of it.
        reference: String,
    },
    /// The source exists, but not in this version.
    #[error("images cannot be read from `{scheme}` yet")]
    UnsupportedSource {
        /// The source.
        scheme: &'static str,
        /// What was asked of it.
        name: String,
    },
    /// There is no such file, and it is no known source either.
    #[error("no file or directory `{reference}`")]
    NotFound {
        /// As typed.
        reference: String,
    },
    /// A file or directory cannot be read.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something that is no image.
    #[error("`{name}` is not a container image: {reason}")]
    NotAnImage {
        /// What was opened.
        name: String,
        /// What it is instead.
        reason: String,
    },
    /// The archive around the image is broken.
    #[error("archive `{name}` is broken")]
    Archive {
        /// Which.
        name: String,
        /// How.
        source: TarError,
    },
    /// A manifest, index or configuration is missing or says nonsense.
    #[error("{document}: {reason}")]
    Document {
        /// Which document.
        document: String,
        /// What is wrong.
        reason: String,
    },
    /// There are several images, or none of that name.
    #[error("{reason}")]
    Selection {
        /// Why none was chosen.
        reason: String,
        /// The images there are.
        choices: Vec<String>,
        /// The option that chooses.
        option: &'static str,
    },
    /// A layer is missing from the source.
    #[error("layer {index} (`{name}`) is not in the {source_kind}")]
    MissingLayer {
        /// Counted from the lowest.
        index: usize,
        /// Its file or digest.
        name: String,
        /// Kind of source.
        source_kind: &'static str,
    },
    /// A layer cannot be read.
    #[error("layer {index} (`{name}`) cannot be read")]
    Layer {
        /// Counted from the lowest.
        index: usize,
        /// Its file or digest.
        name: String,
        /// Why.
        source: LayerError,
    },
    /// A digest differs from the one expected; found only when asked to verify.
    #[error("{object} does not match its digest: expected `{expected}`, found `{found}`")]
    Verification {
        /// The blob.
        object: String,
        /// Expected digest.
        expected: String,
        /// Digest found.
        found: String,
    },
    /// The layers do not fit into a tree.
    #[error("image is too large")]
    Tree(#[from] TreeError),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl ReadError {
    /// What could be done about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownSource { .. } => Some(
                "known sources are `docker-archive:FILE`, `oci-archive:FILE`, `oci:DIRECTORY` and `-`"
                    .to_owned(),
            ),
            Self::UnsupportedSource { scheme, name } => Some(match *scheme {
                "registry" => format!("copy it first: `skopeo copy docker://{name} oci-archive:image.tar`"),
                engine => format!("pipe it in: `{engine} save {name} | dockopt-dive -`"),
            }),
            Self::NotFound { reference } => Some(format!(
                "an image of a local engine can be piped in: `docker save {reference} | dockopt-dive -`"
            )),
            Self::Selection { choices, option, .. } if !choices.is_empty() => {
                Some(format!("choose with `{option}`: {}", list(choices)))
            }
            Self::MissingLayer { .. } => {
                Some("the image was saved without this layer: save or copy it again, all of it".to_owned())
            }
            Self::Layer { source: LayerError::Read(_) | LayerError::Tar(_) | LayerError::Empty, .. } => {
                Some("the image seems to be damaged or incomplete: save or copy it again".to_owned())
            }
            _ => None,
        }
    }
}

fn list(choices: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text: Vec<String> = choices.iter().take(SHOWN).map(|choice| format!("`{choice}`")).collect();
    if choices.len() > SHOWN {
        text.push(format!("and {} more", choices.len() - SHOWN));
    }
    text.join(", ")
}

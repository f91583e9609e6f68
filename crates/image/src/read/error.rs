//! Errors of reading an image.
//!
//! Every variant names its object. [`ReadError::hint`] returns what the user can do about it.

use dockopt_core::tree::TreeError;
use thiserror::Error;

use crate::engine::{Elsewhere, LocateError};
use crate::layer::LayerError;
use crate::manifest::ManifestError;
use crate::reference::ReferenceError;
use crate::registry::{ImageName, RegistryError};
use crate::source::SourceError;

/// An error of reading an image.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The reference names no source, file or image.
    #[error(transparent)]
    Reference(ReferenceError),
    /// No engine has the image, or none can be reached: [`Self::details`] lists the attempts.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The source cannot be read.
    #[error(transparent)]
    Source(SourceError),
    /// The source's documents describe no image, or not the wanted one.
    #[error(transparent)]
    Manifest(ManifestError),
    /// An export by an engine broke off.
    #[error("{engine} did not send all of image `{name}`")]
    Transfer {
        /// The engine.
        engine: String,
        /// The image.
        name: String,
        /// The cause.
        source: Box<ReadError>,
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
    /// A foreign layer is missing from the source.
    #[error(
        "layer {index} (`{name}`) is a foreign layer{} and is not in the {source_kind}",
        .url.as_ref().map(|url| format!(", kept at `{url}`,")).unwrap_or_default()
    )]
    ForeignLayer {
        /// Counted from the lowest.
        index: usize,
        /// Its digest.
        name: String,
        /// Kind of source.
        source_kind: &'static str,
        /// The URL in its manifest; nothing is fetched from there.
        url: Option<String>,
    },
    /// A layer cannot be read.
    #[error("layer {index} (`{name}`) cannot be read")]
    Layer {
        /// Counted from the lowest.
        index: usize,
        /// Its file or digest.
        name: String,
        /// The cause.
        source: LayerError,
    },
    /// The layers do not fit into a tree.
    #[error("image is too large")]
    Tree(#[from] TreeError),
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl From<ReferenceError> for ReadError {
    fn from(error: ReferenceError) -> Self {
        match error {
            ReferenceError::Locate(error) => Self::Locate(error),
            error => Self::Reference(error),
        }
    }
}

impl From<SourceError> for ReadError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Cancelled => Self::Cancelled,
            error => Self::Source(error),
        }
    }
}

impl From<ManifestError> for ReadError {
    fn from(error: ManifestError) -> Self {
        match error {
            ManifestError::Source(error) => error.into(),
            error => Self::Manifest(error),
        }
    }
}

const FOREIGN: &str = "base layers of Windows images are often foreign, and nothing is fetched from elsewhere: \
                       pull the image and save it again, foreign layers included";

fn hint_of_layer(error: &LayerError) -> Option<String> {
    let hint = match error {
        LayerError::Encrypted => "decrypt the image first: `skopeo copy --decryption-key KEY FROM TO`",
        LayerError::Compressed { .. } => "recompress it: `skopeo copy --dest-compress-format gzip FROM TO`",
        error if RegistryError::within(error).is_some() => {
            return RegistryError::within(error).and_then(RegistryError::hint);
        }
        LayerError::Read(_) | LayerError::Tar(_) | LayerError::Empty => {
            "the image seems to be damaged or incomplete: save or copy it again"
        }
        LayerError::NotATar { .. } | LayerError::Cancelled => return None,
    };
    Some(hint.to_owned())
}

impl ReadError {
    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Reference(error) => error.hint(),
            Self::Locate(error) => error.hint().or_else(|| Some(registry_hint(error.elsewhere()?.name))),
            Self::Source(error) => error.hint(),
            Self::Manifest(error) => error.hint(),
            Self::Transfer { .. } => {
                Some("the engine may have been stopped, or the image removed: try again".to_owned())
            }
            Self::MissingLayer { .. } => {
                Some("the image was saved without this layer: save or copy the whole image again".to_owned())
            }
            Self::ForeignLayer { .. } => Some(FOREIGN.to_owned()),
            Self::Layer { source, .. } => hint_of_layer(source),
            _ => None,
        }
    }

    /// Returns the places that were tried, one line each.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Locate(error) => error.attempts().iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the image to look for in a registry instead; `None` if no registry can have it.
    pub fn elsewhere(&self) -> Option<Elsewhere<'_>> {
        match self {
            Self::Locate(error) => error.elsewhere(),
            _ => None,
        }
    }
}

/// Returns how to read an image from its registry.
fn registry_hint(name: &str) -> String {
    if let Err(error) = ImageName::parse(name) {
        return error.to_string();
    }
    format!("an image in a registry is read without an engine: `dockopt-dive registry://{name}`")
}

//! Errors of reading a layer.

use std::io;

use thiserror::Error;

use crate::bytes::sniff::Looks;
use crate::tar::TarError;

/// An error of reading a layer.
#[derive(Debug, Error)]
pub enum LayerError {
    /// Its bytes cannot be read or decompressed.
    #[error("its bytes cannot be read or decompressed")]
    Read(#[source] io::Error),
    /// It is not a tar.
    #[error("it is not a tar, plain or compressed with gzip or zstd{}", details(*.found, .media_type.as_deref()))]
    NotATar {
        /// Detected format, if it is known.
        found: Option<&'static str>,
        /// Its media type, if its manifest has one.
        media_type: Option<String>,
    },
    /// It is compressed, but neither with gzip nor with zstd.
    #[error("it is compressed with {with}, which is not supported; gzip and zstd are")]
    Compressed {
        /// The compression.
        with: &'static str,
    },
    /// It is encrypted.
    #[error("it is encrypted, and only a holder of its key can read it")]
    Encrypted,
    /// Its tar is broken.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// It has no bytes, although its digest is not that of an empty blob.
    #[error("it is empty")]
    Empty,
    /// Reading was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl LayerError {
    /// Returns the error for bytes that cannot be a layer.
    pub(crate) fn no_layer(looks: Looks) -> Self {
        match looks {
            Looks::Other(with) => Self::Compressed { with },
            Looks::Json => Self::NotATar { found: Some("JSON"), media_type: None },
            _ => Self::NotATar { found: None, media_type: None },
        }
    }

    /// Adds the media type from the manifest to the error.
    pub(crate) fn of_type(self, media_type: Option<&str>) -> Self {
        match self {
            Self::NotATar { found, .. } => Self::NotATar { found, media_type: media_type.map(str::to_owned) },
            other => other,
        }
    }
}

fn details(found: Option<&str>, media_type: Option<&str>) -> String {
    match (found, media_type) {
        (None, None) => String::new(),
        (Some(found), None) => format!(" (it looks like {found})"),
        (None, Some(media_type)) => format!(" (its media type is `{media_type}`)"),
        (Some(found), Some(media_type)) => {
            format!(" (it looks like {found}, its media type is `{media_type}`)")
        }
    }
}

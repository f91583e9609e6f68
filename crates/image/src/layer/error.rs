//! Why a layer cannot be read.

use std::io;

use thiserror::Error;

use crate::tar::TarError;

/// A layer that cannot be read.
#[derive(Debug, Error)]
pub enum LayerError {
    /// Its bytes cannot be read or decompressed at all.
    #[error("its bytes cannot be read or decompressed")]
    Read(#[source] io::Error),
    /// It is not a tar.
    #[error("it is not a tar, plain or compressed with gzip or zstd{}", .found.map(|found| format!(" (it looks like {found})")).unwrap_or_default())]
    NotATar {
        /// What it looks like instead, if that can be told.
        found: Option<&'static str>,
    },
    /// Its tar is broken.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// It has no bytes at all, though its digest is not that of nothing.
    #[error("it is empty")]
    Empty,
    /// Reading was cancelled.
    #[error("cancelled")]
    Cancelled,
}

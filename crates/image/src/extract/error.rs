//! Errors of an extraction.

use std::io;
use std::path::PathBuf;

use dockopt_core::path::EntryPath;
use thiserror::Error;

use super::extracted::Extracted;
use crate::contents::ContentError;

/// An extraction that did not start or did not finish.
#[derive(Debug, Error)]
pub enum ExtractError {
    /// There is nothing to extract.
    #[error("nothing to extract at `{path}`")]
    Nothing {
        /// The path in the image.
        path: EntryPath,
    },
    /// Two of the selections have the same name.
    #[error("two of the paths have the name `{name}`: extract them separately")]
    SameName {
        /// The name, escaped.
        name: String,
    },
    /// A content cannot be read, and cannot be omitted.
    #[error(transparent)]
    Content {
        /// The file and the cause.
        source: ContentError,
    },
    /// The destination cannot be created, or is not a directory.
    #[error("cannot write to `{}`", .path.display())]
    Destination {
        /// The destination.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Files would be overwritten; nothing was written.
    #[error("`{}` exists{}", .path.display(), others(*.count))]
    Exists {
        /// The first existing path.
        path: PathBuf,
        /// Number of existing paths.
        count: u64,
    },
    /// Nothing more can be written, for example because the disk is full.
    #[error("cannot write `{path}`")]
    Stopped {
        /// The next entry to write, by its path in the image.
        path: EntryPath,
        /// The cause.
        source: io::Error,
        /// What was written before.
        extracted: Box<Extracted>,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled {
        /// What was written before.
        extracted: Box<Extracted>,
    },
}

fn others(count: u64) -> String {
    match count {
        0 | 1 => String::new(),
        2 => ", and so does one more".to_owned(),
        count => format!(", and so do {} more", count - 1),
    }
}

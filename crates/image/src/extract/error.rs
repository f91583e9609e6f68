//! Why an extraction fails, or stops.

use std::io;
use std::path::PathBuf;

use dockopt_core::path::EntryPath;
use thiserror::Error;

use super::extracted::Extracted;
use crate::contents::ContentError;

/// An extraction that did not begin, or did not come to its end.
#[derive(Debug, Error)]
pub enum ExtractError {
    /// There is nothing to extract.
    #[error("nothing to extract at `{path}`")]
    Nothing {
        /// The path in the image.
        path: EntryPath,
    },
    /// Two of the selections have the same name.
    #[error("two of the paths are named `{name}`: they cannot be written to one place")]
    SameName {
        /// The name, escaped.
        name: String,
    },
    /// A content cannot be read, and cannot be left out.
    #[error(transparent)]
    Content {
        /// Which, and why.
        source: ContentError,
    },
    /// The place to write to cannot be made, or is no directory.
    #[error("cannot write to `{}`", .path.display())]
    Destination {
        /// Which place.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something would be overwritten; nothing was written.
    #[error("`{}` exists{}", .path.display(), others(*.count))]
    Exists {
        /// The first thing that is in the way.
        path: PathBuf,
        /// How many there are.
        count: u64,
    },
    /// Nothing more can be written, because the disk is full or the like.
    #[error("cannot write `{path}`")]
    Stopped {
        /// What was to be written next, by its path in the image.
        path: EntryPath,
        /// Why.
        source: io::Error,
        /// What was written until then.
        extracted: Box<Extracted>,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled {
        /// What was written until then.
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

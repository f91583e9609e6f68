//! Why stored bytes are wasted.

use std::fmt;

use serde::Serialize;

/// The kind of change that ended the life of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// A whiteout of the copy or of a directory above it.
    Deleted,
    /// Hidden by an opaque directory marker.
    Opaque,
    /// Its path, or one above it, changed type.
    Replaced,
    /// Rewritten with other content.
    Overwritten,
    /// Rewritten with the same content and other mode, owner, times or extended attributes.
    Metadata,
    /// Rewritten with nothing changed.
    Identical,
}

impl Cause {
    /// The name of the cause in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Opaque => "opaque",
            Self::Replaced => "replaced",
            Self::Overwritten => "overwritten",
            Self::Metadata => "metadata",
            Self::Identical => "identical",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

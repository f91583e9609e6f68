//! The formats of images in files and directories.

use dockopt_core::image::SourceKind;

/// The format that a file or directory must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Any,
    DockerArchive,
    OciArchive,
    OciDirectory,
}

impl Format {
    /// The kind of source of that format, unless any will do.
    pub(crate) fn source(self) -> Option<SourceKind> {
        match self {
            Self::Any => None,
            Self::DockerArchive => Some(SourceKind::DockerArchive),
            Self::OciArchive => Some(SourceKind::OciArchive),
            Self::OciDirectory => Some(SourceKind::OciDirectory),
        }
    }
}

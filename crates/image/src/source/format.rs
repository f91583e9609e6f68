//! The formats of images in files and directories.

use dockopt_core::image::SourceKind;

/// Required format of a file or directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Any,
    DockerArchive,
    OciArchive,
    OciDirectory,
}

impl Format {
    /// Returns the kind of source with this format; `None` for [`Format::Any`].
    pub(crate) fn source(self) -> Option<SourceKind> {
        match self {
            Self::Any => None,
            Self::DockerArchive => Some(SourceKind::DockerArchive),
            Self::OciArchive => Some(SourceKind::OciArchive),
            Self::OciDirectory => Some(SourceKind::OciDirectory),
        }
    }
}

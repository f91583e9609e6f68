//! The formats of images in files and directories.

/// What kind of image a file or directory must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Any,
    DockerArchive,
    OciArchive,
    OciDirectory,
}

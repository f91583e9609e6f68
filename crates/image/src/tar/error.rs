//! Tar errors: what is wrong, at which offset and member.

use std::fmt;
use std::io;

use dockopt_core::path::escape;
use thiserror::Error;

/// An error that prevents reading further in a tar.
#[derive(Debug)]
pub struct TarError {
    /// Start of the affected header, in bytes from the start of the tar.
    pub(crate) offset: u64,
    /// Name of the member last read.
    pub(crate) path: Vec<u8>,
    pub(crate) kind: TarErrorKind,
}

#[derive(Debug, Error)]
pub(crate) enum TarErrorKind {
    #[error("header checksum does not match")]
    Checksum,
    #[error("ends early, {missing} bytes are missing")]
    Truncated { missing: u64 },
    #[error("the {name} field is not a number")]
    Field { name: &'static str },
    #[error("the {name} field is negative or does not fit into 64 bits")]
    OutOfRange { name: &'static str },
    #[error("claims a size of {size} bytes")]
    Absurd { size: u64 },
    #[error("extension header of {size} bytes, more than 1 MiB")]
    ExtensionTooLarge { size: u64 },
    #[error("extension header without the member it describes")]
    ExtensionWithoutMember,
    #[error("malformed PAX record")]
    Pax,
    #[error("malformed map of a sparse file")]
    Sparse,
    #[error("cannot be read")]
    Read(#[source] io::Error),
}

impl fmt::Display for TarError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "tar header at offset {}", self.offset)?;
        if !self.path.is_empty() {
            write!(formatter, " (at or after `{}`)", escape(&self.path))?;
        }
        write!(formatter, ": {}", self.kind)
    }
}

impl std::error::Error for TarError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}

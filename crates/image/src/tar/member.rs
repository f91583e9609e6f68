//! A member of a tar, and the end of a tar.

#[cfg(test)]
use dockopt_core::entry::EntryKind;
use dockopt_core::entry::Metadata;

/// One member; the walker holds its names.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) metadata: Metadata,
    /// Start of the data, in bytes from the start of the tar.
    pub(crate) data_offset: u64,
    /// Digest over the hole map of a sparse file.
    pub(crate) holes: Option<u128>,
}

#[cfg(test)]
impl Member {
    /// A small file, for tests of how members are handled.
    pub(crate) fn small_file() -> Self {
        let metadata = Metadata { size: 1, mode: 0o644, ..Metadata::new(EntryKind::File) };
        Self { metadata, data_offset: 512, holes: None }
    }
}

/// How a tar ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With an end-of-archive block.
    Marked,
    /// At a block boundary, without one: it may be truncated there.
    Unmarked,
}

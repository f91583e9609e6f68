//! One member of a tar, and how a tar ends.

use dockopt_core::entry::{EntryKind, Timestamp};

/// One member; its names are in the walker.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) kind: EntryKind,
    pub(crate) type_flag: u8,
    /// Logical size in bytes.
    pub(crate) size: u64,
    /// Where the data starts, in bytes from the start of the tar.
    pub(crate) data_offset: u64,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) modified: Timestamp,
    pub(crate) device: (u32, u32),
    /// Digest over the extended attributes.
    pub(crate) xattrs: Option<u128>,
    /// Digest over the map of holes of a sparse file.
    pub(crate) holes: Option<u128>,
}

#[cfg(test)]
impl Member {
    /// A small file, for tests of what becomes of members.
    pub(crate) fn small_file() -> Self {
        Self {
            kind: EntryKind::File,
            type_flag: b'0',
            size: 1,
            data_offset: 512,
            mode: 0o644,
            uid: 0,
            gid: 0,
            modified: Timestamp::default(),
            device: (0, 0),
            xattrs: None,
            holes: None,
        }
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

//! One file as one layer ships it.
//!
//! An [`Entry`] borrows its names from the reader's buffers: millions of them pass by, and the tree keeps only
//! what it needs. File content never comes along, only where it is or what its hash is.

use std::fmt;

/// A tar member that describes a file, a directory, a link, a device or a marker.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The name as written in the tar, not cleaned.
    pub path: &'a [u8],
    /// What the member is.
    pub kind: EntryKind,
    /// The type flag of the tar header (`b'0'` for a regular file), as `dive` reports it.
    pub type_flag: u8,
    /// Target of a symbolic or hard link, empty for everything else.
    pub link: &'a [u8],
    /// Logical size of a regular file in bytes; what the header says for anything else.
    pub size: u64,
    /// Mode bits of the header: permissions, setuid, setgid, sticky, and a file type if the writer put one there.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Time of the last modification.
    pub modified: Timestamp,
    /// Major and minor number of a device.
    pub device: (u32, u32),
    /// Digest over the extended attributes, if there are any.
    pub xattrs: Option<u128>,
    /// Where the content of a regular file can be found, or its hash.
    pub content: Content,
}

/// What a tar member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A regular file, sparse and contiguous ones included.
    File,
    /// Another name for a file of this or a lower layer.
    HardLink,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// A type flag that no tar standard defines.
    Unknown,
}

/// Seconds since 1970 and nanoseconds within the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since the epoch, negative before it.
    pub seconds: i64,
    /// Nanoseconds, below 1,000,000,000.
    pub nanos: u32,
}

/// What is known of a regular file's content.
///
/// Hashes are compared only with each other, within one run: they may be seeded and need not be cryptographic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing: not a regular file, or an empty one.
    None,
    /// The content starts at this byte of the unpacked layer and can be read when a comparison asks for it.
    At(u64),
    /// The content has this hash, and starts at this byte of the unpacked layer.
    Hashed {
        /// Hash of the content.
        hash: u128,
        /// Byte of the unpacked layer.
        at: u64,
    },
    /// The file is sparse: its data starts at this byte of the unpacked layer, without the holes.
    Sparse {
        /// Hash of the data and the map of holes.
        hash: u128,
        /// Byte of the unpacked layer.
        at: u64,
    },
}

/// Which metadata of a file a rewrite changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MetadataFields(u8);

impl MetadataFields {
    /// User or group.
    pub const OWNER: Self = Self(1);
    /// Permissions, setuid, setgid, sticky.
    pub const MODE: Self = Self(2);
    /// Time of the last modification.
    pub const TIMES: Self = Self(4);
    /// Extended attributes.
    pub const XATTRS: Self = Self(8);

    const NAMES: [(Self, &'static str); 4] = [
        (Self::OWNER, "owner"),
        (Self::MODE, "mode"),
        (Self::TIMES, "modification time"),
        (Self::XATTRS, "extended attributes"),
    ];

    /// Whether nothing changed.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of these are among them.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These and others.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These without others.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// `owner`, `owner and mode`, `owner, mode and modification time`.
impl fmt::Display for MetadataFields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Self::NAMES.into_iter().filter(|(field, _)| self.contains(*field)).map(|(_, name)| name);
        let names: Vec<&str> = names.collect();
        match names.split_last() {
            None => Ok(()),
            Some((last, [])) => formatter.write_str(last),
            Some((last, before)) => write!(formatter, "{} and {last}", before.join(", ")),
        }
    }
}

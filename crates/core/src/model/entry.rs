//! One file as one layer ships it.
//!
//! An [`Entry`] borrows its names from the buffers of the reader: there are millions of them, and
//! the tree keeps only what it needs. File content is never part of an entry, only its place or its
//! hash.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A tar member that describes a file, a directory, a link, a device or a marker.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The name as written in the tar, not cleaned.
    pub path: &'a [u8],
    /// Target of a symbolic or hard link, empty for everything else.
    pub link: &'a [u8],
    /// Type, size, mode, owner and times.
    pub metadata: Metadata,
    /// Where the content of a regular file can be found, or its hash.
    pub content: Content,
}

/// Everything that a tar header and its extensions say about a member, except its names.
///
/// The cache serialises this type: the order of the fields is part of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The type of the member.
    pub kind: EntryKind,
    /// The type flag of the tar header (`b'0'` for a regular file), as `dive` reports it.
    pub type_flag: u8,
    /// Logical size of a regular file in bytes; for other types the number in the header.
    pub size: u64,
    /// Mode bits of the header: permissions, setuid, setgid, sticky, and a file type if the writer
    /// sets one.
    pub mode: u32,
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Time of the last modification.
    pub modified: Timestamp,
    /// Major and minor number of a device.
    pub device: (u32, u32),
    /// Digest over the extended attributes, if there are any.
    #[serde(with = "digest")]
    pub xattrs: Option<u128>,
}

impl Metadata {
    /// Returns an empty member of a type: mode 0, owned by root, modified at the epoch.
    pub const fn new(kind: EntryKind) -> Self {
        let type_flag = match kind {
            EntryKind::File => b'0',
            EntryKind::HardLink => b'1',
            EntryKind::Symlink => b'2',
            EntryKind::CharDevice => b'3',
            EntryKind::BlockDevice => b'4',
            EntryKind::Directory => b'5',
            EntryKind::Fifo => b'6',
            EntryKind::Unknown => b'?',
        };
        Self {
            kind,
            type_flag,
            size: 0,
            mode: 0,
            uid: 0,
            gid: 0,
            modified: Timestamp { seconds: 0, nanos: 0 },
            device: (0, 0),
            xattrs: None,
        }
    }
}

/// A digest as 16 bytes: for random numbers shorter than seven bits to a byte.
mod digest {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes fields by reference")]
    pub(super) fn serialize<S: Serializer>(digest: &Option<u128>, serializer: S) -> Result<S::Ok, S::Error> {
        digest.map(u128::to_le_bytes).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u128>, D::Error> {
        Ok(Option::<[u8; 16]>::deserialize(deserializer)?.map(u128::from_le_bytes))
    }
}

/// The type of a tar member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp {
    /// Seconds since the epoch, negative before it.
    pub seconds: i64,
    /// Nanoseconds, below 1,000,000,000.
    pub nanos: u32,
}

/// Where the content of a regular file is, or its hash.
///
/// Hashes are compared only with each other, within one run: they may be seeded and need not be
/// cryptographic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// No content: not a regular file, or an empty one.
    None,
    /// The content starts at this byte of the unpacked layer and can be read for a comparison.
    At(u64),
    /// The content has this hash, and starts at this byte of the unpacked layer.
    Hashed {
        /// Hash of the content.
        hash: u128,
        /// Byte of the unpacked layer.
        at: u64,
    },
    /// The file is sparse: its data, without the holes, starts at this byte of the unpacked layer.
    Sparse {
        /// Hash of the data and the map of holes.
        hash: u128,
        /// Byte of the unpacked layer.
        at: u64,
    },
}

/// The metadata of a file that a rewrite changed.
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

    /// Whether `other` is a subset.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the union of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the fields that are not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Lists the fields: `owner`, `owner and mode`, `owner, mode and modification time`.
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

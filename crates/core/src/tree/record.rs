//! The record of an entry: 80 bytes, whatever its names and content.

use crate::model::entry::{Content, Entry, EntryKind, Metadata, MetadataFields, Timestamp};

use super::arena::NodeId;
use super::names::{NameId, Names};

/// An entry in [`super::Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(pub(crate) u32);

impl EntryId {
    /// Returns the number of the entry: entries are numbered from 0 in the order of insertion. The
    /// entries of a repeated layer come last.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an entry means for the filesystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A file, directory, link or device.
    Member,
    /// `.wh.NAME`: hides NAME of the layers below.
    Whiteout,
    /// `.wh..wh..opq`: hides everything below its directory.
    Opaque,
    /// Not a file of the image.
    Aside,
}

#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one byte for each fact")]
pub(crate) struct Record {
    /// Seeded hash of the content, if `hashed`.
    pub(crate) hash: [u64; 2],
    /// Logical size in bytes, as the header says.
    pub(crate) size: u64,
    /// Files: where the content starts in the unpacked layer. Hard links: the inode, once the layer
    /// is applied. Devices: the major number in the upper half, the minor number in the lower half.
    pub(crate) place: u64,
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
    /// The path as written. If a parent is a symbolic link, the entry ends up at another node.
    pub(crate) node: NodeId,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) link: NameId,
    /// Interned digest of the extended attributes.
    pub(crate) xattrs: NameId,
    /// The layer, set when layers are stacked; the lowest one is 0.
    pub(crate) layer: u32,
    pub(crate) kind: EntryKind,
    pub(crate) role: Role,
    pub(crate) type_flag: u8,
    pub(crate) hashed: bool,
    /// Whether the stored content lacks the holes of the file.
    pub(crate) sparse: bool,
    /// Whether a path of the final filesystem shows this inode.
    pub(crate) live: bool,
    /// Whether the name as written starts with a slash.
    pub(crate) absolute: bool,
}

/// [`Record::place`] of a hard link that is not resolved or has no target.
pub(crate) const NO_INODE: u64 = u64::MAX;

/// The bits of a mode that are compared: permissions, setuid, setgid, sticky.
pub(crate) const MODE_BITS: u32 = 0o7777;

impl Record {
    pub(crate) fn new(entry: &Entry<'_>, node: NodeId, role: Role) -> Self {
        let (hash, place) = match entry.content {
            Content::None => (None, 0),
            Content::At(offset) => (None, offset),
            Content::Hashed { hash, at } | Content::Sparse { hash, at } => (Some(hash), at),
        };
        let Metadata { kind, type_flag, size, mode, uid, gid, modified, device, .. } = entry.metadata;
        let place = match kind {
            EntryKind::HardLink => NO_INODE,
            EntryKind::CharDevice | EntryKind::BlockDevice => u64::from(device.0) << 32 | u64::from(device.1),
            _ => place,
        };
        Self {
            hash: split(hash.unwrap_or(0)),
            size,
            place,
            seconds: modified.seconds,
            nanos: modified.nanos,
            node,
            mode,
            uid,
            gid,
            link: NameId::EMPTY,
            xattrs: NameId::EMPTY,
            layer: 0,
            kind,
            role,
            type_flag,
            hashed: hash.is_some(),
            sparse: matches!(entry.content, Content::Sparse { .. }),
            live: false,
            absolute: entry.path.starts_with(b"/"),
        }
    }

    /// Unpacks the metadata. The device is (0, 0) for everything but devices.
    pub(crate) fn metadata(&self, names: &Names) -> Metadata {
        let is_device = matches!(self.kind, EntryKind::CharDevice | EntryKind::BlockDevice);
        let xattrs = <[u8; 16]>::try_from(names.get(self.xattrs)).ok();
        Metadata {
            kind: self.kind,
            type_flag: self.type_flag,
            size: self.size,
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            modified: self.modified(),
            device: if is_device { self.device() } else { (0, 0) },
            xattrs: xattrs.map(u128::from_le_bytes),
        }
    }

    /// Returns the bytes of content that this entry stores in its layer.
    pub(crate) fn stored_bytes(&self) -> u64 {
        if self.role == Role::Member && self.kind == EntryKind::File { self.size } else { 0 }
    }

    pub(crate) fn set_hash(&mut self, hash: u128) {
        self.hash = split(hash);
        self.hashed = true;
    }

    /// Returns the hash of the content, if it was computed.
    pub(crate) fn content_hash(&self) -> Option<u128> {
        let [low, high] = self.hash;
        self.hashed.then_some(u128::from(high) << 64 | u128::from(low))
    }

    /// Returns the time of the last modification.
    pub(crate) fn modified(&self) -> Timestamp {
        Timestamp { seconds: self.seconds, nanos: self.nanos }
    }

    /// Whether the entry has extended attributes.
    pub(crate) fn has_xattrs(&self) -> bool {
        self.xattrs != NameId::EMPTY
    }

    /// Returns the major and minor number of a device.
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of a place")]
    fn device(&self) -> (u32, u32) {
        ((self.place >> 32) as u32, self.place as u32)
    }

    /// Whether two files hold different bytes; `None` if a hash is missing.
    pub(crate) fn content_differs(&self, other: &Self) -> Option<bool> {
        if self.stored_bytes() != other.stored_bytes() {
            Some(true)
        } else if self.stored_bytes() == 0 {
            Some(false)
        } else {
            (self.hashed && other.hashed).then(|| self.hash != other.hash)
        }
    }

    /// Returns what differs in mode, owner, times and extended attributes.
    pub(crate) fn metadata_changed(&self, other: &Self) -> MetadataFields {
        let owner = (self.uid, self.gid) != (other.uid, other.gid);
        [
            (owner, MetadataFields::OWNER),
            ((self.mode ^ other.mode) & MODE_BITS != 0, MetadataFields::MODE),
            (self.modified() != other.modified(), MetadataFields::TIMES),
            (self.xattrs != other.xattrs, MetadataFields::XATTRS),
        ]
        .into_iter()
        .filter(|(changed, _)| *changed)
        .fold(MetadataFields::default(), |all, (_, field)| all.union(field))
    }
}

/// Returns the inode that an entry shows: its own, or the target of a hard link.
pub(crate) fn inode_of(id: EntryId, records: &[Record]) -> EntryId {
    match records.get(id.index()) {
        Some(record) if record.kind == EntryKind::HardLink && record.place != NO_INODE => {
            u32::try_from(record.place).map_or(id, EntryId)
        }
        _ => id,
    }
}

/// Whether an inode is a regular file; a hard link without a target counts as an empty one.
pub(super) fn is_file(inode: EntryId, records: &[Record]) -> bool {
    let kind = records.get(inode.index()).map(|record| record.kind);
    matches!(kind, Some(EntryKind::File | EntryKind::HardLink))
}

/// Whether an inode stores content in its layer.
pub(super) fn has_content(inode: EntryId, records: &[Record]) -> bool {
    records.get(inode.index()).is_some_and(|record| record.role == Role::Member && record.stored_bytes() > 0)
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of a 128-bit hash")]
fn split(hash: u128) -> [u64; 2] {
    [hash as u64, (hash >> 64) as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_survives_packing() {
        for kind in [EntryKind::Directory, EntryKind::File, EntryKind::CharDevice, EntryKind::Symlink] {
            let metadata = Metadata {
                size: 1 << 40,
                mode: 0o4755,
                uid: 1,
                gid: u32::MAX,
                modified: Timestamp { seconds: -1, nanos: 999 },
                device: if kind == EntryKind::CharDevice { (u32::MAX, 3) } else { (0, 0) },
                xattrs: Some(1 << 100 | 7),
                ..Metadata::new(kind)
            };
            let mut names = Names::new();
            let entry = Entry { path: b"x", link: b"", metadata, content: Content::None };
            let mut record = Record::new(&entry, NodeId::ROOT, Role::Member);
            record.xattrs = names.intern(&(1_u128 << 100 | 7).to_le_bytes()).expect("room");
            assert_eq!(record.metadata(&names), metadata);
        }
    }

    #[test]
    fn a_record_is_small() {
        assert_eq!(size_of::<Record>(), 80, "entries must stay small: an image has millions");
    }
}

//! One entry as it is written in an index.
//!
//! Names are borrowed from the block that is read. Where contents start is written as the distance from the one before:
//! that is a small number, and one that repeats.

use dockopt_core::entry::{Content, Entry, EntryKind, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An entry, written and read in one go.
#[derive(Serialize, Deserialize)]
pub(super) struct WrittenEntry<'a> {
    kind: u8,
    type_flag: u8,
    #[serde(borrow)]
    path: Bytes<'a>,
    #[serde(borrow)]
    link: Bytes<'a>,
    size: u64,
    mode: u32,
    uid: u32,
    gid: u32,
    seconds: i64,
    nanos: u32,
    device: (u32, u32),
    xattrs: Option<[u8; 16]>,
    content: WrittenContent,
}

#[derive(Serialize, Deserialize)]
enum WrittenContent {
    None,
    Hashed([u8; 16], u64),
    Sparse([u8; 16], u64),
}

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Self)
    }
}

impl<'a> WrittenEntry<'a> {
    /// The form of an entry; there is none if its content is yet to be read. `last` is where the last content started.
    pub(super) fn of(entry: &Entry<'a>, last: &mut u64) -> Option<Self> {
        let mut distance = |at: u64| at.wrapping_sub(std::mem::replace(last, at));
        let content = match entry.content {
            Content::None => WrittenContent::None,
            Content::At(_) => return None,
            Content::Hashed { hash, at } => WrittenContent::Hashed(hash.to_le_bytes(), distance(at)),
            Content::Sparse { hash, at } => WrittenContent::Sparse(hash.to_le_bytes(), distance(at)),
        };
        Some(Self {
            kind: number(entry.kind),
            type_flag: entry.type_flag,
            path: Bytes(entry.path),
            link: Bytes(entry.link),
            size: entry.size,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            seconds: entry.modified.seconds,
            nanos: entry.modified.nanos,
            device: entry.device,
            xattrs: entry.xattrs.map(u128::to_le_bytes),
            content,
        })
    }

    /// The entry, if it can be one.
    pub(super) fn entry(&self, last: &mut u64) -> Option<Entry<'a>> {
        let mut place = |distance: u64| {
            *last = last.wrapping_add(distance);
            *last
        };
        let content = match self.content {
            WrittenContent::None => Content::None,
            WrittenContent::Hashed(hash, distance) => {
                Content::Hashed { hash: u128::from_le_bytes(hash), at: place(distance) }
            }
            WrittenContent::Sparse(hash, distance) => {
                Content::Sparse { hash: u128::from_le_bytes(hash), at: place(distance) }
            }
        };
        Some(Entry {
            path: self.path.0,
            kind: kind(self.kind)?,
            type_flag: self.type_flag,
            link: self.link.0,
            size: self.size,
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            modified: Timestamp { seconds: self.seconds, nanos: self.nanos },
            device: self.device,
            xattrs: self.xattrs.map(u128::from_le_bytes),
            content,
        })
    }
}

fn number(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::Directory => 0,
        EntryKind::File => 1,
        EntryKind::HardLink => 2,
        EntryKind::Symlink => 3,
        EntryKind::CharDevice => 4,
        EntryKind::BlockDevice => 5,
        EntryKind::Fifo => 6,
        EntryKind::Unknown => 7,
    }
}

fn kind(number: u8) -> Option<EntryKind> {
    Some(match number {
        0 => EntryKind::Directory,
        1 => EntryKind::File,
        2 => EntryKind::HardLink,
        3 => EntryKind::Symlink,
        4 => EntryKind::CharDevice,
        5 => EntryKind::BlockDevice,
        6 => EntryKind::Fifo,
        7 => EntryKind::Unknown,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails when the form changes: then the version of the format in `mod.rs` must, too.
    #[test]
    fn the_form_is_that_of_its_version() {
        let entry = Entry {
            path: b"a/b",
            kind: EntryKind::File,
            type_flag: b'0',
            link: b"c",
            size: 300,
            mode: 0o644,
            uid: 1,
            gid: 2,
            modified: Timestamp { seconds: -1, nanos: 5 },
            device: (3, 4),
            xattrs: Some(7),
            content: Content::Sparse { hash: 9, at: 1024 },
        };
        let mut last = 512;
        let bytes = postcard::to_stdvec(&WrittenEntry::of(&entry, &mut last)).expect("written");
        let names = [1, 1, b'0', 3, b'a', b'/', b'b', 1, b'c'];
        let numbers = [0xac, 2, 0xa4, 3, 1, 2, 1, 5, 3, 4];
        let hash = |byte| [&[byte][..], &[0; 15]].concat();
        let expected = [&names[..], &numbers, &[1], &hash(7), &[2], &hash(9), &[0x80, 4]].concat();
        assert_eq!((crate::cache::FORMAT, bytes, last), (2, expected, 1024));
    }

    #[test]
    fn every_kind_has_its_number() {
        for written in 0..=u8::MAX {
            let read = kind(written);
            assert!(read.is_none_or(|kind| number(kind) == written), "{written}: {read:?}");
        }
        assert_eq!((0..=u8::MAX).filter_map(kind).count(), 8);
    }
}

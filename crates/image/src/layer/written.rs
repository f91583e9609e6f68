//! The encoding of one entry in an index.
//!
//! Names are borrowed from the block. The start of a content is encoded as the distance from the
//! previous one, which is a small and repeating number.

use dockopt_core::entry::{Content, Entry, Metadata};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An entry in encoded form.
#[derive(Serialize, Deserialize)]
pub(super) struct WrittenEntry<'a> {
    metadata: Metadata,
    #[serde(borrow)]
    path: Bytes<'a>,
    #[serde(borrow)]
    link: Bytes<'a>,
    content: WrittenContent,
}

#[derive(Serialize, Deserialize)]
enum WrittenContent {
    None,
    Hashed([u8; 16], u64),
    Sparse([u8; 16], u64),
}

/// Bytes, borrowed from the block.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

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
    /// Encodes an entry; `None` if its content is not hashed yet. `last` is the start of the
    /// previous content.
    pub(super) fn of(entry: &Entry<'a>, last: &mut u64) -> Option<Self> {
        let mut distance = |at: u64| at.wrapping_sub(std::mem::replace(last, at));
        let content = match entry.content {
            Content::None => WrittenContent::None,
            Content::At(_) => return None,
            Content::Hashed { hash, at } => WrittenContent::Hashed(hash.to_le_bytes(), distance(at)),
            Content::Sparse { hash, at } => WrittenContent::Sparse(hash.to_le_bytes(), distance(at)),
        };
        Some(Self { metadata: entry.metadata, path: Bytes(entry.path), link: Bytes(entry.link), content })
    }

    /// Decodes the entry.
    pub(super) fn entry(&self, last: &mut u64) -> Entry<'a> {
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
        Entry { path: self.path.0, link: self.link.0, metadata: self.metadata, content }
    }
}

#[cfg(test)]
mod tests {
    use dockopt_core::entry::{EntryKind, Timestamp};

    use super::*;
    use crate::layer::testing::KINDS;

    /// Fails when the encoding changes; `FORMAT` in `cache/frame.rs` must then change too.
    #[test]
    fn encoding_matches_its_format_version() {
        let metadata = Metadata {
            size: 300,
            mode: 0o644,
            uid: 1,
            gid: 2,
            modified: Timestamp { seconds: -1, nanos: 5 },
            device: (3, 4),
            xattrs: Some(7),
            ..Metadata::new(EntryKind::File)
        };
        let content = Content::Sparse { hash: 9, at: 1024 };
        let entry = Entry { path: b"a/b", link: b"c", metadata, content };
        let mut last = 512;
        let bytes = postcard::to_stdvec(&WrittenEntry::of(&entry, &mut last)).expect("written");
        let numbers = [1, b'0', 0xac, 2, 0xa4, 3, 1, 2, 1, 5, 3, 4];
        let names = [3, b'a', b'/', b'b', 1, b'c'];
        let hash = |byte| [&[byte][..], &[0; 15]].concat();
        let expected = [&[1][..], &numbers, &[1], &hash(7), &names, &[2], &hash(9), &[0x80, 4]].concat();
        assert_eq!((crate::cache::FORMAT, bytes, last), (7, expected, 1024));
    }

    #[test]
    fn kinds_are_encoded_as_their_numbers() {
        for (number, kind) in (0..).zip(KINDS) {
            assert_eq!(postcard::to_stdvec(&kind), Ok(vec![number]));
            assert_eq!(postcard::from_bytes(&[number]), Ok(kind));
        }
        assert!(postcard::from_bytes::<EntryKind>(&[8]).is_err());
    }
}

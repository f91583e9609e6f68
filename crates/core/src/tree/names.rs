//! Interned byte strings: path components, link targets, digests of extended attributes.
//!
//! An image of a million files has far fewer distinct names. Each is stored once in one growing
//! buffer and has a 32-bit number.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Limit for all names together: 1 GiB, about fifty times what a million files need.
const MAX_BYTES: usize = 1024 * 1024 * 1024;

/// A name in [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NameId(pub(crate) u32);

impl NameId {
    /// The empty name; always present.
    pub(crate) const EMPTY: Self = Self(0);
}

#[derive(Clone, Debug)]
pub(crate) struct Names {
    bytes: Vec<u8>,
    /// The end of each name in `bytes`; a name starts where the previous one ends.
    ends: Vec<u32>,
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Names {
    pub(crate) fn new() -> Self {
        let mut names = Self {
            bytes: Vec::new(),
            ends: Vec::new(),
            table: HashTable::new(),
            hasher: RandomState::default(),
        };
        names.intern(b"");
        names
    }

    /// Finds or adds a name; `None` if there is no room for it.
    pub(crate) fn intern(&mut self, name: &[u8]) -> Option<NameId> {
        let hash = self.hasher.hash_one(name);
        if let Some(id) = self.table.find(hash, |&id| slice(&self.bytes, &self.ends, id) == name) {
            return Some(NameId(*id));
        }
        let end = self.bytes.len() + name.len();
        let end = u32::try_from(end).ok().filter(|_| end <= MAX_BYTES)?;
        let id = u32::try_from(self.ends.len()).ok()?;
        self.bytes.extend_from_slice(name);
        self.ends.push(end);
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.table.insert_unique(hash, id, |&id| hasher.hash_one(slice(bytes, ends, id)));
        Some(NameId(id))
    }

    /// Finds a name; `None` if it was never added.
    pub(crate) fn find(&self, name: &[u8]) -> Option<NameId> {
        let hash = self.hasher.hash_one(name);
        self.table.find(hash, |&id| slice(&self.bytes, &self.ends, id) == name).map(|&id| NameId(id))
    }

    pub(crate) fn get(&self, id: NameId) -> &[u8] {
        slice(&self.bytes, &self.ends, id.0)
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[u32], id: u32) -> &'a [u8] {
    let id = id as usize;
    let start = id.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(id).copied().unwrap_or(0);
    bytes.get(start as usize..end as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_stored_once_and_found_again() {
        let mut names = Names::new();
        let first = names.intern(b"usr").expect("room");
        assert_eq!(names.intern(b"usr"), Some(first));
        assert_ne!(names.intern(b"lib"), Some(first));
        assert_eq!(names.get(first), b"usr");
        assert_eq!(names.find(b"lib").map(|id| names.get(id)), Some(&b"lib"[..]));
        assert_eq!(names.find(b"bin"), None);
        assert_eq!(names.get(NameId::EMPTY), b"");
    }
}

//! The frame of every file in the cache: a header of fixed length that describes the payload, and a
//! checksum.
//!
//! The checksum covers the name of the file, the header and the payload, and is seeded. It fails
//! for a file that was truncated, changed, renamed or written with another seed.

use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use crate::bytes::hash::HashSeed;

/// Version of the contents of all files. Increment it with every change of the contents: files of
/// older versions are then never found again, and are eventually pruned.
pub(crate) const FORMAT: u16 = 7;
const MAGIC: &[u8; 8] = b"dockopt\x1c";
/// Magic, format, kind, fingerprint of the seed, length of the payload.
const FIELDS: usize = 8 + 2 + 1 + 8 + 8;
/// Length of the header in bytes.
pub(super) const HEADER: usize = FIELDS + 16;

/// Kind of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// The index of a layer.
    Layer = 1,
    /// Any small document.
    Record = 2,
}

/// The name of a file in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name(pub(super) [u8; 32]);

impl Name {
    /// Returns the path of the file, relative to the directory of all files.
    pub(super) fn path(self) -> PathBuf {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        let directory: String = text.chars().take(2).collect();
        PathBuf::from(directory).join(text)
    }

    /// Parses the name of a file.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut name = [0; 32];
        if text.len() != 64 || text.bytes().any(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        for (index, byte) in name.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self(name))
    }
}

/// The expected identity of a file.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) name: Name,
    pub(super) kind: Kind,
    pub(super) seed: HashSeed,
}

impl Frame {
    /// Returns the header for a payload given in parts.
    pub(super) fn header(&self, payload: &[&[u8]]) -> Vec<u8> {
        let length = payload.iter().map(|part| part.len() as u64).sum();
        let mut header = self.fields(length);
        header.extend(self.checksum(&header, payload));
        header
    }

    /// Returns the payload of a file of `length` bytes, if the file matches the frame.
    pub(super) fn read(&self, mut file: impl Read, length: u64, limit: u64) -> Option<Vec<u8>> {
        let length = length.checked_sub(HEADER as u64).filter(|&length| length <= limit)?;
        let fields = self.fields(length);
        let mut header = [0; HEADER];
        file.read_exact(&mut header).ok()?;
        let (found, checksum) = header.split_at_checked(FIELDS)?;
        if found != fields {
            return None;
        }
        let mut payload = vec![0; usize::try_from(length).ok()?];
        file.read_exact(&mut payload).ok()?;
        (checksum == self.checksum(&fields, &[&payload])).then_some(payload)
    }

    fn fields(&self, length: u64) -> Vec<u8> {
        let mut fields = Vec::with_capacity(HEADER);
        fields.extend(MAGIC);
        fields.extend(FORMAT.to_le_bytes());
        fields.push(self.kind as u8);
        fields.extend(xxh3_64_with_seed(MAGIC, self.seed.0).to_le_bytes());
        fields.extend(length.to_le_bytes());
        fields
    }

    fn checksum(&self, fields: &[u8], payload: &[&[u8]]) -> [u8; 16] {
        let mut state = Box::new(Xxh3::with_seed(self.seed.0));
        state.update(&self.name.0);
        state.update(fields);
        for part in payload {
            state.update(part);
        }
        state.digest128().to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        let name = Name(std::array::from_fn(|index| u8::try_from(index * 8).expect("small")));
        let path = name.path();
        assert!(path.starts_with("00"), "{}", path.display());
        let text = path.file_name().and_then(|text| text.to_str()).expect("text");
        assert_eq!(Name::of(text), Some(name));
        for wrong in
            ["", "00", &text.to_uppercase(), &text.replace('8', "g"), &format!("{text}0"), &"é".repeat(32)]
        {
            assert_eq!(Name::of(wrong), None, "{wrong}");
        }
    }
}

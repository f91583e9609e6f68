//! A member of an exported tar: its header, preceded by PAX records for what the header cannot
//! hold.

use std::io::{self, Write};

use dockopt_core::entry::{EntryKind, Timestamp};
use dockopt_core::tree::EntryFacts;
use tar::{EntryType, Header};

use super::plan::IMPLIED;
use crate::contents::Attributes;
use crate::tar::BLOCK_SIZE;

/// Bytes for a name or for a link target in a header.
const NAME_FIELD: usize = 100;
/// The first owner and device number that exceeds the octal digits of a header.
const TOO_LARGE_NUMBER: u32 = 1 << 21;
/// The first size and time that exceeds them.
const TOO_LARGE_SIZE: u64 = 1 << 33;

/// A member without its data.
pub(super) struct Member {
    header: Header,
    /// Keys and values.
    records: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Member {
    /// Creates a member with the attributes of an entry.
    pub(super) fn new(name: &[u8], facts: &EntryFacts<'_>, attributes: Option<&Attributes>) -> Self {
        let mut member = Self::plain(name, facts);
        let (entry_type, size) = match facts.metadata.kind {
            EntryKind::Directory => (EntryType::Directory, 0),
            EntryKind::Symlink => (EntryType::Symlink, 0),
            EntryKind::CharDevice => (EntryType::Char, 0),
            EntryKind::BlockDevice => (EntryType::Block, 0),
            EntryKind::Fifo => (EntryType::Fifo, 0),
            EntryKind::File | EntryKind::HardLink | EntryKind::Unknown => {
                (EntryType::Regular, facts.metadata.size)
            }
        };
        member.header.set_entry_type(entry_type);
        member.set_size(size);
        if facts.metadata.kind == EntryKind::Symlink {
            member.set_link(facts.link);
        }
        let (major, minor) = match facts.metadata.kind {
            EntryKind::CharDevice | EntryKind::BlockDevice => facts.metadata.device,
            _ => (0, 0),
        };
        member.set_device(major, minor);
        member.records.extend(attributes.into_iter().flatten().cloned());
        member
    }

    /// Creates a hard link to an earlier member.
    pub(super) fn hard_link(name: &[u8], first: &[u8], facts: &EntryFacts<'_>) -> Self {
        let mut member = Self::plain(name, facts);
        member.header.set_entry_type(EntryType::Link);
        member.header.set_size(0);
        member.set_device(0, 0);
        member.set_link(first);
        member
    }

    /// Creates a directory that no layer lists, as engines do but without a time.
    pub(super) fn implied_directory(name: &[u8]) -> Self {
        let mut member = Self { header: Header::new_ustar(), records: Vec::new() };
        member.set_name(name);
        member.header.set_entry_type(EntryType::Directory);
        member.header.set_mode(IMPLIED);
        member.set_owner(0, 0);
        member.set_time(Timestamp::default());
        member.set_device(0, 0);
        member.header.set_size(0);
        member
    }

    fn plain(name: &[u8], facts: &EntryFacts<'_>) -> Self {
        let mut member = Self { header: Header::new_ustar(), records: Vec::new() };
        member.set_name(name);
        member.header.set_mode(facts.metadata.mode & 0o7777);
        member.set_owner(facts.metadata.uid, facts.metadata.gid);
        member.set_time(facts.metadata.modified);
        member
    }

    /// Writes the records, if any, and the header.
    pub(super) fn write(mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.records.is_empty() {
            let mut bytes = Vec::new();
            for (key, value) in &self.records {
                push_record(&mut bytes, key, value);
            }
            let mut header = Header::new_ustar();
            header.set_entry_type(EntryType::XHeader);
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            bytes.resize(bytes.len().next_multiple_of(BLOCK_SIZE), 0);
            out.write_all(header.as_bytes())?;
            out.write_all(&bytes)?;
        }
        self.header.set_cksum();
        out.write_all(self.header.as_bytes())
    }

    fn record(&mut self, key: &str, value: impl Into<Vec<u8>>) {
        self.records.push((key.into(), value.into()));
    }

    /// Adds a text record. Records should be UTF-8; the first one that is not marks all as binary.
    fn text_record(&mut self, key: &str, value: &[u8]) {
        let charset = b"hdrcharset";
        let is_binary = std::str::from_utf8(value).is_err();
        if is_binary && !self.records.iter().any(|(key, _)| key == charset) {
            self.records.insert(0, (charset.to_vec(), b"BINARY".to_vec()));
        }
        self.record(key, value);
    }

    fn set_name(&mut self, name: &[u8]) {
        if !copy_into(&mut self.header.as_old_mut().name, name) {
            self.text_record("path", name);
        }
    }

    fn set_link(&mut self, target: &[u8]) {
        if !copy_into(&mut self.header.as_old_mut().linkname, target) {
            self.text_record("linkpath", target);
        }
    }

    fn set_size(&mut self, size: u64) {
        self.header.set_size(size);
        if size >= TOO_LARGE_SIZE {
            self.record("size", size.to_string());
        }
    }

    fn set_owner(&mut self, uid: u32, gid: u32) {
        self.header.set_uid(uid.into());
        self.header.set_gid(gid.into());
        for (key, id) in [("uid", uid), ("gid", gid)] {
            if id >= TOO_LARGE_NUMBER {
                self.record(key, id.to_string());
            }
        }
    }

    fn set_time(&mut self, modified: Timestamp) {
        let seconds = u64::try_from(modified.seconds).ok().filter(|seconds| *seconds < TOO_LARGE_SIZE);
        self.header.set_mtime(seconds.unwrap_or(0));
        if seconds.is_none() || modified.nanos > 0 {
            self.record("mtime", decimal(modified));
        }
    }

    fn set_device(&mut self, major: u32, minor: u32) {
        for (key, number) in [("SCHILY.devmajor", major), ("SCHILY.devminor", minor)] {
            if number >= TOO_LARGE_NUMBER {
                self.record(key, number.to_string());
            }
        }
        if let Some(header) = self.header.as_ustar_mut() {
            header.set_device_major(major & (TOO_LARGE_NUMBER - 1));
            header.set_device_minor(minor & (TOO_LARGE_NUMBER - 1));
        }
    }
}

/// Fills a field. Returns false if a reader could misread the field, because the text is too long
/// or not ASCII.
fn copy_into(field: &mut [u8; NAME_FIELD], text: &[u8]) -> bool {
    for (place, byte) in field.iter_mut().zip(text) {
        *place = *byte;
    }
    text.len() <= NAME_FIELD && text.is_ascii()
}

/// Formats seconds with a fraction. The nanoseconds of a time before 1970 count upwards from the
/// second before it.
fn decimal(time: Timestamp) -> String {
    let (sign, seconds, nanos) = match (time.seconds, time.nanos) {
        (..0, 1..) => ("-", (time.seconds + 1).unsigned_abs(), 1_000_000_000 - time.nanos),
        (..0, 0) => ("-", time.seconds.unsigned_abs(), 0),
        _ => ("", time.seconds.unsigned_abs(), time.nanos),
    };
    let fraction = if nanos == 0 { String::new() } else { format!(".{nanos:09}") };
    format!("{sign}{seconds}{}", fraction.trim_end_matches('0'))
}

/// Appends `LENGTH KEY=VALUE\n`; the length includes its own digits.
fn push_record(records: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(length.to_string().as_bytes());
    for part in [&b" "[..], key, b"=", value, b"\n"] {
        records.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_counts_the_digits_of_its_own_length() {
        for (value, length) in [(0, 5), (3, 8), (4, 9), (5, 11), (90, 96), (92, 98), (93, 99), (94, 101)] {
            let mut records = Vec::new();
            push_record(&mut records, b"k", &vec![b'v'; value]);
            assert_eq!(records.len(), length, "{value}");
            assert!(records.starts_with(format!("{length} k=").as_bytes()), "{value}");
        }
    }

    #[test]
    fn times_before_1970_are_negative_decimals() {
        for (seconds, nanos, text) in [
            (0, 500_000_000, "0.5"),
            (12, 1, "12.000000001"),
            (-1, 750_000_000, "-0.25"),
            (-2, 750_000_000, "-1.25"),
            (-5, 0, "-5"),
            (10, 0, "10"),
            (i64::MIN, 0, "-9223372036854775808"),
        ] {
            assert_eq!(decimal(Timestamp { seconds, nanos }), text);
        }
    }
}

//! Zip archives (PKWARE's APPNOTE): the list of members at the end, and the content of some.
//!
//! Sizes and offsets are claims of the archive. The list is read up to a limit, and so is each
//! content, whatever its size is said to be.

use std::io::Read;

use flate2::read::DeflateDecoder;

use super::content::{Content, length, position};
use super::values::Values;

/// The start and length of the end record, and the most bytes at the end that may contain it: a
/// comment may follow.
const END: &[u8] = b"PK\x05\x06";
const RECORD: usize = 22;
const TAIL: usize = RECORD + 65_535;
/// The most bytes of the list of members.
const DIRECTORY: usize = 4 * 1024 * 1024;
/// Bytes of a row of the list, and of the header before a member's content.
const ROW: usize = 46;
const HEADER: u64 = 30;
/// The methods of compression.
const STORED: u64 = 0;
const DEFLATED: u64 = 8;

/// An archive.
pub(crate) struct Zip {
    pub(crate) members: Vec<Member>,
    /// Bytes before the archive, such as a shell script.
    before: u64,
}

/// A member of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    method: u64,
    /// Bytes of the compressed content.
    packed: u64,
    /// The offset of its header.
    header: u64,
}

impl Zip {
    /// Reads the list of members; `None` if there is none.
    pub(crate) fn read<C: Content>(content: &mut C) -> Result<Option<Self>, C::Error> {
        // Most archives have no comment.
        match Self::read_with(content, RECORD)? {
            None => Self::read_with(content, TAIL),
            found => Ok(found),
        }
    }

    /// Reads the list whose end record is in the last bytes.
    fn read_with<C: Content>(content: &mut C, tail: usize) -> Result<Option<Self>, C::Error> {
        let start = content.size().saturating_sub(length(tail));
        let tail = content.read(start, tail)?;
        let Some(at) = tail.windows(4).rposition(|bytes| bytes == END) else { return Ok(None) };
        let record = Values::little(tail.get(at..).unwrap_or_default());
        let (Some(size), Some(offset)) = (record.u32(12), record.u32(16)) else { return Ok(None) };
        let Some(directory) = (start + length(at)).checked_sub(size) else { return Ok(None) };
        let before = directory.saturating_sub(offset);
        let rows = content.read(directory, position(size).min(DIRECTORY))?;
        Ok(Some(Self { members: members(&rows), before }))
    }

    /// Returns where the content of a member that is not compressed is.
    pub(crate) fn stored<C: Content>(
        &self,
        content: &mut C,
        member: &Member,
    ) -> Result<Option<(u64, u64)>, C::Error> {
        let start = self.start(content, member)?;
        Ok(start.filter(|_| member.method == STORED).map(|start| (start, member.packed)))
    }

    /// Returns the first `most` bytes of a member's content; none if they cannot be unpacked.
    pub(crate) fn unpack<C: Content>(
        &self,
        content: &mut C,
        member: &Member,
        most: usize,
    ) -> Result<Vec<u8>, C::Error> {
        let Some(start) = self.start(content, member)? else { return Ok(Vec::new()) };
        let packed = content.read(start, position(member.packed).min(most))?;
        if member.method != DEFLATED {
            return Ok(if member.method == STORED { packed } else { Vec::new() });
        }
        let mut unpacked = Vec::new();
        // What was unpacked before an error is kept: the end may be missing on purpose.
        let _ = DeflateDecoder::new(packed.as_slice()).take(length(most)).read_to_end(&mut unpacked);
        Ok(unpacked)
    }

    /// Returns the start of a member's content, which is after its header, name and extra fields.
    fn start<C: Content>(&self, content: &mut C, member: &Member) -> Result<Option<u64>, C::Error> {
        let header = self.before.saturating_add(member.header);
        let bytes = content.read(header, position(HEADER))?;
        let values = Values::little(&bytes);
        let lengths = values.u16(26).zip(values.u16(28)).filter(|_| bytes.starts_with(b"PK\x03\x04"));
        Ok(lengths.map(|(name, extra)| header.saturating_add(HEADER + name + extra)))
    }
}

/// Parses the list of members, up to the first row that is damaged or cut.
pub(crate) fn members(mut rows: &[u8]) -> Vec<Member> {
    let mut found = Vec::new();
    while rows.starts_with(b"PK\x01\x02") {
        let values = Values::little(rows);
        let size = |at: usize| values.u16(at).map_or(0, position);
        let (Some(method), Some(packed), Some(header), Some(name)) =
            (values.u16(10), values.u32(20), values.u32(42), rows.get(ROW..ROW + size(28)))
        else {
            break;
        };
        found.push(Member { name: name.to_vec(), method, packed, header });
        rows = rows.get(ROW + size(28) + size(30) + size(32)..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use dockopt_testkit::zip;

    use super::*;

    #[test]
    fn members_are_unpacked_up_to_a_limit() {
        let bomb = vec![b'x'; 10 << 20];
        let archive = zip(&[("a", b"stored", false), ("b", b"packed", true), ("c", &bomb, true)]);
        let content = &mut archive.as_slice();
        let zip = Zip::read(content).expect("in memory").expect("an archive");
        let unpacked: Vec<Vec<u8>> =
            zip.members.iter().map(|member| zip.unpack(content, member, 1000).expect("in memory")).collect();
        assert_eq!(unpacked, [&b"stored"[..], b"packed", &bomb[..1000]]);
    }
}

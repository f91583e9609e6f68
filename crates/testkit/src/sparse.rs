//! Sparse files in the four formats of GNU tar (GNU tar manual, "Storing Sparse Files").
//!
//! A file has a logical size and segments of data; everything between them is a hole and is not
//! stored. As in GNU tar, an empty segment at the logical size ends the map of a file that ends in
//! a hole. Segments other than the last should be whole blocks of 512 bytes, as on real disks;
//! readers rely on it.

use crate::entry::{BLOCK, HeaderFormat, RawEntry, pad};

/// The format of a sparse file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SparseFormat {
    /// Old GNU: type flag `S`, four segments in the header, 21 in each extension block.
    Gnu,
    /// PAX 0.0: one pair of `GNU.sparse.offset` and `GNU.sparse.numbytes` records for each segment.
    Pax00,
    /// PAX 0.1: all segments in one `GNU.sparse.map` record; the header has a made-up name.
    Pax01,
    /// PAX 1.0: the map comes before the data and is part of the stored size.
    Pax10,
}

/// A file with holes.
#[derive(Clone, Debug)]
#[must_use]
pub struct SparseFile {
    logical_size: u64,
    segments: Vec<(u64, Vec<u8>)>,
}

impl SparseFile {
    /// Creates a file of this many bytes that is one hole.
    pub fn new(logical_size: u64) -> Self {
        Self { logical_size, segments: Vec::new() }
    }

    /// Adds data at an offset; segments are written in call order.
    pub fn segment(mut self, offset: u64, data: impl AsRef<[u8]>) -> Self {
        self.segments.push((offset, data.as_ref().to_vec()));
        self
    }

    /// Returns offsets and lengths, with the empty segment that ends a trailing hole.
    fn map(&self) -> Vec<(u64, u64)> {
        let mut map: Vec<_> =
            self.segments.iter().map(|(offset, data)| (*offset, data.len() as u64)).collect();
        let end = map.last().map_or(0, |(offset, length)| offset + length);
        if end < self.logical_size || map.is_empty() {
            map.push((self.logical_size, 0));
        }
        map
    }

    /// Returns the bytes of all segments, concatenated.
    fn stored(&self) -> Vec<u8> {
        self.segments.iter().flat_map(|(_, data)| data.iter().copied()).collect()
    }

    /// Returns the old GNU member, extension blocks included.
    pub(crate) fn gnu_member(&self, name: &[u8]) -> Vec<u8> {
        let map = self.map();
        let stored = self.stored();
        let entry = RawEntry::new(b'S', &name[..name.len().min(100)]);
        let entry = entry.format(HeaderFormat::Gnu).size(stored.len() as u64);
        let mut header = tar::Header::new_gnu();
        *header.as_mut_bytes() = entry.header();
        let (first, rest) = map.split_at(map.len().min(4));
        let fields = header.as_mut_bytes();
        write_segments(&mut fields[386..482], first);
        fields[482] = u8::from(!rest.is_empty());
        fields[483..495].copy_from_slice(&octal(self.logical_size));
        header.set_cksum();
        let mut out = header.as_bytes().to_vec();
        for (index, segments) in rest.chunks(21).enumerate() {
            let mut block = [0; BLOCK];
            write_segments(&mut block[..504], segments);
            block[504] = u8::from((index + 1) * 21 < rest.len());
            out.extend_from_slice(&block);
        }
        out.extend_from_slice(&stored);
        pad(&mut out);
        out
    }

    /// Returns the PAX records and the member of one of the PAX formats.
    pub(crate) fn pax_member(&self, name: &[u8], format: SparseFormat) -> (Vec<(String, Vec<u8>)>, RawEntry) {
        let mut records = Vec::new();
        let mut add = |key: &str, value: &[u8]| {
            records.push((format!("GNU.sparse.{key}"), value.to_vec()));
        };
        let map = self.map();
        let size = self.logical_size.to_string();
        if format == SparseFormat::Pax10 {
            add("major", b"1");
            add("minor", b"0");
            add("name", name);
            add("realsize", size.as_bytes());
            let mut data = map_text(&map, "\n").into_bytes();
            data = [format!("{}\n", map.len()).as_bytes(), &data, b"\n"].concat();
            pad(&mut data);
            data.extend_from_slice(&self.stored());
            return (records, RawEntry::new(b'0', stand_in(name)).data(data));
        }
        add("size", size.as_bytes());
        add("numblocks", map.len().to_string().as_bytes());
        let member = RawEntry::new(b'0', name).data(self.stored());
        if format == SparseFormat::Pax00 {
            for (offset, length) in map {
                add("offset", offset.to_string().as_bytes());
                add("numbytes", length.to_string().as_bytes());
            }
            return (records, member);
        }
        add("name", name);
        add("map", map_text(&map, ",").as_bytes());
        let member = RawEntry::new(b'0', stand_in(name)).data(self.stored());
        (records, member)
    }
}

/// Returns the name that GNU tar puts in the header of a sparse member whose real name is in a PAX
/// record.
fn stand_in(name: &[u8]) -> Vec<u8> {
    let (folder, base) = match name.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&name[..slash], &name[slash + 1..]),
        None => (&b"."[..], name),
    };
    let mut text = [folder, b"/GNUSparseFile.1/", base].concat();
    text.truncate(100);
    text
}

fn map_text(map: &[(u64, u64)], separator: &str) -> String {
    let numbers = map.iter().flat_map(|(offset, length)| [*offset, *length]);
    let numbers: Vec<_> = numbers.map(|number| number.to_string()).collect();
    numbers.join(separator)
}

fn write_segments(fields: &mut [u8], segments: &[(u64, u64)]) {
    for (field, (offset, length)) in fields.chunks_exact_mut(24).zip(segments) {
        field[..12].copy_from_slice(&octal(*offset));
        field[12..].copy_from_slice(&octal(*length));
    }
}

/// Returns a number in twelve bytes: eleven octal digits, or base 256 if they do not suffice.
fn octal(number: u64) -> [u8; 12] {
    let mut field = [0; 12];
    if number < 1 << 33 {
        field[..11].copy_from_slice(format!("{number:011o}").as_bytes());
    } else {
        field[4..].copy_from_slice(&number.to_be_bytes());
        field[0] = 0x80;
    }
    field
}

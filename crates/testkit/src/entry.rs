//! One tar member, header field by header field.
//!
//! The `tar` crate fills in the numbers and the checksum. Names are copied by hand, because the
//! crate refuses the names of hostile layers (`..`, a leading `/`, NUL bytes). The size in the
//! header and the data after it are independent, so either may be wrong.

use tar::{EntryType, Header};

use crate::meta::Meta;

/// The size of a tar block in bytes.
pub(crate) const BLOCK: usize = 512;

/// The size of the name field, and of the field for a link's target, in a header.
pub(crate) const NAME_FIELD: usize = 100;

/// The header format of a tar member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFormat {
    /// The header of Unix version 7: no magic, no device numbers.
    V7,
    /// POSIX `ustar`, the base of PAX.
    Ustar,
    /// GNU tar's own (`ustar  `).
    Gnu,
}

#[derive(Clone, Debug)]
enum SizeField {
    OfData,
    Number(u64),
    Raw([u8; 12]),
}

/// A tar member with any value in any field, valid or not.
#[derive(Clone, Debug)]
#[must_use]
pub struct RawEntry {
    pub(crate) typeflag: u8,
    pub(crate) name: Vec<u8>,
    pub(crate) link: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) meta: Meta,
    size: SizeField,
    format: HeaderFormat,
    prefix: Vec<u8>,
    device: Option<(u32, u32)>,
    checksum: Option<[u8; 8]>,
}

impl RawEntry {
    /// Creates a member with this type flag (`b'0'` a file, `b'5'` a directory, …) and exactly this
    /// name.
    pub fn new(typeflag: u8, name: impl AsRef<[u8]>) -> Self {
        Self {
            typeflag,
            name: name.as_ref().to_vec(),
            link: Vec::new(),
            data: Vec::new(),
            meta: Meta::default(),
            size: SizeField::OfData,
            format: HeaderFormat::Ustar,
            prefix: Vec::new(),
            device: None,
            checksum: None,
        }
    }

    /// Sets the target of a link.
    pub fn link(mut self, target: impl AsRef<[u8]>) -> Self {
        self.link = target.as_ref().to_vec();
        self
    }

    /// Sets the data after the header, padded to whole blocks. The size field is their length
    /// unless set.
    pub fn data(mut self, data: impl AsRef<[u8]>) -> Self {
        self.data = data.as_ref().to_vec();
        self
    }

    /// Sets mode, owner, times and extended attributes.
    pub fn meta(mut self, meta: Meta) -> Self {
        self.meta = meta;
        self
    }

    /// Sets the size field in bytes, independently of the data: octal, or base 256 from 8 GiB on.
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = SizeField::Number(bytes);
        self
    }

    /// Sets the size field in base 256, as GNU tar writes large sizes; it may be negative.
    pub fn base256_size(self, bytes: i64) -> Self {
        let mut field = [if bytes < 0 { 0xff } else { 0 }; 12];
        field[4..].copy_from_slice(&bytes.to_be_bytes());
        field[0] |= 0x80;
        self.raw_size(field)
    }

    /// Sets the size field to these bytes.
    pub fn raw_size(mut self, field: [u8; 12]) -> Self {
        self.size = SizeField::Raw(field);
        self
    }

    /// Sets the header format; [`HeaderFormat::Ustar`] by default.
    pub fn format(mut self, format: HeaderFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets the `ustar` prefix field, at most 155 bytes: the part of the path before a slash and
    /// the name.
    pub fn prefix(mut self, prefix: impl AsRef<[u8]>) -> Self {
        self.prefix = prefix.as_ref().to_vec();
        self
    }

    /// Sets the device numbers.
    pub fn device(mut self, major: u32, minor: u32) -> Self {
        self.device = Some((major, minor));
        self
    }

    /// Replaces the checksum with these bytes.
    pub fn raw_checksum(mut self, field: [u8; 8]) -> Self {
        self.checksum = Some(field);
        self
    }

    /// Returns the 512 bytes of the header; a name or target that is too long is cut.
    pub fn header(&self) -> [u8; BLOCK] {
        let mut header = match self.format {
            HeaderFormat::V7 => Header::new_old(),
            HeaderFormat::Ustar => Header::new_ustar(),
            HeaderFormat::Gnu => Header::new_gnu(),
        };
        self.fill_names(header.as_mut_bytes());
        header.set_entry_type(EntryType::new(self.typeflag));
        header.set_mode(self.meta.mode.unwrap_or(match self.typeflag {
            b'5' => 0o755,
            b'2' => 0o777,
            _ => 0o644,
        }));
        header.set_uid(self.meta.uid);
        header.set_gid(self.meta.gid);
        header.set_mtime(self.meta.mtime);
        match self.size {
            SizeField::OfData => header.set_size(self.data.len() as u64),
            SizeField::Number(bytes) => header.set_size(bytes),
            SizeField::Raw(field) => header.as_mut_bytes()[124..136].copy_from_slice(&field),
        }
        if let (Some((major, minor)), true) = (self.device, self.format != HeaderFormat::V7) {
            header.set_device_major(major).unwrap();
            header.set_device_minor(minor).unwrap();
        }
        header.set_cksum();
        if let Some(field) = self.checksum {
            header.as_mut_bytes()[148..156].copy_from_slice(&field);
        }
        *header.as_bytes()
    }

    fn fill_names(&self, header: &mut [u8; BLOCK]) {
        let name = &self.name[..self.name.len().min(NAME_FIELD)];
        header[..name.len()].copy_from_slice(name);
        let link = &self.link[..self.link.len().min(NAME_FIELD)];
        header[157..157 + link.len()].copy_from_slice(link);
        assert!(self.prefix.len() <= 155, "the prefix field has 155 bytes");
        header[345..345 + self.prefix.len()].copy_from_slice(&self.prefix);
    }

    /// Writes header, data and padding.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.header());
        out.extend_from_slice(&self.data);
        pad(out);
    }
}

/// Pads to a whole number of blocks.
pub(crate) fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_256_holds_negative_sizes() {
        let header = RawEntry::new(b'0', "f").base256_size(-1).header();
        assert_eq!(header[124..136], [0xff; 12]);
        let header = RawEntry::new(b'0', "f").base256_size(1 << 33).header();
        let header = Header::from_byte_slice(&header);
        assert_eq!(header.size().unwrap(), 1 << 33);
    }

    #[test]
    fn a_v7_header_has_no_magic() {
        let header = RawEntry::new(b'0', "f").format(HeaderFormat::V7).header();
        assert_eq!(header[257..265], [0; 8]);
    }

    #[test]
    fn checksum_is_correct_unless_set() {
        let entry = RawEntry::new(b'0', "/../f");
        let bytes = entry.header();
        let header = Header::from_byte_slice(&bytes);
        let sum: u32 =
            bytes[..148].iter().chain(b"        ").chain(&bytes[156..]).map(|byte| u32::from(*byte)).sum();
        assert_eq!(header.cksum().unwrap(), sum);
        let wrong = entry.raw_checksum(*b"00000000").header();
        assert_eq!(&wrong[148..156], b"00000000");
    }
}

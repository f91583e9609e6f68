//! Walks the members of a tar from any input.
//!
//! The `tar` crate decodes header fields. The walk itself is implemented here because layers are
//! untrusted and the crate's iterator (0.4.46) seeks past the end of a truncated file without an
//! error, reads extension headers of any length into memory, splits PAX records at line breaks
//! inside binary values (capabilities), and takes the sizes of sparse members from the wrong place.
//! The crate remains the oracle in tests.
//!
//! Where standards are ambiguous, this follows Go's `archive/tar`, because engines unpack with it:
//! links and directories never have data, a GNU long name takes precedence over a PAX path, and
//! global headers are skipped.

use std::io::{self, Read};

use ::tar::Header;
use dockopt_core::entry::{EntryKind, Metadata, Timestamp};

use super::error::{TarError, TarErrorKind};
use super::member::{End, Member};
use super::pax::Extensions;
use crate::bytes::hash::Hasher;
use crate::bytes::sniff::has_valid_checksum;
use crate::bytes::window::Input;

/// Length of a tar block in bytes.
pub(crate) const BLOCK: u64 = 512;
pub(crate) const BLOCK_SIZE: usize = 512;
/// Largest accepted extension header (a long name, a set of PAX records): 1 MiB.
const MAX_EXTENSION: u64 = 1024 * 1024;

/// Reads members one after another.
pub(crate) struct Walker<I> {
    pub(super) input: I,
    pub(super) hasher: Hasher,
    /// Bytes read or skipped so far.
    pub(super) offset: u64,
    /// Start of the last header read.
    header_offset: u64,
    /// Unread data of the current member, and the padding after it.
    pub(super) data_left: u64,
    pub(super) padding: u64,
    path: Vec<u8>,
    link: Vec<u8>,
    pub(super) extensions: Extensions,
    end: Option<End>,
}

impl<I: Input> Walker<I> {
    pub(crate) fn new(input: I, hasher: Hasher) -> Self {
        Self {
            input,
            hasher,
            offset: 0,
            header_offset: 0,
            data_left: 0,
            padding: 0,
            path: Vec::new(),
            link: Vec::new(),
            extensions: Extensions::default(),
            end: None,
        }
    }

    /// Creates a walker that keeps the extended attributes of each member.
    pub(crate) fn with_attributes(input: I, hasher: Hasher) -> Self {
        let mut walker = Self::new(input, hasher);
        walker.extensions.keep_attributes();
        walker
    }

    /// Takes the current member's extended attributes, as keys and values of PAX records.
    pub(crate) fn take_attributes(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.extensions.take_attributes()
    }

    /// The current member's name as written.
    pub(crate) fn path(&self) -> &[u8] {
        &self.path
    }

    /// The current member's link target as written; empty if there is none.
    pub(crate) fn link(&self) -> &[u8] {
        &self.link
    }

    /// Returns how the tar ended, once [`Self::next`] has returned `None`.
    pub(crate) fn end(&self) -> Option<End> {
        self.end
    }

    /// Bytes read or skipped so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the rest of the input after the end.
    pub(crate) fn into_input(self) -> I {
        self.input
    }

    /// Advances to the next member.
    pub(crate) fn next(&mut self) -> Result<Option<Member>, TarError> {
        self.extensions.clear();
        while let Some(header) = self.next_header()? {
            match header.entry_type().as_byte() {
                b'x' | b'X' => self.read_pax(&header)?,
                b'L' => self.extensions.long_name = Some(self.read_extension(&header)?),
                b'K' => self.extensions.long_link = Some(self.read_extension(&header)?),
                b'g' => self.set_data(self.size_field(&header)?)?,
                _ => return self.member(&header).map(Some),
            }
        }
        if self.extensions.is_empty() {
            Ok(None)
        } else {
            Err(self.error(TarErrorKind::ExtensionWithoutMember))
        }
    }

    /// Passes the current member's data to `take`, piece by piece.
    pub(crate) fn read_data(&mut self, mut take: impl FnMut(&[u8])) -> Result<(), TarError> {
        while self.data_left > 0 {
            let wanted = usize::try_from(self.data_left).unwrap_or(usize::MAX);
            let piece = match self.input.fill_buf() {
                Ok(available) => available.get(..wanted.min(available.len())).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(self.error(TarErrorKind::Read(source))),
            };
            if piece.is_empty() {
                return Err(self.error(TarErrorKind::Truncated { missing: self.data_left }));
            }
            take(piece);
            let length = piece.len();
            self.input.consume(length);
            self.offset += length as u64;
            self.data_left -= length as u64;
        }
        Ok(())
    }

    /// Reads the next bytes of the current member's data; 0 at their end.
    pub(crate) fn read_piece(&mut self, buffer: &mut [u8]) -> Result<usize, TarError> {
        let missing = self.data_left;
        loop {
            match self.data().read(buffer) {
                Ok(0) if missing > 0 && !buffer.is_empty() => {
                    return Err(self.error(TarErrorKind::Truncated { missing }));
                }
                Ok(read) => return Ok(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.error(TarErrorKind::Read(source))),
            }
        }
    }

    /// Reads the unread data of the current member from an offset on, without moving.
    pub(crate) fn peek_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.data_left.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        self.input.peek_at(buffer.get_mut(..wanted).unwrap_or_default(), offset)
    }

    /// Returns a reader for the current member's data.
    pub(crate) fn data(&mut self) -> MemberData<'_, I> {
        MemberData { walker: self }
    }

    /// Hashes the current member's content: its data and, for a sparse file, its holes. Passes the
    /// data to `also`, piece by piece.
    pub(crate) fn hash_data(
        &mut self,
        member: &Member,
        mut also: impl FnMut(&[u8]),
    ) -> Result<u128, TarError> {
        let mut state = self.hasher.start(member.holes);
        self.read_data(|piece| {
            state.update(piece);
            also(piece);
        })?;
        Ok(state.finish())
    }

    fn next_header(&mut self) -> Result<Option<Header>, TarError> {
        if self.end.is_some() {
            return Ok(None);
        }
        self.skip_data()?;
        self.header_offset = self.offset;
        let mut header = Header::new_old();
        let read = self.read_block(header.as_mut_bytes())?;
        if read == 0 {
            self.end = Some(End::Unmarked);
            return Ok(None);
        }
        if read < BLOCK_SIZE {
            return Err(self.error(TarErrorKind::Truncated { missing: BLOCK - read as u64 }));
        }
        if header.as_bytes().iter().all(|&byte| byte == 0) {
            self.end = Some(End::Marked);
            return Ok(None);
        }
        if !has_valid_checksum(&header) {
            return Err(self.error(TarErrorKind::Checksum));
        }
        Ok(Some(header))
    }

    /// Skips the rest of the current member.
    fn skip_data(&mut self) -> Result<(), TarError> {
        let wanted = self.data_left + self.padding;
        let skipped = self.input.skip(wanted).map_err(|source| self.error(TarErrorKind::Read(source)))?;
        self.offset += skipped;
        if skipped < self.data_left {
            return Err(self.error(TarErrorKind::Truncated { missing: self.data_left - skipped }));
        }
        // A tar that ends within the padding of its last member is complete.
        (self.data_left, self.padding) = (0, 0);
        Ok(())
    }

    pub(super) fn read_block(&mut self, block: &mut [u8]) -> Result<usize, TarError> {
        let mut read = 0;
        while let Some(rest) = block.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.error(TarErrorKind::Read(source))),
            }
        }
        self.offset += read as u64;
        Ok(read)
    }

    fn read_pax(&mut self, header: &Header) -> Result<(), TarError> {
        let records = self.read_extension(header)?;
        self.extensions.read_pax(&records, &self.hasher).map_err(|kind| self.error(kind))
    }

    fn read_extension(&mut self, header: &Header) -> Result<Vec<u8>, TarError> {
        let size = self.size_field(header)?;
        if size > MAX_EXTENSION {
            return Err(self.error(TarErrorKind::ExtensionTooLarge { size }));
        }
        self.set_data(size)?;
        let mut bytes = Vec::new();
        (&mut self.input)
            .take(size)
            .read_to_end(&mut bytes)
            .map_err(|source| self.error(TarErrorKind::Read(source)))?;
        self.offset += bytes.len() as u64;
        self.data_left -= bytes.len() as u64;
        if self.data_left > 0 {
            return Err(self.error(TarErrorKind::Truncated { missing: self.data_left }));
        }
        Ok(bytes)
    }

    /// Returns the size in the header. Some writers leave the field blank for members without data;
    /// it then counts as 0.
    fn size_field(&self, header: &Header) -> Result<u64, TarError> {
        let field = &header.as_old().size;
        if is_blank(field) {
            return Ok(0);
        }
        if is_beyond_64_bits(field) {
            return Err(self.error(TarErrorKind::OutOfRange { name: "size" }));
        }
        header.entry_size().map_err(|_| self.error(TarErrorKind::Field { name: "size" }))
    }

    fn set_data(&mut self, size: u64) -> Result<(), TarError> {
        let padded = size.checked_next_multiple_of(BLOCK).and_then(|padded| self.offset.checked_add(padded));
        if padded.is_none() {
            return Err(self.error(TarErrorKind::Absurd { size }));
        }
        self.data_left = size;
        self.padding = size.next_multiple_of(BLOCK) - size;
        Ok(())
    }

    fn member(&mut self, header: &Header) -> Result<Member, TarError> {
        self.set_names(header);
        let type_flag = type_flag(header, &self.path);
        let kind = kind_of(type_flag);
        let size = match self.extensions.size {
            Some(size) => size,
            None => self.size_field(header)?,
        };
        let mut holes = self.extensions.holes;
        // Without a hole map a file is not sparse, whatever size a record claims.
        let mut logical = self.extensions.sparse_size.filter(|_| holes.is_some()).unwrap_or(size);
        if type_flag == b'S' {
            (logical, holes) = self.read_gnu_sparse(header)?;
        }
        let has_data = matches!(kind, EntryKind::File | EntryKind::Unknown);
        self.set_data(if has_data { size } else { 0 })?;
        let metadata = Metadata {
            kind,
            type_flag,
            size: logical,
            mode: header.mode().unwrap_or(0),
            uid: self.extensions.uid.unwrap_or_else(|| narrow(header.uid())),
            gid: self.extensions.gid.unwrap_or_else(|| narrow(header.gid())),
            modified: self.extensions.modified.unwrap_or_else(|| modified(header)),
            device: device(kind, header),
            xattrs: self.extensions.xattrs(),
        };
        Ok(Member { metadata, data_offset: self.offset, holes })
    }

    fn set_names(&mut self, header: &Header) {
        self.path.clear();
        match (
            &self.extensions.long_name,
            self.extensions.sparse_name.as_ref().filter(|_| self.extensions.holes.is_some()),
            &self.extensions.path,
        ) {
            (Some(name), _, _) => self.path.extend_from_slice(until_nul(name)),
            (None, Some(name), _) | (None, None, Some(name)) => self.path.extend_from_slice(name),
            (None, None, None) => self.path.extend_from_slice(&header.path_bytes()),
        }
        self.link.clear();
        match (&self.extensions.long_link, &self.extensions.link_path) {
            (Some(name), _) => self.link.extend_from_slice(until_nul(name)),
            (None, Some(name)) => self.link.extend_from_slice(name),
            (None, None) => self.link.extend_from_slice(&header.link_name_bytes().unwrap_or_default()),
        }
    }

    pub(crate) fn error(&self, kind: TarErrorKind) -> TarError {
        TarError { offset: self.header_offset, path: self.path.clone(), kind }
    }
}

/// A reader for the rest of a member's data.
pub(crate) struct MemberData<'w, I> {
    walker: &'w mut Walker<I>,
}

impl<I: Input> Read for MemberData<'_, I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.walker.data_left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.walker.input.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        self.walker.offset += read as u64;
        self.walker.data_left -= read as u64;
        Ok(read)
    }
}

/// Returns the type flag; translates the old notation of a regular file as Go does.
fn type_flag(header: &Header, path: &[u8]) -> u8 {
    match header.as_bytes().get(156).copied().unwrap_or(0) {
        0 if path.ends_with(b"/") => b'5',
        0 => b'0',
        flag => flag,
    }
}

fn kind_of(type_flag: u8) -> EntryKind {
    match type_flag {
        b'0' | b'7' | b'S' => EntryKind::File,
        b'1' => EntryKind::HardLink,
        b'2' => EntryKind::Symlink,
        b'3' => EntryKind::CharDevice,
        b'4' => EntryKind::BlockDevice,
        b'5' => EntryKind::Directory,
        b'6' => EntryKind::Fifo,
        _ => EntryKind::Unknown,
    }
}

fn is_blank(field: &[u8]) -> bool {
    field.iter().all(|byte| matches!(byte, 0 | b' '))
}

/// Returns whether a field in base 256 is negative, or exceeds the 64 bits that are decoded.
fn is_beyond_64_bits(field: &[u8; 12]) -> bool {
    let [first, rest @ .., _, _, _, _, _, _, _, _] = field;
    first & 0x80 != 0 && (first & 0x7f != 0 || rest.iter().any(|&byte| byte != 0))
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

fn narrow(id: io::Result<u64>) -> u32 {
    id.map_or(0, |id| u32::try_from(id).unwrap_or(u32::MAX))
}

fn modified(header: &Header) -> Timestamp {
    Timestamp { seconds: header.mtime().map_or(0, u64::cast_signed), nanos: 0 }
}

/// Returns major and minor number. Only devices have them; other headers leave the fields blank.
fn device(kind: EntryKind, header: &Header) -> (u32, u32) {
    if !matches!(kind, EntryKind::CharDevice | EntryKind::BlockDevice) {
        return (0, 0);
    }
    let number = |field: io::Result<Option<u32>>| field.ok().flatten().unwrap_or(0);
    (number(header.device_major()), number(header.device_minor()))
}

#[cfg(test)]
#[path = "oracle_tests.rs"]
mod oracle_tests;

#[cfg(test)]
mod tests {
    use std::io::BufRead;

    use super::*;
    use crate::bytes::window::Streamed;

    /// Two members: `a` with 600 bytes of data, `b` without data.
    fn tar() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, data) in [("a", &[7; 600][..]), ("b", &[])] {
            let mut header = Header::new_ustar();
            header.set_path(name).expect("short");
            header.set_size(data.len() as u64);
            header.set_cksum();
            bytes.extend_from_slice(header.as_bytes());
            bytes.extend_from_slice(data);
            bytes.resize(bytes.len().next_multiple_of(BLOCK_SIZE), 0);
        }
        bytes
    }

    fn walker<R: BufRead>(input: R) -> Walker<Streamed<R>> {
        Walker::new(Streamed(input), Hasher::with_seed(1))
    }

    #[test]
    fn offsets_count_from_the_start() {
        let bytes = tar();
        let mut walker = walker(&bytes[..]);
        let first = walker.next().expect("a tar").expect("a member");
        assert_eq!((walker.path(), first.data_offset, first.metadata.size), (&b"a"[..], 512, 600));
        let mut start = [0; 100];
        walker.data().read_exact(&mut start).expect("data");
        let second = walker.next().expect("a tar").expect("a member");
        assert_eq!((walker.path(), second.data_offset), (&b"b"[..], 2048));
        assert!(walker.next().expect("the end").is_none());
        assert!(walker.next().expect("still the end").is_none());
        assert_eq!((walker.end(), walker.offset()), (Some(End::Unmarked), 2048));
    }

    #[test]
    fn hash_covers_only_the_data() {
        let bytes = tar();
        let mut walker = walker(&bytes[..]);
        let member = walker.next().expect("a tar").expect("a member");
        let mut state = Hasher::with_seed(1).start(None);
        state.update(&[7; 600]);
        assert_eq!(walker.hash_data(&member, |_| {}).expect("data"), state.finish());
        assert!(walker.next().expect("a tar").is_some());
    }

    #[test]
    fn tar_may_end_in_padding_but_not_in_data() {
        let mut bytes = tar();
        bytes.truncate(512 + 600);
        let mut walker_of_all = walker(&bytes[..]);
        assert!(walker_of_all.next().expect("a tar").is_some());
        assert!(walker_of_all.next().expect("the end").is_none());
        bytes.truncate(512 + 599);
        let mut walker = walker(&bytes[..]);
        assert!(walker.next().expect("a tar").is_some());
        let error = walker.next().expect_err("one byte is missing");
        assert!(matches!(error.kind, TarErrorKind::Truncated { missing: 1 }), "{error}");
        assert_eq!(error.offset, 0);
    }

    /// A reader that is interrupted before every read.
    struct Interrupted<R> {
        input: R,
        ready: bool,
    }

    impl<R: BufRead> Interrupted<R> {
        fn interrupt(&mut self) -> io::Result<()> {
            self.ready = !self.ready;
            if self.ready { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        }
    }

    impl<R: BufRead> Read for Interrupted<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.interrupt()?;
            self.input.read(buffer)
        }
    }

    impl<R: BufRead> BufRead for Interrupted<R> {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            self.interrupt()?;
            self.input.fill_buf()
        }

        fn consume(&mut self, amount: usize) {
            self.input.consume(amount);
        }
    }

    #[test]
    fn interrupted_reads_are_retried() {
        let bytes = tar();
        for hashed in [false, true] {
            let mut walker = walker(Interrupted { input: &bytes[..], ready: false });
            let mut members = 0;
            while let Some(member) = walker.next().expect("a tar") {
                if hashed {
                    walker.hash_data(&member, |_| {}).expect("data");
                }
                members += 1;
            }
            assert_eq!(members, 2);
        }
    }

    #[test]
    fn sizes_beyond_64_bits_differ_from_large_ones() {
        let field = |first, second, last| [first, 0, 0, second, 0, 0, 0, 0, 0, 0, 0, last];
        assert!(!is_beyond_64_bits(b"00000000017\0"));
        assert!(!is_beyond_64_bits(&field(0x80, 0, 9)));
        assert!(is_beyond_64_bits(&field(0x80, 1, 9)));
        assert!(is_beyond_64_bits(&field(0x81, 0, 9)));
        assert!(is_beyond_64_bits(&[0xff; 12]));
        assert!(is_blank(b"  \0\0"));
        assert!(!is_blank(b" 0\0"));
    }
}

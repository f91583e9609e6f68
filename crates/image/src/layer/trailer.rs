//! The bytes after the end of a layer's tar.
//!
//! Writers pad with zeros to whole records. eStargz layers whose tar must not change (`BuildKit`)
//! have their table of contents as a second tar after the first. Anything else is data that no
//! engine unpacks.

use std::io::{self, ErrorKind, Read};

use ::tar::Header;

use crate::bytes::sniff::has_valid_checksum;
use crate::bytes::window::Input;
use crate::tar::BLOCK;

/// The file with the table of contents of an eStargz layer.
const TABLE_NAME: &[u8] = b"stargz.index.json";

/// The bytes after the end of a tar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trailer {
    /// All bytes, without the table of contents.
    pub(super) bytes: u64,
    /// Bytes that are not zero.
    pub(super) garbage: u64,
    /// Whether a table of contents follows.
    pub(super) has_table: bool,
    /// Whether the table of contents ends early.
    pub(super) is_cut: bool,
}

impl Trailer {
    /// Reads to the end of the input.
    pub(super) fn read(mut input: impl Input) -> io::Result<Self> {
        let mut trailer = Self::default();
        if trailer.skip_zeros(&mut input)? && trailer.bytes.is_multiple_of(BLOCK) {
            trailer.take_block(&mut input)?;
        }
        while trailer.count(&mut input)? > 0 {}
        Ok(trailer)
    }

    /// Skips to the first nonzero byte; returns whether there is one.
    fn skip_zeros(&mut self, input: &mut impl Input) -> io::Result<bool> {
        loop {
            let piece = fill(input)?;
            if piece.is_empty() {
                return Ok(false);
            }
            let zeros = piece.iter().position(|&byte| byte != 0);
            let length = zeros.unwrap_or(piece.len());
            input.consume(length);
            self.bytes += length as u64;
            if zeros.is_some() {
                return Ok(true);
            }
        }
    }

    /// Reads the first nonzero block, and the table of contents if the block is its header.
    fn take_block(&mut self, input: &mut impl Input) -> io::Result<()> {
        let mut block = Vec::new();
        // Interrupted reads are retried by `read_to_end`.
        input.by_ref().take(BLOCK).read_to_end(&mut block)?;
        if let Some(length) = table_length(&block) {
            self.has_table = true;
            self.is_cut = input.skip(length)? < length;
        } else {
            self.bytes += block.len() as u64;
            self.garbage += count_nonzero(&block);
        }
        Ok(())
    }

    /// Counts the next piece; returns its length, 0 at the end.
    fn count(&mut self, input: &mut impl Input) -> io::Result<usize> {
        let piece = fill(input)?;
        let length = piece.len();
        self.garbage += count_nonzero(piece);
        self.bytes += length as u64;
        input.consume(length);
        Ok(length)
    }
}

fn fill(input: &mut impl Input) -> io::Result<&[u8]> {
    loop {
        match input.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    input.fill_buf()
}

/// Returns the padded length of the table of contents if the block is its header.
fn table_length(block: &[u8]) -> Option<u64> {
    let mut header = Header::new_old();
    *header.as_mut_bytes() = block.try_into().ok()?;
    let is_table =
        has_valid_checksum(&header) && header.entry_type().is_file() && *header.path_bytes() == *TABLE_NAME;
    header.entry_size().ok().filter(|_| is_table)?.checked_next_multiple_of(BLOCK)
}

fn count_nonzero(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte != 0).count() as u64
}

#[cfg(test)]
mod tests {
    use dockopt_testkit::Layer;

    use super::*;
    use crate::bytes::window::Streamed;

    fn trailer(bytes: &[u8]) -> Trailer {
        Trailer::read(Streamed(bytes)).expect("no error")
    }

    fn table() -> Vec<u8> {
        Layer::new().file("stargz.index.json", "{\"version\":1}").into_tar()
    }

    #[test]
    fn zeros_are_padding() {
        assert_eq!(trailer(&[]), Trailer::default());
        assert_eq!(trailer(&[0; 700]), Trailer { bytes: 700, ..Trailer::default() });
    }

    #[test]
    fn table_of_contents_after_zero_blocks_is_not_garbage() {
        for blocks in [0, 1, 2, 19] {
            let found = trailer(&[vec![0; 512 * blocks], table()].concat());
            assert_eq!((found.garbage, found.has_table, found.is_cut), (0, true, false), "{blocks}");
        }
    }

    #[test]
    fn bytes_after_the_table_count() {
        let found = trailer(&[&table()[..], b"garbage"].concat());
        assert_eq!((found.garbage, found.has_table), (7, true));
        let found = trailer(&[table(), table()].concat());
        assert!(found.garbage > 0, "a second table");
    }

    #[test]
    fn other_file_or_unaligned_table_is_garbage() {
        for bytes in [
            Layer::new().file("stargz.index.jsonx", "1").into_tar(),
            Layer::new().file("d/stargz.index.json", "1").into_tar(),
            Layer::new().dir("stargz.index.json").into_tar(),
            [vec![0; 100], table()].concat(),
            table()[..511].to_vec(),
            b"garbage".to_vec(),
        ] {
            let found = trailer(&bytes);
            assert!(found.garbage > 0 && !found.has_table, "{found:?}");
            let expected = bytes.iter().filter(|&&byte| byte != 0).count() as u64;
            assert_eq!((found.garbage, found.bytes), (expected, bytes.len() as u64));
        }
    }

    #[test]
    fn truncated_table_is_cut() {
        let found = trailer(&table()[..515]);
        assert!(found.has_table && found.is_cut);
    }
}

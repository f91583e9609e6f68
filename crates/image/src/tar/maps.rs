//! Walking a tar while keeping the hole maps of sparse files.

use std::io::Read;

use super::error::{TarError, TarErrorKind};
use super::map::{MAX_SEGMENTS, SparseMap};
use super::member::Member;
use super::walker::{BLOCK_SIZE, Walker};
use crate::bytes::hash::Hasher;
use crate::bytes::window::Input;

impl<I: Input> Walker<I> {
    /// Creates a walker that keeps the map of the current member.
    pub(crate) fn with_maps(input: I, hasher: Hasher) -> Self {
        let mut walker = Self::new(input, hasher);
        walker.extensions.keep_map();
        walker
    }

    /// Returns the map of the current member if it is sparse and its map is valid; `start` is the
    /// position in the tar where the walk began.
    pub(crate) fn sparse_map(&mut self, member: &Member, start: u64) -> Result<Option<SparseMap>, TarError> {
        if member.holes.is_none() {
            return Ok(None);
        }
        let mut numbers = self.extensions.take_map();
        if numbers.is_empty() && self.extensions.map_is_in_data() {
            match self.read_map()? {
                Some(found) => numbers = found,
                None => return Ok(None),
            }
        }
        Ok(SparseMap::new(&numbers, member.metadata.size, start + self.offset, self.data_left))
    }

    /// Returns the start of the next header, in bytes from where the walk began.
    pub(crate) fn next_offset(&self) -> u64 {
        self.offset + self.data_left + self.padding
    }

    /// Reads a map stored before the data: decimal numbers, one per line, padded to whole blocks.
    /// The first one is the number of pairs that follow.
    fn read_map(&mut self) -> Result<Option<Vec<u64>>, TarError> {
        let (mut numbers, mut number): (Vec<u64>, Option<u64>) = (Vec::new(), None);
        loop {
            let mut block = [0; BLOCK_SIZE];
            if let Err(source) = self.data().read_exact(&mut block) {
                return Err(self.error(TarErrorKind::Read(source)));
            }
            for byte in block {
                match (byte, number) {
                    // A number that saturates makes the map invalid.
                    (b'0'..=b'9', _) => {
                        let tens = number.unwrap_or(0).saturating_mul(10);
                        number = Some(tens.saturating_add(u64::from(byte - b'0')));
                    }
                    (b'\n', Some(next)) => {
                        numbers.push(next);
                        number = None;
                        match numbers.first() {
                            Some(&pairs) if pairs > MAX_SEGMENTS as u64 => return Ok(None),
                            Some(&pairs) if numbers.len() as u64 > 2 * pairs => {
                                return Ok(Some(numbers.split_off(1)));
                            }
                            _ => {}
                        }
                    }
                    _ => return Ok(None),
                }
            }
        }
    }
}

//! The holes of a layer's sparse files, found by walking its headers.
//!
//! The tree does not keep maps of holes: a hostile one has no end. Whoever opens a sparse file walks the layer as far
//! as that file, and what lies before it is kept for the next one, up to a limit.

use std::collections::HashMap;
use std::sync::Arc;

use crate::bytes::hash::Hasher;
use crate::bytes::window::Input;
use crate::tar::{MAX_SEGMENTS, SparseMap, TarError, Walker};

/// Maps of one layer, as far as it was walked.
#[derive(Debug, Default)]
pub(super) struct Holes {
    maps: HashMap<u64, Arc<SparseMap>>,
    /// Where the next header starts.
    walked: u64,
    /// Segments kept in all maps.
    segments: usize,
}

/// A map that cannot be had.
#[derive(Debug)]
pub(super) enum HolesError {
    Tar(TarError),
    /// There is no such sparse file there, or its map makes no sense.
    NotFound,
    /// More segments than are kept.
    TooMany,
}

impl Holes {
    /// The map of the sparse file of `size` bytes whose member's data starts at `place`.
    pub(super) fn find<I: Input>(
        &mut self,
        reader_at: impl Fn(u64) -> I,
        place: u64,
        size: u64,
    ) -> Result<Arc<SparseMap>, HolesError> {
        if self.walked <= place {
            self.walk(reader_at(self.walked), place)?;
        }
        let map = self.maps.get(&place).cloned();
        let too_many = self.segments >= MAX_SEGMENTS;
        let missing = if too_many { HolesError::TooMany } else { HolesError::NotFound };
        map.filter(|map| map.size() == size).ok_or(missing)
    }

    fn walk(&mut self, input: impl Input, place: u64) -> Result<(), HolesError> {
        let start = self.walked;
        let mut walker = Walker::with_maps(input, Hasher::with_seed(0));
        while self.walked <= place {
            let Some(member) = walker.next().map_err(HolesError::Tar)? else {
                return Ok(());
            };
            if let Some(map) = walker.sparse_map(&member, start).map_err(HolesError::Tar)? {
                self.segments += map.segments();
                if self.segments < MAX_SEGMENTS {
                    self.maps.insert(start + member.data_offset, Arc::new(map));
                }
            }
            self.walked = start + walker.next_offset();
        }
        Ok(())
    }
}

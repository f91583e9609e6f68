//! The hole maps of a layer's sparse files, read from its headers.
//!
//! The tree does not store hole maps, because a hostile map is endless. Opening a sparse file walks
//! the layer up to that file; maps found on the way are kept for later files, up to a limit.

use std::collections::HashMap;
use std::sync::Arc;

use crate::bytes::hash::Hasher;
use crate::bytes::window::Input;
use crate::tar::{MAX_SEGMENTS, SparseMap, TarError, Walker};

/// Hole maps of one layer, as far as it was walked.
#[derive(Debug, Default)]
pub(super) struct Holes {
    maps: HashMap<u64, Arc<SparseMap>>,
    /// Start of the next header.
    walked: u64,
    /// Number of segments in all maps.
    segments: usize,
}

/// Why a map is not available.
#[derive(Debug)]
pub(super) enum HolesError {
    Tar(TarError),
    /// There is no such sparse file, or its map is invalid.
    NotFound,
    /// The layer has more segments than are kept.
    TooMany,
}

impl Holes {
    /// Returns the map of the sparse file of `size` bytes whose data starts at `place`.
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

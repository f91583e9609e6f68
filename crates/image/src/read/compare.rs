//! Hashes the contents that the tree must compare to classify rewritten files, and those of files
//! that may be equal.
//!
//! Only layers that were not decoded have such files. Their contents are read in place, in storage
//! order, in parallel.

use std::io::Read;
use std::sync::Arc;

use dockopt_core::tree::{Draft, EntryId, Tree, Wanted};
use rayon::prelude::*;

use super::error::ReadError;
use super::options::ReadOptions;
use super::parallel::{PendingLayer, pool};
use crate::bytes::hash::Hasher;
use crate::bytes::progress::Meter;
use crate::layer::LayerError;
use crate::tar::{TarError, TarErrorKind};

/// Smallest file whose copies at other paths are found: 64 KiB. Found with the facts of files.
const SMALLEST_DUPLICATE: u64 = 64 * 1024;

/// Bytes in the middle that tell most files of one size apart; programs start alike.
const SAMPLE: u64 = 1024;

const BUFFER: usize = 256 * 1024;

/// Context of comparisons.
pub(crate) struct Comparer {
    pub(crate) layers: Arc<Vec<PendingLayer>>,
    pub(crate) options: ReadOptions,
    pub(crate) hasher: Hasher,
    pub(crate) meter: Arc<Meter>,
}

impl Comparer {
    /// Hashes the contents that a draft needs, and finishes it.
    ///
    /// # Errors
    ///
    /// Fails if a content cannot be hashed. In a lenient read it counts as different instead.
    pub(crate) fn answer(&self, mut draft: Draft) -> Result<Tree, ReadError> {
        let mut wanted = draft.open_comparisons();
        if !self.options.probes.is_empty() {
            wanted.extend(self.duplicates(draft.open_duplicates(SMALLEST_DUPLICATE)));
            wanted.sort_by_key(|wanted| (wanted.slot, wanted.offset, wanted.entry));
            wanted.dedup();
        }
        if wanted.is_empty() {
            return Ok(draft.finish());
        }
        self.meter.will_compare(wanted.iter().map(|wanted| wanted.size).sum());
        let answer = |buffer: &mut Vec<u8>, wanted: &Wanted| match self.hash(wanted, buffer) {
            _ if self.meter.is_cancelled() => Err(ReadError::Cancelled),
            Err(_) if self.options.lenient => Ok(None),
            result => result.map(|hash| Some((wanted.entry, hash))),
        };
        let new_buffer = || vec![0; BUFFER];
        let run = || {
            let answers = wanted.par_iter().map_init(new_buffer, answer);
            answers.collect::<Result<Vec<Option<(EntryId, u128)>>, ReadError>>()
        };
        for (entry, hash) in
            pool(&self.options).map_or_else(run, |pool| pool.install(run))?.into_iter().flatten()
        {
            draft.answer(entry, hash);
        }
        Ok(draft.finish())
    }

    /// Returns the files of each group whose sample another one has, too.
    fn duplicates(&self, groups: Vec<(bool, Vec<Wanted>)>) -> Vec<Wanted> {
        let mut found = Vec::new();
        for (has_known, group) in groups {
            let with_sample = |wanted: Wanted| self.sample(&wanted).map(|sample| (sample, wanted));
            let mut samples: Vec<(Vec<u8>, Wanted)> = group.into_iter().filter_map(with_sample).collect();
            samples.sort_by(|one, other| one.0.cmp(&other.0));
            let same = samples.chunk_by(|one, other| one.0 == other.0);
            let same = same.filter(|same| has_known || same.len() > 1);
            found.extend(same.flatten().map(|(_, wanted)| *wanted));
        }
        found
    }

    /// Returns some bytes of a content; `None` if they cannot be read.
    fn sample(&self, wanted: &Wanted) -> Option<Vec<u8>> {
        let window = self.layers.get(wanted.slot as usize)?.window()?;
        let (middle, mut bytes) = (wanted.size / 2, Vec::new());
        window.part(wanted.offset + middle, SAMPLE.min(wanted.size - middle)).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn hash(&self, wanted: &Wanted, buffer: &mut [u8]) -> Result<u128, ReadError> {
        let layer = self.layers.get(wanted.slot as usize);
        let failed = |kind| ReadError::Layer {
            index: layer.map_or(0, |layer| layer.index),
            name: layer.map(|layer| layer.name.clone()).unwrap_or_default(),
            source: LayerError::Tar(TarError { offset: wanted.offset, path: Vec::new(), kind }),
        };
        let window = layer.and_then(PendingLayer::window);
        let Some(mut content) = window.map(|window| window.part(wanted.offset, wanted.size)) else {
            return Err(failed(TarErrorKind::Truncated { missing: wanted.size }));
        };
        let mut state = self.hasher.start(None);
        let mut left = wanted.size;
        while left > 0 {
            let read = content.read(buffer).map_err(|source| failed(TarErrorKind::Read(source)))?;
            if read == 0 {
                return Err(failed(TarErrorKind::Truncated { missing: left }));
            }
            state.update(buffer.get(..read).unwrap_or_default());
            left -= read as u64;
            self.meter.add_compared(read as u64).map_err(|source| failed(TarErrorKind::Read(source)))?;
        }
        Ok(state.finish())
    }
}

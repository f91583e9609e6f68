//! Hashes the contents that the tree must compare to classify rewritten files.
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
        let wanted = draft.open_comparisons();
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

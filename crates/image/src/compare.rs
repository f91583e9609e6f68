//! Answers the tree's questions about contents: hashes just the files whose rewriting must be explained.
//!
//! Only layers that were not decoded have such questions. Files are read where they are, in the order they are stored,
//! in parallel.

use std::io::Read;

use dockopt_core::tree::{Draft, EntryId, Tree, Wanted};
use rayon::prelude::*;

use crate::error::ReadError;
use crate::hash::Hasher;
use crate::layer::LayerError;
use crate::parallel::{FileLayer, pool};
use crate::progress::Meter;
use crate::read::ReadOptions;
use crate::tar::{TarError, TarErrorKind};

const BUFFER: usize = 256 * 1024;

/// Hashes what the draft asks for and finishes it.
pub(crate) fn answer(
    mut draft: Draft,
    layers: &[FileLayer],
    options: &ReadOptions,
    hasher: &Hasher,
    meter: &Meter,
) -> Result<Tree, ReadError> {
    let wanted = draft.open_comparisons();
    if wanted.is_empty() {
        return Ok(draft.finish());
    }
    let hash_one = |buffer: &mut Vec<u8>, wanted: &Wanted| {
        let hash = hash(wanted, layers, hasher, buffer);
        if meter.is_cancelled() { Err(ReadError::Cancelled) } else { hash.map(|hash| (wanted.entry, hash)) }
    };
    let new_buffer = || vec![0; BUFFER];
    let run = || {
        wanted.par_iter().map_init(new_buffer, hash_one).collect::<Result<Vec<(EntryId, u128)>, ReadError>>()
    };
    for (entry, hash) in pool(options).map_or_else(run, |pool| pool.install(run))? {
        draft.answer(entry, hash);
    }
    Ok(draft.finish())
}

fn hash(
    wanted: &Wanted,
    layers: &[FileLayer],
    hasher: &Hasher,
    buffer: &mut [u8],
) -> Result<u128, ReadError> {
    let layer = layers.get(wanted.slot as usize);
    let failed = |kind| ReadError::Layer {
        index: layer.map_or(0, |layer| layer.index),
        name: layer.map(|layer| layer.name.clone()).unwrap_or_default(),
        source: LayerError::Tar(TarError { offset: wanted.offset, path: Vec::new(), kind }),
    };
    let Some(mut content) = layer.map(|layer| layer.window.part(wanted.offset, wanted.size)) else {
        return Err(failed(TarErrorKind::Truncated { missing: wanted.size }));
    };
    let mut state = hasher.start(None);
    let mut left = wanted.size;
    while left > 0 {
        let read = content.read(buffer).map_err(|source| failed(TarErrorKind::Read(source)))?;
        if read == 0 {
            return Err(failed(TarErrorKind::Truncated { missing: left }));
        }
        state.update(buffer.get(..read).unwrap_or_default());
        left -= read as u64;
    }
    Ok(state.finish())
}

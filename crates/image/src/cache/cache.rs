//! The cache of layer indexes, which saves fetching and decoding a layer again.
//!
//! It is a directory of small files that several processes use at once without a lock: files appear
//! atomically by a rename and may vanish at any time. Nothing in it is trusted: a file that is
//! truncated, changed, of another format or under another name is ignored, and the layer is read as
//! without a cache. Content hashes are comparable only with the same seed, so the cache stores a
//! seed that all its users share.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::frame::{FORMAT, Frame, Kind, Name};
use super::record::MAX_RECORD;
use super::seed;
use super::store::{self, Pruned, Store};
use crate::bytes::hash::HashSeed;
use crate::layer::{EncodedIndex, MAX_PAYLOAD};

/// An error that prevents using the cache.
#[derive(Debug, Error)]
pub enum CacheError {
    /// The directory cannot be created.
    #[error("cannot create cache directory `{}`", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The seed of the hashes can neither be read nor created.
    #[error("cannot read or create `{}`", .path.display())]
    Seed {
        /// The file of the seed.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// A cache of layers and images from earlier runs.
#[derive(Clone, Debug)]
pub struct Cache(Arc<OpenCache>);

#[derive(Debug)]
struct OpenCache {
    directory: PathBuf,
    seed: HashSeed,
    store: Store,
}

/// Location and size of a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheInfo {
    /// Directory of the cache.
    pub directory: PathBuf,
    /// Number of layers and images in it.
    pub entries: u64,
    /// Bytes they take on disk.
    pub bytes: u64,
    /// Maximum bytes they may take.
    pub limit: u64,
}

/// Key of a layer or an image in the cache.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    /// What vouches for the digest: `blob` if it was verified locally, otherwise a name for the
    /// source that claims it.
    pub(crate) scope: String,
    /// The digest, or another identifier unique within the scope.
    pub(crate) digest: String,
}

impl CacheKey {
    /// Returns the name of the key's file. Keys are untrusted; no part of them gets into a path.
    fn name(&self, kind: Kind) -> Name {
        let mut sha256 = Sha256::new();
        sha256.update(FORMAT.to_le_bytes());
        sha256.update([kind as u8]);
        sha256.update((self.scope.len() as u64).to_le_bytes());
        sha256.update(self.scope.as_bytes());
        sha256.update(self.digest.as_bytes());
        Name(sha256.finalize().into())
    }
}

impl Cache {
    /// Opens the cache in a directory and creates the directory if necessary; the cache stays below
    /// `limit` bytes.
    ///
    /// # Errors
    ///
    /// If the directory does not exist and cannot be created, or if it has no seed and none can be
    /// written. A read-only cache is not an error.
    pub fn open(directory: PathBuf, limit: u64) -> Result<Self, CacheError> {
        store::make_directory(&directory)
            .map_err(|source| CacheError::Directory { path: directory.clone(), source })?;
        let seed = seed::of(&directory)
            .map_err(|source| CacheError::Seed { path: seed::path(&directory), source })?;
        let store = Store::new(&directory, limit);
        Ok(Self(Arc::new(OpenCache { directory, seed, store })))
    }

    /// Seed of content hashes that are comparable with those in the cache.
    pub(crate) fn seed(&self) -> HashSeed {
        self.0.seed
    }

    /// Loads the index of a layer, if it is present and intact.
    pub(crate) fn load(&self, key: &CacheKey) -> Option<EncodedIndex> {
        EncodedIndex::parse(self.0.store.read(&self.frame(key, Kind::Layer), MAX_PAYLOAD)?)
    }

    /// Stores the index of a layer.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or is larger than the limit of the cache. The cache is then
    /// unchanged and remains usable.
    pub(crate) fn store(&self, key: &CacheKey, index: &EncodedIndex) -> io::Result<()> {
        self.0.store.write(&self.frame(key, Kind::Layer), &[&index.head()?, index.blocks()])
    }

    /// Loads a record, if it is present and intact.
    pub(crate) fn load_record(&self, key: &CacheKey) -> Option<Vec<u8>> {
        self.0.store.read(&self.frame(key, Kind::Record), MAX_RECORD)
    }

    /// Stores a record of at most 8 MiB; errors as for [`Self::store`].
    pub(crate) fn store_record(&self, key: &CacheKey, record: &[u8]) -> io::Result<()> {
        if record.len() as u64 > MAX_RECORD {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the record is too large for the cache"));
        }
        self.0.store.write(&self.frame(key, Kind::Record), &[record])
    }

    /// Directory of the cache.
    pub fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// Returns location and size of the cache.
    pub fn info(&self) -> CacheInfo {
        let (entries, bytes) = self.0.store.sum();
        CacheInfo { directory: self.0.directory.clone(), entries, bytes, limit: self.0.store.limit() }
    }

    /// Removes the least recently used files until at most `keep` bytes remain.
    ///
    /// # Errors
    ///
    /// If something cannot be removed; everything else is removed nevertheless.
    pub fn prune(&self, keep: u64) -> io::Result<Pruned> {
        self.0.store.prune(keep)
    }

    fn frame(&self, key: &CacheKey, kind: Kind) -> Frame {
        Frame { name: key.name(kind), kind, seed: self.0.seed }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

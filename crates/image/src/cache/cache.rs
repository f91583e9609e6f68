//! The cache of layer indexes: what was read of a layer once need not be fetched and decoded again.
//!
//! It is a directory of small files that several processes use at once without a lock: a file appears whole, by being
//! renamed, and may vanish at any time. Nothing in it is trusted: what is truncated, changed, of another format or under
//! another name counts as not there, and the layer is read as if there were no cache. Hashes of contents are comparable
//! only if they have the same seed, so the cache has one of its own, which all who use it take.

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

/// A cache that cannot be used.
#[derive(Debug, Error)]
pub enum CacheError {
    /// Its directory cannot be made.
    #[error("cannot make cache directory `{}`", .path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The seed of its hashes can neither be read nor made.
    #[error("cannot read or make `{}`", .path.display())]
    Seed {
        /// The file it is in.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What is known of layers and images from earlier runs.
#[derive(Clone, Debug)]
pub struct Cache(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    directory: PathBuf,
    seed: HashSeed,
    store: Store,
}

/// How much a cache holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheInfo {
    /// Where it is.
    pub directory: PathBuf,
    /// How many layers and images are in it.
    pub entries: u64,
    /// How many bytes they take on the disk.
    pub bytes: u64,
    /// How many bytes they may take.
    pub limit: u64,
}

/// What something in the cache is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    /// Who says that the digest is right: `blob` if it was verified here, otherwise a name for the one who claims it.
    pub(crate) scope: String,
    /// The digest, or anything else that tells one from another.
    pub(crate) digest: String,
}

impl CacheKey {
    /// The name of its file. Keys come from strangers: no part of them gets into a path.
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
    /// Opens the cache in a directory, which is made if it does not exist; it will keep below `limit` bytes.
    ///
    /// # Errors
    ///
    /// If there is no such directory and none can be made, or it has no seed and none can be written. A cache that can only be
    /// read is no error.
    pub fn open(directory: PathBuf, limit: u64) -> Result<Self, CacheError> {
        store::make_directory(&directory)
            .map_err(|source| CacheError::Directory { path: directory.clone(), source })?;
        let seed = seed::of(&directory)
            .map_err(|source| CacheError::Seed { path: seed::path(&directory), source })?;
        let store = Store::new(&directory, limit);
        Ok(Self(Arc::new(Opened { directory, seed, store })))
    }

    /// The seed that content hashes must have to be compared with those in the cache.
    pub(crate) fn seed(&self) -> HashSeed {
        self.0.seed
    }

    /// The index of a layer, if it is there and whole.
    pub(crate) fn load(&self, key: &CacheKey) -> Option<EncodedIndex> {
        EncodedIndex::parse(self.0.store.read(&self.frame(key, Kind::Layer), MAX_PAYLOAD)?)
    }

    /// Keeps the index of a layer.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or is larger than all of the cache may be. The cache is then as it was, and can be used on.
    pub(crate) fn store(&self, key: &CacheKey, index: &EncodedIndex) -> io::Result<()> {
        self.0.store.write(&self.frame(key, Kind::Layer), &[&index.head()?, index.blocks()])
    }

    /// The record of that key, if it is there and whole.
    pub(crate) fn load_record(&self, key: &CacheKey) -> Option<Vec<u8>> {
        self.0.store.read(&self.frame(key, Kind::Record), MAX_RECORD)
    }

    /// Keeps a record of at most 8 MiB; errors as with [`Self::store`].
    pub(crate) fn store_record(&self, key: &CacheKey, record: &[u8]) -> io::Result<()> {
        if record.len() as u64 > MAX_RECORD {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the record is too large for the cache"));
        }
        self.0.store.write(&self.frame(key, Kind::Record), &[record])
    }

    /// Where the cache is.
    pub fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// How much is in it.
    pub fn info(&self) -> CacheInfo {
        let (entries, bytes) = self.0.store.sum();
        CacheInfo { directory: self.0.directory.clone(), entries, bytes, limit: self.0.store.limit() }
    }

    /// Removes what was not used for longest, until at most `keep` bytes are left.
    ///
    /// # Errors
    ///
    /// If something cannot be removed; everything else is.
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

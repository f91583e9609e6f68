//! Fast content hashes, to tell contents apart within one run.
//!
//! XXH3 runs at the speed of memory. Its seed is random for each run, or for each cache, so that an
//! attacker cannot prepare two files that collide. Digests of blobs, where that would not be
//! enough, are SHA-256 (`verify.rs`).

use std::hash::{BuildHasher, RandomState};

use xxhash_rust::xxh3::Xxh3;

/// The seed of content hashes. Hashes can be compared only if they have the same seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashSeed(pub(crate) u64);

impl Default for HashSeed {
    /// Draws a random seed.
    fn default() -> Self {
        Self(RandomState::new().hash_one(0_u64))
    }
}

/// Computes content hashes with one seed.
#[derive(Clone, Debug)]
pub(crate) struct Hasher {
    seed: HashSeed,
}

/// A hash being computed.
pub(crate) struct HashState(Box<Xxh3>);

impl Hasher {
    pub(crate) fn new(seed: HashSeed) -> Self {
        Self { seed }
    }

    /// A hasher with a fixed seed, for hashes that are not compared or not of hostile contents.
    pub(crate) fn with_seed(seed: u64) -> Self {
        Self::new(HashSeed(seed))
    }

    /// A hasher with a random seed.
    pub(crate) fn random() -> Self {
        Self::new(HashSeed::default())
    }

    /// Starts a hash; `prefix` is hashed before the content.
    pub(crate) fn start(&self, prefix: Option<u128>) -> HashState {
        let mut state = HashState(Box::new(Xxh3::with_seed(self.seed.0)));
        if let Some(prefix) = prefix {
            state.update(&prefix.to_le_bytes());
        }
        state
    }
}

impl HashState {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> u128 {
        self.0.digest128()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_does_not_depend_on_chunking() {
        let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let hasher = Hasher::random();
        let mut whole = hasher.start(None);
        whole.update(&content);
        let mut pieces = hasher.start(None);
        content.chunks(777).for_each(|piece| pieces.update(piece));
        assert_eq!(whole.finish(), pieces.finish());
    }
}

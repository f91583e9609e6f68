//! Content hashes: fast ones, to tell contents apart within one run.
//!
//! XXH3 runs at the speed of memory. Its seed is drawn anew for every run, or once for every cache, so that nobody can
//! prepare two files that collide; digests of blobs, where that would not be enough, are SHA-256 (`verify.rs`).

use std::hash::{BuildHasher, RandomState};

use xxhash_rust::xxh3::Xxh3;

/// Makes hashes that can be compared with each other.
#[derive(Clone, Debug)]
pub(crate) struct Hasher {
    seed: u64,
}

/// A number that nobody can guess.
pub(crate) fn random_seed() -> u64 {
    RandomState::new().hash_one(0_u64)
}

/// A hash being computed.
pub(crate) struct State(Box<Xxh3>);

impl Hasher {
    /// A hasher with a seed nobody knows.
    pub(crate) fn random() -> Self {
        Self::with_seed(random_seed())
    }

    pub(crate) fn with_seed(seed: u64) -> Self {
        Self { seed }
    }

    /// Starts a hash, with something to mix in first.
    pub(crate) fn start(&self, prefix: Option<u128>) -> State {
        let mut state = State(Box::new(Xxh3::with_seed(self.seed)));
        if let Some(prefix) = prefix {
            state.update(&prefix.to_le_bytes());
        }
        state
    }
}

impl State {
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
    fn a_hash_does_not_depend_on_how_the_content_is_cut() {
        let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let hasher = Hasher::random();
        let mut whole = hasher.start(None);
        whole.update(&content);
        let mut pieces = hasher.start(None);
        content.chunks(777).for_each(|piece| pieces.update(piece));
        assert_eq!(whole.finish(), pieces.finish());
    }
}

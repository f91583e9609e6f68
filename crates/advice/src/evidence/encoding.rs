//! The encoding of facts.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Encodes a fact.
pub(super) fn encode<F: Serialize>(fact: &F) -> Option<Vec<u8>> {
    postcard::to_stdvec(fact).ok()
}

/// Decodes a fact; `None` if it is damaged.
pub(crate) fn decode<F: DeserializeOwned>(fact: &[u8]) -> Option<F> {
    postcard::from_bytes(fact).ok()
}

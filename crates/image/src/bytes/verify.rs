//! SHA-256 and SHA-512 digests of blobs, computed while they are read.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256, Sha512};

/// The state of a digest computation.
#[derive(Clone)]
enum Algorithm {
    Sha256(Sha256),
    Sha512(Box<Sha512>),
}

/// Digests the bytes read through a [`Tee`].
#[derive(Clone)]
pub(crate) struct Digester {
    state: Arc<Mutex<Algorithm>>,
}

impl Digester {
    pub(crate) fn sha256() -> Self {
        Self { state: Arc::new(Mutex::new(Algorithm::Sha256(Sha256::new()))) }
    }

    /// Creates a digester for the algorithm of a digest; `None` if the algorithm is unknown.
    pub(crate) fn like(digest: &str) -> Option<Self> {
        let algorithm = match digest.split_once(':')?.0 {
            "sha256" => Algorithm::Sha256(Sha256::new()),
            "sha512" => Algorithm::Sha512(Box::new(Sha512::new())),
            _ => return None,
        };
        Some(Self { state: Arc::new(Mutex::new(algorithm)) })
    }

    /// Returns the digest of the bytes so far, as `algorithm:hex`.
    pub(crate) fn digest(&self) -> String {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match state {
            Algorithm::Sha256(state) => format!("sha256:{}", hex(&state.finalize())),
            Algorithm::Sha512(state) => format!("sha512:{}", hex(&state.finalize())),
        }
    }

    /// Adds bytes that are not read through a [`Tee`].
    pub(crate) fn update(&self, bytes: &[u8]) {
        match &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            Algorithm::Sha256(state) => state.update(bytes),
            Algorithm::Sha512(state) => state.update(bytes),
        }
    }
}

/// A reader that digests what it reads.
pub(crate) struct Tee<R> {
    input: R,
    digester: Digester,
}

impl<R: Read> Tee<R> {
    pub(crate) fn new(input: R, digester: Digester) -> Self {
        Self { input, digester }
    }
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.digester.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Returns the SHA-256 digest of a document, as `sha256:hex`.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// Returns the digest of a document by the algorithm of another digest; `None` if the algorithm is
/// unknown.
pub(crate) fn digest_of(like: &str, bytes: &[u8]) -> Option<String> {
    let digester = Digester::like(like)?;
    digester.update(bytes);
    Some(digester.digest())
}

/// Returns whether a document matches its digest; true for an unknown algorithm.
pub(crate) fn document_matches(bytes: &[u8], digest: &str) -> bool {
    digest_of(digest, bytes).is_none_or(|found| found == digest)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn digest_is_computed_while_reading() {
        let digester = Digester::sha256();
        io::copy(&mut Tee::new(&b"abc"[..], digester.clone()), &mut io::sink()).expect("readable");
        assert_eq!(
            digester.digest(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn documents_are_checked_by_the_algorithm_of_their_digest() {
        assert_eq!(sha256(b""), EMPTY);
        assert!(document_matches(b"", EMPTY));
        assert!(!document_matches(b"x", EMPTY));
        assert!(!document_matches(b"x", &format!("sha512:{}", "0".repeat(128))));
        assert!(document_matches(b"x", "blake3:00"), "cannot be checked");
    }
}

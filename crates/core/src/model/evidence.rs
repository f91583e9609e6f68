//! Evidence: facts that probes derive from the contents of files while a layer is read.
//!
//! A [`Probe`] decides from an entry's metadata whether it wants to see the content, examines it in
//! one pass, and returns a small fact in an encoding of its own. The reader of layers receives a
//! list of probes and knows none of them by name; whoever wrote a probe decodes its facts.
//!
//! Facts are kept with the index of a layer, under the name and version of their probe.

use std::cell::Cell;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::model::entry::Entry;

/// Most bytes of content that a probe may hold at a time: 16 MiB.
pub const MAX_CONTENT: u64 = 16 << 20;
/// Most bytes of a file that a [`Survey`] may read: 64 MiB. Databases of rpm have tens of megabytes.
pub const MAX_PARTS: u64 = 64 << 20;
/// Most bytes of the facts of one layer: 16 MiB.
pub const MAX_FACTS: usize = 16 << 20;

/// Most bytes of the facts of one image: 128 MiB.
pub const MAX_IMAGE_FACTS: usize = 128 << 20;

/// The identity of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId {
    /// The stable name.
    pub name: &'static str,
    /// The version of its facts. A fact of another version is not used.
    pub version: u16,
}

/// How much of an entry's content a probe wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Nothing.
    Nothing,
    /// The first bytes, at most this many.
    Head(u64),
    /// Everything, if there are at most this many bytes; nothing otherwise.
    Whole {
        /// The limit, at most [`MAX_CONTENT`].
        limit: u64,
    },
    /// The content, in the way of the examination that it starts.
    Content,
}

/// Derives facts from the contents of files.
pub trait Probe: Send + Sync {
    /// Returns the identity.
    fn id(&self) -> ProbeId;

    /// Returns how much of a regular file's content the probe wants. The path is as the layer
    /// writes it: with or without a leading `/` or `./`.
    fn wants(&self, entry: &Entry<'_>) -> Want;

    /// Starts to examine an entry.
    fn start(&self, entry: &Entry<'_>) -> Started;
}

/// A started examination.
pub enum Started {
    /// Takes the content in pieces of any length.
    Pieces(Box<dyn Examination>),
    /// Reads at places of its choice.
    Places(Box<dyn Survey>),
}

/// The examination of one entry that reads at places of its choice: a table at the end of a file
/// says what is where.
///
/// An uncompressed layer is read only at these places. Of a compressed one, the parts are kept in
/// memory while they pass. So the parts must be known from the start of the file.
pub trait Survey {
    /// Returns the parts of the file that may be read besides its first [`HEAD`] bytes, which are
    /// passed; none to end the examination. Parts beyond [`MAX_PARTS`] bytes in all are left out,
    /// the last ones first.
    fn parts(&self, head: &[u8], size: u64) -> Vec<Range<u64>>;

    /// Derives the fact, if there is one.
    fn examine(self: Box<Self>, content: &mut dyn Places) -> Option<Vec<u8>>;
}

/// The bytes at the start of a file that a [`Survey`] sees first.
pub const HEAD: usize = 4096;

/// Content that is read at places.
pub trait Places {
    /// Length in bytes.
    fn size(&self) -> u64;

    /// Returns `length` bytes from `offset` on; fewer where the content ends.
    ///
    /// # Errors
    ///
    /// Fails outside of the parts that may be read.
    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, OutOfReach>;
}

/// Content in memory, all of which may be read.
impl Places for &[u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, OutOfReach> {
        // What is behind the end of memory is behind that of any content in it.
        let rest = self.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
        Ok(rest.get(..length).unwrap_or(rest).to_vec())
    }
}

/// The bytes at a place may not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are out of reach")]
pub struct OutOfReach;

/// The examination of one entry.
pub trait Examination {
    /// Takes the next piece of the content.
    fn take(&mut self, piece: &[u8]);

    /// Returns the fact, if there is one. The content may have ended early.
    fn finish(self: Box<Self>) -> Option<Vec<u8>>;
}

/// An examination that collects the content and passes it to a function.
pub struct Collected<F> {
    bytes: Vec<u8>,
    then: F,
}

impl<F: FnOnce(&[u8]) -> Option<Vec<u8>> + 'static> Collected<F> {
    /// Starts an examination; `then` derives the fact.
    pub fn start(then: F) -> Started {
        Started::Pieces(Box::new(Self { bytes: Vec::new(), then }))
    }
}

impl<F: FnOnce(&[u8]) -> Option<Vec<u8>>> Examination for Collected<F> {
    fn take(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    fn finish(self: Box<Self>) -> Option<Vec<u8>> {
        (self.then)(&self.bytes)
    }
}

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a part of a probe, which meets hostile content; `None` if it panics. Nothing of it is used
/// afterwards then.
pub fn guarded<T>(part: impl FnOnce() -> T) -> Option<T> {
    let before = IS_GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(part));
    IS_GUARDED.set(before);
    result.ok()
}

/// Whether this thread runs a part of a probe, so that a panic ends only that part. Hooks for panics
/// ask this.
pub fn is_guarded() -> bool {
    IS_GUARDED.get()
}

/// The probes of a read.
#[derive(Clone, Default)]
pub struct Probes(Arc<[Box<dyn Probe>]>);

impl Probes {
    /// Creates a list of probes.
    pub fn new(probes: Vec<Box<dyn Probe>>) -> Self {
        Self(probes.into())
    }

    /// Iterates over the probes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &dyn Probe> {
        self.0.iter().map(Box::as_ref)
    }

    /// Returns the identities.
    pub fn ids(&self) -> Vec<ProbeId> {
        self.iter().map(Probe::id).collect()
    }

    /// Whether there is no probe.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Probes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.ids()).finish()
    }
}

/// A fact about one entry of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The number of the entry in its layer, in tar order from 0.
    pub ordinal: u32,
    /// The probe.
    pub probe: ProbeId,
    /// The fact in the probe's encoding.
    pub payload: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_of_a_guarded_part_is_none() {
        assert!(!is_guarded());
        assert_eq!(guarded(is_guarded), Some(true));
        let nested = guarded(|| (guarded(|| panic!("a part of a test")), is_guarded()));
        assert_eq!(nested, Some((None::<()>, true)));
        assert!(!is_guarded());
    }
}

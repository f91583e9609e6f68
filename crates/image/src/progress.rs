//! How far a read has come, and whether it should stop.
//!
//! Readers count bytes into a [`Meter`] that all threads share; the thread that builds the tree looks at it some
//! twenty times a second and tells the caller. A caller that answers [`ControlFlow::Break`] cancels: the next read of
//! every thread fails.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::window::Input;

/// A moment of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of layers read or skipped so far, as they are stored in the source.
    pub bytes: u64,
    /// All bytes to read, where that is known beforehand.
    pub total_bytes: Option<u64>,
    /// Layers read to their end.
    pub layers: usize,
    /// All layers to read, where that is known beforehand.
    pub total_layers: Option<usize>,
    /// Entries found so far.
    pub entries: usize,
}

/// Told of the progress of a read; [`ControlFlow::Break`] cancels it.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Counts what all threads read.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    bytes: AtomicU64,
    layers: AtomicUsize,
    cancelled: AtomicBool,
}

impl Meter {
    pub(crate) fn add(&self, bytes: u64) -> io::Result<()> {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if self.is_cancelled() { Err(io::Error::other("cancelled")) } else { Ok(()) }
    }

    pub(crate) fn layer_done(&self) {
        self.layers.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn layers(&self) -> usize {
        self.layers.load(Ordering::Relaxed)
    }
}

/// Counts what is read through it.
pub(crate) struct Metered<R> {
    input: R,
    meter: Arc<Meter>,
}

impl<R> Metered<R> {
    pub(crate) fn new(input: R, meter: Arc<Meter>) -> Self {
        Self { input, meter }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.meter.add(read as u64)?;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.input.consume(amount);
        // A cancelled read fails at the next `read` or `skip`.
        let _ = self.meter.add(amount as u64);
    }
}

impl<I: Input> Input for Metered<I> {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let skipped = self.input.skip(bytes)?;
        self.meter.add(skipped)?;
        Ok(skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::Streamed;

    fn metered(bytes: &[u8]) -> (Metered<Streamed<&[u8]>>, Arc<Meter>) {
        let meter = Arc::new(Meter::default());
        (Metered::new(Streamed(bytes), Arc::clone(&meter)), meter)
    }

    #[test]
    fn bytes_count_once_however_they_are_read() {
        let (mut input, meter) = metered(b"0123456789");
        assert_eq!(input.read(&mut [0; 3]).expect("bytes"), 3);
        assert_eq!(input.skip(4).expect("bytes"), 4);
        assert_eq!(input.fill_buf().expect("bytes"), b"789");
        assert_eq!(meter.bytes(), 7, "looked at, not taken");
        input.consume(2);
        assert_eq!(input.skip(99).expect("bytes"), 1);
        assert_eq!(meter.bytes(), 10);
    }

    #[test]
    fn who_reads_after_the_caller_cancelled_gets_an_error() {
        let (mut input, meter) = metered(b"0123456789");
        assert!(input.read(&mut [0; 3]).is_ok());
        meter.cancel();
        assert!(meter.is_cancelled());
        input.consume(1);
        assert!(input.read(&mut [0; 3]).is_err());
        assert!(input.skip(1).is_err());
    }

    #[test]
    fn layers_are_counted_when_they_are_done() {
        let meter = Meter::default();
        meter.layer_done();
        meter.layer_done();
        assert_eq!(meter.layers(), 2);
    }
}

//! Progress and cancellation of a read.
//!
//! Readers count bytes into one [`Gauge`] per layer. The thread that waits for them polls all
//! gauges some twenty times a second and reports to the caller. A caller that returns
//! [`ControlFlow::Break`] cancels: the next read of every thread fails. A streamed archive has a
//! gauge of its own, because the data between its layers must be read as well.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::bytes::window::Input;

/// Number of layers of a streamed archive that are counted individually.
const MAX_STREAMED: usize = 1000;

/// A snapshot of the progress of a read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read or skipped so far, as stored in the source; for an engine's image, bytes of
    /// files.
    pub bytes: u64,
    /// Total bytes to read, if known in advance.
    pub total_bytes: Option<u64>,
    /// Layer blobs read to their end, or as far as they can be read.
    pub layers: usize,
    /// Total layer blobs to read, if known in advance.
    pub total_layers: Option<usize>,
    /// Entries read so far.
    pub entries: usize,
    /// Progress of each layer, from the lowest to the top one. For a streamed archive whose image
    /// is not known yet: the layers read so far, in stream order, the first 1,000 of them.
    ///
    /// Layers with the same blob are read once and report the same numbers.
    pub by_layer: Vec<LayerProgress>,
    /// Bytes of files compared so far, after all layers are read.
    pub compared: u64,
    /// Total bytes of files to compare: those for which it matters whether a rewrite changed their
    /// content.
    pub total_compared: u64,
}

/// Progress of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerProgress {
    /// File name or digest, safe to display; for a streamed archive, the name of the member.
    pub name: Arc<str>,
    /// Bytes of its blob read or skipped so far.
    pub bytes: u64,
    /// Size of its blob in bytes, if known.
    pub total: Option<u64>,
    /// Whether it was read to its end, or as far as possible.
    pub done: bool,
    /// Whether reading it failed, at the start or before its end.
    pub failed: bool,
}

/// Callback for the progress of a read; [`ControlFlow::Break`] cancels the read.
pub type OnProgress<'a> = dyn FnMut(Progress) -> ControlFlow<()> + 'a;

/// Counters shared by all threads of a read.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// The streamed archive; its bytes include those of its layers.
    stream: OnceLock<Arc<Gauge>>,
    layers: Mutex<Vec<Arc<Gauge>>>,
    /// What a stream without a declared length contains, as reported by the engine.
    expected: OnceLock<Expected>,
    /// Bytes of files read so far.
    content: Arc<AtomicU64>,
    compared: AtomicU64,
    total_compared: AtomicU64,
    cancelled: Arc<AtomicBool>,
}

/// Amount of data expected from a stream of unknown length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    /// Bytes of files in all layers.
    pub(crate) content: u64,
    pub(crate) layers: usize,
}

impl Meter {
    /// Reports bytes of files from now on, against the expected total.
    pub(crate) fn expect(&self, expected: Expected) {
        let _ = self.expected.set(expected);
    }

    /// Returns the gauge of a streamed archive.
    pub(crate) fn stream(&self, length: Option<u64>) -> Arc<Gauge> {
        Arc::clone(self.stream.get_or_init(|| self.gauge("", length)))
    }

    /// Adds a gauge for a layer.
    pub(crate) fn layer(&self, name: &str, total: Option<u64>) -> Arc<Gauge> {
        let gauge = self.gauge(name, total);
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        // A stream is untrusted and may contain any number of members.
        if self.stream.get().is_none() || layers.len() < MAX_STREAMED {
            layers.push(Arc::clone(&gauge));
        }
        gauge
    }

    fn gauge(&self, name: &str, total: Option<u64>) -> Arc<Gauge> {
        Arc::new(Gauge {
            name: name.into(),
            total,
            bytes: AtomicU64::new(0),
            state: AtomicU8::new(Gauge::READING),
            content: Arc::clone(&self.content),
            cancelled: Arc::clone(&self.cancelled),
        })
    }

    pub(crate) fn will_compare(&self, bytes: u64) {
        self.total_compared.store(bytes, Ordering::Relaxed);
    }

    /// Counts compared bytes; fails once the read is cancelled.
    pub(crate) fn add_compared(&self, bytes: u64) -> io::Result<()> {
        self.compared.fetch_add(bytes, Ordering::Relaxed);
        if self.is_cancelled() { Err(cancelled()) } else { Ok(()) }
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Returns a snapshot; `order` lists the slots of the image's layers, if known.
    pub(crate) fn progress(&self, entries: usize, order: Option<&[u32]>) -> Progress {
        let blobs: Vec<LayerProgress> = {
            let layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
            layers.iter().map(|gauge| gauge.progress()).collect()
        };
        let (bytes, total_bytes, total_layers) = match (self.expected.get(), self.stream.get()) {
            (Some(expected), _) => {
                // Engines count slightly differently: never report more than the total.
                let content = self.content.load(Ordering::Relaxed).min(expected.content);
                (content, Some(expected.content), Some(expected.layers))
            }
            (None, Some(stream)) => (stream.bytes(), stream.total, None),
            (None, None) if blobs.is_empty() => (0, None, None),
            (None, None) => (
                blobs.iter().map(|blob| blob.bytes).sum(),
                blobs.iter().try_fold(0_u64, |sum, blob| sum.checked_add(blob.total?)),
                Some(blobs.len()),
            ),
        };
        let layers = blobs.iter().filter(|blob| blob.done).count();
        let by_layer = match order {
            Some(order) => order.iter().filter_map(|&slot| blobs.get(slot as usize).cloned()).collect(),
            None => blobs,
        };
        Progress {
            bytes,
            total_bytes,
            layers,
            total_layers,
            entries,
            by_layer,
            compared: self.compared.load(Ordering::Relaxed),
            total_compared: self.total_compared.load(Ordering::Relaxed),
        }
    }
}

/// Counts the bytes read of one layer or archive.
#[derive(Debug)]
pub(crate) struct Gauge {
    name: Arc<str>,
    total: Option<u64>,
    bytes: AtomicU64,
    state: AtomicU8,
    /// Bytes of files in all layers.
    content: Arc<AtomicU64>,
    cancelled: Arc<AtomicBool>,
}

impl Gauge {
    const READING: u8 = 0;
    const READ: u8 = 1;
    const FAILED: u8 = 2;

    /// Counts bytes; fails once the read is cancelled.
    fn add(&self, bytes: u64) -> io::Result<()> {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.check()
    }

    /// Counts the bytes of a file's content.
    pub(crate) fn add_content(&self, bytes: u64) {
        self.content.fetch_add(bytes, Ordering::Relaxed);
    }

    fn check(&self) -> io::Result<()> {
        if self.is_cancelled() { Err(cancelled()) } else { Ok(()) }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Marks the end of the read.
    pub(crate) fn finish(&self, failed: bool) {
        self.state.store(if failed { Self::FAILED } else { Self::READ }, Ordering::Relaxed);
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn progress(&self) -> LayerProgress {
        let state = self.state.load(Ordering::Relaxed);
        LayerProgress {
            name: Arc::clone(&self.name),
            bytes: self.bytes(),
            total: self.total,
            done: state != Self::READING,
            failed: state == Self::FAILED,
        }
    }
}

fn cancelled() -> io::Error {
    io::Error::other("cancelled")
}

/// A reader that counts the bytes read through it.
pub(crate) struct Metered<R> {
    input: R,
    gauge: Arc<Gauge>,
}

impl<R> Metered<R> {
    pub(crate) fn new(input: R, gauge: Arc<Gauge>) -> Self {
        Self { input, gauge }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.gauge.add(read as u64)?;
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
        let _ = self.gauge.add(amount as u64);
    }
}

impl<I: Input> Input for Metered<I> {
    fn skip(&mut self, bytes: u64) -> io::Result<u64> {
        let skipped = self.input.skip(bytes)?;
        self.gauge.add(skipped)?;
        Ok(skipped)
    }

    fn peek_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.input.peek_at(buffer, offset)
    }
}

/// A reader of decoded data that fails once the read is cancelled: a decoder may produce gigabytes
/// from one piece of input.
pub(crate) struct Stoppable<R> {
    input: R,
    gauge: Arc<Gauge>,
}

impl<R> Stoppable<R> {
    pub(crate) fn new(input: R, gauge: Arc<Gauge>) -> Self {
        Self { input, gauge }
    }
}

impl<R: Read> Read for Stoppable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.gauge.check()?;
        self.input.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::window::Streamed;

    fn metered(bytes: &[u8]) -> (Metered<Streamed<&[u8]>>, Meter) {
        let meter = Meter::default();
        (Metered::new(Streamed(bytes), meter.layer("f", Some(10))), meter)
    }

    fn bytes(meter: &Meter) -> u64 {
        meter.progress(0, None).bytes
    }

    #[test]
    fn bytes_count_once_for_any_way_of_reading() {
        let (mut input, meter) = metered(b"0123456789");
        assert_eq!(input.read(&mut [0; 3]).expect("bytes"), 3);
        assert_eq!(input.skip(4).expect("bytes"), 4);
        assert_eq!(input.fill_buf().expect("bytes"), b"789");
        assert_eq!(bytes(&meter), 7, "buffered but not consumed");
        input.consume(2);
        assert_eq!(input.skip(99).expect("bytes"), 1);
        assert_eq!(bytes(&meter), 10);
    }

    #[test]
    fn reads_fail_after_cancellation() {
        let (mut input, meter) = metered(b"0123456789");
        let mut decoded = Stoppable::new(&b"0123456789"[..], meter.layer("g", None));
        assert!(input.read(&mut [0; 3]).is_ok());
        assert!(decoded.read(&mut [0; 3]).is_ok());
        meter.cancel();
        assert!(meter.is_cancelled());
        input.consume(1);
        assert!(input.read(&mut [0; 3]).is_err());
        assert!(input.skip(1).is_err());
        assert!(decoded.read(&mut [0; 3]).is_err());
        assert!(meter.add_compared(1).is_err());
    }

    #[test]
    fn layers_are_reported_in_image_order() {
        let meter = Meter::default();
        let (one, other) = (meter.layer("one", Some(5)), meter.layer("other", Some(7)));
        one.add(5).expect("not cancelled");
        one.finish(false);
        other.add(2).expect("not cancelled");
        other.finish(true);
        let progress = meter.progress(3, Some(&[1, 0, 1]));
        assert_eq!((progress.bytes, progress.total_bytes), (7, Some(12)), "a blob counts once");
        assert_eq!((progress.layers, progress.total_layers, progress.entries), (2, Some(2), 3));
        let seen: Vec<_> = progress.by_layer.iter().map(|layer| (&*layer.name, layer.failed)).collect();
        assert_eq!(seen, [("other", true), ("one", false), ("other", true)]);
    }

    #[test]
    fn progress_is_empty_before_layers_are_known() {
        assert_eq!(Meter::default().progress(0, None), Progress::default());
    }

    #[test]
    fn file_bytes_count_against_the_total_of_an_engine() {
        let meter = Meter::default();
        meter.stream(None).add(7).expect("not cancelled");
        meter.expect(Expected { content: 100, layers: 3 });
        let layer = meter.layer("l", Some(5));
        layer.add_content(40);
        layer.finish(false);
        let progress = meter.progress(0, None);
        assert_eq!((progress.bytes, progress.total_bytes), (40, Some(100)));
        assert_eq!((progress.layers, progress.total_layers), (1, Some(3)));
        layer.add_content(61);
        assert_eq!(meter.progress(0, None).bytes, 100, "never more than the total");
    }

    #[test]
    fn stream_counts_its_own_bytes_and_lists_a_limited_number_of_layers() {
        let meter = Meter::default();
        let stream = meter.stream(None);
        for _ in 0..=MAX_STREAMED {
            meter.layer("l", None).add(1).expect("not cancelled");
        }
        stream.add(3).expect("not cancelled");
        let progress = meter.progress(0, None);
        assert_eq!((progress.bytes, progress.total_bytes), (3, None));
        assert_eq!((progress.by_layer.len(), progress.total_layers), (MAX_STREAMED, None));
    }
}

//! Stages of reading a layer, which can move to separate threads.
//!
//! While other layers wait, one thread reads, decompresses, digests and walks a layer: several
//! layers at once keep all processors busy. When fewer layers than threads remain, the stages of a
//! layer move to the spare threads, one by one, while it is being read. Each stage passes its bytes
//! on in a ring of buffers, so the rest of the layer takes as long as its slowest stage.

use std::io::{self, BufRead, Read};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::bytes::decode::ByteStream;

/// Size of a buffer in bytes: 256 KiB. Buffers are filled completely, so no tar header lies in two
/// of them.
const PIECE: usize = 256 * 1024;
/// Number of buffers in a ring.
const RING: usize = 4;
/// Most stages on threads of their own at a time: their rings take 8 MiB.
const MAX_STAGES: usize = 8;
/// Number of bytes that a stage reads before it may move: a small layer is not worth a thread.
const SETTLING: usize = 8 * PIECE;

/// The threads that have no layer to read, shared by all layers of an image.
#[derive(Debug)]
pub(crate) struct SpareThreads {
    counts: Mutex<Counts>,
    settling: usize,
}

#[derive(Debug)]
struct Counts {
    /// Spare threads; negative while layers wait.
    spare: i64,
    /// Stages on threads of their own.
    stages: usize,
}

impl SpareThreads {
    /// Creates a set of this number of spare threads.
    pub(crate) fn new(threads: usize) -> Arc<Self> {
        Self::settling(threads, SETTLING)
    }

    fn settling(threads: usize, settling: usize) -> Arc<Self> {
        let spare = i64::try_from(threads).unwrap_or(i64::MAX);
        Arc::new(Self { counts: Mutex::new(Counts { spare, stages: 0 }), settling })
    }

    /// Creates a set whose threads stages take before they have read any bytes, for tests.
    #[cfg(test)]
    pub(crate) fn eager(threads: usize) -> Arc<Self> {
        Self::settling(threads, 0)
    }

    /// Counts a layer that is being read or waits for a thread.
    pub(crate) fn begin_layer(&self) {
        self.counts().spare -= 1;
    }

    /// Counts a layer that is done.
    pub(crate) fn end_layer(&self) {
        self.counts().spare += 1;
    }

    /// Takes a spare thread; `None` if there is none or [`MAX_STAGES`] stages have one.
    fn take(self: &Arc<Self>) -> Option<SpareThread> {
        let mut counts = self.counts();
        if counts.spare <= 0 || counts.stages >= MAX_STAGES {
            return None;
        }
        counts.spare -= 1;
        counts.stages += 1;
        Some(SpareThread(Arc::clone(self)))
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread taken by a stage; dropping it makes it spare again.
struct SpareThread(Arc<SpareThreads>);

impl Drop for SpareThread {
    fn drop(&mut self) {
        let mut counts = self.0.counts();
        counts.spare += 1;
        counts.stages -= 1;
    }
}

/// The order in which the stages of a layer move: those that gain most come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    First = 0,
    Second = 1,
    Third = 2,
    /// The stage does not move.
    Never = 3,
}

/// The stages of one layer.
#[derive(Clone)]
pub(crate) struct Stages<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    spare: Arc<SpareThreads>,
    moved: Arc<AtomicUsize>,
}

impl<'scope, 'env> Stages<'scope, 'env> {
    pub(crate) fn new(scope: &'scope Scope<'scope, 'env>, spare: &Arc<SpareThreads>) -> Self {
        Self { scope, spare: Arc::clone(spare), moved: Arc::default() }
    }

    /// Returns a stage that reads `stream`.
    pub(crate) fn stage(&self, order: Order, stream: impl Read + Send + 'scope) -> Stage<'scope, 'env> {
        let source = Source::Here(Box::new(stream));
        Stage { stages: self.clone(), order, source, buffer: Buffer::default(), consumed: 0, passed: 0 }
    }

    /// Lets later stages move as if the first one had moved.
    pub(crate) fn without_first(&self) {
        self.moved.fetch_add(1, Ordering::Relaxed);
    }
}

/// A stream that a spare thread reads ahead, or the calling thread while no thread is spare.
pub(crate) struct Stage<'scope, 'env> {
    stages: Stages<'scope, 'env>,
    order: Order,
    source: Source<'scope>,
    /// The piece that is being read.
    buffer: Buffer,
    consumed: usize,
    /// Bytes read by the calling thread.
    passed: usize,
}

/// A buffer of a ring. It is full except at the end of a stream.
#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    length: usize,
}

/// The stream of a stage, by the thread that reads it.
enum Source<'scope> {
    Here(ByteStream<'scope>),
    Elsewhere(Reading<'scope>),
    /// The stream failed after the piece that was read last.
    Failed(io::Error),
    Ended,
}

/// The receiving end of a stream that another thread reads.
struct Reading<'scope> {
    /// Full buffers; an empty one is the end of the stream.
    full: Receiver<io::Result<Buffer>>,
    empty: SyncSender<Buffer>,
    thread: ScopedJoinHandle<'scope, ()>,
}

impl<'scope> Stage<'scope, '_> {
    /// Returns the unread rest of the current piece.
    fn rest(&self) -> &[u8] {
        self.buffer.bytes.get(self.consumed..self.buffer.length).unwrap_or_default()
    }

    /// Moves the stream to a spare thread if there is one and it is this stage's turn.
    fn try_move(&mut self) {
        let is_due = matches!(self.source, Source::Here(_))
            && self.passed >= self.stages.spare.settling
            && self.order != Order::Never
            && self.stages.moved.load(Ordering::Relaxed) >= self.order as usize;
        let Some(thread) = is_due.then(|| self.stages.spare.take()).flatten() else { return };
        let (sender, full) = sync_channel(RING);
        let (empty, buffers) = sync_channel(RING);
        // The stream is sent once the thread has started: if that fails, the stage keeps it.
        let (give, stream) = sync_channel::<ByteStream<'_>>(1);
        let work = move || {
            let _thread = thread;
            if let Ok(stream) = stream.recv() {
                read_ahead(stream, &sender, &buffers);
            }
        };
        let Ok(thread) = Builder::new().name("stage".to_owned()).spawn_scoped(self.stages.scope, work) else {
            return;
        };
        let reading = Source::Elsewhere(Reading { full, empty, thread });
        if let Source::Here(stream) = std::mem::replace(&mut self.source, reading) {
            let _ = give.send(stream);
        }
        if let Source::Elsewhere(reading) = &self.source {
            for _ in 1..RING {
                reading.recycle(Buffer { bytes: vec![0; PIECE], length: 0 });
            }
        }
        self.stages.moved.fetch_add(1, Ordering::Relaxed);
    }

    /// Fills a buffer on this thread and returns its length. An error after some bytes waits until
    /// they have been read.
    fn fill_here(&mut self, mut stream: ByteStream<'scope>, bytes: &mut [u8]) -> io::Result<usize> {
        let (length, outcome) = fill(&mut stream, bytes);
        self.passed = self.passed.saturating_add(length);
        self.source = match outcome {
            Ok(()) => Source::Here(stream),
            Err(error) if length > 0 => Source::Failed(error),
            Err(error) => return Err(error),
        };
        Ok(length)
    }

    /// Reads the next piece. Pieces are full except at the end, wherever the stream is read: so the
    /// bytes before an error are the same on any number of threads.
    fn refill(&mut self) -> io::Result<()> {
        self.try_move();
        let mut buffer = std::mem::take(&mut self.buffer);
        self.consumed = 0;
        if buffer.bytes.is_empty() {
            buffer.bytes = vec![0; PIECE];
        }
        match std::mem::replace(&mut self.source, Source::Ended) {
            Source::Here(stream) => {
                buffer.length = self.fill_here(stream, &mut buffer.bytes)?;
                self.buffer = buffer;
            }
            Source::Elsewhere(reading) => {
                reading.recycle(buffer);
                self.buffer = match reading.full.recv() {
                    Ok(piece) => piece?,
                    Err(_) => return Err(reading.failure()),
                };
                if self.buffer.length > 0 {
                    self.source = Source::Elsewhere(reading);
                }
            }
            Source::Failed(error) => return Err(error),
            Source::Ended => {}
        }
        Ok(())
    }
}

impl Reading<'_> {
    /// Returns a buffer to the thread.
    fn recycle(&self, buffer: Buffer) {
        // A thread that has ended needs no more buffers.
        let _ = self.empty.send(buffer);
    }

    /// Returns the error for a thread that ended without sending the end. If the thread panicked,
    /// panics with the same payload.
    fn failure(self) -> io::Error {
        match self.thread.join() {
            Ok(()) => io::Error::other("a stage ended early"),
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl Read for Stage<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A large read on this thread bypasses the buffer.
        if self.rest().is_empty() && buffer.len() >= PIECE {
            self.try_move();
            match std::mem::replace(&mut self.source, Source::Ended) {
                Source::Here(stream) => {
                    return self.fill_here(stream, buffer.get_mut(..PIECE).unwrap_or_default());
                }
                source => self.source = source,
            }
        }
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Stage<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.rest().is_empty() {
            self.refill()?;
        }
        Ok(self.rest())
    }

    fn consume(&mut self, amount: usize) {
        self.consumed += amount.min(self.rest().len());
    }
}

/// Reads a stream into buffers until it ends or fails, or its receiver is dropped.
fn read_ahead(mut stream: ByteStream<'_>, full: &SyncSender<io::Result<Buffer>>, buffers: &Receiver<Buffer>) {
    for mut buffer in buffers {
        let (length, outcome) = fill(&mut stream, &mut buffer.bytes);
        buffer.length = length;
        let is_end = outcome.is_err() || buffer.length < buffer.bytes.len();
        if buffer.length > 0 && full.send(Ok(buffer)).is_err() {
            return;
        }
        if is_end {
            let _ = full.send(outcome.map(|()| Buffer::default()));
            return;
        }
    }
}

/// Fills a buffer completely, unless the stream ends or fails first; returns how far.
fn fill(stream: &mut ByteStream<'_>, bytes: &mut [u8]) -> (usize, io::Result<()>) {
    let mut length = 0;
    while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
        match stream.read(room) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Err(error)),
        }
    }
    (length, Ok(()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::thread::scope;

    use super::*;

    fn content() -> Vec<u8> {
        (0..3_000_000_u32).map(|at| (at % 251) as u8).collect()
    }

    /// Reads through three stages; returns the bytes, the result and the number of moved stages.
    fn drain(
        stream: &mut (dyn Read + Send),
        spare: &Arc<SpareThreads>,
    ) -> (Vec<u8>, io::Result<usize>, usize) {
        scope(|scope| {
            let stages = Stages::new(scope, spare);
            let one = stages.stage(Order::Second, stream);
            let two = stages.stage(Order::First, one);
            let mut three = stages.stage(Order::Third, two);
            let mut bytes = Vec::new();
            let result = three.read_to_end(&mut bytes);
            (bytes, result, stages.moved.load(Ordering::Relaxed))
        })
    }

    #[test]
    fn stages_pass_the_same_bytes_on_any_number_of_threads() {
        let content = content();
        for threads in 0..=4 {
            let spare = SpareThreads::eager(threads);
            let (bytes, result, moved) = drain(&mut &content[..], &spare);
            assert_eq!(result.expect("no error"), content.len());
            assert!(bytes == content);
            // A thread that is done is spare again.
            assert!(moved <= 3 && moved >= threads.min(3), "{threads}: {moved}");
            assert!(threads > 0 || moved == 0);
            let counts = spare.counts();
            assert_eq!(
                (counts.spare, counts.stages),
                (i64::try_from(threads).expect("few"), 0),
                "all threads are spare again"
            );
        }
        assert_eq!(drain(&mut io::empty(), &SpareThreads::eager(3)).0, b"");
    }

    #[test]
    fn stage_moves_once_a_thread_is_spare() {
        let spare = SpareThreads::eager(1);
        spare.begin_layer();
        spare.begin_layer();
        scope(|scope| {
            let stages = Stages::new(scope, &spare);
            let content = content();
            let mut stage = stages.stage(Order::First, io::Cursor::new(content));
            let mut moved = || {
                let length = stage.fill_buf().expect("bytes").len();
                stage.consume(length);
                stages.moved.load(Ordering::Relaxed)
            };
            assert_eq!(moved(), 0);
            spare.end_layer();
            assert_eq!(moved(), 0, "the thread has another layer");
            spare.end_layer();
            assert_eq!(moved(), 1);
        });
    }

    #[test]
    fn small_layers_do_not_move() {
        let bytes = vec![7; SETTLING - 1];
        assert_eq!(drain(&mut &bytes[..], &SpareThreads::new(3)).2, 0);
        let bytes = vec![7; 8 * SETTLING];
        assert_eq!(drain(&mut &bytes[..], &SpareThreads::new(3)).2, 3);
    }

    #[test]
    fn stages_move_in_order() {
        scope(|scope| {
            let spare = SpareThreads::eager(2);
            let stages = Stages::new(scope, &spare);
            let mut second = stages.stage(Order::Second, io::repeat(2));
            let mut never = stages.stage(Order::Never, io::repeat(0));
            let read = |stage: &mut Stage<'_, '_>| {
                stage.refill().expect("bytes");
                matches!(stage.source, Source::Elsewhere(_))
            };
            assert!(!read(&mut second), "the first one has not moved");
            stages.without_first();
            assert!(read(&mut second));
            assert!(!read(&mut never));
        });
    }

    /// A stream of the given number of bytes, followed by the given failure.
    struct Failing(usize, fn() -> io::Result<usize>);

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.min(buffer.len());
            self.0 -= read;
            if read == 0 { (self.1)() } else { Ok(read) }
        }
    }

    #[test]
    fn error_follows_all_bytes_before_it() {
        for threads in 0..=3 {
            let mut stream = Failing(300_000, || Err(io::Error::other("torn")));
            let (bytes, result, _) = drain(&mut stream, &SpareThreads::eager(threads));
            assert_eq!(result.expect_err("torn").to_string(), "torn");
            assert_eq!(bytes.len(), 300_000, "{threads}");
        }
    }

    #[test]
    fn panic_in_a_stage_reaches_its_reader() {
        for threads in 0..=3 {
            let run = || drain(&mut Failing(300_000, || panic!("a bug")), &SpareThreads::eager(threads));
            let panic = std::panic::catch_unwind(run).expect_err("a panic");
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"a bug"), "{threads}");
        }
    }

    #[test]
    fn dropped_stage_ends_its_thread() {
        struct Endless(Sender<()>);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let _ = self.0.send(());
                Ok(buffer.len())
            }
        }
        let (sender, reads) = channel();
        scope(|scope| {
            let stages = Stages::new(scope, &SpareThreads::eager(1));
            let mut stage = stages.stage(Order::First, Endless(sender));
            assert_eq!(stage.fill_buf().expect("bytes").len(), PIECE);
        });
        assert!(reads.iter().count() <= RING, "it reads no further ahead than its ring");
    }
}

//! Watched reads: threads do the work, and the caller receives progress and snapshots, and may
//! cancel.
//!
//! Cancelling returns at once. The threads are detached and end with their next read; a thread that
//! waits for a silent pipe remains until the pipe has data or the program ends.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use dockopt_core::image::ImageInfo;
use dockopt_core::tree::{Tree, TreeBuilder, TreeError};

use super::error::ReadError;
use crate::bytes::progress::{Meter, OnProgress, Progress};
use crate::layer::{Batch, CHANNEL_DEPTH};

/// Time between two reports of progress.
const INTERVAL: Duration = Duration::from_millis(40);
/// The most entries in a snapshot, which is a copy of all entries.
const MAX_SNAPSHOT: usize = 250_000;

/// Callbacks of a read, all on the thread of [`open_image`](super::open_image).
pub trait Watcher {
    /// Called when the image is chosen: before its layers are read; after, in a streamed archive.
    fn planned(&mut self, _info: &ImageInfo) {}

    /// Called about 25 times a second, and once after all layers; [`ControlFlow::Break`] cancels.
    fn progress(&mut self, _progress: &Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Returns whether to take a snapshot. Called after [`Self::progress`] if a layer was completed
    /// since the last snapshot.
    ///
    /// Not called while the order of layers is unknown (in a streamed archive), and not above
    /// 250,000 entries: a snapshot copies every entry read so far, about 100 bytes each, and blocks
    /// reading meanwhile.
    fn wants_snapshot(&mut self) -> bool {
        false
    }

    /// Receives a snapshot, after [`Self::wants_snapshot`] returned true.
    fn snapshot(&mut self, _snapshot: Snapshot) {}
}

/// The image as read so far.
#[derive(Debug)]
pub struct Snapshot {
    /// The stacked complete layers; all others are empty. Contents without a hash count as
    /// different.
    pub tree: Tree,
    /// Whether each layer is complete.
    pub read: Vec<bool>,
}

/// A watcher with a callback for progress only.
pub(crate) struct ProgressOnly<'p, 'f>(pub(crate) &'p mut OnProgress<'f>);

impl Watcher for ProgressOnly<'_, '_> {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        (self.0)(progress.clone())
    }
}

/// The layers received so far.
#[derive(Default)]
pub(crate) struct Growing {
    pub(crate) builder: TreeBuilder,
    /// Whether each slot is complete.
    complete: Vec<bool>,
    /// Whether a slot was completed since the last snapshot.
    news: bool,
}

impl Growing {
    fn take(&mut self, batch: &Batch) -> Result<(), TreeError> {
        batch.push_into(&mut self.builder)?;
        if let Some(slot) = batch.completes() {
            let slot = slot as usize;
            if self.complete.len() <= slot {
                self.complete.resize(slot + 1, false);
            }
            if let Some(complete) = self.complete.get_mut(slot) {
                *complete = true;
            }
            self.news = true;
        }
        Ok(())
    }

    fn is_complete(&self, slot: u32) -> bool {
        self.complete.get(slot as usize).copied().unwrap_or(false)
    }

    fn snapshot(&mut self, order: &[u32]) -> Result<Snapshot, TreeError> {
        self.news = false;
        let read: Vec<bool> = order.iter().map(|&slot| self.is_complete(slot)).collect();
        let mut builder = self.builder.clone();
        let empty = order.iter().max().map_or(0, |slot| slot + 1);
        builder.open_slot(empty);
        let slots: Vec<u32> =
            order.iter().zip(&read).map(|(&slot, &read)| if read { slot } else { empty }).collect();
        let tree = builder.stack(&slots)?.finish();
        Ok(Snapshot { tree, read })
    }
}

/// Runs the stages of a read, and reports progress.
pub(crate) struct Watch<'w> {
    watcher: &'w mut dyn Watcher,
    pub(crate) meter: Arc<Meter>,
    /// The slot of each layer; `None` until the image is planned.
    order: Option<Vec<u32>>,
    entries: usize,
    reported: Instant,
}

impl<'w> Watch<'w> {
    pub(crate) fn new(watcher: &'w mut dyn Watcher) -> Self {
        Self { watcher, meter: Arc::default(), order: None, entries: 0, reported: Instant::now() }
    }

    pub(crate) fn planned(&mut self, info: &ImageInfo, slots: &[u32]) {
        self.order = Some(slots.to_vec());
        self.watcher.planned(info);
    }

    /// Reads layers: `work` sends their entries to `growing`.
    pub(crate) fn read<R: Send + 'static>(
        &mut self,
        growing: &mut Growing,
        work: impl FnOnce(&SyncSender<Batch>) -> R + Send + 'static,
    ) -> Result<R, ReadError> {
        let result = self.during(Some(growing), work)?;
        self.entries = growing.builder.entry_count();
        self.report(None)?;
        Ok(result)
    }

    /// Runs other slow work.
    pub(crate) fn work<R: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, ReadError> {
        self.during(None, move |_| work())
    }

    fn during<R: Send + 'static>(
        &mut self,
        growing: Option<&mut Growing>,
        work: impl FnOnce(&SyncSender<Batch>) -> R + Send + 'static,
    ) -> Result<R, ReadError> {
        let (sender, receiver) = sync_channel(CHANNEL_DEPTH);
        let worker = std::thread::spawn(move || work(&sender));
        if let Err(error) = self.wait(growing, &receiver) {
            self.meter.cancel();
            return Err(error);
        }
        worker.join().map_err(|panic| std::panic::resume_unwind(panic))
    }

    /// Receives batches until the last sender is dropped.
    fn wait(
        &mut self,
        mut growing: Option<&mut Growing>,
        batches: &Receiver<Batch>,
    ) -> Result<(), ReadError> {
        loop {
            match (batches.recv_timeout(INTERVAL), growing.as_mut()) {
                (Ok(batch), Some(growing)) => growing.take(&batch)?,
                (Ok(_), None) | (Err(RecvTimeoutError::Timeout), _) => {}
                (Err(RecvTimeoutError::Disconnected), _) => return Ok(()),
            }
            if self.reported.elapsed() >= INTERVAL {
                self.report(growing.as_deref_mut())?;
            }
        }
    }

    fn report(&mut self, growing: Option<&mut Growing>) -> Result<(), ReadError> {
        let entries = growing.as_ref().map_or(self.entries, |growing| growing.builder.entry_count());
        let progress = self.meter.progress(entries, self.order.as_deref());
        if self.watcher.progress(&progress) == ControlFlow::Break(()) {
            return Err(ReadError::Cancelled);
        }
        if let (Some(growing), Some(order)) = (growing, &self.order)
            && growing.news
            && entries <= MAX_SNAPSHOT
            && self.watcher.wants_snapshot()
        {
            let snapshot = growing.snapshot(order)?;
            self.watcher.snapshot(snapshot);
        }
        self.reported = Instant::now();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use dockopt_core::entry::Content;

    use super::*;
    use crate::layer::BatchSender;
    use crate::tar::Member;

    fn sender(slot: u32, names: &[&str], batches: &SyncSender<Batch>) -> BatchSender {
        let mut sender = BatchSender::new(slot, batches.clone());
        for name in names {
            sender.push(&Member::small_file(), Content::At(512), name.as_bytes(), b"").expect("a builder");
        }
        sender
    }

    fn paths(tree: &Tree) -> Vec<String> {
        let mut paths: Vec<_> = tree.final_files().map(|file| file.path.to_text()).collect();
        paths.sort();
        paths
    }

    /// Takes every snapshot, and sends a message for each.
    struct Eager {
        snapshots: Vec<Snapshot>,
        tell: Sender<()>,
    }

    impl Watcher for Eager {
        fn wants_snapshot(&mut self) -> bool {
            true
        }

        fn snapshot(&mut self, snapshot: Snapshot) {
            self.snapshots.push(snapshot);
            self.tell.send(()).expect("a reader");
        }
    }

    #[test]
    fn snapshot_has_only_complete_layers() {
        let (tell, told) = channel();
        let mut eager = Eager { snapshots: Vec::new(), tell };
        let mut watch = Watch::new(&mut eager);
        watch.planned(&ImageInfo::default(), &[1, 0, 2, 1]);
        let mut growing = Growing::default();
        let work = move |batches: &SyncSender<Batch>| {
            let half = sender(0, &["half"], batches);
            sender(1, &["whole", "too"], batches).finish().expect("a builder");
            told.recv().expect("a snapshot");
            half.finish().expect("a builder");
            told.recv().expect("a snapshot");
        };
        watch.read(&mut growing, work).expect("nothing to fail");
        let seen: Vec<_> = eager.snapshots.iter().map(|one| (one.read.clone(), paths(&one.tree))).collect();
        let before = vec!["/too".to_owned(), "/whole".to_owned()];
        let after = vec!["/half".to_owned(), "/too".to_owned(), "/whole".to_owned()];
        assert_eq!(
            seen,
            [(vec![true, false, false, true], before), (vec![true, true, false, true], after.clone())]
        );
        growing.builder.open_slot(2);
        let tree = growing.builder.stack(&[1, 0, 2, 1]).expect("slots").finish();
        assert_eq!(paths(&tree), after, "snapshots do not change the layers");
    }

    /// Cancels at the first report of progress.
    struct Impatient;

    impl Watcher for Impatient {
        fn progress(&mut self, _progress: &Progress) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }

    #[test]
    fn cancelling_does_not_wait_for_a_blocked_thread() {
        let mut impatient = Impatient;
        let mut watch = Watch::new(&mut impatient);
        let (_silent, never) = channel::<()>();
        let result = watch.work(move || never.recv().is_ok());
        assert!(matches!(result, Err(ReadError::Cancelled)), "{result:?}");
        assert!(watch.meter.is_cancelled(), "other threads see it");
    }
}

//! Reading that can be watched: work on threads of its own, and a caller who is told, may look at what there is already,
//! and may cancel.
//!
//! Whoever cancels is not kept waiting: the threads are left to themselves and end with their next read. One that waits
//! for a silent pipe stays until the pipe says something or the program ends.

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
/// Entries above which there are no snapshots: each is a copy of all that is there.
const MAX_SNAPSHOT: usize = 250_000;

/// Watches an image being read. Everything is called on the thread that reads.
pub trait Watcher {
    /// The image is chosen: before its layers are read; after that if its archive passes by once.
    fn planned(&mut self, _info: &ImageInfo) {}

    /// Called about 25 times a second, and once when all layers are read; [`ControlFlow::Break`] cancels.
    fn progress(&mut self, _progress: &Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Whether to make a snapshot: asked as often as there is progress, while there are layers that the last one did not have.
    ///
    /// Never asked where the order of the layers is not known yet (an archive that passes by once), and not above 250,000
    /// entries: a snapshot holds a copy of every entry read so far, about 100 bytes each, and is made while reading waits.
    fn wants_snapshot(&mut self) -> bool {
        false
    }

    /// The snapshot that was wanted.
    fn snapshot(&mut self, _snapshot: Snapshot) {}
}

/// What is read so far.
#[derive(Debug)]
pub struct Snapshot {
    /// The layers that are read completely, stacked; all others are empty. Contents that were not hashed count as different.
    pub tree: Tree,
    /// Which layers are read completely.
    pub read: Vec<bool>,
}

/// Watches by being told of progress alone.
pub(crate) struct ProgressOnly<'p, 'f>(pub(crate) &'p mut OnProgress<'f>);

impl Watcher for ProgressOnly<'_, '_> {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        (self.0)(progress.clone())
    }
}

/// The layers as they come.
#[derive(Default)]
pub(crate) struct Growing {
    pub(crate) builder: TreeBuilder,
    /// Which slots are complete.
    complete: Vec<bool>,
    /// Whether a slot has become so since the last snapshot.
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

/// Runs the stages of a read, and reports.
pub(crate) struct Watch<'w> {
    watcher: &'w mut dyn Watcher,
    pub(crate) meter: Arc<Meter>,
    /// The slot of each layer, once it is known.
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

    /// Does other work that takes its time.
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

    /// Waits until nobody can send any more.
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

    /// Wants every snapshot, and tells those who read when it has one.
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
    fn a_snapshot_has_the_layers_that_are_read_and_nothing_of_the_others() {
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
        assert_eq!(paths(&tree), after, "what is read is not changed by having been looked at");
    }

    /// Cancels as soon as it is asked.
    struct Impatient;

    impl Watcher for Impatient {
        fn progress(&mut self, _progress: &Progress) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }

    #[test]
    fn who_cancels_does_not_wait_for_a_thread_that_reads_nothing() {
        let mut impatient = Impatient;
        let mut watch = Watch::new(&mut impatient);
        let (_silent, never) = channel::<()>();
        let result = watch.work(move || never.recv().is_ok());
        assert!(matches!(result, Err(ReadError::Cancelled)), "{result:?}");
        assert!(watch.meter.is_cancelled(), "whoever reads on is told");
    }
}

//! How far an extraction has come, and whether it should stop.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::plan::Plan;

/// Time between two reports.
const INTERVAL: Duration = Duration::from_millis(40);

/// A moment of an extraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtractProgress {
    /// Entries dealt with so far.
    pub entries: u64,
    /// All entries to deal with.
    pub total_entries: u64,
    /// Bytes of content written so far, holes included.
    pub bytes: u64,
    /// All bytes of content to write, holes included.
    pub total_bytes: u64,
}

/// Told of the progress of an extraction; [`ControlFlow::Break`] cancels it.
pub type OnExtract<'a> = dyn FnMut(ExtractProgress) -> ControlFlow<()> + 'a;

/// Tells the caller of progress, now and then.
///
/// It is asked from deep within, also while a layer is still being unpacked, by code that only wants to know whether to give up.
pub(super) struct Reporter<'p, 'f> {
    on_progress: RefCell<&'p mut OnExtract<'f>>,
    progress: Cell<ExtractProgress>,
    reported: Cell<Instant>,
    cancelled: Cell<bool>,
}

impl<'p, 'f> Reporter<'p, 'f> {
    pub(super) fn new(plan: &Plan, on_progress: &'p mut OnExtract<'f>) -> Self {
        let total_entries = plan.items.len() as u64;
        let progress =
            ExtractProgress { total_entries, total_bytes: plan.bytes, ..ExtractProgress::default() };
        Self {
            on_progress: RefCell::new(on_progress),
            progress: Cell::new(progress),
            reported: Cell::new(Instant::now()),
            cancelled: Cell::new(false),
        }
    }

    pub(super) fn add_entry(&self) {
        let progress = self.progress.get();
        self.progress.set(ExtractProgress { entries: progress.entries + 1, ..progress });
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        let progress = self.progress.get();
        self.progress.set(ExtractProgress { bytes: progress.bytes.saturating_add(bytes), ..progress });
    }

    /// Whether the caller wants to stop; tells of the progress if it is time to.
    pub(super) fn gives_up(&self) -> bool {
        if self.reported.get().elapsed() >= INTERVAL && !self.cancelled.get() {
            self.report();
        }
        self.cancelled.get()
    }

    /// Tells of the progress.
    pub(super) fn report(&self) {
        self.reported.set(Instant::now());
        if let Ok(mut on_progress) = self.on_progress.try_borrow_mut() {
            self.cancelled.set(on_progress(self.progress.get()) == ControlFlow::Break(()));
        }
    }
}

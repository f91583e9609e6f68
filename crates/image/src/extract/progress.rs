//! Progress and cancellation of an extraction.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::plan::Plan;

/// Time between two reports.
const INTERVAL: Duration = Duration::from_millis(40);

/// A snapshot of the progress of an extraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtractProgress {
    /// Entries processed so far.
    pub entries: u64,
    /// Total entries to process.
    pub total_entries: u64,
    /// Bytes of content written so far, holes included.
    pub bytes: u64,
    /// Total bytes of content to write, holes included.
    pub total_bytes: u64,
}

/// Callback for the progress of an extraction; [`ControlFlow::Break`] cancels it.
pub type OnExtract<'a> = dyn FnMut(ExtractProgress) -> ControlFlow<()> + 'a;

/// Reports progress to the caller at intervals.
///
/// Code deep below, for example while waiting for a layer to be unpacked, calls it only to check
/// for cancellation.
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

    /// Returns whether the caller cancelled; reports progress if the interval has passed.
    pub(super) fn gives_up(&self) -> bool {
        if self.reported.get().elapsed() >= INTERVAL && !self.cancelled.get() {
            self.report();
        }
        self.cancelled.get()
    }

    /// Reports the progress.
    pub(super) fn report(&self) {
        self.reported.set(Instant::now());
        if let Ok(mut on_progress) = self.on_progress.try_borrow_mut() {
            self.cancelled.set(on_progress(self.progress.get()) == ControlFlow::Break(()));
        }
    }
}

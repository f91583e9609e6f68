//! Ctrl-C: stops the read, clears the progress bar, exits with 130.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::error::CliError;
use crate::progress::Bar;

/// Time that readers have to notice Ctrl-C; a reader that waits for a silent pipe never does.
const GRACE: Duration = Duration::from_millis(500);

/// Time that the handling of a signal may take.
const SETTLE: Duration = Duration::from_millis(100);

/// Flag that Ctrl-C sets.
pub(crate) struct Interrupt {
    pressed: Arc<AtomicBool>,
}

/// What the handler of the process refers to. A process has one handler, but may read more than one
/// image.
struct Handled {
    pressed: Arc<AtomicBool>,
    /// The bar of the current read.
    bar: Mutex<Bar>,
}

static HANDLED: OnceLock<Handled> = OnceLock::new();

impl Interrupt {
    /// Starts watching for Ctrl-C.
    pub(crate) fn watch(bar: Bar) -> Result<Self, CliError> {
        let mut is_first = false;
        let handled = HANDLED.get_or_init(|| {
            is_first = true;
            Handled { pressed: Arc::default(), bar: Mutex::new(bar.clone()) }
        });
        if is_first {
            ctrlc::set_handler(stop)
                .map_err(|error| CliError::failure("cannot watch for Ctrl-C".to_owned(), &error))?;
        } else {
            *handled.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
        }
        Ok(Self { pressed: Arc::clone(&handled.pressed) })
    }

    /// Returns whether a read failed because of Ctrl-C. In a pipeline Ctrl-C also ends the writer,
    /// and its end of the pipe may close before this process handles the signal.
    pub(crate) fn explains_failure(&self) -> bool {
        std::thread::sleep(SETTLE);
        self.pressed.load(Ordering::Relaxed)
    }

    /// Returns `Break` after Ctrl-C.
    pub(crate) fn flow(&self) -> ControlFlow<()> {
        if self.pressed.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn stop() {
    if let Some(Handled { pressed, bar }) = HANDLED.get() {
        pressed.store(true, Ordering::Relaxed);
        std::thread::sleep(GRACE);
        bar.lock().unwrap_or_else(PoisonError::into_inner).finish();
    }
    std::process::exit(130);
}

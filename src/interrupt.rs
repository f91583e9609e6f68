//! Ctrl-C: stops the read, clears the progress bar, exits with 130.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

impl Interrupt {
    /// Starts watching for Ctrl-C.
    pub(crate) fn watch(bar: Bar) -> Result<Self, CliError> {
        let pressed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&pressed);
        let handler = move || {
            flag.store(true, Ordering::Relaxed);
            std::thread::sleep(GRACE);
            bar.finish();
            std::process::exit(130);
        };
        ctrlc::set_handler(handler)
            .map_err(|error| CliError::failure("cannot watch for Ctrl-C".to_owned(), &error))?;
        Ok(Self { pressed })
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

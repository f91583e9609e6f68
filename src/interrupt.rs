//! Ctrl-C: stops reading, clears the progress bar, exits with 130.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::CliError;
use crate::progress::Bar;

/// How long readers have to notice; one that waits for a silent pipe never does.
const GRACE: Duration = Duration::from_millis(500);

/// How long a signal may take to be handled.
const SETTLE: Duration = Duration::from_millis(100);

/// Whether the user has pressed Ctrl-C.
pub(crate) struct Interrupt {
    pressed: Arc<AtomicBool>,
}

impl Interrupt {
    /// Starts to watch for Ctrl-C.
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

    /// Whether a read failed because of Ctrl-C. In a pipeline the writer dies of it too, and its end of the pipe may close
    /// before the signal is handled here.
    pub(crate) fn explains_failure(&self) -> bool {
        std::thread::sleep(SETTLE);
        self.pressed.load(Ordering::Relaxed)
    }

    /// Whether to go on.
    pub(crate) fn flow(&self) -> ControlFlow<()> {
        if self.pressed.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

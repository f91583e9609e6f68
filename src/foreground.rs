//! Signals while a child program runs in the foreground: the child handles them, and this program
//! outlives it.
//!
//! The terminal sends Ctrl-C to both. This program forwards signals that only it receives.

use std::io;
use std::process::{Child, ExitStatus};

use crate::error::CliError;

/// What signals do after the child ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// Their default action.
    Default,
    /// Nothing: another handler takes over soon.
    Nothing,
}

/// Signal handlers that are active while the child runs.
pub(crate) struct Foreground {
    #[cfg(unix)]
    signals: signal_hook::iterator::Signals,
    #[cfg(unix)]
    afterwards: Afterwards,
}

#[cfg(unix)]
impl Foreground {
    /// Takes the signals over. Call this before the child starts, so that no signal is missed.
    pub(crate) fn take(afterwards: Afterwards) -> Result<Self, CliError> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
        let signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])
            .map_err(|error| CliError::failure("cannot watch for signals".to_owned(), &error))?;
        Ok(Self { signals, afterwards })
    }

    /// Waits until the child ends.
    pub(crate) fn wait(self, mut child: Child) -> io::Result<ExitStatus> {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicBool, Ordering};
        let Self { mut signals, afterwards } = self;
        let handle = signals.handle();
        let works = Arc::new(AtomicBool::new(true));
        let still_works = Arc::clone(&works);
        let pid = rustix::process::Pid::from_child(&child);
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                if still_works.load(Ordering::SeqCst) {
                    pass_on(signal, pid);
                } else {
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                }
            }
        })?;
        let status = child.wait();
        works.store(false, Ordering::SeqCst);
        if afterwards == Afterwards::Nothing {
            handle.close();
        }
        status
    }
}

#[cfg(unix)]
fn pass_on(signal: i32, pid: rustix::process::Pid) {
    use rustix::process::{Signal, kill_process};
    // The child may have exited already.
    let _ = match signal {
        signal_hook::consts::SIGHUP => kill_process(pid, Signal::HUP),
        signal_hook::consts::SIGTERM => kill_process(pid, Signal::TERM),
        _ => Ok(()),
    };
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "same signature as on Unix")]
impl Foreground {
    /// Does nothing: there are no signals here.
    pub(crate) fn take(_afterwards: Afterwards) -> Result<Self, CliError> {
        Ok(Self {})
    }

    /// Waits until the child ends.
    pub(crate) fn wait(self, mut child: Child) -> io::Result<ExitStatus> {
        child.wait()
    }
}

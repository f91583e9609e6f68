//! Signals while another program works for us in the foreground: it decides what they mean, and we outlive it.
//!
//! Ctrl-C reaches it without us, because the terminal sends that to both. What was sent to us alone is passed on.

use std::io;
use std::process::{Child, ExitStatus};

use crate::error::CliError;

/// What signals do when the other program has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// What they do to any program, for what nobody else takes care of.
    Default,
    /// Nothing, because somebody takes care of them soon.
    Nothing,
}

/// The signals, taken over.
pub(crate) struct Foreground {
    #[cfg(unix)]
    signals: signal_hook::iterator::Signals,
    #[cfg(unix)]
    afterwards: Afterwards,
}

#[cfg(unix)]
impl Foreground {
    /// Takes the signals over. To be done before the program starts, so that none falls between.
    pub(crate) fn take(afterwards: Afterwards) -> Result<Self, CliError> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
        let signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])
            .map_err(|error| CliError::failure("cannot watch for signals".to_owned(), &error))?;
        Ok(Self { signals, afterwards })
    }

    /// Waits for the program's end.
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
    // If it is gone already, there is nobody to tell.
    let _ = match signal {
        signal_hook::consts::SIGHUP => kill_process(pid, Signal::HUP),
        signal_hook::consts::SIGTERM => kill_process(pid, Signal::TERM),
        _ => Ok(()),
    };
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as where there are signals")]
impl Foreground {
    /// There is nothing to take over.
    pub(crate) fn take(_afterwards: Afterwards) -> Result<Self, CliError> {
        Ok(Self {})
    }

    /// Waits for the program's end.
    pub(crate) fn wait(self, mut child: Child) -> io::Result<ExitStatus> {
        child.wait()
    }
}

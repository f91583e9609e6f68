//! Threads that answer requests, where only the latest request matters.
//!
//! Otherwise requests that follow the cursor would queue up behind outdated ones. A request that is
//! replaced before its turn is dropped; a request in progress can check whether it was superseded.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Slot for the next request.
struct Mailbox<R> {
    state: Mutex<MailboxState<R>>,
    changed: Condvar,
}

struct MailboxState<R> {
    request: Option<R>,
    closed: bool,
}

/// Handle of a worker thread; dropping it ends the thread.
pub(crate) struct Worker<R> {
    mailbox: Arc<Mailbox<R>>,
}

/// Tells a worker whether its request is still the latest.
pub(crate) struct Latest<'m>(&'m dyn Fn() -> bool);

impl Latest<'_> {
    /// Returns a check that is always true.
    #[cfg(test)]
    pub(crate) fn always() -> Self {
        Self(&|| true)
    }

    /// Returns whether there is no newer request.
    pub(crate) fn is_current(&self) -> bool {
        (self.0)()
    }
}

impl<R: Send + 'static> Worker<R> {
    /// Starts a thread that answers requests one by one.
    pub(crate) fn start(
        name: &str,
        mut answer: impl FnMut(R, &Latest<'_>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let state = Mutex::new(MailboxState { request: None, closed: false });
        let mailbox = Arc::new(Mailbox { state, changed: Condvar::new() });
        let inbox = Arc::clone(&mailbox);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some(request) = inbox.take() {
                answer(request, &Latest(&|| inbox.is_quiet()));
            }
        })?;
        Ok(Self { mailbox })
    }

    /// Sends a request, which replaces one that is still waiting.
    pub(crate) fn ask(&self, request: R) {
        self.mailbox.lock().request = Some(request);
        self.mailbox.changed.notify_one();
    }
}

impl<R> Drop for Worker<R> {
    fn drop(&mut self) {
        self.mailbox.lock().closed = true;
        self.mailbox.changed.notify_one();
    }
}

impl<R> Mailbox<R> {
    fn lock(&self) -> std::sync::MutexGuard<'_, MailboxState<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a request; `None` after the handle is dropped.
    fn take(&self) -> Option<R> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(request) = state.request.take() {
                return Some(request);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn is_quiet(&self) -> bool {
        let state = self.lock();
        state.request.is_none() && !state.closed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn latest_request_supersedes_waiting_ones() {
        let (answers, answered) = channel();
        let (begun, begins) = channel();
        let (go_on, gate) = channel::<()>();
        let worker = Worker::start("test", move |request: u32, latest| {
            begun.send(request).expect("a receiver");
            gate.recv().expect("a signal");
            answers.send((request, latest.is_current())).expect("a receiver");
        })
        .expect("a thread");
        worker.ask(1);
        assert_eq!(begins.recv(), Ok(1));
        worker.ask(2);
        worker.ask(3);
        go_on.send(()).expect("a worker");
        assert_eq!(answered.recv(), Ok((1, false)), "superseded by a newer request");
        go_on.send(()).expect("a worker");
        assert_eq!(answered.recv(), Ok((3, true)), "the second was replaced");
        drop(worker);
        assert!(answered.recv().is_err(), "the thread has ended");
    }
}

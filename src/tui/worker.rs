//! Threads that answer requests, where only the latest request matters.
//!
//! What follows the cursor would otherwise queue up behind answers that nobody wants any more. A request that
//! was replaced before its turn is dropped; one that is being answered can look whether it still matters.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Where the next request waits.
struct Mailbox<R> {
    state: Mutex<MailboxState<R>>,
    changed: Condvar,
}

struct MailboxState<R> {
    request: Option<R>,
    closed: bool,
}

/// The end of a worker that takes requests; the worker ends when it is dropped.
pub(crate) struct Worker<R> {
    mailbox: Arc<Mailbox<R>>,
}

/// Tells a worker whether what it does is still wanted.
pub(crate) struct Latest<'m>(&'m dyn Fn() -> bool);

impl Latest<'_> {
    /// Always.
    #[cfg(test)]
    pub(crate) fn always() -> Self {
        Self(&|| true)
    }

    /// Whether no newer request has come.
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

    /// Asks; a request that still waits is forgotten.
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

    /// Waits for a request; `None` when nobody can ask any more.
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
    fn only_the_latest_request_is_answered() {
        let (answers, answered) = channel();
        let (begun, begins) = channel();
        let (go_on, gate) = channel::<()>();
        let worker = Worker::start("test", move |request: u32, latest| {
            begun.send(request).expect("a listener");
            gate.recv().expect("a signal");
            answers.send((request, latest.is_current())).expect("a listener");
        })
        .expect("a thread");
        worker.ask(1);
        assert_eq!(begins.recv(), Ok(1));
        worker.ask(2);
        worker.ask(3);
        go_on.send(()).expect("a worker");
        assert_eq!(answered.recv(), Ok((1, false)), "a newer request has come");
        go_on.send(()).expect("a worker");
        assert_eq!(answered.recv(), Ok((3, true)), "the second was replaced");
        drop(worker);
        assert!(answered.recv().is_err(), "the thread has ended");
    }
}

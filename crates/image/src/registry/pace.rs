//! Time limits: waits, retries, and the slowest transfer.

use std::time::Duration;

use super::options::RegistryOptions;

/// Attempts at one request, and at resuming one blob.
pub(super) const ATTEMPTS: u32 = 4;
/// The slowest transfer in bytes a second.
const SLOWEST: u128 = 1024;

/// Time limits of a client.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// The longest time without progress.
    pub(crate) timeout: Duration,
    /// The wait before the second attempt; it doubles with each further attempt.
    pub(crate) backoff: Duration,
    /// The time after which requests are not retried.
    pub(crate) patience: Duration,
    /// The longest wait that a server may ask for, all waits of one request together.
    pub(crate) longest_wait: Duration,
}

impl Pace {
    pub(crate) fn new(options: &RegistryOptions) -> Self {
        Self {
            timeout: options.timeout,
            backoff: Duration::from_millis(250),
            patience: Duration::from_secs(5),
            longest_wait: Duration::from_secs(10),
        }
    }

    /// Returns the wait after attempt number `attempt`, counted from 1.
    pub(super) fn pause(&self, attempt: u32) -> Duration {
        self.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(8))
    }

    pub(super) fn speed(&self) -> Speed {
        Speed { window: self.timeout / 3, spent: Duration::ZERO, bytes: 0 }
    }
}

/// Detects a transfer that drips: too few bytes a second to ever end.
#[derive(Debug)]
pub(super) struct Speed {
    window: Duration,
    /// Time spent waiting for bytes in this window, without the time spent on them.
    spent: Duration,
    bytes: u64,
}

impl Speed {
    /// Adds a wait and the bytes it brought; returns false if the transfer is too slow.
    pub(super) fn note(&mut self, took: Duration, bytes: u64) -> bool {
        self.spent += took;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.spent < self.window {
            return true;
        }
        let enough = u128::from(self.bytes) * 1000 >= SLOWEST * self.spent.as_millis();
        (self.spent, self.bytes) = (Duration::ZERO, 0);
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double() {
        let pace = Pace::new(&RegistryOptions::default());
        let pauses: Vec<_> = (1..=4).map(|attempt| pace.pause(attempt).as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1000, 2000]);
    }

    #[test]
    fn only_a_whole_slow_window_is_too_slow() {
        let second = Duration::from_secs(1);
        let mut speed = Pace::new(&RegistryOptions::default()).speed();
        assert!((0..9).all(|_| speed.note(second, 1)), "nine seconds say nothing");
        assert!(!speed.note(second, 1));
        assert!((0..25).all(|_| speed.note(second, 1024)), "slow, but a transfer");
        assert!(speed.note(20 * second, 20 * 1024));
    }
}

//! How long things may take: waiting, trying again, and what is too slow to be called a transfer.

use std::time::Duration;

use super::options::RegistryOptions;

/// Attempts at one request, and at going on with one blob.
pub(super) const ATTEMPTS: u32 = 4;
/// Fewest bytes a second.
const SLOWEST: u128 = 1024;

/// How patient a client is.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    /// Longest time without any progress.
    pub(crate) timeout: Duration,
    /// Time before the second attempt; it doubles with each further one.
    pub(crate) backoff: Duration,
    /// Time after which no request is tried again.
    pub(crate) patience: Duration,
    /// Longest time a server may ask to wait, all waits of a request together.
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

    /// The wait before the attempt after `attempt` (counted from 1).
    pub(super) fn pause(&self, attempt: u32) -> Duration {
        self.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(8))
    }

    pub(super) fn speed(&self) -> Speed {
        Speed { window: self.timeout / 3, spent: Duration::ZERO, bytes: 0 }
    }
}

/// Notices a transfer that drips: bytes come, but so few that it would take for ever.
#[derive(Debug)]
pub(super) struct Speed {
    window: Duration,
    /// Time spent waiting for bytes in this window; what others do with them does not count.
    spent: Duration,
    bytes: u64,
}

impl Speed {
    /// Notes that waiting so long brought so many bytes; false if that is too slow.
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
    fn pauses_double() {
        let pace = Pace::new(&RegistryOptions::default());
        let pauses: Vec<_> = (1..=4).map(|attempt| pace.pause(attempt).as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1000, 2000]);
    }

    #[test]
    fn only_a_whole_window_of_drips_is_too_slow() {
        let second = Duration::from_secs(1);
        let mut speed = Pace::new(&RegistryOptions::default()).speed();
        assert!((0..9).all(|_| speed.note(second, 1)), "nine seconds say nothing");
        assert!(!speed.note(second, 1));
        assert!((0..25).all(|_| speed.note(second, 1024)), "slow, but a transfer");
        assert!(speed.note(20 * second, 20 * 1024));
    }
}

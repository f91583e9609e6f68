//! A stream that returns its first error again on every later read.
//!
//! The reader of one archive member may drop an error. Without the repetition, the reader of the
//! next member would see the end of the archive instead of the error.

use std::io::{self, Read};
use std::sync::Arc;

/// A stream that repeats its error. Interruptions are not errors.
pub(super) struct Repeating<R> {
    stream: R,
    error: Option<Arc<io::Error>>,
}

impl<R> Repeating<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, error: None }
    }
}

impl<R: Read> Read for Repeating<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let error = match &self.error {
            Some(error) => Arc::clone(error),
            None => match self.stream.read(buffer) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => Arc::new(error),
                outcome => return outcome,
            },
        };
        self.error = Some(Arc::clone(&error));
        Err(io::Error::new(error.kind(), error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns two bytes, an interruption, an error, and then the end.
    struct Failing(u32);

    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => b"ab".as_slice().read(buffer),
                2 => Err(io::ErrorKind::Interrupted.into()),
                3 => Err(io::Error::other("torn")),
                _ => Ok(0),
            }
        }
    }

    #[test]
    fn error_repeats_on_every_read() {
        let mut stream = Repeating::new(Failing(0));
        let mut read = Vec::new();
        for _ in 0..3 {
            assert_eq!(stream.read_to_end(&mut read).expect_err("torn").to_string(), "torn");
        }
        assert_eq!(read, b"ab");
    }
}

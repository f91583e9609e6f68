//! A stream whose end stays its end: an error that was met comes again with every further read.
//!
//! Who reads a member of an archive may drop an error that who reads the next one needs: otherwise the archive would seem to end
//! there, and nobody would learn why.

use std::io::{self, Read};
use std::sync::Arc;

/// A stream that does not forget its error.
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

    /// Gives two bytes, an interruption, an error, and after that nothing.
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
    fn an_error_comes_again() {
        let mut stream = Repeating::new(Failing(0));
        let mut read = Vec::new();
        for _ in 0..3 {
            assert_eq!(stream.read_to_end(&mut read).expect_err("torn").to_string(), "torn");
        }
        assert_eq!(read, b"ab");
    }
}

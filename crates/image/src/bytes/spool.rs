//! A spool of unpacked bytes, for a streamed archive or a compressed layer, in an unnamed temporary
//! file.
//!
//! One thread appends; others read available bytes and wait for missing ones. The file never has a
//! name, so nothing is left behind however the program ends. A spool that cannot grow (the disk is
//! full, or its share is used up) frees its disk space and keeps the error.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::bytes::window::{read_at, write_all_at};

/// Largest copy of a streamed archive, unpacked: 64 GiB.
pub(crate) const MAX_COPY: u64 = 64 << 30;

/// How often a waiting reader checks whether to give up.
pub(crate) const PATIENCE: Duration = Duration::from_millis(20);

/// A limit on the bytes that several spools keep together.
#[derive(Debug)]
pub(crate) struct Share {
    limit: u64,
    used: AtomicU64,
}

impl Share {
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicU64::new(0) })
    }

    /// Takes bytes from the share. They count until they are given back, even if this fails.
    pub(crate) fn take(&self, bytes: u64) -> io::Result<()> {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.limit {
            return Ok(());
        }
        Err(io::Error::other(format!("more than {} GiB unpacked", self.limit >> 30)))
    }

    /// Returns bytes to the share.
    pub(crate) fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Bytes in a temporary file.
#[derive(Debug)]
pub(crate) struct Spool {
    share: Arc<Share>,
    state: Mutex<CopyState>,
    changed: Condvar,
}

#[derive(Debug)]
struct CopyState {
    /// The file, until it fails.
    file: Option<Arc<File>>,
    /// Readable bytes.
    length: u64,
    /// Bytes taken from the share.
    taken: u64,
    end: Option<End>,
}

/// How a spool ended.
#[derive(Clone, Debug)]
enum End {
    Complete,
    /// Unpacking failed at this time; the bytes before the error are readable.
    Broken(Arc<io::Error>, Instant),
    /// The bytes could not be kept; none are readable.
    Lost(Arc<io::Error>),
}

/// Why a spool cannot provide bytes.
#[derive(Clone, Debug)]
pub(crate) enum Missing {
    /// The bytes could not be unpacked or kept.
    Failed(Arc<io::Error>),
    /// The reader gave up.
    GivenUp,
}

impl Spool {
    /// Creates an empty spool; it is lost from the start if no temporary file can be created.
    pub(crate) fn new(share: Arc<Share>) -> Self {
        Self::over(tempfile::tempfile(), share)
    }

    fn over(file: io::Result<File>, share: Arc<Share>) -> Self {
        let (file, end) = match file {
            Ok(file) => (Some(Arc::new(file)), None),
            Err(error) => (None, Some(End::Lost(Arc::new(error)))),
        };
        let state = Mutex::new(CopyState { file, length: 0, taken: 0, end });
        Self { share, state, changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, CopyState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends bytes; returns false once the spool has ended.
    pub(crate) fn append(&self, bytes: &[u8]) -> bool {
        let (file, position) = match &*self.state() {
            CopyState { end: None, file: Some(file), length, .. } => (Arc::clone(file), *length),
            _ => return false,
        };
        let amount = bytes.len() as u64;
        let kept = self.share.take(amount).and_then(|()| write_all_at(&file, bytes, position));
        let mut state = self.state();
        state.taken += amount;
        let lost = match kept {
            Ok(()) => {
                state.length = position + amount;
                false
            }
            Err(error) => {
                self.lose(&mut state, error);
                true
            }
        };
        self.changed.notify_all();
        !lost
    }

    fn lose(&self, state: &mut CopyState, error: io::Error) {
        state.end = Some(End::Lost(Arc::new(error)));
        self.share.give_back(std::mem::take(&mut state.taken));
        if let Some(file) = state.file.take() {
            // Readers may still hold the file; truncating it frees the disk space now.
            let _ = file.set_len(0);
        }
    }

    /// Ends the spool: the bytes are complete, or unpacking failed.
    pub(crate) fn finish(&self, result: io::Result<()>) {
        let mut state = self.state();
        if state.end.is_none() {
            state.end = Some(match result {
                Ok(()) => End::Complete,
                Err(error) => End::Broken(Arc::new(error), Instant::now()),
            });
        }
        self.changed.notify_all();
    }

    /// Returns the file with all bytes kept so far, or the error that lost it.
    pub(crate) fn file(&self) -> Result<Arc<File>, Arc<io::Error>> {
        match &*self.state() {
            CopyState { end: Some(End::Lost(error)), .. } => Err(Arc::clone(error)),
            CopyState { file: Some(file), .. } => Ok(Arc::clone(file)),
            CopyState { file: None, .. } => Err(Arc::new(io::ErrorKind::NotFound.into())),
        }
    }

    /// Returns the number of bytes kept.
    pub(crate) fn length(&self) -> u64 {
        self.state().length
    }

    /// Returns whether more bytes may follow.
    pub(crate) fn is_growing(&self) -> bool {
        self.state().end.is_none()
    }

    /// Returns whether unpacking failed at least `age` ago.
    pub(crate) fn broke_before(&self, age: Duration) -> bool {
        matches!(&self.state().end, Some(End::Broken(_, since)) if since.elapsed() >= age)
    }

    /// Reads at a position and waits until the bytes are available; returns fewer bytes only at the
    /// end.
    pub(crate) fn read_at(
        &self,
        buffer: &mut [u8],
        position: u64,
        gives_up: &dyn Fn() -> bool,
    ) -> Result<usize, Missing> {
        let (file, available) = self.wait(position.saturating_add(buffer.len() as u64), gives_up)?;
        let wanted = usize::try_from(available.saturating_sub(position)).unwrap_or(usize::MAX);
        let wanted = wanted.min(buffer.len());
        let mut read = 0;
        while let Some(rest) = buffer.get_mut(read..wanted).filter(|rest| !rest.is_empty()) {
            match read_at(&file, rest, position + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) => return Err(Missing::Failed(Arc::new(error))),
            }
        }
        Ok(read)
    }

    /// Waits until the spool has `length` bytes or has ended.
    fn wait(&self, length: u64, gives_up: &dyn Fn() -> bool) -> Result<(Arc<File>, u64), Missing> {
        let mut state = self.state();
        loop {
            match (&state.end, &state.file) {
                (Some(End::Lost(error)), _) => return Err(Missing::Failed(Arc::clone(error))),
                (_, Some(file)) if state.length >= length => return Ok((Arc::clone(file), state.length)),
                (Some(End::Broken(error, _)), _) => return Err(Missing::Failed(Arc::clone(error))),
                (Some(End::Complete), Some(file)) => return Ok((Arc::clone(file), state.length)),
                _ => {}
            }
            // `gives_up` may query the spool, so the lock must be free.
            drop(state);
            if gives_up() {
                return Err(Missing::GivenUp);
            }
            let nothing_new = |state: &mut CopyState| state.end.is_none() && state.length < length;
            let waited = self.changed.wait_timeout_while(self.state(), PATIENCE, nothing_new);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.share.give_back(self.state().taken);
    }
}

/// A reader that keeps a copy of what it reads, as long as the spool accepts it.
pub(crate) struct Keeping<R> {
    input: R,
    spool: Arc<Spool>,
}

impl<R> Keeping<R> {
    pub(crate) fn new(input: R, spool: Arc<Spool>) -> Self {
        Self { input, spool }
    }
}

impl<R: Read> Read for Keeping<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.spool.append(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Keeping<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    /// Consumed bytes are in the buffer already, so `fill_buf` returns the same bytes again.
    fn consume(&mut self, amount: usize) {
        let piece = if amount > 0 { self.input.fill_buf().ok() } else { None };
        if let Some(piece) = piece.and_then(|piece| piece.get(..amount)) {
            self.spool.append(piece);
        }
        self.input.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(limit: u64) -> Arc<Spool> {
        Arc::new(Spool::new(Share::new(limit)))
    }

    fn read(spool: &Spool, position: u64, length: usize) -> Result<Vec<u8>, Missing> {
        let mut buffer = vec![0; length];
        let read = spool.read_at(&mut buffer, position, &|| false)?;
        buffer.truncate(read);
        Ok(buffer)
    }

    #[test]
    fn readers_wait_for_their_bytes() {
        let spool = spool(100);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| read(&spool, 2, 4));
            assert!(spool.append(b"0123"));
            assert!(spool.append(b"4567"));
            assert_eq!(reader.join().expect("no panic").expect("bytes"), b"2345");
        });
        spool.finish(Ok(()));
        assert_eq!(read(&spool, 6, 4).expect("bytes"), b"67", "short at the end only");
        assert_eq!(read(&spool, 9, 4).expect("bytes"), b"");
    }

    #[test]
    fn impatient_reader_gives_up() {
        let result = spool(100).read_at(&mut [0; 1], 0, &|| true);
        assert!(matches!(result, Err(Missing::GivenUp)));
    }

    #[test]
    fn waiting_reader_may_query_the_spool() {
        let spool = spool(100);
        spool.append(b"0123");
        let result = spool.read_at(&mut [0; 5], 0, &|| spool.is_growing() && spool.length() == 4);
        assert!(matches!(result, Err(Missing::GivenUp)));
    }

    #[test]
    fn bytes_before_an_error_are_readable() {
        let spool = spool(100);
        spool.append(b"0123");
        spool.finish(Err(io::Error::other("broken")));
        assert_eq!(read(&spool, 1, 3).expect("bytes"), b"123");
        let missing = read(&spool, 1, 4).expect_err("there are no more");
        assert!(matches!(missing, Missing::Failed(error) if error.to_string() == "broken"));
    }

    #[test]
    fn spools_share_a_limit_and_give_bytes_back() {
        let share = Share::new(10);
        let (one, other) = (Spool::new(Arc::clone(&share)), Spool::new(Arc::clone(&share)));
        assert!(one.append(b"012345"));
        assert!(!other.append(b"01234"), "eleven");
        assert!(read(&other, 0, 1).is_err() && other.file().is_err());
        assert_eq!(read(&one, 0, 6).expect("bytes"), b"012345");
        drop(one);
        assert!(Spool::new(share).append(b"0123456789"));
    }

    #[test]
    fn reading_continues_when_the_disk_is_full() {
        let spool = Arc::new(Spool::over(Err(io::ErrorKind::StorageFull.into()), Share::new(9)));
        let mut text = String::new();
        let mut keeping = Keeping::new(&b"content"[..], Arc::clone(&spool));
        keeping.read_to_string(&mut text).expect("the input is sound");
        assert_eq!(text, "content");
        assert_eq!(spool.file().expect_err("no room").kind(), io::ErrorKind::StorageFull);
    }
}

//! Unpacked bytes kept in a temporary file without a name: of an archive that passes by once, or of a compressed layer.
//!
//! One thread appends, others read what is there already and wait for what is not. The file has no name from the
//! start, so nothing is left behind, however the program ends. A spool that cannot grow (the disk is full, its share is used up)
//! gives back the disk and remembers why.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::bytes::window::{read_at, write_all_at};

/// Largest copy that is kept of an archive that passes by once, unpacked: 64 GiB.
pub(crate) const MAX_COPY: u64 = 64 << 30;

/// How often one who waits looks whether to give up.
const PATIENCE: Duration = Duration::from_millis(20);

/// How many bytes several spools may keep together.
#[derive(Debug)]
pub(crate) struct Share {
    limit: u64,
    used: AtomicU64,
}

impl Share {
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicU64::new(0) })
    }

    fn take(&self, bytes: u64) -> io::Result<()> {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.limit {
            return Ok(());
        }
        Err(io::Error::other(format!("more than {} GiB unpacked", self.limit >> 30)))
    }

    fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Bytes in a temporary file.
#[derive(Debug)]
pub(crate) struct Spool {
    share: Arc<Share>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// The file, until it fails.
    file: Option<Arc<File>>,
    /// Bytes that can be read.
    length: u64,
    /// What of the share is taken.
    taken: u64,
    end: Option<End>,
}

/// How a spool ended.
#[derive(Clone, Debug)]
enum End {
    Complete,
    /// What was unpacked cannot be unpacked further, since then: what was before it can be read.
    Broken(Arc<io::Error>, Instant),
    /// It cannot be kept: nothing can be read.
    Lost(Arc<io::Error>),
}

/// Bytes that a spool does not have.
#[derive(Clone, Debug)]
pub(crate) enum Missing {
    /// The bytes could not be unpacked, or not be kept.
    Failed(Arc<io::Error>),
    /// Whoever asked has given up.
    GivenUp,
}

impl Spool {
    /// An empty spool; one that is lost from the start if there can be no temporary file.
    pub(crate) fn new(share: Arc<Share>) -> Self {
        Self::over(tempfile::tempfile(), share)
    }

    fn over(file: io::Result<File>, share: Arc<Share>) -> Self {
        let (file, end) = match file {
            Ok(file) => (Some(Arc::new(file)), None),
            Err(error) => (None, Some(End::Lost(Arc::new(error)))),
        };
        let state = Mutex::new(State { file, length: 0, taken: 0, end });
        Self { share, state, changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds bytes; false once that is no use any more.
    pub(crate) fn append(&self, bytes: &[u8]) -> bool {
        let (file, position) = match &*self.state() {
            State { end: None, file: Some(file), length, .. } => (Arc::clone(file), *length),
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

    fn lose(&self, state: &mut State, error: io::Error) {
        state.end = Some(End::Lost(Arc::new(error)));
        self.share.give_back(std::mem::take(&mut state.taken));
        if let Some(file) = state.file.take() {
            // Others may still hold the file: the disk is to be free now.
            let _ = file.set_len(0);
        }
    }

    /// Nothing more comes: all is there, or unpacking failed.
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

    /// The file with all bytes kept so far, or why there is none.
    pub(crate) fn file(&self) -> Result<Arc<File>, Arc<io::Error>> {
        match &*self.state() {
            State { end: Some(End::Lost(error)), .. } => Err(Arc::clone(error)),
            State { file: Some(file), .. } => Ok(Arc::clone(file)),
            State { file: None, .. } => Err(Arc::new(io::ErrorKind::NotFound.into())),
        }
    }

    /// How many bytes are kept.
    pub(crate) fn length(&self) -> u64 {
        self.state().length
    }

    /// Whether more may come.
    pub(crate) fn is_growing(&self) -> bool {
        self.state().end.is_none()
    }

    /// Whether it broke off longer ago than that.
    pub(crate) fn broke_before(&self, age: Duration) -> bool {
        matches!(&self.state().end, Some(End::Broken(_, since)) if since.elapsed() >= age)
    }

    /// Reads at a position, waiting until the bytes are there; fewer than wanted only at the end.
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

    /// Waits until the spool is as long as that, or complete.
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
            // Who is asked may want to know how far it has come.
            drop(state);
            if gives_up() {
                return Err(Missing::GivenUp);
            }
            let nothing_new = |state: &mut State| state.end.is_none() && state.length < length;
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

/// Passes bytes on, and keeps a copy of them as long as that can be done.
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

    /// What is consumed has been looked at, so looking again gives the same.
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
    fn readers_wait_until_their_bytes_are_there() {
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
    fn who_does_not_want_to_wait_gives_up() {
        let result = spool(100).read_at(&mut [0; 1], 0, &|| true);
        assert!(matches!(result, Err(Missing::GivenUp)));
    }

    #[test]
    fn who_waits_may_ask_how_far_it_has_come() {
        let spool = spool(100);
        spool.append(b"0123");
        let result = spool.read_at(&mut [0; 5], 0, &|| spool.is_growing() && spool.length() == 4);
        assert!(matches!(result, Err(Missing::GivenUp)));
    }

    #[test]
    fn what_was_unpacked_before_an_error_can_be_read() {
        let spool = spool(100);
        spool.append(b"0123");
        spool.finish(Err(io::Error::other("broken")));
        assert_eq!(read(&spool, 1, 3).expect("bytes"), b"123");
        let missing = read(&spool, 1, 4).expect_err("there are no more");
        assert!(matches!(missing, Missing::Failed(error) if error.to_string() == "broken"));
    }

    #[test]
    fn spools_share_what_they_may_keep_and_give_it_back() {
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
    fn reading_goes_on_when_there_is_no_room() {
        let spool = Arc::new(Spool::over(Err(io::ErrorKind::StorageFull.into()), Share::new(9)));
        let mut text = String::new();
        let mut keeping = Keeping::new(&b"content"[..], Arc::clone(&spool));
        keeping.read_to_string(&mut text).expect("the input is sound");
        assert_eq!(text, "content");
        assert_eq!(spool.file().expect_err("no room").kind(), io::ErrorKind::StorageFull);
    }
}

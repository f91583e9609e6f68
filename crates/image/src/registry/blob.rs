//! Transfers of blobs: a thread fetches and digests each blob, a few pieces ahead of the reader.
//!
//! A broken transfer resumes where it broke. The thread holds the last piece back until the digest
//! of all bytes matches, so a reader that reaches the end has read the right blob.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use bytes::{Buf, Bytes, BytesMut};

use super::client::Client;
use super::error::{Reason, RegistryError};
use super::pace::ATTEMPTS;
use crate::bytes::decode::{PieceStream, in_pieces};
use crate::bytes::pipe::{PipeWriter, ReaderGone, pipe};
use crate::bytes::remote::{Failing, Fetch, Fetched};
use crate::bytes::verify::Digester;

/// The most pieces that wait for the reader; the HTTP client reads at most 400 KiB each.
const QUEUE: usize = 32;
/// Pieces are joined up to this size in bytes.
const SMALL: usize = 64 * 1024;
/// The most interruptions of one transfer, whatever its progress in between.
const MAX_BREAKS: u32 = 64;

/// A blob in a registry.
#[derive(Debug)]
pub(crate) struct RemoteBlob {
    pub(crate) client: Arc<Client>,
    pub(crate) digest: String,
    /// Size in bytes according to its descriptor.
    pub(crate) size: u64,
    /// Bytes received by the latest transfer.
    pub(crate) received: Arc<AtomicU64>,
}

impl Fetch for RemoteBlob {
    fn fetched(&self) -> Fetched {
        Fetched { received: self.received.load(Ordering::Relaxed), total: self.size }
    }

    fn open(&self) -> PieceStream<'static> {
        let object = format!("blob `{}`", self.digest);
        let Some(digester) = Digester::like(&self.digest) else {
            return Box::new(in_pieces(Failing::new(io::Error::other(RegistryError::Algorithm { object }))));
        };
        let (writer, reader) = pipe(QUEUE);
        let transfer = Transfer {
            client: Arc::clone(&self.client),
            object,
            digest: self.digest.clone(),
            size: self.size,
            digester,
            received: 0,
            shared: Arc::clone(&self.received),
            held: Bytes::new(),
            writer: writer.clone(),
        };
        let started = thread::Builder::new().name("blob".to_owned()).spawn(move || transfer.run());
        if let Err(error) = started {
            writer.end(Err(error));
        }
        Box::new(reader)
    }
}

/// Why a transfer stops.
enum Stop {
    /// The reader was dropped.
    Unwanted,
    Failed(RegistryError),
    /// This attempt broke off; another one may resume.
    Broken(Reason),
}

impl From<RegistryError> for Stop {
    fn from(error: RegistryError) -> Self {
        Self::Failed(error)
    }
}

impl From<ReaderGone> for Stop {
    fn from(_: ReaderGone) -> Self {
        Self::Unwanted
    }
}

/// The fetching end of the pipe.
struct Transfer {
    client: Arc<Client>,
    object: String,
    digest: String,
    size: u64,
    digester: Digester,
    received: u64,
    /// `received`, shared with [`RemoteBlob`].
    shared: Arc<AtomicU64>,
    /// The last bytes received, not sent yet.
    held: Bytes,
    writer: PipeWriter<Bytes>,
}

impl Transfer {
    fn run(mut self) {
        let end = match self.fetch() {
            Ok(()) => Ok(()),
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Broken(source)) => Err(self.broken(source)),
            Err(Stop::Unwanted) => return,
        };
        self.writer.end(end.map_err(io::Error::other));
    }

    fn fetch(&mut self) -> Result<(), Stop> {
        let (mut idle, mut breaks) = (0, 0);
        loop {
            let before = self.received;
            match self.attempt() {
                Err(Stop::Broken(cause)) => {
                    // A dripping transfer does not count as progress: it would never end.
                    let progressed = self.received > before && !cause.is_too_slow();
                    idle = if progressed { 0 } else { idle + 1 };
                    breaks += 1;
                    if idle >= ATTEMPTS || breaks >= MAX_BREAKS {
                        return Err(Stop::Broken(cause));
                    }
                    thread::sleep(self.client.transport.pace.pause(idle.max(1)));
                }
                outcome => {
                    outcome?;
                    break;
                }
            }
        }
        let found = self.digester.digest();
        if found != self.digest {
            let (object, expected) = (self.object.clone(), self.digest.clone());
            return Err(Stop::Failed(RegistryError::Digest { object, expected, found }));
        }
        Ok(self.writer.send(std::mem::take(&mut self.held))?)
    }

    /// Receives the missing bytes, or as many as arrive.
    fn attempt(&mut self) -> Result<(), Stop> {
        let answer = self.client.blob(&self.digest, self.received, &self.object)?;
        let start = match answer.header("content-range") {
            Some(range) if answer.status() == 206 => range_start(range).unwrap_or(self.received),
            _ if answer.status() == 206 => self.received,
            // A server without support for ranges starts at the beginning.
            _ => 0,
        };
        if start > self.received {
            return Err(Stop::Broken(Reason::new("the answer starts after the requested position")));
        }
        if answer.length().is_some_and(|length| start.saturating_add(length) > self.size) {
            return Err(Stop::Failed(self.too_large()));
        }
        let mut body = answer.body();
        let mut known = self.received - start;
        loop {
            match body.next() {
                Ok(None) if self.received < self.size => {
                    return Err(Stop::Broken(Reason::new("the connection was closed")));
                }
                Ok(None) => return Ok(()),
                Ok(Some(mut piece)) => {
                    let again = usize::try_from(known).unwrap_or(usize::MAX).min(piece.len());
                    piece.advance(again);
                    known -= again as u64;
                    self.take(piece)?;
                }
                // All bytes were received: their digest decides.
                Err(_) if self.received == self.size => return Ok(()),
                Err(cause) => return Err(Stop::Broken(cause)),
            }
        }
    }

    /// Digests and holds a piece, and sends the piece held before it.
    fn take(&mut self, piece: Bytes) -> Result<(), Stop> {
        self.digester.update(&piece);
        self.received = self.received.saturating_add(piece.len() as u64);
        if self.received > self.size {
            return Err(Stop::Failed(self.too_large()));
        }
        self.shared.store(self.received, Ordering::Relaxed);
        let held = std::mem::take(&mut self.held);
        if held.len() + piece.len() <= SMALL {
            let mut both = BytesMut::from(held);
            both.extend_from_slice(&piece);
            self.held = both.freeze();
            return Ok(());
        }
        self.held = piece;
        Ok(self.writer.send(held)?)
    }

    fn too_large(&self) -> RegistryError {
        let limited_by = "its descriptor says";
        RegistryError::TooLarge { object: self.object.clone(), limit: self.size, limited_by }
    }

    fn broken(&self, source: Reason) -> RegistryError {
        RegistryError::Broken { object: self.object.clone(), received: self.received, source }
    }
}

/// Returns the first byte of `bytes N-M/SIZE`.
fn range_start(range: &str) -> Option<u64> {
    range.trim().strip_prefix("bytes")?.trim_start().split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests;

//! A blob on its way: fetched and digested by a thread of its own, some pieces ahead of who reads it.
//!
//! A transfer that breaks off is taken up where it broke. The last piece is held back until the digest of all bytes is known to
//! be right, so that nobody who reads to the end has read something else than what was asked for.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::client::Client;
use super::error::{Cause, RegistryError};
use super::pace::ATTEMPTS;
use super::transport::Body;
use crate::decode::ByteStream;
use crate::remote::Fetch;
use crate::verify::Digester;

/// Bytes of a piece.
const PIECE: usize = 256 * 1024;
/// Pieces that may wait for the reader: 8 MiB.
const QUEUE: usize = 32;
/// A piece with less room than this is sent on.
const SMALLEST_READ: usize = 64 * 1024;
/// How often one transfer may break off, whatever progress it makes in between.
const MAX_BREAKS: u32 = 64;

/// A blob in a registry.
#[derive(Debug)]
pub(super) struct RemoteBlob {
    pub(super) client: Arc<Client>,
    pub(super) digest: String,
    /// Its size in bytes, as its descriptor has it.
    pub(super) size: u64,
}

impl Fetch for RemoteBlob {
    fn open(&self) -> ByteStream<'static> {
        let (sender, pieces) = sync_channel(QUEUE);
        let object = format!("blob `{}`", self.digest);
        let mut incoming = Incoming { pieces, piece: Vec::new(), at: 0, end: None };
        let Some(digester) = Digester::like(&self.digest) else {
            incoming.end = Some(Err(RegistryError::Algorithm { object }));
            return Box::new(incoming);
        };
        let transfer = Transfer {
            client: Arc::clone(&self.client),
            object,
            digest: self.digest.clone(),
            size: self.size,
            digester,
            received: 0,
            piece: vec![0; PIECE],
            filled: 0,
            pieces: sender,
        };
        let started = thread::Builder::new().name("blob".to_owned()).spawn(move || transfer.run());
        if let Err(error) = started {
            incoming.end = Some(Err(RegistryError::Setup(Cause::of(&error))));
        }
        Box::new(incoming)
    }
}

/// What is sent from the thread that fetches to the one that reads.
enum Piece {
    Bytes(Vec<u8>),
    /// Nothing more comes: all is well, or why it is not.
    End(Result<(), RegistryError>),
}

/// The reader's end.
struct Incoming {
    pieces: Receiver<Piece>,
    piece: Vec<u8>,
    at: usize,
    end: Option<Result<(), RegistryError>>,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.piece.len() {
            match &self.end {
                Some(Ok(())) => return Ok(0),
                Some(Err(error)) => return Err(io::Error::other(error.clone())),
                None => {}
            }
            match self.pieces.recv() {
                Ok(Piece::Bytes(bytes)) => (self.piece, self.at) = (bytes, 0),
                Ok(Piece::End(end)) => self.end = Some(end),
                Err(_) => return Err(io::Error::other("the thread that fetches has gone")),
            }
        }
        let read = self.piece.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

/// Why a transfer does not go on.
enum Stop {
    /// Nobody reads any more.
    Unwanted,
    Failed(RegistryError),
    /// This attempt broke off; another may go on.
    Broken(Cause),
}

impl From<RegistryError> for Stop {
    fn from(error: RegistryError) -> Self {
        Self::Failed(error)
    }
}

/// The fetching end.
struct Transfer {
    client: Arc<Client>,
    object: String,
    digest: String,
    size: u64,
    digester: Digester,
    received: u64,
    /// What was received and not sent yet, and room for more.
    piece: Vec<u8>,
    filled: usize,
    pieces: SyncSender<Piece>,
}

impl Transfer {
    fn run(mut self) {
        let end = match self.fetch() {
            Ok(()) => Ok(()),
            Err(Stop::Failed(error)) => Err(error),
            Err(Stop::Broken(source)) => Err(self.broken(source)),
            Err(Stop::Unwanted) => return,
        };
        // Who has stopped reading does not want to know either.
        let _ = self.pieces.send(Piece::End(end));
    }

    fn fetch(&mut self) -> Result<(), Stop> {
        let (mut idle, mut breaks) = (0, 0);
        loop {
            let before = self.received;
            match self.attempt() {
                Err(Stop::Broken(cause)) => {
                    // Drops are no progress: they would go on for ever.
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
        self.send()
    }

    /// Receives what is missing, or as much of it as comes.
    fn attempt(&mut self) -> Result<(), Stop> {
        let answer = self.client.blob(&self.digest, self.received, &self.object)?;
        let start = match answer.header("content-range") {
            Some(range) if answer.status() == 206 => range_start(range).unwrap_or(self.received),
            _ if answer.status() == 206 => self.received,
            // A server that knows no ranges starts at the beginning.
            _ => 0,
        };
        if start > self.received {
            return Err(Stop::Broken(Cause::new("the answer starts behind what was asked for")));
        }
        if answer.length().is_some_and(|length| start.saturating_add(length) > self.size) {
            return Err(Stop::Failed(self.too_large()));
        }
        let mut body = answer.body();
        skip(&mut body, self.received - start)?;
        loop {
            // Sent only when more is to come: the last piece waits for the digest.
            if self.filled + SMALLEST_READ > PIECE {
                self.send()?;
            }
            match self.receive(&mut body) {
                Ok(0) if self.received < self.size => {
                    return Err(Stop::Broken(Cause::new("the connection was closed")));
                }
                Ok(0) => return Ok(()),
                Ok(_) if self.received > self.size => return Err(Stop::Failed(self.too_large())),
                Ok(_) => {}
                // All that was promised has come: what follows it does not matter, its digest does.
                Err(_) if self.received == self.size => return Ok(()),
                Err(cause) => return Err(Stop::Broken(cause)),
            }
        }
    }

    /// Receives what comes next into what is left of the piece.
    fn receive(&mut self, body: &mut Body) -> Result<usize, Cause> {
        let room = self.piece.get_mut(self.filled..).unwrap_or_default();
        let read = body.read(room)?;
        self.digester.update(room.get(..read).unwrap_or_default());
        self.filled += read;
        self.received = self.received.saturating_add(read as u64);
        Ok(read)
    }

    fn send(&mut self) -> Result<(), Stop> {
        let mut bytes = std::mem::replace(&mut self.piece, vec![0; PIECE]);
        bytes.truncate(std::mem::take(&mut self.filled));
        self.pieces.send(Piece::Bytes(bytes)).map_err(|_| Stop::Unwanted)
    }

    fn too_large(&self) -> RegistryError {
        let limited_by = "its descriptor says";
        RegistryError::TooLarge { object: self.object.clone(), limit: self.size, limited_by }
    }

    fn broken(&self, source: Cause) -> RegistryError {
        RegistryError::Broken { object: self.object.clone(), received: self.received, source }
    }
}

/// Reads over what is known already.
fn skip(body: &mut Body, mut left: u64) -> Result<(), Stop> {
    let mut buffer = vec![0; SMALLEST_READ];
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        match body.read(buffer.get_mut(..most).unwrap_or_default()) {
            Ok(0) => return Err(Stop::Broken(Cause::new("the connection was closed"))),
            Ok(read) => left = left.saturating_sub(read as u64),
            Err(cause) => return Err(Stop::Broken(cause)),
        }
    }
    Ok(())
}

/// The first byte that `bytes N-M/SIZE` speaks of.
fn range_start(range: &str) -> Option<u64> {
    range.trim().strip_prefix("bytes")?.trim_start().split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests;

//! The thread that previews files.
//!
//! It carries out commands in order. Slow ones (jumping to the end of a large file, a search) run
//! in steps, with new commands handled in between. Waiting for a layer to be unpacked ends when
//! another file is requested.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;

use dockopt_core::tree::EntryId;
use dockopt_image::{ContentReader, Fetched};

use super::Bytes;
use super::file::{PreviewFile, PreviewPage};
use super::search::Direction;
use crate::tui::list::Step;
use crate::tui::subject::Subject;

/// A file to preview.
pub(crate) struct PreviewRequest {
    /// Number of the preview, repeated in its answers.
    pub(crate) session: u64,
    pub(crate) subject: Arc<Subject>,
    pub(crate) entry: EntryId,
    /// The older version, for a comparison.
    pub(crate) older: Option<EntryId>,
    /// Columns and rows.
    pub(crate) size: (usize, usize),
    pub(crate) wrap: bool,
}

/// A command to the thread.
pub(crate) enum PreviewCommand {
    Open(PreviewRequest),
    Resize(usize, usize),
    Wrap(bool),
    Hex(bool),
    Step(Step),
    /// Scrolls sideways by columns.
    Shift(isize),
    /// Searches for a text.
    Search(String),
    /// Searches for the next match.
    Again(Direction),
    Close,
}

/// One frame of a preview.
pub(crate) struct PreviewFrame {
    pub(crate) session: u64,
    pub(crate) page: PreviewPage,
    /// Kind of the file, in one line.
    pub(crate) summary: String,
    /// Whether bytes are shown in hexadecimal.
    pub(crate) is_hex: bool,
    /// Size in bytes.
    pub(crate) size: u64,
    /// Slow work in progress, as text.
    pub(crate) busy: Option<String>,
    /// A message to show once.
    pub(crate) note: Option<String>,
}

/// An answer of the thread.
pub(crate) enum PreviewAnswer {
    Seen(Box<PreviewFrame>),
    /// No frame yet: the layer is being fetched.
    Waiting {
        session: u64,
        fetched: Fetched,
    },
}

/// Callback for answers; also called while a file is being fetched.
type SendAnswer = Arc<dyn Fn(PreviewAnswer) + Send + Sync>;

/// Handle of the thread.
pub(crate) struct PreviewThread {
    commands: Sender<PreviewCommand>,
    wanted: Arc<AtomicU64>,
}

impl PreviewThread {
    /// Starts the thread; it passes its answers to `send`.
    pub(crate) fn start(send: impl Fn(PreviewAnswer) + Send + Sync + 'static) -> io::Result<Self> {
        let (commands, inbox) = channel();
        let wanted = Arc::new(AtomicU64::new(0));
        let mut previewer = PreviewWorker::new(Arc::clone(&wanted), Arc::new(send));
        Builder::new().name("preview".to_owned()).spawn(move || previewer.run(&inbox))?;
        Ok(Self { commands, wanted })
    }

    pub(crate) fn ask(&self, command: PreviewCommand) {
        note_wanted(&self.wanted, &command);
        // The receiver lives as long as this sender.
        drop(self.commands.send(command));
    }
}

impl Drop for PreviewThread {
    fn drop(&mut self) {
        self.wanted.store(u64::MAX, Ordering::Relaxed);
    }
}

/// Stores the requested session, so that waiting for another file ends.
fn note_wanted(wanted: &AtomicU64, command: &PreviewCommand) {
    match command {
        PreviewCommand::Open(request) => wanted.store(request.session, Ordering::Relaxed),
        PreviewCommand::Close => wanted.store(u64::MAX, Ordering::Relaxed),
        _ => {}
    }
}

/// Worker that previews one file at a time.
pub(crate) struct PreviewWorker {
    wanted: Arc<AtomicU64>,
    send: SendAnswer,
    open: Option<(u64, PreviewFile)>,
}

impl PreviewWorker {
    pub(crate) fn new(wanted: Arc<AtomicU64>, send: SendAnswer) -> Self {
        Self { wanted, send, open: None }
    }

    fn run(&mut self, inbox: &Receiver<PreviewCommand>) {
        while let Ok(command) = inbox.recv() {
            self.take(command);
            while let Ok(command) = inbox.try_recv() {
                self.take(command);
            }
            self.show();
            while self.work() {
                self.show();
                while let Ok(command) = inbox.try_recv() {
                    self.take(command);
                }
            }
            self.show();
        }
    }

    /// Carries out a command completely and returns the frame.
    #[cfg(test)]
    pub(crate) fn answer(&mut self, command: PreviewCommand) -> Option<Box<PreviewFrame>> {
        note_wanted(&self.wanted, &command);
        self.take(command);
        while self.work() {}
        self.seen()
    }

    fn take(&mut self, command: PreviewCommand) {
        match (command, &mut self.open) {
            (PreviewCommand::Open(request), _) => {
                let session = request.session;
                self.open = Some((session, self.open_file(&request)));
            }
            (PreviewCommand::Close, _) => self.open = None,
            (_, None) => {}
            (PreviewCommand::Resize(width, height), Some((_, file))) => file.resize(width, height),
            (PreviewCommand::Wrap(wrap), Some((_, file))) => file.set_wrap(wrap),
            (PreviewCommand::Hex(hex), Some((_, file))) => file.set_hex(hex),
            (PreviewCommand::Step(step), Some((_, file))) => file.step(step),
            (PreviewCommand::Shift(columns), Some((_, file))) => file.shift(columns),
            (PreviewCommand::Search(text), Some((_, file))) => file.search(&text),
            (PreviewCommand::Again(direction), Some((_, file))) => file.search_again(direction),
        }
    }

    fn open_file(&self, request: &PreviewRequest) -> PreviewFile {
        let (width, height) = request.size;
        let reader = |entry: EntryId| self.reader(request, entry);
        let mut file = match (reader(request.entry), request.older.map(reader)) {
            (Ok(content), None) => PreviewFile::open(content, width, height),
            (Ok(content), Some(Ok(older))) => PreviewFile::compare(older, content, width, height),
            (Err(error), _) | (_, Some(Err(error))) => PreviewFile::failed(error, width, height),
        };
        file.set_wrap(request.wrap);
        file
    }

    fn reader(&self, request: &PreviewRequest, entry: EntryId) -> Result<EntryBytes, String> {
        let subject = &request.subject;
        let contents = subject.contents.as_ref().ok_or_else(|| "the image is still being read".to_owned())?;
        let reader = contents.open(&subject.tree, entry).map_err(|error| words(&error))?;
        let (session, wanted, send) = (request.session, Arc::clone(&self.wanted), Arc::clone(&self.send));
        let (waiting, told) = (reader.clone(), AtomicU64::new(u64::MAX));
        Ok(EntryBytes(reader.or_give_up(move || {
            if let Some(fetched) = waiting.fetched()
                && told.swap(fetched.received, Ordering::Relaxed) != fetched.received
            {
                send(PreviewAnswer::Waiting { session, fetched });
            }
            wanted.load(Ordering::Relaxed) != session
        })))
    }

    /// Continues slow work; returns whether there is more.
    fn work(&mut self) -> bool {
        self.open.as_mut().is_some_and(|(_, file)| file.work())
    }

    fn show(&mut self) {
        if let Some(frame) = self.seen() {
            (self.send)(PreviewAnswer::Seen(frame));
        }
    }

    /// Returns the frame of the file, or `None` if another file was requested.
    fn seen(&mut self) -> Option<Box<PreviewFrame>> {
        let (session, file) = self.open.as_mut()?;
        if self.wanted.load(Ordering::Relaxed) != *session {
            return None;
        }
        let page = file.page();
        Some(Box::new(PreviewFrame {
            session: *session,
            page,
            summary: file.summary().to_owned(),
            is_hex: file.is_hex(),
            size: file.size(),
            busy: file.busy(),
            note: file.take_note(),
        }))
    }
}

/// The content of an entry.
struct EntryBytes(ContentReader);

impl Bytes for EntryBytes {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, String> {
        self.0.read_at(offset, buffer).map_err(|error| words(&error))
    }
}

/// Returns an error and its causes in one line, escaped.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    dockopt_core::path::escape_text(&crate::error::chain(Some(error)).join(": "))
}

//! Looking inside files, on a thread of its own.
//!
//! Commands are carried out in their order; what takes long (the end of a large file, a search) is done in steps, with a
//! look for new commands in between. A layer that has to be unpacked first is waited for only as long as nobody
//! wants to see something else.

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
    /// The number of what comes of it.
    pub(crate) session: u64,
    pub(crate) subject: Arc<Subject>,
    pub(crate) entry: EntryId,
    /// The version to compare it with, if differences are wanted.
    pub(crate) older: Option<EntryId>,
    /// Columns and rows.
    pub(crate) size: (usize, usize),
    pub(crate) wrap: bool,
}

/// What the thread is asked to do.
pub(crate) enum PreviewCommand {
    Open(PreviewRequest),
    Resize(usize, usize),
    Wrap(bool),
    Hex(bool),
    Step(Step),
    /// Moves sideways by columns.
    Shift(isize),
    /// Searches for a text.
    Search(String),
    /// Searches on.
    Again(Direction),
    Close,
}

/// What there is to be seen.
pub(crate) struct PreviewFrame {
    pub(crate) session: u64,
    pub(crate) page: PreviewPage,
    /// What the file is, in a line.
    pub(crate) summary: String,
    /// Whether bytes are shown in hexadecimal.
    pub(crate) is_hex: bool,
    /// Size in bytes.
    pub(crate) size: u64,
    /// What is being done, if that takes long.
    pub(crate) busy: Option<String>,
    /// Something to be said once.
    pub(crate) note: Option<String>,
}

/// What the thread tells.
pub(crate) enum PreviewAnswer {
    Seen(Box<PreviewFrame>),
    /// Nothing yet: what the file is in must be fetched first.
    Waiting {
        session: u64,
        fetched: Fetched,
    },
}

/// Whoever is told; also while a file is waited for.
type SendAnswer = Arc<dyn Fn(PreviewAnswer) + Send + Sync>;

/// Where commands go.
pub(crate) struct PreviewThread {
    commands: Sender<PreviewCommand>,
    wanted: Arc<AtomicU64>,
}

impl PreviewThread {
    /// Starts the thread; `send` is called with everything there is to be seen.
    pub(crate) fn start(send: impl Fn(PreviewAnswer) + Send + Sync + 'static) -> io::Result<Self> {
        let (commands, inbox) = channel();
        let wanted = Arc::new(AtomicU64::new(0));
        let mut previewer = PreviewWorker::new(Arc::clone(&wanted), Arc::new(send));
        Builder::new().name("preview".to_owned()).spawn(move || previewer.run(&inbox))?;
        Ok(Self { commands, wanted })
    }

    pub(crate) fn ask(&self, command: PreviewCommand) {
        note_wanted(&self.wanted, &command);
        // The thread lives as long as this end does.
        drop(self.commands.send(command));
    }
}

impl Drop for PreviewThread {
    fn drop(&mut self) {
        self.wanted.store(u64::MAX, Ordering::Relaxed);
    }
}

/// Remembers which file is wanted, so that nobody waits for another one.
fn note_wanted(wanted: &AtomicU64, command: &PreviewCommand) {
    match command {
        PreviewCommand::Open(request) => wanted.store(request.session, Ordering::Relaxed),
        PreviewCommand::Close => wanted.store(u64::MAX, Ordering::Relaxed),
        _ => {}
    }
}

/// Looks into one file at a time.
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

    /// Carries out a command and everything that follows from it, and returns what there is to be seen then.
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

    /// Goes on with what takes long; whether there is more to do.
    fn work(&mut self) -> bool {
        self.open.as_mut().is_some_and(|(_, file)| file.work())
    }

    fn show(&mut self) {
        if let Some(frame) = self.seen() {
            (self.send)(PreviewAnswer::Seen(frame));
        }
    }

    /// What there is to be seen of the file, if it is still wanted.
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

/// An error and its causes in one line, safe to show.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    dockopt_core::path::escape_text(&crate::error::chain(Some(error)).join(": "))
}

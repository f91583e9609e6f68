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
use super::file::{Inside, Page};
use super::search::Direction;
use crate::tui::list::Step;
use crate::tui::subject::Subject;

/// A file to look into.
pub(crate) struct Opening {
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
pub(crate) enum LookCommand {
    Open(Opening),
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
pub(crate) struct Looked {
    pub(crate) session: u64,
    pub(crate) page: Page,
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
pub(crate) enum Sight {
    Seen(Box<Looked>),
    /// Nothing yet: what the file is in must be fetched first.
    Waiting {
        session: u64,
        fetched: Fetched,
    },
}

/// Whoever is told; also while a file is waited for.
type Tell = Arc<dyn Fn(Sight) + Send + Sync>;

/// Where commands go.
pub(crate) struct Looking {
    commands: Sender<LookCommand>,
    wanted: Arc<AtomicU64>,
}

impl Looking {
    /// Starts the thread; `tell` is called with everything there is to be seen.
    pub(crate) fn start(tell: impl Fn(Sight) + Send + Sync + 'static) -> io::Result<Self> {
        let (commands, inbox) = channel();
        let wanted = Arc::new(AtomicU64::new(0));
        let mut looker = Looker::new(Arc::clone(&wanted), Arc::new(tell));
        Builder::new().name("look".to_owned()).spawn(move || looker.run(&inbox))?;
        Ok(Self { commands, wanted })
    }

    pub(crate) fn ask(&self, command: LookCommand) {
        note_wish(&self.wanted, &command);
        // The thread lives as long as this end does.
        drop(self.commands.send(command));
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.wanted.store(u64::MAX, Ordering::Relaxed);
    }
}

/// Remembers which file is wanted, so that nobody waits for another one.
fn note_wish(wanted: &AtomicU64, command: &LookCommand) {
    match command {
        LookCommand::Open(opening) => wanted.store(opening.session, Ordering::Relaxed),
        LookCommand::Close => wanted.store(u64::MAX, Ordering::Relaxed),
        _ => {}
    }
}

/// Looks into one file at a time.
pub(crate) struct Looker {
    wanted: Arc<AtomicU64>,
    tell: Tell,
    open: Option<(u64, Inside)>,
}

impl Looker {
    pub(crate) fn new(wanted: Arc<AtomicU64>, tell: Tell) -> Self {
        Self { wanted, tell, open: None }
    }

    fn run(&mut self, inbox: &Receiver<LookCommand>) {
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
    pub(crate) fn answer(&mut self, command: LookCommand) -> Option<Box<Looked>> {
        note_wish(&self.wanted, &command);
        self.take(command);
        while self.work() {}
        self.seen()
    }

    fn take(&mut self, command: LookCommand) {
        match (command, &mut self.open) {
            (LookCommand::Open(opening), _) => {
                let session = opening.session;
                self.open = Some((session, self.inside(&opening)));
            }
            (LookCommand::Close, _) => self.open = None,
            (_, None) => {}
            (LookCommand::Resize(width, height), Some((_, inside))) => inside.resize(width, height),
            (LookCommand::Wrap(wrap), Some((_, inside))) => inside.set_wrap(wrap),
            (LookCommand::Hex(hex), Some((_, inside))) => inside.set_hex(hex),
            (LookCommand::Step(step), Some((_, inside))) => inside.step(step),
            (LookCommand::Shift(columns), Some((_, inside))) => inside.shift(columns),
            (LookCommand::Search(text), Some((_, inside))) => inside.search(&text),
            (LookCommand::Again(direction), Some((_, inside))) => inside.search_again(direction),
        }
    }

    fn inside(&self, opening: &Opening) -> Inside {
        let (width, height) = opening.size;
        let reader = |entry: EntryId| self.reader(opening, entry);
        let mut inside = match (reader(opening.entry), opening.older.map(reader)) {
            (Ok(content), None) => Inside::open(content, width, height),
            (Ok(content), Some(Ok(older))) => Inside::compare(older, content, width, height),
            (Err(error), _) | (_, Some(Err(error))) => Inside::failed(error, width, height),
        };
        inside.set_wrap(opening.wrap);
        inside
    }

    fn reader(&self, opening: &Opening, entry: EntryId) -> Result<Content, String> {
        let subject = &opening.subject;
        let contents = subject.contents.as_ref().ok_or_else(|| "the image is still being read".to_owned())?;
        let reader = contents.open(&subject.tree, entry).map_err(|error| words(&error))?;
        let (session, wanted, tell) = (opening.session, Arc::clone(&self.wanted), Arc::clone(&self.tell));
        let (waiting, told) = (reader.clone(), AtomicU64::new(u64::MAX));
        Ok(Content(reader.or_give_up(move || {
            if let Some(fetched) = waiting.fetched()
                && told.swap(fetched.received, Ordering::Relaxed) != fetched.received
            {
                tell(Sight::Waiting { session, fetched });
            }
            wanted.load(Ordering::Relaxed) != session
        })))
    }

    /// Goes on with what takes long; whether there is more to do.
    fn work(&mut self) -> bool {
        self.open.as_mut().is_some_and(|(_, inside)| inside.work())
    }

    fn show(&mut self) {
        if let Some(looked) = self.seen() {
            (self.tell)(Sight::Seen(looked));
        }
    }

    /// What there is to be seen of the file, if it is still wanted.
    fn seen(&mut self) -> Option<Box<Looked>> {
        let (session, inside) = self.open.as_mut()?;
        if self.wanted.load(Ordering::Relaxed) != *session {
            return None;
        }
        let page = inside.page();
        Some(Box::new(Looked {
            session: *session,
            page,
            summary: inside.summary().to_owned(),
            is_hex: inside.is_hex(),
            size: inside.size(),
            busy: inside.busy(),
            note: inside.take_note(),
        }))
    }
}

/// The content of an entry.
struct Content(ContentReader);

impl Bytes for Content {
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

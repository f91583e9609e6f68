//! Writes a plan, one item after the other, with the directories on the way to it held open.
//!
//! Directories get their permissions and times when everything in them is written. A file that cannot be finished is
//! removed again.

use std::collections::HashMap;
use std::error::Error as _;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::rc::Rc;

use dockopt_core::entry::{EntryKind, Timestamp};
use dockopt_core::tree::{EntryFacts, EntryId, Tree};

use super::directory::{Directory, finish_file};
use super::error::ExtractError;
use super::existing::Existing;
use super::extracted::Extracted;
use super::plan::{IMPLIED, Item, Plan};
use super::progress::Reporter;
use crate::bytes::window::write_all_at;
use crate::contents::{ContentError, Contents};

/// Directories in each other that are written: each is held open, and systems allow few hundred open files.
const MAX_DEPTH: usize = 128;
/// How much is copied at once.
const BUFFER: usize = 256 * 1024;
/// The bits that are never given.
const PRIVILEGE: u32 = 0o6000;

/// A directory on the way to what is being written.
struct Step {
    /// `None` if it could not be made.
    directory: Option<Rc<Directory>>,
    /// What is still to be set, if it was made.
    finish: Option<(u32, Option<Timestamp>)>,
    /// The item it is; the destination is none.
    item: Option<Item>,
}

/// Why something is not written.
enum Trouble {
    /// It is left out by design; the others go on.
    LeftOut(String),
    /// It fails; the others go on.
    Skip(String),
    /// Nothing goes on.
    Stop(std::io::Error),
    Cancelled,
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem => {
                Self::Stop(error)
            }
            _ => Self::Skip(error.to_string()),
        }
    }
}

impl From<ContentError> for Trouble {
    fn from(error: ContentError) -> Self {
        match (&error, error.source()) {
            (ContentError::GivenUp, _) => Self::Cancelled,
            (_, Some(cause)) => Self::Skip(format!("{error}: {cause}")),
            (_, None) => Self::Skip(error.to_string()),
        }
    }
}

/// What to write from, and where.
#[derive(Clone, Copy)]
pub(super) struct Task<'w> {
    pub(super) contents: &'w Contents,
    pub(super) tree: &'w Tree,
    pub(super) destination: &'w Path,
    pub(super) overwrite: bool,
}

/// Writes what is planned.
pub(super) struct Writer<'w, 'p, 'f> {
    task: Task<'w>,
    reporter: &'w Reporter<'p, 'f>,
    root: Rc<Directory>,
    way: Vec<Step>,
    /// The files that have several names in the plan, and which of them is written.
    shared: HashMap<EntryId, Option<Item>>,
    buffer: Vec<u8>,
    extracted: Extracted,
}

impl<'w, 'p, 'f> Writer<'w, 'p, 'f> {
    pub(super) fn new(task: Task<'w>, reporter: &'w Reporter<'p, 'f>, root: Directory) -> Self {
        let root = Rc::new(root);
        let way = vec![Step { directory: Some(Rc::clone(&root)), finish: None, item: None }];
        let extracted = Extracted { destination: task.destination.to_owned(), ..Extracted::default() };
        Self { task, reporter, root, way, shared: HashMap::new(), buffer: vec![0; BUFFER], extracted }
    }

    pub(super) fn write(mut self, plan: &Plan) -> Result<Extracted, ExtractError> {
        let facts = plan.items.iter().filter_map(|item| self.task.tree.entry(item.entry?));
        self.shared = facts.filter(|facts| facts.is_hard_link).map(|facts| (facts.inode, None)).collect();
        for item in &plan.items {
            self.leave(item.depth);
            let result =
                if self.reporter.gives_up() { Err(Trouble::Cancelled) } else { self.write_item(item) };
            let path = || self.task.tree.path(item.node);
            match result {
                Ok(()) => {}
                Err(Trouble::LeftOut(reason)) => self.extracted.skip(path, reason),
                Err(Trouble::Skip(reason)) => self.extracted.fail(path, reason),
                Err(Trouble::Stop(source)) => {
                    let path = path();
                    self.leave(0);
                    return Err(ExtractError::Stopped { path, source, extracted: Box::new(self.extracted) });
                }
                Err(Trouble::Cancelled) => {
                    self.leave(0);
                    return Err(ExtractError::Cancelled { extracted: Box::new(self.extracted) });
                }
            }
            self.reporter.add_entry();
        }
        self.leave(0);
        self.reporter.report();
        Ok(self.extracted)
    }

    /// Leaves all directories that lie deeper, and finishes them.
    fn leave(&mut self, depth: usize) {
        while self.way.len() > depth + 1 {
            let Some(Step { directory: Some(directory), finish: Some((permissions, modified)), item }) =
                self.way.pop()
            else {
                continue;
            };
            if let Err(error) = directory.finish(permissions, modified) {
                let path = || item.map(|item| self.task.tree.path(item.node)).unwrap_or_default();
                self.extracted.fail(path, format!("its permissions could not be set: {error}"));
            }
        }
    }

    fn write_item(&mut self, item: &Item) -> Result<(), Trouble> {
        let parent = self.way.last().and_then(|step| step.directory.clone());
        if item.is_directory {
            let made = self.directory(item, parent.as_deref());
            let (step, result) = match made {
                Ok(step) => (step, Ok(())),
                Err(trouble) => (Step { directory: None, finish: None, item: None }, Err(trouble)),
            };
            self.way.push(step);
            return result;
        }
        let parent = parent.ok_or_else(no_directory)?;
        let name = self.name(item)?;
        let Some((entry, facts)) = item.entry.and_then(|entry| Some((entry, self.task.tree.entry(entry)?)))
        else {
            return Ok(());
        };
        let not_made = |what: &str| Err(Trouble::LeftOut(format!("{what} is not made")));
        match facts.metadata.kind {
            EntryKind::File => self.file(item, entry, &parent),
            EntryKind::Symlink => {
                self.make_room(&parent, name)?;
                parent.symlink(name, facts.link, facts.metadata.modified)?;
                self.extracted.links += 1;
                Ok(())
            }
            EntryKind::CharDevice => not_made("a character device"),
            EntryKind::BlockDevice => not_made("a block device"),
            EntryKind::Fifo => not_made("a named pipe"),
            EntryKind::Directory | EntryKind::HardLink | EntryKind::Unknown => not_made("something unknown"),
        }
    }

    /// The name of an item, if it can be one: the tree has no others, but nothing here depends on that.
    fn name(&self, item: &Item) -> Result<&'w [u8], Trouble> {
        let name = self.task.tree.name(item.node);
        let is_name =
            !matches!(name, b"" | b"." | b"..") && !name.iter().any(|byte| matches!(byte, b'/' | 0));
        if is_name { Ok(name) } else { Err(Trouble::Skip("its name cannot be that of a file".to_owned())) }
    }

    fn directory(&mut self, item: &Item, parent: Option<&Directory>) -> Result<Step, Trouble> {
        let parent = parent.ok_or_else(no_directory)?;
        if item.depth >= MAX_DEPTH {
            return Err(Trouble::Skip(format!("it lies in more than {MAX_DEPTH} directories")));
        }
        let name = self.name(item)?;
        let is_there = match parent.existing(name)? {
            Some(Existing::Directory) => true,
            Some(Existing::Other) if self.task.overwrite => {
                parent.remove(name)?;
                false
            }
            Some(Existing::Other) | None => false,
        };
        if is_there {
            let directory = Some(Rc::new(parent.child(name)?));
            return Ok(Step { directory, finish: None, item: Some(*item) });
        }
        parent.make(name)?;
        self.extracted.directories += 1;
        let facts = item.entry.and_then(|entry| self.task.tree.entry(entry));
        let finish = match &facts {
            Some(facts) => (self.permissions(facts), Some(facts.metadata.modified)),
            None => (IMPLIED, None),
        };
        let directory = Some(Rc::new(parent.child(name)?));
        Ok(Step { directory, finish: Some(finish), item: Some(*item) })
    }

    fn permissions(&mut self, facts: &EntryFacts<'_>) -> u32 {
        if facts.metadata.mode & PRIVILEGE != 0 {
            self.extracted.without_privilege += 1;
        }
        facts.metadata.mode & 0o777
    }

    /// Removes what is in the way of a file, if that is wanted; what is left there makes writing fail.
    fn make_room(&self, parent: &Directory, name: &[u8]) -> Result<(), Trouble> {
        match parent.existing(name)? {
            Some(Existing::Directory) => Err(Trouble::Skip("a directory of that name is there".to_owned())),
            Some(Existing::Other) if self.task.overwrite => Ok(parent.remove(name)?),
            Some(Existing::Other) | None => Ok(()),
        }
    }

    fn file(&mut self, item: &Item, entry: EntryId, parent: &Directory) -> Result<(), Trouble> {
        let name = self.name(item)?;
        let Some(facts) = self.task.tree.entry(entry) else {
            return Ok(());
        };
        self.make_room(parent, name)?;
        if let Some(Some(first)) = self.shared.get(&facts.inode)
            && self.link(parent, name, first).is_ok()
        {
            self.extracted.links += 1;
            self.reporter.add_bytes(facts.metadata.size);
            return Ok(());
        }
        let file = parent.file(name)?;
        let written = self.fill(&file, entry).and_then(|bytes| {
            let permissions = self.permissions(&facts);
            finish_file(&file, permissions, Some(facts.metadata.modified))?;
            Ok(bytes)
        });
        match written {
            Ok(bytes) => {
                self.extracted.bytes += bytes;
                self.extracted.files += 1;
                if let Some(first) = self.shared.get_mut(&facts.inode) {
                    *first = Some(*item);
                }
                Ok(())
            }
            Err(trouble) => {
                drop(file);
                // What is half written is worse than nothing; why it is so is said already.
                let _ = parent.remove(name);
                Err(trouble)
            }
        }
    }

    /// Gives a file that is written another name.
    fn link(&self, parent: &Directory, name: &[u8], first: &Item) -> std::io::Result<()> {
        let tree = self.task.tree;
        let mut directories = Vec::new();
        let mut node = first.node;
        for _ in 0..first.depth {
            node = tree.parent(node);
            directories.push(tree.name(node));
        }
        let mut from = Rc::clone(&self.root);
        for directory in directories.into_iter().rev() {
            from = Rc::new(from.child(directory)?);
        }
        parent.link(name, &from, tree.name(first.node))
    }

    /// Writes a file's content, holes as holes; returns how many bytes.
    fn fill(&mut self, file: &File, entry: EntryId) -> Result<u64, Trouble> {
        let gives_up = || self.reporter.gives_up();
        let mut reader = self.task.contents.open(self.task.tree, entry)?;
        let (mut written, size) = (0, reader.size());
        for (offset, length) in reader.data(&gives_up)? {
            let (mut position, end) = (offset, offset + length);
            while position < end {
                let wanted = usize::try_from(end - position).unwrap_or(usize::MAX).min(BUFFER);
                let piece = self.buffer.get_mut(..wanted).unwrap_or_default();
                let read = reader.read_at_unless(&gives_up, position, piece)?;
                if read == 0 || gives_up() {
                    return Err(Trouble::Cancelled);
                }
                write_all_at(file, self.buffer.get(..read).unwrap_or_default(), position)?;
                position += read as u64;
                written += read as u64;
                self.reporter.add_bytes(read as u64);
            }
        }
        if written < size {
            file.set_len(size)?;
            self.reporter.add_bytes(size - written);
        }
        Ok(written)
    }
}

fn no_directory() -> Trouble {
    Trouble::Skip("the directory it lies in could not be made".to_owned())
}

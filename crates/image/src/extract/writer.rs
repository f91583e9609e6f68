//! Writes a plan item by item, with the parent directories of the current item held open.
//!
//! Directories get their permissions and times after everything in them is written. Incomplete
//! files are removed.

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

/// Maximum nesting of written directories: each is held open, and systems limit open files to a few
/// hundred.
const MAX_DEPTH: usize = 128;
/// Bytes copied at once.
const BUFFER: usize = 256 * 1024;
/// Mode bits that are always dropped.
const PRIVILEGE: u32 = 0o6000;

/// A parent directory of the current item.
struct ParentDirectory {
    /// `None` if it could not be created.
    directory: Option<Rc<Directory>>,
    /// Permissions and time to set at the end, if it was created here.
    finish: Option<(u32, Option<Timestamp>)>,
    /// The item of the directory; `None` for the destination.
    item: Option<Item>,
}

/// Why an item is not written.
enum Trouble {
    /// Skipped by design; the extraction continues.
    LeftOut(String),
    /// Failed; the extraction continues.
    Skip(String),
    /// Failed; the extraction stops.
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

/// Source and destination of a writer.
#[derive(Clone, Copy)]
pub(super) struct Task<'w> {
    pub(super) contents: &'w Contents,
    pub(super) tree: &'w Tree,
    pub(super) destination: &'w Path,
    pub(super) overwrite: bool,
}

/// Writes a plan.
pub(super) struct Writer<'w, 'p, 'f> {
    task: Task<'w>,
    reporter: &'w Reporter<'p, 'f>,
    root: Rc<Directory>,
    way: Vec<ParentDirectory>,
    /// Files with several names in the plan, and the name that was written first.
    shared: HashMap<EntryId, Option<Item>>,
    buffer: Vec<u8>,
    extracted: Extracted,
}

impl<'w, 'p, 'f> Writer<'w, 'p, 'f> {
    pub(super) fn new(task: Task<'w>, reporter: &'w Reporter<'p, 'f>, root: Directory) -> Self {
        let root = Rc::new(root);
        let way = vec![ParentDirectory { directory: Some(Rc::clone(&root)), finish: None, item: None }];
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

    /// Leaves and finishes all directories below `depth`.
    fn leave(&mut self, depth: usize) {
        while self.way.len() > depth + 1 {
            let Some(ParentDirectory {
                directory: Some(directory),
                finish: Some((permissions, modified)),
                item,
            }) = self.way.pop()
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
                Err(trouble) => (ParentDirectory { directory: None, finish: None, item: None }, Err(trouble)),
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
        let not_made = |what: &str| Err(Trouble::LeftOut(format!("{what} are not extracted")));
        match facts.metadata.kind {
            EntryKind::File => self.file(item, entry, &parent),
            EntryKind::Symlink => {
                self.make_room(&parent, name)?;
                parent.symlink(name, facts.link, facts.metadata.modified)?;
                self.extracted.links += 1;
                Ok(())
            }
            EntryKind::CharDevice => not_made("character devices"),
            EntryKind::BlockDevice => not_made("block devices"),
            EntryKind::Fifo => not_made("named pipes"),
            EntryKind::Directory | EntryKind::HardLink | EntryKind::Unknown => {
                not_made("entries of unknown type")
            }
        }
    }

    /// Returns the name of an item if it is valid. The tree has no invalid names, but nothing here
    /// relies on that.
    fn name(&self, item: &Item) -> Result<&'w [u8], Trouble> {
        let name = self.task.tree.name(item.node);
        let is_name =
            !matches!(name, b"" | b"." | b"..") && !name.iter().any(|byte| matches!(byte, b'/' | 0));
        if is_name { Ok(name) } else { Err(Trouble::Skip("its name is not a valid file name".to_owned())) }
    }

    fn directory(&mut self, item: &Item, parent: Option<&Directory>) -> Result<ParentDirectory, Trouble> {
        let parent = parent.ok_or_else(no_directory)?;
        if item.depth >= MAX_DEPTH {
            return Err(Trouble::Skip(format!("it is nested in more than {MAX_DEPTH} directories")));
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
            return Ok(ParentDirectory { directory, finish: None, item: Some(*item) });
        }
        parent.make(name)?;
        self.extracted.directories += 1;
        let facts = item.entry.and_then(|entry| self.task.tree.entry(entry));
        let finish = match &facts {
            Some(facts) => (self.permissions(facts), Some(facts.metadata.modified)),
            None => (IMPLIED, None),
        };
        let directory = Some(Rc::new(parent.child(name)?));
        Ok(ParentDirectory { directory, finish: Some(finish), item: Some(*item) })
    }

    fn permissions(&mut self, facts: &EntryFacts<'_>) -> u32 {
        if facts.metadata.mode & PRIVILEGE != 0 {
            self.extracted.without_privilege += 1;
        }
        facts.metadata.mode & 0o777
    }

    /// Removes an existing file if overwriting is allowed; otherwise, creating the file fails.
    fn make_room(&self, parent: &Directory, name: &[u8]) -> Result<(), Trouble> {
        match parent.existing(name)? {
            Some(Existing::Directory) => Err(Trouble::Skip("a directory of that name exists".to_owned())),
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
                // An incomplete file is worse than none. The error is already reported, so this one
                // is ignored.
                let _ = parent.remove(name);
                Err(trouble)
            }
        }
    }

    /// Creates a hard link to a file that was written before.
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

    /// Writes a file's content, keeping holes; returns the number of bytes written.
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
    Trouble::Skip("its parent directory could not be created".to_owned())
}

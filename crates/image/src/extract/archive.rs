//! Writes a selection as a tar, which keeps owners, devices and setuid bits.
//!
//! The output is deterministic: entries are sorted by name, directories come before their contents,
//! and headers contain nothing that is not in the image. PAX records hold what does not fit into a
//! header.

use std::collections::HashMap;
use std::io::{self, Write};

use dockopt_core::entry::EntryKind;
use dockopt_core::filter::Matches;
use dockopt_core::tree::{EntryFacts, EntryId, NodeId, Tree};

use super::error::ExtractError;
use super::extracted::Extracted;
use super::member::Member;
use super::plan::{Item, Plan};
use super::progress::{OnExtract, Reporter};
use super::selection::Selection;
use crate::contents::{Attributes, ContentError, ContentReader, Contents};
use crate::tar::{BLOCK, BLOCK_SIZE};

/// Bytes copied at once.
const BUFFER: usize = 256 * 1024;

/// Parameters of a tar export.
#[derive(Clone, Copy, Debug)]
pub struct TarExport<'e> {
    /// The contents of the image's files.
    pub contents: &'e Contents,
    /// Its tree.
    pub tree: &'e Tree,
    /// The entries to write. Each keeps its name. The root has none; its contents are at the top of
    /// the tar.
    pub selections: &'e [Selection],
    /// If set, restricts the export to matching entries and their parent directories.
    pub only: Option<&'e Matches>,
}

/// Why the tar cannot be completed.
enum Trouble {
    Content(ContentError),
    Output(io::Error),
    Cancelled,
}

impl From<ContentError> for Trouble {
    fn from(error: ContentError) -> Self {
        if matches!(error, ContentError::GivenUp) { Self::Cancelled } else { Self::Content(error) }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl TarExport<'_> {
    /// Writes the tar. `on_progress` is called on this thread, at most about 25 times a second, and
    /// may cancel.
    ///
    /// # Errors
    ///
    /// Before anything is written, if there is nothing to write or two selections have the same
    /// name. Later errors leave the tar incomplete, because it cannot omit unreadable content.
    pub fn write(
        &self,
        out: &mut dyn Write,
        on_progress: &mut OnExtract<'_>,
    ) -> Result<Extracted, ExtractError> {
        let plan = Plan::of(self.tree, self.selections, self.only)?;
        let reporter = Reporter::new(&plan, on_progress);
        let mut tar = TarWriter {
            export: self,
            reporter: &reporter,
            out,
            way: Vec::new(),
            first: HashMap::new(),
            attributes: HashMap::new(),
            buffer: vec![0; BUFFER],
            extracted: Extracted::default(),
        };
        let mut path = None;
        match tar.write(&plan, &mut path) {
            Ok(()) => Ok(tar.extracted),
            Err(Trouble::Cancelled) => Err(ExtractError::Cancelled { extracted: Box::new(tar.extracted) }),
            Err(Trouble::Content(source)) => Err(ExtractError::Content { source }),
            Err(Trouble::Output(source)) => {
                let path = path.map(|node| self.tree.path(node)).unwrap_or_default();
                Err(ExtractError::Stopped { path, source, extracted: Box::new(tar.extracted) })
            }
        }
    }
}

struct TarWriter<'w, 'p, 'f> {
    export: &'w TarExport<'w>,
    reporter: &'w Reporter<'p, 'f>,
    out: &'w mut dyn Write,
    /// Name of the current member: its path in the tar.
    way: Vec<u8>,
    /// First name of each file; its other names become hard links.
    first: HashMap<EntryId, Vec<u8>>,
    attributes: HashMap<EntryId, Attributes>,
    buffer: Vec<u8>,
    extracted: Extracted,
}

impl TarWriter<'_, '_, '_> {
    /// Writes a plan; `at` is the current node.
    fn write(&mut self, plan: &Plan, at: &mut Option<NodeId>) -> Result<(), Trouble> {
        let gives_up = || self.reporter.gives_up();
        let entries = plan.items.iter().filter_map(|item| item.entry);
        self.attributes = self.export.contents.attributes(self.export.tree, entries, &gives_up)?;
        let mut ends: Vec<usize> = Vec::new();
        for item in &plan.items {
            if self.reporter.gives_up() {
                return Err(Trouble::Cancelled);
            }
            *at = Some(item.node);
            ends.truncate(item.depth);
            self.way.truncate(ends.last().copied().unwrap_or(0));
            self.way.extend_from_slice(self.export.tree.name(item.node));
            if item.is_directory {
                self.way.push(b'/');
                ends.push(self.way.len());
            }
            self.item(item)?;
            self.reporter.add_entry();
        }
        self.out.write_all(&[0; 2 * BLOCK_SIZE])?;
        self.out.flush()?;
        self.reporter.report();
        Ok(())
    }

    fn item(&mut self, item: &Item) -> Result<(), Trouble> {
        let tree = self.export.tree;
        if self.way.contains(&0) {
            self.extracted.fail(|| tree.path(item.node), "its name is not a valid file name");
            return Ok(());
        }
        let Some((entry, facts)) = item.entry.and_then(|entry| Some((entry, tree.entry(entry)?))) else {
            self.extracted.directories += 1;
            return Ok(Member::implied_directory(&self.way).write(self.out)?);
        };
        match facts.metadata.kind {
            EntryKind::File => return self.file(entry, &facts),
            EntryKind::HardLink | EntryKind::Unknown => {
                self.extracted.fail(|| tree.path(item.node), "an unknown entry is not written");
                return Ok(());
            }
            EntryKind::Directory => self.extracted.directories += 1,
            EntryKind::Symlink => self.extracted.links += 1,
            EntryKind::CharDevice | EntryKind::BlockDevice | EntryKind::Fifo => {}
        }
        Ok(Member::new(&self.way, &facts, self.attributes.get(&facts.inode)).write(self.out)?)
    }

    fn file(&mut self, entry: EntryId, facts: &EntryFacts<'_>) -> Result<(), Trouble> {
        if let Some(first) = self.first.get(&facts.inode) {
            Member::hard_link(&self.way, first, facts).write(self.out)?;
            self.extracted.links += 1;
            self.reporter.add_bytes(facts.metadata.size);
            return Ok(());
        }
        self.first.insert(facts.inode, self.way.clone());
        let reader = self.export.contents.open(self.export.tree, entry)?;
        Member::new(&self.way, facts, self.attributes.get(&facts.inode)).write(self.out)?;
        self.copy(reader)?;
        self.extracted.files += 1;
        Ok(())
    }

    /// Writes content and its padding; holes become zeros.
    fn copy(&mut self, mut reader: ContentReader) -> Result<(), Trouble> {
        let gives_up = || self.reporter.gives_up();
        let size = reader.size();
        let mut position = 0;
        while position < size {
            let read = reader.read_at_unless(&gives_up, position, &mut self.buffer)?;
            if read == 0 || self.reporter.gives_up() {
                return Err(Trouble::Cancelled);
            }
            self.out.write_all(self.buffer.get(..read).unwrap_or_default())?;
            position += read as u64;
            self.reporter.add_bytes(read as u64);
        }
        let padding = usize::try_from(size.next_multiple_of(BLOCK) - size).unwrap_or(0);
        self.out.write_all([0; BLOCK_SIZE].get(..padding).unwrap_or_default())?;
        self.extracted.bytes += size;
        Ok(())
    }
}

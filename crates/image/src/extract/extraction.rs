//! Extracts files and directories of an image to the file system.
//!
//! The image is untrusted: nothing is ever written outside the destination, no symbolic link on the
//! way is followed, and existing files are overwritten only on request. Content, permissions,
//! times, symbolic and hard links are as in the image. Files belong to the extracting user, setuid,
//! setgid and sticky bits are dropped, and devices and pipes are not created.

use std::path::Path;

use dockopt_core::filter::Matches;
use dockopt_core::tree::Tree;

use super::directory::Directory;
use super::error::ExtractError;
use super::existing::Existing;
use super::extracted::Extracted;
use super::plan::Plan;
use super::progress::{OnExtract, Reporter};
use super::selection::Selection;
use super::writer::{Task, Writer};
use crate::contents::Contents;

/// Parameters of an extraction.
#[derive(Clone, Copy, Debug)]
pub struct Extraction<'e> {
    /// The contents of the image's files.
    pub contents: &'e Contents,
    /// Its tree.
    pub tree: &'e Tree,
    /// The entries to extract.
    pub selections: &'e [Selection],
    /// If set, restricts the extraction to matching entries and their parent directories.
    pub only: Option<&'e Matches>,
    /// The target directory. It is created if necessary; its parent must exist. Each selection
    /// keeps its name. The root has none; its contents go directly into the directory.
    pub destination: &'e Path,
    /// Whether to overwrite existing files. Directories are never overwritten; their contents stay.
    pub overwrite: bool,
}

impl Extraction<'_> {
    /// Writes the selection. `on_progress` is called on this thread, at most about 25 times a
    /// second, and may cancel.
    ///
    /// Files that cannot be written, or whose content cannot be read, are skipped.
    ///
    /// # Errors
    ///
    /// Before anything is written, if there is nothing to extract, if two selections have the same
    /// name, if the destination cannot be created, or if something would be overwritten. After
    /// that, only if nothing more can be written at all, or if the extraction was cancelled; these
    /// errors contain what was written before.
    pub fn run(&self, on_progress: &mut OnExtract<'_>) -> Result<Extracted, ExtractError> {
        let plan = Plan::of(self.tree, self.selections, self.only)?;
        if !self.overwrite {
            self.check_nothing_is_there(&plan)?;
        }
        let failed = |source| ExtractError::Destination { path: self.destination.to_owned(), source };
        let root = Directory::open_or_make(self.destination).map_err(failed)?;
        let reporter = Reporter::new(&plan, on_progress);
        Writer::new(self.task(), &reporter, root).write(&plan)
    }

    fn task(&self) -> Task<'_> {
        let Self { contents, tree, destination, overwrite, .. } = *self;
        Task { contents, tree, destination, overwrite }
    }

    /// Checks for existing files that would be overwritten.
    fn check_nothing_is_there(&self, plan: &Plan) -> Result<(), ExtractError> {
        let Ok(root) = Directory::open(self.destination) else {
            // It does not exist, or an error follows when it is opened for writing.
            return Ok(());
        };
        // The directories above an item, as far as they exist.
        let mut way: Vec<Option<Directory>> = vec![Some(root)];
        let (mut count, mut first) = (0, None);
        for item in &plan.items {
            way.truncate(item.depth + 1);
            let name = self.tree.name(item.node);
            let parent = way.last().and_then(Option::as_ref);
            let existing = parent.and_then(|parent| parent.existing(name).ok().flatten());
            let is_in_the_way = match existing {
                None => false,
                Some(Existing::Directory) => !item.is_directory,
                Some(Existing::Other) => true,
            };
            if is_in_the_way {
                count += 1;
                first.get_or_insert_with(|| item.place(self.tree, self.destination));
            }
            if item.is_directory {
                let merged = parent.filter(|_| existing == Some(Existing::Directory));
                way.push(merged.and_then(|parent| parent.child(name).ok()));
            }
        }
        first.map_or(Ok(()), |path| Err(ExtractError::Exists { path, count }))
    }
}

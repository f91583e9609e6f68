//! Takes files and directories out of an image, to a place in the file system.
//!
//! The image is a stranger's: nothing is ever written outside the destination, no symbolic link on the way is followed,
//! and nothing that is there is overwritten unless that is asked for. Content, permissions, times, symbolic and hard links
//! are as in the image; owners are those of whoever extracts, nobody gets setuid, setgid or sticky bits, and devices
//! and pipes are not made.

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

/// What to extract, from where, to where.
#[derive(Clone, Copy, Debug)]
pub struct Extraction<'e> {
    /// The contents of the image's files.
    pub contents: &'e Contents,
    /// Its tree.
    pub tree: &'e Tree,
    /// What to take.
    pub selections: &'e [Selection],
    /// If given, only what matches, and the directories on the way to it.
    pub only: Option<&'e Matches>,
    /// A directory, which is made if it does not exist; the directory it lies in must exist. Each selection keeps its name
    /// within; the root has none, what is in it goes right into the directory.
    pub destination: &'e Path,
    /// Whether files that are in the way may be overwritten. Directories never are: what is in them stays.
    pub overwrite: bool,
}

impl Extraction<'_> {
    /// Writes the selection; `on_progress` is called on this thread, at most about 25 times a second, and may cancel.
    ///
    /// A file that cannot be written, or whose content cannot be read, is skipped and the others go on.
    ///
    /// # Errors
    ///
    /// Before anything is written, if there is nothing to take, if two selections have one name, if the
    /// destination cannot be made, or if something would be overwritten. After that only if nothing more
    /// can be written at all, or if it was cancelled: these errors say what was written until then.
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

    /// Looks for things that are in the way.
    fn check_nothing_is_there(&self, plan: &Plan) -> Result<(), ExtractError> {
        let Ok(root) = Directory::open(self.destination) else {
            // It is made, or cannot be, when it is written to.
            return Ok(());
        };
        // The directories on the way to an item, as far as they exist.
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

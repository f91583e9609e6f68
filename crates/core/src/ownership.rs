//! Ownership: which package owns the content of which entry. `docs/packages.md` defines the terms.

use crate::model::packages::Packages;
use crate::model::warning::Warning;
use crate::tree::{EntryId, Tree};

/// The packages of an image, and the owner of each file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    packages: Packages,
    /// The index of the owner of each entry that stores content; shorter if the last ones have
    /// none.
    owners: Vec<Option<u32>>,
    warnings: Vec<Warning>,
}

impl Ownership {
    /// Creates the ownership from packages and the owner of each entry that stores content, by the
    /// index of the entry; warnings say which packages are not known.
    pub fn new(packages: Packages, owners: Vec<Option<u32>>, warnings: Vec<Warning>) -> Self {
        Self { packages, owners, warnings }
    }

    /// Returns what is not known about the packages.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the packages and the bytes that each owns.
    pub fn packages(&self) -> &Packages {
        &self.packages
    }

    /// Returns the index of the package that owns an entry's content. A hard link has the owner of
    /// its file.
    pub fn owner(&self, tree: &Tree, entry: EntryId) -> Option<usize> {
        let inode = tree.entry(entry)?.inode;
        self.owners.get(inode.index()).copied().flatten().map(|owner| owner as usize)
    }
}

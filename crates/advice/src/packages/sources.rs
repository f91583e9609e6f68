//! The facts that packages are collected from.

use dockopt_core::evidence::ProbeId;
use dockopt_core::facts::Evidence;
use dockopt_core::tree::{EntryFacts, NodeId, Tree};

use super::canonical::Canonical;
use super::claims::{Claim, Claims, Found, Number};
use crate::evidence::os_release::OsRelease;

/// What the collectors read.
pub(super) struct Sources<'t> {
    pub(super) tree: &'t Tree,
    pub(super) evidence: &'t Evidence,
    pub(super) canonical: Canonical<'t>,
}

/// A file of a package manager.
pub(super) struct Database<'t> {
    pub(super) facts: EntryFacts<'t>,
    /// The file.
    pub(super) node: NodeId,
}

impl Database<'_> {
    /// Adds a package that this file describes. The package is installed if the final filesystem
    /// has the file.
    pub(super) fn package(&self, claims: &mut Claims, found: Found) -> Number {
        let number = claims.package(found, self.facts.layer);
        if self.facts.live {
            claims.set_installed(number);
        }
        number
    }

    /// Returns the claim of a package whose database is this file.
    pub(super) fn claim(&self, package: Number, is_system: bool) -> Claim {
        let (layer, written) = (self.facts.layer, self.facts.metadata.modified);
        Claim { layer, is_system, written, package, is_live: self.facts.live }
    }
}

impl<'t> Sources<'t> {
    /// Returns the facts of a probe, in the order of their entries.
    pub(super) fn facts<F>(&self, probe: ProbeId, decode: fn(&[u8]) -> Option<F>) -> Vec<(Database<'t>, F)> {
        let fact = |(entry, fact)| {
            let database = Database { facts: self.tree.entry(entry)?, node: self.tree.entry_node(entry)? };
            Some((database, decode(fact)?))
        };
        self.evidence.of_probe(probe).filter_map(fact).collect()
    }

    /// Returns the directory of a database, in its real place.
    pub(super) fn directory(&mut self, database: &Database<'_>) -> NodeId {
        self.tree.parent(self.canonical.node(database.node))
    }

    /// Returns `ID` of the distribution, or another name where the image does not say.
    pub(super) fn distribution(&self, unknown: &str) -> String {
        OsRelease::id_of(self.tree, self.evidence).unwrap_or_else(|| unknown.to_owned())
    }
}

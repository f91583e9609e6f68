//! The facts that packages are collected from.

use std::collections::BTreeMap;

use dockopt_core::evidence::ProbeId;
use dockopt_core::facts::Evidence;
use dockopt_core::tree::{EntryFacts, EntryId, NodeId, Tree};
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;

use super::canonical::Canonical;
use super::claims::{Claim, Claims, Found, Number};
use crate::evidence::os_release::OsRelease;

/// What the collectors read.
pub(super) struct Sources<'t> {
    pub(super) tree: &'t Tree,
    pub(super) evidence: &'t Evidence,
    pub(super) canonical: Canonical<'t>,
    /// What is not known about the packages.
    pub(super) warnings: Vec<Warning>,
}

/// A file of a package manager.
pub(super) struct Database<'t> {
    pub(super) entry: EntryId,
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

    /// Adds a package that this file says it is.
    pub(super) fn describe(&self, claims: &mut Claims, found: Found) {
        let number = self.package(claims, found);
        claims.describe(self.entry, number);
    }

    /// Adds a package that this file contains, and that owns nothing, if there is room.
    pub(super) fn add_part(&self, claims: &mut Claims, found: Found) {
        if claims.has_room() {
            self.package(claims, found);
        }
    }

    /// Returns the claim of a package whose database is this file.
    pub(super) fn claim(&self, package: Number, is_system: bool) -> Claim {
        let (layer, written) = (self.facts.layer, self.facts.metadata.modified);
        Claim { layer, is_system, written, package, is_live: self.facts.live }
    }
}

impl<'t> Sources<'t> {
    /// Iterates over the facts of a probe, in the order of their entries.
    pub(super) fn facts<F: 't>(
        &self,
        probe: ProbeId,
        decode: fn(&[u8]) -> Option<F>,
    ) -> impl Iterator<Item = (Database<'t>, F)> + use<'t, F> {
        let tree = self.tree;
        let fact = move |(entry, fact)| {
            let database = Database { entry, facts: tree.entry(entry)?, node: tree.entry_node(entry)? };
            Some((database, decode(fact)?))
        };
        self.evidence.of_probe(probe).filter_map(fact)
    }

    /// Notes what is wrong with a database of the final filesystem.
    pub(super) fn warn(&mut self, database: &Database<'_>, problem: &str) {
        if database.facts.live {
            let path = self.tree.path(database.node).to_text();
            let message = format!("`{path}` {problem}");
            self.warnings.push(Warning::new(WarningKind::Evidence, Some(database.facts.layer), message));
        }
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

/// Iterates over what the layers say in the order in which it counts for one of them: the latest up to
/// it first, and those after it last.
pub(super) fn seen_from<T>(layers: &BTreeMap<usize, T>, layer: usize) -> impl Iterator<Item = &T> {
    let up_to = layers.range(..=layer).rev();
    up_to.chain(layers.range(layer + 1..)).map(|(_, said)| said)
}

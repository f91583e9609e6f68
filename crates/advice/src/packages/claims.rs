//! Which package claims which path, from which layer on.
//!
//! Most package managers list the files of a package. Others own a directory with everything below
//! it, except what a package further down owns.

use std::collections::HashMap;

use dockopt_core::entry::Timestamp;
use dockopt_core::packages::Package;
use dockopt_core::tree::{EntryId, NodeId, Tree};
use foldhash::fast::RandomState;

/// The directory of npm packages. What is below it belongs to the packages in it, not to those
/// around it.
pub(super) const NODE_MODULES: &[u8] = b"node_modules";

/// Most packages of which a shared path is noted.
const SHARED: usize = 8;
/// Most paths of all lists: a file counts in each layer with a list of it.
const MOST_LISTED: usize = 5_000_000;
/// Most parts of programs and archives, which are listed and own nothing.
const MOST_PARTS: usize = 100_000;

/// A package that a database of a layer describes.
pub(super) struct Found {
    pub(super) ecosystem: &'static str,
    pub(super) name: String,
    pub(super) version: String,
    /// Identifies the package.
    pub(super) purl: String,
}

/// The number of a package in [`Claims::packages`].
pub(super) type Number = usize;

/// Before any other time: such a claim loses against any other of its layer.
pub(super) const FIRST: Timestamp = Timestamp { seconds: i64::MIN, nanos: 0 };
/// In the place of a package where a claim ends.
const NOBODY: Number = Number::MAX;

/// A claim on a path: the last one in this order wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    /// The layer of the database.
    pub(super) layer: usize,
    /// Whether the database is that of the system, which installs packages of languages too.
    pub(super) is_system: bool,
    /// When the database was written.
    pub(super) written: Timestamp,
    pub(super) package: Number,
    /// Whether the final filesystem has the database.
    pub(super) is_live: bool,
}

/// All packages, and the paths they claim.
#[derive(Default)]
pub(super) struct Claims {
    pub(super) packages: Vec<Package>,
    /// Whether the final filesystem has the package.
    installed: Vec<bool>,
    /// The claims on each path, by canonical node.
    paths: ByNode,
    /// The packages for which databases of the final filesystem list a path, if there is more than
    /// one, up to [`SHARED`].
    shared: HashMap<NodeId, Vec<Number>, RandomState>,
    /// Programs and archives that say what they are.
    described: HashMap<EntryId, Number, RandomState>,
    /// Number of paths of all lists.
    listed: usize,
    /// Number of parts of programs and archives.
    parts: usize,
    /// What was left out.
    is_cut: bool,
    /// The claims on everything below a directory.
    directories: ByNode,
    known: HashMap<String, Number, RandomState>,
}

impl Claims {
    /// Finds or adds a package that a layer describes. Its layer is the lowest one that does.
    pub(super) fn package(&mut self, found: Found, layer: usize) -> Number {
        let Found { ecosystem, name, version, purl } = found;
        if let Some(&number) = self.known.get(&purl) {
            if let Some(package) = self.packages.get_mut(number) {
                package.layer = package.layer.min(layer);
            }
            return number;
        }
        let number = self.packages.len();
        self.known.insert(purl.clone(), number);
        let (live, wasted, files, strippable) = (0, 0, 0, 0);
        self.packages.push(Package {
            ecosystem,
            name,
            version,
            purl,
            live,
            wasted,
            files,
            strippable,
            layer,
        });
        self.installed.push(false);
        number
    }

    /// Notes that the final filesystem has a package.
    pub(super) fn set_installed(&mut self, number: Number) {
        if let Some(installed) = self.installed.get_mut(number) {
            *installed = true;
        }
    }

    /// Claims a file.
    pub(super) fn claim(&mut self, path: NodeId, claim: Claim) {
        for other in self.paths.get(path).iter().filter(|other| other.package != claim.package) {
            let packages = self.shared.entry(path).or_default();
            for one in [other, &claim].into_iter().filter(|one| one.is_live) {
                if packages.len() < SHARED && !packages.contains(&one.package) {
                    packages.push(one.package);
                }
            }
        }
        self.paths.push(path, claim);
    }

    /// Ends the claim on a file from a layer on, unless another database claims it there.
    pub(super) fn end(&mut self, path: NodeId, layer: usize) {
        let claim = Claim { layer, is_system: false, written: FIRST, package: NOBODY, is_live: false };
        self.paths.push(path, claim);
    }

    /// Claims the files of a list; `find` returns the node of a path.
    pub(super) fn claim_listed<'p>(
        &mut self,
        claim: Claim,
        paths: impl Iterator<Item = &'p [u8]>,
        mut find: impl FnMut(&'p [u8]) -> Option<NodeId>,
    ) {
        for path in paths {
            if !self.counts() {
                return;
            }
            if let Some(path) = find(path) {
                self.claim(path, claim);
            }
        }
    }

    /// Returns whether another path of a list counts.
    pub(super) fn counts(&mut self) -> bool {
        self.listed += 1;
        self.is_cut |= self.listed > MOST_LISTED;
        self.listed <= MOST_LISTED
    }

    /// Notes that a file says which package it is. It is a last resort: a file that a database lists,
    /// or in the directory of a package, belongs to that one.
    pub(super) fn describe(&mut self, file: EntryId, package: Number) {
        self.described.entry(file).or_insert(package);
    }

    /// Returns the package that a file says it is.
    pub(super) fn described(&self, file: EntryId) -> Option<Number> {
        self.described.get(&file).copied()
    }

    /// Returns whether there is room for another part of a program or an archive.
    pub(super) fn has_room(&mut self) -> bool {
        self.parts += 1;
        self.is_cut |= self.parts > MOST_PARTS;
        self.parts <= MOST_PARTS
    }

    /// Whether claims or parts are missing, because there are too many.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Returns the paths that two packages of one ecosystem list, and these packages.
    pub(super) fn shared(&self) -> impl Iterator<Item = (NodeId, &Package, &Package)> {
        self.shared.iter().filter_map(|(path, packages)| {
            let packages = packages.iter().filter_map(|number| self.packages.get(*number));
            packages.clone().enumerate().find_map(|(at, one)| {
                let is_other = |other: &&Package| one.ecosystem == other.ecosystem && one.name != other.name;
                let other = packages.clone().skip(at + 1).find(is_other)?;
                let (one, other) = if one.name < other.name { (one, other) } else { (other, one) };
                Some((*path, one, other))
            })
        })
    }

    /// Claims everything below a directory.
    pub(super) fn claim_directory(&mut self, directory: NodeId, claim: Claim) {
        self.directories.push(directory, claim);
    }

    /// Sorts the claims.
    pub(super) fn sort(&mut self) {
        self.paths.sort();
        self.directories.sort();
    }

    /// Whether nothing is claimed.
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.directories.is_empty() && self.described.is_empty()
    }

    /// Returns the owner of a path that a layer stores: who lists it, or else who owns the
    /// innermost directory around it.
    pub(super) fn owner(&self, tree: &Tree, path: NodeId, layer: usize) -> Option<Number> {
        let listed = self.listed(path, layer).or_else(|| self.source(tree, path, layer));
        listed.or_else(|| self.around(tree, path, layer))
    }

    /// Returns the packages that are installed or own files, and the place of each in
    /// [`Self::packages`], those with most bytes first.
    pub(super) fn into_listed(self) -> Vec<(Number, Package)> {
        let owns = |package: &Package| package.bytes() + package.files > 0;
        let numbered = self.packages.into_iter().enumerate().zip(self.installed);
        let mut packages: Vec<_> = numbered
            .filter(|((_, package), installed)| *installed || owns(package))
            .map(|(package, _)| package)
            .collect();
        packages.sort_by(|(_, one), (_, other)| {
            other.bytes().cmp(&one.bytes()).then_with(|| one.cmp_by_name(other))
        });
        packages
    }

    fn listed(&self, path: NodeId, layer: usize) -> Option<Number> {
        latest(self.paths.get(path), layer)
    }

    /// Returns the Python package of the source of a byte-compiled file: `a/b.py` of
    /// `a/__pycache__/b.cpython-311.pyc` or `a/b.pyc`.
    fn source(&self, tree: &Tree, path: NodeId, layer: usize) -> Option<Number> {
        let stem = tree.name(path).strip_suffix(b".pyc")?;
        let directory = tree.parent(path);
        let (directory, stem) = if tree.name(directory) == b"__pycache__" {
            (tree.parent(directory), stem.split(|&byte| byte == b'.').next()?)
        } else {
            (directory, stem)
        };
        let source = tree.child(directory, &[stem, b".py"].concat())?;
        let number = self.listed(source, layer)?;
        self.packages.get(number).filter(|package| package.ecosystem == "pypi").map(|_| number)
    }

    fn around(&self, tree: &Tree, path: NodeId, layer: usize) -> Option<Number> {
        if self.directories.is_empty() {
            return None;
        }
        let mut node = path;
        while node != NodeId::ROOT {
            node = tree.parent(node);
            let owner = latest(self.directories.get(node), layer);
            if owner.is_some() {
                return owner;
            }
            if tree.name(node) == NODE_MODULES {
                return None;
            }
        }
        None
    }
}

/// Claims by node. Nearly every node has one at most, which needs no list of its own.
#[derive(Default)]
struct ByNode {
    /// The place of each node's first claim in `first`, counted from 1; 0 without claims. By the
    /// number of the node.
    places: Vec<u32>,
    first: Vec<Claim>,
    /// All claims of the nodes that databases of several layers claim.
    lists: HashMap<NodeId, Vec<Claim>, RandomState>,
}

impl ByNode {
    fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Returns the claims on a node.
    fn get(&self, node: NodeId) -> &[Claim] {
        let Some(place) = self.places.get(node.index()).and_then(|place| place.checked_sub(1)) else {
            return &[];
        };
        match self.lists.get(&node).filter(|_| !self.lists.is_empty()) {
            Some(claims) => claims,
            None => self.first.get(place as usize).map(std::slice::from_ref).unwrap_or_default(),
        }
    }

    /// Adds a claim; of the claims of one layer, the one that wins is kept, if they follow each
    /// other.
    fn push(&mut self, node: NodeId, claim: Claim) {
        if self.places.len() <= node.index() {
            self.places.resize(node.index() + 1, 0);
        }
        let Some(place) = self.places.get_mut(node.index()) else { return };
        let Some(first) = place.checked_sub(1).and_then(|place| self.first.get_mut(place as usize)) else {
            // There are fewer nodes than numbers.
            *place = u32::try_from(self.first.len() + 1).unwrap_or(0);
            self.first.push(claim);
            return;
        };
        match self.lists.get_mut(&node) {
            None if first.layer == claim.layer => *first = claim.max(*first),
            None => {
                self.lists.insert(node, vec![*first, claim]);
            }
            Some(list) => {
                if let Some(other) = list.last_mut().filter(|other| other.layer == claim.layer) {
                    *other = claim.max(*other);
                } else {
                    list.push(claim);
                }
            }
        }
    }

    fn sort(&mut self) {
        for claims in self.lists.values_mut() {
            claims.sort_unstable();
            // A package that claims a path again changes nothing.
            claims.dedup_by_key(|claim| claim.package);
            claims.shrink_to_fit();
        }
    }
}

/// Returns the package of the latest database up to a layer, or else of the first one after it.
fn latest(claims: &[Claim], layer: usize) -> Option<Number> {
    let up_to = claims.partition_point(|claim| claim.layer <= layer);
    let claim = up_to.checked_sub(1).and_then(|last| claims.get(last));
    claim
        .or_else(|| {
            let first = claims.first()?.layer;
            claims.get(..claims.partition_point(|claim| claim.layer <= first))?.last()
        })
        .map(|claim| claim.package)
        .filter(|package| *package != NOBODY)
}

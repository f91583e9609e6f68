//! Packages of Debian and its relatives.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::evidence::dpkg::{self, DebPackage, Dpkg, DpkgFact};
use crate::evidence::encoding::decode;
use crate::packages::claims::{Claim, Claims, FIRST, Found, Number};
use crate::packages::purl::purl;
use crate::packages::sources::{Database, Sources, seen_from};

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    let facts: Vec<_> = sources.facts(Dpkg::ID, decode::<DpkgFact>).collect();
    let distribution = sources.distribution("debian");
    let mut versions = Versions::default();
    for (database, fact) in &facts {
        let DpkgFact::Status(listed) = fact else { continue };
        for package in listed {
            versions.add(database.facts.layer, package);
            if database.facts.live {
                let number = versions.number(claims, package, database.facts.layer, &distribution);
                claims.set_installed(number);
            }
        }
    }
    let diversions = Diversions::of(&facts);
    for (database, fact) in &facts {
        let DpkgFact::Files { package, architecture, paths } = fact else { continue };
        let layer = database.facts.layer;
        let package = versions.at(layer, package, architecture.as_deref());
        let number = versions.number(claims, &package, layer, &distribution);
        let mut claim = database.claim(number, true);
        if package.version.is_empty() {
            // It was removed, and only its configuration is left.
            claim = Claim { is_live: false, written: FIRST, ..claim };
        }
        for path in dpkg::paths(paths) {
            if !claims.counts() {
                break;
            }
            let mut before = None;
            for (layer, path) in diversions.places(path, &package.name, layer) {
                let path = sources.canonical.path(path);
                if let Some(path) = path {
                    claims.claim(path, Claim { layer, ..claim });
                }
                if let Some(before) = std::mem::replace(&mut before, path) {
                    claims.end(before, layer);
                }
            }
        }
    }
}

/// The diversions that the layers list.
#[derive(Default)]
struct Diversions<'f> {
    /// The layers with a list, the lowest first.
    layers: Vec<usize>,
    /// What each of them says about a path, in their order.
    listed: HashMap<&'f [u8], Vec<Diversion<'f>>, RandomState>,
}

/// A file that is kept under another name, because a package brings its own.
struct Diversion<'f> {
    layer: usize,
    other: &'f [u8],
    package: &'f [u8],
}

impl<'f> Diversions<'f> {
    fn of(facts: &'f [(Database<'_>, DpkgFact)]) -> Self {
        let mut found = Self::default();
        for (database, fact) in facts {
            let DpkgFact::Diversions(content) = fact else { continue };
            let layer = database.facts.layer;
            found.layers.push(layer);
            for (path, other, package) in dpkg::diversions(content) {
                found.listed.entry(path).or_default().push(Diversion { layer, other, package });
            }
        }
        found
    }

    /// Returns where the file is that a package lists in a layer, and from which layer on: each list
    /// of diversions may move it.
    fn places<'p>(&self, path: &'p [u8], package: &str, layer: usize) -> Vec<(usize, &'p [u8])>
    where
        'f: 'p,
    {
        let Some(listed) = self.listed.get(path) else { return vec![(layer, path)] };
        let place = |at: usize| -> &'p [u8] {
            let diversion = listed.iter().find(|one| one.layer == at);
            match diversion.filter(|one| one.package != package.as_bytes()) {
                Some(diversion) => diversion.other,
                None => path,
            }
        };
        let before = self.layers.iter().rfind(|at| **at <= layer);
        let mut places = vec![(layer, before.map_or(path, |at| place(*at)))];
        for at in self.layers.iter().filter(|at| **at > layer) {
            let next = place(*at);
            if places.last().is_some_and(|(_, last)| *last != next) {
                places.push((*at, next));
            }
        }
        places
    }
}

/// The versions that the status files of the layers list.
#[derive(Default)]
struct Versions {
    /// By name and layer.
    listed: HashMap<String, BTreeMap<usize, Namesakes>>,
    /// The lowest layer of each name and version.
    lowest: HashMap<(String, String), usize>,
}

/// The packages of one name in one status file.
struct Namesakes {
    first: DebPackage,
    by_architecture: HashMap<String, DebPackage>,
}

impl Namesakes {
    fn find(&self, architecture: Option<&str>) -> Option<&DebPackage> {
        match architecture {
            Some(architecture) => self.by_architecture.get(architecture),
            None => Some(&self.first),
        }
    }
}

impl Versions {
    fn add(&mut self, layer: usize, package: &DebPackage) {
        let new = || Namesakes { first: package.clone(), by_architecture: HashMap::new() };
        let layers = self.listed.entry(package.name.clone()).or_default();
        let listed = layers.entry(layer).or_insert_with(new);
        listed.by_architecture.entry(package.architecture.clone()).or_insert_with(|| package.clone());
        let version = (package.name.clone(), package.version.clone());
        let lowest = self.lowest.entry(version).or_insert(layer);
        *lowest = layer.min(*lowest);
    }

    /// Returns the package of a list of files: as the latest status up to its layer has it, or else
    /// the first one after it; without a version if none has it.
    fn at(&self, layer: usize, name: &str, architecture: Option<&str>) -> DebPackage {
        let unknown = || DebPackage {
            name: name.to_owned(),
            architecture: architecture.unwrap_or_default().to_owned(),
            ..DebPackage::default()
        };
        let Some(layers) = self.listed.get(name) else { return unknown() };
        let found = seen_from(layers, layer).find_map(|listed| listed.find(architecture).cloned());
        found.unwrap_or_else(unknown)
    }

    /// Finds or adds a package. Its layer is the lowest one whose status has the version.
    fn number(&self, claims: &mut Claims, package: &DebPackage, layer: usize, distribution: &str) -> Number {
        let DebPackage { name, version, architecture, .. } = package;
        let lowest = self.lowest.get(&(name.clone(), version.clone())).copied();
        let purl = purl("deb", distribution, name, version, architecture);
        let found = Found { ecosystem: "deb", name: name.clone(), version: version.clone(), purl };
        claims.package(found, lowest.unwrap_or(layer))
    }
}

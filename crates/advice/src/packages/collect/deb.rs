//! Packages of Debian and its relatives.

use std::collections::{BTreeMap, HashMap};

use crate::evidence::dpkg::{self, DebPackage, Dpkg, DpkgFact};
use crate::evidence::encoding::decode;
use crate::packages::claims::{Claims, Found, Number};
use crate::packages::purl::purl;
use crate::packages::sources::{Database, Sources};

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    let facts = sources.facts(Dpkg::ID, decode::<DpkgFact>);
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
        let paths = dpkg::paths(paths).map(|path| diversions.place(path, &package.name, layer));
        for path in paths.filter_map(|path| sources.canonical.path(path)) {
            claims.claim(path, database.claim(number, true));
        }
    }
}

/// The diversions that the layers list.
#[derive(Default)]
struct Diversions<'f> {
    /// By path and layer.
    listed: HashMap<&'f [u8], BTreeMap<usize, Diversion<'f>>>,
}

/// Another name, and the package that brings its own file.
type Diversion<'f> = (&'f [u8], &'f [u8]);

impl<'f> Diversions<'f> {
    fn of(facts: &'f [(Database<'_>, DpkgFact)]) -> Self {
        let mut found = Self::default();
        for (database, fact) in facts {
            let DpkgFact::Diversions(content) = fact else { continue };
            for (path, other, package) in dpkg::diversions(content) {
                found.listed.entry(path).or_default().insert(database.facts.layer, (other, package));
            }
        }
        found
    }

    /// Returns where the file is that a package of a layer lists: as the latest layer up to it says,
    /// or else the first one after it.
    fn place<'p>(&self, path: &'p [u8], package: &str, layer: usize) -> &'p [u8]
    where
        'f: 'p,
    {
        let Some(layers) = self.listed.get(path) else { return path };
        let found = layers.range(..=layer).next_back().or_else(|| layers.range(layer..).next());
        match found {
            Some((_, (other, owner))) if *owner != package.as_bytes() => other,
            _ => path,
        }
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
            version: String::new(),
            architecture: architecture.unwrap_or_default().to_owned(),
        };
        let Some(layers) = self.listed.get(name) else { return unknown() };
        let find = |(_, listed): (&usize, &Namesakes)| listed.find(architecture).cloned();
        let before = layers.range(..=layer).rev().find_map(find);
        before.or_else(|| layers.range(layer + 1..).find_map(find)).unwrap_or_else(unknown)
    }

    /// Finds or adds a package. Its layer is the lowest one whose status has the version.
    fn number(&self, claims: &mut Claims, package: &DebPackage, layer: usize, distribution: &str) -> Number {
        let DebPackage { name, version, architecture } = package;
        let lowest = self.lowest.get(&(name.clone(), version.clone())).copied();
        let purl = purl("deb", distribution, name, version, architecture);
        let found = Found { ecosystem: "deb", name: name.clone(), version: version.clone(), purl };
        claims.package(found, lowest.unwrap_or(layer))
    }
}

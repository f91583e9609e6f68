//! Which package claims which path, from which layer on.

use std::collections::{BTreeMap, HashMap};

use dockopt_core::facts::Evidence;
use dockopt_core::packages::Package;
use dockopt_core::tree::{NodeId, Tree};

use super::canonical::Canonical;
use crate::evidence::dpkg::{self, DebPackage, Dpkg, DpkgFact};
use crate::evidence::os_release::OsRelease;

/// The distribution of packages where the image does not say.
const DISTRIBUTION: &str = "debian";

/// All packages, and the paths they claim.
#[derive(Default)]
pub(super) struct Claims {
    pub(super) packages: Vec<Package>,
    /// Whether the database of the final filesystem lists the package.
    pub(super) installed: Vec<bool>,
    /// Layer and package of each claim, by canonical node, in the order of the layers.
    paths: HashMap<NodeId, Vec<(usize, usize)>>,
    known: HashMap<(String, String, String), usize>,
}

impl Claims {
    /// Collects the claims of dpkg's database.
    pub(super) fn of(tree: &Tree, evidence: &Evidence, canonical: &mut Canonical<'_>) -> Self {
        let mut claims = Self::default();
        let distribution = OsRelease::id_of(tree, evidence).unwrap_or_else(|| DISTRIBUTION.to_owned());
        let facts: Vec<(usize, bool, DpkgFact)> = evidence
            .of_probe(Dpkg::ID)
            .filter_map(|(entry, fact)| {
                let facts = tree.entry(entry)?;
                Some((facts.layer, facts.live, DpkgFact::decode(fact)?))
            })
            .collect();
        let mut versions = Versions::default();
        for (layer, live, fact) in &facts {
            let DpkgFact::Status(listed) = fact else { continue };
            for package in listed {
                versions.add(*layer, package);
                if *live {
                    let number = claims.package(package, *layer, &distribution);
                    claims.set_installed(number);
                }
            }
        }
        for (layer, _, fact) in facts {
            let DpkgFact::Files { package, architecture, paths } = fact else { continue };
            let package = versions.at(layer, &package, architecture.as_deref());
            let number = claims.package(&package, layer, &distribution);
            for node in dpkg::paths(&paths).filter_map(|path| canonical.path(path)) {
                claims.paths.entry(node).or_default().push((layer, number));
            }
        }
        for package in &mut claims.packages {
            versions.set_layer(package);
        }
        for claims in claims.paths.values_mut() {
            claims.sort_unstable();
        }
        claims
    }

    /// Whether no path is claimed.
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Returns the owner of a path that a layer stores: by the latest database up to that layer, or
    /// else by the first one after it.
    pub(super) fn owner(&self, path: NodeId, layer: usize) -> Option<usize> {
        let claims = self.paths.get(&path)?;
        let up_to = claims.partition_point(|(at, _)| *at <= layer);
        let claim = up_to.checked_sub(1).and_then(|last| claims.get(last)).or_else(|| claims.first());
        claim.map(|(_, package)| *package)
    }

    fn set_installed(&mut self, number: usize) {
        if let Some(installed) = self.installed.get_mut(number) {
            *installed = true;
        }
    }

    /// Finds or adds a package.
    fn package(&mut self, package: &DebPackage, layer: usize, distribution: &str) -> usize {
        let DebPackage { name, version, architecture } = package.clone();
        let key = (name, architecture, version);
        if let Some(&number) = self.known.get(&key) {
            return number;
        }
        let number = self.packages.len();
        self.packages.push(Package {
            ecosystem: "deb",
            name: package.name.clone(),
            version: package.version.clone(),
            purl: purl(package, distribution),
            live: 0,
            wasted: 0,
            files: 0,
            layer,
        });
        self.installed.push(false);
        self.known.insert(key, number);
        number
    }
}

/// The versions that the status files of the layers list.
#[derive(Default)]
struct Versions(HashMap<String, BTreeMap<usize, Vec<DebPackage>>>);

impl Versions {
    fn add(&mut self, layer: usize, package: &DebPackage) {
        let layers = self.0.entry(package.name.clone()).or_default();
        layers.entry(layer).or_default().push(package.clone());
    }

    /// Returns the package of a list of files: as the latest status up to its layer has it, or else
    /// the first one after it; without a version if none has it.
    fn at(&self, layer: usize, name: &str, architecture: Option<&str>) -> DebPackage {
        let unknown = || DebPackage {
            name: name.to_owned(),
            version: String::new(),
            architecture: architecture.unwrap_or_default().to_owned(),
        };
        let Some(layers) = self.0.get(name) else { return unknown() };
        let is_it = |package: &&DebPackage| architecture.is_none_or(|wanted| package.architecture == wanted);
        let find = |packages: &Vec<DebPackage>| packages.iter().find(is_it).cloned();
        let before = layers.range(..=layer).rev().find_map(|(_, packages)| find(packages));
        before
            .or_else(|| layers.range(layer + 1..).find_map(|(_, packages)| find(packages)))
            .unwrap_or_else(unknown)
    }

    /// Sets the lowest layer whose status has the version.
    fn set_layer(&self, package: &mut Package) {
        let layers = self.0.get(&package.name).into_iter().flatten();
        let mut with_version =
            layers.filter(|(_, listed)| listed.iter().any(|one| one.version == package.version));
        if let Some((layer, _)) = with_version.next() {
            package.layer = *layer;
        }
    }
}

/// Returns the package URL.
fn purl(package: &DebPackage, distribution: &str) -> String {
    let DebPackage { name, version, architecture } = package;
    let mut purl = format!("pkg:deb/{}/{}", encoded(distribution), encoded(name));
    if !version.is_empty() {
        purl.extend(["@", &encoded(version)]);
    }
    if !architecture.is_empty() {
        purl.extend(["?arch=", &encoded(architecture)]);
    }
    purl
}

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

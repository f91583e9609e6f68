//! The database of dpkg: installed packages and their files (deb822(5), dpkg-query(1)).
//!
//! `var/lib/dpkg/status` lists the packages, `var/lib/dpkg/info/NAME[:ARCHITECTURE].list` the files
//! of each. Distroless images have a file for each package instead: `var/lib/dpkg/status.d/NAME`,
//! and `NAME.md5sums` with its files. `var/lib/dpkg/diversions` lists the files that have another
//! name than their package says.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, MAX_CONTENT, Probe, ProbeId, Started, Want};
use serde::{Deserialize, Serialize};

use super::encoding::encode;
use super::path::{clean, lines};

const DATABASE: &[u8] = b"var/lib/dpkg/";
/// The largest list of diversions that is read; real ones have some lines.
const DIVERSIONS: u64 = 256 * 1024;

/// The probe.
pub struct Dpkg;

impl Dpkg {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "dpkg", version: 3 };
}

/// A fact about a file of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DpkgFact {
    /// Packages that a status file lists as installed.
    Status(Vec<DebPackage>),
    /// Paths of one package as the database writes them.
    Files {
        /// The name, without architecture.
        package: String,
        /// The architecture, if the file's name has one.
        architecture: Option<String>,
        /// The paths, separated by line feeds.
        #[serde(with = "serde_bytes")]
        paths: Vec<u8>,
    },
    /// Files that are kept under another name because a package brings its own (dpkg-divert(1)): the
    /// path, the other name and that package, a line each.
    Diversions(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// An installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebPackage {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The architecture.
    pub architecture: String,
    /// What it depends on, as it is written: `a (>= 1) | b, c`.
    pub depends: String,
    /// The names that it provides, besides its own.
    pub provides: String,
}

/// A file of the database.
enum Part {
    Status,
    Diversions,
    List { package: String, architecture: Option<String>, has_digests: bool },
}

fn part(path: &[u8]) -> Option<Part> {
    let path = std::str::from_utf8(clean(path).strip_prefix(DATABASE)?).ok()?;
    match path {
        "status" => return Some(Part::Status),
        "diversions" => return Some(Part::Diversions),
        _ => {}
    }
    if let Some(name) = path.strip_prefix("status.d/") {
        return match name.strip_suffix(".md5sums") {
            Some(package) => {
                Some(Part::List { package: package.to_owned(), architecture: None, has_digests: true })
            }
            None => Some(Part::Status),
        };
    }
    let name = path.strip_prefix("info/")?.strip_suffix(".list")?;
    let (package, architecture) = match name.split_once(':') {
        Some((package, architecture)) => (package, Some(architecture.to_owned())),
        None => (name, None),
    };
    Some(Part::List { package: package.to_owned(), architecture, has_digests: false })
}

impl Probe for Dpkg {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        match part(entry.path) {
            Some(Part::Diversions) => Want::Whole { limit: DIVERSIONS },
            Some(_) => Want::Whole { limit: MAX_CONTENT },
            None => Want::Nothing,
        }
    }

    fn start(&self, entry: &Entry<'_>) -> Started {
        let part = part(entry.path);
        Collected::start(move |content| {
            let fact = match part? {
                Part::Status => DpkgFact::Status(packages(content)),
                Part::Diversions => DpkgFact::Diversions(content.to_vec()),
                Part::List { package, architecture, has_digests } => DpkgFact::Files {
                    package,
                    architecture,
                    paths: if has_digests { second_column(content) } else { content.to_vec() },
                },
            };
            encode(&fact)
        })
    }
}

/// Parses the installed packages of a status file. Stanzas without a name or version are skipped;
/// one without `Status` counts as installed, as in distroless images.
fn packages(content: &[u8]) -> Vec<DebPackage> {
    let text = String::from_utf8_lossy(content);
    let mut packages = Vec::new();
    let (mut package, mut installed) = (DebPackage::default(), true);
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            let package = std::mem::take(&mut package);
            if !package.name.is_empty() && !package.version.is_empty() && installed {
                packages.push(package);
            }
            installed = true;
            continue;
        }
        let Some((field, value)) = line.split_once(':').filter(|_| !line.starts_with([' ', '\t'])) else {
            continue;
        };
        let value = value.trim();
        match field.to_ascii_lowercase().as_str() {
            "package" => value.clone_into(&mut package.name),
            "version" => value.clone_into(&mut package.version),
            "architecture" => value.clone_into(&mut package.architecture),
            "depends" | "pre-depends" => add(&mut package.depends, value),
            "provides" => value.clone_into(&mut package.provides),
            "status" => installed = is_installed(value),
            _ => {}
        }
    }
    packages
}

/// Adds names to a list.
fn add(list: &mut String, value: &str) {
    if !list.is_empty() {
        list.push_str(", ");
    }
    list.push_str(value);
}

/// Whether the files of a package with this `Status` are there: `WANT FLAG STATE`.
fn is_installed(status: &str) -> bool {
    !matches!(status.split_whitespace().last(), Some("not-installed" | "config-files"))
}

/// Returns the paths of `md5sums`, which has a digest and a path in each line.
fn second_column(content: &[u8]) -> Vec<u8> {
    let lines = content.split(|&byte| byte == b'\n');
    let path = |line: &[u8]| Some(line.get(32..)?.trim_ascii_start().to_vec());
    lines.filter_map(path).collect::<Vec<_>>().join(&b'\n')
}

/// Iterates over the paths, other names and packages of [`DpkgFact::Diversions`].
pub fn diversions(content: &[u8]) -> impl Iterator<Item = (&[u8], &[u8], &[u8])> {
    let mut lines = content.split(|&byte| byte == b'\n');
    std::iter::from_fn(move || Some((clean(lines.next()?), clean(lines.next()?), lines.next()?)))
}

/// Iterates over the paths of a [`DpkgFact::Files`], without leading slash and without the root.
pub fn paths(listed: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines(listed).map(clean).filter(|path| !matches!(*path, b"" | b"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(content: &str) -> Vec<String> {
        let shown =
            |package: DebPackage| format!("{} {} {}", package.name, package.version, package.architecture);
        packages(content.as_bytes()).into_iter().map(shown).collect()
    }

    #[test]
    fn installed_packages_are_listed() {
        let text = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n\
                    Description: GNU C Library\n Package: not a field\n .\n more\n\n\
                    Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
                    Package: half\nVersion: 2\nStatus: install ok unpacked\nArchitecture: all\n\n\
                    Version: 3\n\nPackage: unversioned\n";
        assert_eq!(installed(text), ["libc6 2.36-9 amd64", "half 2 all"]);
    }

    #[test]
    fn stanza_of_distroless_has_no_status() {
        assert_eq!(
            installed("Package: base-files\nVersion: 12.4\nArchitecture: amd64"),
            ["base-files 12.4 amd64"]
        );
    }

    #[test]
    fn lists_are_paths_without_the_root() {
        let list = b"/.\n/usr\n/usr/bin/x\n/etc/a b\r\n";
        assert_eq!(paths(list).collect::<Vec<_>>(), [&b"usr"[..], b"usr/bin/x", b"etc/a b"]);
        let digests = b"0123456789abcdef0123456789abcdef  usr/bin/x\nshort\n";
        assert_eq!(second_column(digests), b"usr/bin/x");
    }

    #[test]
    fn files_of_the_database_are_recognised() {
        for (path, expected) in [
            ("var/lib/dpkg/status", "status"),
            ("./var/lib/dpkg/status.d/tzdata", "status"),
            ("var/lib/dpkg/diversions", "diversions"),
            ("/var/lib/dpkg/status.d/tzdata.md5sums", "tzdata - true"),
            ("var/lib/dpkg/info/libc6:amd64.list", "libc6 amd64 false"),
            ("var/lib/dpkg/info/bash.list", "bash - false"),
            ("var/lib/dpkg/info/bash.md5sums", ""),
            ("var/lib/dpkg/status-old", ""),
            ("x/var/lib/dpkg/status", ""),
        ] {
            let found = match part(path.as_bytes()) {
                None => String::new(),
                Some(Part::Status) => "status".to_owned(),
                Some(Part::Diversions) => "diversions".to_owned(),
                Some(Part::List { package, architecture, has_digests }) => {
                    format!("{package} {} {has_digests}", architecture.as_deref().unwrap_or("-"))
                }
            };
            assert_eq!(found, expected, "{path}");
        }
    }
}

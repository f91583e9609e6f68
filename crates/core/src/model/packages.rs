//! Packages and the bytes they own. `docs/packages.md` defines the terms.

use std::cmp::Ordering;

use serde::Serialize;

use super::path::escape_text;

/// A package that owns files of the image. The report for programs has the same fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    /// The package manager's ecosystem: `deb`, `pypi`, …
    pub ecosystem: &'static str,
    /// The name.
    pub name: String,
    /// The version; empty if the database lists the files of the package but not the package.
    pub version: String,
    /// The package URL.
    pub purl: String,
    /// Bytes of its files in the final filesystem.
    pub live: u64,
    /// Bytes of its files that no path of the final filesystem shows.
    pub wasted: u64,
    /// Number of its files in the final filesystem; hard links of one file count once.
    pub files: u64,
    /// Bytes of its programs and libraries in the final filesystem that `strip` would remove.
    pub strippable: u64,
    /// The lowest layer whose database has this version.
    pub layer: usize,
}

impl Package {
    /// Returns its bytes, live and wasted.
    pub fn bytes(&self) -> u64 {
        self.live + self.wasted
    }

    /// Compares by name, version and package URL.
    pub fn cmp_by_name(&self, other: &Self) -> Ordering {
        let Self { name, version, purl, .. } = self;
        (name, version, purl).cmp(&(&other.name, &other.version, &other.purl))
    }

    /// Returns ecosystem, name and version, escaped for a terminal.
    pub fn title(&self) -> String {
        let title = format!("{} {} {}", self.ecosystem, self.name, self.version);
        escape_text(title.trim_end())
    }
}

/// The bytes that no package owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unowned {
    /// Bytes in the final filesystem.
    pub live: u64,
    /// Other stored bytes.
    pub wasted: u64,
    /// Number of files in the final filesystem.
    pub files: u64,
    /// Bytes of programs and libraries in the final filesystem that `strip` would remove.
    pub strippable: u64,
}

/// All packages of an image. The bytes of the packages and the unowned bytes add up to the bytes of
/// the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packages {
    /// The packages, those with most bytes first, then by name and version.
    pub packages: Vec<Package>,
    /// What no package owns.
    pub unowned: Unowned,
}

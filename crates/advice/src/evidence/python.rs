//! Packages of Python: `NAME.dist-info` of wheels (the specification "Recording installed
//! projects"), `NAME.egg-info` and `EGG-INFO` of setuptools and distutils.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, MAX_CONTENT, Probe, ProbeId, Started, Want};
use serde::{Deserialize, Serialize};

use super::encoding::encode;
use super::path::tail;

/// The most bytes of metadata that are read: name and version are at its start, a description of
/// any length at its end.
const METADATA: u64 = 64 * 1024;

/// The probe.
pub struct Python;

impl Python {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "python", version: 1 };
}

/// A fact about a file beside a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PythonFact {
    /// The package.
    Metadata {
        /// The name.
        name: String,
        /// The version.
        version: String,
    },
    /// Paths of its files, separated by line feeds.
    Files {
        /// The paths.
        #[serde(with = "serde_bytes")]
        paths: Vec<u8>,
        /// Whether they start in the directory of the metadata, not beside it.
        below_metadata: bool,
    },
    /// Its modules beside the metadata, separated by line feeds.
    Modules(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// A file beside a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Metadata,
    Record,
    InstalledFiles,
    TopLevel,
}

fn part(path: &[u8]) -> Option<Part> {
    let (name, directory) = tail(path);
    let is_egg = directory.ends_with(b".egg-info") || directory == b"EGG-INFO";
    match name {
        b"METADATA" if directory.ends_with(b".dist-info") => Some(Part::Metadata),
        b"RECORD" if directory.ends_with(b".dist-info") => Some(Part::Record),
        b"PKG-INFO" if is_egg => Some(Part::Metadata),
        b"installed-files.txt" if is_egg => Some(Part::InstalledFiles),
        b"top_level.txt" if is_egg => Some(Part::TopLevel),
        _ if name.ends_with(b".egg-info") => Some(Part::Metadata),
        _ => None,
    }
}

impl Probe for Python {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        match part(entry.path) {
            Some(Part::Metadata) => Want::Head(METADATA),
            Some(_) => Want::Whole { limit: MAX_CONTENT },
            None => Want::Nothing,
        }
    }

    fn start(&self, entry: &Entry<'_>) -> Started {
        let part = part(entry.path);
        Collected::start(move |content| {
            let fact = match part? {
                Part::Metadata => metadata(content)?,
                Part::Record => PythonFact::Files { paths: first_column(content), below_metadata: false },
                Part::InstalledFiles => PythonFact::Files { paths: content.to_vec(), below_metadata: true },
                Part::TopLevel => PythonFact::Modules(content.to_vec()),
            };
            encode(&fact)
        })
    }
}

/// Parses `Name` and `Version` of the header.
fn metadata(content: &[u8]) -> Option<PythonFact> {
    let text = String::from_utf8_lossy(content);
    let header = text.lines().take_while(|line| !line.trim().is_empty());
    let (mut name, mut version) = (None, None);
    for (field, value) in header.filter_map(|line| line.split_once(':')) {
        let slot = match field.to_ascii_lowercase().as_str() {
            "name" => &mut name,
            "version" => &mut version,
            _ => continue,
        };
        slot.get_or_insert_with(|| value.trim().to_owned());
    }
    let name = name.filter(|name| !name.is_empty())?;
    Some(PythonFact::Metadata { name, version: version.unwrap_or_default() })
}

/// Returns the paths of `RECORD`, which is CSV with path, hash and size in each line.
fn first_column(content: &[u8]) -> Vec<u8> {
    let mut paths = Vec::with_capacity(content.len() / 2);
    for line in content.split(|&byte| byte == b'\n') {
        match line.strip_prefix(b"\"") {
            Some(quoted) => unquote(quoted, &mut paths),
            None => paths.extend_from_slice(line.split(|&byte| byte == b',').next().unwrap_or_default()),
        }
        paths.push(b'\n');
    }
    paths
}

/// Appends a quoted field up to its closing quote; two quotes stand for one.
fn unquote(quoted: &[u8], out: &mut Vec<u8>) {
    let mut bytes = quoted.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
            return;
        }
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::super::path::lines;
    use super::*;

    #[test]
    fn name_and_version_are_in_the_header() {
        let text = b"Metadata-Version: 2.1\r\nName: Foo_Bar\r\nVersion: 1.0\r\n\r\nName: other\r\n";
        let expected = PythonFact::Metadata { name: "Foo_Bar".to_owned(), version: "1.0".to_owned() };
        assert_eq!(metadata(text), Some(expected));
        assert_eq!(metadata(b"Version: 1\n"), None);
        assert_eq!(metadata(b"\nName: x\n"), None);
    }

    #[test]
    fn record_lists_paths_with_and_without_quotes() {
        let record = b"a/b.py,sha256=x,1\r\n\"c,\"\"d\"\".py\",,\n../../../bin/e,,\n\n";
        let record = first_column(record);
        assert_eq!(lines(&record).collect::<Vec<_>>(), [&b"a/b.py"[..], b"c,\"d\".py", b"../../../bin/e"]);
    }

    #[test]
    fn files_beside_packages_are_recognised() {
        for (path, expected) in [
            ("usr/lib/x-1.dist-info/METADATA", Some(Part::Metadata)),
            ("./x-1.dist-info/RECORD", Some(Part::Record)),
            ("usr/lib/x.egg-info", Some(Part::Metadata)),
            ("x.egg-info/PKG-INFO", Some(Part::Metadata)),
            ("x.egg/EGG-INFO/PKG-INFO", Some(Part::Metadata)),
            ("x.egg-info/installed-files.txt", Some(Part::InstalledFiles)),
            ("x.egg-info/top_level.txt", Some(Part::TopLevel)),
            ("x.dist-info/top_level.txt", None),
            ("METADATA", None),
            ("x/RECORD", None),
        ] {
            assert_eq!(part(path.as_bytes()), expected, "{path}");
        }
    }
}

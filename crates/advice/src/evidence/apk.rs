//! The database of apk: installed packages and their files (apk-installed(5)).
//!
//! `lib/apk/db/installed`, or `usr/lib/apk/db/installed` from Alpine 3.23 on, has a stanza for each
//! package: `P:` name, `V:` version, `A:` architecture, `F:` a directory, `R:` a file in it.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, MAX_CONTENT, Probe, ProbeId, Started, Want};
use serde::{Deserialize, Serialize};

use super::encoding::encode;
use super::path::clean;

/// Paths of the database.
pub(super) const DATABASES: [&[u8]; 2] = [b"lib/apk/db/installed", b"usr/lib/apk/db/installed"];

/// The probe.
pub struct Apk;

/// An installed package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApkPackage {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The architecture.
    pub architecture: String,
    /// The paths of its files without leading slash, separated by line feeds.
    #[serde(with = "serde_bytes")]
    pub paths: Vec<u8>,
}

impl Apk {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "apk", version: 1 };
}

impl Probe for Apk {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        let is_database = DATABASES.contains(&clean(entry.path));
        if is_database { Want::Whole { limit: MAX_CONTENT } } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Collected::start(|content| encode(&packages(content)))
    }
}

/// Parses the packages. Stanzas without a name or version are skipped.
fn packages(content: &[u8]) -> Vec<ApkPackage> {
    let mut packages = Vec::new();
    let (mut name, mut version, mut architecture) = (String::new(), String::new(), String::new());
    let (mut directory, mut paths): (&[u8], Vec<u8>) = (b"", Vec::new());
    for line in content.split(|&byte| byte == b'\n').chain([&b""[..]]) {
        let text = |value: &[u8]| String::from_utf8_lossy(value).trim().to_owned();
        match line {
            [b'P', b':', value @ ..] => name = text(value),
            [b'V', b':', value @ ..] => version = text(value),
            [b'A', b':', value @ ..] => architecture = text(value),
            [b'F', b':', value @ ..] => directory = value,
            [b'R', b':', value @ ..] => {
                if !directory.is_empty() {
                    paths.extend_from_slice(directory);
                    paths.push(b'/');
                }
                paths.extend_from_slice(value);
                paths.push(b'\n');
            }
            [] => {
                let package = ApkPackage {
                    name: std::mem::take(&mut name),
                    version: std::mem::take(&mut version),
                    architecture: std::mem::take(&mut architecture),
                    paths: std::mem::take(&mut paths),
                };
                directory = b"";
                if !package.name.is_empty() && !package.version.is_empty() {
                    packages.push(package);
                }
            }
            _ => {}
        }
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_have_the_files_of_their_directories() {
        let text =
            b"C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nF:lib\nR:ld-musl.so.1\na:0:0:755\nZ:Q1y=\nF:\nR:root\n\n\
                     P:no-version\nF:x\nR:y\n\nP:empty\nV:1\n";
        let shown = |package: ApkPackage| {
            let ApkPackage { name, version, architecture, paths } = package;
            format!("{name} {version} {architecture} {}", String::from_utf8_lossy(&paths))
        };
        let found: Vec<_> = packages(text).into_iter().map(shown).collect();
        assert_eq!(found, ["musl 1.2.5-r0 x86_64 lib/ld-musl.so.1\nroot\n", "empty 1  "]);
    }
}

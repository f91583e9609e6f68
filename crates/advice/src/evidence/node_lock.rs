//! What npm has installed for development only: `node_modules/.package-lock.json`, the hidden lock
//! file that npm writes from version 7 on.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, MAX_CONTENT, Probe, ProbeId, Started, Want};
use dockopt_core::facts::Evidence;
use dockopt_core::tree::EntryId;
use serde::Deserialize;
use std::collections::BTreeMap;

use super::path::tail;

/// The probe.
pub struct NodeLock;

impl NodeLock {
    const ID: ProbeId = ProbeId { name: "node-lock", version: 1 };

    /// Iterates over the lock files, with the directories of packages for development, below the
    /// directory that has `node_modules`, separated by line feeds.
    pub fn all(evidence: &Evidence) -> impl Iterator<Item = (EntryId, &str)> {
        evidence.of_probe(Self::ID).filter_map(|(entry, fact)| Some((entry, std::str::from_utf8(fact).ok()?)))
    }
}

/// A lock file, as far as it is read.
#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, Installed>,
}

#[derive(Deserialize)]
struct Installed {
    #[serde(default)]
    dev: bool,
}

impl Probe for NodeLock {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        let is_lock = tail(entry.path) == (b".package-lock.json", b"node_modules");
        if is_lock { Want::Whole { limit: MAX_CONTENT } } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Collected::start(development)
    }
}

/// Returns the directories of the packages for development; `None` if there are none.
fn development(content: &[u8]) -> Option<Vec<u8>> {
    let lock: Lock = serde_json::from_slice(content).ok()?;
    let paths = lock.packages.into_iter().filter(|(_, installed)| installed.dev).map(|(path, _)| path);
    let paths: Vec<String> =
        paths.filter(|path| path.starts_with("node_modules/") && !path.contains('\n')).collect();
    (!paths.is_empty()).then(|| paths.join("\n").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_for_development_are_listed() {
        let lock = br#"{"name":"a","packages":{"node_modules/b":{"version":"1","dev":true},"node_modules/c":{"devOptional":true},"../x":{"dev":true}}}"#;
        assert_eq!(development(lock).as_deref(), Some(&b"node_modules/b"[..]));
        for other in [&br#"{"packages":{"node_modules/b":{}}}"#[..], b"{}", b"[", b""] {
            assert_eq!(development(other), None);
        }
    }
}

//! Packages of Node.js: `package.json`.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, Probe, ProbeId, Started, Want};
use serde::{Deserialize, Serialize};

use super::encoding::encode;
use super::path::tail;

/// Largest file that is read; real ones have a few kilobytes.
const LIMIT: u64 = 1024 * 1024;

/// The probe.
pub struct Node;

impl Node {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "node", version: 2 };
}

/// A `package.json` with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFact {
    /// The name, with its scope.
    pub name: String,
    /// The version; may be empty.
    pub version: String,
    /// Whether npm runs a script of it when it is installed.
    pub has_hooks: bool,
}

/// A `package.json`, as far as it is read.
#[derive(Deserialize)]
struct Manifest {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    scripts: serde_json::Value,
}

/// Scripts that npm runs during an installation.
const HOOKS: [&str; 7] =
    ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare", "prepublish"];

impl Probe for Node {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        let is_manifest = tail(entry.path).0 == b"package.json";
        if is_manifest { Want::Whole { limit: LIMIT } } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Collected::start(|content| encode(&manifest(content)?))
    }
}

/// Parses name and version; `None` without a name.
fn manifest(content: &[u8]) -> Option<NodeFact> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let Manifest { name, version, scripts } = serde_json::from_slice(content).ok()?;
    let has_hooks = HOOKS.iter().any(|hook| scripts.get(hook).is_some());
    (!name.is_empty()).then_some(NodeFact { name, version, has_hooks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_required() {
        let found =
            manifest(br#"{"name":"@a/b","scripts":{"x":["y"]},"version":"1.0.0"}"#).expect("a package");
        assert_eq!((found.name.as_str(), found.version.as_str()), ("@a/b", "1.0.0"));
        assert!(manifest(b"\xef\xbb\xbf{\"name\":\"a\",\"version\":\"1\"}").is_some());
        assert_eq!(manifest(br#"{"name":"a"}"#).map(|fact| fact.version).as_deref(), Some(""));
        for content in [&br#"{"type":"module"}"#[..], br#"{"name":""}"#, br#"{"name":1}"#, b"[", b""] {
            assert_eq!(manifest(content), None);
        }
    }

    #[test]
    fn deep_document_is_no_package() {
        let deep = format!(r#"{{"name":"a","version":"1","x":{}"#, "[".repeat(400_000));
        assert_eq!(manifest(deep.as_bytes()), None);
    }
}

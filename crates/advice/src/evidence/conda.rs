//! Packages of Conda: `conda-meta/NAME-VERSION-BUILD.json` in an environment.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, MAX_CONTENT, Probe, ProbeId, Started, Want};
use serde::{Deserialize, Serialize};

use super::encoding::encode;
use super::path::tail;

/// The probe.
pub struct Conda;

impl Conda {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "conda", version: 1 };
}

/// An installed package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CondaFact {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The paths of its files below the environment.
    pub paths: Vec<String>,
}

impl Probe for Conda {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        let (name, directory) = tail(entry.path);
        let is_record = directory == b"conda-meta" && name.ends_with(b".json");
        if is_record { Want::Whole { limit: MAX_CONTENT } } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Collected::start(|content| encode(&record(content)?))
    }
}

fn record(content: &[u8]) -> Option<CondaFact> {
    #[derive(Deserialize)]
    struct Record {
        name: String,
        version: String,
        #[serde(default)]
        files: Vec<String>,
    }
    let Record { name, version, files } = serde_json::from_slice(content).ok()?;
    (!name.is_empty()).then_some(CondaFact { name, version, paths: files })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_has_name_version_and_files() {
        let fact = record(br#"{"build":"0","name":"zlib","version":"1.2","files":["lib/libz.so"]}"#)
            .expect("a package");
        assert_eq!(
            (fact.name.as_str(), fact.version.as_str(), fact.paths),
            ("zlib", "1.2", vec!["lib/libz.so".into()])
        );
        assert_eq!(record(br#"{"version":"1"}"#), None);
    }
}

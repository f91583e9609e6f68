//! Secrets in files as facts.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, Probe, ProbeId, Started, Want};
use dockopt_core::facts::Evidence;
use dockopt_core::tree::EntryId;

use super::super::encoding::{decode, encode};
use super::place::{LARGEST, is_examined};
use super::search::in_file;
use super::secret::Secret;

/// The probe.
pub struct Secrets;

impl Secrets {
    const ID: ProbeId = ProbeId { name: "secrets", version: 1 };

    /// Iterates over the files with secrets.
    pub fn all(evidence: &Evidence) -> impl Iterator<Item = (EntryId, Vec<Secret>)> {
        evidence.of_probe(Self::ID).filter_map(|(entry, fact)| Some((entry, decode(fact)?)))
    }
}

impl Probe for Secrets {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        let wanted = is_examined(entry.path, entry.metadata.size);
        if wanted { Want::Whole { limit: LARGEST } } else { Want::Nothing }
    }

    fn start(&self, entry: &Entry<'_>) -> Started {
        let path = entry.path.to_vec();
        Collected::start(move |content| {
            let found = in_file(&path, content);
            if found.is_empty() { None } else { encode(&found) }
        })
    }
}

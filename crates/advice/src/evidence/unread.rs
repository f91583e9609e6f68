//! Package databases that are recognised but not read: apk's binary format.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, Probe, ProbeId, Started, Want};

use super::apk;
use super::path::clean;

/// The first bytes of the format.
const MAGIC: &[u8] = b"ADB";

/// The probe.
pub struct Unread;

impl Unread {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "unread", version: 2 };

    /// Decodes a fact: what the database is.
    pub fn decode(fact: &[u8]) -> Option<&'static str> {
        (fact == ADB.as_bytes()).then_some(ADB)
    }
}

const ADB: &str = "a database of apk in its binary format";

impl Probe for Unread {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        let is_database = apk::DATABASES.contains(&clean(entry.path));
        if is_database { Want::Head(MAGIC.len() as u64) } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Collected::start(|head| head.starts_with(MAGIC).then(|| ADB.as_bytes().to_vec()))
    }
}

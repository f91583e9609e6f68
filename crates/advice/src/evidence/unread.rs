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

#[cfg(test)]
mod tests {
    use dockopt_core::entry::{Content, EntryKind, Metadata};

    use super::*;

    #[test]
    fn binary_format_is_recognised_by_path_and_start() {
        let wanted = |path: &str| {
            let metadata = Metadata::new(EntryKind::File);
            Unread.wants(&Entry { path: path.as_bytes(), link: b"", metadata, content: Content::None })
        };
        for path in ["lib/apk/db/installed", "./usr/lib/apk/db/installed"] {
            assert_eq!(wanted(path), Want::Head(3), "{path}");
        }
        for path in ["x/lib/apk/db/installed", "installed", "var/lib/rpm/Packages"] {
            assert_eq!(wanted(path), Want::Nothing, "{path}");
        }
        let fact = |head: &[u8]| {
            let entry = Entry {
                path: b"",
                link: b"",
                metadata: Metadata::new(EntryKind::File),
                content: Content::None,
            };
            let Started::Pieces(mut examination) = Unread.start(&entry) else { panic!("pieces") };
            examination.take(head);
            examination.finish()
        };
        assert_eq!(fact(b"ADB").and_then(|fact| Unread::decode(&fact)), Some(ADB));
        assert_eq!(fact(b"C:Q"), None);
        assert_eq!(Unread::decode(b"other"), None);
    }
}

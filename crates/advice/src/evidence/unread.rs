//! Package databases that are recognised but not read: rpm's in Berkeley DB, and apk's binary format.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, Probe, ProbeId, Started, Want};

use super::path::clean;
use super::{apk, rpm};

/// The bytes that identify a format.
const HEAD: u64 = 16;
/// The version of Berkeley DB's hash format is behind this number, at byte 12.
const BERKELEY_HASH: u32 = 0x0006_1561;

/// The probe.
pub struct Unread;

impl Unread {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "unread", version: 1 };

    /// Decodes a fact: what the database is.
    pub fn decode(fact: &[u8]) -> Option<&'static str> {
        FORMATS.into_iter().find(|format| format.as_bytes() == fact)
    }
}

const BERKELEY: &str = "a database of rpm (Berkeley DB)";
const ADB: &str = "a database of apk in its binary format";
const FORMATS: [&str; 2] = [BERKELEY, ADB];

impl Probe for Unread {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        if is_database(clean(entry.path)) { Want::Head(HEAD) } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Collected::start(|head| format(head).map(|format| format.as_bytes().to_vec()))
    }
}

fn is_database(path: &[u8]) -> bool {
    let rpm = || rpm::DIRECTORIES.iter().find_map(|directory| path.strip_prefix(*directory));
    apk::DATABASES.contains(&path) || rpm() == Some(b"Packages")
}

fn format(head: &[u8]) -> Option<&'static str> {
    let number = head.get(12..16).and_then(|bytes| bytes.try_into().ok());
    let is_berkeley = |bytes: [u8; 4]| {
        u32::from_le_bytes(bytes) == BERKELEY_HASH || u32::from_be_bytes(bytes) == BERKELEY_HASH
    };
    if head.starts_with(b"ADB") {
        Some(ADB)
    } else if number.is_some_and(is_berkeley) {
        Some(BERKELEY)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised_by_their_start() {
        let berkeley = |number: [u8; 4]| [&[0; 12][..], &number].concat();
        for (head, expected) in [
            (b"ADBdpkg".to_vec(), Some(ADB)),
            (berkeley(BERKELEY_HASH.to_le_bytes()), Some(BERKELEY)),
            (berkeley(BERKELEY_HASH.to_be_bytes()), Some(BERKELEY)),
            (b"C:Q1x=\nP:musl\n".to_vec(), None),
            (b"".to_vec(), None),
        ] {
            let found = format(&head);
            assert_eq!(found, expected, "{head:?}");
            assert_eq!(found.and_then(|found| Unread::decode(found.as_bytes())), expected);
        }
    }

    #[test]
    fn databases_are_recognised_by_their_path() {
        for path in ["var/lib/rpm/Packages", "usr/lib/sysimage/rpm/Packages", "lib/apk/db/installed"] {
            assert!(is_database(path.as_bytes()), "{path}");
        }
        for path in ["var/lib/rpm/Name", "var/lib/rpm/rpmdb.sqlite", "x/var/lib/rpm/Packages", "Packages"] {
            assert!(!is_database(path.as_bytes()), "{path}");
        }
    }
}

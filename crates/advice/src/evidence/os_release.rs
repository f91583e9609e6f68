//! `/etc/os-release`: which distribution the image contains (os-release(5)).

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, Probe, ProbeId, Started, Want};
use dockopt_core::facts::Evidence;
use dockopt_core::tree::Tree;

use super::path::clean;

/// Largest file that is read; real ones have some hundred bytes.
const LIMIT: u64 = 64 * 1024;
/// Paths of the file, the one that takes precedence first.
const PATHS: [&[u8]; 2] = [b"etc/os-release", b"usr/lib/os-release"];

/// The probe.
pub struct OsRelease;

impl OsRelease {
    const ID: ProbeId = ProbeId { name: "os-release", version: 1 };

    /// Returns the value of `ID` in the final filesystem, such as `debian`.
    pub fn id_of(tree: &Tree, evidence: &Evidence) -> Option<String> {
        let live = |(entry, fact)| {
            let is_live = tree.entry(entry)?.live;
            is_live.then_some((tree.entry_path(entry)?, fact))
        };
        let facts: Vec<_> = evidence.of_probe(Self::ID).filter_map(live).collect();
        let fact = PATHS.iter().find_map(|path| facts.iter().find(|(at, _)| at.as_bytes() == *path))?;
        String::from_utf8(fact.1.to_vec()).ok().filter(|id| !id.is_empty())
    }
}

impl Probe for OsRelease {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        if PATHS.contains(&clean(entry.path)) { Want::Whole { limit: LIMIT } } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Collected::start(|content| id(content).map(String::into_bytes))
    }
}

/// Returns the value of `ID`, without quotes; `None` unless it consists of the letters that the
/// specification allows.
fn id(content: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(content);
    let value = text.lines().find_map(|line| line.trim().strip_prefix("ID="))?;
    let value = value.trim().trim_matches(['"', '\'']);
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    (!value.is_empty() && value.len() <= 64 && value.chars().all(is_allowed)).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_found_with_and_without_quotes() {
        assert_eq!(id(b"NAME=\"x\"\nID=debian\nVERSION_ID=\"12\"\n").as_deref(), Some("debian"));
        assert_eq!(id(b"ID=\"rhel\"").as_deref(), Some("rhel"));
        assert_eq!(id(b"ID='alpine'\r\n").as_deref(), Some("alpine"));
    }

    #[test]
    fn invalid_ids_are_ignored() {
        for content in [&b"VERSION_ID=12"[..], b"ID=", b"ID=a b", b"ID=\x1b[31m", b"", &[b'x'; 100]] {
            assert_eq!(id(content), None, "{content:?}");
        }
    }
}

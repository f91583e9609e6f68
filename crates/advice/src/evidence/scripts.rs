//! Programs that are scripts: the line that names their interpreter.

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Collected, Probe, ProbeId, Started, Want};
use dockopt_core::facts::Evidence;
use dockopt_core::tree::EntryId;

/// Longest first line (Linux reads 256 bytes).
const LINE: u64 = 256;

/// The probe.
pub struct Scripts;

impl Scripts {
    const ID: ProbeId = ProbeId { name: "script", version: 1 };

    /// Returns the interpreter of a script with its arguments: `/usr/bin/env python3`.
    pub fn interpreter(evidence: &Evidence, entry: EntryId) -> Option<&str> {
        std::str::from_utf8(evidence.get(entry, Self::ID)?).ok()
    }
}

impl Probe for Scripts {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        let is_executable = entry.metadata.mode & 0o111 != 0 && entry.metadata.size > 4;
        if is_executable { Want::Head(LINE) } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Collected::start(|head| {
            let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
            let line = std::str::from_utf8(line).ok()?.trim();
            (!line.is_empty()).then(|| line.as_bytes().to_vec())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::examined;
    use dockopt_core::entry::{Content, EntryKind, Metadata};

    #[test]
    fn first_line_names_the_interpreter() {
        let metadata = Metadata { size: 20, mode: 0o755, ..Metadata::new(EntryKind::File) };
        let entry = Entry { path: b"bin/x", link: b"", metadata, content: Content::None };
        assert_eq!(Scripts.wants(&entry), Want::Head(LINE));
        let fact = |content: &[u8]| examined(Scripts.start(&entry), content);
        assert_eq!(fact(b"#! /usr/bin/env python3\nx").as_deref(), Some(&b"/usr/bin/env python3"[..]));
        assert_eq!(fact(b"\x7fELF"), None);
        assert_eq!(fact(b"#!\n"), None);
    }
}

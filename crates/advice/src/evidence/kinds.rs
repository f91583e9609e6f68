//! The kinds of large files as facts, so that a report can say what a file is without reading it
//! again. Of ELF files only core dumps are described: the probe of programs knows more about the
//! others.

use std::convert::Infallible;
use std::ops::Range;

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{HEAD, Places, Probe, ProbeId, Started, Survey, Want};
use dockopt_core::facts::Evidence;
use dockopt_core::path::is_unsafe_to_show;
use dockopt_core::tree::EntryId;

use super::content::{Content, PART, length, position};
use super::elf::file::Elf;
use super::kind::recognise;

/// Smallest file whose kind is kept: 1 MiB.
const SMALLEST: u64 = 1 << 20;

/// The probe.
pub struct Kinds;

impl Kinds {
    const ID: ProbeId = ProbeId { name: "kind", version: 1 };

    /// Returns the description of a file of at least 1 MiB, safe to show.
    pub fn of(evidence: &Evidence, entry: EntryId) -> Option<&str> {
        let summary = std::str::from_utf8(evidence.get(entry, Self::ID)?).ok()?;
        (!summary.chars().any(is_unsafe_to_show)).then_some(summary)
    }
}

impl Probe for Kinds {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        if entry.metadata.size >= SMALLEST { Want::Content } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Started::Places(Box::new(Ends))
    }
}

/// Reads the two ends of a file.
struct Ends;

impl Survey for Ends {
    fn parts(&self, head: &[u8], size: u64) -> Vec<Range<u64>> {
        let is_program = Elf::parse(head).is_some_and(|elf| !elf.is_core());
        let tail = size.saturating_sub(length(PART))..size;
        if is_program { Vec::new() } else { vec![tail] }
    }

    fn examine(self: Box<Self>, content: &mut dyn Places) -> Option<Vec<u8>> {
        let Ok(kind) = recognise(&mut WithoutMiddle(content));
        Some(kind.summary.into_bytes())
    }
}

/// Content whose middle cannot be read: a table there is described as if it were cut off.
struct WithoutMiddle<'p>(&'p mut dyn Places);

impl Content for WithoutMiddle<'_> {
    type Error = Infallible;

    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read(&mut self, offset: u64, wanted: usize) -> Result<Vec<u8>, Self::Error> {
        let left_of_head = HEAD.saturating_sub(position(offset));
        let found = self.0.read(offset, wanted).or_else(|_| self.0.read(offset, wanted.min(left_of_head)));
        Ok(found.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use dockopt_core::evidence::OutOfReach;
    use dockopt_testkit::zip;

    use super::*;

    const SIZE: usize = 2 << 20;

    /// Content of which a survey may read the first bytes and one part.
    struct Reach<'c> {
        content: &'c [u8],
        part: Range<u64>,
    }

    impl Places for Reach<'_> {
        fn size(&self) -> u64 {
            length(self.content.len())
        }

        fn read(&mut self, offset: u64, wanted: usize) -> Result<Vec<u8>, OutOfReach> {
            let end = offset.saturating_add(length(wanted)).min(length(self.content.len()));
            let is_in = end <= length(HEAD) || (offset >= self.part.start && end <= self.part.end);
            if is_in { Places::read(&mut &*self.content, offset, wanted) } else { Err(OutOfReach) }
        }
    }

    fn fact(content: &[u8]) -> Option<String> {
        let (head, size) = (&content[..content.len().min(HEAD)], length(content.len()));
        let part = Ends.parts(head, size).into_iter().next()?;
        let fact = Box::new(Ends).examine(&mut Reach { content, part })?;
        Some(String::from_utf8(fact).expect("text"))
    }

    fn padded(start: &[u8]) -> Vec<u8> {
        let mut content = start.to_vec();
        content.resize(SIZE, 0);
        content
    }

    #[test]
    fn kinds_of_large_files_are_those_of_the_preview() {
        let wheel = zip(&[("big.bin", &vec![7; SIZE], false), ("x-1.dist-info/WHEEL", b"", false)]);
        let text = "line of a log\n".repeat(SIZE / 10).into_bytes();
        for content in [wheel, text, padded(b"\x1f\x8b\x08\0\0\0\0\0\0\x03"), padded(b"\x89PNG\r\n\x1a\n")] {
            let Ok(kind) = recognise(&mut &*content);
            assert_eq!(fact(&content), Some(kind.summary));
        }
    }

    #[test]
    fn core_dumps_are_the_only_elf_files() {
        let elf =
            |kind| padded(&[&b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"[..], &[kind, 0, 62, 0, 1]].concat());
        assert_eq!(fact(&elf(4)).as_deref(), Some("ELF 64-bit x86-64 core dump"));
        assert_eq!(fact(&elf(2)), None);
    }
}

//! The probe of programs and libraries.

use std::convert::Infallible;
use std::ops::Range;

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Places, Probe, ProbeId, Started, Survey, Want};
use serde::{Deserialize, Serialize};

use super::audit::{self, Crate};
use super::file::Elf;
use super::go::{self, GoBuild};
use crate::evidence::content::{Content, Placed};
use crate::evidence::encoding::{decode, encode};
use crate::evidence::path::tail;

/// The most bytes of a file, without its code, that may be read as a whole.
const MOST: u64 = 8 * 1024 * 1024;
/// Of larger ones, this much at either end.
const END: u64 = 2 * 1024 * 1024;
/// Bytes before the table of sections that may have their names.
const NAMES: u64 = 64 * 1024;
/// The smallest file with anything to tell.
const SMALLEST: u64 = 512;

/// The probe.
pub struct Programs;

impl Programs {
    /// The identity of the probe.
    pub const ID: ProbeId = ProbeId { name: "elf", version: 1 };
}

/// A program or a library.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElfFact {
    /// Bytes that `strip --strip-all` would remove, and `--strip-unneeded` as well.
    pub strippable: u64,
    /// Bytes of debug sections, a part of these.
    pub debug: u64,
    /// The path of the dynamic linker, if it has one.
    #[serde(with = "serde_bytes")]
    pub interpreter: Vec<u8>,
    /// The names of the libraries that it needs, separated by line feeds.
    #[serde(with = "serde_bytes")]
    pub needed: Vec<u8>,
    /// The build information of Go.
    pub go: Option<GoBuild>,
    /// The crates of `cargo auditable`.
    pub crates: Vec<Crate>,
}

impl ElfFact {
    /// Decodes a fact; `None` if it is damaged.
    pub fn decode(fact: &[u8]) -> Option<Self> {
        decode(fact)
    }
}

impl Probe for Programs {
    fn id(&self) -> ProbeId {
        Self::ID
    }

    fn wants(&self, entry: &Entry<'_>) -> Want {
        let (name, _) = tail(entry.path);
        let is_executable = entry.metadata.mode & 0o111 != 0;
        let is_library = || {
            name.windows(4).any(|part| part == b".so.")
                || [&b".so"[..], b".node", b".debug"].iter().any(|end| name.ends_with(end))
        };
        let is_wanted = entry.metadata.size >= SMALLEST && (is_executable || is_library());
        if is_wanted { Want::Content } else { Want::Nothing }
    }

    fn start(&self, _entry: &Entry<'_>) -> Started {
        Started::Places(Box::new(Program))
    }
}

struct Program;

impl Survey for Program {
    fn parts(&self, head: &[u8], size: u64) -> Vec<Range<u64>> {
        if !Elf::starts(head) {
            return Vec::new();
        }
        let elf: Result<Option<Elf>, Infallible> = Elf::read(&mut &*head, head);
        let Ok(Some(elf)) = elf else { return Vec::new() };
        let parts = elf.without_code(size);
        if parts.iter().map(|part| part.end - part.start).sum::<u64>() <= MOST {
            return parts;
        }
        // Of large ones the ends, and what may be between: the table of sections, what the dynamic
        // linker reads, and Go's information.
        let (table, row, rows) = elf.section_table();
        let mut parts = vec![table.saturating_sub(NAMES)..table.saturating_add(row * rows)];
        parts.extend(elf.dynamic());
        parts.extend(go::segment(&elf).map(|start| start..start.saturating_add(2 * go::SEARCHED as u64)));
        parts.extend([size.saturating_sub(END)..size, 0..END]);
        parts
    }

    fn examine(self: Box<Self>, content: &mut dyn Places) -> Option<Vec<u8>> {
        encode(&fact(&mut Placed(content))?)
    }
}

/// Reads a program; `None` if it is none, or if its tables are out of reach.
fn fact<C: Content>(content: &mut C) -> Option<ElfFact> {
    let size = content.size();
    let head = content.read(0, 64).ok()?;
    let elf = Elf::read(content, &head).ok()??;
    let linkage = elf.linkage(content).unwrap_or_default();
    Some(ElfFact {
        strippable: elf.strippable(size),
        debug: elf.debug(),
        interpreter: linkage.interpreter.unwrap_or_default(),
        needed: linkage.needed.join(&b'\n'),
        go: go::read(&elf, content).unwrap_or_default(),
        crates: audit::read(&elf, content).unwrap_or_default(),
    })
}

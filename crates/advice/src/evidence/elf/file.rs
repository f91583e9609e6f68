//! ELF: the programs and libraries of Linux (System V gABI, chapters 4 and 5).
//!
//! The headers, tables and names are read, at most 1 MiB of each table. All of it is the file's own
//! claim: offsets lead anywhere, and reads beyond the end return fewer bytes.

use std::ops::Range;

use crate::evidence::content::{Content, length, position};
use crate::evidence::values::Values;

/// The most bytes of a table that are read.
const TABLE: usize = 1024 * 1024;

/// Types of program headers.
pub(super) const LOAD: u64 = 1;
const DYNAMIC: u64 = 2;
const INTERPRETER: u64 = 3;

/// The flag of segments with code.
const EXECUTABLE: u64 = 1;

/// Types of sections.
pub(crate) const SYMBOLS: u64 = 2;
pub(crate) const STRINGS: u64 = 3;
pub(crate) const RELOCATIONS_WITH_ADDENDS: u64 = 4;
pub(crate) const NO_BITS: u64 = 8;
pub(crate) const RELOCATIONS: u64 = 9;
/// The flag of sections that are loaded.
const ALLOCATED: u64 = 2;

/// Tags of the dynamic section.
const NEEDED: u64 = 1;
const STRING_TABLE: u64 = 5;
const SONAME: u64 = 14;
const FLAGS_1: u64 = 0x6fff_fffb;
const FLAG_PIE: u64 = 0x0800_0000;

/// Most needed libraries of a file, and the longest name that is read.
const LIBRARIES: usize = 1000;
const NAME: usize = 256;

/// A file with its tables.
pub(crate) struct Elf {
    header: Vec<u8>,
    pub(super) big: bool,
    pub(crate) wide: bool,
    pub(crate) segments: Vec<Segment>,
    pub(crate) sections: Vec<Section>,
}

/// A row of the program header table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) kind: u64,
    pub(crate) flags: u64,
    pub(crate) offset: u64,
    pub(crate) address: u64,
    pub(crate) size: u64,
}

/// A row of the section table.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: u64,
    pub(crate) is_loaded: bool,
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) link: u64,
    pub(crate) alignment: u64,
}

impl Section {
    /// Returns the bytes it has in the file.
    pub(crate) fn stored(&self) -> u64 {
        if self.kind == NO_BITS { 0 } else { self.size }
    }
}

/// What the dynamic linker reads.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Linkage {
    /// The path of the dynamic linker.
    pub(crate) interpreter: Option<Vec<u8>>,
    /// The names of the libraries.
    pub(crate) needed: Vec<Vec<u8>>,
    pub(crate) has_name: bool,
    pub(crate) is_program: bool,
    pub(crate) is_dynamic: bool,
}

impl Elf {
    /// Returns whether these are the first bytes of an ELF file.
    pub(crate) fn starts(head: &[u8]) -> bool {
        matches!(head, [0x7f, b'E', b'L', b'F', 1 | 2, 1 | 2, ..])
    }

    /// Reads the tables; `None` for other files.
    pub(crate) fn read<C: Content>(content: &mut C, head: &[u8]) -> Result<Option<Self>, C::Error> {
        let Some(mut elf) = Self::parse(head) else { return Ok(None) };
        elf.read_segments(content)?;
        elf.read_sections(content)?;
        Ok(Some(elf))
    }

    /// Parses the file header.
    pub(crate) fn parse(head: &[u8]) -> Option<Self> {
        let wide = *head.get(4)? == 2;
        let header = head.get(..if wide { 64 } else { 52 })?.to_vec();
        let big = *head.get(5)? == 2;
        Self::starts(head).then_some(Self { header, big, wide, segments: Vec::new(), sections: Vec::new() })
    }

    /// Reads numbers in the byte order of the file.
    pub(crate) fn values<'b>(&self, bytes: &'b [u8]) -> Values<'b> {
        if self.big { Values::big(bytes) } else { Values::little(bytes) }
    }

    fn u16(&self, at: usize) -> u64 {
        self.values(&self.header).u16(at).unwrap_or(0)
    }

    /// Reads a number that is wider in 64-bit files, and at another offset.
    fn word(&self, values: Values<'_>, wide: usize, narrow: usize) -> u64 {
        let word = if self.wide { values.number(wide, 8) } else { values.u32(narrow) };
        word.unwrap_or(0)
    }

    /// Returns the type: 1 for an object, 2 for a program, 3 for a library or a program.
    pub(crate) fn kind(&self) -> u64 {
        self.u16(16)
    }

    /// Whether it is a program or a library.
    pub(crate) fn is_linked(&self) -> bool {
        matches!(self.kind(), 2 | 3)
    }

    pub(crate) fn is_core(&self) -> bool {
        self.kind() == 4
    }

    pub(crate) fn machine(&self) -> u64 {
        self.u16(18)
    }

    /// Returns the offset, the length of a row and the number of rows of the segments' table.
    fn segment_table(&self) -> (u64, u64, u64) {
        let at = if self.wide { 54 } else { 42 };
        (self.word(self.values(&self.header), 32, 28), self.u16(at), self.u16(at + 2))
    }

    /// Returns the same of the sections' table.
    pub(crate) fn section_table(&self) -> (u64, u64, u64) {
        let at = if self.wide { 58 } else { 46 };
        (self.word(self.values(&self.header), 40, 32), self.u16(at), self.u16(at + 2))
    }

    /// Returns the end of the headers at the start.
    pub(crate) fn headers_end(&self) -> u64 {
        let (_, row, rows) = self.segment_table();
        length(self.header.len()) + row * rows
    }

    fn read_segments<C: Content>(&mut self, content: &mut C) -> Result<(), C::Error> {
        let (offset, row, rows) = self.segment_table();
        let rows = table(content, offset, row, rows, if self.wide { 56 } else { 32 })?;
        let segment = |row: &Vec<u8>| {
            let values = self.values(row);
            Segment {
                kind: values.u32(0).unwrap_or(0),
                flags: values.u32(if self.wide { 4 } else { 24 }).unwrap_or(0),
                offset: self.word(values, 8, 4),
                address: self.word(values, 16, 8),
                size: self.word(values, 32, 16),
            }
        };
        self.segments = rows.iter().map(segment).collect();
        Ok(())
    }

    fn read_sections<C: Content>(&mut self, content: &mut C) -> Result<(), C::Error> {
        let (offset, row, rows) = self.section_table();
        let rows = table(content, offset, row, rows, if self.wide { 64 } else { 40 })?;
        let section = |row: &Vec<u8>| {
            let values = self.values(row);
            let section = Section {
                name: Vec::new(),
                kind: values.u32(4).unwrap_or(0),
                is_loaded: self.word(values, 8, 8) & ALLOCATED != 0,
                offset: self.word(values, 24, 16),
                size: self.word(values, 32, 20),
                link: values.u32(if self.wide { 40 } else { 24 }).unwrap_or(0),
                alignment: self.word(values, 48, 32).max(1),
            };
            (section, values.u32(0).unwrap_or(0))
        };
        let mut sections: Vec<(Section, u64)> = rows.iter().map(section).collect();
        if let Some((names, _)) = sections.get(self.names_at()) {
            let names = content.read(names.offset, position(names.size).min(TABLE))?;
            for (section, at) in &mut sections {
                section.name = name_at(&names, position(*at)).to_vec();
            }
        }
        self.sections = sections.into_iter().map(|(section, _)| section).collect();
        Ok(())
    }

    /// Returns the index of the section with the names of sections.
    pub(crate) fn names_at(&self) -> usize {
        position(self.u16(if self.wide { 62 } else { 50 }))
    }

    pub(crate) fn section(&self, name: &[u8]) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// Whether it has a symbol table, which a stripped program lacks.
    pub(crate) fn has_symbols(&self) -> bool {
        self.sections.iter().any(|section| section.kind == SYMBOLS)
    }

    /// Returns the offset of an address in the file.
    pub(super) fn offset_of(&self, address: u64) -> Option<u64> {
        let mut loaded = self.segments.iter().filter(|segment| segment.kind == LOAD);
        loaded.find_map(|segment| {
            let within = address.checked_sub(segment.address).filter(|within| *within < segment.size)?;
            segment.offset.checked_add(within)
        })
    }

    /// Returns the parts of a file of this size without its code, which is most of it: the segments
    /// that are executed, where others have the tables.
    pub(crate) fn without_code(&self, size: u64) -> Vec<Range<u64>> {
        let loaded = || self.segments.iter().filter(|segment| segment.kind == LOAD);
        let is_code = |segment: &&Segment| segment.flags & EXECUTABLE != 0;
        // Old linkers put tables and code into one segment, the first one.
        if loaded().next().is_none_or(|first| is_code(&first)) {
            return vec![0..size];
        }
        let mut code: Vec<Range<u64>> = loaded()
            .filter(is_code)
            .map(|segment| segment.offset.min(size)..segment.offset.saturating_add(segment.size).min(size))
            .collect();
        code.sort_by_key(|part| part.start);
        let (mut at, mut parts) = (0, Vec::new());
        for part in code {
            if at < part.start {
                parts.push(at..part.start);
            }
            at = at.max(part.end);
        }
        if at < size {
            parts.push(at..size);
        }
        parts
    }

    /// Returns the part with the dynamic section.
    pub(crate) fn dynamic(&self) -> Option<Range<u64>> {
        let dynamic = self.segments.iter().find(|segment| segment.kind == DYNAMIC)?;
        Some(dynamic.offset..dynamic.offset.saturating_add(dynamic.size))
    }

    /// Reads what the dynamic linker needs.
    pub(crate) fn linkage<C: Content>(&self, content: &mut C) -> Result<Linkage, C::Error> {
        let segment = |kind| self.segments.iter().find(|segment| segment.kind == kind);
        let mut linkage = Linkage::default();
        if let Some(interpreter) = segment(INTERPRETER) {
            let path = content.read(interpreter.offset, position(interpreter.size).min(NAME))?;
            linkage.interpreter = Some(name_at(&path, 0).to_vec());
        }
        let Some(dynamic) = segment(DYNAMIC) else { return Ok(linkage) };
        let bytes = content.read(dynamic.offset, position(dynamic.size).min(TABLE))?;
        let (mut names, mut needed) = (None, Vec::new());
        for row in bytes.chunks_exact(if self.wide { 16 } else { 8 }) {
            let values = self.values(row);
            let value = self.word(values, 8, 4);
            match self.word(values, 0, 0) {
                0 => break,
                NEEDED => needed.push(value),
                STRING_TABLE => names = self.offset_of(value),
                SONAME => linkage.has_name = true,
                FLAGS_1 => linkage.is_program = value & FLAG_PIE != 0,
                _ => {}
            }
        }
        // A position-independent program has a dynamic section even if it needs no library.
        linkage.is_dynamic = !needed.is_empty() || self.kind() == 3 && !linkage.is_program;
        needed.truncate(LIBRARIES);
        if let Some(names) = names {
            linkage.needed = library_names(content, names, &needed)?;
        }
        Ok(linkage)
    }
}

/// Reads the names of libraries at their offsets in the string table.
fn library_names<C: Content>(content: &mut C, table: u64, needed: &[u64]) -> Result<Vec<Vec<u8>>, C::Error> {
    let (Some(first), Some(last)) = (needed.iter().min(), needed.iter().max()) else {
        return Ok(Vec::new());
    };
    let span = position(last - first).saturating_add(NAME).min(TABLE);
    let names = content.read(table.saturating_add(*first), span)?;
    let names = needed.iter().map(|at| name_at(&names, position(at - first)).to_vec());
    Ok(names.filter(|name| !name.is_empty()).collect())
}

/// Reads the rows of a table that are at least this long.
fn table<C: Content>(
    content: &mut C,
    offset: u64,
    row: u64,
    rows: u64,
    least: u64,
) -> Result<Vec<Vec<u8>>, C::Error> {
    if offset == 0 || row < least {
        return Ok(Vec::new());
    }
    let bytes = content.read(offset, position(row.saturating_mul(rows)).min(TABLE))?;
    Ok(bytes.chunks_exact(position(row)).map(<[u8]>::to_vec).collect())
}

/// Returns the name at a place of a string table, up to its NUL. Longer ones are cut: many rows may
/// have the same one.
fn name_at(table: &[u8], at: usize) -> &[u8] {
    let rest = table.get(at..).unwrap_or_default();
    let rest = rest.get(..NAME).unwrap_or(rest);
    rest.split(|byte| *byte == 0).next().unwrap_or_default()
}

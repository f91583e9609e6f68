//! ELF: the programs and libraries of Linux (System V gABI, chapters 4 and 5).
//!
//! The section table says whether a file is stripped or has debug information; it is at the end of
//! the file. At most 64 KiB of it and of the dynamic section are read.

use crate::evidence::content::{Content, PART, length, position};
use crate::evidence::values::{Values, name};

/// Types of program headers.
const DYNAMIC: u64 = 2;
const INTERPRETER: u64 = 3;

/// The type of the symbol table, which a stripped program lacks.
const SYMBOLS: u64 = 2;

/// Tags of the dynamic section.
const NEEDED: u64 = 1;
const SONAME: u64 = 14;
const FLAGS_1: u64 = 0x6fff_fffb;
const FLAG_PIE: u64 = 0x0800_0000;

/// Describes an ELF file; `None` for other files.
pub(super) fn recognise<C: Content>(content: &mut C, head: &[u8]) -> Result<Option<String>, C::Error> {
    let Some(header) = Header::parse(head) else {
        return Ok(None);
    };
    let segments = header.segments(content)?;
    let sections = header.sections(content)?;
    let dynamic = match segments.dynamic {
        Some((offset, size)) => header.dynamic(&read(content, offset, size)?),
        None => Dynamic::default(),
    };
    let interpreter = match segments.interpreter {
        Some((offset, size)) => Some(name(&read(content, offset, size.min(256))?)),
        None => None,
    };
    let mut words = vec![format!(
        "ELF {}-bit {} {}",
        header.bits(),
        header.machine(),
        header.purpose(&dynamic, interpreter.is_some())
    )];
    if header.is_linked() {
        words.push(linkage(interpreter.as_deref(), segments.dynamic.is_some() && dynamic.is_linked(&header)));
        words.push(if sections.symbols { "not stripped" } else { "stripped" }.to_owned());
    }
    words.extend(sections.debug.then(|| "with debug information".to_owned()));
    words.extend(sections.go.then(|| "built with Go".to_owned()));
    Ok(Some(words.join(", ")))
}

fn linkage(interpreter: Option<&str>, dynamic: bool) -> String {
    match interpreter {
        Some(interpreter) => format!("dynamically linked, interpreter {interpreter}"),
        None if dynamic => "dynamically linked".to_owned(),
        None => "statically linked".to_owned(),
    }
}

fn read<C: Content>(content: &mut C, offset: u64, size: u64) -> Result<Vec<u8>, C::Error> {
    content.read(offset, position(size).min(PART))
}

/// The file header.
struct Header<'a> {
    values: Values<'a>,
    wide: bool,
}

/// The offset and length of two segments.
#[derive(Default)]
struct Segments {
    dynamic: Option<(u64, u64)>,
    interpreter: Option<(u64, u64)>,
}

#[derive(Default)]
struct Sections {
    symbols: bool,
    debug: bool,
    go: bool,
}

#[derive(Default)]
struct Dynamic {
    needed: bool,
    soname: bool,
    pie: bool,
}

impl Dynamic {
    /// A position-independent program has a dynamic section even if it needs no library.
    fn is_linked(&self, header: &Header) -> bool {
        self.needed || header.kind() == 3 && !self.pie
    }
}

impl<'a> Header<'a> {
    fn parse(head: &'a [u8]) -> Option<Self> {
        let rest = head.strip_prefix(b"\x7fELF")?;
        let wide = match rest.first()? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let values = if rest.get(1)? == &2 { Values::big(head) } else { Values::little(head) };
        Some(Self { values, wide })
    }

    fn bits(&self) -> u8 {
        if self.wide { 64 } else { 32 }
    }

    fn kind(&self) -> u64 {
        self.values.u16(16).unwrap_or(0)
    }

    fn is_linked(&self) -> bool {
        matches!(self.kind(), 2 | 3)
    }

    fn machine(&self) -> String {
        let machine = match self.values.u16(18).unwrap_or(0) {
            2 | 18 | 43 => "SPARC",
            3 => "x86",
            4 => "68k",
            8 => "MIPS",
            20 => "PowerPC",
            21 => "PowerPC 64",
            22 => "S/390",
            40 => "ARM",
            50 => "Itanium",
            62 => "x86-64",
            183 => "ARM64",
            243 => "RISC-V",
            247 => "BPF",
            258 => "LoongArch",
            other => return format!("machine {other}"),
        };
        machine.to_owned()
    }

    fn purpose(&self, dynamic: &Dynamic, interpreted: bool) -> String {
        let purpose = match self.kind() {
            1 => "object",
            2 => "executable",
            3 if dynamic.pie || interpreted && !dynamic.soname => "executable (PIE)",
            3 => "shared library",
            4 => "core dump",
            other => return format!("type {other}"),
        };
        purpose.to_owned()
    }

    /// Reads a number that is wider in 64-bit files, and at another offset.
    fn address(&self, values: Values, wide: usize, narrow: usize) -> Option<u64> {
        if self.wide { values.number(wide, 8) } else { values.u32(narrow) }
    }

    /// Reads the rows of a table.
    fn table<C: Content>(&self, content: &mut C, at: [usize; 4]) -> Result<Vec<Vec<u8>>, C::Error> {
        let [wide, narrow, sizes, least] = at;
        let offset = self.address(self.values, wide, narrow).unwrap_or(0);
        let row = position(self.values.u16(sizes).unwrap_or(0));
        let rows = self.values.u16(sizes + 2).unwrap_or(0);
        if offset == 0 || row < least {
            return Ok(Vec::new());
        }
        let bytes = read(content, offset, length(row).saturating_mul(rows))?;
        Ok(bytes.chunks_exact(row).map(<[u8]>::to_vec).collect())
    }

    fn segments<C: Content>(&self, content: &mut C) -> Result<Segments, C::Error> {
        let at = if self.wide { [32, 28, 54, 56] } else { [32, 28, 42, 32] };
        let mut segments = Segments::default();
        for row in self.table(content, at)? {
            let values = self.values.elsewhere(&row);
            let part = self.address(values, 8, 4).zip(self.address(values, 32, 16));
            match values.u32(0) {
                Some(DYNAMIC) => segments.dynamic = part,
                Some(INTERPRETER) => segments.interpreter = part,
                _ => {}
            }
        }
        Ok(segments)
    }

    fn sections<C: Content>(&self, content: &mut C) -> Result<Sections, C::Error> {
        let at = if self.wide { [40, 32, 58, 64] } else { [40, 32, 46, 40] };
        let rows = self.table(content, at)?;
        let kind = |row: &Vec<u8>| self.values.elsewhere(row).u32(4);
        let mut sections =
            Sections { symbols: rows.iter().any(|row| kind(row) == Some(SYMBOLS)), ..Sections::default() };
        let names = self.values.u16(if self.wide { 62 } else { 50 }).and_then(|nth| rows.get(position(nth)));
        let part = names.and_then(|row| {
            let values = self.values.elsewhere(row);
            self.address(values, 24, 16).zip(self.address(values, 32, 20))
        });
        if let Some((offset, size)) = part {
            let names = read(content, offset, size)?;
            let has = |wanted: &[u8]| names.split(|byte| *byte == 0).any(|name| name == wanted);
            sections.debug = has(b".debug_info") || has(b".zdebug_info");
            sections.go = has(b".go.buildinfo");
        }
        Ok(sections)
    }

    fn dynamic(&self, bytes: &[u8]) -> Dynamic {
        let mut dynamic = Dynamic::default();
        for row in bytes.chunks_exact(if self.wide { 16 } else { 8 }) {
            let values = self.values.elsewhere(row);
            match self.address(values, 0, 0) {
                Some(NEEDED) => dynamic.needed = true,
                Some(SONAME) => dynamic.soname = true,
                Some(FLAGS_1) => {
                    dynamic.pie = self.address(values, 8, 4).is_some_and(|flags| flags & FLAG_PIE != 0);
                }
                Some(0) | None => break,
                Some(_) => {}
            }
        }
        dynamic
    }
}

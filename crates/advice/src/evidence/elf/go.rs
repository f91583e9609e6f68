//! The build information in programs of Go (package `debug/buildinfo`): the main module and those
//! that were linked into it.

use serde::{Deserialize, Serialize};

use super::file::{Elf, LOAD, Segment};
use crate::evidence::content::{Content, position};

/// The start of the information, aligned to 16 bytes.
const MAGIC: &[u8] = b"\xff Go buildinf:";
/// The length of the header; strings follow it.
const HEADER: usize = 32;
/// The most bytes of the writable segment that are searched, where there is no section for it.
pub(crate) const SEARCHED: usize = 1024 * 1024;
/// The most bytes of the list of modules.
const MODULES: usize = 256 * 1024;
/// The most bytes of a version.
const VERSION: usize = 256;
/// Bytes around the list of modules.
const SENTINEL: usize = 16;
/// The most modules of a program, and the most bytes of a path or version.
const MOST: usize = 4000;
const LONGEST: usize = 512;
/// The flag of writable segments.
const WRITABLE: u64 = 2;

/// The build information of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoBuild {
    /// The version of Go, `go1.22.3`.
    pub version: String,
    /// The main module; the path of the package where the build had no module.
    pub main: GoModule,
    /// The modules that were linked into it.
    pub modules: Vec<GoModule>,
}

/// A module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoModule {
    /// The path.
    pub path: String,
    /// The version; `(devel)` or empty where the build did not know it.
    pub version: String,
}

/// Returns the start of the segment that may contain the information.
pub(crate) fn segment(elf: &Elf) -> Option<u64> {
    let is_data = |segment: &&Segment| segment.kind == LOAD && segment.flags & WRITABLE != 0;
    elf.segments.iter().find(is_data).map(|segment| segment.offset)
}

/// Reads the information; `None` if there is none.
pub(crate) fn read<C: Content>(elf: &Elf, content: &mut C) -> Result<Option<GoBuild>, C::Error> {
    let Some(at) = find(elf, content)? else { return Ok(None) };
    let header = content.read(at, HEADER)?;
    let (Some(&pointer), Some(&flags)) = (header.get(14), header.get(15)) else { return Ok(None) };
    let (version, modules) = if flags & 2 != 0 {
        // Since Go 1.18, the strings follow the header.
        let strings = content.read(at + HEADER as u64, VERSION + MODULES)?;
        let Some((version, rest)) = prefixed(&strings) else { return Ok(None) };
        (version.to_vec(), prefixed(rest).map(|(modules, _)| modules.to_vec()).unwrap_or_default())
    } else {
        let big = flags & 1 != 0;
        let version = pointed(elf, content, &header, (16, usize::from(pointer), big), VERSION)?;
        let at = (16 + usize::from(pointer), usize::from(pointer), big);
        (version, pointed(elf, content, &header, at, MODULES)?)
    };
    Ok(build(&version, &modules))
}

/// Returns the offset of the header.
fn find<C: Content>(elf: &Elf, content: &mut C) -> Result<Option<u64>, C::Error> {
    let (start, size) = match (elf.section(b".go.buildinfo"), segment(elf)) {
        (Some(section), _) => (section.offset, position(section.size).min(HEADER)),
        // Stripped programs may lack the section table.
        (None, Some(start)) if elf.sections.is_empty() => (start, SEARCHED),
        (None, _) => return Ok(None),
    };
    let bytes = content.read(start, size)?;
    let at = bytes.chunks(16).position(|chunk| chunk.starts_with(MAGIC));
    Ok(at.and_then(|chunk| start.checked_add(16 * chunk as u64)))
}

/// Splits off a string with its length before it, a varint.
fn prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        length |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return bytes.get(at + 1..)?.split_at_checked(position(length));
        }
    }
    None
}

/// Reads a string through two pointers, as Go wrote it up to 1.17: one to its header, which has one
/// to the bytes, and their number. `field` has the place of the first pointer, the size of pointers
/// and whether the highest byte is first.
fn pointed<C: Content>(
    elf: &Elf,
    content: &mut C,
    header: &[u8],
    (at, size, big): (usize, usize, bool),
    most: usize,
) -> Result<Vec<u8>, C::Error> {
    let number = |bytes: &[u8], at: usize| {
        let bytes = bytes.get(at..at.checked_add(size)?)?;
        let values = elf.values(bytes);
        if big == elf.big { values.number(0, size) } else { None }
    };
    if size != 4 && size != 8 {
        return Ok(Vec::new());
    }
    let Some(string) = number(header, at).and_then(|address| elf.offset_of(address)) else {
        return Ok(Vec::new());
    };
    let string = content.read(string, 2 * size)?;
    let start = number(&string, 0).and_then(|address| elf.offset_of(address));
    let (Some(start), Some(length)) = (start, number(&string, size)) else { return Ok(Vec::new()) };
    content.read(start, position(length).min(most))
}

/// Parses the lines of the list of modules: `path`, `mod`, `dep`, and `=>` for what replaces the
/// one before.
fn build(version: &[u8], modules: &[u8]) -> Option<GoBuild> {
    let version = String::from_utf8_lossy(version).into_owned();
    if !version.starts_with("go") && !version.starts_with("devel") {
        return None;
    }
    let end = modules.len().saturating_sub(SENTINEL);
    let text = String::from_utf8_lossy(modules.get(SENTINEL..end).unwrap_or_default());
    let mut found = GoBuild { version, ..GoBuild::default() };
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (word, path, version) = (fields.next(), fields.next(), fields.next());
        let (Some(word), Some(path)) = (word, path.filter(|path| !path.is_empty())) else { continue };
        let version = version.unwrap_or_default();
        if path.len() > LONGEST || version.len() > LONGEST {
            continue;
        }
        let module = GoModule { path: path.to_owned(), version: version.to_owned() };
        match word {
            "path" if found.main.path.is_empty() => found.main.path = module.path,
            "mod" => found.main = module,
            "dep" if found.modules.len() < MOST => found.modules.push(module),
            // What a directory replaces keeps its name.
            "=>" if !module.path.starts_with(['.', '/']) => {
                found.modules.last_mut().into_iter().for_each(|last| *last = module.clone());
            }
            _ => {}
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_listed_with_their_replacements() {
        let text = "path\texample.com/a/cmd/x\nmod\texample.com/a\tv1.2.3\th1:x\n\
                    dep\tgithub.com/b/c\tv0.1.0\th1:y\ndep\tgithub.com/d\tv2.0.0\n\
                    =>\tgithub.com/fork/d\tv2.0.1\th1:z\ndep\tlocal.org/e\tv1.0.0\n\
                    =>\t./e\t(devel)\nbuild\t-compiler=gc\n";
        let modules = [&[0; 16][..], text.as_bytes(), &[0; 16]].concat();
        let found = build(b"go1.22.3", &modules).expect("build information");
        let shown = |module: &GoModule| format!("{} {}", module.path, module.version);
        assert_eq!(shown(&found.main), "example.com/a v1.2.3");
        let modules: Vec<_> = found.modules.iter().map(shown).collect();
        assert_eq!(modules, ["github.com/b/c v0.1.0", "github.com/fork/d v2.0.1", "local.org/e v1.0.0"]);
        assert_eq!(build(b"1.22", b""), None);
        assert_eq!(build(b"go1.22", b"short").map(|build| build.main.path).as_deref(), Some(""));
    }

    #[test]
    fn strings_have_their_length_before_them() {
        assert_eq!(prefixed(b"\x03abcd"), Some((&b"abc"[..], &b"d"[..])));
        let long = [&[0x80, 0x01][..], &[b'x'; 130]].concat();
        assert_eq!(prefixed(&long).map(|(string, rest)| (string.len(), rest.len())), Some((128, 2)));
        for bytes in [&b""[..], b"\x05abc", &[0xff; 20]] {
            assert_eq!(prefixed(bytes), None);
        }
    }
}

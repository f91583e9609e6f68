//! The list of crates in programs of Rust that `cargo auditable` built: JSON, compressed with zlib,
//! in the section `.dep-v0`.

use std::io::Read;

use flate2::read::ZlibDecoder;
use serde::{Deserialize, Serialize};

use super::file::Elf;
use crate::evidence::content::{Content, position};

/// The most bytes of the section, compressed and not.
const COMPRESSED: usize = 1024 * 1024;
const UNPACKED: u64 = 8 * 1024 * 1024;
/// The most crates of a program, and the most bytes of a name or version.
const MOST: usize = 4000;
const LONGEST: usize = 512;

/// A crate that was linked into a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crate {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// Whether it is the program itself.
    pub root: bool,
}

/// Reads the crates, without those that were only needed to build; none if there is no list.
pub(crate) fn read<C: Content>(elf: &Elf, content: &mut C) -> Result<Vec<Crate>, C::Error> {
    let Some(section) = elf.section(b".dep-v0") else { return Ok(Vec::new()) };
    let bytes = content.read(section.offset, position(section.size).min(COMPRESSED))?;
    Ok(crates(&bytes).unwrap_or_default())
}

fn crates(compressed: &[u8]) -> Option<Vec<Crate>> {
    #[derive(Deserialize)]
    struct List {
        packages: Vec<Row>,
    }
    #[derive(Deserialize)]
    struct Row {
        name: String,
        version: String,
        #[serde(default)]
        root: bool,
        #[serde(default)]
        kind: Option<String>,
    }
    let mut text = Vec::new();
    ZlibDecoder::new(compressed).take(UNPACKED).read_to_end(&mut text).ok()?;
    let list: List = serde_json::from_slice(&text).ok()?;
    let linked = list.packages.into_iter().filter(|row| row.kind.as_deref() != Some("build"));
    let is_named = |text: &str| (1..=LONGEST).contains(&text.len());
    let named = linked.filter(|row| is_named(&row.name) && is_named(&row.version)).take(MOST);
    Some(named.map(|Row { name, version, root, .. }| Crate { name, version, root }).collect())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).expect("in memory");
        encoder.finish().expect("in memory")
    }

    #[test]
    fn crates_that_were_linked_are_listed() {
        let text = br#"{"packages":[{"name":"app","version":"1.0.0","source":"local","root":true},
            {"name":"cc","version":"1.2.0","source":"crates.io","kind":"build"},
            {"name":"libc","version":"0.2.1","source":"crates.io","dependencies":[]}]}"#;
        let found = crates(&packed(text)).expect("a list");
        let shown: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.root)).collect();
        assert_eq!(shown, [("app", true), ("libc", false)]);
    }

    #[test]
    fn broken_list_is_none() {
        assert_eq!(crates(b"no zlib"), None);
        assert_eq!(crates(&packed(b"{}")), None);
        assert_eq!(crates(&packed(&vec![b' '; 9 << 20])), None, "a bomb");
    }
}

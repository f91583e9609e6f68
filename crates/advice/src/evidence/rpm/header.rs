//! The header of a package as the database stores it: a table of tags and their data (rpm's
//! `docs/manual/format_header.md`), without the magic number of a package file.

use serde::{Deserialize, Serialize};

use crate::evidence::content::position;
use crate::evidence::values::Values;

/// The length of a row of the table.
const ROW: usize = 16;
/// Tags.
const NAME: u64 = 1000;
const VERSION: u64 = 1001;
const RELEASE: u64 = 1002;
const EPOCH: u64 = 1003;
const ARCHITECTURE: u64 = 1022;
const STATES: u64 = 1029;
const DIRECTORY_NUMBERS: u64 = 1116;
const BASE_NAMES: u64 = 1117;
const DIRECTORY_NAMES: u64 = 1118;
/// The longest name or version.
const LONGEST: usize = 1024;
/// The state of a file that another package has replaced.
const REPLACED: u8 = 1;

/// An installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpmPackage {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The release.
    pub release: String,
    /// The epoch, if there is one.
    pub epoch: Option<u32>,
    /// The architecture; empty for public keys.
    pub architecture: String,
    /// Paths of its files, separated by line feeds.
    #[serde(with = "serde_bytes")]
    pub paths: Vec<u8>,
}

impl RpmPackage {
    /// Returns the bytes that it takes.
    pub(super) fn size(&self) -> usize {
        let Self { name, version, release, architecture, paths, .. } = self;
        size_of::<Self>() + name.len() + version.len() + release.len() + architecture.len() + paths.len()
    }
}

/// Parses a header; `None` if it is damaged, or its paths have more than `most` bytes.
pub(super) fn package(blob: &[u8], most: usize) -> Option<RpmPackage> {
    let header = Header::parse(blob)?;
    let text = |tag| {
        let text = header.strings(tag).next().filter(|text| text.len() <= LONGEST)?;
        Some(String::from_utf8_lossy(text).into_owned())
    };
    let epoch = header.numbers(EPOCH).next().and_then(|epoch| u32::try_from(epoch).ok());
    Some(RpmPackage {
        name: text(NAME).filter(|name| !name.is_empty())?,
        version: text(VERSION)?,
        release: text(RELEASE).unwrap_or_default(),
        epoch,
        architecture: text(ARCHITECTURE).unwrap_or_default(),
        paths: header.paths(most)?,
    })
}

struct Header<'b> {
    table: &'b [u8],
    data: &'b [u8],
}

impl<'b> Header<'b> {
    fn parse(blob: &'b [u8]) -> Option<Self> {
        let values = Values::big(blob);
        let (rows, size) = (position(values.u32(0)?), position(values.u32(4)?));
        let (table, rest) = blob.get(8..)?.split_at_checked(rows.checked_mul(ROW)?)?;
        Some(Self { table, data: rest.get(..size)? })
    }

    /// Returns the data from a tag's first value on, and the number of values.
    fn find(&self, tag: u64) -> Option<(&'b [u8], usize)> {
        let row = self.table.chunks_exact(ROW).find(|row| Values::big(row).u32(0) == Some(tag))?;
        let values = Values::big(row);
        Some((self.data.get(position(values.u32(8)?)..)?, position(values.u32(12)?)))
    }

    /// Iterates over the values of a tag with strings, each up to a NUL.
    fn strings(&self, tag: u64) -> impl Iterator<Item = &'b [u8]> {
        let (data, count) = self.find(tag).unwrap_or_default();
        data.split(|byte| *byte == 0).take(count)
    }

    /// Iterates over the values of a tag with numbers of 32 bits.
    fn numbers(&self, tag: u64) -> impl Iterator<Item = u64> {
        let (data, count) = self.find(tag).unwrap_or_default();
        data.chunks_exact(4).take(count).map(|bytes| Values::big(bytes).u32(0).unwrap_or(0))
    }

    /// Joins directories and names of the files that are the package's.
    fn paths(&self, most: usize) -> Option<Vec<u8>> {
        let directories: Vec<&[u8]> = self.strings(DIRECTORY_NAMES).collect();
        let (states, count) = self.find(STATES).unwrap_or_default();
        let states = states.get(..count).unwrap_or_default();
        let mut paths = Vec::new();
        let names = self.strings(BASE_NAMES).zip(self.numbers(DIRECTORY_NUMBERS));
        for (at, (name, directory)) in names.enumerate() {
            if states.get(at) == Some(&REPLACED) {
                continue;
            }
            let directory = directories.get(position(directory))?;
            if paths.len() + directory.len() + name.len() >= most {
                return None;
            }
            paths.extend_from_slice(directory);
            paths.extend_from_slice(name);
            paths.push(b'\n');
        }
        Some(paths)
    }
}

#[cfg(test)]
pub(super) mod testing {
    /// Builds a header from tags, types, counts and data.
    pub(in super::super) fn blob(tags: &[(u32, u32, &[u8])]) -> Vec<u8> {
        let (mut table, mut data) = (Vec::new(), Vec::new());
        for (tag, count, bytes) in tags {
            let at = u32::try_from(data.len()).expect("small");
            table.extend([*tag, 0, at, *count].iter().flat_map(|number| number.to_be_bytes()));
            data.extend_from_slice(bytes);
        }
        let (rows, size) = (u32::try_from(tags.len()), u32::try_from(data.len()));
        let numbers = [rows.expect("few").to_be_bytes(), size.expect("small").to_be_bytes()].concat();
        [numbers, table, data].concat()
    }

    /// Builds the header of a package with one file.
    pub(in super::super) fn named(name: &str) -> Vec<u8> {
        let name = [name.as_bytes(), b"\0"].concat();
        blob(&[
            (1000, 1, &name),
            (1001, 1, b"1.0\0"),
            (1002, 1, b"2\0"),
            (1022, 1, b"noarch\0"),
            (1116, 1, &[0; 4]),
            (1117, 1, &name),
            (1118, 1, b"/usr/bin/\0"),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::testing::blob;
    use super::*;

    #[test]
    fn files_are_directories_and_names() {
        let tags: [(u32, u32, &[u8]); 9] = [
            (1000, 1, b"bash\0"),
            (1001, 1, b"5.2\0"),
            (1002, 1, b"3.fc40\0"),
            (1003, 1, &[0, 0, 0, 1]),
            (1022, 1, b"x86_64\0"),
            (1029, 3, &[0, 1, 0]),
            (1116, 3, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
            (1117, 3, b"bash\0replaced\0profile\0"),
            (1118, 2, b"/etc/\0/usr/bin/\0"),
        ];
        let found = package(&blob(&tags), 1000).expect("a package");
        assert_eq!((found.name.as_str(), found.version.as_str(), found.epoch), ("bash", "5.2", Some(1)));
        assert_eq!(found.paths, b"/usr/bin/bash\n/etc/profile\n");
        assert_eq!(package(&blob(&tags), 20), None, "too long");
        assert_eq!(package(&blob(&tags[1..]), 1000), None, "no name");
    }

    #[test]
    fn damaged_header_is_none() {
        let whole = super::testing::named("a");
        for cut in 0..whole.len() {
            let _ = package(&whole[..cut], 1000);
        }
        assert_eq!(package(&[0xff; 64], 1000), None);
        let outside =
            blob(&[(1000, 1, b"a\0"), (1001, 1, b"1\0"), (1116, 1, &[0, 0, 0, 9]), (1117, 1, b"x\0")]);
        assert_eq!(package(&outside, 1000), None);
    }
}

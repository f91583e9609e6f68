//! One layer tar, written entry by entry.
//!
//! Paths are bytes and are written exactly as given: a leading `./` or `/`, `..` and backslashes
//! stay. Only directories get the trailing slash that every engine writes. [`LongNames`] chooses
//! the place of names beyond the 100 bytes of a header.

use crate::entry::{BLOCK, HeaderFormat, NAME_FIELD, RawEntry};
use crate::meta::Meta;
use crate::pax;
use crate::sparse::{SparseFile, SparseFormat};

/// The place of names and link targets of more than 100 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongNames {
    /// In PAX `path` and `linkpath` records, as container engines do.
    #[default]
    Pax,
    /// In GNU `L` and `K` members.
    Gnu,
    /// Split over the `ustar` prefix and name fields, in PAX records where that is impossible.
    Ustar,
    /// None: cut after 100 bytes.
    Cut,
}

/// A builder of layer tars.
///
/// ```
/// use dockopt_testkit::{Layer, Meta};
///
/// let tar = Layer::new()
///     .dir("etc")
///     .file_with("etc/shadow", "root:*", Meta::new().mode(0o640).owner(0, 42))
///     .symlink("etc/localtime", "/usr/share/zoneinfo/UTC")
///     .whiteout("etc/motd")
///     .into_tar();
/// assert_eq!(tar.len() % 512, 0);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Layer {
    bytes: Vec<u8>,
    pax: Vec<(String, Vec<u8>)>,
    long_names: LongNames,
    end: bool,
    trailing: Vec<u8>,
}

impl Default for Layer {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            pax: Vec::new(),
            long_names: LongNames::default(),
            end: true,
            trailing: Vec::new(),
        }
    }
}

impl Layer {
    /// Creates a layer without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how the long names of the following entries are written.
    pub fn long_names(mut self, long_names: LongNames) -> Self {
        self.long_names = long_names;
        self
    }

    /// Adds a regular file.
    pub fn file(self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        self.file_with(path, content, Meta::default())
    }

    /// Adds a regular file with metadata.
    pub fn file_with(self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>, meta: Meta) -> Self {
        self.entry(RawEntry::new(b'0', path).data(content).meta(meta))
    }

    /// Adds a directory, with a trailing slash if it is missing.
    pub fn dir(self, path: impl AsRef<[u8]>) -> Self {
        self.dir_with(path, Meta::default())
    }

    /// Adds a directory with metadata.
    pub fn dir_with(self, path: impl AsRef<[u8]>, meta: Meta) -> Self {
        let mut name = path.as_ref().to_vec();
        if name.last() != Some(&b'/') {
            name.push(b'/');
        }
        self.entry(RawEntry::new(b'5', name).meta(meta))
    }

    /// Adds a symlink.
    pub fn symlink(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(RawEntry::new(b'2', path).link(target))
    }

    /// Adds a hard link; its target is a path from the root of the layer.
    pub fn hard_link(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(RawEntry::new(b'1', path).link(target))
    }

    /// Adds a character device.
    pub fn char_device(self, path: impl AsRef<[u8]>, major: u32, minor: u32) -> Self {
        self.entry(RawEntry::new(b'3', path).device(major, minor))
    }

    /// Adds a block device.
    pub fn block_device(self, path: impl AsRef<[u8]>, major: u32, minor: u32) -> Self {
        self.entry(RawEntry::new(b'4', path).device(major, minor))
    }

    /// Adds a FIFO.
    pub fn fifo(self, path: impl AsRef<[u8]>) -> Self {
        self.entry(RawEntry::new(b'6', path))
    }

    /// Adds the marker that deletes a path: `a/.wh.b` for `a/b`.
    pub fn whiteout(self, path: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        let base = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        let marker = [&path[..base], b".wh.", &path[base..]].concat();
        self.file(marker, "")
    }

    /// Adds the marker that hides the content of a directory in lower layers: `a/.wh..wh..opq` for
    /// `a`.
    ///
    /// The root is `""` and gets `.wh..wh..opq`.
    pub fn opaque(self, dir: impl AsRef<[u8]>) -> Self {
        let mut marker = dir.as_ref().to_vec();
        if !marker.is_empty() && marker.last() != Some(&b'/') {
            marker.push(b'/');
        }
        marker.extend_from_slice(b".wh..wh..opq");
        self.file(marker, "")
    }

    /// Adds a sparse file in one of GNU tar's formats.
    pub fn sparse(self, path: impl AsRef<[u8]>, file: &SparseFile, format: SparseFormat) -> Self {
        if format == SparseFormat::Gnu {
            let mut layer = self.flush_pax(path.as_ref(), Vec::new());
            layer.prepend_gnu_name(b'L', path.as_ref());
            layer.bytes.extend(file.gnu_member(path.as_ref()));
            return layer;
        }
        let (records, member) = file.pax_member(path.as_ref(), format);
        self.pax(&records).entry(member)
    }

    /// Adds records to the PAX header of the next entry, before the records that the entry needs.
    pub fn pax<K: AsRef<str>, V: AsRef<[u8]>>(mut self, records: &[(K, V)]) -> Self {
        let records = records.iter();
        let records = records.map(|(key, value)| (key.as_ref().into(), value.as_ref().to_vec()));
        self.pax.extend(records);
        self
    }

    /// Adds a PAX global header, which applies to all entries after it (`git archive` writes its
    /// commit into one).
    pub fn pax_global<K: AsRef<str>, V: AsRef<[u8]>>(mut self, records: &[(K, V)]) -> Self {
        RawEntry::new(b'g', "pax_global_header").data(pax::records(records)).write_to(&mut self.bytes);
        self
    }

    /// Adds any member; [`Layer::long_names`] applies to a long name or target.
    pub fn entry(self, entry: RawEntry) -> Self {
        let long_names = self.long_names;
        let mut entry = entry;
        let mut records = Vec::new();
        for (key, text) in [("path", &entry.name), ("linkpath", &entry.link)] {
            let split = key == "path" && long_names == LongNames::Ustar && split(text).is_some();
            let pax = matches!(long_names, LongNames::Pax | LongNames::Ustar) && !split;
            if text.len() > NAME_FIELD && pax {
                records.push((key.to_owned(), text.clone()));
            }
        }
        records.extend(entry.meta.pax_records());
        let mut layer = self.flush_pax(&entry.name, records);
        match long_names {
            LongNames::Gnu => {
                layer.prepend_gnu_name(b'K', &entry.link);
                layer.prepend_gnu_name(b'L', &entry.name);
            }
            LongNames::Ustar => {
                if let Some(slash) = split(&entry.name) {
                    let name = entry.name.split_off(slash + 1);
                    entry.name.pop();
                    let prefix = std::mem::replace(&mut entry.name, name);
                    entry = entry.prefix(prefix);
                }
            }
            LongNames::Pax | LongNames::Cut => {}
        }
        entry.write_to(&mut layer.bytes);
        layer
    }

    /// Adds bytes without padding.
    pub fn raw_bytes(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.bytes.extend_from_slice(bytes.as_ref());
        self
    }

    /// Omits the two zero blocks that end an archive.
    pub fn without_end(mut self) -> Self {
        self.end = false;
        self
    }

    /// Adds bytes after the end of the archive.
    pub fn trailing(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.trailing.extend_from_slice(bytes.as_ref());
        self
    }

    /// Returns the bytes of the tar.
    pub fn into_tar(self) -> Vec<u8> {
        let mut bytes = self.bytes;
        if self.end {
            bytes.resize(bytes.len() + 2 * BLOCK, 0);
        }
        bytes.extend(self.trailing);
        bytes
    }

    /// Writes the PAX header of the next entry, if it needs one.
    fn flush_pax(mut self, name: &[u8], more: Vec<(String, Vec<u8>)>) -> Self {
        let mut records = std::mem::take(&mut self.pax);
        records.extend(more);
        if !records.is_empty() {
            let base = name.rsplit(|byte| *byte == b'/').find(|part| !part.is_empty());
            let mut header = [b"PaxHeaders.0/", base.unwrap_or(b".")].concat();
            header.truncate(NAME_FIELD);
            RawEntry::new(b'x', header).data(pax::records(&records)).write_to(&mut self.bytes);
        }
        self
    }

    fn prepend_gnu_name(&mut self, typeflag: u8, text: &[u8]) {
        if text.len() > NAME_FIELD {
            let data = [text, b"\0"].concat();
            RawEntry::new(typeflag, "././@LongLink")
                .format(HeaderFormat::Gnu)
                .data(data)
                .write_to(&mut self.bytes);
        }
    }
}

/// Finds the slash that splits a long name into a prefix of up to 155 and a name of up to 100
/// bytes.
fn split(name: &[u8]) -> Option<usize> {
    let fits = |slash: &usize| {
        let rest = name.len() - slash - 1;
        name[*slash] == b'/' && *slash <= 155 && (1..=NAME_FIELD).contains(&rest)
    };
    (name.len() > NAME_FIELD).then(|| (1..name.len()).rev().find(fits))?
}

#[cfg(test)]
#[path = "layer_tests.rs"]
mod tests;

//! Large images for benchmarks, written as a stream.
//!
//! The archive has the format of `docker save` before version 25. A tar header holds the size of
//! the data after it, so each layer is generated twice: once to measure it, once to write and hash
//! it. Nothing is kept in between: the path and the content of file number *n* follow from *n* and
//! the seed, so a few hundred bytes of state suffice for any size.

use std::io::{self, Write};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::digest::{digest_text, hex_of, sha256};
use crate::entry::{BLOCK, RawEntry};
use crate::image::CREATED;
use crate::meta::{DEFAULT_MTIME, Meta};

/// The number of files in a directory.
const FILES_PER_DIR: u64 = 20;

/// The number of subdirectories of a directory.
const DIRS_PER_DIR: u64 = 8;

const WORDS: [&str; 8] = ["usr", "lib", "share", "python", "node", "include", "doc", "data"];

const ENDINGS: [&str; 4] = ["so", "py", "json", "h"];

/// A description of a large image.
///
/// ```
/// use dockopt_testkit::Synthetic;
///
/// let mut tar = Vec::new();
/// let summary = Synthetic::new(5, 1_000, 42).write(&mut tar).unwrap();
/// assert_eq!(summary.entries, 1_000);
/// assert_eq!(summary.bytes, tar.len() as u64);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Synthetic {
    layers: u64,
    entries: u64,
    seed: u64,
    rewrites: u64,
    whiteouts: u64,
    max_size: u64,
}

/// A summary of a written image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Layers.
    pub layers: u64,
    /// Tar entries in all layers: directories, files and whiteouts.
    pub entries: u64,
    /// Regular files, with rewrites and without whiteouts.
    pub files: u64,
    /// Whiteouts.
    pub whiteouts: u64,
    /// Bytes of content of regular files.
    pub stored: u64,
    /// Bytes of the archive.
    pub bytes: u64,
}

impl Synthetic {
    /// Creates a description of this many entries, spread evenly over the layers; the same seed
    /// gives the same bytes.
    ///
    /// Of the entries above the first layer 10 % rewrite a file and 2 % delete one; no file exceeds
    /// 2048 bytes.
    pub fn new(layers: u64, entries: u64, seed: u64) -> Self {
        Self { layers, entries, seed, rewrites: 100, whiteouts: 20, max_size: 2048 }
    }

    /// Sets how many of 1000 entries above the first layer rewrite a file; a quarter of these
    /// changes nothing, and a quarter only the mode.
    pub fn rewrites(mut self, per_mille: u64) -> Self {
        self.rewrites = per_mille;
        self
    }

    /// Sets how many of 1000 entries above the first layer delete a file.
    pub fn whiteouts(mut self, per_mille: u64) -> Self {
        self.whiteouts = per_mille;
        self
    }

    /// Sets the largest size of a file in bytes; most are much smaller.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = bytes;
        self
    }

    /// Writes the archive.
    ///
    /// # Errors
    ///
    /// Errors of the writer.
    pub fn write(&self, out: &mut (impl Write + ?Sized)) -> io::Result<Summary> {
        let mut out = Counted { out, bytes: 0 };
        let mut generator = Generator::new(*self);
        let mut paths = Vec::new();
        let mut diff_ids = Vec::new();
        for layer in 0..self.layers {
            let mut measured = Counted { out: &mut io::sink(), bytes: 0 };
            generator.clone().layer(layer, &mut measured)?;
            let id = sha256(format!("{} {layer}", self.seed).as_bytes());
            let path = format!("{}/layer.tar", hex_of(&id));
            let header = RawEntry::new(b'0', &path).size(measured.bytes);
            out.write_all(&header.header())?;
            let mut hashed = Hashed { out: &mut out, hash: Sha256::new() };
            generator.layer(layer, &mut hashed)?;
            diff_ids.push(digest_text(&hashed.hash.finalize()));
            paths.push(path);
        }
        self.write_config(&mut out, &paths, &diff_ids)?;
        out.write_all(&[0; 2 * BLOCK])?;
        let mut summary = generator.summary;
        summary.bytes = out.bytes;
        Ok(summary)
    }

    fn write_config(&self, out: &mut impl Write, paths: &[String], diff_ids: &[String]) -> io::Result<()> {
        let history: Vec<_> = (0..self.layers)
            .map(|layer| json!({"created": CREATED, "created_by": format!("RUN step {layer}")}))
            .collect();
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "created": CREATED,
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": history,
        });
        let config = config.to_string();
        let name = format!("{}.json", hex_of(&sha256(config.as_bytes())));
        let manifest = json!([{
            "Config": name,
            "RepoTags": [format!("synthetic:{}", self.seed)],
            "Layers": paths,
        }]);
        for (name, text) in [(name.as_str(), config), ("manifest.json", manifest.to_string())] {
            write_entry(out, &RawEntry::new(b'0', name), text.as_bytes())?;
        }
        Ok(())
    }
}

/// The state of the generator, which decides the next entries.
#[derive(Clone)]
struct Generator {
    plan: Synthetic,
    random: Random,
    files: u64,
    dirs: u64,
    summary: Summary,
    buffer: Vec<u8>,
}

impl Generator {
    fn new(plan: Synthetic) -> Self {
        Self {
            plan,
            random: Random::new(plan.seed),
            files: 0,
            dirs: 0,
            summary: Summary::default(),
            buffer: Vec::new(),
        }
    }

    /// Writes one layer and advances to the next.
    fn layer(&mut self, layer: u64, out: &mut impl Write) -> io::Result<()> {
        let until = |layers: u64| {
            let entries = u128::from(self.plan.entries) * u128::from(layers);
            u64::try_from(entries / u128::from(self.plan.layers)).unwrap()
        };
        let older = self.files;
        for _ in until(layer)..until(layer + 1) {
            let roll = self.random.below(1000);
            if older == 0 || roll >= self.plan.whiteouts + self.plan.rewrites {
                self.add(out)?;
            } else if roll < self.plan.whiteouts {
                let file = self.random.below(older);
                self.whiteout(file, out)?;
            } else {
                let file = self.random.below(older);
                self.rewrite(file, layer, out)?;
            }
            self.summary.entries += 1;
        }
        self.summary.layers += 1;
        out.write_all(&[0; 2 * BLOCK])
    }

    /// Writes the next new entry: a directory if the last one is full, otherwise a file.
    fn add(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.files == self.dirs * FILES_PER_DIR {
            self.dirs += 1;
            let name = dir_path(self.dirs);
            return write_entry(out, &RawEntry::new(b'5', name), b"");
        }
        let file = self.files;
        self.files += 1;
        self.file(file, 0, Meta::new(), out)
    }

    fn rewrite(&mut self, file: u64, layer: u64, out: &mut impl Write) -> io::Result<()> {
        match self.random.below(4) {
            0 => self.file(file, 0, Meta::new(), out),
            1 => self.file(file, 0, Meta::new().mode(0o600), out),
            _ => {
                let meta = Meta::new().mtime(DEFAULT_MTIME + layer);
                self.file(file, layer, meta, out)
            }
        }
    }

    fn whiteout(&mut self, file: u64, out: &mut impl Write) -> io::Result<()> {
        self.summary.whiteouts += 1;
        let name = format!("{}.wh.{}", dir_path(dir_of(file)), file_name(file));
        write_entry(out, &RawEntry::new(b'0', name), b"")
    }

    /// Writes a file; content and size follow from its number and version.
    fn file(&mut self, file: u64, version: u64, meta: Meta, out: &mut impl Write) -> io::Result<()> {
        let mut random = Random::new(self.plan.seed ^ (file << 20) ^ (version + 1));
        let limit = self.plan.max_size + 1;
        let size = random.below(limit).min(random.below(limit));
        let size = usize::try_from(size).unwrap();
        let word = random.next().to_le_bytes();
        self.buffer.clear();
        while self.buffer.len() < size {
            self.buffer.extend_from_slice(&word);
        }
        self.buffer.truncate(size);
        self.summary.files += 1;
        self.summary.stored += size as u64;
        let name = format!("{}{}", dir_path(dir_of(file)), file_name(file));
        write_entry(out, &RawEntry::new(b'0', name).meta(meta), &self.buffer)
    }
}

/// Returns the directory of a file; directories are numbered from 1, and 0 is the root.
fn dir_of(file: u64) -> u64 {
    file / FILES_PER_DIR + 1
}

/// Returns the path of a directory with a trailing slash. The directories form a heap, so parents
/// come first.
fn dir_path(dir: u64) -> String {
    if dir == 0 {
        return String::new();
    }
    let word = WORDS[usize::try_from(dir % 8).unwrap()];
    format!("{}{word}{dir}/", dir_path((dir - 1) / DIRS_PER_DIR))
}

fn file_name(file: u64) -> String {
    let ending = ENDINGS[usize::try_from(file % 4).unwrap()];
    format!("file{file}.{ending}")
}

/// Writes header, content and padding without a buffer in between.
fn write_entry(out: &mut impl Write, entry: &RawEntry, content: &[u8]) -> io::Result<()> {
    out.write_all(&entry.clone().size(content.len() as u64).header())?;
    out.write_all(content)?;
    let padding = content.len().next_multiple_of(BLOCK) - content.len();
    out.write_all(&[0; BLOCK][..padding])
}

struct Counted<'a, W: ?Sized> {
    out: &'a mut W,
    bytes: u64,
}

impl<W: Write + ?Sized> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

struct Hashed<'a, W> {
    out: &'a mut W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The xorshift64* generator (Vigna, "An experimental exploration of Marsaglia's xorshift
/// generators, scrambled").
#[derive(Clone, Copy)]
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        // The state must not be zero; the multiplication spreads seeds that differ in a few bits.
        let spread = (seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let mut random = Self(spread ^ (spread >> 32) | 1);
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Returns a number below a limit, nearly evenly distributed.
    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::Read as _;

    use super::*;

    fn write(plan: Synthetic) -> (Vec<u8>, Summary) {
        let mut tar = Vec::new();
        let summary = plan.write(&mut tar).unwrap();
        (tar, summary)
    }

    #[test]
    fn archive_matches_its_summary() {
        let (tar, summary) = write(Synthetic::new(7, 5_000, 1));
        let mut outer = tar::Archive::new(&tar[..]);
        let mut members = HashMap::new();
        for entry in outer.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            members.insert(path, bytes);
        }
        let manifest: serde_json::Value = serde_json::from_slice(&members["manifest.json"]).unwrap();
        let config = manifest[0]["Config"].as_str().unwrap();
        let config: serde_json::Value = serde_json::from_slice(&members[config]).unwrap();
        let mut counted = Summary { bytes: tar.len() as u64, ..Summary::default() };
        let mut deepest = 0;
        for (at, path) in manifest[0]["Layers"].as_array().unwrap().iter().enumerate() {
            let layer = &members[path.as_str().unwrap()];
            assert_eq!(config["rootfs"]["diff_ids"][at], sha256(layer));
            counted.layers += 1;
            for entry in tar::Archive::new(&layer[..]).entries().unwrap() {
                let entry = entry.unwrap();
                let path = entry.path().unwrap().into_owned();
                counted.entries += 1;
                counted.stored += entry.size();
                deepest = deepest.max(path.components().count());
                if path.to_str().unwrap().contains("/.wh.") {
                    counted.whiteouts += 1;
                } else if entry.header().entry_type().is_file() {
                    counted.files += 1;
                }
            }
        }
        assert_eq!(counted, summary);
        assert!(summary.whiteouts > 0 && deepest > 3);
    }

    #[test]
    fn bytes_depend_only_on_the_seed() {
        let plan = Synthetic::new(3, 300, 9).rewrites(500).whiteouts(0);
        assert_eq!(write(plan).0, write(plan).0);
        assert_ne!(write(plan).0, write(Synthetic::new(3, 300, 10)).0);
        assert_eq!(write(plan).1.whiteouts, 0);
        assert_eq!(write(plan.max_size(0)).1.stored, 0);
    }
}

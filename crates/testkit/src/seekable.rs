//! The two compressed layer formats that can be read file by file: eStargz and zstd:chunked.
//!
//! eStargz is gzip. Each file's content starts a new member, and so does the table of contents, a
//! file called `stargz.index.json`. An empty gzip member of 51 bytes at the very end holds the
//! table's offset (stargz-snapshotter, `docs/estargz.md`). A converter that rewrites the layer
//! (`estargz.Build`) adds a landmark and makes the table the last entry of the tar. One that must
//! not change the tar (`AppendTarLossLess`, which `BuildKit` calls) keeps its end blocks and
//! appends the table as a second tar. stargz, the predecessor, has a footer of 47 bytes.
//!
//! zstd:chunked keeps the tar unchanged and stores its table of contents and its footer in
//! skippable frames (containers/storage, `pkg/chunked`).

use serde_json::{Value, json};

use crate::codec::{gzip, skippable_frame, zstd_frame};
use crate::compression::Compression;
use crate::digest::sha256;
use crate::entry::{BLOCK, pad};
use crate::layer::Layer;

/// A compressed layer with its annotations.
pub(crate) struct Seekable {
    /// The compressed bytes.
    pub(crate) blob: Vec<u8>,
    /// The uncompressed tar.
    pub(crate) tar: Vec<u8>,
    /// Annotations of the layer's descriptor.
    pub(crate) annotations: Vec<(String, String)>,
}

/// A readable entry and the position of its content.
struct Indexed {
    toc: Value,
    start: usize,
    end: usize,
    body: usize,
}

/// Compresses a layer tar; `None` if the compression does not index it.
pub(crate) fn pack_layer(tar: &[u8], compression: Compression) -> Option<Seekable> {
    match compression {
        Compression::EStargz => Some(estargz(tar)),
        Compression::EStargzLossless => Some(estargz_lossless(tar)),
        Compression::StargzLossless => Some(stargz_lossless(tar)),
        Compression::ZstdChunked => Some(zstd_chunked(tar)),
        _ => None,
    }
}

/// Compresses a layer tar as eStargz, with a landmark and the table of contents as its last entry.
pub(crate) fn estargz(tar: &[u8]) -> Seekable {
    let landmark = Layer::new().file(".no.prefetch.landmark", [0x0f]).without_end().into_tar();
    let mut body = landmark;
    body.extend_from_slice(without_end(tar));
    pad(&mut body);
    with_table(body, estargz_footer)
}

/// Compresses a layer tar as eStargz without changing the tar: the table of contents follows it.
pub(crate) fn estargz_lossless(tar: &[u8]) -> Seekable {
    with_table(tar.to_vec(), estargz_footer)
}

/// The same with the footer of stargz.
pub(crate) fn stargz_lossless(tar: &[u8]) -> Seekable {
    with_table(tar.to_vec(), stargz_footer)
}

/// Compresses a tar file by file and appends the table of contents and the footer.
fn with_table(mut tar: Vec<u8>, footer: fn(usize) -> Vec<u8>) -> Seekable {
    let (mut blob, toc) = pack(&tar, &index(&tar), gzip);
    let toc_offset = blob.len();
    let toc = json!({"version": 1, "entries": toc}).to_string();
    let tail = Layer::new().file("stargz.index.json", &toc).into_tar();
    blob.extend(gzip(&tail));
    blob.extend(footer(toc_offset));
    tar.extend(tail);
    let annotation = "containerd.io/snapshot/stargz/toc.digest".to_owned();
    Seekable { blob, tar, annotations: vec![(annotation, sha256(toc.as_bytes()))] }
}

/// Returns a tar without the zero blocks that end it; zero blocks in its last file stay.
fn without_end(tar: &[u8]) -> &[u8] {
    let files = index(tar).last().map_or(0, |entry| entry.end);
    let last = tar.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    let end = last.next_multiple_of(BLOCK).max(files);
    &tar[..end.min(tar.len())]
}

/// Returns the last 51 bytes: an empty gzip member whose extra field `SG` holds the offset of the
/// table of contents.
fn estargz_footer(toc_offset: usize) -> Vec<u8> {
    footer(&[&b"SG\x16\0"[..], format!("{toc_offset:016x}STARGZ").as_bytes()].concat())
}

/// Returns the last 47 bytes of stargz: the same without a subfield header.
fn stargz_footer(toc_offset: usize) -> Vec<u8> {
    footer(format!("{toc_offset:016x}STARGZ").as_bytes())
}

fn footer(extra: &[u8]) -> Vec<u8> {
    let mut footer = vec![0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff];
    footer.extend_from_slice(&u16::try_from(extra.len()).unwrap().to_le_bytes());
    footer.extend_from_slice(extra);
    // One empty, final stored block, then the checksum and the length of no bytes.
    footer.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    footer.extend_from_slice(&[0; 8]);
    footer
}

/// Compresses a layer tar as zstd:chunked.
pub(crate) fn zstd_chunked(tar: &[u8]) -> Seekable {
    let (mut blob, toc) = pack(tar, &index(tar), zstd_frame);
    let toc = json!({"version": 1, "entries": toc}).to_string();
    let packed = zstd_frame(toc.as_bytes());
    let split = zstd_frame(b"");
    // Positions are those of the content, after the eight-byte header of a skippable frame.
    let toc_offset = blob.len() + 8;
    blob.extend(skippable_frame(&packed));
    let split_offset = blob.len() + 8;
    blob.extend(skippable_frame(&split));
    let numbers = [toc_offset, packed.len(), toc.len(), 1, split_offset, split.len(), 0];
    let mut footer = Vec::new();
    for number in numbers {
        footer.extend_from_slice(&(number as u64).to_le_bytes());
    }
    footer.extend_from_slice(b"GNUlInUx");
    blob.extend(skippable_frame(&footer));
    let prefix = "io.github.containers.zstd-chunked.manifest";
    let position = format!("{toc_offset}:{}:{}:1", packed.len(), toc.len());
    let annotations =
        vec![(format!("{prefix}-checksum"), sha256(&packed)), (format!("{prefix}-position"), position)];
    Seekable { blob, tar: tar.to_vec(), annotations }
}

/// Compresses a tar so that the content of each regular file starts a new piece; also returns the
/// entries of the table of contents.
fn pack(tar: &[u8], entries: &[Indexed], piece: fn(&[u8]) -> Vec<u8>) -> (Vec<u8>, Vec<Value>) {
    let mut blob = Vec::new();
    let mut toc = Vec::new();
    let mut from = 0;
    for entry in entries {
        let mut line = entry.toc.clone();
        if line["type"] == "reg" && entry.body > entry.start {
            blob.extend(piece(&tar[from..entry.start]));
            from = entry.start;
            line["offset"] = json!(blob.len());
            let digest = sha256(&tar[entry.start..entry.body]);
            line["digest"] = json!(digest);
            line["chunkDigest"] = json!(digest);
        }
        toc.push(line);
    }
    blob.extend(piece(&tar[from..]));
    (blob, toc)
}

/// Returns the entries of a tar up to the first unreadable one.
fn index(tar: &[u8]) -> Vec<Indexed> {
    let mut archive = tar::Archive::new(tar);
    let Ok(entries) = archive.entries() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.map_while(Result::ok) {
        let header = entry.header();
        let start = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX);
        let size = usize::try_from(header.entry_size().unwrap_or(0)).unwrap_or(usize::MAX);
        let body = start.saturating_add(size);
        if body > tar.len() {
            break;
        }
        let toc = toc_line(&entry, size);
        let end = body.next_multiple_of(BLOCK).min(tar.len());
        found.push(Indexed { toc, start, end, body });
    }
    found
}

/// Returns an entry of the table of contents, without the position of its content.
fn toc_line(entry: &tar::Entry<'_, &[u8]>, size: usize) -> Value {
    let header = entry.header();
    let kind = match header.entry_type().as_byte() {
        b'5' => "dir",
        b'2' => "symlink",
        b'1' => "hardlink",
        b'3' => "char",
        b'4' => "block",
        b'6' => "fifo",
        _ => "reg",
    };
    let mut line = json!({
        "name": String::from_utf8_lossy(&entry.path_bytes()),
        "type": kind,
        "size": size,
        "mode": header.mode().unwrap_or(0),
        "uid": header.uid().unwrap_or(0),
        "gid": header.gid().unwrap_or(0),
    });
    if let Some(link) = entry.link_name_bytes() {
        line["linkName"] = json!(String::from_utf8_lossy(&link));
    }
    line
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn layer() -> Vec<u8> {
        Layer::new().dir("d").file("d/f", "content").symlink("l", "d/f").file("g", "other").into_tar()
    }

    fn gunzip_member(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn footer_locates_the_table_of_contents_and_the_table_the_files() {
        let packed = estargz(&layer());
        let footer = &packed.blob[packed.blob.len() - 51..];
        assert!(gunzip_member(footer).is_empty());
        let hex = std::str::from_utf8(&footer[16..32]).unwrap();
        let offset = usize::from_str_radix(hex, 16).unwrap();
        let toc_tar = gunzip_member(&packed.blob[offset..]);
        let mut archive = tar::Archive::new(&toc_tar[..]);
        let entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(*entry.path_bytes(), *b"stargz.index.json");
        let toc: Value = serde_json::from_reader(entry).unwrap();
        let names: Vec<_> = toc["entries"].as_array().unwrap().iter().collect();
        assert_eq!(names[0]["name"], ".no.prefetch.landmark");
        assert_eq!(names[2]["name"], "d/f");
        let offset = usize::try_from(names[2]["offset"].as_u64().unwrap()).unwrap();
        assert!(gunzip_member(&packed.blob[offset..]).starts_with(b"content"));
    }

    #[test]
    fn lossless_layer_is_the_tar_followed_by_a_second_tar() {
        for (packed, length) in [(estargz_lossless(&layer()), 51), (stargz_lossless(&layer()), 47)] {
            assert!(packed.tar.starts_with(&layer()));
            let mut second = tar::Archive::new(&packed.tar[layer().len()..]);
            let entry = second.entries().unwrap().next().unwrap().unwrap();
            assert_eq!(*entry.path_bytes(), *b"stargz.index.json");
            let footer = &packed.blob[packed.blob.len() - length..];
            assert!(gunzip_member(footer).is_empty());
            assert!(footer.windows(6).any(|window| window == b"STARGZ"));
        }
    }

    #[test]
    fn chunked_footer_locates_its_table_of_contents() {
        let packed = zstd_chunked(&layer());
        let footer = &packed.blob[packed.blob.len() - 64..];
        assert!(footer.ends_with(b"GNUlInUx"));
        let number = |at: usize| {
            let bytes = footer[at * 8..at * 8 + 8].try_into().unwrap();
            usize::try_from(u64::from_le_bytes(bytes)).unwrap()
        };
        let toc = &packed.blob[number(0)..number(0) + number(1)];
        let toc = zstd::decode_all(toc).unwrap();
        assert_eq!(toc.len(), number(2));
        let toc: Value = serde_json::from_slice(&toc).unwrap();
        assert_eq!(toc["entries"][1]["name"], "d/f");
    }
}

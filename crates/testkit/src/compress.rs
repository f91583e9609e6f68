//! Compressions of layers and whole archives, the unusual ones included.
//!
//! Gzip with several members and zstd with several frames are one stream to a correct reader; one
//! that stops after the first member sees a truncated layer. Levels are low, to keep tests fast.

use std::io::Write;

use flate2::write::GzEncoder;

use crate::seekable;

/// The level of every gzip stream except [`Compression::GzipBlocks`].
const GZIP_LEVEL: u32 = 1;
/// The level of builders, which makes many blocks.
const BLOCKS_LEVEL: u32 = 6;

/// A compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// No compression.
    Plain,
    /// Gzip, one member.
    Gzip,
    /// Gzip, one member of many blocks, as builders write it; the other levels make few.
    GzipBlocks,
    /// Gzip, this many members.
    GzipMembers(usize),
    /// Zstandard, one frame.
    Zstd,
    /// Zstandard, this many frames.
    ZstdFrames(usize),
    /// Zstandard, this many frames, with a skippable frame after each.
    ZstdSkippable(usize),
    /// The same after one more skippable frame, so that the bytes do not start with the magic
    /// number of a zstd frame.
    ///
    /// The specification allows it; not every engine recognises it.
    ZstdSkippableFirst(usize),
    /// eStargz as stargz-snapshotter converts layers: a gzip member for each file's content, a
    /// landmark, a table of contents as the last entry of the tar, and a footer.
    EStargz,
    /// eStargz as `BuildKit` writes it: the unchanged tar with its end blocks, then the table of
    /// contents as a second tar.
    EStargzLossless,
    /// The same with the footer of stargz, the predecessor, which has no subfield.
    StargzLossless,
    /// zstd:chunked: a frame for each file's content, then table of contents and footer in
    /// skippable frames.
    ZstdChunked,
}

impl Compression {
    /// All compressions; those with several members or frames have three.
    pub const ALL: [Self; 12] = [
        Self::Plain,
        Self::Gzip,
        Self::GzipBlocks,
        Self::GzipMembers(3),
        Self::Zstd,
        Self::ZstdFrames(3),
        Self::ZstdSkippable(3),
        Self::ZstdSkippableFirst(3),
        Self::EStargz,
        Self::EStargzLossless,
        Self::StargzLossless,
        Self::ZstdChunked,
    ];

    /// Returns the suffix of the media type: empty, `gzip` or `zstd`.
    pub(crate) fn suffix(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Zstd
            | Self::ZstdFrames(_)
            | Self::ZstdSkippable(_)
            | Self::ZstdSkippableFirst(_)
            | Self::ZstdChunked => Some("zstd"),
            _ => Some("gzip"),
        }
    }
}

/// Compresses bytes.
///
/// eStargz and [`Compression::ZstdChunked`] parse the bytes as a layer tar and index its readable
/// entries. eStargz also changes the tar: see [`compressed_tar`].
pub fn compress(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::Plain => bytes.to_vec(),
        Compression::Gzip => gzip(bytes),
        Compression::GzipBlocks => gzip_level(bytes, BLOCKS_LEVEL),
        Compression::GzipMembers(count) => parts(bytes, count).flat_map(gzip).collect(),
        Compression::Zstd => zstd_frame(bytes),
        Compression::ZstdFrames(count) => parts(bytes, count).flat_map(zstd_frame).collect(),
        Compression::ZstdSkippable(count) => zstd_skippable(bytes, count),
        Compression::ZstdSkippableFirst(count) => {
            [skippable_frame(b"first"), zstd_skippable(bytes, count)].concat()
        }
        Compression::EStargz => seekable::estargz(bytes).blob,
        Compression::EStargzLossless => seekable::estargz_lossless(bytes).blob,
        Compression::StargzLossless => seekable::stargz_lossless(bytes).blob,
        Compression::ZstdChunked => seekable::zstd_chunked(bytes).blob,
    }
}

/// Returns the bytes that [`compress`] compresses; the diff ID is their digest.
///
/// They are the given bytes, except that eStargz adds entries to a layer tar, or appends a second
/// tar.
pub fn compressed_tar(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::EStargz => seekable::estargz(bytes).tar,
        Compression::EStargzLossless => seekable::estargz_lossless(bytes).tar,
        Compression::StargzLossless => seekable::stargz_lossless(bytes).tar,
        _ => bytes.to_vec(),
    }
}

/// Compresses a whole archive, as in `docker save | gzip`.
pub fn outer(archive: &[u8], compression: Compression) -> Vec<u8> {
    compress(archive, compression)
}

/// Compresses to one gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_level(bytes, GZIP_LEVEL)
}

fn gzip_level(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Returns an encoder of one gzip member.
pub(crate) fn gzip_writer<W: Write>(out: W) -> GzEncoder<W> {
    GzEncoder::new(out, flate2::Compression::new(GZIP_LEVEL))
}

/// Compresses to one zstd frame.
pub(crate) fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Compresses to zstd frames with a skippable frame after each.
fn zstd_skippable(bytes: &[u8], count: usize) -> Vec<u8> {
    parts(bytes, count).flat_map(|part| [zstd_frame(part), skippable_frame(b"skip me")].concat()).collect()
}

/// Returns a frame that decoders skip (RFC 8878, section 3.1.2).
pub(crate) fn skippable_frame(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    let magic = 0x184D_2A50_u32.to_le_bytes();
    [&magic[..], &length.to_le_bytes(), content].concat()
}

/// Splits bytes into this many parts of about the same length; parts may be empty.
fn parts(bytes: &[u8], count: usize) -> impl Iterator<Item = &[u8]> {
    assert!(count > 0, "the number of parts is zero");
    (0..count).map(move |part| &bytes[bytes.len() * part / count..bytes.len() * (part + 1) / count])
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::layer::Layer;

    fn decompress(bytes: &[u8], compression: Compression) -> Vec<u8> {
        let mut out = Vec::new();
        match compression.suffix() {
            None => out.extend_from_slice(bytes),
            Some("gzip") => {
                let mut decoder = flate2::read::MultiGzDecoder::new(bytes);
                decoder.read_to_end(&mut out).unwrap();
            }
            Some(_) => out = zstd::decode_all(bytes).unwrap(),
        }
        out
    }

    #[test]
    fn every_compression_unpacks_to_the_bytes_of_the_diff_id() {
        let tar = Layer::new()
            .dir("d")
            .file("d/one", "1".repeat(3000))
            .file("d/empty", "")
            .symlink("d/link", "one")
            .file("two", "2")
            .into_tar();
        for compression in Compression::ALL {
            for bytes in [&tar[..], b"", b"not a tar"] {
                let packed = compress(bytes, compression);
                let back = decompress(&packed, compression);
                assert_eq!(back, compressed_tar(bytes, compression), "{compression:?}");
            }
        }
    }

    #[test]
    fn bytes_are_split_into_members_and_frames() {
        let bytes = vec![b'x'; 900];
        let packed = compress(&bytes, Compression::GzipMembers(3));
        let mut first = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(&packed[..]);
        decoder.read_to_end(&mut first).unwrap();
        assert_eq!(first.len(), 300);
        let packed = compress(&bytes, Compression::ZstdSkippableFirst(3));
        assert_eq!(packed[..4], [0x50, 0x2a, 0x4d, 0x18]);
        let packed = compress(&bytes, Compression::ZstdSkippable(3));
        assert_eq!(packed[..4], [0x28, 0xb5, 0x2f, 0xfd]);
        assert!(packed.ends_with(b"skip me"));
    }
}

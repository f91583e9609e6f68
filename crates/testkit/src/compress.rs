//! Compressions that layers and whole archives come in, the unusual ones included.
//!
//! Gzip with several members and zstd with several frames are one stream to a correct reader; one that stops after
//! the first member sees a truncated layer. Levels are low: tests want speed.

use std::io::Write;

use flate2::write::GzEncoder;

use crate::seekable;

/// The level of every gzip stream written.
const GZIP_LEVEL: u32 = 1;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// Gzip, one member.
    Gzip,
    /// Gzip, so many members.
    GzipMembers(usize),
    /// Zstandard, one frame.
    Zstd,
    /// Zstandard, so many frames.
    ZstdFrames(usize),
    /// Zstandard, so many frames, a skippable frame after each.
    ZstdSkippable(usize),
    /// The same behind one more skippable frame, so that the bytes do not start with the magic of a zstd frame.
    ///
    /// Valid by the specification, and not recognised by every engine.
    ZstdSkippableFirst(usize),
    /// eStargz: a gzip member for each file's content, a landmark, a table of contents in the tar, and a footer.
    EStargz,
    /// zstd:chunked: a frame for each file's content, then table of contents and footer in skippable frames.
    ZstdChunked,
}

impl Compression {
    /// All of them, with three members or frames where there are several.
    pub const ALL: [Self; 9] = [
        Self::Plain,
        Self::Gzip,
        Self::GzipMembers(3),
        Self::Zstd,
        Self::ZstdFrames(3),
        Self::ZstdSkippable(3),
        Self::ZstdSkippableFirst(3),
        Self::EStargz,
        Self::ZstdChunked,
    ];

    /// The ending of a media type: nothing, `gzip` or `zstd`.
    pub(crate) fn suffix(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Gzip | Self::GzipMembers(_) | Self::EStargz => Some("gzip"),
            _ => Some("zstd"),
        }
    }
}

/// Compresses bytes.
///
/// [`Compression::EStargz`] and [`Compression::ZstdChunked`] take the bytes for a layer tar and index what they can
/// read of it. eStargz also changes the tar: see [`compressed_tar`].
pub fn compress(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::Plain => bytes.to_vec(),
        Compression::Gzip => gzip(bytes),
        Compression::GzipMembers(count) => parts(bytes, count).flat_map(gzip).collect(),
        Compression::Zstd => zstd_frame(bytes),
        Compression::ZstdFrames(count) => parts(bytes, count).flat_map(zstd_frame).collect(),
        Compression::ZstdSkippable(count) => zstd_skippable(bytes, count),
        Compression::ZstdSkippableFirst(count) => {
            [skippable_frame(b"first"), zstd_skippable(bytes, count)].concat()
        }
        Compression::EStargz => seekable::estargz(bytes).blob,
        Compression::ZstdChunked => seekable::zstd_chunked(bytes).blob,
    }
}

/// What [`compress`] compresses, and so what the diff ID is the digest of.
///
/// These are the bytes given, except that eStargz adds entries of its own to a layer tar.
pub fn compressed_tar(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::EStargz => seekable::estargz(bytes).tar,
        _ => bytes.to_vec(),
    }
}

/// Compresses a whole archive, as in `docker save | gzip`.
pub fn outer(archive: &[u8], compression: Compression) -> Vec<u8> {
    compress(archive, compression)
}

/// One gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = gzip_writer(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An encoder of one gzip member.
pub(crate) fn gzip_writer<W: Write>(out: W) -> GzEncoder<W> {
    GzEncoder::new(out, flate2::Compression::new(GZIP_LEVEL))
}

/// One zstd frame.
pub(crate) fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Zstd frames with a skippable frame after each.
fn zstd_skippable(bytes: &[u8], count: usize) -> Vec<u8> {
    parts(bytes, count).flat_map(|part| [zstd_frame(part), skippable_frame(b"skip me")].concat()).collect()
}

/// A frame that decoders pass over (RFC 8878, section 3.1.2).
pub(crate) fn skippable_frame(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    let magic = 0x184D_2A50_u32.to_le_bytes();
    [&magic[..], &length.to_le_bytes(), content].concat()
}

/// Divides into this many parts of about the same length; parts may be empty.
fn parts(bytes: &[u8], count: usize) -> impl Iterator<Item = &[u8]> {
    assert!(count > 0, "nothing can be divided into no parts");
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
    fn every_compression_gives_back_what_the_diff_id_is_of() {
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
    fn several_members_and_frames_are_several() {
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

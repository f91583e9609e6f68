//! Members of gzip and frames of zstd.

use std::io::Write;

use flate2::write::GzEncoder;

/// The level of every gzip stream except [`Compression::GzipBlocks`].
const GZIP_LEVEL: u32 = 1;
/// The level of builders, which makes many blocks.
pub(crate) const BLOCKS_LEVEL: u32 = 6;

/// Compresses to one gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_level(bytes, GZIP_LEVEL)
}

pub(crate) fn gzip_level(bytes: &[u8], level: u32) -> Vec<u8> {
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
pub(crate) fn zstd_skippable(bytes: &[u8], count: usize) -> Vec<u8> {
    parts(bytes, count).flat_map(|part| [zstd_frame(part), skippable_frame(b"skip me")].concat()).collect()
}

/// Returns a frame that decoders skip (RFC 8878, section 3.1.2).
pub(crate) fn skippable_frame(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    let magic = 0x184D_2A50_u32.to_le_bytes();
    [&magic[..], &length.to_le_bytes(), content].concat()
}

/// Splits bytes into this many parts of about the same length; parts may be empty.
pub(crate) fn parts(bytes: &[u8], count: usize) -> impl Iterator<Item = &[u8]> {
    assert!(count > 0, "the number of parts is zero");
    (0..count).map(move |part| &bytes[bytes.len() * part / count..bytes.len() * (part + 1) / count])
}

//! Compressions of layers and whole archives, the unusual ones included.
//!
//! Gzip with several members and zstd with several frames are one stream to a correct reader; one
//! that stops after the first member sees a truncated layer. Levels are low, to keep tests fast.

use crate::codec::{BLOCKS_LEVEL, gzip, gzip_level, parts, skippable_frame, zstd_frame, zstd_skippable};
use crate::compression::Compression;
use crate::seekable;

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

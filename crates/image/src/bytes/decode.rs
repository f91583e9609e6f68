//! Decompression of layers and archives.
//!
//! gzip streams may have several members (eStargz, pigz) and zstd streams several frames
//! (zstd:chunked); both are read to the end. Buffer sizes were measured: 128 KiB in, 256 KiB out.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use crate::bytes::gzip::GzipReader;
use crate::bytes::points::PointCollector;
use crate::bytes::sniff::Looks;

const INPUT_BUFFER: usize = 128 * 1024;
const OUTPUT_BUFFER: usize = 256 * 1024;
/// Largest window a zstd frame may use, as a power of two: 128 MiB, what `zstd --ultra` uses.
const ZSTD_WINDOW_LOG: u32 = 27;

/// A byte stream that can move between threads.
pub(crate) type ByteStream<'a> = Box<dyn Read + Send + 'a>;

/// A byte stream that a decoder reads in place, buffer by buffer.
pub(crate) type PieceStream<'a> = Box<dyn BufRead + Send + 'a>;

/// Number of leading bytes that determine the format of a stream.
const SNIFFED: usize = 512;

/// Decompresses a stream that starts with the magic of gzip or zstd; returns the detected format.
pub(crate) fn decoded<'a>(stream: impl BufRead + Send + 'a) -> io::Result<(Looks, ByteStream<'a>)> {
    decoded_with(stream, None)
}

/// Does the same as [`decoded`] and collects the seek points of gzip.
pub(crate) fn decoded_with<'a>(
    mut stream: impl BufRead + Send + 'a,
    points: Option<PointCollector>,
) -> io::Result<(Looks, ByteStream<'a>)> {
    let mut start = Vec::with_capacity(SNIFFED);
    (&mut stream).take(SNIFFED as u64).read_to_end(&mut start)?;
    let looks = Looks::at(&start);
    let whole = io::Cursor::new(start).chain(stream);
    let plain: ByteStream<'a> = match (looks, points) {
        (Looks::Gzip, Some(points)) => Box::new(GzipReader::new(whole, points)),
        (Looks::Gzip, None) => Box::new(MultiGzDecoder::new(whole)),
        (Looks::Zstd, _) => Box::new(zstd_decoder(whole)?),
        _ => Box::new(whole),
    };
    Ok((looks, plain))
}

fn zstd_decoder<'a>(input: impl BufRead + Send + 'a) -> io::Result<impl Read + Send + 'a> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

/// Buffers the input of a decoder.
pub(crate) fn in_pieces<R: Read>(stream: R) -> BufReader<R> {
    BufReader::with_capacity(INPUT_BUFFER, stream)
}

/// Buffers unpacked bytes for a tar walker.
pub(crate) fn buffered(stream: ByteStream<'_>) -> BufReader<ByteStream<'_>> {
    BufReader::with_capacity(OUTPUT_BUFFER, stream)
}

#[cfg(test)]
mod tests {
    use dockopt_testkit::{Compression, compress};

    use super::*;

    fn decode(bytes: Vec<u8>) -> io::Result<(Looks, Vec<u8>)> {
        let (looks, mut stream) = decoded(io::Cursor::new(bytes))?;
        let mut plain = Vec::new();
        stream.read_to_end(&mut plain)?;
        Ok((looks, plain))
    }

    #[test]
    fn all_members_and_frames_are_decoded() {
        let content = b"content ".repeat(1000);
        for (compression, looks) in [
            (Compression::Plain, Looks::Unknown),
            (Compression::Gzip, Looks::Gzip),
            (Compression::GzipMembers(5), Looks::Gzip),
            (Compression::Zstd, Looks::Zstd),
            (Compression::ZstdFrames(5), Looks::Zstd),
            (Compression::ZstdSkippable(5), Looks::Zstd),
            (Compression::ZstdSkippableFirst(5), Looks::Zstd),
        ] {
            let decoded = decode(compress(&content, compression)).expect("decodable");
            assert_eq!(decoded, (looks, content.clone()), "{compression:?}");
        }
        assert_eq!(decode(Vec::new()).expect("nothing"), (Looks::Empty, Vec::new()));
    }

    #[test]
    fn truncated_streams_are_errors() {
        let content: Vec<u8> = (0..5000_u32).flat_map(|at| at.wrapping_mul(at).to_le_bytes()).collect();
        for compression in [Compression::Gzip, Compression::Zstd] {
            let mut bytes = compress(&content, compression);
            bytes.truncate(bytes.len() - 3);
            assert!(decode(bytes).is_err(), "{compression:?}");
        }
    }

    #[test]
    fn frame_with_too_large_a_window_is_an_error() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
        encoder.window_log(ZSTD_WINDOW_LOG + 1).expect("a window");
        io::Write::write_all(&mut encoder, b"content").expect("written");
        let bytes = encoder.finish().expect("a frame");
        assert!(decode(bytes).is_err());
    }
}

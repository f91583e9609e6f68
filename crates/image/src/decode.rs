//! Decompression of layers and archives.
//!
//! gzip may have several members (eStargz, pigz), zstd several frames (zstd:chunked): both are read to the end.
//! Sizes of buffers were measured: 128 KiB in, 256 KiB out.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use crate::sniff::Looks;

const INPUT_BUFFER: usize = 128 * 1024;
const OUTPUT_BUFFER: usize = 256 * 1024;
/// Largest window a zstd frame may ask for, as a power of two: 128 MiB, what `zstd --ultra` uses.
const ZSTD_WINDOW_LOG: u32 = 27;

/// A stream of bytes that can move between threads.
pub(crate) type ByteStream<'a> = Box<dyn Read + Send + 'a>;

/// How many of the first bytes are looked at.
const SNIFFED: usize = 512;

/// Decompresses a stream if its first bytes say that it is compressed; tells what it looked like.
pub(crate) fn decoded<'a>(mut stream: ByteStream<'a>) -> io::Result<(Looks, ByteStream<'a>)> {
    let mut start = Vec::with_capacity(SNIFFED);
    (&mut stream).take(SNIFFED as u64).read_to_end(&mut start)?;
    let looks = Looks::at(&start);
    let whole = BufReader::with_capacity(INPUT_BUFFER, io::Cursor::new(start).chain(stream));
    let plain: ByteStream<'a> = match looks {
        Looks::Gzip => Box::new(MultiGzDecoder::new(whole)),
        Looks::Zstd => Box::new(zstd_decoder(whole)?),
        _ => Box::new(whole),
    };
    Ok((looks, plain))
}

fn zstd_decoder<'a>(input: impl BufRead + Send + 'a) -> io::Result<impl Read + Send + 'a> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

/// Buffers unpacked bytes for a tar walker.
pub(crate) fn buffered(stream: ByteStream<'_>) -> BufReader<ByteStream<'_>> {
    BufReader::with_capacity(OUTPUT_BUFFER, stream)
}

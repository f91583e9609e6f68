//! Layers that are small to store and large to unpack.
//!
//! They are written as a stream: making one takes time but no memory. Hashing the content is slow,
//! so give the image a made-up diff ID (`Image::layer_blob`) if the test does not verify it.

use std::io::{self, Write};

use crate::codec::gzip_writer;
use crate::compression::Compression;
use crate::entry::{BLOCK, RawEntry};

/// Returns a compressed layer with one file, `bomb`, of this many zero bytes.
///
/// Distinguishes only [`Compression::Gzip`], [`Compression::Zstd`] and [`Compression::Plain`].
pub fn bomb(size: u64, compression: Compression) -> Vec<u8> {
    let mut out = Vec::new();
    write_bomb(&mut out, size, compression).unwrap();
    out
}

/// Writes the layer that [`bomb`] returns.
///
/// # Errors
///
/// Errors of the writer.
pub fn write_bomb(out: &mut (impl Write + ?Sized), size: u64, compression: Compression) -> io::Result<()> {
    match compression.suffix() {
        None => write_tar(out, size),
        Some("gzip") => {
            let mut encoder = gzip_writer(out);
            write_tar(&mut encoder, size)?;
            encoder.finish().map(drop)
        }
        Some(_) => {
            let mut encoder = zstd::Encoder::new(out, 1)?;
            write_tar(&mut encoder, size)?;
            encoder.finish().map(drop)
        }
    }
}

fn write_tar(out: &mut (impl Write + ?Sized), size: u64) -> io::Result<()> {
    let zeros = [0; 16 * 1024];
    out.write_all(&RawEntry::new(b'0', "bomb").size(size).header())?;
    let padded = size.next_multiple_of(BLOCK as u64);
    let mut left = padded + 2 * BLOCK as u64;
    while left > 0 {
        let now = usize::try_from(left).map_or(zeros.len(), |left| left.min(zeros.len()));
        out.write_all(&zeros[..now])?;
        left -= now as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bomb_unpacks_to_its_declared_size() {
        let size = 10_000_001;
        let gzip = bomb(size, Compression::Gzip);
        let zstd = bomb(size, Compression::Zstd);
        assert!(gzip.len() < 100_000 && zstd.len() < 10_000);
        let mut gzip = flate2::read::MultiGzDecoder::new(&gzip[..]);
        let gzip = io::copy(&mut gzip, &mut io::sink()).unwrap();
        let mut tar = tar::Archive::new(zstd::Decoder::new(&zstd[..]).unwrap());
        let mut entry = tar.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(io::copy(&mut entry, &mut io::sink()).unwrap(), size);
        assert_eq!(gzip, 512 + size.next_multiple_of(512) + 1024);
    }
}

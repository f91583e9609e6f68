//! A lower bound for reading an image: decodes the compressed blobs of an archive with the same
//! libraries as the program, and drops the bytes. `run.py` compares the program with it.

use std::fs::File;
use std::io::{self, BufReader, Read, copy, sink};

use flate2::bufread::MultiGzDecoder;

fn main() -> io::Result<()> {
    let path = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: bare-decode ARCHIVE"))?;
    let mut archive = tar::Archive::new(BufReader::with_capacity(128 * 1024, File::open(path)?));
    let mut bytes = 0;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let mut magic = [0; 4];
        if entry.size() < 4 || !entry.header().entry_type().is_file() {
            continue;
        }
        entry.read_exact(&mut magic)?;
        let blob = BufReader::with_capacity(128 * 1024, io::Cursor::new(magic).chain(entry));
        bytes += match magic {
            [0x1f, 0x8b, ..] => drain(MultiGzDecoder::new(blob))?,
            [0x28, 0xb5, 0x2f, 0xfd] => drain(zstd::stream::read::Decoder::with_buffer(blob)?)?,
            _ => 0,
        };
    }
    println!("{bytes} bytes decoded");
    Ok(())
}

fn drain(decoder: impl Read) -> io::Result<u64> {
    copy(&mut BufReader::with_capacity(256 * 1024, decoder), &mut sink())
}

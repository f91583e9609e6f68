//! A minimal registry client for comparison: downloads the layers of an image and decodes them.
//!
//! `bare-pull [--verify] HOST:PORT/NAME:TAG` uses plain HTTP on this machine. One thread per
//! processor takes layers, the largest first. With `--verify` each thread also computes the SHA-256
//! digest of what it downloads.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

const MANIFESTS: &str =
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verifies = arguments.iter().any(|argument| argument == "--verify");
    let image =
        arguments.last().ok_or_else(|| io::Error::other("usage: bare-pull [--verify] HOST:PORT/NAME:TAG"))?;
    let (host, rest) = image.split_once('/').ok_or_else(|| io::Error::other("no host"))?;
    let (name, tag) = rest.rsplit_once(':').ok_or_else(|| io::Error::other("no tag"))?;
    let mut manifest = Vec::new();
    get(host, &format!("/v2/{name}/manifests/{tag}"))?.read_to_end(&mut manifest)?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest)?;
    let layers = manifest.get("layers").and_then(serde_json::Value::as_array);
    let layers = layers.ok_or_else(|| io::Error::other("no layers"))?;
    let mut layers: Vec<(u64, &str)> = layers
        .iter()
        .filter_map(|layer| Some((layer.get("size")?.as_u64()?, layer.get("digest")?.as_str()?)))
        .collect();
    layers.sort_unstable();
    let queue = Mutex::new(layers);
    let threads = std::thread::available_parallelism()?.get();
    std::thread::scope(|scope| {
        let work = || -> io::Result<()> {
            loop {
                let next = queue.lock().map_err(|_| io::Error::other("a thread panicked"))?.pop();
                let Some((_, digest)) = next else { return Ok(()) };
                decode(get(host, &format!("/v2/{name}/blobs/{digest}"))?, digest, verifies)?;
            }
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread panicked")))
        })
    })
}

fn get(host: &str, path: &str) -> io::Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(host)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: {MANIFESTS}\r\n\r\n")?;
    let mut reader = BufReader::with_capacity(128 * 1024, stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        if line.starts_with("HTTP/") && !line.contains(" 200 ") {
            return Err(io::Error::other(format!("{path}: {line}")));
        }
        line.clear();
    }
    Ok(reader)
}

fn decode(stream: impl Read, digest: &str, verifies: bool) -> io::Result<()> {
    if !verifies {
        return decoded(BufReader::with_capacity(128 * 1024, stream));
    }
    let mut sha256 = Sha256::new();
    decoded(BufReader::with_capacity(128 * 1024, Digesting { stream, sha256: &mut sha256 }))?;
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    let expected: Option<Vec<u8>> =
        (0..hex.len() / 2).map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()).collect();
    if expected.is_some_and(|expected| expected == *sha256.finalize()) {
        Ok(())
    } else {
        Err(io::Error::other(format!("{digest}: wrong digest")))
    }
}

/// Decodes gzip or zstd to the end, and drops the result.
fn decoded(mut stream: BufReader<impl Read>) -> io::Result<()> {
    let is_zstd = stream.fill_buf()?.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    let mut plain: Box<dyn Read + '_> = if is_zstd {
        Box::new(zstd::Decoder::with_buffer(&mut stream)?)
    } else {
        Box::new(MultiGzDecoder::new(&mut stream))
    };
    let mut buffer = vec![0; 256 * 1024];
    while plain.read(&mut buffer)? > 0 {}
    drop(plain);
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

/// A reader that computes the digest of the bytes read through it.
struct Digesting<'d, R> {
    stream: R,
    sha256: &'d mut Sha256,
}

impl<R: Read> Read for Digesting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.sha256.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

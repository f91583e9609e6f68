//! Transfers that break off, drip, send other bytes, or lose their reader.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dockopt_testkit::{Archive, Body, Request, Response, Server, ranged, sha256};

use super::super::credentials::Credentials;
use super::super::testing::{client, serving};
use super::*;

/// More bytes than one read returns.
const PIECE: usize = 256 * 1024;

/// Returns bytes without repetitions.
fn content(size: usize) -> Vec<u8> {
    (0_u32..).flat_map(|at| at.wrapping_mul(0x9e37_79b9).to_le_bytes()).take(size).collect()
}

fn remote(server: &Server, bytes: &[u8]) -> RemoteBlob {
    let client = client(server, Credentials::Anonymous);
    RemoteBlob { client, digest: sha256(bytes), size: bytes.len() as u64, received: Arc::default() }
}

fn fetch(blob: &RemoteBlob) -> Result<Vec<u8>, RegistryError> {
    let mut bytes = Vec::new();
    match blob.open().read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(RegistryError::within(&error).expect("an error of the registry").clone()),
    }
}

/// Returns a registry that answers the n-th request for a blob (from 0) with `answer`.
fn answering(answer: impl Fn(usize, &Request) -> Response + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    serving(Archive::new(), move |request| {
        request.path().contains("/blobs/").then(|| answer(count.fetch_add(1, Ordering::Relaxed), request))
    })
}

fn ranges(server: &Server) -> Vec<String> {
    let blobs = server.requests().into_iter().filter(|request| request.path().contains("/blobs/"));
    blobs.map(|request| request.header("range").unwrap_or("-").to_owned()).collect()
}

#[test]
fn blob_of_any_size_arrives_whole() {
    for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 17] {
        let bytes = content(size);
        let stored = bytes.clone();
        let server = answering(move |_, request| ranged(&stored, request));
        let blob = remote(&server, &bytes);
        assert_eq!(fetch(&blob).expect("all of it"), bytes, "{size}");
        assert_eq!(blob.fetched(), Fetched { received: size as u64, total: size as u64 });
        assert_eq!(ranges(&server), ["-"]);
    }
}

#[test]
fn sha512_digests_are_verified() {
    let bytes = content(1000);
    let stored = bytes.clone();
    let server = answering(move |_, request| ranged(&stored, request));
    let mut blob = remote(&server, &bytes);
    blob.digest = crate::bytes::verify::digest_of("sha512:", &bytes).expect("known");
    assert_eq!(fetch(&blob).expect("all of it"), bytes);
    blob.digest = format!("sha512:{}", "0".repeat(128));
    assert!(matches!(fetch(&blob), Err(RegistryError::Digest { .. })));
    blob.digest = "blake3:00".to_owned();
    assert!(matches!(fetch(&blob), Err(RegistryError::Algorithm { .. })));
}

#[test]
fn broken_transfer_resumes_where_it_broke() {
    let bytes = content(PIECE + 100);
    for cut in [0, 1, 99, 65536, PIECE, PIECE + 99] {
        let stored = bytes.clone();
        let server = answering(move |number, request| match number {
            0 => Response::ok(Body::Cut(stored.clone(), cut)),
            1 if cut > 1 => {
                let range = format!("bytes {cut}-{}/{}", stored.len() - 1, stored.len());
                let body = Body::Cut(stored[cut..].to_vec(), 1);
                Response::new(206, body).header("Content-Range", &range)
            }
            _ => ranged(&stored, request),
        });
        assert_eq!(fetch(&remote(&server, &bytes)).expect("all of it"), bytes, "{cut}");
        let expected: &[String] = match cut {
            0 => &["-".to_owned(), "-".to_owned()],
            1 => &["-".to_owned(), "bytes=1-".to_owned()],
            _ if cut + 1 == bytes.len() => &["-".to_owned(), format!("bytes={cut}-")],
            _ => &["-".to_owned(), format!("bytes={cut}-"), format!("bytes={}-", cut + 1)],
        };
        assert_eq!(ranges(&server), expected, "{cut}");
    }
}

#[test]
fn bytes_repeated_by_a_server_without_ranges_are_skipped() {
    let bytes = content(PIECE);
    let stored = bytes.clone();
    let server = answering(move |number, _| match number {
        0 => Response::ok(Body::ChunkedCut(stored[..100_000].to_vec(), 5000)),
        1 => Response::ok(Body::Cut(stored.clone(), 50_000)),
        _ => Response::ok(Body::Chunked(stored.clone(), 7000)),
    });
    assert_eq!(fetch(&remote(&server, &bytes)).expect("all of it"), bytes);
    assert_eq!(ranges(&server), ["-", "bytes=100000-", "bytes=100000-"]);
}

#[test]
fn transfer_without_progress_fails() {
    let bytes = content(1000);
    let stored = bytes.clone();
    let server = answering(move |number, _| {
        let body = if number == 0 { Body::Cut(stored.clone(), 300) } else { Body::Cut(stored.clone(), 0) };
        Response::ok(body)
    });
    let error = fetch(&remote(&server, &bytes)).expect_err("given up");
    assert_eq!(error.to_string(), format!("blob `{}` breaks off after 300 bytes", sha256(&bytes)));
    assert_eq!(ranges(&server).len(), 5);
}

#[test]
fn transfer_that_always_breaks_fails_despite_progress() {
    let bytes = content(1000);
    let stored = bytes.clone();
    let server = answering(move |_, request| {
        let start = request.range_start().unwrap_or(0);
        Response::new(206, Body::Cut(stored[start..].to_vec(), 1))
    });
    let error = fetch(&remote(&server, &bytes)).expect_err("given up");
    assert!(matches!(error, RegistryError::Broken { received: 64, .. }), "{error}");
}

#[test]
fn transfer_that_stalls_or_drips_is_retried() {
    let bytes = content(1000);
    let second = Duration::from_millis(20);
    for bad in [Body::Stall(bytes.clone(), 200), Body::Drip(bytes.clone(), 1, second)] {
        let stored = bytes.clone();
        let first = bad.clone();
        let server = answering(move |number, request| match number {
            0 => Response::ok(first.clone()),
            _ => ranged(&stored, request),
        });
        let begun = Instant::now();
        assert_eq!(fetch(&remote(&server, &bytes)).expect("all of it"), bytes, "{bad:?}");
        assert!(begun.elapsed() < Duration::from_secs(3));
        assert_eq!(ranges(&server).len(), 2);
    }
    let dripping = bytes.clone();
    let server = answering(move |_, _| Response::ok(Body::Drip(dripping.clone(), 1, second)));
    let error = fetch(&remote(&server, &bytes)).expect_err("too slow");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(cause, "the transfer is too slow, less than 1 KiB a second");
}

#[test]
fn reader_never_receives_the_last_of_wrong_bytes() {
    let bytes = content(3 * PIECE);
    for at in [0, PIECE, 3 * PIECE - 1] {
        let mut stored = bytes.clone();
        stored[at] ^= 1;
        let found = sha256(&stored);
        let server = answering(move |_, request| ranged(&stored, request));
        let mut read = Vec::new();
        let error = remote(&server, &bytes).open().read_to_end(&mut read).expect_err("another blob");
        assert!(read.len() < bytes.len());
        let expected = sha256(&bytes);
        let text =
            format!("blob `{expected}` does not match its digest: expected `{expected}`, found `{found}`");
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn more_bytes_than_the_descriptor_says_are_an_error() {
    let bytes = content(1000);
    let longer = content(1001);
    for body in [Body::Whole(longer.clone()), Body::Chunked(longer, 100), Body::Endless(bytes.clone())] {
        let server = answering(move |_, _| Response::ok(body.clone()));
        let error = fetch(&remote(&server, &bytes)).expect_err("too much");
        let text = format!("blob `{}` has more than the 1000 bytes that its descriptor says", sha256(&bytes));
        assert_eq!(error.to_string(), text);
        assert_eq!(ranges(&server).len(), 1);
    }
}

#[test]
fn connection_that_breaks_after_the_last_byte_does_no_harm() {
    let bytes = content(1000);
    let stored = bytes.clone();
    let server = answering(move |_, _| Response::ok(Body::ChunkedCut(stored.clone(), 1000)));
    assert_eq!(fetch(&remote(&server, &bytes)).expect("all of it"), bytes);
}

#[test]
fn missing_blob_is_named_in_the_error() {
    let server = serving(Archive::new(), |_| None);
    let error = fetch(&remote(&server, b"x")).expect_err("missing");
    let text = format!("`{}` has no blob `{}`: unknown to registry", server.address(), sha256(b"x"));
    assert_eq!(error.to_string(), text);
}

#[test]
fn dropped_reader_ends_the_transfer() {
    let size = 1 << 40;
    let server = answering(|_, _| Response::ok(Body::Endless(vec![7; 65536])).header("X", "y"));
    let blob = RemoteBlob { size, ..remote(&server, b"") };
    let weak = Arc::downgrade(&blob.client);
    let mut stream = blob.open();
    stream.read_exact(&mut [0; 1000]).expect("bytes");
    drop((stream, blob));
    let begun = Instant::now();
    while weak.strong_count() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(5), "the thread goes on");
        thread::yield_now();
    }
}

//! Layers of a registry that break off, are wrong, or never arrive.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use dockopt_testkit::{Body, Request, Response, Server, blob_path, ranged, registry};

use super::server::{REPORT, layout, name, numbers, serving};
use super::{Home, at_once};
use crate::run::without_transport;

/// How a blob is sent.
type Given = fn(Vec<u8>) -> Body;

/// Returns digest and bytes of the image's largest layer.
fn largest() -> (String, Vec<u8>) {
    let layout = layout();
    let index = layout.get_json("index.json");
    let manifest = layout.get_json(&blob_path(index["manifests"][0]["digest"].as_str().expect("a digest")));
    let layers = manifest["layers"].as_array().expect("layers");
    let largest = layers.iter().max_by_key(|layer| layer["size"].as_u64()).expect("a layer");
    let digest = largest["digest"].as_str().expect("a digest").to_owned();
    let bytes = layout.get(&blob_path(&digest)).to_vec();
    (digest, bytes)
}

/// A registry that gives this answer to requests for that layer.
fn giving(digest: &str, answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
    let path = format!("/blobs/{digest}");
    serving(move |request| request.path().ends_with(&path).then(|| answer(request)))
}

/// Returns the number of requests for a layer.
fn asked(server: &Server, digest: &str) -> usize {
    server.requests().iter().filter(|request| request.path().ends_with(digest)).count()
}

/// Asserts that the cache does not have a failed layer: the next read fetches it, and its report is
/// right.
#[track_caller]
fn assert_not_kept(home: &Home, digest: &str) {
    let well = serving(|_| None);
    let report = home.json(&[&name(&well)]);
    assert_eq!(without_transport(report), without_transport(REPORT.clone()));
    assert_eq!(asked(&well, digest), 1, "the cache has nothing of it");
}

#[test]
fn broken_blobs_resume_where_they_broke() {
    let home = Home::new();
    let layout = layout();
    // The first transfer of each blob breaks off somewhere.
    let seen = Mutex::new(HashSet::new());
    let cuts: Vec<usize> = numbers(1000).take(64).collect();
    let server = Server::start(move |request| {
        let mut seen = seen.lock().expect("no panic");
        let count = seen.len();
        let is_first = request.path().contains("/blobs/") && seen.insert(request.target.clone());
        let digest = request.path().rsplit('/').next().unwrap_or_default();
        if is_first && layout.contains(&blob_path(digest)) {
            let bytes = layout.get(&blob_path(digest)).to_vec();
            let at = cuts[count % cuts.len()] * bytes.len() / 1000;
            return Response::ok(Body::Cut(bytes, at));
        }
        registry(&layout, request)
    });
    let report = home.json(&["--no-cache", &name(&server)]);
    assert_eq!(without_transport(report), without_transport(REPORT.clone()));
    assert!(server.requests().iter().any(|request| request.range_start().is_some()), "transfers resume");
}

#[test]
fn blob_that_breaks_off_again_and_again_is_an_error() {
    let (digest, bytes) = largest();
    at_once([0, bytes.len() / 2], |at| {
        let home = Home::new();
        let whole = bytes.clone();
        // No transfer gets further than this.
        let server = giving(&digest, move |request| match request.range_start() {
            None => Response::ok(Body::Cut(whole.clone(), at)),
            Some(start) => {
                let range = format!("bytes {start}-{}/{}", whole.len() - 1, whole.len());
                Response::new(206, Body::Cut(whole[start..].to_vec(), 0)).header("Content-Range", &range)
            }
        });
        let broken = format!("blob `{digest}` breaks off after {at} bytes");
        home.fails(&[&name(&server)], &["error: layer ", &digest, &broken]);
        assert!(asked(&server, &digest) > 2);
        assert_not_kept(&home, &digest);
    });
}

#[test]
fn layer_with_another_digest_is_an_error_and_not_kept() {
    let (digest, bytes) = largest();
    let home = Home::new();
    let mut wrong = bytes.clone();
    let middle = wrong.len() / 2;
    wrong[middle] ^= 1;
    let server = giving(&digest, move |request| ranged(&wrong, request));
    home.fails(&[&name(&server)], &["error: layer ", &digest]);
    assert_not_kept(&home, &digest);
    // A valid layer, but another one.
    let home = Home::new();
    let mut tar = dockopt_testkit::Layer::new().file("evil", "x").into_tar();
    tar = dockopt_testkit::compress(&tar, dockopt_testkit::Compression::Gzip);
    let found = dockopt_testkit::sha256(&tar);
    let server = giving(&digest, move |request| ranged(&tar, request));
    home.fails(&[&name(&server)], &["error: layer ", &digest]);
    assert_not_kept(&home, &digest);
    // The right length: only the digest differs.
    let home = Home::new();
    let mut padded = bytes.clone();
    let last = padded.len() - 1;
    padded[last] ^= 0xff;
    let server = giving(&digest, move |request| ranged(&padded, request));
    let run = home.fails(&[&name(&server)], &["error: layer ", &digest]);
    assert!(!run.stderr.contains(&found));
    assert_not_kept(&home, &digest);
}

#[test]
fn refused_layer_is_an_error() {
    let (digest, _) = largest();
    let cases = [
        (401, "denies anonymous users access to blob"),
        (403, "denies access to blob"),
        (404, "has no blob"),
        (416, "status 416"),
        (500, "status 500"),
    ];
    at_once(cases, |(status, words)| {
        let home = Home::new();
        let server = giving(&digest, move |_| Response::status(status));
        home.fails(&[&name(&server)], &["error: layer ", &digest, words]);
        assert_not_kept(&home, &digest);
    });
}

#[test]
fn layer_longer_than_its_descriptor_is_an_error() {
    let (digest, bytes) = largest();
    for body in [
        Body::Whole([&bytes[..], b"more"].concat()),
        Body::Chunked([&bytes[..], &vec![0; 100_000]].concat(), 5000),
        Body::Endless(bytes.clone()),
    ] {
        let home = Home::new();
        let server = giving(&digest, move |_| Response::ok(body.clone()));
        home.fails(&[&name(&server)], &["error: layer ", &digest, "its descriptor says"]);
        assert_not_kept(&home, &digest);
    }
}

/// Asserts the error for a registry that sends a layer in this kind of body, or the manifest if no
/// digest is given.
fn assert_times_out(digest: Option<&str>, body: fn(Vec<u8>) -> Body, words: &str) {
    let (home, bytes) = (Home::new(), largest().1);
    let path = digest.map_or("/manifests/1".to_owned(), |digest| format!("/blobs/{digest}"));
    let server = serving(move |request| {
        let start = request.range_start();
        let rest = bytes[start.unwrap_or(0)..].to_vec();
        request.path().ends_with(&path).then(|| Response::new(start.map_or(200, |_| 206), body(rest)))
    });
    home.fails(&["--timeout", "1", &name(&server)], &[digest.unwrap_or("image `127.0.0.1:"), words]);
    drop(server);
    if let Some(digest) = digest {
        assert_not_kept(&home, digest);
    }
}

#[test]
fn answers_that_drip_stall_or_never_come_time_out() {
    let (digest, bytes) = largest();
    assert!(bytes.len() > 3000, "it would take a minute");
    let drip = |rest| Body::Drip(rest, 1, Duration::from_millis(20));
    // After the first stop nothing more arrives.
    let stall = |rest: Vec<u8>| {
        let sent = if rest.len() == largest().1.len() { 1000 } else { 0 };
        Body::Stall(rest, sent)
    };
    let cases: [(_, Given, _); 4] = [
        (Some(digest.as_str()), drip, "too slow"),
        (None, drip, "too slow"),
        (None, |_| Body::Silence, "timed out"),
        (Some(digest.as_str()), stall, "after 1000 bytes"),
    ];
    at_once(cases, |(digest, body, words)| assert_times_out(digest, body, words));
}

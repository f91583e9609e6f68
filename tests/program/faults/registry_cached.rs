//! The cache for images of registries.

use std::fs;

use dockopt_testkit::{Request, Server};

use super::Home;
use super::server::{name, serving};

/// Returns the number of requests for blobs: layers and the configuration.
fn blobs(server: &Server) -> usize {
    server.requests().iter().filter(|request| request.path().contains("/blobs/")).count()
}

#[test]
fn cached_layers_are_not_fetched_again() {
    let home = Home::new();
    let server = serving(|_| None);
    let first = home.report(&[&name(&server)]);
    let layers = blobs(&server) - 1;
    assert!(layers > 5 && home.entries().len() >= layers);
    assert_eq!(home.report(&[&name(&server)]), first);
    assert_eq!(blobs(&server), layers + 2, "the configuration alone");
    for again in ["--no-cache", "--verify"] {
        let before = blobs(&server);
        assert_eq!(home.report(&[again, &name(&server)]), first, "{again}");
        assert_eq!(blobs(&server), before + layers + 1, "{again}");
    }
    // The blobs of another registry are the same.
    let other = serving(|_| None);
    home.report(&[&name(&other)]);
    assert_eq!(blobs(&other), 1);
}

#[test]
fn layers_of_damaged_entries_are_fetched_again() {
    let home = Home::new();
    let server = serving(|_| None);
    let first = home.report(&[&name(&server)]);
    let damages: [fn(&mut Vec<u8>); 3] = [
        Vec::clear,
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| {
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
        },
    ];
    for damage in damages {
        for entry in home.entries() {
            let mut bytes = fs::read(&entry).expect("readable");
            damage(&mut bytes);
            fs::write(&entry, bytes).expect("written");
        }
        assert_eq!(home.report(&[&name(&server)]), first);
    }
    let paths: Vec<String> = server.requests().into_iter().map(|request: Request| request.target).collect();
    assert_eq!(paths.iter().filter(|path| path.ends_with("/manifests/1")).count(), 4);
}

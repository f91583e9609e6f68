//! The cache for images of engines: what it saves, and what it never keeps.

use std::fs;

use dockopt_testkit::Response;
use serde_json::json;

use super::Home;
use super::server::{engine, exports, id, inspection, is_export, question};
use crate::run::testdata;

#[test]
fn second_report_needs_no_export_and_has_the_same_bytes() {
    let home = Home::new();
    let server = engine(&home, |_| None);
    let first = home.report(&["hello"]);
    assert_eq!(exports(&server), 1);
    assert!(!home.entries().is_empty());
    for arguments in [&["hello"][..], &["--threads", "1", "hello"]] {
        assert_eq!(home.report(arguments), first);
    }
    assert_eq!(exports(&server), 1);
    for again in ["--no-cache", "--verify"] {
        assert_eq!(home.report(&[again, "hello"]), first, "{again}");
    }
    assert_eq!(exports(&server), 3);
}

#[test]
fn no_cache_keeps_nothing() {
    let home = Home::new();
    let _server = engine(&home, |_| None);
    home.report(&["--no-cache", "hello"]);
    assert_eq!(fs::read_dir(home.path("cache")).expect("a directory").count(), 0);
}

#[test]
fn layers_of_damaged_entries_are_read_again() {
    let home = Home::new();
    let server = engine(&home, |_| None);
    let first = home.report(&["hello"]);
    let damages: [fn(&mut Vec<u8>); 5] = [
        Vec::clear,
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.push(0),
        |bytes| {
            let middle = bytes.len() * 2 / 3;
            bytes[middle] ^= 0x40;
        },
    ];
    for (round, damage) in damages.into_iter().enumerate() {
        let entries = home.entries();
        let entry = &entries[(round * 5) % entries.len()];
        let mut bytes = fs::read(entry).expect("readable");
        damage(&mut bytes);
        fs::write(entry, bytes).expect("written");
        assert_eq!(home.report(&["hello"]), first, "round {round}");
        assert_eq!(exports(&server), 2 + round, "round {round}");
        assert_eq!(home.report(&["hello"]), first, "round {round}, repaired");
        assert_eq!(exports(&server), 2 + round, "round {round}, repaired");
    }
    for entry in home.entries() {
        fs::write(entry, b"").expect("written");
    }
    assert_eq!(home.report(&["hello"]), first);
}

#[test]
fn image_that_is_not_the_inspected_one_is_not_kept() {
    let other = fs::read(testdata("hello.platforms.oci.tar")).expect("readable");
    let home = Home::new();
    let lie = other.clone();
    let server = engine(&home, move |request| is_export(request).then(|| Response::ok(lie.as_slice())));
    let run = home.run(["-o", "json", "hello"]);
    home.assert_tidy();
    assert_eq!(home.entries().len(), 0, "{run:?}");
    drop(server);
    fs::remove_file(home.path("docker.sock")).expect("removed");
    // The next read is correct.
    let _server = engine(&home, |_| None);
    assert_eq!(home.json(&["hello"])["image"]["id"], id());
}

#[test]
fn layers_with_other_diff_ids_than_inspected_are_not_kept() {
    let home = Home::new();
    let server = engine(&home, |request| {
        let mut found = inspection();
        let layers = found["RootFS"]["Layers"].as_array_mut().expect("layers");
        layers.reverse();
        question(request).ends_with("/json").then(|| Response::ok(found.to_string()))
    });
    home.run(["-o", "json", "hello"]);
    assert_eq!((exports(&server), home.entries().len()), (1, 0));
}

#[test]
fn image_with_another_id_is_another_image() {
    let home = Home::new();
    let server = engine(&home, |_| None);
    let first = home.json(&["hello"]);
    drop(server);
    fs::remove_file(home.path("docker.sock")).expect("removed");
    let server = engine(&home, |request| {
        let found = json!({"Id": format!("sha256:{:064}", 1), "RootFS": inspection()["RootFS"]});
        match question(request) {
            path if path.ends_with("/json") => Some(Response::ok(found.to_string())),
            path if path.ends_with("/get") => Some(super::server::export()),
            _ => None,
        }
    });
    let report = home.json(&["hello"]);
    assert_eq!(exports(&server), 1);
    assert_eq!((&report["size"], &report["image"]["tags"]), (&first["size"], &json!([])));
}

//! The identity of an engine in the cache: the ID it reports, or its address without a usable ID.

use std::fs;

use dockopt_testkit::{Body, Request, Response, Server, blob_path, sha256};
use serde_json::json;

use super::Home;
use super::server::{REPORT, exports, is_export, layout, question, reporting, well};
use crate::run::without_transport;

const ID: &str = "cf7a3bcd-1b3c-4b0e-a6f2-0d3a5d5c9b1a";

/// An engine at a socket of the home that answers with `first`, or with [`well`].
fn engine_at(
    home: &Home,
    socket: &str,
    first: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static,
) -> Server {
    let _ = fs::remove_file(home.path(socket));
    Server::start_unix(&home.path(socket), move |request| first(request).unwrap_or_else(|| well(request)))
}

fn socket(home: &Home, name: &str) -> String {
    format!("unix://{}", home.path(name).display())
}

/// Returns the JSON report on the image of the engine at this address.
#[track_caller]
fn report_at(home: &Home, address: &str) -> String {
    // False claims may cause warnings.
    let mut command = home.command(["-q", "-o", "json", "docker://hello"]);
    let run: crate::run::Run = command.env("DOCKER_HOST", address).output().expect("it starts").into();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{address}");
    home.assert_tidy();
    run.stdout
}

#[test]
fn engine_is_identified_by_its_id_at_every_address() {
    let home = Home::new();
    let first = engine_at(&home, "docker.sock", reporting(ID));
    let report = report_at(&home, &socket(&home, "docker.sock"));
    assert_eq!(exports(&first), 1);
    let second = engine_at(&home, "other.sock", reporting(ID));
    let elsewhere = Server::start(|request| reporting(ID)(request).unwrap_or_else(|| well(request)));
    let directory = home.path("docker/contexts/meta").join(sha256(b"c").replace("sha256:", ""));
    fs::create_dir_all(&directory).expect("made");
    let endpoint = json!({"Host": socket(&home, "other.sock")});
    let context = json!({"Name": "c", "Endpoints": {"docker": endpoint}});
    fs::write(directory.join("meta.json"), context.to_string()).expect("written");
    assert_eq!(report_at(&home, &socket(&home, "other.sock")), report);
    assert_eq!(report_at(&home, &format!("tcp://{}", elsewhere.address())), report);
    let mut through_context = home.command(["-o", "json", "docker://hello"]);
    through_context.env_remove("DOCKER_HOST").env("DOCKER_CONTEXT", "c");
    let run: crate::run::Run = through_context.output().expect("it starts").into();
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, report.as_str(), ""));
    assert_eq!((exports(&second), exports(&elsewhere)), (0, 0));
}

#[test]
fn another_id_at_the_same_address_is_another_engine() {
    let home = Home::new();
    for (id, expected) in [(ID, 1), ("another", 1), ("another", 0), (ID, 0)] {
        let server = engine_at(&home, "docker.sock", reporting(id));
        report_at(&home, &socket(&home, "docker.sock"));
        assert_eq!(exports(&server), expected, "{id}");
        let identity = server.requests().iter().filter(|request| question(request) == "/info").count();
        assert_eq!(identity, 1, "asked once for each image");
    }
}

#[test]
fn engine_without_usable_id_is_identified_by_its_address() {
    let info = |body: &[u8]| Some(Response::ok(body.to_vec()));
    let long = format!(r#"{{"ID":"{}"}}"#, "x".repeat(1 << 20));
    let answers: [(&str, Option<Response>); 10] = [
        ("none", Some(Response::new(404, r#"{"message":"page not found"}"#))),
        ("forbidden", Some(Response::new(403, r#"{"message":"blocked"}"#))),
        ("empty", info(br#"{"ID":""}"#)),
        ("absent", info(b"{}")),
        ("number", info(br#"{"ID":7}"#)),
        ("long", info(long.as_bytes())),
        ("control characters", info(br#"{"ID":"a\u001b[31m\n"}"#)),
        ("not UTF-8", info(b"{\"ID\":\"a\xff\"}")),
        ("not JSON", info(b"<html>")),
        ("broken", Some(Response::ok(Body::Cut(br#"{"ID":"x"}"#.to_vec(), 4)))),
    ];
    for (name, answer) in answers {
        let home = Home::new();
        let first = move |request: &Request| match question(request) {
            "/info" => answer.clone(),
            _ => reporting(ID)(request),
        };
        assert_known_by_address(&home, first, name);
    }
}

#[test]
fn podman_behind_the_api_of_docker_is_identified_by_its_address() {
    let home = Home::new();
    let first = |request: &Request| match question(request) {
        "/_ping" => Some(Response::ok("OK").header("Server", "Libpod/4.3.1 (linux)")),
        // Podman generates a new ID for each answer.
        "/info" => Some(Response::ok(r#"{"ID":"one-of-many"}"#)),
        _ => None,
    };
    assert_known_by_address(&home, first, "podman");
    let server = Server::start(move |request| first(request).unwrap_or_else(|| well(request)));
    let address = format!("tcp://{}", server.address());
    assert_eq!(report_at(&home, &address), report_at(&home, &address));
    assert_eq!(exports(&server), 1);
    assert!(server.requests().iter().all(|request| question(request) != "/info"), "it takes half a second");
}

/// Asserts that two engines with the same answers at two addresses count as different ones.
#[track_caller]
fn assert_known_by_address(
    home: &Home,
    first: impl Fn(&Request) -> Option<Response> + Clone + Send + Sync + 'static,
    name: &str,
) {
    for socket_name in ["docker.sock", "other.sock"] {
        let server = engine_at(home, socket_name, first.clone());
        let report = report_at(home, &socket(home, socket_name));
        assert_eq!(exports(&server), 1, "{name} at {socket_name}");
        assert_eq!(report_at(home, &socket(home, socket_name)), report, "{name}");
        assert_eq!(exports(&server), 1, "{name} at {socket_name}, again");
    }
}

#[test]
fn engine_that_never_reports_its_id_delays_the_report_by_seconds_only() {
    let home = Home::new();
    let first = |request: &Request| match question(request) {
        "/info" => Some(Response::ok(Body::Silence)),
        _ => reporting(ID)(request),
    };
    let begun = std::time::Instant::now();
    let server = engine_at(&home, "docker.sock", first);
    report_at(&home, &socket(&home, "docker.sock"));
    assert_eq!(exports(&server), 1);
    assert!(begun.elapsed() < super::SECONDS);
}

/// Returns an archive with the documents of the bundled image and other files in a layer.
fn lie() -> Vec<u8> {
    let mut archive = layout();
    let manifest =
        archive.get_json("index.json")["manifests"][0]["digest"].as_str().expect("text").to_owned();
    let manifest = archive.get_json(&blob_path(&manifest));
    let layers = manifest["layers"].as_array().expect("layers");
    let path = |layer: usize| blob_path(layers[layer]["digest"].as_str().expect("text"));
    let other = archive.get(&path(1)).to_vec();
    archive.replace(&path(0), other);
    archive.to_tar()
}

#[test]
fn remote_engine_with_the_id_of_a_local_one_affects_only_its_own_images() {
    let home = Home::new();
    let lie = lie();
    let liar = Server::start(move |request| {
        if is_export(request) {
            return Response::ok(lie.as_slice());
        }
        reporting(ID)(request).unwrap_or_else(|| well(request))
    });
    let there = format!("tcp://{}", liar.address());
    let remote: serde_json::Value = serde_json::from_str(&report_at(&home, &there)).expect("JSON");
    assert_ne!(remote["size"], REPORT["size"], "the false claims have an effect");
    let server = engine_at(&home, "docker.sock", reporting(ID));
    let local = report_at(&home, &socket(&home, "docker.sock"));
    assert_eq!(exports(&server), 1);
    let found: serde_json::Value = serde_json::from_str(&local).expect("JSON");
    assert_eq!(without_transport(found), without_transport(REPORT.clone()));
    // The remote engine's claims still apply to its own images.
    let again: serde_json::Value = serde_json::from_str(&report_at(&home, &there)).expect("JSON");
    assert_eq!(again, remote);
    assert_eq!(report_at(&home, &socket(&home, "docker.sock")), local);
    assert_eq!((exports(&liar), exports(&server)), (1, 1));
}

//! Registries with failures in the answer to the request for a manifest.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use dockopt_testkit::{Archive, Body, Image, Index, Layer, MediaTypes, Request, Response, Server, registry};
use dockopt_testkit::{Compression, json_of_size, schema1, sha256};

use super::server::{REPORT, layout, name, serving};
use super::{Home, at_once};
use crate::run::without_transport;

/// Whether a request is for a manifest.
fn is_manifest(request: &Request) -> bool {
    request.path().contains("/manifests/")
}

/// A registry that gives this answer to requests for a manifest.
fn giving(answer: Response) -> Server {
    serving(move |request| is_manifest(request).then(|| answer.clone()))
}

/// Returns the digest of the image's manifest.
fn manifest_digest(layout: &Archive) -> String {
    layout.get_json("index.json")["manifests"][0]["digest"].as_str().expect("a digest").to_owned()
}

#[test]
fn registry_image_has_the_report_of_its_archive() {
    let home = Home::new();
    let server = serving(|_| None);
    let by_digest = format!("registry://{}/team/hello@{}", server.address(), manifest_digest(&layout()));
    for name in [name(&server), by_digest] {
        for options in [&["--no-cache"][..], &["--no-cache", "--verify", "--threads", "1"]] {
            let report = home.json(&[options, &[&name]].concat());
            assert_eq!(report["image"]["source"], "registry");
            assert_eq!(report["image"]["reference"], name.as_str());
            assert_eq!(without_transport(report), without_transport(REPORT.clone()));
        }
    }
    let is_read = |request: &Request| ["GET", "HEAD"].contains(&request.method.as_str());
    assert!(server.requests().iter().all(is_read), "nothing is changed");
}

#[test]
fn error_of_every_status_names_the_image() {
    let body = r#"{"errors":[{"code":"X","message":"says \u001b[31mwhy"}]}"#;
    let cases = [
        (401, "denies anonymous users access to image", "hint: log in with `docker login 127.0.0.1:"),
        (403, "denies access to image", "says"),
        (404, "has no image", "hint: check the name and the tag"),
        (410, "answers with status 410", "says"),
        (418, "answers with status 418", "says"),
        (429, "allows no more requests for now", "hint: log in with `docker login 127.0.0.1:"),
        (500, "answers with status 500", "says"),
        (503, "answers with status 503", "says"),
    ];
    at_once(cases, |(status, words, more)| {
        let home = Home::new();
        let server = giving(Response::new(status, body));
        let object = format!("{}/team/hello:1", server.address());
        let run = home.fails(&[&name(&server)], &["error: image `127.0.0.1:", words, &object, more]);
        assert!(run.stderr.contains("caused by: `127.0.0.1:"), "{}", run.stderr);
        // Transient errors are retried.
        let asked = server.requests().iter().filter(|request| is_manifest(request)).count();
        assert_eq!(asked > 1, [429, 500, 503].contains(&status), "{status}: asked {asked} times");
        assert_eq!(home.entries().len(), 0);
    });
}

#[test]
fn busy_registry_is_retried() {
    let home = Home::new();
    let server = serving(|_| None);
    let busy = AtomicUsize::new(0);
    let layout = layout();
    let counts = |request: &Request| !request.path().contains("/referrers/") && request.method == "GET";
    let moody = Server::start(move |request| match busy.fetch_add(usize::from(counts(request)), Relaxed) {
        _ if !counts(request) => Response::status(404),
        1 => Response::status(503),
        3 => Response::status(429).header("Retry-After", "1"),
        5 => Response::new(200, Body::Cut(b"{}".to_vec(), 0)),
        // A second after the answer's own date; long ago by the clock of this machine.
        7 => Response::status(503)
            .header("Date", "Sun, 06 Nov 1994 08:49:36 GMT")
            .header("Retry-After", "Sunday, 06-Nov-94 08:49:37 GMT"),
        9 => Response::status(429).header("Retry-After", "Sun Nov  6 08:49:37 1994"),
        _ => registry(&layout, request),
    });
    assert_eq!(home.json(&["--no-cache", &name(&moody)])["size"], home.json(&[&name(&server)])["size"]);
}

#[test]
fn wait_that_is_too_long_is_an_error_at_once() {
    let home = Home::new();
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (status, retry_after, seconds) in [
        (429, "3600", "3600"),
        (503, "99999999999", "99999999999"),
        (429, "Sun, 06 Nov 1994 09:49:37 GMT", "3600"),
        (503, "Sunday, 06-Nov-94 08:50:37 GMT", "60"),
        (429, "Sun Nov  6 08:49:48 1994", "11"),
    ] {
        let server = giving(Response::status(status).header("Retry-After", retry_after).header("Date", date));
        let words = format!("allows no more requests for {seconds} seconds");
        home.fails(&[&name(&server)], &[&words, "hint: "]);
        assert_eq!(server.requests().iter().filter(|request| is_manifest(request)).count(), 1);
    }
}

#[test]
fn unreachable_registry_is_named_in_the_error() {
    let broken =
        |_: &Request| Response::new(200, Body::Cut(Vec::new(), 0)).header("Content-Length", "nonsense");
    let server = Server::start(broken);
    let names = ["registry://127.0.0.1:1/team/hello:1".to_owned(), name(&server)];
    at_once(names, |name| {
        drop(Home::new().fails(&[&name], &["team/hello:1", "`127.0.0.1:", "cannot be reached"]));
    });
}

#[test]
fn invalid_manifests_are_errors() {
    let home = Home::new();
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let typed = |body: Vec<u8>, media_type: &str| Response::ok(body).header("Content-Type", media_type);
    let cases = [
        (typed(b"<html>hello</html>".to_vec(), "text/html"), "cannot be parsed"),
        (typed(b"{}".to_vec(), "application/vnd.cncf.helm.config.v1+json"), "helm"),
        (typed(b"[]".to_vec(), manifest), ""),
        (typed(Vec::new(), manifest), ""),
        (typed(dockopt_testkit::nested_json(10_000), manifest), ""),
        (typed(b"{\"schemaVersion\":2,\"layers\":[{\"digest\":\"../../x\"}]}".to_vec(), manifest), ""),
        (typed(json_of_size(9_000_000), manifest), "8388608 bytes"),
        (typed(b"{}".to_vec(), "\u{1b}[31m"), ""),
    ];
    at_once(cases, |(answer, words)| {
        let server = giving(answer);
        let home = Home::new();
        home.fails(&[&name(&server)], &["team/hello", words]);
        assert_eq!(home.entries().len(), 0);
    });
    let endless = giving(Response::ok(Body::Endless(vec![b' '; 10_000])));
    home.fails(&[&name(&endless)], &["team/hello:1", "8388608 bytes"]);
    let old = schema1("x");
    let server = Server::start(move |request| registry(&old, request));
    home.fails(&[&name(&server)], &["schema"]);
    assert_eq!(home.entries().len(), 0);
}

#[test]
fn manifest_with_another_digest_is_an_error() {
    let home = Home::new();
    let wrong = format!("sha256:{:064}", 7);
    let lie = Response::ok(r#"{"schemaVersion":2}"#).header("Docker-Content-Digest", &wrong);
    let server = giving(lie.clone());
    home.fails(&[&name(&server)], &["does not match its digest", &wrong, "hint: "]);
    let by_digest = format!("registry://{}/team/hello@{wrong}", server.address());
    home.fails(&[&by_digest], &["does not match its digest", &wrong]);
    let layout = layout();
    // A registry that serves the image under any digest.
    let server = Server::start(move |request| {
        let target = request.target.replace(&format!("sha256:{:064}", 7), "1");
        registry(&layout, &Request { target, ..request.clone() })
    });
    let by_digest = format!("registry://{}/team/hello@{wrong}", server.address());
    home.fails(&[&by_digest], &["does not match its digest", &wrong, "hint: "]);
    assert_eq!(home.entries().len(), 0);
}

#[test]
fn error_lists_the_platforms_of_the_image() {
    let home = Home::new();
    let image = |architecture: &str, variant| {
        Image::new().layer(Layer::new().file("a", architecture)).platform("linux", architecture, variant)
    };
    for media_types in [MediaTypes::Oci, MediaTypes::Docker] {
        let index = Index::new(Compression::Gzip).media_types(media_types);
        let index = index.image(&image("amd64", None)).image(&image("arm64", Some("v8")));
        let layout = index.to_archive();
        let server = Server::start(move |request| registry(&layout, request));
        home.fails(
            &["--platform", "linux/s390x", &name(&server)],
            &["platform `linux/s390x`", "`linux/amd64`", "`linux/arm64/v8`", "`--platform`"],
        );
        let arm = home.json(&["--no-cache", "--platform", "linux/arm64", &name(&server)]);
        assert_eq!(arm["image"]["platform"], "linux/arm64/v8");
    }
}

#[test]
fn configuration_with_another_digest_is_an_error() {
    let home = Home::new();
    let mut layout = layout();
    let manifest = layout.get_json(&dockopt_testkit::blob_path(&manifest_digest(&layout)));
    let digest = manifest["config"]["digest"].as_str().expect("a digest").to_owned();
    let found = sha256(b"{}");
    layout.replace(&dockopt_testkit::blob_path(&digest), b"{}");
    let server = Server::start(move |request| registry(&layout, request));
    home.fails(&[&name(&server)], &["configuration", "does not match its digest", &digest, &found]);
    assert_eq!(home.entries().len(), 0);
}

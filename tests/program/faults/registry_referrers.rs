//! Signatures, attestations and SBOMs in a registry: they are listed, and failures are warnings.

use std::time::Instant;

use dockopt_testkit::{Archive, Body, Request, Response, Server, referrers, sha256};
use serde_json::{Value, json};

use super::server::{REPORT, layout, name, serving};
use super::{Home, SECONDS};
use crate::run::without_transport;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Returns the digest of the image's manifest.
fn digest() -> String {
    layout().get_json("index.json")["manifests"][0]["digest"].as_str().expect("a digest").to_owned()
}

/// Returns the path of a tag made of the image's digest.
fn tag(end: &str) -> String {
    format!("/manifests/{}{end}", digest().replace(':', "-"))
}

/// Returns the image with an SBOM as oras attaches it.
fn attached() -> Archive {
    let mut layout = layout();
    let empty = json!({"mediaType": "application/vnd.oci.empty.v1+json", "digest": sha256(b"{}"), "size": 2});
    let subject = json!({"mediaType": MANIFEST, "digest": digest(), "size": 1});
    let artifact = json!({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/spdx+json",
        "config": empty, "layers": [], "subject": subject});
    layout.insert_blob(artifact.to_string().as_bytes());
    layout
}

/// Returns a list of one manifest.
fn list(artifact_type: &str) -> Response {
    let found = json!({"mediaType": MANIFEST, "digest": sha256(artifact_type.as_bytes()), "size": 5,
        "artifactType": artifact_type, "annotations": {"by": "\u{1b}[31mme"}});
    Response::ok(json!({"schemaVersion": 2, "manifests": [found]}).to_string())
}

/// Returns a manifest of cosign with one layer.
fn cosign(media_type: &str, annotations: &Value) -> Response {
    let blob = |name: &str| json!({"mediaType": name, "digest": sha256(name.as_bytes()), "size": 3});
    let mut layer = blob(media_type);
    layer["annotations"] = annotations.clone();
    let config = blob("application/vnd.oci.image.config.v1+json");
    Response::ok(json!({"schemaVersion": 2, "config": config, "layers": [layer]}).to_string())
}

/// A registry with the image that has no further tags, except those that `first` serves.
fn with(first: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static) -> Server {
    serving(move |request| {
        let is_attached = request.path().contains(&tag(""));
        first(request).or_else(|| is_attached.then(|| Response::status(404)))
    })
}

fn kinds(report: &Value) -> Vec<&str> {
    let attestations = report["image"]["attestations"].as_array().expect("a list");
    attestations.iter().map(|one| one["kind"].as_str().expect("text")).collect()
}

/// Returns the number of requests for attached manifests.
fn questions(server: &Server) -> usize {
    let is_one =
        |request: &&Request| request.path().contains("/referrers/") || request.path().contains(&tag(""));
    server.requests().iter().filter(is_one).count()
}

#[test]
fn attached_artifacts_are_listed_also_when_all_layers_are_cached() {
    let home = Home::new();
    let layout = attached();
    let server = with(move |request| referrers(&layout, request));
    let first = home.report(&[&name(&server)]);
    let mut report: Value = serde_json::from_str(&first).expect("JSON");
    assert_eq!(kinds(&report), ["SBOM"]);
    let listed = report["image"]["attestations"].take();
    assert_eq!(
        (&listed[0]["artifactType"], &listed[0]["mediaType"]),
        (&json!("application/spdx+json"), &json!(MANIFEST))
    );
    report["image"]["attestations"] = json!([]);
    assert_eq!(without_transport(report), without_transport(REPORT.clone()));
    assert_eq!(home.report(&[&name(&server)]), first, "from the cache");
    assert_eq!(home.report(&["--no-cache", "--threads", "1", &name(&server)]), first);
}

#[test]
fn tags_of_cosign_and_of_registries_without_the_api_are_listed() {
    let home = Home::new();
    let server = with(|request| {
        let path = request.path();
        let predicate = json!({"predicateType": "https://slsa.dev/provenance/v0.2"});
        if path.ends_with(&tag("")) {
            Some(list("application/vnd.cncf.notary.signature"))
        } else if path.ends_with(&tag(".sig")) {
            Some(cosign("application/vnd.dev.cosign.simplesigning.v1+json", &json!({"by": "me"})))
        } else if path.ends_with(&tag(".att")) {
            Some(cosign("application/vnd.dsse.envelope.v1+json", &predicate))
        } else {
            path.ends_with(&tag(".sbom")).then(|| cosign("text/spdx+json", &Value::Null))
        }
    });
    let report = home.json(&[&name(&server)]);
    assert_eq!(kinds(&report), ["signature", "signature", "provenance", "SBOM"]);
    assert_eq!(report["image"]["attestations"][1]["annotations"], json!({"by": "me"}));
}

#[test]
fn reports_without_attestations_send_no_requests_for_them() {
    let home = Home::new();
    let server = with(|_| None);
    for arguments in [&["-o", "text"][..], &["-o", "dive-json"], &["--ci"]] {
        let run = home.run(arguments.iter().copied().chain([name(&server).as_str()]));
        assert!(run.code < 2 && run.stderr.is_empty(), "{run:?}");
    }
    assert_eq!(questions(&server), 0);
    home.json(&[&name(&server)]);
    assert!(questions(&server) > 0);
}

#[test]
fn failures_are_warnings_that_change_neither_report_nor_gate() {
    let home = Home::new();
    let healthy = with(|_| None);
    let expected = home.run(["--ci", "-o", "json", &name(&healthy)]);
    let expected_report: Value = serde_json::from_str(&expected.stdout).expect("JSON");
    for answer in [
        Response::status(500),
        Response::status(429).header("Retry-After", "3600"),
        Response::ok("<html>"),
        Response::ok("{\"schemaVersion\":2,\"manifests\":{}}"),
        Response::ok(dockopt_testkit::nested_json(10_000)),
        Response::ok(Body::Cut(vec![b'{'; 100], 50)),
        Response::ok(Body::Endless(vec![b' '; 65_536])),
    ] {
        let given = answer.clone();
        let server = with(move |request| request.path().contains("/referrers/").then(|| given.clone()));
        let begun = Instant::now();
        let run = home.run(["--ci", "-o", "json", &name(&server)]);
        assert_eq!(run.code, expected.code, "{answer:?}: {run:?}");
        assert!(begun.elapsed() < SECONDS);
        assert!(run.stderr.contains("attestations cannot be listed: "), "{answer:?}: {}", run.stderr);
        let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
        for part in ["size", "rules", "verdict", "layers"] {
            assert_eq!(report[part], expected_report[part], "{answer:?}");
        }
        assert_eq!(report["image"]["attestations"], json!([]));
    }
}

#[test]
fn silent_registry_delays_the_report_by_seconds_only() {
    let home = Home::new();
    let server = with(|request| request.path().contains("/referrers/").then(|| Response::ok(Body::Silence)));
    let begun = Instant::now();
    let run = home.run(["-o", "json", &name(&server)]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("attestations cannot be listed: "), "{}", run.stderr);
    assert!(begun.elapsed() < SECONDS);
}

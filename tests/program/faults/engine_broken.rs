//! Engines whose answers break off, are invalid, or are hostile.

use std::fs;
use std::time::Instant;

use dockopt_testkit::{Body, Request, Response, Server};
use serde_json::{Value, json};

use super::server::{ARCHIVE, engine, exports, id, inspection, is_export, numbers, question};
use super::{Home, SECONDS, assert_is_text};
use crate::run::{Run, interruptible};

/// An engine that exports this body.
fn exporting(home: &Home, body: impl Fn() -> Body + Send + Sync + 'static) -> Server {
    engine(home, move |request| is_export(request).then(|| Response::ok(body())))
}

/// Asserts that each of these answers to the request for the archive is an error.
#[track_caller]
fn assert_exports_fail(answers: impl IntoIterator<Item = Response>, words: &[&str]) {
    for answer in answers {
        let home = Home::new();
        let _server = engine(&home, move |request| is_export(request).then(|| answer.clone()));
        home.fails(&["hello"], words);
        assert_eq!(home.entries().len(), 0, "nothing of an incomplete archive is kept");
    }
}

#[test]
fn export_cut_anywhere_is_an_error() {
    let words = ["did not send all of image `hello`", "docker at unix://", "hint: "];
    let cuts = numbers(ARCHIVE.len()).take(12).chain([0, 1, 511, 512, 1024, ARCHIVE.len() - 1]);
    for (round, at) in cuts.enumerate() {
        let body = match round % 2 {
            0 => Body::Cut(ARCHIVE.clone(), at),
            _ => Body::ChunkedCut(ARCHIVE[..at].to_vec(), 3000),
        };
        assert_exports_fail([Response::ok(body)], &words);
    }
}

#[test]
fn export_without_its_last_chunk_is_an_error() {
    assert_exports_fail(
        [Response::ok(Body::ChunkedCut(ARCHIVE.clone(), 3000))],
        &["did not send all of image `hello`"],
    );
}

#[test]
fn short_export_with_a_proper_end_is_an_error() {
    for at in numbers(ARCHIVE.len() - 11_000).take(6).chain([0, 512]) {
        let short = ARCHIVE[..at].to_vec();
        assert_exports_fail([Response::ok(Body::Chunked(short, 3000))], &["hello"]);
    }
}

#[test]
fn image_removed_during_the_read_is_an_error() {
    for (status, message) in [(404, "No such image: gone"), (500, "disk on fire"), (409, "conflict")] {
        let answer = Response::new(status, json!({"message": message}).to_string());
        assert_exports_fail([answer], &["`hello`", message]);
    }
    assert_exports_fail([Response::status(500), Response::new(502, "<html>bad</html>")], &["`hello`", "50"]);
}

#[test]
fn export_that_is_not_an_archive_is_an_error() {
    let bodies: [Body; 4] =
        ["<html>hello</html>".into(), r#"{"message":"no"}"#.into(), "".into(), vec![0; 4096].into()];
    assert_exports_fail(bodies.map(Response::ok), &["hello"]);
    let page = b"<html>welcome to the hotel</html>".repeat(1000);
    assert_exports_fail([Response::ok(Body::Chunked(page, 1000))], &["hello"]);
}

#[test]
fn engine_killed_during_its_export_is_an_error() {
    let home = Home::new();
    let server = exporting(&home, || Body::Stall(ARCHIVE.clone(), 100_000));
    let mut child = home.command(["-o", "json", "hello"]).spawn().expect("the program starts");
    let begun = Instant::now();
    while exports(&server) == 0 {
        assert!(begun.elapsed() < SECONDS, "the engine is asked");
        std::thread::yield_now();
    }
    assert_eq!(child.try_wait().expect("a state"), None, "it waits for the rest");
    drop(server);
    let run = Run::from(child.wait_with_output().expect("it ends"));
    assert!(begun.elapsed() < SECONDS);
    home.assert_failed(&run, &["did not send all of image `hello`"]);
    assert_eq!(home.entries().len(), 0);
}

#[test]
fn interrupt_ends_a_stalled_transfer() {
    let home = Home::new();
    for stalls_at in ["json", "get"] {
        let _ = fs::remove_file(home.path("docker.sock"));
        let server = engine(&home, move |request| {
            let body =
                if stalls_at == "json" { Body::Silence } else { Body::Stall(ARCHIVE.clone(), 100_000) };
            question(request).ends_with(stalls_at).then(|| Response::ok(body))
        });
        let mut command = interruptible(&home.command(["-o", "json", "docker://hello"]));
        let mut child = command.spawn().expect("the program starts");
        while !server.requests().iter().any(|request| question(request).ends_with(stalls_at)) {
            std::thread::yield_now();
        }
        let begun = Instant::now();
        let status = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
        child.wait().expect("it ends");
        assert!(begun.elapsed() < SECONDS, "{stalls_at}");
        home.assert_tidy();
        assert_eq!(home.entries().len(), 0);
    }
}

/// Answers every inspection with this.
fn inspected(answer: impl Fn() -> Response + Send + Sync + 'static) -> impl Fn(&Request) -> Option<Response> {
    move |request| question(request).ends_with("/json").then(&answer)
}

#[track_caller]
fn assert_inspection_fails(answer: Response, words: &[&str]) {
    let home = Home::new();
    let server = engine(&home, inspected(move || answer.clone()));
    home.fails(&["docker://hello"], words);
    assert_eq!((exports(&server), home.entries().len()), (0, 0));
}

#[test]
fn invalid_answers_to_an_inspection_are_errors() {
    let no_engine = ["cannot reach docker", "`hello`", "does not answer as a container engine"];
    for body in
        ["<html>hello</html>", "", "[]", "nonsense", r#"{"Id": 7}"#, r#"{"Id":"sha256:1","RootFS":[]}"#]
    {
        assert_inspection_fails(Response::ok(body), &no_engine);
    }
    for odd in ["", "../../containers/x", "a b", "x\r\nHost: y", "\u{1b}[31m"] {
        let mut found = inspection();
        found["Id"] = Value::from(odd);
        assert_inspection_fails(Response::ok(found.to_string()), &no_engine);
    }
    let deep = dockopt_testkit::nested_json(100_000);
    assert_inspection_fails(Response::ok(deep), &no_engine);
    assert_inspection_fails(Response::ok(Body::Cut(inspection().to_string().into(), 50)), &["`hello`"]);
    let chunked = Body::ChunkedCut(inspection().to_string().into(), 50);
    assert_inspection_fails(Response::ok(chunked), &["`hello`"]);
    assert_inspection_fails(
        Response::new(404, Body::Cut(Vec::new(), 0)).header("Content-Length", "5"),
        &["`hello`"],
    );
}

#[test]
fn error_has_the_message_of_the_engine() {
    for status in [400, 401, 403, 500, 503] {
        let answer = Response::new(status, r#"{"message":"not \u001b[31mtoday"}"#);
        assert_inspection_fails(answer, &["`hello`", &format!("it answers {status}: "), "today"]);
        assert_inspection_fails(Response::new(status, "x".repeat(1_000_000)), &[&status.to_string()]);
    }
}

#[test]
fn redirects_of_an_engine_are_not_followed() {
    let home = Home::new();
    let elsewhere = Server::start(|_| Response::ok(inspection().to_string()));
    for status in [301, 302, 307, 308] {
        let _ = fs::remove_file(home.path("docker.sock"));
        let location = format!("http://{}/images/hello/json", elsewhere.address());
        let _server = engine(&home, move |request| {
            let answer = Response::status(status).header("Location", &location);
            question(request).ends_with("/json").then_some(answer)
        });
        home.fails(&["docker://hello"], &["`hello`", &status.to_string()]);
    }
    assert_eq!(elsewhere.requests(), []);
}

#[test]
fn huge_inspection_is_read() {
    let home = Home::new();
    let mut found = inspection();
    found["Comment"] = Value::from("x".repeat(20_000_000));
    let _server = engine(&home, inspected(move || Response::ok(found.to_string())));
    assert_eq!(home.json(&["hello"])["image"]["id"], id());
}

#[test]
fn hostile_names_are_escaped_everywhere() {
    let home = Home::new();
    let evil = "evil\u{1b}]0;title\u{7}\u{1b}[2J\r\u{9b}31m\u{202e}:latest";
    let _server = engine(&home, move |request| {
        let mut found = inspection();
        found["RepoTags"] = json!([evil]);
        found["RepoDigests"] = json!([format!("{evil}@sha256:\u{1b}c")]);
        found["Os"] = json!("linux\u{1b}[1m");
        match question(request) {
            "/images/json" => Some(Response::ok(
                json!([{
                    "Id": id(), "ParentId": "", "RepoTags": [evil], "RepoDigests": [], "Created": 1, "Size": 1,
                    "SharedSize": -1, "Labels": {}, "Containers": 0,
                }])
                .to_string(),
            )),
            path if path.ends_with("/json") => Some(Response::ok(found.to_string())),
            _ => None,
        }
    });
    for arguments in [
        &["-o", "text", "hello"][..],
        &["-o", "json", "hello"],
        &["--ci", "hello"],
        &["images", "-o", "text"],
        &["images", "-o", "json"],
    ] {
        let run = home.run(arguments);
        assert!(run.code < 2, "{run:?}");
        assert_is_text(&run.stderr);
        assert!(!run.stdout.contains(['\u{1b}', '\u{7}', '\r', '\u{9b}']), "{run:?}");
    }
    let run = home.run(["--platform", "linux/s390x", "hello"]);
    home.assert_failed(&run, &["linux/s390x"]);
}

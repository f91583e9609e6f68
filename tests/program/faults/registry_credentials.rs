//! Credentials: who receives them, and that no message shows them.

use std::fs;

use dockopt_testkit::{Request, Response, Server, registry};

use super::server::{layout, name, serving};
use super::{Home, at_once};
use crate::run::Run;

const PASSWORD: &str = "correct-horse-battery";
/// `Basic` of `alice:correct-horse-battery`.
const BASIC: &str = "Basic YWxpY2U6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5";
const TOKEN: &str = "token-that-nobody-may-see";

/// A home whose Docker settings have a password for this server.
fn logged_in(server: &Server) -> Home {
    let home = Home::new();
    let encoded = BASIC.trim_start_matches("Basic ");
    let auths = serde_json::json!({"auths": {server.address(): {"auth": encoded}}});
    fs::write(home.path("docker/config.json"), auths.to_string()).expect("written");
    home
}

fn authorization(request: &Request) -> &str {
    request.header("authorization").unwrap_or_default()
}

/// A registry that demands this header, and repeats every header it receives.
fn wanting(header: &'static str, challenge: String) -> Server {
    serving(move |request| {
        let heard =
            format!("{{\"errors\":[{{\"message\":\"not {} {PASSWORD} {TOKEN}\"}}]}}", authorization(request));
        let refused = Response::new(401, heard).header("WWW-Authenticate", &challenge);
        (authorization(request) != header).then_some(refused)
    })
}

/// Asserts that the output has no secrets.
#[track_caller]
fn assert_no_secrets(run: &Run) {
    for secret in [PASSWORD, TOKEN, BASIC.trim_start_matches("Basic ")] {
        assert!(!run.stderr.contains(secret) && !run.stdout.contains(secret), "{run:?}");
    }
}

#[test]
fn user_and_password_open_a_registry() {
    let server = wanting(BASIC, "Basic realm=\"x\"".to_owned());
    let home = logged_in(&server);
    let run = home.run(["-o", "json", &name(&server)]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_no_secrets(&run);
    let run =
        Home::new().fails(&[&name(&server)], &["denies anonymous users access to image", "docker login"]);
    assert!(run.stderr.contains(server.address()));
}

#[test]
fn token_of_a_service_opens_a_registry() {
    let service = Server::start(|request| match authorization(request) {
        BASIC => Response::ok(format!("{{\"token\":\"{TOKEN}\"}}")),
        _ => Response::status(401),
    });
    let challenge = format!("Bearer realm=\"http://{}/token\",service=\"fake\"", service.address());
    let server = wanting("Bearer token-that-nobody-may-see", challenge);
    let home = logged_in(&server);
    let run = home.run(["-o", "json", &name(&server)]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_no_secrets(&run);
    assert_eq!(service.requests().len(), 1);
    assert!(service.requests()[0].target.contains("scope=repository%3Ateam%2Fhello%3Apull"));
    assert!(
        server.requests().iter().all(|request| authorization(request) != BASIC),
        "the password is for the token service"
    );
    Home::new().fails(&[&name(&server)], &["denies anonymous users access to image"]);
}

#[test]
fn failures_of_a_token_service_are_errors() {
    let cases = [
        (Response::status(500), "500"),
        (Response::ok("<html>"), "has no usable token"),
        (Response::ok("{\"token\":\"a\\r\\nb\"}"), "has no usable token"),
        (Response::ok(dockopt_testkit::json_of_size(2_000_000)), "token"),
        (Response::status(401), "denies you access to image"),
    ];
    at_once(cases, |(answer, words)| {
        let service = Server::start(move |_| answer.clone());
        let challenge = format!("Bearer realm=\"http://{}/token\",service=\"fake\"", service.address());
        let server = wanting("nothing", challenge);
        assert_no_secrets(&logged_in(&server).fails(&[&name(&server)], &["team/hello", words]));
    });
}

#[test]
fn unsupported_challenges_are_errors() {
    let challenges =
        ["Bearer realm=\"http://192.0.2.1/token\"", "Bearer realm=\"\"", "Negotiate", "\u{1b}[31m"];
    at_once(challenges, |challenge| {
        let server = wanting("nothing", challenge.to_owned());
        assert_no_secrets(&logged_in(&server).fails(&[&name(&server)], &["team/hello"]));
    });
}

#[test]
fn denied_login_never_prints_secrets() {
    let server = wanting("nothing will do", "Basic realm=\"x\"".to_owned());
    let run = logged_in(&server).run([&name(&server)]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("denies you access to image"), "{}", run.stderr);
    let encoded = BASIC.trim_start_matches("Basic ");
    assert!(!run.stderr.contains(PASSWORD) && !run.stderr.contains(encoded), "{}", run.stderr);
}

#[test]
fn redirect_to_another_host_carries_no_credentials() {
    for status in [301, 302, 303, 307, 308] {
        let layout = layout();
        let elsewhere = Server::start(move |request| registry(&layout, request));
        let target = elsewhere.address().to_owned();
        let server = serving(move |request| {
            if authorization(request) != BASIC {
                return Some(Response::status(401).header("WWW-Authenticate", "Basic realm=\"x\""));
            }
            let location = format!("http://mallory:{PASSWORD}@{target}{}?signature={TOKEN}", request.target);
            let is_blob = request.path().contains("/blobs/");
            is_blob.then(|| Response::status(status).header("Location", &location))
        });
        let home = logged_in(&server);
        let run = home.run(["--no-cache", "-o", "json", &name(&server)]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert_no_secrets(&run);
        assert!(!elsewhere.requests().is_empty(), "it is followed");
        for request in elsewhere.requests() {
            assert_eq!(authorization(&request), "", "{status}: {request:?}");
            assert!(!format!("{request:?}").contains("correct-horse"), "{status}: {request:?}");
        }
    }
}

#[test]
fn error_of_a_redirect_hides_its_query() {
    let cases = [
        (format!("http://192.0.2.1/x?signature={TOKEN}"), "plain HTTP, nothing was sent there"),
        (format!("ftp://127.0.0.1/x?signature={TOKEN}"), "nothing was sent there"),
        (format!("http://127.0.0.1:1/x?signature={TOKEN}"), "`127.0.0.1:1` cannot be reached"),
        ("http://".to_owned(), "redirects to no address"),
        ("?again".to_owned(), "redirects too often"),
    ];
    at_once(cases, |(location, words)| {
        let server = serving(move |request| {
            let is_manifest = request.path().contains("/manifests/");
            is_manifest.then(|| Response::status(307).header("Location", &location))
        });
        let home = logged_in(&server);
        assert_no_secrets(&home.fails(&[&name(&server)], &["team/hello", words]));
    });
}

#[test]
fn error_of_unusable_settings_hides_their_secrets() {
    let server = serving(|_| None);
    for text in [
        format!("{{\"auths\": {{\"x\": {PASSWORD}"),
        format!("{{\"auths\": {{\"{}\": {{\"auth\": \"{TOKEN}\"}}}}}}", server.address()),
        "{\"credsStore\": \"no-such-helper\"}".to_owned(),
    ] {
        let home = Home::new();
        fs::write(home.path("docker/config.json"), text).expect("written");
        assert_no_secrets(&home.fails(&[&name(&server)], &["credentials for `127.0.0.1:", "hint: "]));
    }
    assert_eq!(server.requests(), [], "without credentials the registry may serve other content");
}

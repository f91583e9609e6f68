//! Requests on the wire: credentials, retries, and the errors for each answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dockopt_testkit::{Body, Compression, Request, Response, Server};

use super::super::testing::{
    BASIC, authorizations, client, client_of, image, layout, password, paths, serving,
};
use super::*;

const OBJECT: &str = "image `x`";

fn manifest(server: &Server, credentials: Credentials) -> Result<Document, RegistryError> {
    client(server, credentials).manifest("1", OBJECT)
}

fn unauthorized(challenge: &str) -> Response {
    let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;
    Response::new(401, body).header("WWW-Authenticate", challenge)
}

/// Returns a registry that requires this header.
fn wanting(header: &'static str, challenge: impl Into<String>) -> Server {
    let challenge = challenge.into();
    serving(layout(), move |request| {
        (request.header("authorization") != Some(header)).then(|| unauthorized(&challenge))
    })
}

/// Returns a token service that issues the tokens `t1`, `t2`, …
fn tokens() -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        Response::ok(format!(r#"{{"token":"t{number}"}}"#))
    })
}

fn bearer(service: &Server) -> String {
    format!(r#"Bearer realm="http://{}/token",service="fake""#, service.address())
}

#[test]
fn open_registry_receives_no_credentials() {
    let server = serving(layout(), |_| None);
    let found = manifest(&server, password()).expect("a manifest");
    assert_eq!(found.digest, image().pack(Compression::Gzip).manifest_digest());
    assert_eq!(found.media_type.as_deref(), Some("application/vnd.oci.image.manifest.v1+json"));
    assert_eq!(authorizations(&server), ["-", "-"]);
    assert_eq!(paths(&server), ["/v2/", "/v2/team/app/manifests/1"]);
}

#[test]
fn plain_http_continues_after_status_400_without_tls() {
    let server = serving(layout(), |request| (request.path() == "/v2/").then(|| Response::new(400, "what?")));
    manifest(&server, Credentials::Anonymous).expect("a manifest");
    // The server also records the attempt at TLS, which is no HTTP request, and perhaps last.
    let requests: Vec<_> = paths(&server).into_iter().filter(|path| path.starts_with('/')).collect();
    assert_eq!(requests, ["/v2/", "/v2/team/app/manifests/1"]);
}

#[test]
fn user_and_password_answer_a_basic_challenge() {
    let server = wanting(BASIC, r#"Basic realm="x""#);
    manifest(&server, password()).expect("a manifest");
    assert_eq!(authorizations(&server), ["-", BASIC]);
}

#[test]
fn refused_login_has_a_hint_to_log_in() {
    let server = wanting("nothing will do", r#"Basic realm="x""#);
    let host = server.address();
    for (credentials, who) in [(Credentials::Anonymous, "anonymous users"), (password(), "you")] {
        let error = manifest(&server, credentials).expect_err("no entry");
        let text = format!("`{host}` denies {who} access to image `x`: authentication required");
        assert_eq!(error.to_string(), text);
        assert!(error.hint().expect("a hint").contains(&format!("`docker login {host}`")));
    }
}

#[test]
fn token_is_fetched_once_per_repository() {
    let service = tokens();
    let server = wanting("Bearer t1", bearer(&service));
    let client = client(&server, password());
    client.manifest("1", OBJECT).expect("a manifest");
    client.manifest("1", OBJECT).expect("a manifest");
    assert_eq!(authorizations(&server), ["-", "Bearer t1", "Bearer t1"]);
    assert_eq!(paths(&service), ["/token?scope=repository%3Ateam%2Fapp%3Apull&service=fake"]);
    assert_eq!(authorizations(&service), [BASIC]);
}

#[test]
fn anonymous_token_is_fetched_without_credentials() {
    let service = tokens();
    let server = wanting("Bearer t1", bearer(&service));
    manifest(&server, Credentials::Anonymous).expect("a manifest");
    assert_eq!(authorizations(&service), ["-"]);
}

#[test]
fn identity_token_is_exchanged() {
    let service = Server::start(|_| Response::ok(r#"{"access_token":"t1"}"#));
    let server = wanting("Bearer t1", bearer(&service));
    manifest(&server, Credentials::IdentityToken(Secret::new("re&fresh"))).expect("a manifest");
    let request = service.requests().remove(0);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/token"));
    let form = "scope=repository%3Ateam%2Fapp%3Apull&service=fake&grant_type=refresh_token\
                &client_id=dockopt-dive&refresh_token=re%26fresh";
    assert_eq!(String::from_utf8_lossy(&request.body), form);
    assert_eq!(request.header("authorization"), None);
}

#[test]
fn expired_token_is_renewed_once() {
    let service = tokens();
    let challenge = bearer(&service);
    let server = serving(layout(), move |request| {
        let known = ["Bearer t1", "Bearer t2"].contains(&request.header("authorization").unwrap_or_default());
        let expired =
            request.path().contains("blobs") && request.header("authorization") != Some("Bearer t2");
        (!known || expired).then(|| unauthorized(&challenge))
    });
    let client = client(&server, Credentials::Anonymous);
    client.manifest("1", OBJECT).expect("a manifest");
    let digest = image().pack(Compression::Gzip).config_digest();
    client.small_blob(&digest, OBJECT).expect("a configuration");
    assert_eq!(authorizations(&server), ["-", "Bearer t1", "Bearer t1", "Bearer t2"]);
}

#[test]
fn token_that_is_always_refused_is_an_error() {
    let service = tokens();
    let server = wanting("nothing will do", bearer(&service));
    let error = manifest(&server, Credentials::Anonymous).expect_err("no entry");
    assert!(matches!(error, RegistryError::Unauthorized { .. }), "{error}");
    assert_eq!(authorizations(&server).len(), 3);
}

#[test]
fn error_of_a_token_service_names_the_registry() {
    let service = Server::start(|request| {
        let said = request.header("authorization").unwrap_or_default().to_owned();
        Response::new(401, format!(r#"{{"details":"hunter2 or {said} is wrong"}}"#))
    });
    let server = wanting("Bearer t1", bearer(&service));
    let error = manifest(&server, password()).expect_err("a wrong password");
    let RegistryError::Unauthorized { host, message, .. } = &error else { panic!("{error}") };
    assert_eq!(host, server.address());
    assert_eq!(message.as_deref(), Some("… or Basic … is wrong"), "secrets are hidden");
}

#[test]
fn nonsense_from_a_token_service_is_an_error() {
    for answer in ["{}", "nonsense", r#"{"token":"a\nb"}"#] {
        let service = Server::start(move |_| Response::ok(answer));
        let server = wanting("Bearer t1", bearer(&service));
        let error = manifest(&server, password()).expect_err("no token");
        assert!(matches!(error, RegistryError::Token { .. }), "{error}");
    }
}

#[test]
fn token_service_without_encryption_receives_nothing() {
    let server = wanting("Bearer t1", r#"Bearer realm="http://auth.example.com/token?a=b",service="x""#);
    let error = manifest(&server, password()).expect_err("plain HTTP");
    let text = "the token service `http://auth.example.com/token` is plain HTTP, nothing was sent there";
    assert_eq!(error.to_string(), text);
    assert!(error.hint().expect("a hint").contains("`--plain-http`"));
}

#[test]
fn unsupported_challenge_is_an_error() {
    for challenge in ["Negotiate", r#"Digest realm="x""#, r#"Bearer realm="nonsense""#, "Bearer"] {
        let server = wanting("nothing will do", challenge);
        let error = manifest(&server, password()).expect_err(challenge);
        assert!(matches!(error, RegistryError::Challenge { .. }), "{challenge}: {error}");
    }
}

/// Returns a registry that requires a password, and redirects every other request to `target`.
fn redirecting(target: &Server) -> Server {
    let target = target.address().to_owned();
    serving(layout(), move |request| match request.header("authorization") {
        Some(BASIC) if request.path() != "/v2/" => Some(
            Response::status(307).header("Location", &format!("http://{target}{}?sig=1", request.path())),
        ),
        Some(BASIC) => None,
        _ => Some(unauthorized("Basic")),
    })
}

#[test]
fn credentials_do_not_follow_a_redirect_to_another_port() {
    let target = serving(layout(), |_| None);
    let server = redirecting(&target);
    manifest(&server, password()).expect("a manifest");
    assert_eq!(authorizations(&server), ["-", BASIC]);
    assert_eq!(authorizations(&target), ["-"], "another port is another origin");
    assert_eq!(target.requests()[0].header("cookie"), None);
    assert_eq!(target.requests()[0].header("referer"), None);
}

#[test]
fn credentials_do_not_follow_a_redirect_to_another_host() {
    let server = serving(layout(), |request| {
        let host = request.header("host").unwrap_or_default();
        let port = host.rsplit(':').next().unwrap_or_default().to_owned();
        let here = host.starts_with("127.0.0.1");
        match request.header("authorization") {
            Some(BASIC) if here => Some(
                Response::status(302)
                    .header("Location", &format!("http://u:p@localhost:{port}{}", request.path())),
            ),
            _ if here => Some(unauthorized("Basic")),
            _ => None,
        }
    });
    manifest(&server, password()).expect("a manifest");
    let requests = server.requests();
    let last = requests.last().expect("a request");
    assert!(last.header("host").is_some_and(|host| host.starts_with("localhost:")));
    assert_eq!(last.header("authorization"), None, "neither the user's nor the URL's");
}

#[test]
fn credentials_follow_a_redirect_within_the_registry() {
    let server = serving(layout(), |request| match (request.path(), request.header("authorization")) {
        ("/v2/team/app/manifests/1", Some(BASIC)) => {
            Some(Response::status(301).header("Location", "/v2/other/manifests/1"))
        }
        (_, Some(BASIC)) => None,
        _ => Some(unauthorized("Basic")),
    });
    manifest(&server, password()).expect("a manifest");
    assert_eq!(authorizations(&server), ["-", BASIC, BASIC]);
}

#[test]
fn redirects_to_plain_http_and_redirect_loops_are_errors() {
    let redirect = |location: &'static str| {
        let server = serving(layout(), move |request| {
            (request.path() != "/v2/").then(|| Response::status(302).header("Location", location))
        });
        (manifest(&server, Credentials::Anonymous).expect_err(location), server.requests().len())
    };
    let (error, _) = redirect("http://example.com/blob?signature=hunter2");
    let text = "the redirect to `http://example.com/blob` is plain HTTP, nothing was sent there";
    assert_eq!(error.to_string(), text);
    assert!(matches!(redirect("file:///etc/passwd").0, RegistryError::PlainHttp { .. }));
    assert!(matches!(redirect("http://").0, RegistryError::Redirect { .. }));
    let (error, requests) = redirect("/v2/team/app/manifests/1");
    assert!(error.to_string().ends_with("redirects too often"), "{error}");
    assert_eq!(requests, 12);
}

#[test]
fn each_status_has_its_own_error() {
    let body = r#"{"errors":[{"code":"X","message":"said so"}]}"#;
    for (status, text) in [
        (403, "` denies access to image `x`: said so"),
        (404, "` has no image `x`: said so"),
        (418, "` answers with status 418 when asked for image `x`: said so"),
        (500, "` answers with status 500 when asked for image `x`: said so"),
    ] {
        let server =
            serving(layout(), move |request| (request.path() != "/v2/").then(|| Response::new(status, body)));
        let error = manifest(&server, Credentials::Anonymous).expect_err("refused");
        assert_eq!(error.to_string(), format!("`{}{text}", server.address()));
        let asked = if status == 500 { 5 } else { 2 };
        assert_eq!(server.requests().len(), asked, "only failures of the server are retried");
    }
}

#[test]
fn transient_errors_are_retried() {
    for response in [
        Response::status(500),
        Response::status(503),
        Response::status(429),
        Response::status(429).header("Retry-After", "0"),
        Response::new(200, Body::Cut(vec![b'{'; 100], 50)),
        Response::new(200, Body::ChunkedCut(vec![b'{'; 100], 50)),
        Response::new(200, Body::Cut(Vec::new(), 0)).header("Content-Length", "nonsense"),
    ] {
        let failures = AtomicUsize::new(0);
        let bad = response.clone();
        let server = serving(layout(), move |request| {
            let fails = request.path() != "/v2/" && failures.fetch_add(1, Ordering::Relaxed) < 2;
            fails.then(|| bad.clone())
        });
        manifest(&server, Credentials::Anonymous).unwrap_or_else(|error| panic!("{response:?}: {error}"));
        assert_eq!(server.requests().len(), 4, "{response:?}");
    }
}

#[test]
fn long_retry_after_is_an_error_at_once() {
    let server = serving(layout(), |request| {
        let body = r#"{"errors":[{"code":"TOOMANYREQUESTS"}]}"#;
        (request.path() != "/v2/").then(|| Response::new(429, body).header("Retry-After", "3600"))
    });
    let begun = Instant::now();
    let error = manifest(&server, Credentials::Anonymous).expect_err("not now");
    assert_eq!(error.to_string(), format!("`{}` allows no more requests for 3600 seconds", server.address()));
    assert_eq!(server.requests().len(), 2);
    assert!(begun.elapsed() < Duration::from_millis(500));
}

#[test]
fn endless_or_huge_manifest_is_an_error_at_once() {
    for (body, header) in
        [(Body::Endless(vec![b' '; 65536]), "x"), (Body::Cut(Vec::new(), 0), "Content-Length")]
    {
        let server = serving(layout(), move |request| {
            (request.path() != "/v2/").then(|| Response::ok(body.clone()).header(header, "99999999999"))
        });
        let error = manifest(&server, Credentials::Anonymous).expect_err("too much");
        assert_eq!(error.to_string(), "image `x` has more than the 8388608 bytes that a document may have");
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn endless_body_of_an_error_is_cut() {
    let server = serving(layout(), |request| {
        (request.path() != "/v2/").then(|| Response::new(404, Body::Endless(vec![b'x'; 1000])))
    });
    let error = manifest(&server, Credentials::Anonymous).expect_err("nothing");
    assert!(matches!(error, RegistryError::NotFound { message: None, .. }), "{error}");
}

#[test]
fn silent_host_is_named_in_the_error() {
    let server = Server::start(|_: &Request| Response::ok(Body::Silence));
    let error = manifest(&server, Credentials::Anonymous).expect_err("silence");
    assert_eq!(error.to_string(), format!("`{}` cannot be reached", server.address()));
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!(cause, "operation timed out");
}

#[test]
fn host_with_a_closed_port_is_named_in_the_error() {
    let address = Server::start(|_| Response::status(200)).address().to_owned();
    let client = client_of(&format!("{address}/a"), password());
    let error = client.manifest("latest", OBJECT).expect_err("closed");
    assert_eq!(error.to_string(), format!("`{address}` cannot be reached"));
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(cause.starts_with("Connection refused"), "{cause}");
}

#[test]
fn manifest_must_match_the_digest_in_its_headers() {
    let server = serving(layout(), |request| {
        let claimed = format!("sha256:{}", "0".repeat(64));
        (request.path() != "/v2/").then(|| Response::ok("{}").header("Docker-Content-Digest", &claimed))
    });
    let error = manifest(&server, Credentials::Anonymous).expect_err("another");
    assert!(matches!(error, RegistryError::Digest { .. }), "{error}");
}

#[test]
fn debug_output_of_a_client_has_no_secrets() {
    let service = tokens();
    let server = wanting("Bearer t1", bearer(&service));
    let client = client(&server, password());
    client.manifest("1", OBJECT).expect("a manifest");
    let shown = format!("{client:?} {:#?}", Arc::clone(&client));
    for secret in ["hunter2", "Bearer t1", "aHVudGVyMg"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

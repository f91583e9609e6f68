//! Requests for the attachments of an image, and the limits of these requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dockopt_testkit::{Archive, Body, Compression, Index, Request, Response, Server, referrers, registry};
use serde_json::{Value, json};

use super::super::testing::{BASIC, client, image, password, paths};
use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

fn digest() -> String {
    image().pack(Compression::Gzip).manifest_digest()
}

fn hex() -> String {
    digest().replace("sha256:", "")
}

/// Returns the image with a signature.
fn layout() -> Archive {
    let index = Index::new(Compression::Gzip).image(&image());
    index.artifact_of(&image(), "application/vnd.cncf.notary.signature", "signed").to_archive()
}

/// Returns the attachments of the image in a registry, and the first error.
fn asked(server: &Server) -> (Vec<Attached>, Option<RegistryError>) {
    let mut found = Referrers::of(&client(server, password()));
    found.ask(&digest());
    found.ask(&digest());
    found.finish(PATIENCE)
}

/// Returns the attachments of the image; panics on errors.
#[track_caller]
fn attached(server: &Server) -> Vec<Attached> {
    let (found, error) = asked(server);
    assert!(error.is_none(), "{error:?}");
    found
}

/// Returns the sorted paths of the requests after that for the root of the API.
fn questions(server: &Server) -> Vec<String> {
    let mut paths: Vec<String> = paths(server).into_iter().skip(1).collect();
    paths.sort();
    paths.iter().map(|path| path.replace("/v2/team/app/", "").replace(&hex(), "HEX")).collect()
}

/// Returns the suffix of a tag.
fn end(request: &Request) -> &str {
    request.path().rsplit('.').next().unwrap_or_default()
}

fn digests(list: &Attached) -> Vec<Value> {
    let Attached::List(bytes) = list else { panic!("{list:?}") };
    let list: Value = serde_json::from_slice(bytes).expect("JSON");
    list["manifests"].as_array().expect("a list").iter().map(|one| one["digest"].clone()).collect()
}

/// Returns a registry that answers with `first`, or serves the image where that returns `None`.
fn serving(first: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static) -> Server {
    let layout = layout();
    Server::start(move |request| first(request).unwrap_or_else(|| registry(&layout, request)))
}

#[test]
fn referrers_api_and_the_tags_of_cosign_are_requested_once() {
    let layout = layout();
    let server = serving(move |request| referrers(&layout, request));
    let found = attached(&server);
    assert_eq!(found.iter().map(|list| digests(list).len()).collect::<Vec<_>>(), [1]);
    assert_eq!(
        questions(&server),
        [
            "manifests/sha256-HEX.att",
            "manifests/sha256-HEX.sbom",
            "manifests/sha256-HEX.sig",
            "referrers/sha256:HEX"
        ]
    );
}

#[test]
fn without_the_api_the_tag_of_the_digest_is_requested() {
    for status in [400, 401, 403, 404, 405, 501] {
        let server = serving(move |request| {
            let path = request.path();
            if path.contains("/referrers/") {
                return Some(Response::status(status));
            }
            path.ends_with(&format!("/manifests/sha256-{}", hex()))
                .then(|| Response::ok(r#"{"schemaVersion":2,"manifests":[{"digest":"x"}]}"#))
        });
        assert_eq!(digests(&attached(&server)[0]), ["x"], "{status}");
        let asked = questions(&server);
        assert_eq!(
            asked.iter().filter(|path| *path == "manifests/sha256-HEX").count(),
            2,
            "HEAD, then GET: {asked:?}"
        );
    }
}

#[test]
fn missing_api_is_requested_once() {
    let server = serving(|_| None);
    let mut found = Referrers::of(&client(&server, password()));
    found.ask(&digest());
    let shared = Arc::clone(&found.shared);
    while !shared.lacks_api.load(Ordering::Relaxed) {
        thread::yield_now();
    }
    found.ask(&format!("sha256:{}", "0".repeat(64)));
    assert_eq!(found.finish(PATIENCE).0, []);
    assert_eq!(questions(&server).iter().filter(|path| path.starts_with("referrers")).count(), 1);
}

#[test]
fn manifests_under_the_tags_of_cosign_are_fetched() {
    let server = serving(|request| {
        let end = end(request);
        ["sig", "sbom"].contains(&end).then(|| Response::ok(end))
    });
    let manifest = |text: &str| Attached::Manifest(text.as_bytes().to_vec());
    assert_eq!(attached(&server), [manifest("sig"), manifest("sbom")]);
    let of_signatures = server.requests().into_iter().filter(|request| end(request) == "sig");
    assert_eq!(of_signatures.map(|request| request.method).collect::<Vec<_>>(), ["HEAD", "GET"]);
}

/// Returns a list of one manifest, with a link to another page.
fn page(number: usize, link: &str) -> Response {
    Response::ok(json!({"schemaVersion": 2, "manifests": [{"digest": number}]}).to_string())
        .header("Link", link)
}

#[test]
fn pages_are_followed_at_the_same_origin() {
    let server = serving(|request| {
        request.path().contains("/referrers/").then(|| match request.query() {
            "" => page(0, &format!("<{}?page=1>; rel=\"next\"", request.path())),
            "page=1" => page(1, "<?page=2>; title=\"x\"; rel=next"),
            _ => page(2, "<?page=1>; rel=\"first\""),
        })
    });
    let found: Vec<Value> = attached(&server).iter().flat_map(digests).collect();
    assert_eq!(found, [0, 1, 2]);
}

#[test]
fn endless_pages_are_cut_at_the_maximum() {
    let count = AtomicUsize::new(1);
    let server = serving(move |request| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        request
            .path()
            .contains("/referrers/")
            .then(|| page(number, &format!("<?page={number}>; rel=\"next\"")))
    });
    assert_eq!(attached(&server).len(), MAX_PAGES);
}

#[test]
fn pages_beyond_the_size_limit_are_dropped() {
    let text = format!(r#"{{"manifests":[{}]}}"#, " ".repeat(7 << 20));
    let server = serving(move |request| {
        let answer =
            Response::ok(text.as_str()).header("Link", &format!("<?{}1>; rel=next", request.query()));
        request.path().contains("/referrers/").then_some(answer)
    });
    assert_eq!(attached(&server).len(), 2);
}

#[test]
fn link_to_another_host_is_not_followed() {
    let stranger = Server::start(|_| page(9, ""));
    let address = stranger.address().to_owned();
    for link in [
        format!("<http://{address}/v2/team/app/referrers/x>; rel=\"next\""),
        format!("<//{address}/x>; rel=\"next\""),
        format!("<http://user:secret@{address}/x>; rel=\"next\""),
    ] {
        let server = serving(move |request| {
            if request.header("authorization") != Some(BASIC) {
                return Some(Response::status(401).header("WWW-Authenticate", r#"Basic realm="x""#));
            }
            request.path().contains("/referrers/").then(|| page(0, &link))
        });
        assert_eq!(attached(&server).len(), 1);
    }
    assert_eq!(stranger.requests(), []);
}

#[test]
fn redirect_to_another_host_receives_no_credentials() {
    let stranger = Server::start(|_| page(9, ""));
    let target = format!("http://{}/list", stranger.address());
    let server = serving(move |request| {
        if request.header("authorization") != Some(BASIC) {
            return Some(Response::status(401).header("WWW-Authenticate", r#"Basic realm="x""#));
        }
        request.path().contains("/referrers/").then(|| Response::status(307).header("Location", &target))
    });
    assert_eq!(attached(&server).len(), 1);
    assert_eq!(stranger.requests()[0].header("authorization"), None);
}

#[test]
fn failing_registry_receives_one_request_and_is_named_in_the_error() {
    for answer in [
        Response::status(500),
        Response::status(429).header("Retry-After", "1"),
        Response::new(200, Body::Cut(vec![b'{'; 100], 50)),
        Response::ok(Body::Endless(vec![b' '; 65_536])),
    ] {
        let of_referrers = answer.clone();
        let server =
            serving(move |request| request.path().contains("/referrers/").then(|| of_referrers.clone()));
        let (found, error) = asked(&server);
        assert_eq!(found, []);
        let text = error.expect("an error").to_string();
        assert!(text.contains(server.address()) || text.contains("attachments of the image"), "{text}");
        assert_eq!(
            questions(&server).iter().filter(|path| path.starts_with("referrers")).count(),
            1,
            "{answer:?}"
        );
    }
}

#[test]
fn silent_registry_is_an_error_after_the_time_limit() {
    let server =
        serving(|request| request.path().contains("/referrers/").then(|| Response::ok(Body::Silence)));
    let mut found = Referrers::of(&client(&server, password()));
    found.ask(&digest());
    let (found, error) = found.finish(Duration::from_millis(50));
    assert_eq!(found, []);
    let text = error.expect("an error").to_string();
    assert_eq!(
        text,
        format!(
            "`{}` did not respond in time when asked for the attachments of `{}`",
            server.address(),
            digest()
        )
    );
}

#[test]
fn tag_of_a_digest_has_only_valid_characters() {
    assert_eq!(tag_of("sha256:00ff"), "sha256-00ff");
    assert_eq!(tag_of(&format!("sha512:{}", "a".repeat(128))), format!("sha512-{}", "a".repeat(64)));
    assert_eq!(tag_of("multi+base64:A/+=z"), "multi-base64-A---z");
}

#[test]
fn next_page_is_found_among_links() {
    let url = Url::parse("https://h/v2/a/referrers/d").expect("an address");
    for (link, expected) in [
        ("<?n=1>; rel=\"next\"", Some("https://h/v2/a/referrers/d?n=1")),
        ("</x>;rel=next", Some("https://h/x")),
        ("</x>; rel=\"prev\", </y>; rel=\"next\"", Some("https://h/y")),
        ("</x>; REL=\"Next\", </y>; rel=\"last\"", Some("https://h/x")),
        ("<https://h:443/x>; rel=next", Some("https://h/x")),
        ("<https://h:444/x>; rel=next", None),
        ("<http://h/x>; rel=next", None),
        ("<https://u@h/x>; rel=next", None),
        ("<https://h/v2/a/referrers/d>; rel=next", None),
        ("</x>; rel=\"prev\"", None),
        ("</x>", None),
        ("/x; rel=next", None),
        ("", None),
    ] {
        let found = next_page(&url, link).map(|url| url.to_string());
        assert_eq!(found.as_deref(), expected, "{link}");
    }
}

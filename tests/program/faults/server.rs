//! A fake engine and fake registries with the bundled image.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use dockopt_testkit::{Archive, Body, Request, Response, Server, registry};
use serde_json::{Value, json};

use super::Home;
use crate::run::{self, testdata};

/// The bundled image as `docker save` writes it.
pub(super) static ARCHIVE: LazyLock<Vec<u8>> =
    LazyLock::new(|| fs::read(testdata("hello.docker.tar")).expect("readable"));

/// The report on it from a file.
pub(super) static REPORT: LazyLock<Value> = LazyLock::new(|| run::json(["hello.docker.tar"]));

/// Its ID.
pub(super) fn id() -> &'static str {
    REPORT["image"]["id"].as_str().expect("an ID")
}

/// Returns an engine's inspection of it.
pub(super) fn inspection() -> Value {
    let layers = REPORT["layers"].as_array().expect("layers");
    let diff_ids: Vec<&Value> = layers.iter().map(|layer| &layer["diffId"]).collect();
    json!({
        "Id": id(), "RepoTags": ["hello:latest"], "RepoDigests": [], "Os": "linux", "Architecture": "amd64",
        "Size": REPORT["size"]["stored"], "RootFS": {"Type": "layers", "Layers": diff_ids},
    })
}

/// Returns the whole archive as engines send it.
pub(super) fn export() -> Response {
    Response::ok(Body::Chunked(ARCHIVE.clone(), 5000)).header("Content-Type", "application/x-tar")
}

/// Returns the path of a request to an engine, without the version of the API.
pub(super) fn question(request: &Request) -> &str {
    let path = request.path();
    match path.strip_prefix("/v").and_then(|rest| rest.find('/').map(|at| &rest[at..])) {
        Some(rest) => rest,
        None => path,
    }
}

/// Answers as an engine that has the bundled image.
pub(super) fn well(request: &Request) -> Response {
    match question(request) {
        "/images/json" => Response::ok(
            json!([{
                "Id": id(), "ParentId": "", "RepoTags": ["hello:latest"], "RepoDigests": [], "Created": 1_700_000_000,
                "Size": 100_000, "SharedSize": -1, "Labels": {}, "Containers": 0,
            }])
            .to_string(),
        ),
        path if path.ends_with("/history") => Response::ok("[]"),
        path if path.ends_with("/get") && path.contains(id()) => export(),
        path if path.ends_with("/json") && (path.contains("/hello") || path.contains(id())) => {
            Response::ok(inspection().to_string())
        }
        _ => Response::new(404, r#"{"message":"No such image"}"#),
    }
}

/// An engine that answers with `first`, or with [`well`] where that returns `None`.
pub(super) fn engine(
    home: &Home,
    first: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static,
) -> Server {
    Server::start_unix(&home.path("docker.sock"), move |request| {
        first(request).unwrap_or_else(|| well(request))
    })
}

/// Answers the questions about the identity of an engine that has this ID.
pub(super) fn reporting(id: &str) -> impl Fn(&Request) -> Option<Response> + Clone + Send + Sync + use<> {
    let info = json!({ "ID": id }).to_string();
    move |request| match question(request) {
        "/info" => Some(Response::ok(info.as_str())),
        "/_ping" => Some(Response::ok("OK").header("Server", "Docker/20.10.24 (linux)")),
        "/version" => Some(Response::ok(r#"{"Components":[{"Name":"Engine","Version":"20.10.24"}]}"#)),
        _ => None,
    }
}

/// Returns the number of requests for an archive.
pub(super) fn exports(server: &Server) -> usize {
    server.requests().iter().filter(|request| is_export(request)).count()
}

pub(super) fn is_export(request: &Request) -> bool {
    question(request).ends_with("/get")
}

/// Returns the bundled image as a layout.
pub(super) fn layout() -> Archive {
    let mut archive = Archive::new();
    add(&mut archive, &testdata("hello.oci"), "");
    archive
}

fn add(archive: &mut Archive, directory: &Path, prefix: &str) {
    for entry in fs::read_dir(directory).expect("readable") {
        let path = entry.expect("readable").path();
        let name = format!("{prefix}{}", path.file_name().expect("a name").display());
        if path.is_dir() {
            add(archive, &path, &format!("{name}/"));
        } else {
            archive.insert(&name, fs::read(&path).expect("readable"));
        }
    }
}

/// A registry that answers with `first`, or serves the bundled image where that returns `None`.
pub(super) fn serving(first: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static) -> Server {
    let layout = layout();
    Server::start(move |request| first(request).unwrap_or_else(|| registry(&layout, request)))
}

/// Returns the reference of the bundled image in a registry.
pub(super) fn name(server: &Server) -> String {
    format!("registry://{}/team/hello:1", server.address())
}

/// Pseudo-random numbers, the same in every run.
pub(super) fn numbers(below: usize) -> impl Iterator<Item = usize> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("below a usize")
    })
}

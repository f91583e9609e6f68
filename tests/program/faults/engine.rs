//! Healthy engines: every reference to an image has the same report as its archive.

use std::fs;

use dockopt_testkit::{Response, Server};
use serde_json::json;

use super::Home;
use super::server::{REPORT, engine, exports, id, inspection, question, well};
use crate::run::{Run, testdata, without_transport, write_program};

#[test]
fn docker_image_has_the_report_of_its_archive() {
    let home = Home::new();
    let server = engine(&home, |_| None);
    for name in ["hello", "hello:latest", "docker://hello", &format!("docker://{}", id()), id()] {
        let report = home.json(&["--no-cache", name]);
        assert_eq!(report["image"]["source"], "docker", "{name}");
        assert_eq!(report["image"]["reference"], name);
        assert_eq!(report["image"]["tags"], REPORT["image"]["tags"]);
        assert_eq!(report["image"]["id"], REPORT["image"]["id"]);
        assert_eq!(without_transport(report), without_transport(REPORT.clone()), "{name}");
    }
    let asked = server.requests();
    assert!(asked.iter().all(|request| request.method == "GET"), "nothing is changed");
    // The ID ensures that the exported image is the inspected one.
    let export = format!("/images/{}/get", id());
    assert_eq!(asked.iter().filter(|request| question(request) == export).count(), 5);
}

#[test]
fn podman_image_has_the_report_of_its_archive() {
    let home = Home::new();
    let server = Server::start_unix(&home.path("podman.sock"), well);
    for name in ["hello", "podman://hello"] {
        let report = home.json(&["--no-cache", name]);
        assert_eq!(report["image"]["source"], "podman");
        assert_eq!(without_transport(report), without_transport(REPORT.clone()));
    }
    assert_eq!(exports(&server), 2);
    // Docker comes first.
    let docker = engine(&home, |_| None);
    assert_eq!(home.json(&["--no-cache", "hello"])["image"]["source"], "docker");
    assert_eq!((exports(&server), exports(&docker)), (2, 1));
}

/// Runs the program with a script as `podman`, for another machine, so that no local socket comes
/// first.
fn podman(home: &Home, save: &str) -> Run {
    let archive = testdata("hello.docker.tar");
    fs::write(home.path("inspection.json"), format!("[{}]", inspection())).expect("written");
    let script = format!(
        "shift 2\ncase $1 in\nimage) /bin/cat '{}' ;;\nsave) archive='{}'; {save} ;;\n*) exit 1 ;;\nesac\n",
        home.path("inspection.json").display(),
        archive.display(),
    );
    write_program(&home.path("bin/podman"), &script);
    let mut command = home.command(["-o", "json", "podman://hello"]);
    command.env("CONTAINER_HOST", "ssh://nobody@127.0.0.1:1/run/podman.sock");
    command.output().expect("the program starts").into()
}

#[test]
fn podman_program_serves_images_without_a_socket() {
    let home = Home::new();
    let run = podman(&home, "/bin/cat \"$archive\"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let report = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(without_transport(report), without_transport(REPORT.clone()));
    home.assert_tidy();
}

#[test]
fn error_has_the_message_of_the_podman_program() {
    let home = Home::new();
    for (save, words) in [
        ("echo 'Error: out of cheese' >&2; exit 125", "out of cheese"),
        ("/bin/cat \"$archive\"; echo 'Error: late' >&2; exit 125", "late"),
        ("/usr/bin/head -c 100000 \"$archive\"; echo 'Error: half' >&2; exit 1", "half"),
        ("/usr/bin/head -c 100000 \"$archive\"; kill -9 $$", "signal: 9"),
        ("/usr/bin/head -c 100000 \"$archive\"", "hello"),
        ("printf '\\033]0;evil\\007' >&2; exit 1", "evil"),
    ] {
        home.assert_failed(&podman(&home, save), &["hello", words]);
        assert_eq!(home.entries().len(), 0, "{save}");
    }
}

#[test]
fn image_without_layers_is_not_exported() {
    let home = Home::new();
    let empty = |layers: serde_json::Value, size: u64| {
        let mut found = inspection();
        found["RootFS"] = layers;
        found["Size"] = size.into();
        found["Created"] = "2024-01-02T03:04:05Z".into();
        found
    };
    let serve = |found: serde_json::Value| {
        engine(&home, move |request| {
            question(request).ends_with("/json").then(|| Response::ok(found.to_string()))
        })
    };
    for layers in [json!({"Type": "layers"}), json!({"Type": "layers", "Layers": []})] {
        let server = serve(empty(layers, 0));
        let run = home.run(["-o", "json", "hello"]);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        let words = "warning: the image has no layers, so its engine does not export it, and its configuration is unknown\n";
        assert_eq!((run.code, run.stderr.as_str()), (0, words));
        assert_eq!((&report["layers"], &report["size"]["stored"]), (&json!([]), &json!(0)));
        assert_eq!(report["image"]["id"], id());
        assert_eq!(report["image"]["created"], "2024-01-02T03:04:05Z");
        assert_eq!(home.run(["--ci", "-q", "hello"]).code, 2, "there is nothing to judge");
        assert_eq!(home.run(["--ci", "-q", "--allow", "no-layers", "hello"]).code, 0);
        assert_eq!(exports(&server), 0);
        drop(server);
        fs::remove_file(home.path("docker.sock")).expect("removed");
    }
    // An engine that lists no layers, or a size above zero, exports the image.
    let found = [empty(json!(null), 0), empty(json!({"Type": "layers"}), 5)];
    for found in found {
        let server = serve(found);
        assert_eq!(without_transport(home.json(&["--no-cache", "hello"])), without_transport(REPORT.clone()));
        assert_eq!(exports(&server), 1);
        drop(server);
        fs::remove_file(home.path("docker.sock")).expect("removed");
    }
}

#[test]
fn invalid_name_of_an_image_is_not_a_failure_of_the_engine() {
    let home = Home::new();
    let words = r#"{"message":"invalid reference format: repository name must be lowercase"}"#;
    for status in [400, 500] {
        let server = engine(&home, move |_| Some(Response::new(status, words)));
        home.fails(
            &["docker://Static"],
            &["error: docker has no image `Static`\n", "hint: `Static` is not the name of an image"],
        );
        drop(server);
        fs::remove_file(home.path("docker.sock")).expect("removed");
    }
}

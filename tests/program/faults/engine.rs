//! An engine that is well: its image is that of the file, in every way it can be asked for.

use std::fs;

use dockopt_testkit::{Response, Server};
use serde_json::json;

use super::Home;
use super::server::{REPORT, engine, exports, id, inspection, question, well};
use crate::run::{Run, testdata, without_transport, write_program};

#[test]
fn an_image_of_docker_is_that_of_its_archive() {
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
    // By its ID, so that what was inspected is what is sent.
    let export = format!("/images/{}/get", id());
    assert_eq!(asked.iter().filter(|request| question(request) == export).count(), 5);
}

#[test]
fn an_image_of_podman_is_that_of_its_archive() {
    let home = Home::new();
    let server = Server::start_unix(&home.path("podman.sock"), well);
    for name in ["hello", "podman://hello"] {
        let report = home.json(&["--no-cache", name]);
        assert_eq!(report["image"]["source"], "podman");
        assert_eq!(without_transport(report), without_transport(REPORT.clone()));
    }
    assert_eq!(exports(&server), 2);
    // A name is looked for in Docker first.
    let docker = engine(&home, |_| None);
    assert_eq!(home.json(&["--no-cache", "hello"])["image"]["source"], "docker");
    assert_eq!((exports(&server), exports(&docker)), (2, 1));
}

/// Makes `podman` a script, and asks it about another machine, so that no socket of this one comes before it.
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
fn podmans_own_program_is_asked_where_there_is_no_socket() {
    let home = Home::new();
    let run = podman(&home, "/bin/cat \"$archive\"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let report = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(without_transport(report), without_transport(REPORT.clone()));
    home.assert_tidy();
}

#[test]
fn what_podmans_own_program_complains_of_is_passed_on() {
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
fn an_image_without_layers_is_not_asked_for() {
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
        let words = "warning: the image has no layers, so its engine does not send it, and nothing is known of its configuration\n";
        assert_eq!((run.code, run.stderr.as_str()), (0, words));
        assert_eq!((&report["layers"], &report["size"]["stored"]), (&json!([]), &json!(0)));
        assert_eq!(report["image"]["id"], id());
        assert_eq!(report["image"]["created"], "2024-01-02T03:04:05Z");
        assert_eq!(home.run(["--ci", "-q", "hello"]).code, 0);
        assert_eq!(exports(&server), 0);
        drop(server);
        fs::remove_file(home.path("docker.sock")).expect("removed");
    }
    // An engine that does not tell of layers, or tells of files, is asked for the image.
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
fn a_name_that_no_image_can_have_is_no_fault_of_the_engine() {
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

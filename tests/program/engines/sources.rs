//! The same image under every name and from every engine: the same report.

use std::fs;
use std::process::Stdio;

use super::{
    IMAGES, archive, everywhere, of_archive, podman_program, report, tool, variable, with_engines, with_id,
    without_addresses, written,
};
use crate::run::program;

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER, DOCKOPT_TEST_PODMAN, DOCKOPT_TEST_REGISTRY) and real images"]
fn base_is_found_wherever_it_is() {
    let registry = format!("registry://{}/dockopt/static:docker", variable("DOCKOPT_TEST_REGISTRY"));
    let image = archive("static");
    let layers = of_archive("static")["layers"].as_array().expect("layers").len();
    for base in ["docker://static", "podman://localhost/dockopt-static", &registry, &image] {
        let found = report(with_engines().args(["--base", base]), &image);
        assert_eq!((&found["base"]["name"], &found["base"]["layers"]), (&base.into(), &layers.into()));
        assert_eq!(found["base"]["stored"], found["size"]["stored"], "{base}");
        assert_eq!(found["warnings"], serde_json::json!([]), "{base}");
    }
    let found = report(with_engines().args(["--base", "docker://base:bookworm"]), "docker://python-naive");
    assert_eq!((&found["base"]["layers"], &found["warnings"]), (&1.into(), &serde_json::json!([])));
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER, DOCKOPT_TEST_PODMAN) and real images (DOCKOPT_TEST_IMAGES)"]
fn docker_has_the_saved_image_under_every_name() {
    let archived = of_archive("static");
    let id = archived["image"]["id"].as_str().expect("an ID").to_owned();
    let digits = id.strip_prefix("sha256:").expect("an ID").to_owned();
    let expected = with_id(archived);
    let names = [
        "docker://static",
        "docker://static:latest",
        "docker://docker.io/library/static:latest",
        &format!("docker://{id}"),
        &format!("docker://{}", &digits[..12]),
        "static",
        "static:latest",
        &id,
        &digits,
        &digits[..12],
    ];
    for name in names {
        let found = report(&mut with_engines(), name);
        assert_eq!(found["image"]["source"], "docker", "{name}");
        assert_eq!(found["image"]["reference"], name);
        assert_eq!(found["image"]["tags"][0], "static:latest", "{name}");
        assert_eq!(with_id(found), expected, "{name}");
    }
    assert_eq!(with_id(report(with_engines().args(["--source", "docker"]), "static")), expected);
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER, DOCKOPT_TEST_PODMAN) and real images (DOCKOPT_TEST_IMAGES)"]
fn every_engine_has_the_saved_images() {
    for name in IMAGES {
        let expected = with_id(of_archive(name));
        for reference in [format!("docker://{name}"), format!("podman://localhost/dockopt-{name}")] {
            // The largest image takes long.
            let options = [&["--verify"][..], &[], &["--threads", "1"]];
            for options in options.into_iter().take(if name == "python-naive" { 1 } else { 3 }) {
                let found = report(with_engines().args(options), &reference);
                assert!(with_id(found) == expected, "{reference} with {options:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER) and real images (DOCKOPT_TEST_IMAGES)"]
fn output_of_docker_save_can_be_piped() {
    for name in IMAGES {
        let mut save =
            tool("docker").args(["save", name]).stdout(Stdio::piped()).spawn().expect("docker starts");
        let pipe = save.stdout.take().expect("a pipe");
        let found = report(program().stdin(pipe), "-");
        assert!(save.wait().expect("it ends").success());
        assert!(with_id(found) == with_id(of_archive(name)), "{name}");
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_PODMAN) and real images (DOCKOPT_TEST_IMAGES)"]
fn podman_has_its_images_under_every_name() {
    let archived = of_archive("static");
    let id = archived["image"]["id"].as_str().expect("an ID").to_owned();
    let digits = id.strip_prefix("sha256:").expect("an ID").to_owned();
    let expected = with_id(archived);
    let short = &digits[..12];
    for name in ["localhost/dockopt-static", "localhost/dockopt-static:latest", "dockopt-static", &id, short]
    {
        let found = report(&mut with_engines(), &format!("podman://{name}"));
        assert_eq!(found["image"]["source"], "podman", "{name}");
        assert_eq!(found["image"]["tags"][0], "localhost/dockopt-static:latest", "{name}");
        assert_eq!(with_id(found), expected, "{name}");
    }
    // Docker has no image of that name.
    let found = report(&mut with_engines(), "localhost/dockopt-static");
    assert_eq!(found["image"]["source"], "podman");
    assert_eq!(with_id(found), expected);
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_PODMAN) and real images (DOCKOPT_TEST_IMAGES)"]
fn podman_program_has_its_images_without_a_socket() {
    let podman = podman_program();
    for name in IMAGES {
        let mut command = without_addresses();
        command.env("PATH", podman.path());
        let found = report(&mut command, &format!("podman://localhost/dockopt-{name}"));
        assert_eq!(found["image"]["source"], "podman", "{name}");
        assert!(with_id(found) == with_id(of_archive(name)), "{name}");
    }
    let asked = fs::read_to_string(podman.path().join("podman.log")).expect("the program was asked");
    assert!(asked.contains("save"), "{asked}");
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER, DOCKOPT_TEST_PODMAN, DOCKOPT_TEST_REGISTRY) and real images"]
fn cache_does_not_change_reports() {
    let registry = variable("DOCKOPT_TEST_REGISTRY");
    let references = [
        "docker://many-layers".to_owned(),
        "podman://localhost/dockopt-many-layers".to_owned(),
        format!("registry://{registry}/dockopt/many-layers:docker"),
        format!("registry://{registry}/dockopt/many-layers:oci-zstd"),
    ];
    let expected = everywhere(of_archive("many-layers"));
    let shared = tempfile::tempdir().expect("a directory");
    for reference in references {
        let without = written(with_engines().arg("--no-cache"), &reference);
        assert!(everywhere(serde_json::from_str(&without).expect("JSON")) == expected, "{reference}");
        let own = tempfile::tempdir().expect("a directory");
        for directory in [own.path(), own.path(), shared.path(), shared.path()] {
            let with = written(with_engines().env("XDG_CACHE_HOME", directory), &reference);
            assert!(with == without, "{reference} with a cache");
        }
        let kept = own.path().join("dockopt-dive");
        assert!(fs::read_dir(kept).expect("a cache").count() > 0, "{reference}: nothing was kept");
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER) and real images (DOCKOPT_TEST_IMAGES)"]
fn other_reports_do_not_depend_on_the_source() {
    for name in ["static", "many-layers"] {
        for options in [&["-o", "dive-json"][..], &["--score", "dive"], &["-v"], &["--score", "dive", "--ci"]]
        {
            let [engine, file] = [format!("docker://{name}"), archive(name)].map(|image| {
                let run = super::run(with_engines().args(options).arg(image));
                // The first line of a text tells where the image is.
                let is_text = !options.contains(&"dive-json");
                let text = run.stdout.lines().skip(usize::from(is_text)).collect::<Vec<_>>().join("\n");
                (run.code, text)
            });
            assert!(engine == file && file.1.len() > 100, "{name} with {options:?}");
        }
    }
}

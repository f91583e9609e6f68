//! Images that skopeo, buildah and curl have pushed to real registries, one of them with a
//! password.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{IMAGES, everywhere, of_archive, report, run, tool, variable, with_engines, with_id};
use crate::run::program;

/// Returns the reference of an image in the open registry.
fn open(image: &str) -> String {
    format!("registry://{}/dockopt/{image}", variable("DOCKOPT_TEST_REGISTRY"))
}

/// Returns the reference of the image in the registry with a password.
fn behind_password() -> String {
    format!("registry://{}/dockopt/static:docker", variable("DOCKOPT_TEST_REGISTRY_AUTH"))
}

/// Returns the media types of an image's layers, each once.
fn media_types(report: &Value) -> Vec<&str> {
    let layers = report["layers"].as_array().expect("layers").iter();
    let mut types: Vec<&str> = layers.map(|layer| layer["mediaType"].as_str().expect("a type")).collect();
    types.dedup();
    types
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY) and real images (DOCKOPT_TEST_IMAGES)"]
fn registry_has_the_saved_images_in_every_form() {
    for name in IMAGES {
        let archived = of_archive(name);
        for (tag, media_type) in [
            ("docker", "application/vnd.docker.image.rootfs.diff.tar.gzip"),
            ("oci", "application/vnd.oci.image.layer.v1.tar+gzip"),
            ("oci-zstd", "application/vnd.oci.image.layer.v1.tar+zstd"),
        ] {
            let image = open(&format!("{name}:{tag}"));
            let options = [&["--verify"][..], &[], &["--threads", "1"]];
            for options in options.into_iter().take(if name == "python-naive" { 1 } else { 3 }) {
                let found = report(program().args(options), &image);
                assert_eq!(found["image"]["source"], "registry", "{image}");
                assert_eq!(media_types(&found), [media_type], "{image}");
                // skopeo rewrites the configuration of an OCI image.
                assert!(tag != "docker" || found["image"]["id"] == archived["image"]["id"], "{image}");
                assert!(everywhere(found) == everywhere(archived.clone()), "{image} with {options:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY) and real images (DOCKOPT_TEST_IMAGES)"]
fn digest_names_an_image_with_and_without_its_tag() {
    for tag in ["docker", "oci-zstd"] {
        let by_tag = report(&mut program(), &open(&format!("static:{tag}")));
        let digest = by_tag["image"]["digest"].as_str().expect("a digest").to_owned();
        for name in [format!("static@{digest}"), format!("static:{tag}@{digest}")] {
            let found = report(&mut program(), &open(&name));
            assert_eq!(found["image"]["digest"], digest.as_str(), "{name}");
            assert_eq!(with_id(found), with_id(by_tag.clone()), "{name}");
        }
    }
    let nothing = format!("static@sha256:{}", "0".repeat(64));
    let failed = run(program().arg(open(&nothing)));
    assert!(failed.code == 2 && failed.stderr.contains(&nothing), "{}", failed.stderr);
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY) and real images (DOCKOPT_TEST_IMAGES)"]
fn platform_is_chosen_from_an_index() {
    let image = open("platforms:index");
    for (platform, name) in
        [("linux/amd64", "amd64"), ("linux/arm64", "arm64"), ("arm64", "arm64"), ("linux/s390x", "s390x")]
    {
        let ask = |image: &str| {
            let run = run(program().args(["-q", "-o", "json", "--platform", platform, image]));
            assert_eq!(run.code, 0, "{platform}: {}", run.stderr);
            serde_json::from_str::<Value>(&run.stdout).expect("JSON")
        };
        let found = ask(&image);
        assert_eq!(found["image"]["platform"], format!("linux/{name}"));
        let pushed = format!("{}/static.{name}-dir", variable("DOCKOPT_TEST_IMAGES"));
        assert_eq!(with_id(found), with_id(ask(&pushed)), "{platform}");
    }
    let amd64 = report(program().args(["--platform", "linux/amd64"]), &image);
    assert_eq!(everywhere(amd64), everywhere(of_archive("static")));
    let failed = run(program().args(["--platform", "windows/amd64", &image]));
    assert_eq!(failed.code, 2);
    for word in ["`windows/amd64`", "`linux/amd64`", "`linux/arm64`", "`linux/s390x`"] {
        assert!(failed.stderr.contains(word), "{}", failed.stderr);
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY) and real images (DOCKOPT_TEST_IMAGES)"]
fn attestations_of_an_index_are_listed_and_are_no_images() {
    let mut found = report(program().args(["--platform", "linux/amd64"]), &open("attested:index"));
    let attestations = found["image"]["attestations"].take();
    assert_eq!(attestations.as_array().map(Vec::len), Some(1), "{attestations}");
    assert_eq!(attestations[0]["kind"], "provenance");
    assert_eq!(attestations[0]["predicateType"], "https://slsa.dev/provenance/v0.2");
    found["image"]["attestations"] = json!([]);
    assert_eq!(everywhere(found), everywhere(of_archive("static")));
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY) and real images (DOCKOPT_TEST_IMAGES)"]
fn sboms_and_signatures_under_tags_are_listed() {
    let mut found = report(&mut program(), &open("signed:image"));
    let attestations = found["image"]["attestations"].take();
    let listed = attestations.as_array().expect("a list");
    let kinds: Vec<&Value> = listed.iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["SBOM", "signature"]);
    assert_eq!(listed[0]["artifactType"], "application/spdx+json");
    assert_eq!(listed[1]["annotations"]["dev.cosignproject.cosign/signature"], "c2lnbmVk");
    found["image"]["attestations"] = json!([]);
    assert_eq!(everywhere(found), everywhere(of_archive("static")));
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER, DOCKOPT_TEST_PODMAN, DOCKOPT_TEST_REGISTRY) and real images"]
fn image_without_an_engine_is_read_from_its_registry_but_not_by_a_gate() {
    let name = format!("{}/dockopt/static:docker", variable("DOCKOPT_TEST_REGISTRY"));
    let found = run(with_engines().args(["-o", "json", &name]));
    assert!(found.code == 0 && found.stderr.starts_with("note: "), "{}", found.stderr);
    let found: Value = serde_json::from_str(&found.stdout).expect("JSON");
    assert_eq!(found["image"]["source"], "registry");
    assert_eq!(with_id(found), with_id(of_archive("static")));
    let gate = run(with_engines().args(["--ci", &name]));
    assert_eq!((gate.code, gate.stdout.as_str()), (2, ""));
    assert!(gate.stderr.contains(&format!("registry://{name}")), "{}", gate.stderr);
}

/// Settings with a login to the registry with a password.
struct Settings(TempDir);

impl Settings {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Returns settings with this file of Docker.
    fn with(config: &Value) -> Self {
        let settings = Self::new();
        fs::write(settings.path().join("config.json"), config.to_string()).expect("written");
        settings
    }

    /// Adds a credential helper with the user and this password.
    fn add_helper(&self, name: &str, password: &str) {
        let (host, user) = (variable("DOCKOPT_TEST_REGISTRY_AUTH"), variable("DOCKOPT_TEST_REGISTRY_USER"));
        let answer = json!({"ServerURL": host, "Username": user, "Secret": password});
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = get ] && read -r host\n\
             [ \"$host\" = '{host}' ] || {{ echo 'credentials not found in native keychain'; exit 1; }}\n\
             echo '{answer}'\n"
        );
        let path = self.path().join(format!("docker-credential-{name}"));
        fs::write(&path, script).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("changed");
    }

    /// Returns the program with these settings, and only the helpers on its path.
    fn program(&self) -> Command {
        let mut command = program();
        command.env("DOCKER_CONFIG", self.path()).env("PATH", self.path());
        command
    }
}

/// Logs in with a program that reads the password from its standard input.
#[track_caller]
fn log_in(command: &mut Command) {
    let host = variable("DOCKOPT_TEST_REGISTRY_AUTH");
    command.args(["--username", &variable("DOCKOPT_TEST_REGISTRY_USER"), "--password-stdin", &host]);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = piped.spawn().expect("it is installed");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(variable("DOCKOPT_TEST_REGISTRY_PASSWORD").as_bytes()).expect("taken");
    drop(stdin);
    assert!(child.wait().expect("it ends").success(), "{command:?}");
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_DOCKER, DOCKOPT_TEST_REGISTRY_AUTH) and real images (DOCKOPT_TEST_IMAGES)"]
fn logins_of_docker_and_skopeo_open_the_registry() {
    let expected = with_id(of_archive("static"));
    let docker = Settings::new();
    log_in(tool("docker").arg("--config").arg(docker.path()).arg("login"));
    assert_eq!(with_id(report(&mut docker.program(), &behind_password())), expected);
    let skopeo = Settings::new();
    let file = skopeo.path().join("auth.json");
    log_in(tool("skopeo").args(["login", "--tls-verify=false", "--authfile"]).arg(&file));
    let found = report(program().env("REGISTRY_AUTH_FILE", &file), &behind_password());
    assert_eq!(with_id(found), expected);
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY_AUTH) and real images (DOCKOPT_TEST_IMAGES)"]
fn credential_helpers_open_the_registry() {
    let host = variable("DOCKOPT_TEST_REGISTRY_AUTH");
    for config in [json!({"credHelpers": {&host: "tests"}}), json!({"credsStore": "tests"})] {
        let settings = Settings::with(&config);
        settings.add_helper("tests", &variable("DOCKOPT_TEST_REGISTRY_PASSWORD"));
        let mut command = settings.program();
        // The helper is a script that needs no other program.
        assert_eq!(
            with_id(report(&mut command, &behind_password())),
            with_id(of_archive("static")),
            "{config}"
        );
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY_AUTH)"]
fn refused_login_is_an_error_without_the_password() {
    let host = variable("DOCKOPT_TEST_REGISTRY_AUTH");
    let anonymous = run(program().arg(behind_password()));
    assert_eq!((anonymous.code, anonymous.stdout.as_str()), (2, ""));
    assert!(anonymous.stderr.contains(&host) && anonymous.stderr.contains("hint: "), "{}", anonymous.stderr);
    let settings = Settings::with(&json!({"credHelpers": {&host: "tests"}}));
    settings.add_helper("tests", "hunter2");
    let refused = run(settings.program().arg(behind_password()));
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains(&host) && refused.stderr.contains("hint: "), "{}", refused.stderr);
    for secret in ["hunter2", "aHVudGVyMg", &variable("DOCKOPT_TEST_REGISTRY_PASSWORD")] {
        assert!(!refused.stderr.contains(secret), "{}", refused.stderr);
    }
}

#[test]
#[ignore = "needs engines (DOCKOPT_TEST_REGISTRY)"]
fn missing_image_is_named_in_the_error() {
    for image in [open("static:nothing"), open("nothing:latest")] {
        let failed = run(program().arg(&image));
        assert_eq!((failed.code, failed.stdout.as_str()), (2, ""), "{image}");
        let name = image.strip_prefix("registry://").expect("a name");
        assert!(failed.stderr.starts_with("error: ") && failed.stderr.contains(name), "{}", failed.stderr);
    }
}

//! Findings in reports, their lines in a Dockerfile, and `fix`.

use std::fs;
use std::path::Path;

use dockopt_testkit::{Image, Layer};
use serde_json::Value;
use tempfile::TempDir;

use crate::run::{Run, program, run};

const DOCKERFILE: &str =
    "FROM debian\nRUN apt-get update \\\n && apt-get install -y x\nCOPY . /src\nRUN rm -rf /src\n";
const FIXED: &str = "FROM debian\nRUN apt-get update \\\n && apt-get install -y x \\\n && rm -rf /var/lib/apt/lists/*\n\
    COPY . /src\nRUN rm -rf /src\n";

/// A directory with an image and its Dockerfile.
fn project() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let layer = |instruction: &str, image: Image, layer: Layer| image.layer(layer).created_by(instruction);
    let image = layer("ADD rootfs /", Image::new(), Layer::new().file("etc/os-release", "ID=debian\n"));
    let lists = Layer::new().file("var/lib/apt/lists/main", vec![b'x'; 6_000_000]).file("usr/bin/x", "1");
    let image = layer("RUN /bin/sh -c apt-get update  && apt-get install -y x # buildkit", image, lists);
    let image = layer("COPY . /src # buildkit", image, Layer::new().file("src/a", vec![b'y'; 100_000]));
    let image = layer("RUN /bin/sh -c rm -rf /src # buildkit", image, Layer::new().whiteout("src"));
    fs::write(directory.path().join("image.tar"), image.docker_25().to_tar()).expect("written");
    fs::write(directory.path().join("Dockerfile"), DOCKERFILE).expect("written");
    directory
}

fn run_in(directory: &Path, arguments: &[&str]) -> Run {
    program().current_dir(directory).args(arguments).output().expect("the program starts").into()
}

#[test]
fn report_names_the_lines_and_has_a_patch() {
    let project = project();
    let report = run_in(project.path(), &["-o", "json", "--dockerfile", "Dockerfile", "image.tar"]);
    let report: Value = serde_json::from_str(&report.stdout).expect("JSON");
    let findings = report["findings"].as_array().expect("a list");
    let shown: Vec<String> = findings
        .iter()
        .filter(|finding| finding["saves"]["stored"] != 0)
        .map(|finding| format!("{} {} {}", finding["rule"], finding["location"], finding["saves"]["stored"]))
        .collect();
    let place = |line, end| format!("{{\"endLine\":{end},\"file\":\"Dockerfile\",\"line\":{line}}}");
    assert_eq!(
        shown,
        [
            format!("\"apt-lists\" {} 6000000", place(2, 3)),
            format!("\"deleted-later\" {} 100000", place(4, 4))
        ]
    );
    assert_eq!(findings[0]["basis"], "dockerfile");
    let patch = findings[0]["fix"]["patch"].as_str().expect("a patch");
    assert!(patch.starts_with("--- a/Dockerfile\n+++ b/Dockerfile\n@@"), "{patch}");
    assert_eq!(findings[1]["fix"]["patch"], Value::Null);
    assert_eq!(report["plan"]["saves"], 6_100_000);
    let without = run_in(project.path(), &["-o", "json", "image.tar"]);
    let without: Value = serde_json::from_str(&without.stdout).expect("JSON");
    assert_eq!(
        (&without["findings"][0]["location"], &without["findings"][0]["basis"]),
        (&Value::Null, &"history".into())
    );
}

#[test]
fn text_report_says_what_to_do_first() {
    let project = project();
    let text = run_in(project.path(), &["-o", "text", "--dockerfile", "Dockerfile", "image.tar"]).stdout;
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(at("Efficiency") < at("What to do: 2 changes save 6.10 MB, 11 B are left"));
    assert!(at("1        6 MB  Dockerfile:2: layer 1 (") < at("→ end the instruction with `&& rm"));
    assert!(at("→ keep the files out of layer 2") < at("Instruction\n"));
}

#[test]
fn diff_goes_to_standard_output_and_git_applies_it() {
    let project = project();
    let fixed = run_in(project.path(), &["fix", "image.tar"]);
    assert_eq!(fixed.code, 0, "{}", fixed.stderr);
    assert_eq!(
        fixed.stderr,
        "6 MB saved by 1 change, 100.01 kB are left\n\
         left to you: Dockerfile:4: layer 3 (`RUN rm -rf /src`) deletes 100 kB in 1 file that layer 2 (`COPY . /src`) stores\n  \
         → keep the files out of layer 2: by `.dockerignore`, by a stage of their own, or by `RUN --mount=type=bind` instead of `COPY`\n"
    );
    fs::write(project.path().join("x.diff"), &fixed.stdout).expect("written");
    let mut git = std::process::Command::new("git");
    let applied = git.current_dir(project.path()).args(["apply", "x.diff"]).status().expect("git runs");
    assert!(applied.success());
    assert_eq!(fs::read_to_string(project.path().join("Dockerfile")).expect("read"), FIXED);
}

#[test]
fn write_changes_the_file_and_keeps_the_old_text() {
    let project = project();
    let read = |name: &str| fs::read_to_string(project.path().join(name)).expect("readable");
    let fixed = run_in(project.path(), &["fix", "image.tar", "--write", "-q"]);
    assert_eq!((fixed.code, fixed.stdout.as_str()), (0, ""), "{}", fixed.stderr);
    assert_eq!((read("Dockerfile").as_str(), read("Dockerfile.orig").as_str()), (FIXED, DOCKERFILE));
    // A second run finds nothing that is not done: the text of the history is another one now.
    fs::write(project.path().join("Dockerfile"), DOCKERFILE).expect("written");
    let again = run_in(project.path(), &["fix", "image.tar", "--write"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("cannot keep the old text in `Dockerfile.orig`"), "{}", again.stderr);
    assert_eq!(read("Dockerfile"), DOCKERFILE);
}

#[test]
fn only_wanted_rules_are_followed() {
    let project = project();
    let fixed = run_in(project.path(), &["fix", "image.tar", "--rule", "deleted-later"]);
    assert_eq!((fixed.code, fixed.stdout.as_str()), (0, ""));
    assert!(fixed.stderr.starts_with("No change can be written safely.\nleft to you: "), "{}", fixed.stderr);
    let fixed = run_in(project.path(), &["fix", "image.tar", "--rule", "pip-cache"]);
    assert_eq!((fixed.code, fixed.stderr.as_str()), (0, "There is nothing to change.\n"));
    assert_eq!(run_in(project.path(), &["fix", "image.tar", "--rule", "nothing"]).code, 2);
}

#[test]
fn wrong_dockerfile_is_said() {
    let project = project();
    let other = run_in(project.path(), &["fix", "image.tar", "-f", "missing"]);
    assert_eq!(other.code, 2);
    assert!(other.stderr.starts_with("error: cannot read the Dockerfile `missing`"), "{}", other.stderr);
    fs::write(project.path().join("other"), "FROM x\nRUN y\n").expect("written");
    let other = run_in(project.path(), &["fix", "image.tar", "-f", "other"]);
    assert_eq!((other.code, other.stdout.as_str()), (0, ""));
    assert!(other.stderr.starts_with("warning: no instruction to change is in `other`: is it the image's?"));
    fs::write(project.path().join("binary"), b"\xff\xfe").expect("written");
    let binary = run_in(project.path(), &["fix", "image.tar", "-f", "binary"]);
    assert!(binary.code == 2 && binary.stderr.contains("it is not UTF-8 text"), "{}", binary.stderr);
    fs::remove_file(project.path().join("Dockerfile")).expect("removed");
    let none = run_in(project.path(), &["fix", "image.tar"]);
    assert!(none.code == 2 && none.stderr.contains("no Dockerfile in this directory"), "{}", none.stderr);
}

#[test]
fn rules_are_explained() {
    let list = run(["explain"]);
    assert!(
        list.code == 0
            && list.stdout.contains("apt-lists ")
            && list.stdout.contains("Deleted in a later layer")
    );
    let one = run(["explain", "apt-lists"]);
    assert!(one.stdout.starts_with("Package lists of apt (apt-lists)\n\n"), "{}", one.stdout);
    assert_eq!(run(["explain", "nothing"]).code, 2);
}

//! `dockopt-dive build`, with scripts as builders.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::run::{Run, json, program, testdata, write_program};

/// A directory with builders, and another for temporary files.
struct Builders {
    directory: TempDir,
    temporary: TempDir,
}

/// Writes its arguments, one per line, and an ID to the requested file. Fails for any command other
/// than a build.
const BUILDER: &str = r#"
case "$1" in build|buildx) ;; *) exit 1 ;; esac
printf '%s\n' "$@" > "$0.arguments"
while [ $# -gt 0 ]; do
    case "$1" in
        --iidfile) file=$2 ;;
        --iidfile=*) file=${1#--iidfile=} ;;
    esac
    shift
done
printf 'sha256:%064d' 7 > "$file"
"#;

/// As [`BUILDER`], and serves what it builds: the bundled image, under several names.
const PODMAN: &str = r#"
case "$1" in
    build) shift; echo 'what it does' ;;
    --url) shift 2
        case "$1" in
            image) /bin/cat "$0.inspection" ;;
            save) /bin/cat "$0.tar" ;;
            *) exit 1 ;;
        esac
        exit ;;
    *) exit 1 ;;
esac
printf '%s' ID > "$2"
"#;

impl Builders {
    /// Returns a Podman that builds and serves the bundled image.
    fn podman() -> Self {
        let report = json(["hello.docker.tar"]);
        let id = report["image"]["id"].as_str().expect("an ID");
        let builders = Self::new(&["podman"], &PODMAN.replace("ID", id));
        let inspection = serde_json::json!([{
            "Id": id, "RepoTags": ["localhost/old:1", "docker.io/library/app:2", "localhost/app:latest"],
        }]);
        let path = |name| builders.directory.path().join(name);
        fs::write(path("podman.inspection"), inspection.to_string()).expect("written");
        fs::copy(testdata("hello.docker.tar"), path("podman.tar")).expect("copied");
        builders
    }

    /// Returns builders of these names that all run this script.
    fn new(names: &[&str], script: &str) -> Self {
        let builders = Self {
            directory: tempfile::tempdir().expect("a directory"),
            temporary: tempfile::tempdir().expect("a directory"),
        };
        for name in names {
            write_program(&builders.directory.path().join(name), script);
        }
        builders
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = program();
        command.env("PATH", self.directory.path()).env("TMPDIR", self.temporary.path());
        command.arg("build").args(arguments);
        command
    }

    /// Returns the report on an image that [`Self::podman`] has built.
    fn run_podman<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        let mut command = self.command(arguments);
        // For another machine, so that the program is used and no local socket.
        command.env("CONTAINER_HOST", "ssh://nobody@127.0.0.1:1/run/podman.sock");
        command.output().expect("the program starts").into()
    }

    fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        let run = self.command(arguments).output().expect("the program starts").into();
        let left = fs::read_dir(self.temporary.path()).expect("a directory").count();
        assert_eq!(left, 0, "temporary files are left");
        run
    }

    /// Returns the arguments that a builder received, without the file for the ID, which must be
    /// the program's own.
    #[track_caller]
    fn arguments(&self, name: &str) -> Vec<OsString> {
        let path = self.directory.path().join(format!("{name}.arguments"));
        let written = fs::read(path).expect("the builder ran");
        let mut lines: Vec<OsString> =
            written.split(|byte| *byte == b'\n').map(|line| OsStr::from_bytes(line).to_owned()).collect();
        assert_eq!(lines.pop().as_deref(), Some(OsStr::new("")));
        let at = lines.iter().position(|line| line == "--iidfile").expect("a file for the ID");
        let file = PathBuf::from(lines.remove(at + 1));
        assert!(file.starts_with(self.temporary.path()), "{}", file.display());
        lines.remove(at);
        lines
    }
}

/// Asserts that only the builder's own engine is asked for the built image.
#[track_caller]
fn assert_asked(run: &Run, engine: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
    let error = format!("error: cannot reach {engine} to look for image `sha256:{:064}`\n", 7);
    assert!(run.stderr.starts_with(&error), "{run:?}");
    let place = format!("caused by: {engine} at unix:///nonexistent/{engine}.sock");
    assert_eq!(run.stderr.matches("caused by: ").count(), 1, "{run:?}");
    assert!(run.stderr.contains(&place), "{run:?}");
}

#[test]
fn built_image_is_read_from_the_engine() {
    let builders = Builders::new(&["docker", "podman"], BUILDER);
    let run = builders.run(["-t", "app", "."]);
    assert_asked(&run, "docker");
    assert_eq!(builders.arguments("docker"), ["build", "-t", "app", "."]);
}

#[test]
fn podman_builds_where_there_is_no_docker() {
    let builders = Builders::new(&["podman"], BUILDER);
    assert_asked(&builders.run(["."]), "podman");
    assert_eq!(builders.arguments("podman"), ["build", "."]);
}

#[test]
fn builder_option_chooses_the_builder() {
    let builders = Builders::new(&["docker", "podman"], BUILDER);
    assert_asked(&builders.run(["--builder", "podman", "."]), "podman");
    assert_eq!(builders.arguments("podman"), ["build", "."]);
    assert_asked(&builders.run(["--builder", "buildx", "."]), "docker");
    assert_eq!(builders.arguments("docker"), ["buildx", "build", "--load", "."]);
}

#[test]
fn arguments_are_passed_on_byte_for_byte() {
    let builders = Builders::new(&["docker"], BUILDER);
    let odd = OsStr::from_bytes(b"--label=a b\xff'\"$HOME\\*");
    let arguments = ["--ci", "-q", "--", "--", "--output", "", "-o", "json", "--help", "-", "."];
    // The program's own options come before the first argument of the build.
    let all =
        ["--no-progress", "-v"].into_iter().map(OsStr::new).chain([odd]).chain(arguments.map(OsStr::new));
    builders.run(all);
    let expected = ["build"].into_iter().map(OsStr::new).chain([odd]).chain(arguments.map(OsStr::new));
    assert_eq!(builders.arguments("docker"), expected.collect::<Vec<_>>());
}

#[test]
fn everything_after_two_dashes_goes_to_the_builder() {
    let builders = Builders::new(&["docker"], BUILDER);
    for arguments in
        [&["-q", "--ci", "."][..], &["--", "."], &["--help"], &["-j", "--verify", "--builder", "x"]]
    {
        builders.run(["--"].iter().chain(arguments));
        assert_eq!(builders.arguments("docker"), [&["build"], arguments].concat());
    }
}

#[test]
fn options_that_choose_an_image_go_to_the_builder() {
    let builders = Builders::new(&["docker"], BUILDER);
    for arguments in [["--platform", "linux/arm64", "."], ["--image", "x", "."], ["--source", "x", "."]] {
        builders.run([&["--no-progress"], &arguments[..]].concat());
        assert_eq!(builders.arguments("docker"), [&["build"], &arguments[..]].concat());
    }
}

#[test]
fn options_that_builders_share_go_to_the_builder() {
    let builders = Builders::new(&["docker"], BUILDER);
    for arguments in [
        &["--no-cache", "-t", "a", "."][..],
        &["-q", "."],
        &["--quiet", "--ci", "."],
        &["-qt", "a", "."],
        &["-o", "type=local,dest=out", "."],
        &["-otype=tar,dest=out.tar", "."],
        &["--output=out", "."],
        &["-o", "-", "."],
    ] {
        assert_asked(&builders.run([&["--no-progress"], arguments].concat()), "docker");
        assert_eq!(builders.arguments("docker"), [&["build"], arguments].concat());
    }
    for ours in [&["-o", "dive-json"][..], &["-ojson"], &["--output=json"], &["-vo", "text"]] {
        builders.run([ours, &["-q", "-o", "json", "."]].concat());
        assert_eq!(builders.arguments("docker"), ["build", "-q", "-o", "json", "."]);
    }
}

#[test]
fn failed_build_sets_the_exit_code() {
    for (script, code) in
        [("exit 1", 1), ("exit 17", 17), ("exit 255", 255), ("kill -9 $$", 137), ("kill -TERM $$", 143)]
    {
        let builders = Builders::new(&["docker"], script);
        let run = builders.run(["."]);
        assert_eq!((run.code, run.stderr.as_str(), run.stdout.as_str()), (code, "", ""), "{script}");
        let run = builders.run(["--ci", "."]);
        let note = format!("note: the build failed (status {code}), nothing was judged\n");
        assert_eq!((run.code, run.stderr, run.stdout.as_str()), (code, note, ""), "{script}");
    }
}

#[test]
fn own_option_among_those_of_a_failed_build_has_a_hint() {
    let builders = Builders::new(&["docker"], "echo 'unknown flag: --ci' >&2; exit 125");
    let hint = "unknown flag: --ci\n\
                hint: `--ci` is an option of dockopt-dive: put it before the arguments of the build\n";
    let run = builders.run(["-t", "x", "--ci", "."]);
    assert_eq!((run.code, run.stderr.as_str()), (125, hint));
    let run = builders.run(["--", "-t", "x", "--ci", "."]);
    assert_eq!((run.code, run.stderr.as_str()), (125, hint));
    let run = builders.run(["--ci", "-t", "x", "--highest-layers=3", "."]);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!(lines[1].starts_with("hint: `--highest-layers` is an option of dockopt-dive"), "{run:?}");
    assert_eq!(lines[2], "note: the build failed (status 125), nothing was judged");
    for arguments in [&["-t", "ci", "."][..], &["-q", "--no-cache", "."], &[".", "--", "--ci"]] {
        assert_eq!(builders.run(arguments).stderr, "unknown flag: --ci\n", "{arguments:?}");
    }
}

#[test]
fn report_option_among_those_of_the_builder_has_a_hint() {
    let hint = "hint: `-o json` is an option of dockopt-dive: put it before the arguments of the build\n";
    // A builder with this option writes a directory and no image.
    for (script, code) in [("exit 125", 125), ("exit 0", 2)] {
        let run = Builders::new(&["docker"], script).run(["-t", "x", ".", "-o", "json"]);
        assert_eq!(run.code, code);
        assert!(run.stderr.ends_with(hint), "{run:?}");
    }
    let run = Builders::new(&["docker"], "exit 0").run(["-o", "out", "."]);
    assert!(run.stderr.contains("hint: a build with `--output`"), "{run:?}");
}

#[test]
fn help_of_the_builder_is_not_a_failure() {
    let builders = Builders::new(&["docker"], "echo 'Usage: docker build'");
    for arguments in [&["--", "--help"][..], &["--ci", "-t", "x", "-h"], &[".", "--help"]] {
        let run = builders.run(arguments);
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("Usage: docker build\n", ""));
    }
    assert_eq!(builders.run(["--", ".", "--", "--help"]).code, 2);
}

#[test]
fn missing_plugin_is_reported_after_the_failure() {
    let script = |version| format!("case \"$2\" in version) exit {version} ;; *) exit 125 ;; esac");
    let run = Builders::new(&["docker"], &script(1)).run(["--builder", "buildx", "--ci", "."]);
    assert_eq!(run.code, 125);
    assert_eq!(
        run.stderr,
        "hint: docker's plugin buildx is missing: `docker buildx version` fails\n\
         note: the build failed (status 125), nothing was judged\n"
    );
    for (version, builder) in [(0, "buildx"), (1, "docker")] {
        let run = Builders::new(&["docker"], &script(version)).run(["--builder", builder, "."]);
        assert_eq!((run.code, run.stderr.as_str()), (125, ""), "{builder}");
    }
}

#[test]
fn json_report_is_alone_on_standard_output() {
    let builders = Builders::podman();
    for format in ["json", "dive-json"] {
        let run = builders.run_podman(["-o", format, "."]);
        assert_eq!((run.code, run.stderr.as_str()), (0, "what it does\n"), "{format}");
        serde_json::from_str::<Value>(&run.stdout).expect("nothing but JSON");
    }
    let file = builders.directory.path().join("report.json");
    for options in [vec!["-o", "text"], vec!["--ci", "-j", file.to_str().expect("text")]] {
        let run = builders.run_podman([&options[..], &["."]].concat());
        assert_eq!(run.stderr, "", "{options:?}");
        assert!(run.stdout.starts_with("what it does\n"), "{run:?}");
    }
}

#[test]
fn first_tag_of_the_build_names_the_image() {
    let builders = Builders::podman();
    let tags = |arguments: &[&str]| -> Vec<String> {
        let run = builders.run_podman([&["-o", "json"], arguments].concat());
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
        let id = report["image"]["id"].as_str().expect("an ID");
        assert_eq!(report["image"]["reference"], format!("podman://{id}"));
        serde_json::from_value(report["image"]["tags"].clone()).expect("names")
    };
    let (old, two, app) = ("localhost/old:1", "docker.io/library/app:2", "localhost/app:latest");
    for arguments in
        [&["-t", "app", "."][..], &["-tapp", "."], &[".", "--tag", "app"], &["--tag=app", "-t", "old:1"]]
    {
        assert_eq!(tags(arguments), [app, old, two], "{arguments:?}");
    }
    assert_eq!(tags(&["-t", "app:2", "-t", "app", "."]), [two, old, app]);
    // Another build has taken the name in the meantime.
    for arguments in [&["-t", "gone", "."][..], &["."], &[".", "--", "-t", "app"]] {
        assert_eq!(tags(arguments), [old, two, app], "{arguments:?}");
    }
    let text = builders.run_podman(["-t", "app", "."]).stdout;
    assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("localhost/app:latest ")), "{text}");
}

#[test]
fn builder_inherits_the_standard_streams() {
    let builders = Builders::new(&["docker"], "read line; echo \"out $line\"; echo 'err' >&2; exit 3");
    let mut command = builders.command(["-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut stdin, b"FROM x\n").expect("written");
    drop(stdin);
    let run = Run::from(child.wait_with_output().expect("the program ends"));
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (3, "out FROM x\n", "err\n"));
}

#[test]
fn iidfile_of_the_user_is_used_and_kept() {
    let builders = Builders::new(&["docker"], BUILDER);
    let file = builders.directory.path().join("id");
    let text = file.to_str().expect("text");
    for arguments in [vec!["--iidfile", text, "."], vec![".", &format!("--iidfile={text}")]] {
        assert_asked(&builders.run(&arguments), "docker");
        assert!(fs::read_to_string(&file).expect("kept").starts_with("sha256:"));
        fs::remove_file(&file).expect("removed");
        let given = fs::read_to_string(builders.directory.path().join("docker.arguments")).expect("it ran");
        assert_eq!(given, format!("build\n{}\n", arguments.join("\n")));
    }
}

#[test]
fn build_without_image_is_an_error() {
    for (script, says) in [
        ("exit 0", "built no image"),
        ("printf 'rm -rf /' > \"$3\"", "something other than an image ID"),
        (": > \"$3\"", "something other than an image ID"),
        ("/bin/mkdir \"$3\"", "cannot read the ID"),
    ] {
        let run = Builders::new(&["docker"], script).run(["."]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.starts_with("error: ") && run.stderr.contains(says), "{run:?}");
    }
}

#[test]
fn builder_that_cannot_start_is_an_error() {
    let run = Builders::new(&[], "").run(["."]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("`docker`") && run.stderr.contains("`podman`") && run.stderr.contains("hint: "),
        "{run:?}"
    );
    let builders = Builders::new(&["docker"], "");
    let run = builders.run(["--builder", "podman", "."]);
    assert!(run.code == 2 && run.stderr.contains("`podman`"), "{run:?}");
    let not_executable = Path::new(builders.directory.path()).join("docker");
    fs::set_permissions(not_executable, fs::Permissions::from_mode(0o644)).expect("changed");
    let run = builders.run(["."]);
    assert!(run.code == 2 && run.stderr.contains("cannot run `docker`"), "{run:?}");
    assert!(run.stderr.contains("hint: "), "{run:?}");
}

#[test]
fn invalid_options_are_errors_before_the_build() {
    let builders = Builders::new(&["docker"], BUILDER);
    for options in [
        &["-o", "json", "-o", "text"][..],
        &["--config", "/no/such/file"],
        &["--ci", "--ci-config", "/no/such/file"],
        &["--ci", "--lowest-efficiency", "much"],
        &["--builder", "make"],
    ] {
        let run = builders.run([options, &["."]].concat());
        assert_eq!(run.code, 2, "{run:?}");
        assert!(!builders.directory.path().join("docker.arguments").exists(), "{options:?}");
    }
    assert_eq!(builders.run::<&str>([]).code, 2);
}

#[test]
fn signal_reaches_the_builder_and_its_exit_code_is_kept() {
    let builders = Builders::new(&["docker"], "trap 'exit 5' TERM\necho ready\nwhile :; do :; done");
    let mut child = builders.command(["."]).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).expect("read");
    assert_eq!(line, "ready\n");
    let sent = Command::new("/bin/sh").args(["-c", &format!("kill -TERM {}", child.id())]).status();
    assert!(sent.expect("sh").success());
    assert_eq!(child.wait().expect("ended").code(), Some(5));
    assert_eq!(fs::read_dir(builders.temporary.path()).expect("a directory").count(), 0);
}

//! Errors as the user sees them: `error:`, `caused by:`, `hint:`, and exit code 2.

use std::fs;
use std::io::Read;

use dockopt_testkit::{Compression, Image, Layer, blob_path, sha256};

use crate::run::{Run, program, run, run_with_input, start, testdata};

#[track_caller]
fn fails_with(arguments: &[&str], parts: &[&str]) {
    let run = run(arguments);
    assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
    assert_eq!(run.stdout, "", "{arguments:?}");
    for part in parts {
        assert!(run.stderr.contains(part), "{arguments:?}: `{part}` is missing in:\n{}", run.stderr);
    }
}

#[test]
fn invalid_arguments_are_errors() {
    fails_with(&["-o", "json"], &["error: no image given", "hint: "]);
    fails_with(&["-j", "report.json"], &["error: no image given"]);
    fails_with(&["--ci"], &["error: no image given"]);
    fails_with(&["--no-such-option"], &["--no-such-option"]);
    fails_with(&["-o", "yaml", "hello.docker.tar"], &["`yaml`", "`dive-json`"]);
    fails_with(&["-o", "json", "-o", "text", "hello.docker.tar"], &["two reports for standard output"]);
    fails_with(&["--platform", "a/b/c/d", "hello.docker.tar"], &["OS/ARCHITECTURE"]);
    fails_with(&["--threads", "0", "hello.docker.tar"], &["--threads"]);
    fails_with(
        &["--ci", "--lowest-efficiency", "2", "hello.docker.tar"],
        &["`--lowest-efficiency`", "0 to 1"],
    );
}

#[test]
fn misplaced_commands_and_second_images_are_errors() {
    let words = |command: &str| format!("error: `{command}` is a command: it comes before all options\n");
    for (arguments, command) in [
        (&["--ci", "build", "-t", "x", "."][..], "build"),
        (&["--color", "never", "images"], "images"),
        (&["--ci", "images"], "images"),
        (&["-q", "cache", "info"], "cache"),
    ] {
        fails_with(arguments, &[&words(command), &format!("`docker://{command}`")]);
    }
    fails_with(
        &["hello.docker.tar", "hello.oci.tar"],
        &["error: expected one image, but got another: `hello.oci.tar`\n"],
    );
    fails_with(&["images", "--no-such-option"], &["error: unexpected argument '--no-such-option'"]);
}

#[test]
fn missing_images_are_errors() {
    fails_with(
        &["docker://alpine"],
        &[
            "error: cannot reach docker to look for image `alpine`",
            "docker at unix:///nonexistent/docker.sock",
        ],
    );
    fails_with(
        &["--source", "podman", "alpine"],
        &["podman at unix:///nonexistent/podman.sock (CONTAINER_HOST)"],
    );
    fails_with(&["registry://127.0.0.1:1/x"], &["`127.0.0.1:1` cannot be reached", "refused"]);
    fails_with(&["registry://not an image"], &["`not an image` is not the name of an image"]);
    fails_with(&["docker://not an image"], &["`not an image` is not the name of an image"]);
    fails_with(&["./missing.tar"], &["no file or directory `./missing.tar`"]);
    fails_with(&["ftp://alpine"], &["unknown source `ftp`", "docker-archive:FILE"]);
    fails_with(&["oci-archive:missing.tar"], &["cannot read `missing.tar`", "caused by: "]);
}

/// Runs the program without addresses of engines; the machine may have some.
fn without_addresses(arguments: &[&str]) -> Run {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = program();
    command.env_remove("DOCKER_HOST").env_remove("CONTAINER_HOST").env("XDG_RUNTIME_DIR", directory.path());
    command.args(arguments).output().expect("the program starts").into()
}

#[test]
fn image_in_no_engine_is_read_from_its_registry() {
    for arguments in [&["127.0.0.1:1/x"][..], &["-q", "127.0.0.1:1/x"]] {
        let run = without_addresses(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        let note = "note: no file or directory `127.0.0.1:1/x`, and no ";
        assert!(run.stderr.starts_with(note), "{}", run.stderr);
        assert!(
            run.stderr.contains("; reading `127.0.0.1:1/x:latest` from its registry\n"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("\nerror: image `127.0.0.1:1/x` cannot be read from its registry\n"));
    }
}

#[test]
fn unreachable_engine_prevents_the_registry_fallback() {
    fails_with(
        &["127.0.0.1:1/x"],
        &[
            "error: no file or directory `127.0.0.1:1/x`, and some engines cannot be queried for an image of that name\n",
            "caused by: docker at unix:///nonexistent/docker.sock (DOCKER_HOST): cannot connect: no such file",
            "caused by: podman at unix:///nonexistent/podman.sock (CONTAINER_HOST): cannot connect: no such file",
            "\nhint: an image in a registry is read without an engine: `dockopt-dive registry://127.0.0.1:1/x`\n",
        ],
    );
}

#[test]
fn gate_never_falls_back_to_a_registry() {
    let run = without_addresses(&["--ci", "127.0.0.1:1/x"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.starts_with("error: no file or directory `127.0.0.1:1/x`, and no "), "{}", run.stderr);
    let hint =
        "\nhint: an image in a registry is read without an engine: `dockopt-dive registry://127.0.0.1:1/x`\n";
    assert!(run.stderr.ends_with(hint), "{}", run.stderr);
}

#[test]
fn names_that_no_registry_can_have_do_not_fall_back() {
    for (name, hint) in [
        ("missing.tar", "names with the extension of an archive are treated as files"),
        (
            "Upper",
            "`Upper` is not the name of an image: expected `[HOST/]NAME[:TAG][@DIGEST]`, the name in lower case",
        ),
    ] {
        let run = without_addresses(&[name]);
        assert!(run.stderr.starts_with("error: no file or directory `"), "{}", run.stderr);
        assert_eq!(run.stderr.lines().last(), Some(&*format!("hint: {hint}")), "{}", run.stderr);
    }
}

#[test]
fn errors_distinguish_inputs_that_are_not_images() {
    fails_with(&["README.md"], &["`README.md` is not a container image", "not a tar archive"]);
    fails_with(&["hello.truth.json"], &["JSON"]);
    fails_with(&["."], &["neither an index.json nor a manifest.json"]);
    fails_with(&["/dev/null"], &["device"]);
    fails_with(&["oci-archive:hello.docker.tar"], &["not a container image"]);
}

#[test]
fn directory_with_the_name_of_an_image_has_a_hint() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir(directory.path().join("app")).expect("made");
    let run: Run =
        program().current_dir(directory.path()).arg("app").output().expect("the program starts").into();
    let hint = "\nhint: files and directories take precedence; an engine's image is `docker://app` or `podman://app`\n";
    assert!(run.code == 2 && run.stderr.ends_with(hint), "{}", run.stderr);
    assert!(!super::run::run(["."]).stderr.contains("docker://"));
}

#[test]
fn errors_list_images_and_platforms_to_choose() {
    fails_with(
        &["hello.two-images.docker.tar"],
        &["there are 2 images", "`--image`", "`hello:latest`", "`hello-second:latest`"],
    );
    fails_with(&["--image", "nope", "hello.docker.tar"], &["there is no image `nope`", "`hello:latest`"]);
    fails_with(
        &["--platform", "linux/s390x", "hello.platforms.oci.tar"],
        &["platform `linux/s390x`", "`linux/amd64`", "`linux/arm64/v8`"],
    );
    fails_with(&["--platform", "windows/amd64", "hello.docker.tar"], &["`linux/amd64`"]);
}

#[test]
fn error_of_a_broken_stream_has_its_offset() {
    let archive = fs::read(testdata("hello.docker.tar")).expect("readable");
    let cut = run_with_input(["-"], &archive[..archive.len() / 2]);
    assert_eq!(cut.code, 2);
    assert!(cut.stderr.contains("standard input") && cut.stderr.contains("offset"), "{}", cut.stderr);
    let empty = run_with_input(["-"], b"");
    assert_eq!(empty.code, 2);
    assert!(empty.stderr.contains("it is empty"), "{}", empty.stderr);
}

#[test]
fn verify_finds_a_wrong_digest() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("image");
    copy(&testdata("hello.oci"), &image);
    let report = crate::run::json([image.as_os_str()]);
    let digest = report["layers"][1]["digest"].as_str().expect("a digest").to_owned();
    let other = report["layers"][2]["digest"].as_str().expect("a digest").to_owned();
    let blob = |digest: &str| image.join("blobs").join(digest.replace(':', "/"));
    fs::copy(blob(&other), blob(&digest)).expect("copied");
    let image = image.display().to_string();
    fails_with(&["--verify", &image], &["layer 1", &digest, &other]);
    let run = run([image.as_str()]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("warning: layer 1: blob has"), "{}", run.stderr);
    assert_eq!(crate::run::run(["-q", image.as_str()]).stderr, "");
}

#[test]
fn closed_pipe_is_not_an_error() {
    let mut child = start(["-o", "dive-json", "hello.docker.tar"]);
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("readable");
    assert_eq!((child.wait().expect("it ends").code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn unwritable_report_is_an_error() {
    fails_with(
        &["-o", "json=/no/such/folder/x.json", "hello.docker.tar"],
        &["cannot write `/no/such/folder/x.json`"],
    );
}

#[test]
fn two_reports_to_one_file_are_an_error() {
    fails_with(
        &["-o", "json=/tmp/x", "-o", "dive-json=/tmp/x", "hello.docker.tar"],
        &["two reports for `/tmp/x`"],
    );
}

#[test]
fn limit_without_ci_is_a_warning() {
    let run = run(["--highest-layers", "3", "hello.docker.tar"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, "warning: `--highest-layers` does nothing without `--ci`\n")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn unwritable_standard_error_changes_nothing() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    let status = program().arg("./no-such-image").stderr(full()).status().expect("the program starts");
    assert_eq!(status.code(), Some(2));
    let output = program().arg("hello.umoci").stderr(full()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.len() > 500, "the report is still written");
}

#[cfg(unix)]
#[test]
fn interrupt_is_exit_code_130() {
    let mut child = start(["-"]);
    let mut stdin = child.stdin.take().expect("a pipe");
    let archive = fs::read(testdata("hello.docker.tar")).expect("readable");
    // After more bytes than a pipe holds, the program is reading, so it handles signals.
    std::io::Write::write_all(&mut stdin, &archive[..archive.len() - 20_000]).expect("taken");
    let status = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success());
    // In a pipeline the signal ends the writer too.
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    let mut stderr = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("readable");
    assert_eq!(stderr, "", "nothing is wrong with the image");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// Unreadable layers: every command names the layer and the reason.
#[test]
fn unreadable_layer_is_an_error_with_its_reason() {
    let noise: Vec<u8> = (1..2000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
    let base = || Image::new().layer(Layer::new().file("a", "1"));
    let of = |blob: &[u8]| base().layer_blob(blob, &sha256(b"plain"));
    let with = |start: &[u8]| of(&[start, &noise].concat());
    let unsupported =
        |name: &str| format!("it is compressed with {name}, which is not supported; gzip and zstd are");
    let cases = [
        (
            of(&noise).encrypted_layer(1),
            "it is encrypted, and only a holder of its key can read it".to_owned(),
        ),
        (with(b"\xfd7zXZ\0\0\x04"), unsupported("xz")),
        (with(b"BZh91AY&SY"), unsupported("bzip2")),
        (with(b"\x04\x22\x4d\x18"), unsupported("lz4")),
        (with(b"LZIP\x01"), unsupported("lzip")),
        (
            of(&noise).media_type("application/vnd.example.squashfs"),
            "application/vnd.example.squashfs".to_owned(),
        ),
    ];
    let file = tempfile::NamedTempFile::new().expect("a file");
    for (image, words) in cases {
        fs::write(file.path(), image.oci_archive(Compression::Gzip).to_tar()).expect("written");
        let name = file.path().display().to_string();
        for arguments in
            [&[&name[..]][..], &["--ci", &name], &["ls", &name], &["extract", &name, "/", "-o", "-"]]
        {
            fails_with(arguments, &["error: layer 1 (`sha256:", &words]);
        }
    }
}

#[test]
fn absent_foreign_layer_is_an_error_with_its_url() {
    let layers = ["1", "2"].map(|content| Layer::new().file("Files/a", content));
    let image = layers.into_iter().fold(Image::new(), Image::layer).foreign_layer(0);
    let mut archive = image.oci_archive(Compression::Plain);
    archive.remove(&blob_path(&image.pack(Compression::Plain).layers[0].digest));
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), archive.to_tar()).expect("written");
    let name = file.path().display().to_string();
    let words = ["error: layer 0 (`sha256:", "foreign layer", "`https://layers.invalid/base`", "hint: "];
    fails_with(&["--ci", &name], &words);
}

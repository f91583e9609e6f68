//! `ls`, `cat`, `extract` and `history` on real images, compared with an oracle of the `tar` crate
//! and the rules of whiteouts, and on hostile images.

mod cat;
mod errors;
mod extract;
mod history;
mod ls;
pub(crate) mod oracle;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use dockopt_testkit::Image;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::run::{FORMS, program};

/// Returns the forms of the image `hello` in `testdata/`, and one chosen among several images.
fn forms() -> impl Iterator<Item = &'static str> {
    FORMS.into_iter().chain(["docker-archive:hello.two-images.docker.tar:hello"])
}

/// The result of a run; its output need not be text.
#[derive(Debug)]
struct Raw {
    code: i32,
    stdout: Vec<u8>,
    stderr: String,
}

/// Runs the program, with a file as standard input if one is given.
fn raw<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>, input: Option<&Path>) -> Raw {
    let mut command = program();
    command.args(arguments);
    if let Some(input) = input {
        command.stdin(fs::File::open(input).expect("readable"));
    }
    let output = command.output().expect("the program starts");
    Raw {
        code: output.status.code().expect("ended by itself"),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Returns the output of a run that succeeds without messages.
#[track_caller]
fn bytes<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Vec<u8> {
    let run = raw(arguments, None);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    run.stdout
}

#[track_caller]
fn text<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    String::from_utf8(bytes(arguments)).expect("UTF-8")
}

/// Returns the JSON array that a run writes.
#[track_caller]
fn rows<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Vec<Value> {
    let value: Value = serde_json::from_slice(&bytes(arguments)).expect("JSON");
    value.as_array().expect("an array").clone()
}

/// Returns the error of a run that fails and writes nothing else.
#[track_caller]
fn failure<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    let run = raw(arguments, None);
    assert_eq!((run.code, run.stdout.as_slice()), (2, &b""[..]), "{}", run.stderr);
    run.stderr
}

/// Writes an image to an archive; returns the file and its name.
fn saved(image: &Image) -> (NamedTempFile, String) {
    saved_bytes(&image.docker_legacy().to_tar())
}

fn saved_bytes(archive: &[u8]) -> (NamedTempFile, String) {
    let file = NamedTempFile::new().expect("a file");
    fs::write(file.path(), archive).expect("written");
    let name = file.path().display().to_string();
    (file, name)
}

/// Returns `N:PATH` as bytes.
fn in_layer(layer: usize, path: &[u8]) -> OsString {
    argument(&[layer.to_string().as_bytes(), b":", path].concat())
}

fn argument(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes.to_vec())
}

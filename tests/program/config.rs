//! The configuration of the browser on the command line: printing it, naming a file, errors.

use std::fs;

use crate::run::{Run, program, run};

/// Writes a report with a configuration file.
fn report_with(text: &str) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("my.yaml");
    fs::write(&path, text).expect("written");
    let mut command = program();
    command.arg("--config").arg(&path).arg("hello.docker.tar");
    command.output().expect("the program starts").into()
}

#[test]
fn printed_configuration_is_valid() {
    let printed = run(["config"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    assert!(printed.stdout.contains("\n  quit: [\"q\", \"ctrl+c\"] # quit\n"), "{}", printed.stdout);
    let report = report_with(&printed.stdout);
    assert_eq!((report.code, report.stderr.as_str()), (0, ""));
    assert_eq!(report.stdout, run(["hello.docker.tar"]).stdout);
}

#[test]
fn invalid_named_configuration_is_exit_code_2_even_for_a_report() {
    for (text, parts) in [
        ("theme: dark\ntre:\n  sort: size\n", ["line 2: unknown key `tre`", "hint: did you mean `tree`?"]),
        (
            "keys:\n  quit: ctrl+\n",
            ["line 2: `quit`: unknown key `ctrl+`", "hint: keys are written as `ctrl+f`"],
        ),
        ("keys: {find: x, filter: x}\n", ["line 1: `filter`: key `x`", "`find`"]),
        ("keys:\n  \"\\e]0;owned\\a\": x\n", ["\\x1b]0;owned\\x07", "unknown key"]),
        ("theme: [\n", ["cannot be parsed: line 1", "my.yaml"]),
    ] {
        let report = report_with(text);
        assert_eq!((report.code, report.stdout.as_str()), (2, ""), "{text}");
        assert!(report.stderr.starts_with("error: configuration file `"), "{}", report.stderr);
        assert!(report.stderr.contains("my.yaml`"), "{}", report.stderr);
        assert!(!report.stderr.contains(['\u{1b}', '\u{7}']), "{}", report.stderr);
        for part in parts {
            assert!(report.stderr.contains(part), "`{part}` is missing in:\n{}", report.stderr);
        }
    }
}

#[test]
fn named_configuration_must_exist_and_be_finite() {
    let missing = run(["--config", "no-such-file", "hello.docker.tar"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("cannot read configuration file `no-such-file`"), "{}", missing.stderr);
    let endless = run(["--config", "/dev/zero", "hello.docker.tar"]);
    assert_eq!(endless.code, 2);
    assert!(endless.stderr.contains("`/dev/zero` is larger than 1 MiB"), "{}", endless.stderr);
}

#[test]
fn report_does_not_read_the_configuration_of_the_user() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join(".config/dockopt-dive");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("config.yaml"), "no such key: 1\n").expect("written");
    let report: Run = program()
        .env("HOME", home.path())
        .arg("hello.docker.tar")
        .output()
        .expect("the program starts")
        .into();
    assert_eq!((report.code, report.stderr.as_str()), (0, ""));
}

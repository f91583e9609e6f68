//! The documentation matches the program: generated pages and examples are up to date.

use std::fs;
#[cfg(unix)]
use std::path::Path;

use dockopt_core::policy::GATES;
use dockopt_core::warning_kind::WarningKind;

use crate::run::{run, testdata};

/// Returns the expected content of `docs/cli.md`.
fn cli_page() -> String {
    let mut page = String::from(
        "# Command line\n\nGenerated from the program's help by `UPDATE_DOCS=1 cargo test --test program docs`.\n",
    );
    for arguments in [
        &["--help"][..],
        &["images", "--help"],
        &["build", "--help"],
        &["ls", "--help"],
        &["cat", "--help"],
        &["extract", "--help"],
        &["history", "--help"],
        &["fix", "--help"],
        &["explain", "--help"],
        &["cache", "--help"],
        &["cache", "info", "--help"],
        &["cache", "prune", "--help"],
        &["completions", "--help"],
        &["man", "--help"],
        &["config", "--help"],
    ] {
        let help = run(arguments);
        assert_eq!(help.code, 0, "{}", help.stderr);
        let title = arguments.iter().take(arguments.len() - 1).copied().collect::<Vec<_>>().join(" ");
        let title = format!("dockopt-dive {title}");
        let text: Vec<&str> = help.stdout.lines().map(str::trim_end).collect();
        page.extend(["\n## ", title.trim_end(), "\n\n```text\n", &text.join("\n"), "\n```\n"]);
    }
    page
}

/// Compares a page of the documentation with its expected content, or writes it.
#[track_caller]
fn assert_up_to_date(name: &str, page: &str) {
    let path = testdata(&format!("../docs/{name}"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, page).expect("written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "docs/{name} is out of date: UPDATE_DOCS=1 cargo test --test program docs");
}

#[test]
fn cli_page_is_up_to_date() {
    assert_up_to_date("cli.md", &cli_page());
}

#[test]
fn keys_page_is_up_to_date() {
    assert_up_to_date("keys.md", &run(["keys"]).stdout);
}

/// Returns the table of gates in `docs/ci.md`.
#[test]
fn rules_page_is_up_to_date() {
    assert_up_to_date("rules.md", &run(["explain", "--markdown"]).stdout);
}

fn table_of_gates() -> String {
    let mut table = String::from("| option | in `.dive-ci` | limit | default |\n|---|---|---|---|\n");
    for gate in &GATES {
        let default = gate.default.map_or_else(|| "off".to_owned(), |limit| limit.to_string());
        let row = format!("| `--{}` | `{}` | {} | {default} |\n", gate.option, gate.name, gate.help);
        table.push_str(&row);
    }
    table
}

#[test]
fn table_of_gates_is_up_to_date() {
    let page = fs::read_to_string(testdata("../docs/ci.md")).expect("a page");
    let start = page.find("| option |").expect("a table of options");
    let end = start + page[start..].find("\n\n").expect("text after the table") + 1;
    let updated = [&page[..start], &table_of_gates(), &page[end..]].concat();
    assert_up_to_date("ci.md", &updated);
}

/// Returns the table of warnings in `docs/ci.md`.
fn table_of_warnings() -> String {
    let mut table = String::from("| warning | meaning | with `--ci` |\n|---|---|---|\n");
    for kind in WarningKind::all() {
        let result = if kind.is_doubtful() { "error, exit code 2" } else { "judged" };
        let row = format!("| `{}` | {} | {result} |\n", kind.name(), kind.meaning());
        table.push_str(&row);
    }
    table
}

#[test]
fn table_of_warnings_is_up_to_date() {
    let page = fs::read_to_string(testdata("../docs/ci.md")).expect("a page");
    let start = page.find("| warning |").expect("a table of warnings");
    let end = start + page[start..].find("\n\n").expect("text after the table") + 1;
    let updated = [&page[..start], &table_of_warnings(), &page[end..]].concat();
    assert_up_to_date("ci.md", &updated);
}

#[test]
fn report_in_the_readme_is_up_to_date() {
    let readme = fs::read_to_string(testdata("../README.md")).expect("a README");
    let report = run(["hello.docker.tar"]).stdout;
    let report: Vec<&str> = report.lines().map(str::trim_end).collect();
    assert!(readme.contains(&report.join("\n")), "the README's example differs from:\n{}", report.join("\n"));
}

#[test]
fn completions_and_manual_page_are_written() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(run(["completions", shell]).stdout.contains("highest-wasted-bytes"), "{shell}");
    }
    let manual = run(["man"]).stdout;
    assert!(manual.starts_with(".ie") && manual.contains("lowest"), "{manual}");
}

/// Returns what a shell prints for a command line of a page, in a directory with the image `hello`.
#[cfg(unix)]
fn printed(command: &str, directory: &Path) -> String {
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", command])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", directory.join("bin").display()))
        .current_dir(directory)
        .output()
        .expect("a shell");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    text(output.stdout) + &text(output.stderr)
}

/// Returns a page with the current output of each command line of its examples.
#[cfg(unix)]
fn with_output(page: &str, directory: &Path) -> String {
    let mut written = String::new();
    let mut in_example = false;
    for line in page.lines() {
        match line.strip_prefix("$ ").filter(|_| in_example) {
            Some(command) => written.extend([line, "\n", &printed(command, directory)]),
            None if in_example && line != "```" => {}
            None => written.extend([line, "\n"]),
        }
        in_example = line == "```console" || (in_example && line != "```");
    }
    written
}

#[test]
#[cfg(unix)]
fn examples_on_exploring_are_up_to_date() {
    let directory = tempfile::tempdir().expect("a directory");
    let bin = directory.path().join("bin");
    fs::create_dir(&bin).expect("made");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_dockopt-dive"), bin.join("dockopt-dive")).expect("made");
    fs::copy(testdata("hello.docker.tar"), directory.path().join("hello.docker.tar")).expect("copied");
    let page = fs::read_to_string(testdata("../docs/explore.md")).expect("a page");
    assert!(page.contains("\n$ dockopt-dive history "));
    assert_up_to_date("explore.md", &with_output(&page, directory.path()));
}

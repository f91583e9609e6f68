//! The documentation says what the program does: generated pages are up to date, the README's commands work.

use std::fs;

use dockopt_core::policy::GATES;

use crate::run::{run, testdata};

/// The page that `docs/cli.md` must be.
fn cli_page() -> String {
    let mut page = String::from(
        "# Command line\n\nMade from the program's own help; `UPDATE_DOCS=1 cargo test --test program docs` writes it anew.\n",
    );
    for arguments in [
        &["--help"][..],
        &["images", "--help"],
        &["build", "--help"],
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

/// Compares a page of the documentation with what it must be, or writes it.
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
fn the_command_line_page_is_up_to_date() {
    assert_up_to_date("cli.md", &cli_page());
}

#[test]
fn the_page_of_keys_is_up_to_date() {
    assert_up_to_date("keys.md", &run(["keys"]).stdout);
}

/// The table of gates in `docs/ci.md`.
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
fn the_table_of_gates_is_up_to_date() {
    let page = fs::read_to_string(testdata("../docs/ci.md")).expect("a page");
    let start = page.find("| option |").expect("a table of options");
    let end = start + page[start..].find("\n\n").expect("text after the table") + 1;
    let updated = [&page[..start], &table_of_gates(), &page[end..]].concat();
    assert_up_to_date("ci.md", &updated);
}

#[test]
fn the_readme_shows_the_report_as_it_is() {
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

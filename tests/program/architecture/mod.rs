//! The architecture: which crates, wings and files use which, and how many types share a name.
//! `docs/architecture.md` describes it, these tests enforce it.
//!
//! The source files are read as text. A file uses what its `use` lines and paths name, outside of
//! tests.

mod checks;
mod modules;
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use self::checks::Crate;
use self::modules::{Files, Modules};
use crate::run::testdata;

/// The crates whose wings are checked, with their source folders.
const ORDERED: [(&str, Crate<'static>); 6] = [
    (
        "crates/core/src",
        Crate {
            name: "dockopt-core",
            root: "lib.rs",
            may_use: &[],
            floors: &[
                &["model"],
                &["tree"],
                &["ledger", "history", "facts", "ownership", "findings"],
                &["comparison"],
                &["filter", "dive"],
                &["analysis"],
                &["policy"],
            ],
        },
    ),
    (
        "crates/advice/src",
        Crate {
            name: "dockopt-advice",
            root: "lib.rs",
            may_use: &["dockopt_core"],
            floors: &[&["evidence", "build"], &["packages"], &["rules"]],
        },
    ),
    (
        "crates/report/src",
        Crate {
            name: "dockopt-report",
            root: "lib.rs",
            may_use: &["dockopt_core"],
            floors: &[
                &["report"],
                &["format"],
                &["colour", "go", "value"],
                &["advice"],
                &["dive_json", "json", "text"],
            ],
        },
    ),
    (
        "crates/image/src",
        Crate {
            name: "dockopt-image",
            root: "lib.rs",
            may_use: &["dockopt_core"],
            floors: &[
                &["host", "bytes"],
                &["tar", "engine", "registry"],
                &["layer"],
                &["cache", "contents"],
                &["source", "extract"],
                &["manifest", "reference"],
                &["read"],
                &["fuzzing"],
            ],
        },
    ),
    (
        "crates/testkit/src",
        Crate {
            name: "dockopt-testkit",
            root: "lib.rs",
            may_use: &[],
            floors: &[
                &["codec", "compression", "digest", "meta", "zip"],
                &["entry", "pax"],
                &["sparse"],
                &["layer", "bomb"],
                &["archive", "seekable"],
                &["compress", "packed"],
                &["image"],
                &["oci"],
                &["index"],
                &["docker"],
                &["formats", "broken", "synthetic", "server"],
            ],
        },
    ),
    (
        "src",
        Crate {
            name: "dockopt-dive",
            root: "main.rs",
            may_use: &["dockopt_core", "dockopt_advice", "dockopt_image", "dockopt_report"],
            floors: &[
                &["terminal", "dates", "mode", "progress"],
                &["error"],
                &["yaml", "output", "cache", "foreground", "interrupt"],
                &["rules", "images", "explore", "dockerfile"],
                &["advise"],
                &["tui/action"],
                &["tui/areas", "tui/list", "tui/range", "tui/text", "tui/typing"],
                &["tui/theme", "tui/glyphs", "tui/subject", "tui/worker"],
                &["tui/keys", "tui/screen", "tui/find", "tui/preview"],
                &["tui/events", "tui/panes/tree/request"],
                &[
                    "config",
                    "tui/panes/tree/rows",
                    "tui/panes/layers/state",
                    "tui/panes/findings/state",
                    "tui/panes/packages/state",
                    "tui/panes/preview/state",
                ],
                &["tui/panes/tree/viewer"],
                &["tui/effect", "tui/panes/tree/state"],
                &["tui/loader", "tui/extract"],
                &["tui/app"],
                &["tui/draw"],
                &["tui/panes/pane"],
                &["tui/panes"],
                &["tui/update"],
                &["tui/world"],
                &["tui/browse"],
                &["tui/picker"],
                &["tui"],
                &["cli"],
            ],
        },
    ),
];

#[test]
fn files_use_only_lower_floors_and_form_no_cycle() {
    let faults = ORDERED.iter().flat_map(|(folder, order)| order.check(&files(folder)));
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Largest number of types that may share a name.
const NAMESAKES: usize = 3;

#[test]
fn no_name_is_shared_by_more_than_three_types() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (folder, order) in ORDERED.iter().filter(|(folder, _)| *folder != "crates/testkit/src") {
        let modules = Modules::read(&files(folder), order.root);
        for (name, file) in modules.types() {
            places.entry(name.to_owned()).or_default().push(format!("{folder}/{file}"));
        }
    }
    assert!(places.contains_key("ImageInfo"), "types are found");
    places.retain(|_, files| files.len() > NAMESAKES);
    assert!(places.is_empty(), "{places:#?}");
}

/// Returns all Rust files below a folder of the workspace.
fn files(folder: &str) -> Files {
    let mut files = Files::new();
    let root = testdata(&format!("../{folder}"));
    collect(Path::new(&root), "", &mut files);
    assert!(!files.is_empty(), "no sources in {folder}");
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            files.insert(name, fs::read_to_string(entry.path()).expect("text"));
        }
    }
}

/// A crate for the tests below: `low` under `left` and `right`.
const SMALL: Crate<'static> = Crate {
    name: "small",
    root: "lib.rs",
    may_use: &["dockopt_core"],
    floors: &[&["low"], &["left", "right"]],
};

#[track_caller]
fn assert_faults(files: &[(&str, &str)], faults: &[&str]) {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    assert_eq!(SMALL.check(&files), faults);
}

#[test]
fn imports_from_lower_floors_pass() {
    assert_faults(
        &[
            ("lib.rs", "mod low; mod left; mod right; pub use left::L;"),
            ("low/mod.rs", "mod deep; pub use deep::D;"),
            ("low/deep.rs", "#[cfg(test)] mod tests { use crate::left::L; }"),
            ("left.rs", "use crate::low::D; use dockopt_core::entry::Entry;"),
            ("right.rs", "// crate::left::L\nfn f() { crate::low::deep::g() }"),
        ],
        &[],
    );
}

#[test]
fn import_from_a_higher_or_equal_floor_is_a_violation() {
    assert_faults(
        &[
            ("lib.rs", "mod low; mod left; mod right;"),
            ("low.rs", "fn f() { crate::left::g() }"),
            ("left.rs", ""),
            ("right.rs", "use super::left::G;"),
        ],
        &[
            "small: low.rs uses left.rs, which is not below it",
            "small: right.rs uses left.rs, which is not below it",
        ],
    );
}

#[test]
fn import_from_an_unlisted_crate_is_a_violation() {
    assert_faults(
        &[("lib.rs", "mod low;"), ("low.rs", "use dockopt_image::Image;")],
        &["small: low.rs uses dockopt_image"],
    );
}

#[test]
fn cycle_of_files_is_a_violation() {
    assert_faults(
        &[
            ("lib.rs", "mod low;"),
            ("low/mod.rs", "mod a; mod b; mod c; pub use a::A; pub use b::B; pub use c::C;"),
            ("low/a.rs", "use super::B;"),
            ("low/b.rs", "use super::c::C;"),
            ("low/c.rs", "fn f() { super::A::new() }"),
        ],
        &["small: circle: low/a.rs -> low/b.rs -> low/c.rs -> low/a.rs"],
    );
}

#[test]
fn file_on_no_floor_is_a_violation() {
    assert_faults(&[("lib.rs", "mod other;"), ("other.rs", "")], &["small: other.rs is on no floor"]);
}

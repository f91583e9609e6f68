//! Modules of Go in the programs that they were linked into.

use crate::evidence::elf::{GoBuild, GoModule};
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Database;

/// The name of Go's library.
const LIBRARY: &str = "stdlib";
/// The path of a program that was built from single files.
const FILES: &str = "command-line-arguments";

/// The program belongs to its main module; the others, and Go's library, own nothing.
pub(super) fn add(program: &Database<'_>, claims: &mut Claims, build: GoBuild) {
    let GoBuild { version, main, modules } = build;
    if !main.path.is_empty() && main.path != FILES {
        program.describe(claims, found(main));
    }
    let version = version.trim_start_matches("go").to_owned();
    let library = GoModule { path: LIBRARY.to_owned(), version };
    for module in modules.into_iter().chain([library]) {
        program.add_part(claims, found(module));
    }
}

fn found(GoModule { path, version }: GoModule) -> Found {
    let (namespace, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let purl = purl("golang", namespace, name, &version, "");
    Found { ecosystem: "golang", name: path, version, purl }
}

//! Modules of Go in the programs that they were linked into.

use crate::evidence::elf::{ElfFact, GoModule, Programs};
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::{Database, Sources};

/// The name of Go's library.
const LIBRARY: &str = "stdlib";
/// The path of a program that was built from single files.
const FILES: &str = "command-line-arguments";

/// The program belongs to its main module; the others, and Go's library, own nothing.
pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (program, fact) in sources.facts(Programs::ID, ElfFact::decode) {
        let Some(build) = fact.go else { continue };
        if !build.main.path.is_empty() && build.main.path != FILES {
            let number = program.package(claims, found(&build.main));
            claims.describe(program.entry, number);
        }
        let path = LIBRARY.to_owned();
        let version = build.version.trim_start_matches("go").to_owned();
        for module in build.modules.iter().chain([&GoModule { path, version }]) {
            add(&program, claims, module);
        }
    }
}

fn add(program: &Database<'_>, claims: &mut Claims, module: &GoModule) {
    if claims.has_room() {
        program.package(claims, found(module));
    }
}

fn found(GoModule { path, version }: &GoModule) -> Found {
    let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
    let purl = purl("golang", namespace, name, version, "");
    Found { ecosystem: "golang", name: path.clone(), version: version.clone(), purl }
}

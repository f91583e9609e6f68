//! Crates in programs of Rust.

use crate::evidence::elf::{ElfFact, Programs};
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Sources;

/// The program belongs to the root crate; the others own nothing.
pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (program, fact) in sources.facts(Programs::ID, ElfFact::decode) {
        for one in fact.crates {
            let purl = purl("cargo", "", &one.name, &one.version, "");
            let found = Found { ecosystem: "cargo", name: one.name, version: one.version, purl };
            if one.root {
                let number = program.package(claims, found);
                claims.describe(program.entry, number);
            } else if claims.has_room() {
                program.package(claims, found);
            }
        }
    }
}

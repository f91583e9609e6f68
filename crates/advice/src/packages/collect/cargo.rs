//! Crates in programs of Rust.

use crate::evidence::elf::Crate;
use crate::packages::claims::{Claims, Found};
use crate::packages::purl::purl;
use crate::packages::sources::Database;

/// The program belongs to the root crate; the others own nothing.
pub(super) fn add(program: &Database<'_>, claims: &mut Claims, crates: Vec<Crate>) {
    for Crate { name, version, root } in crates {
        let purl = purl("cargo", "", &name, &version, "");
        let found = Found { ecosystem: "cargo", name, version, purl };
        if root {
            program.describe(claims, found);
        } else {
            program.add_part(claims, found);
        }
    }
}

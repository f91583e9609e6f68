//! Programs and libraries that say what was linked into them.

use super::{cargo, go};
use crate::evidence::elf::{ElfFact, Programs};
use crate::packages::claims::Claims;
use crate::packages::sources::Sources;

pub(super) fn collect(sources: &mut Sources<'_>, claims: &mut Claims) {
    for (program, fact) in sources.facts(Programs::ID, ElfFact::decode) {
        if let Some(build) = fact.go {
            go::add(&program, claims, build);
        }
        cargo::add(&program, claims, fact.crates);
    }
}

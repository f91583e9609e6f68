//! Rules: what to change in an image. A rule is one file, or one row of a table, and is listed in
//! [`rules`].
//!
//! Special rules come before general ones: what a rule for the cache of a package manager claims is
//! not reported again as deleted too late.

mod base;
mod build_tools;
mod caches;
mod case;
mod debs;
mod development;
mod duplicates;
mod gathered;
mod ignored;
mod instructions;
mod layers;
mod leftovers;
mod places;
mod reach;
mod recommended;
mod remedy;
mod rule;
mod safety;
mod secrets;
mod skeleton;
mod unowned;
mod unstripped;
mod waste;

use std::collections::HashMap;

use dockopt_core::findings::Findings;

pub use self::case::Case;
use self::gathered::Gathered;
pub use self::rule::Rule;
pub use self::secrets::redact;
use crate::build::patch::Edit;

/// A rule and the function that finds its findings.
type Finder = fn(&Case<'_>, &mut Gathered);

/// The functions, in their order.
const FINDERS: [Finder; 15] = [
    secrets::find,
    caches::find,
    ignored::find,
    waste::find,
    leftovers::find,
    unstripped::find,
    recommended::find,
    build_tools::find,
    development::find,
    base::find,
    duplicates::find,
    unowned::find,
    instructions::find,
    safety::find,
    layers::find,
];

/// The rules that are not rows of a table.
const OTHERS: [&Rule; 27] = [
    &secrets::KEY,
    &secrets::TOKEN,
    &secrets::PASSWORD,
    &secrets::HISTORY,
    &secrets::VARIABLE,
    &ignored::RULE,
    &waste::DELETED,
    &waste::METADATA,
    &waste::IDENTICAL,
    &waste::OVERWRITTEN,
    &unstripped::RULE,
    &recommended::RULE,
    &build_tools::RULE,
    &development::NODE,
    &development::PYTHON,
    &base::RULE,
    &duplicates::RULE,
    &unowned::RULE,
    &instructions::UPDATE_ALONE,
    &instructions::COPY_BEFORE_INSTALL,
    &instructions::ADD,
    &safety::ROOT,
    &safety::SET_UID,
    &safety::WORLD_WRITABLE,
    &layers::MANY,
    &layers::HEALTH,
    &layers::SHELL,
];

/// Returns all rules.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    caches::rules().chain(OTHERS).chain(leftovers::rules())
}

/// The edits of a Dockerfile that follow each finding, by its fingerprint.
pub type EditsByFinding = HashMap<String, Vec<Edit>>;

/// What to change in an image, and how.
#[derive(Clone, Debug, Default)]
pub struct Advice {
    /// The findings and the plan.
    pub findings: Findings,
    /// How to change the Dockerfile.
    pub edits: EditsByFinding,
}

/// Finds what to change in an image.
pub fn advice(case: &Case<'_>) -> Advice {
    let mut found = Gathered::default();
    for find in FINDERS {
        find(case, &mut found);
    }
    let (findings, edits) = found.into_findings();
    Advice { findings: Findings::new(findings, case.analysis.ledger.total.stored), edits }
}

#[cfg(test)]
mod tests;

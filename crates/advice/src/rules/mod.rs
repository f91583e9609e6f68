//! Rules: what to change in an image. A rule is one file, or one row of a table, and is listed in
//! [`rules`].
//!
//! Special rules come before general ones: what a rule for the cache of a package manager claims is
//! not reported again as deleted too late.

mod caches;
mod case;
mod places;
mod rule;
mod waste;

use dockopt_core::findings::Findings;

pub use self::case::Case;
use self::case::Gathered;
pub use self::rule::Rule;

/// A rule and the function that finds its findings.
type Finder = fn(&Case<'_>, &mut Gathered);

/// The functions, in their order.
const FINDERS: [Finder; 2] = [caches::find, waste::find];

/// Returns all rules.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let general = [&waste::DELETED, &waste::METADATA, &waste::IDENTICAL, &waste::OVERWRITTEN];
    caches::rules().chain(general)
}

/// Finds what to change in an image.
pub fn findings(case: &Case<'_>) -> Findings {
    let mut found = Gathered::default();
    for find in FINDERS {
        find(case, &mut found);
    }
    Findings::new(found.into_findings(), case.analysis.ledger.total.stored)
}

#[cfg(test)]
mod tests;

//! Programs and libraries with symbols that nothing needs at run time.

use std::collections::BTreeMap;

use dockopt_core::findings::{Claim, Confidence, FoundPath, Severity};
use dockopt_core::quantity::{plural, size};

use super::case::Case;
use super::gathered::{Draft, Gathered};
use super::remedy::Remedy;
use super::rule::Rule;
use crate::build::steps::Step;
use crate::evidence::elf::{ElfFact, Programs};

pub(super) static RULE: Rule = Rule {
    id: "unstripped",
    title: "Programs with symbols",
    severity: Severity::Medium,
    least: 1_000_000,
    help: "Symbols and debug information help a debugger and nothing else. `strip` removes them after the build; \
        compilers leave them out: `go build -ldflags=-s`, `strip = true` in the profile of Cargo, `gcc -s`. Programs \
        of packages are not reported: their packager decides.",
    links: &["https://sourceware.org/binutils/docs/binutils/strip.html"],
};

/// Finds live programs of the user's layers that no package owns, or that say themselves what they
/// are.
pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let mut layers: BTreeMap<usize, (Vec<Claim>, Vec<FoundPath>)> = BTreeMap::new();
    for (entry, fact) in case.evidence.of_probe(Programs::ID) {
        let bytes = ElfFact::decode(fact).map_or(0, |fact| fact.strippable);
        let Some(facts) = case.tree.entry(entry).filter(|facts| facts.live && bytes > 0) else { continue };
        let is_own = case.owner(entry).is_none_or(|owner| matches!(owner.ecosystem, "cargo" | "golang"));
        if facts.layer < case.base_layers() || !is_own || found.is_claimed(entry) {
            continue;
        }
        let (claims, paths) = layers.entry(facts.layer).or_default();
        claims.push(Claim { entry, bytes: bytes.min(facts.stored) });
        let path = case.tree.entry_path(entry);
        paths.extend(path.map(|path| FoundPath { path, bytes, files: 1 }));
    }
    for (layer, (claims, paths)) in layers {
        let bytes = size(claims.iter().map(|claim| claim.bytes).sum());
        let (files, name) = (plural(claims.len() as u64, "program"), case.layer_name(layer));
        let is_copy = case.step(layer).is_some_and(Step::is_copy);
        let place = if is_copy { "before they are copied" } else { "in the same instruction" };
        let draft = Draft {
            layer: Some(layer),
            message: format!("{name} installs {files} with {bytes} of symbols"),
            fix: format!("strip them {place}: `strip --strip-unneeded`, or build them without"),
            remedy: Remedy::Words,
            confidence: Confidence::Likely,
            exact: true,
            paths,
            claims,
        };
        found.add(case, &RULE, draft);
    }
}

//! Packages that apt installs because another one recommends them.

use std::collections::{BTreeMap, HashSet};

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::quantity::size;

use super::case::{Case, Pile};
use super::debs::{PROGRAMS, closure, described, installs, name_of, named};
use super::gathered::{Draft, Gathered};
use super::remedy::Remedy;
use super::rule::Rule;
use crate::build::patch::Avoid;

pub(super) static RULE: Rule = Rule {
    id: "recommended-packages",
    title: "Packages that are only recommended",
    severity: Severity::High,
    least: 64_000,
    help: "By default apt also installs what a package recommends. \
        `apt-get install --no-install-recommends` installs what is asked for and what that depends on. If the program \
        then misses something, name it.",
    links: &["https://manpages.debian.org/stable/apt/apt-get.8.en.html"],
};

static OPTION: Avoid = Avoid {
    programs: &PROGRAMS,
    subcommands: &["install"],
    option: "--no-install-recommends",
    not_with: &[],
};

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let states = &case.installed;
    for (layer, installed) in states.range(case.base_layers()..) {
        let Some(asked) = asked_for(case, *layer) else { continue };
        let before = states.range(..layer).next_back().map(|(_, before)| before);
        let needed = closure(installed, asked);
        let is_new = |name: &&String| before.is_none_or(|before| !before.contains_key(*name));
        let extra = installed.keys().filter(is_new).filter(|name| !needed.contains(name.as_str()));
        let extra: HashSet<&str> = extra.map(String::as_str).collect();
        if let Some(draft) = draft(case, *layer, &extra) {
            found.add(case, &RULE, draft);
        }
    }
}

/// Returns the packages that the instruction of a layer asks for; `None` unless it installs with
/// what is recommended, and names every package.
fn asked_for(case: &Case<'_>, layer: usize) -> Option<Vec<String>> {
    let mut asked = Vec::new();
    for words in installs(case.step(layer)?) {
        let has_option = words.iter().any(|word| word.text.contains("no-install-recommends"));
        if has_option || named(&words).any(|word| word.is_expanded) {
            return None;
        }
        asked.extend(named(&words).map(|word| name_of(&word.text).to_owned()));
    }
    (!asked.is_empty()).then_some(asked)
}

fn draft(case: &Case<'_>, layer: usize, extra: &HashSet<&str>) -> Option<Draft> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    let mut pile = Pile::default();
    for entry in case.tree.layer_entries(layer) {
        let Some(owner) =
            case.owner(entry).filter(|owner| owner.ecosystem == "deb" && extra.contains(owner.name.as_str()))
        else {
            continue;
        };
        let bytes = case.stored(entry);
        if bytes > 0 {
            *sums.entry(&owner.name).or_default() += bytes;
            pile.add(entry, bytes, case.directory(entry)?);
        }
    }
    let (total, (count, names)) = (pile.bytes(), described(sums));
    let (paths, claims) = pile.into_parts(case.tree);
    (!claims.is_empty()).then(|| Draft {
        layer: Some(layer),
        message: format!(
            "{} installs {count} that are only recommended, {}: {names}",
            case.layer_name(layer),
            size(total)
        ),
        fix: format!("use `apt-get install {}`", OPTION.option),
        remedy: Remedy::Avoid { layer, option: &OPTION },
        confidence: Confidence::Likely,
        exact: false,
        paths,
        claims,
    })
}

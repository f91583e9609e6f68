//! Packages that apt installs because another one recommends them.

use std::collections::{BTreeMap, HashMap, HashSet};

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::path::EntryPath;
use dockopt_core::quantity::{plural, size};
use dockopt_core::tree::EntryId;

use super::case::{Case, Pile};
use super::gathered::{Draft, Gathered};
use super::remedy::Remedy;
use super::rule::Rule;
use crate::build::patch::Avoid;
use crate::evidence::dpkg::{DebPackage, Dpkg, DpkgFact};
use crate::evidence::encoding::decode;

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
    programs: &["apt-get", "apt"],
    subcommands: &["install"],
    option: "--no-install-recommends",
    not_with: &[],
};

/// The packages of a layer, by name.
type Installed = HashMap<String, DebPackage>;

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let states = states(case);
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

/// Returns what is installed after each layer that changes it.
fn states(case: &Case<'_>) -> BTreeMap<usize, Installed> {
    let mut states = BTreeMap::new();
    for (entry, fact) in case.evidence.of_probe(Dpkg::ID) {
        let (Some(layer), Some(DpkgFact::Status(packages))) = (case.layer_of(entry), decode(fact)) else {
            continue;
        };
        let state: &mut Installed = states.entry(layer).or_default();
        state.extend(packages.into_iter().map(|package| (package.name.clone(), package)));
    }
    states
}

/// Returns the packages that the instruction of a layer asks for; `None` unless it installs with
/// what is recommended, and names every package.
fn asked_for(case: &Case<'_>, layer: usize) -> Option<Vec<String>> {
    let script = case.step(layer)?.script()?;
    let mut asked = Vec::new();
    for program in OPTION.programs {
        for (command, at) in script.calls(program) {
            let words = command.words.get(at + 1..).unwrap_or_default();
            let mut plain = words.iter().filter(|word| !word.text.starts_with('-'));
            if plain.next().is_none_or(|word| word.text != "install") {
                continue;
            }
            let has_option = words.iter().any(|word| word.text.contains("no-install-recommends"));
            let names: Vec<_> = plain.collect();
            if has_option || names.iter().any(|word| word.is_expanded) {
                return None;
            }
            asked.extend(names.iter().map(|word| name_of(&word.text).to_owned()));
        }
    }
    (!asked.is_empty()).then_some(asked)
}

/// Returns the name of a package without architecture, version and suite.
fn name_of(word: &str) -> &str {
    word.split(['=', '/', ':']).next().unwrap_or(word)
}

/// Returns the packages that some packages need, themselves included. Of alternatives, all that are
/// installed are needed.
fn closure(installed: &Installed, asked: Vec<String>) -> HashSet<String> {
    let mut providers: HashMap<&str, Vec<&str>> = HashMap::new();
    for package in installed.values() {
        for provided in names(&package.provides) {
            providers.entry(provided).or_default().push(&package.name);
        }
    }
    let (mut needed, mut open) = (HashSet::new(), asked);
    while let Some(name) = open.pop() {
        if needed.contains(&name) {
            continue;
        }
        let provided = providers.get(name.as_str()).into_iter().flatten().map(|name| (*name).to_owned());
        open.extend(provided);
        if let Some(package) = installed.get(&name) {
            open.extend(names(&package.depends).map(str::to_owned));
        }
        needed.insert(name);
    }
    needed
}

/// Returns the names in a list of dependencies: `a (>= 1) | b, c:any`.
fn names(list: &str) -> impl Iterator<Item = &str> {
    let parts = list.split([',', '|']).map(str::trim);
    let names = parts.map(|part| part.split([' ', '(', ':', '[']).next().unwrap_or_default());
    names.filter(|name| !name.is_empty())
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
            pile.add(entry, bytes, directory(case, entry)?);
        }
    }
    let mut largest: Vec<(&str, u64)> = sums.into_iter().collect();
    largest.sort_by_key(|(name, bytes)| (std::cmp::Reverse(*bytes), *name));
    let total = pile.bytes();
    let named: Vec<&str> = largest.iter().take(4).map(|(name, _)| *name).collect();
    let more = if largest.len() > named.len() { ", …" } else { "" };
    let count = plural(largest.len() as u64, "package");
    let (paths, claims) = pile.into_parts();
    (!claims.is_empty()).then(|| Draft {
        layer: Some(layer),
        message: format!(
            "{} installs {count} that are only recommended, {}: {}{more}",
            case.layer_name(layer),
            size(total),
            named.join(", ")
        ),
        fix: format!("use `apt-get install {}`", OPTION.option),
        remedy: Remedy::Avoid { layer, option: &OPTION },
        confidence: Confidence::Likely,
        exact: false,
        paths,
        claims,
    })
}

/// Returns the directory of a file, at most three levels deep: packages have thousands of files.
fn directory(case: &Case<'_>, entry: EntryId) -> Option<EntryPath> {
    let mut node = case.tree.parent(case.tree.entry_node(entry)?);
    while case.tree.depth(node) > 3 {
        node = case.tree.parent(node);
    }
    Some(case.tree.path(node))
}

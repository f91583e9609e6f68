//! Packages of dpkg: what is installed after each layer, what an instruction asks for, and what some
//! packages need.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use dockopt_core::facts::Evidence;
use dockopt_core::quantity::plural;
use dockopt_core::tree::Tree;

use crate::build::dockerfile::shell::Word;
use crate::build::steps::Step;
use crate::evidence::dpkg::{DebPackage, Dpkg, DpkgFact};
use crate::evidence::encoding::decode;

/// Programs that install packages.
pub(super) const PROGRAMS: [&str; 2] = ["apt-get", "apt"];

/// The first byte of the fact of a status file.
const STATUS: u8 = 0;

/// The packages of a layer, by name.
pub(super) type Installed = HashMap<String, DebPackage>;

/// Returns what is installed after each layer that changes it.
pub(super) fn states(tree: &Tree, evidence: &Evidence) -> BTreeMap<usize, Installed> {
    let mut states = BTreeMap::new();
    for (entry, fact) in evidence.of_probe(Dpkg::ID) {
        // Most facts are lists of files, which are long.
        if fact.first() != Some(&STATUS) {
            continue;
        }
        let (Some(facts), Some(DpkgFact::Status(packages))) = (tree.entry(entry), decode(fact)) else {
            continue;
        };
        let layer = facts.layer;
        let state: &mut Installed = states.entry(layer).or_default();
        state.extend(packages.into_iter().map(|package| (package.name.clone(), package)));
    }
    states
}

/// Returns the words after `install` of each command that installs packages.
pub(super) fn installs(step: &Step) -> Vec<Vec<Word>> {
    let Some(script) = step.script() else { return Vec::new() };
    let mut found = Vec::new();
    for program in PROGRAMS {
        for (command, at) in script.calls(program) {
            let words = command.words.get(at + 1..).unwrap_or_default();
            let subcommand = words.iter().find(|word| !word.text.starts_with('-'));
            if subcommand.is_some_and(|word| word.text == "install") {
                found.push(words.to_vec());
            }
        }
    }
    found
}

/// Returns the packages in the words after the program's name.
pub(super) fn named(words: &[Word]) -> impl Iterator<Item = &Word> {
    words.iter().filter(|word| !word.text.starts_with('-')).skip(1)
}

/// Describes packages with their bytes: their number, and the names of the largest ones.
pub(super) fn described(sums: BTreeMap<&str, u64>) -> (String, String) {
    let mut largest: Vec<(&str, u64)> = sums.into_iter().collect();
    largest.sort_by_key(|(name, bytes)| (Reverse(*bytes), *name));
    let named: Vec<&str> = largest.iter().take(4).map(|(name, _)| *name).collect();
    let more = if largest.len() > named.len() { ", …" } else { "" };
    (plural(largest.len() as u64, "package"), named.join(", ") + more)
}

/// Returns the name of a package without architecture, version and suite.
pub(super) fn name_of(word: &str) -> &str {
    word.split(['=', '/', ':']).next().unwrap_or(word)
}

/// Returns the packages that some packages need, themselves included. Of alternatives, all that are
/// installed are needed.
pub(super) fn closure(installed: &Installed, asked: Vec<String>) -> HashSet<String> {
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

//! The rules of the architecture: no cycle between files, no import from a higher or equal floor,
//! no import from an unlisted crate. Each check returns one line for each violation.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{Files, Modules, Uses};

/// A crate and its order.
pub(super) struct Crate<'c> {
    pub(super) name: &'c str,
    /// The file that declares the modules: `lib.rs` or `main.rs`.
    pub(super) root: &'c str,
    /// The crates of the workspace that the crate may use.
    pub(super) may_use: &'c [&'c str],
    /// The floors, lowest first. A wing is a folder or a file, named without `.rs`. It uses only
    /// wings of lower floors, none of its own floor. The root file is above all floors.
    pub(super) floors: &'c [&'c [&'c str]],
}

impl Crate<'_> {
    /// Returns the violations in the crate.
    pub(super) fn check(&self, files: &Files) -> Vec<String> {
        let uses = Modules::read(files, self.root).uses();
        let faults = [self.foreign(&uses), self.upward(&uses), circles(&uses)].concat();
        faults.into_iter().map(|fault| format!("{}: {fault}", self.name)).collect()
    }

    fn foreign(&self, uses: &BTreeMap<String, Uses>) -> Vec<String> {
        let mut faults = Vec::new();
        for (file, uses) in uses {
            for used in uses.crates.iter().filter(|used| !self.may_use.contains(&used.as_str())) {
                faults.push(format!("{file} uses {used}"));
            }
        }
        faults
    }

    fn upward(&self, uses: &BTreeMap<String, Uses>) -> Vec<String> {
        let mut faults = Vec::new();
        for (file, uses) in uses {
            let Some((floor, wing)) = self.floor(file) else {
                faults.push(format!("{file} is on no floor"));
                continue;
            };
            for used in &uses.files {
                if let Some((other_floor, other)) = self.floor(used)
                    && other != wing
                    && other_floor >= floor
                {
                    faults.push(format!("{file} uses {used}, which is not below it"));
                }
            }
        }
        faults
    }

    /// Returns the floor and the wing of a file. If wings are nested, the longest name wins.
    fn floor(&self, file: &str) -> Option<(usize, &str)> {
        if file == self.root {
            return Some((self.floors.len(), self.root));
        }
        let is_in = |wing: &&str| {
            let rest = file.strip_prefix(*wing);
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        let wings = self.floors.iter().enumerate();
        let wings = wings.flat_map(|(floor, wings)| wings.iter().map(move |wing| (floor, *wing)));
        wings.filter(|(_, wing)| is_in(wing)).max_by_key(|(_, wing)| wing.len())
    }
}

/// Returns files that use each other, directly or through others.
fn circles(uses: &BTreeMap<String, Uses>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rest: BTreeSet<&str> = uses.keys().map(String::as_str).collect();
    while let Some(circle) = circle(uses, &rest) {
        for file in &circle {
            rest.remove(file);
        }
        faults.push(format!("circle: {} -> {}", circle.join(" -> "), circle[0]));
    }
    faults
}

/// Returns one cycle among some files.
fn circle<'u>(uses: &'u BTreeMap<String, Uses>, among: &BTreeSet<&'u str>) -> Option<Vec<&'u str>> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in among {
        if let Some(circle) = walk(uses, among, &mut done, &mut vec![*start]) {
            return Some(circle);
        }
    }
    None
}

/// Extends a path from its last file; returns the cycle at its end as soon as it closes.
fn walk<'u>(
    uses: &'u BTreeMap<String, Uses>,
    among: &BTreeSet<&'u str>,
    done: &mut BTreeSet<&'u str>,
    way: &mut Vec<&'u str>,
) -> Option<Vec<&'u str>> {
    let last = *way.last()?;
    for next in uses.get(last).into_iter().flat_map(|uses| &uses.files).map(String::as_str) {
        if let Some(at) = way.iter().position(|file| *file == next) {
            return Some(way.split_off(at));
        }
        if among.contains(next) && !done.contains(next) {
            way.push(next);
            if let Some(circle) = walk(uses, among, done, way) {
                return Some(circle);
            }
            way.pop();
        }
    }
    done.insert(last);
    None
}

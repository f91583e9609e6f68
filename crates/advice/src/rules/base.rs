//! The base: how much of it the program reaches, and which smaller one would do.

use std::collections::HashSet;

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::path::escape_text;
use dockopt_core::quantity::size;
use dockopt_core::tree::EntryId;

use super::case::{Case, Pile};
use super::debs::closure;
use super::gathered::{Draft, Gathered};
use super::reach::{Reach, reach};
use super::remedy::Remedy;
use super::rule::Rule;

pub(super) static RULE: Rule = Rule {
    id: "large-base",
    title: "The program reaches little of its base",
    severity: Severity::Info,
    least: 0,
    help: "The program, its interpreter, the libraries that they load and the packages that these need are followed from the \
        entry point. What is left of the base may still be needed: programs that the program starts, and what it \
        loads by name, are not followed. A slim, distroless or static base saves most of all changes; try it, and run \
        the program.",
    links: &[
        "https://github.com/GoogleContainerTools/distroless",
        "https://docs.docker.com/build/building/best-practices/",
    ],
};

/// A base of fewer bytes is small: 50 MB.
const SMALL: u64 = 50_000_000;

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let own = case.base_layers()..case.tree.layer_count();
    if own.is_empty() {
        return;
    }
    let of_base = || case.live().take_while(|file| file.layer < case.base_layers());
    let live: u64 = of_base().map(|file| file.bytes).sum();
    let Some(reach) = reach(case).filter(|_| live >= SMALL) else { return };
    let needed = needed(case, &reach);
    let mut pile = Pile::default();
    for file in of_base().filter(|file| !is_needed(case, file.entry, &reach, &needed)) {
        if let Some(path) = case.directory(file.entry) {
            pile.add(file.entry, file.bytes, path);
        }
    }
    let (bytes, files) = (pile.bytes(), pile.files());
    if bytes * 2 < live {
        return;
    }
    let (paths, claims) = pile.into_parts(case.tree);
    let draft = Draft {
        layer: None,
        message: format!(
            "`{}` does not reach {} of the {} of its base, in {files}",
            escape_text(&reach.program),
            size(bytes),
            size(live)
        ),
        fix: smaller(case, &reach),
        remedy: Remedy::Words,
        confidence: Confidence::Possible,
        exact: false,
        paths,
        claims,
    };
    found.add(case, &RULE, draft);
}

/// Returns the packages of dpkg that own what the program reaches, and those that these need.
fn needed(case: &Case<'_>, reach: &Reach) -> HashSet<String> {
    let owners =
        reach.files.iter().filter_map(|entry| case.owner(*entry)).filter(|owner| owner.ecosystem == "deb");
    let mut names: Vec<String> = owners.map(|owner| owner.name.clone()).collect();
    let states = &case.installed;
    let Some((_, installed)) = states.iter().next_back() else { return names.into_iter().collect() };
    // What the user has installed needs packages of the base, too.
    if let Some((_, base)) = states.range(..case.base_layers()).next_back() {
        names.extend(installed.keys().filter(|name| !base.contains_key(*name)).cloned());
    }
    closure(installed, names)
}

/// Whether a file of the base is reached, is of a package that is needed, or lies beside a program
/// that no package owns: what is in `/usr/local` then belongs to it.
fn is_needed(case: &Case<'_>, entry: EntryId, reach: &Reach, needed: &HashSet<String>) -> bool {
    if reach.files.contains(&entry) {
        return true;
    }
    match case.owner(entry) {
        Some(owner) if owner.ecosystem == "deb" => needed.contains(&owner.name),
        _ => {
            let is_local = |entry: &EntryId| {
                case.tree.entry_path(*entry).is_some_and(|path| path.as_bytes().starts_with(b"usr/local/"))
            };
            is_local(&entry) && reach.files.iter().any(is_local)
        }
    }
}

/// Names a smaller base.
fn smaller(case: &Case<'_>, reach: &Reach) -> String {
    let name = case.analysis.base.name.as_deref().map(escape_text);
    let runs = |start: &str| reach.programs.iter().find(|name| name.starts_with(start));
    let slim = |image: &str, version: &str| {
        let tag = if version.is_empty() { "slim".to_owned() } else { format!("{version}-slim") };
        format!("try `{image}:{tag}`, or a distroless base for {image}")
    };
    let version = |program: &str, start: &str| program.strip_prefix(start).unwrap_or_default().to_owned();
    match () {
        () if runs("python").is_some() => {
            let program = runs("python3.").or_else(|| runs("python")).cloned().unwrap_or_default();
            slim("python", &version(&program, "python"))
        }
        () if runs("node").is_some() => slim("node", ""),
        () if runs("ruby").is_some() => slim("ruby", ""),
        () if runs("java").is_some() => {
            "try a base with the runtime only (a JRE), or one that `jlink` makes".to_owned()
        }
        () if runs("php").is_some() => "try `php:cli-alpine` or `php:fpm-alpine`".to_owned(),
        () if !reach.is_dynamic => {
            "the program is static: `FROM scratch`, or a distroless static base, would do".to_owned()
        }
        () if reach.programs.len() == 1 => {
            "the program loads only libraries: a distroless base with the C library would do".to_owned()
        }
        () => match name.filter(|name| !name.contains("slim")) {
            Some(name) => format!("try the slim variant of `{name}`"),
            None => "try a slim variant of the base".to_owned(),
        },
    }
}

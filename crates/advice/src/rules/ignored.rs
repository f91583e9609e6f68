//! What `.dockerignore` would have kept out of a `COPY`.

use std::collections::BTreeMap;

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::quantity::size;

use super::case::{Case, Pile};
use super::gathered::{Draft, Gathered};
use super::places::Patterns;
use super::remedy::Remedy;
use super::rule::Rule;
use crate::build::steps::Step;

pub(super) static RULE: Rule = Rule {
    id: "dockerignore",
    title: "Files that `.dockerignore` would keep out",
    severity: Severity::High,
    least: 4096,
    help: "`COPY . DIR` copies all of the build context: the history of the repository, caches of tools, settings of \
        editors, and what earlier builds left. List them in a file `.dockerignore` beside the Dockerfile (Podman: \
        `.containerignore` goes first). A pattern matches from the root of the context; `**/` in front of it, in any \
        directory.",
    links: &["https://docs.docker.com/build/concepts/context/#dockerignore-files"],
};

/// Names that no image needs, with the line of `.dockerignore` for each.
const NAMES: [&str; 26] = [
    ".git",
    ".hg",
    ".svn",
    ".github",
    ".gitlab-ci.yml",
    ".circleci",
    ".idea",
    ".vscode",
    ".DS_Store",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox",
    ".nox",
    ".venv",
    ".coverage",
    ".nyc_output",
    ".cache",
    ".parcel-cache",
    ".turbo",
    ".terraform",
    ".vagrant",
    ".gradle",
    ".ipynb_checkpoints",
    ".direnv",
];

/// The files of one copy, and their names.
type Copied = (Pile, Vec<&'static str>);

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let places = Patterns::new(NAMES.iter().map(|name| (*name, *name))).places(case.tree);
    let mut heaps: BTreeMap<usize, Copied> = BTreeMap::new();
    let copies = (case.base_layers()..case.tree.layer_count())
        .filter(|layer| case.step(*layer).is_some_and(|step| step.is_copy() && !is_from_stage(step)));
    for layer in copies {
        for entry in case.tree.layer_entries(layer).filter(|entry| !found.is_claimed(*entry)) {
            let Some((name, root)) = case.tree.entry_node(entry).and_then(|node| places.get(node)) else {
                continue;
            };
            let bytes = case.stored(entry);
            if bytes > 0 {
                let (pile, names) = heaps.entry(layer).or_default();
                pile.add(entry, bytes, case.tree.path(root));
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    for (layer, copied) in heaps {
        found.add(case, &RULE, draft(case, layer, copied));
    }
}

/// Whether a copy takes its files from a stage or an image, not from the context.
fn is_from_stage(step: &Step) -> bool {
    step.instruction.split_whitespace().any(|word| word.starts_with("--from="))
}

fn draft(case: &Case<'_>, layer: usize, (pile, mut names): Copied) -> Draft {
    names.sort_unstable();
    let (bytes, files, name) = (size(pile.bytes()), pile.files(), case.layer_name(layer));
    let (paths, claims) = pile.into_parts();
    let lines: Vec<String> = names.iter().map(|name| format!("`**/{name}`")).collect();
    Draft {
        layer: Some(layer),
        message: format!("{name} copies {bytes} in {files} of {}", names.join(", ")),
        fix: format!("add to `.dockerignore`: {}", lines.join(", ")),
        remedy: Remedy::Words,
        confidence: Confidence::Likely,
        exact: true,
        paths,
        claims,
    }
}

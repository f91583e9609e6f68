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

/// When a name is no reason to keep a file out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unless {
    /// Never: no image needs it.
    Never,
    /// No instruction installs packages of Node.js: then the copy brings them.
    NothingInstallsIt,
    /// No later instruction builds it: then the copy brings it.
    NothingBuildsIt,
}

/// Patterns of files that no image needs, with the line of `.dockerignore` for each behind `**/`.
const NAMES: [(&str, &str, Unless); 37] = [
    (".git", ".git", Unless::Never),
    (".hg", ".hg", Unless::Never),
    (".svn", ".svn", Unless::Never),
    (".github", ".github", Unless::Never),
    (".gitlab-ci.yml", ".gitlab-ci.yml", Unless::Never),
    (".circleci", ".circleci", Unless::Never),
    (".travis.yml", ".travis.yml", Unless::Never),
    (".idea", ".idea", Unless::Never),
    (".vscode", ".vscode", Unless::Never),
    (".DS_Store", ".DS_Store", Unless::Never),
    ("*.swp", "*.swp", Unless::Never),
    ("__pycache__", "__pycache__", Unless::Never),
    (".pytest_cache", ".pytest_cache", Unless::Never),
    (".mypy_cache", ".mypy_cache", Unless::Never),
    (".ruff_cache", ".ruff_cache", Unless::Never),
    (".tox", ".tox", Unless::Never),
    (".nox", ".nox", Unless::Never),
    (".venv", ".venv", Unless::Never),
    (".coverage", ".coverage", Unless::Never),
    ("htmlcov", "htmlcov", Unless::Never),
    (".nyc_output", ".nyc_output", Unless::Never),
    (".cache", ".cache", Unless::Never),
    (".parcel-cache", ".parcel-cache", Unless::Never),
    (".turbo", ".turbo", Unless::Never),
    (".terraform", ".terraform", Unless::Never),
    (".vagrant", ".vagrant", Unless::Never),
    (".gradle", ".gradle", Unless::Never),
    (".ipynb_checkpoints", ".ipynb_checkpoints", Unless::Never),
    (".direnv", ".direnv", Unless::Never),
    (".env", ".env", Unless::Never),
    (".env.local", ".env.local", Unless::Never),
    ("target/debug", "target", Unless::Never),
    ("target/release/deps", "target", Unless::Never),
    ("target/release/build", "target", Unless::Never),
    ("node_modules", "node_modules", Unless::NothingInstallsIt),
    ("dist", "dist", Unless::NothingBuildsIt),
    ("coverage/lcov*", "coverage", Unless::Never),
];

/// The files of one copy, and their names.
type Copied = (Pile, Vec<&'static str>);

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let counts = |unless: &Unless| match unless {
        Unless::Never => true,
        Unless::NothingInstallsIt => runs(case, &["npm", "yarn", "pnpm"], &["install", "ci", "i"]),
        Unless::NothingBuildsIt => runs(case, &["npm", "yarn", "pnpm"], &["build"]),
    };
    let patterns =
        NAMES.iter().filter(|(.., unless)| counts(unless)).map(|(pattern, line, _)| (*pattern, *line));
    let places = Patterns::new(patterns).places(case.tree);
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
                pile.add(entry, bytes, root);
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

/// Whether an instruction of the user's runs a program with one of these words.
fn runs(case: &Case<'_>, programs: &[&str], words: &[&str]) -> bool {
    let own = case.steps.all().iter().filter(|step| step.layer >= Some(case.base_layers()));
    own.filter_map(Step::script).any(|script| script.runs(programs, words))
}

/// Whether a copy takes its files from a stage or an image, not from the context.
fn is_from_stage(step: &Step) -> bool {
    step.instruction.split_whitespace().any(|word| word.starts_with("--from="))
}

fn draft(case: &Case<'_>, layer: usize, (pile, mut names): Copied) -> Draft {
    names.sort_unstable();
    let (bytes, files, name) = (size(pile.bytes()), pile.files(), case.layer_name(layer));
    let (paths, claims) = pile.into_parts(case.tree);
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

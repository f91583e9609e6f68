//! Packages that only developers need.

use std::collections::{BTreeMap, HashSet};

use dockopt_core::findings::{Claim, Confidence, FoundPath, Severity};
use dockopt_core::quantity::{plural, size};
use dockopt_core::tree::{EntryId, NodeId};

use super::case::{Case, Pile};
use super::gathered::{Draft, Gathered};
use super::reach::last;
use super::remedy::Remedy;
use super::rule::Rule;
use crate::build::dockerfile::shell::Script;
use crate::build::patch::Avoid;
use crate::evidence::encoding::decode;
use crate::evidence::node::{Node, NodeFact};
use crate::evidence::node_lock::NodeLock;

pub(super) static NODE: Rule = Rule {
    id: "dev-dependencies",
    title: "Packages for development of Node.js",
    severity: Severity::High,
    least: 500_000,
    help: "npm also installs `devDependencies`: compilers, linters, tests. `npm ci --omit=dev` leaves them out. If the image \
        builds with them, build in a stage of its own, or end the instruction with `npm prune --omit=dev`.",
    links: &["https://docs.npmjs.com/cli/commands/npm-ci#omit"],
};

pub(super) static PYTHON: Rule = Rule {
    id: "dev-packages",
    title: "Packages for development of Python",
    severity: Severity::Medium,
    least: 1_000_000,
    help: "Test runners, linters and notebooks are seldom needed to run a program. Keep them in a list of their own \
        (`requirements-dev.txt`, an extra such as `[test]`), which the image does not install.",
    links: &["https://pip.pypa.io/en/stable/user_guide/#requirements-files"],
};

static OPTION: Avoid = Avoid {
    programs: &["npm"],
    subcommands: &["install", "ci", "i"],
    option: "--omit=dev",
    not_with: &[
        "--production",
        "--include=dev",
        "-g",
        "--global",
        "--omit=dev",
        "--only=production",
        "--only=prod",
    ],
};

/// Python packages for development.
const TOOLS: [&str; 26] = [
    "pytest",
    "pytest-cov",
    "pytest-xdist",
    "pytest-asyncio",
    "pytest-mock",
    "coverage",
    "tox",
    "nox",
    "black",
    "flake8",
    "pylint",
    "mypy",
    "ruff",
    "isort",
    "bandit",
    "pre-commit",
    "hypothesis",
    "factory-boy",
    "faker",
    "ipython",
    "jupyter",
    "notebook",
    "jupyterlab",
    "sphinx",
    "ipdb",
    "debugpy",
];

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    node(case, found);
    python(case, found);
}

/// The files of some packages in one layer, and the packages.
type OfLayer<P> = BTreeMap<usize, (Pile, HashSet<P>)>;

/// Finds what npm says is for development.
fn node(case: &Case<'_>, found: &mut Gathered) {
    let mut layers: OfLayer<NodeId> = BTreeMap::new();
    let roots = development_roots(case);
    if roots.is_empty() {
        return;
    }
    for file in case.own_live().filter(|file| !found.is_claimed(file.entry)) {
        let Some(root) = root_of(case, file.node, &roots) else { continue };
        let (pile, packages) = layers.entry(file.layer).or_default();
        pile.add(file.entry, file.bytes, root);
        packages.insert(root);
    }
    let has_hooks = has_hooks(case);
    for (layer, (pile, packages)) in layers {
        let (bytes, count) = (size(pile.bytes()), plural(packages.len() as u64, "package"));
        let is_used = has_hooks || is_used(case, layer);
        let fix = if is_used {
            "build in a stage of its own, or end the instruction that builds with `npm prune --omit=dev`"
        } else {
            "use `npm ci --omit=dev`"
        };
        let message = format!("{} installs {count} for development, {bytes}", case.layer_name(layer));
        let remedy = if is_used { Remedy::Words } else { Remedy::Avoid { layer, option: &OPTION } };
        found.add(case, &NODE, draft((layer, message), fix.to_owned(), remedy, pile.into_parts(case.tree)));
    }
}

/// Returns the directory that has the `node_modules` of a lock file.
fn project(case: &Case<'_>, lock: EntryId) -> Option<NodeId> {
    let modules = case.tree.parent(case.tree.entry_node(lock)?);
    Some(case.tree.parent(modules))
}

/// Returns the directories of packages for development.
fn development_roots(case: &Case<'_>) -> HashSet<NodeId> {
    let mut roots = HashSet::new();
    for (entry, paths) in NodeLock::all(case.evidence) {
        if !case.tree.entry(entry).is_some_and(|facts| facts.live) {
            continue;
        }
        let Some(above) = project(case, entry).map(|node| case.tree.path(node)) else { continue };
        let find = |path: &str| case.tree.find(&[above.as_bytes(), b"/", path.as_bytes()].concat());
        roots.extend(paths.lines().filter_map(find));
    }
    roots
}

/// Returns the topmost directory of a package for development around a node.
fn root_of(case: &Case<'_>, mut node: NodeId, roots: &HashSet<NodeId>) -> Option<NodeId> {
    let mut found = None;
    while node != NodeId::ROOT {
        found = roots.contains(&node).then_some(node).or(found);
        node = case.tree.parent(node);
    }
    found
}

/// Whether npm runs scripts when it installs a package that brings `node_modules`, or whether that is
/// not known: they may need what is for development.
fn has_hooks(case: &Case<'_>) -> bool {
    let runs = |entry: EntryId| {
        let manifest = case.tree.child(project(case, entry)?, b"package.json")?;
        let fact = case.evidence.get(case.tree.final_entry(manifest)?, Node::ID)?;
        Some(decode::<NodeFact>(fact)?.has_hooks)
    };
    NodeLock::all(case.evidence).any(|(entry, _)| runs(entry).unwrap_or(true))
}

/// Whether an instruction from a layer on may run something of Node.js besides the installation: only
/// an installation by npm, and nothing behind it, is known not to.
fn is_used(case: &Case<'_>, layer: usize) -> bool {
    const PLAIN: [&str; 4] = ["install", "ci", "i", "cache"];
    let config = &case.analysis.info.config;
    let mut words = config.entrypoint.iter().chain(&config.cmd).flatten();
    let starts_tool = words.any(|word| is_tool(word));
    let steps = case.steps.all().iter().filter(|step| step.layer >= Some(layer));
    let mut scripts = steps.filter(|step| step.is_run()).map(|step| (step.layer, step.script()));
    let is_plain = |script: &Script| {
        script.is_plain
            && script.commands.iter().all(|command| match command.texts().as_slice() {
                ["npm", subcommand, ..] => PLAIN.contains(subcommand),
                ["cd" | "mkdir" | "rm" | "set", ..] => true,
                _ => false,
            })
    };
    let is_known = |(at, script): (Option<usize>, Option<Script>)| {
        at == Some(layer) && script.is_some_and(|script| is_plain(&script))
    };
    starts_tool || !scripts.all(is_known)
}

/// Whether a word may start a tool that is for development.
fn is_tool(word: &str) -> bool {
    matches!(last(word), "npm" | "npx" | "yarn" | "pnpm" | "sh" | "bash") || word.contains("node_modules")
}

/// Finds Python packages that are known to be for development.
fn python(case: &Case<'_>, found: &mut Gathered) {
    let mut layers: OfLayer<&str> = BTreeMap::new();
    for file in case.own_live().filter(|file| !found.is_claimed(file.entry)) {
        let Some(owner) = case.owner(file.entry).filter(|owner| owner.ecosystem == "pypi") else { continue };
        let name = owner.name.to_lowercase().replace(['_', '.'], "-");
        let Some(tool) = TOOLS.iter().find(|tool| **tool == name) else { continue };
        let Some(path) = case.directory(file.entry) else { continue };
        let (pile, packages) = layers.entry(file.layer).or_default();
        pile.add(file.entry, file.bytes, path);
        packages.insert(*tool);
    }
    for (layer, (pile, packages)) in layers {
        let mut names: Vec<&str> = packages.into_iter().collect();
        names.sort_unstable();
        let (bytes, names) = (size(pile.bytes()), names.join(", "));
        let message =
            format!("{} installs packages for development, {bytes}: {names}", case.layer_name(layer));
        let fix = "list them apart, and do not install them in the image".to_owned();
        found.add(case, &PYTHON, draft((layer, message), fix, Remedy::Words, pile.into_parts(case.tree)));
    }
}

fn draft(
    (layer, message): (usize, String),
    fix: String,
    remedy: Remedy,
    (paths, claims): (Vec<FoundPath>, Vec<Claim>),
) -> Draft {
    Draft {
        layer: Some(layer),
        message,
        fix,
        remedy,
        confidence: Confidence::Likely,
        exact: false,
        paths,
        claims,
    }
}

//! Instructions that are written in an order, or in a way, that costs time.

use dockopt_core::findings::{Confidence, Severity};

use super::case::Case;
use super::gathered::{Draft, Gathered};
use super::rule::Rule;
use crate::build::dockerfile::shell::Script;
use crate::build::steps::Step;

pub(super) static UPDATE_ALONE: Rule = Rule {
    id: "update-alone",
    title: "`apt-get update` in an instruction of its own",
    severity: Severity::Low,
    least: 0,
    help: "The builder keeps the result of `RUN apt-get update` as long as the instruction stays the same. Later \
        installations then use lists that are out of date, and fail, or install old versions. Update and install in \
        one instruction.",
    links: &["https://docs.docker.com/build/building/best-practices/#apt-get"],
};

pub(super) static COPY_BEFORE_INSTALL: Rule = Rule {
    id: "copy-before-install",
    title: "Everything is copied before packages are installed",
    severity: Severity::Low,
    least: 0,
    help: "Any change of any file makes the builder install all packages again. Copy the list of packages first \
        (`requirements.txt`, `package.json` with its lock file, `go.mod`, `Gemfile`), install, and then copy the rest.",
    links: &["https://docs.docker.com/build/cache/optimize/#order-your-layers"],
};

pub(super) static ADD: Rule = Rule {
    id: "add-for-copy",
    title: "`ADD` where `COPY` does",
    severity: Severity::Info,
    least: 0,
    help: "`ADD` unpacks archives and downloads URLs, so a reader must check which it does. `COPY` only copies.",
    links: &["https://docs.docker.com/build/building/best-practices/#add-or-copy"],
};

/// Commands that install what a file of the project lists.
const INSTALLERS: [(&str, &[&str]); 10] = [
    ("npm", &["install", "ci", "i"]),
    ("yarn", &["install"]),
    ("pnpm", &["install", "i"]),
    ("pip", &["install"]),
    ("pip3", &["install"]),
    ("poetry", &["install"]),
    ("bundle", &["install"]),
    ("composer", &["install"]),
    ("go", &["mod"]),
    ("apt-get", &["install"]),
];

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let steps = case.steps.all();
    let first = steps.iter().position(|step| step.layer >= Some(case.base_layers()));
    let own = first.and_then(|first| steps.get(first..)).unwrap_or_default();
    for step in own.iter().filter(|step| is_update_alone(step)) {
        let message = format!("{} only updates the lists of packages", name(case, step));
        let fix = "update and install in one instruction";
        found.add(
            case,
            &UPDATE_ALONE,
            Draft::note((step.layer, message), fix, Confidence::Certain, Vec::new()),
        );
    }
    let copy = own.iter().position(copies_everything);
    let after = copy.and_then(|copy| own.get(copy + 1..)).unwrap_or_default();
    if let (Some(copy), Some(install)) =
        (copy.and_then(|copy| own.get(copy)), after.iter().find(|step| installs(step)))
    {
        let message = format!("{} comes before {}", name(case, copy), name(case, install));
        let fix = "copy the list of packages, install, and then copy the rest";
        found.add(
            case,
            &COPY_BEFORE_INSTALL,
            Draft::note((copy.layer, message), fix, Confidence::Likely, Vec::new()),
        );
    }
    for step in own.iter().filter(|step| is_plain_add(step)) {
        let message = format!("{} adds what `COPY` would copy", name(case, step));
        found.add(
            case,
            &ADD,
            Draft::note((step.layer, message), "write `COPY`", Confidence::Likely, Vec::new()),
        );
    }
}

fn name(case: &Case<'_>, step: &Step) -> String {
    step.layer.map_or_else(String::new, |layer| case.layer_name(layer))
}

fn is_update_alone(step: &Step) -> bool {
    let is_update = |script: Script| match script.commands.as_slice() {
        [only] => {
            matches!(only.texts().as_slice(), ["apt-get" | "apt", rest @ ..] if rest.contains(&"update"))
        }
        _ => false,
    };
    step.layer.is_some() && step.script().is_some_and(is_update)
}

/// Whether a step copies a whole directory of the context: `COPY . DIR`.
fn copies_everything(step: &Step) -> bool {
    let words: Vec<&str> =
        step.instruction.split_whitespace().skip(1).filter(|word| !word.starts_with("--")).collect();
    step.layer.is_some() && step.is_copy() && matches!(words.as_slice(), ["." | "./", _])
}

fn installs(step: &Step) -> bool {
    let script = step.script().filter(|_| step.layer.is_some());
    script.is_some_and(|script| {
        INSTALLERS.iter().any(|(program, subcommands)| script.runs(&[program], subcommands))
    })
}

/// Whether a step adds local files that are no archives.
fn is_plain_add(step: &Step) -> bool {
    let words: Vec<&str> =
        step.instruction.split_whitespace().filter(|word| !word.starts_with("--")).collect();
    let is_plain = |source: &&str| {
        let is_archive =
            [".tar", ".tgz", ".gz", ".xz", ".bz2", ".zst", ".txz"].iter().any(|end| source.contains(end));
        !is_archive && !source.contains("://") && !source.contains("git@") && !source.contains('$')
    };
    match words.as_slice() {
        // A digest instead of the source says nothing.
        ["ADD", sources @ .., _] if step.location.is_some() => {
            !sources.is_empty() && sources.iter().all(is_plain)
        }
        _ => false,
    }
}

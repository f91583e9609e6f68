//! Waste that no other rule explains: files that a later instruction deletes, rewrites or changes.

use std::collections::{BTreeMap, HashSet};

use dockopt_core::cause::Cause;
use dockopt_core::entry::MetadataFields;
use dockopt_core::findings::{Claim, Confidence, FoundPath, Severity};
use dockopt_core::ledger::WasteRow;
use dockopt_core::quantity::{plural, size};
use dockopt_core::tree::EntryId;

use super::case::{ANOTHER_BASE, Case};
use super::gathered::{Draft, Gathered};
use super::remedy::Remedy;
use super::rule::Rule;
use crate::build::steps::Step;

const MULTI_STAGE: &str = "https://docs.docker.com/build/building/multi-stage/";
const BEST_PRACTICES: &str = "https://docs.docker.com/build/building/best-practices/";

pub(super) static DELETED: Rule = Rule {
    id: "deleted-later",
    title: "Deleted in a later layer",
    severity: Severity::High,
    least: 64_000,
    help: "A layer only adds. Files that one instruction writes and another deletes are still stored, \
        transferred and readable. Delete them at the end of the instruction that writes them, or build in a \
        stage of its own and copy only the result. Files that `COPY` brings cannot be deleted in it: keep \
        them out with `.dockerignore`, or use them by `RUN --mount=type=bind`.",
    links: &[BEST_PRACTICES, MULTI_STAGE],
};

pub(super) static METADATA: Rule = Rule {
    id: "metadata-rewrite",
    title: "Only the owner, mode or times changed",
    severity: Severity::High,
    least: 64_000,
    help: "A change of the owner, the mode or the times of a file stores the whole file once more. Set them \
        where the file is written: `COPY --chown=USER:GROUP --chmod=MODE`, or `chown` and `chmod` in the same \
        `RUN`. `--chmod` needs BuildKit or Buildah.",
    links: &["https://docs.docker.com/reference/dockerfile/#copy---chown---chmod"],
};

pub(super) static IDENTICAL: Rule = Rule {
    id: "identical-rewrite",
    title: "Written again without changes",
    severity: Severity::High,
    least: 64_000,
    help: "A file that is written again, with nothing changed, is stored twice. It happens when a directory is \
        copied in two instructions, or a command writes its outputs again. Write it once.",
    links: &[BEST_PRACTICES],
};

pub(super) static OVERWRITTEN: Rule = Rule {
    id: "overwritten-later",
    title: "Overwritten in a later layer",
    severity: Severity::High,
    least: 1_000_000,
    help: "A file that a later instruction overwrites is stored in both versions. Install the final version at \
        once, or join the two instructions. An upgrade of packages of the base stores them twice: a newer base \
        has them upgraded.",
    links: &[BEST_PRACTICES],
};

/// Returns the rule for a cause of waste.
fn rule(cause: Cause) -> &'static Rule {
    match cause {
        Cause::Deleted | Cause::Opaque | Cause::Replaced => &DELETED,
        Cause::Metadata => &METADATA,
        Cause::Identical => &IDENTICAL,
        Cause::Overwritten => &OVERWRITTEN,
    }
}

/// The waste of one rule that one layer stores and another one ends.
#[derive(Default)]
struct Ended {
    claims: Vec<Claim>,
    paths: Vec<FoundPath>,
    fields: MetadataFields,
}

/// Finds all waste that is not claimed yet.
pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let mut heaps: BTreeMap<(&str, usize, usize), Ended> = BTreeMap::new();
    for (row, entries) in &case.waste {
        for (stored_in, claims) in by_layer(case, found, entries) {
            let rewritten =
                is_own_rewrite(case, row, stored_in).then(|| rewritten(case, row.wasted_by, &claims));
            let claims = rewritten.unwrap_or(claims);
            let heap = heaps.entry((rule(row.cause).id, stored_in, row.wasted_by)).or_default();
            let bytes = claims.iter().map(|claim| claim.bytes).sum();
            heap.paths.push(FoundPath { path: row.path.clone(), bytes, files: claims.len() as u64 });
            heap.claims.extend(claims);
            heap.fields = heap.fields.union(row.changed);
        }
    }
    for ((id, stored_in, by), heap) in heaps {
        let rules = [&DELETED, &METADATA, &IDENTICAL, &OVERWRITTEN];
        let Some(rule) = rules.into_iter().find(|rule| rule.id == id) else { continue };
        let draft = draft(case, rule, (stored_in, by), heap);
        found.add(case, rule, draft);
    }
}

/// Whether an instruction of the user's only changes the owner or mode of files of the base: then its
/// copies need not be.
fn is_own_rewrite(case: &Case<'_>, row: &WasteRow, stored_in: usize) -> bool {
    let is_by_user = stored_in < case.base_layers() && row.wasted_by >= case.base_layers();
    is_by_user && row.cause == Cause::Metadata && row.changed != MetadataFields::TIMES
}

/// Returns the copies that a layer has of files of lower layers.
fn rewritten(case: &Case<'_>, by: usize, claims: &[Claim]) -> Vec<Claim> {
    let nodes: HashSet<_> = claims.iter().filter_map(|claim| case.tree.entry_node(claim.entry)).collect();
    let entries = case.tree.layer_entries(by);
    let copies =
        entries.filter(|entry| case.tree.entry_node(*entry).is_some_and(|node| nodes.contains(&node)));
    copies.map(|entry| Claim { entry, bytes: case.stored(entry) }).filter(|claim| claim.bytes > 0).collect()
}

/// Returns the unclaimed entries that hold bytes, by their layer.
fn by_layer(case: &Case<'_>, found: &Gathered, entries: &[EntryId]) -> BTreeMap<usize, Vec<Claim>> {
    let mut layers: BTreeMap<usize, Vec<Claim>> = BTreeMap::new();
    for &entry in entries.iter().filter(|entry| !found.is_claimed(**entry)) {
        let Some(facts) = case.tree.entry(entry).filter(|facts| facts.stored > 0) else { continue };
        layers.entry(facts.layer).or_default().push(Claim { entry, bytes: facts.stored });
    }
    layers
}

fn draft(case: &Case<'_>, rule: &Rule, (stored_in, by): (usize, usize), heap: Ended) -> Draft {
    let Ended { claims, paths, fields } = heap;
    let bytes = size(claims.iter().map(|claim| claim.bytes).sum());
    let files = plural(claims.len() as u64, "file");
    let is_base = stored_in < case.base_layers();
    let storing = if is_base { "the base".to_owned() } else { case.layer_name(stored_in) };
    let ending = case.layer_name(by);
    let (what, layer) = match rule.id {
        "deleted-later" => (format!("deletes {bytes} in {files} that {storing} stores"), stored_in),
        "metadata-rewrite" => {
            (format!("changes only the {fields} of {files} of {storing}, so {bytes} are stored twice"), by)
        }
        "identical-rewrite" => (format!("writes {files} of {storing} again without changes, {bytes}"), by),
        _ => (format!("overwrites {bytes} in {files} of {storing}"), by),
    };
    let is_own = claims.iter().all(|claim| case.layer_of(claim.entry) >= Some(case.base_layers()));
    let fix = if is_base && is_own {
        "change files of the base in the base, or not at all".to_owned()
    } else if is_base {
        in_base(rule)
    } else {
        advice(case, rule, (stored_in, by), fields)
    };
    let remedy = remedy(case, rule, (stored_in, by), fields);
    Draft {
        layer: Some(if is_base { by } else { layer }),
        message: format!("{ending} {what}"),
        fix,
        remedy,
        confidence: Confidence::Certain,
        exact: true,
        paths,
        claims,
    }
}

/// Returns the change of the instructions: two commands become one instruction, an owner is set where
/// files are copied.
fn remedy(case: &Case<'_>, rule: &Rule, (stored_in, by): (usize, usize), fields: MetadataFields) -> Remedy {
    let (storing, ending) = (case.step(stored_in), case.step(by));
    let is_run = |step: Option<&Step>| step.is_some_and(Step::is_run);
    match rule.id {
        "identical-rewrite" if ending.is_some_and(Step::is_copy) => Remedy::Remove { layer: by },
        _ if stored_in == by || !is_run(ending) || stored_in < case.base_layers() => Remedy::Words,
        _ if is_run(storing) => Remedy::Join { first: stored_in, last: by },
        "metadata-rewrite" if fields == MetadataFields::OWNER => Remedy::Owner { copy: stored_in, chown: by },
        _ => Remedy::Words,
    }
}

fn in_base(rule: &Rule) -> String {
    match rule.id {
        "overwritten-later" => "use a newer base, which has the upgraded files".to_owned(),
        _ => ANOTHER_BASE.to_owned(),
    }
}

fn advice(case: &Case<'_>, rule: &Rule, (stored_in, by): (usize, usize), fields: MetadataFields) -> String {
    let is_copy = case.step(stored_in).is_some_and(Step::is_copy);
    match rule.id {
        _ if stored_in == by => "write each file once in this instruction".to_owned(),
        "deleted-later" if is_copy => format!(
            "keep the files out of layer {stored_in}: by `.dockerignore`, by a stage of their own, or by \
             `RUN --mount=type=bind` instead of `COPY`"
        ),
        "deleted-later" => {
            format!("delete them at the end of the instruction of layer {stored_in}, not in layer {by}")
        }
        "metadata-rewrite" if fields == MetadataFields::TIMES => "leave the times as they are".to_owned(),
        "metadata-rewrite" if is_copy => {
            format!("set them where the files are copied, in layer {stored_in}: `COPY --chown` or `--chmod`")
        }
        "metadata-rewrite" => format!("change them in the instruction of layer {stored_in}"),
        "identical-rewrite" => format!("write the files once: in layer {stored_in} or in layer {by}"),
        _ => {
            format!("join the instructions of layers {stored_in} and {by}, or write the final files at once")
        }
    }
}

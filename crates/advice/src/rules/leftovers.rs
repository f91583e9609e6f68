//! Files that are left over: logs, temporary files, core dumps and documentation.

use std::collections::BTreeMap;

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::quantity::size;
use dockopt_core::tree::EntryId;

use super::case::{Case, Pile};
use super::gathered::{Draft, Gathered};
use super::places::Patterns;
use super::remedy::Remedy;
use super::rule::Rule;
use crate::evidence::kinds::Kinds;

pub(super) static LOGS: Rule = Rule {
    id: "logs",
    title: "Logs and temporary files",
    severity: Severity::High,
    least: 1_000_000,
    help: "Logs of the build and what it left in `/tmp` are of no use in the image. Remove them at the end of the \
        instruction that writes them, or mount a file system of its own: `RUN --mount=type=tmpfs,target=/tmp`.",
    links: &["https://docs.docker.com/reference/dockerfile/#run---mounttypetmpfs"],
};

pub(super) static CORE_DUMPS: Rule = Rule {
    id: "core-dump",
    title: "Core dump",
    severity: Severity::High,
    least: 0,
    help: "A program crashed during the build and left an image of its memory, which may hold secrets. Remove it, and \
        find out why it crashed.",
    links: &[],
};

pub(super) static DOCUMENTATION: Rule = Rule {
    id: "documentation",
    title: "Manuals, documentation and translations",
    severity: Severity::Info,
    least: 1_000_000,
    help: "Manual pages, documentation and translations are rarely read in a container. dpkg leaves them out if a file \
        in `/etc/dpkg/dpkg.cfg.d` says so before the packages are installed: `path-exclude /usr/share/doc/*`, \
        `path-include /usr/share/doc/*/copyright`, `path-exclude /usr/share/man/*`, `path-exclude \
        /usr/share/locale/*`. dnf has `--nodocs`, and apk packages documentation apart.",
    links: &["https://wiki.debian.org/ReduceDebian"],
};

/// The rules with the places of their files.
const PLACES: [(&Rule, &[&str]); 2] = [
    (&LOGS, &["/var/log", "/tmp", "/var/tmp"]),
    (&DOCUMENTATION, &["/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/share/locale"]),
];

/// Finds live files of the user's layers; what is wasted has rules of its own.
pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let patterns = PLACES.iter().flat_map(|(rule, places)| places.iter().map(move |place| (*place, rule.id)));
    let places = Patterns::new(patterns).places(case.tree);
    let mut heaps: BTreeMap<(usize, &str), Pile> = BTreeMap::new();
    for layer in case.base_layers()..case.tree.layer_count() {
        for entry in case.tree.layer_entries(layer) {
            let Some(bytes) = live_bytes(case, entry).filter(|_| !found.is_claimed(entry)) else { continue };
            let node = case.tree.entry_node(entry);
            let place = node.and_then(|node| places.get(node)).map(|(id, root)| (id, case.tree.path(root)));
            let dump = || is_core_dump(case, entry).then(|| case.tree.entry_path(entry))?;
            if let Some((id, path)) = place.or_else(|| Some((CORE_DUMPS.id, dump()?))) {
                heaps.entry((layer, id)).or_default().add(entry, bytes, path);
            }
        }
    }
    for ((layer, id), heap) in heaps {
        let rules = [&LOGS, &DOCUMENTATION, &CORE_DUMPS];
        if let Some(rule) = rules.into_iter().find(|rule| rule.id == id) {
            found.add(case, rule, draft(case, rule, layer, heap));
        }
    }
}

fn live_bytes(case: &Case<'_>, entry: EntryId) -> Option<u64> {
    case.tree.entry(entry).filter(|facts| facts.live && facts.stored > 0).map(|facts| facts.stored)
}

fn is_core_dump(case: &Case<'_>, entry: EntryId) -> bool {
    Kinds::of(case.evidence, entry).is_some_and(|kind| kind.ends_with("core dump"))
}

fn draft(case: &Case<'_>, rule: &Rule, layer: usize, pile: Pile) -> Draft {
    let (bytes, files, name) = (size(pile.bytes()), pile.files(), case.layer_name(layer));
    let (paths, claims) = pile.into_parts();
    let (message, fix, confidence) = match rule.id {
        "documentation" => (
            format!("{name} installs {bytes} of documentation in {files}"),
            "leave it out when packages are installed: dpkg's `path-exclude`, dnf's `--nodocs`",
            Confidence::Possible,
        ),
        "core-dump" => (
            format!("{name} leaves the memory of a crashed program: {bytes} in {files}"),
            "remove it in the same instruction, and find out why the program crashed",
            Confidence::Certain,
        ),
        _ => (
            format!("{name} leaves logs and temporary files: {bytes} in {files}"),
            "remove them at the end of the instruction",
            Confidence::Likely,
        ),
    };
    Draft {
        layer: Some(layer),
        message,
        fix: fix.to_owned(),
        remedy: Remedy::Words,
        confidence,
        exact: true,
        paths,
        claims,
    }
}

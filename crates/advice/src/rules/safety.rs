//! What is good to know: who runs the program, and which files let a user become another one.

use dockopt_core::entry::EntryKind;
use dockopt_core::findings::{Confidence, FoundPath, Severity};
use dockopt_core::quantity::plural;

use super::case::Case;
use super::gathered::{Draft, Gathered};
use super::rule::Rule;

pub(super) static ROOT: Rule = Rule {
    id: "root-user",
    title: "Runs as root",
    severity: Severity::Info,
    least: 0,
    help: "Without `USER`, the program runs as root in its container. Give it a user of its own: `USER 65532:65532`, \
        or a user that the base has.",
    links: &["https://docs.docker.com/build/building/best-practices/#user"],
};

pub(super) static SET_UID: Rule = Rule {
    id: "set-uid",
    title: "Programs that run as their owner",
    severity: Severity::Info,
    least: 0,
    help: "A program with the set-uid or set-gid bit runs with the rights of its owner or group, whoever starts it. \
        Few containers need one; `chmod a-s` in the instruction that installs it removes the bit.",
    links: &["https://man7.org/linux/man-pages/man2/execve.2.html"],
};

pub(super) static WORLD_WRITABLE: Rule = Rule {
    id: "world-writable",
    title: "Files that everyone may change",
    severity: Severity::Info,
    least: 0,
    help: "Any user of the container may change these files, programs among them. Give them an owner and `chmod o-w` \
        where they are written.",
    links: &["https://man7.org/linux/man-pages/man2/chmod.2.html"],
};

const SET_ID: u32 = 0o6000;
const OTHERS_WRITE: u32 = 0o002;

pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let user = case.analysis.info.config.user.as_deref().unwrap_or_default();
    let (user, _) = user.split_once(':').unwrap_or((user, ""));
    let has_layers = case.tree.layer_count() > 0;
    if matches!(user, "" | "0" | "root") && has_layers {
        let draft = Draft::note(
            (None, "the image has no user other than root".to_owned()),
            "add `USER`",
            Confidence::Certain,
            Vec::new(),
        );
        found.add(case, &ROOT, draft);
    }
    for layer in case.base_layers()..case.tree.layer_count() {
        let with = |bits: u32| paths_with(case, layer, bits);
        let name = case.layer_name(layer);
        for (rule, bits, what, fix) in [
            (&SET_UID, SET_ID, "run as their owner or group", "`chmod a-s` in the same instruction"),
            (
                &WORLD_WRITABLE,
                OTHERS_WRITE,
                "may be changed by everyone",
                "`chmod o-w` in the same instruction",
            ),
        ] {
            let paths = with(bits);
            if !paths.is_empty() {
                let message = format!("{} of {name} {what}", plural(paths.len() as u64, "file"));
                found.add(case, rule, Draft::note((Some(layer), message), fix, Confidence::Certain, paths));
            }
        }
    }
}

/// Returns the live files of a layer that have one of these bits.
fn paths_with(case: &Case<'_>, layer: usize, bits: u32) -> Vec<FoundPath> {
    let found = |entry| {
        let facts = case.tree.entry(entry)?;
        let is_file = facts.metadata.kind == EntryKind::File && facts.live && !facts.is_hard_link;
        let path = || case.tree.entry_path(entry);
        (is_file && facts.metadata.mode & bits != 0).then(path)?.map(|path| FoundPath {
            path,
            bytes: facts.stored,
            files: 1,
        })
    };
    case.tree.layer_entries(layer).filter_map(found).collect()
}

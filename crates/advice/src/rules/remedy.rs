//! Remedies: changes of instructions, as edits of a Dockerfile where that is safe.

use dockopt_core::entry::{EntryKind, MetadataFields};
use dockopt_core::history::Deed;
use dockopt_core::tree::{EntryId, NodeId};

use super::case::Case;
use crate::build::dockerfile::{Dockerfile, Instruction};
use crate::build::patch::{Avoid, Edit, append, apply, avoid, copy_with_owner, join, removed};

/// A change of the instructions that made some layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// None that can be written.
    Words,
    /// A Dockerfile to start from.
    Example(String),
    /// Joins the instructions of some layers, if there are several, and ends them with a command, or
    /// keeps their commands from writing what it would remove.
    Clean { first: usize, last: usize, command: String, avoid: Option<&'static Avoid> },
    /// Adds an option to the commands of an instruction.
    Avoid { layer: usize, option: &'static Avoid },
    /// Joins the instructions from one layer to another.
    Join { first: usize, last: usize },
    /// Sets the owner where files are copied, not afterwards.
    Owner { copy: usize, chown: usize },
    /// Removes a copy that changes nothing.
    Remove { layer: usize },
}

/// Returns the edits of a remedy; `None` if it cannot be written safely.
pub(super) fn edits(case: &Case<'_>, remedy: &Remedy) -> Option<Vec<Edit>> {
    let file = case.dockerfile?;
    let number = |layer: usize| case.step(layer)?.number.filter(|number| !file.is_shared(*number));
    let instruction = |layer: usize| file.instructions.get(number(layer)?);
    let edits = match remedy {
        Remedy::Words | Remedy::Example(_) => return None,
        Remedy::Clean { first, last, command, avoid: option } => {
            let mut edits =
                if first == last { Vec::new() } else { join(file, number(*first)?, number(*last)?)? };
            let target = instruction(*last)?;
            let by_option = option.and_then(|option| avoid(file, target, option));
            let by_command = || append(file, target, command).filter(|_| runs_as_root(case, *last));
            edits.extend(by_option.or_else(by_command)?);
            edits
        }
        Remedy::Avoid { layer, option } => avoid(file, instruction(*layer)?, option)?,
        Remedy::Join { first, last } => join(file, number(*first)?, number(*last)?)?,
        Remedy::Owner { copy, chown } => {
            let target = instruction(*copy)?.arguments.text().split_whitespace().next_back()?;
            let target = target.strip_prefix('/').map(|target| target.trim_end_matches('/'))?;
            let kept = directories_before(case, (*copy, target), *chown)?;
            copy_with_owner(file, instruction(*copy)?, instruction(*chown)?, &kept)
                .filter(|_| !accounts_change(case, *copy, *chown))?
        }
        Remedy::Remove { layer } => {
            let target = instruction(*layer).filter(|_| changes_nothing(case, *layer));
            vec![removed(file, target?)]
        }
    };
    is_sound(file, &edits).then_some(edits)
}

/// Whether the instruction of a layer runs as root, as far as the history tells.
fn runs_as_root(case: &Case<'_>, layer: usize) -> bool {
    let before = case.steps.all().iter().take_while(|step| step.layer != Some(layer));
    let user = before.filter(|step| step.keyword() == "USER").last();
    let name = user.and_then(|step| step.instruction.split_whitespace().nth(1));
    name.is_none_or(|name| matches!(name.split(':').next(), Some("root" | "0")))
}

/// Whether a layer has only what was there before it. Copying into a directory changes its time.
fn changes_nothing(case: &Case<'_>, layer: usize) -> bool {
    let is_same = |entry| {
        let visits = case.tree.entry_node(entry).map(|node| case.tree.visits(node)).unwrap_or_default();
        let visit = visits.into_iter().find(|visit| visit.layer == layer);
        visit.is_some_and(|visit| match visit.what {
            Deed::Identical => true,
            Deed::MetadataChanged(fields) => fields == MetadataFields::TIMES && is_directory(case, entry),
            _ => false,
        })
    };
    case.tree.layer_entries(layer).all(is_same)
}

fn is_directory(case: &Case<'_>, entry: EntryId) -> bool {
    case.tree.entry(entry).is_some_and(|facts| facts.metadata.kind == EntryKind::Directory)
}

/// Whether the changed text has all instructions that the edits do not touch, and no new one.
fn is_sound(file: &Dockerfile, edits: &[Edit]) -> bool {
    let changed = Dockerfile::parse(&apply(&file.text, &[edits]).0);
    let is_touched = |instruction: &&Instruction| {
        edits.iter().any(|edit| edit.start <= instruction.span.end && edit.end >= instruction.span.start)
    };
    let untouched: Vec<&Instruction> = file.instructions.iter().filter(|one| !is_touched(one)).collect();
    let is_same = |one: &Instruction, other: &Instruction| {
        (&one.keyword, one.arguments.text()) == (&other.keyword, other.arguments.text())
    };
    let mut rest = changed.instructions.iter();
    let is_more = changed.instructions.len() > file.instructions.len();
    !is_more && untouched.into_iter().all(|one| rest.any(|other| is_same(one, other)))
}

/// Whether an instruction behind a copy makes a user or a group: the copy cannot name it.
fn accounts_change(case: &Case<'_>, copy: usize, chown: usize) -> bool {
    let changes = |path: &[u8]| {
        let visits = case.tree.find(path).map(|node| case.tree.visits(node)).unwrap_or_default();
        visits.iter().any(|visit| visit.layer > copy && visit.layer <= chown)
    };
    changes(b"etc/passwd") || changes(b"etc/group")
}

/// Returns the directories that a layer changes and a copy has not made, or made only to have a place
/// for its target; `None` if the layer changes other files, too: then the copy alone cannot set their
/// owner.
fn directories_before(case: &Case<'_>, (copy, target): (usize, &str), chown: usize) -> Option<Vec<String>> {
    let is_above = |path: &str| format!("/{target}/").starts_with(&format!("{path}/"));
    let mut directories = Vec::new();
    for entry in case.tree.layer_entries(chown) {
        let node = case.tree.entry_node(entry)?;
        let (is_directory, path) = (is_directory(case, entry), case.tree.path(node).to_text());
        let is_target = path.strip_prefix('/') == Some(target);
        match made_by(case, node, chown, is_directory) {
            Some(layer) if layer == copy && (!is_directory || is_target || !is_above(&path)) => {}
            _ if is_directory => directories.push(path),
            _ => return None,
        }
    }
    // Parents of what a layer changes are in it, too, as they were.
    let is_parent = |path: &String| directories.iter().any(|other| other.starts_with(&format!("{path}/")));
    let kept = directories.iter().filter(|path| !is_parent(path) && *path != "/");
    Some(kept.cloned().collect())
}

/// Returns the layer that made what a path showed before a layer. A directory is made once: a copy
/// into it does not set its owner.
fn made_by(case: &Case<'_>, node: NodeId, before: usize, is_directory: bool) -> Option<usize> {
    let visits = case.tree.visits(node);
    let mut earlier = visits.iter().filter(|visit| visit.layer < before).rev();
    let made = earlier.find(|visit| !is_directory || matches!(visit.what, Deed::Added | Deed::TypeChanged));
    made.map(|visit| visit.layer)
}

//! Caches and lists that package managers leave behind, or that are deleted too late.
//!
//! A package manager is one row of [`table::CACHES`].

mod table;

use std::collections::{BTreeMap, HashSet};

use dockopt_core::entry::EntryKind;
use dockopt_core::findings::{Confidence, FoundPath};
use dockopt_core::quantity::size;
use dockopt_core::tree::{EntryId, NodeId};

use self::table::{CACHES, Cache, Use};
use super::case::{ANOTHER_BASE, Case, Pile};
use super::gathered::{Draft, Gathered};
use super::places::{Patterns, Places};
use super::remedy::Remedy;
use super::rule::Rule;
use crate::build::dockerfile::shell::Command;
use crate::build::steps::Step;

/// Returns the rules.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    CACHES.iter().map(|cache| &cache.rule)
}

/// The files of one cache in one layer.
#[derive(Default)]
struct Cached {
    pile: Pile,
    /// The layers that deleted or replaced some of them.
    ended_by: Vec<usize>,
    live: u64,
}

/// Finds the caches of each layer.
pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let patterns =
        (0..).zip(&CACHES).flat_map(|(number, cache)| cache.places.iter().map(move |place| (*place, number)));
    let places = Patterns::new(patterns).places(case.tree);
    let outside = linked_outside(case, &places);
    let mut heaps: BTreeMap<(usize, usize), Cached> = BTreeMap::new();
    for layer in 0..case.tree.layer_count() {
        for entry in case.tree.layer_entries(layer).filter(|entry| !outside.contains(entry)) {
            let Some((number, root)) = case.tree.entry_node(entry).and_then(|node| places.get(node)) else {
                continue;
            };
            let bytes = case.stored(entry);
            // Other package managers list what is in their caches, too.
            if bytes > 0 && !case.is_of_system(entry) {
                let heap = heaps.entry((layer, number)).or_default();
                heap.add(case, (entry, bytes), root);
            }
        }
    }
    for ((layer, number), heap) in heaps {
        if let Some(cache) = CACHES.get(number) {
            found.add(case, &cache.rule, draft(case, cache, layer, heap));
        }
    }
}

impl Cached {
    fn add(&mut self, case: &Case<'_>, (entry, bytes): (EntryId, u64), root: NodeId) {
        self.pile.add(entry, bytes, root);
        match case.ends.get(&entry) {
            Some(layer) if !self.ended_by.contains(layer) => self.ended_by.push(*layer),
            Some(_) => {}
            None => self.live += bytes,
        }
    }
}

/// Returns the files in caches that have a hard link outside of them: removing the cache would not
/// remove their content.
fn linked_outside(case: &Case<'_>, places: &Places<usize>) -> HashSet<EntryId> {
    let tree = case.tree;
    let cache = |entry| Some(places.get(tree.entry_node(entry)?)?.0);
    let mut outside = HashSet::new();
    for entry in (0..tree.layer_count()).flat_map(|layer| tree.layer_entries(layer)) {
        let Some(facts) = tree.entry(entry).filter(|facts| facts.is_hard_link) else { continue };
        if cache(entry) != cache(facts.inode) {
            outside.insert(facts.inode);
        }
    }
    outside
}

fn draft(case: &Case<'_>, cache: &'static Cache, layer: usize, heap: Cached) -> Draft {
    let Cached { pile, mut ended_by, live } = heap;
    let (bytes, files) = (size(pile.bytes()), pile.files());
    let name = case.layer_name(layer);
    ended_by.sort_unstable();
    let message = match ended_by.last() {
        Some(end) if live == 0 && *end != layer => {
            format!("{name} stores {} that layer {end} deletes or replaces: {bytes} in {files}", cache.what)
        }
        _ => format!("{name} leaves {} behind: {bytes} in {files}", cache.what),
    };
    let (paths, claims) = pile.into_parts(case.tree);
    let may_be_needed = is_present(case, cache.needed_by);
    let (fix, remedy) = fix(case, (cache, may_be_needed), layer, &paths);
    let is_in_use = may_be_needed && live > 0;
    let confidence = if is_in_use { Confidence::Possible } else { Confidence::Certain };
    Draft { layer: Some(layer), message, fix, remedy, confidence, exact: true, paths, claims }
}

/// Whether the final filesystem has a file by the name of one of these programs.
fn is_present(case: &Case<'_>, programs: &[&str]) -> bool {
    let is_program = |node: NodeId| {
        let is_named = programs.iter().any(|program| program.as_bytes() == case.tree.name(node));
        let entry = case.tree.final_entry(node).filter(|_| is_named).and_then(|entry| case.tree.entry(entry));
        entry.is_some_and(|facts| facts.metadata.kind != EntryKind::Directory)
    };
    !programs.is_empty() && case.tree.nodes().any(is_program)
}

/// Returns what to do, in words and as a change of the instructions.
fn fix(
    case: &Case<'_>,
    (cache, may_be_needed): (&'static Cache, bool),
    layer: usize,
    paths: &[FoundPath],
) -> (String, Remedy) {
    if layer < case.base_layers() {
        return (ANOTHER_BASE.to_owned(), Remedy::Words);
    }
    if case.step(layer).is_some_and(Step::is_copy) {
        return ("keep it out of the build context with `.dockerignore`".to_owned(), Remedy::Words);
    }
    let command = cache.command(paths);
    let last = cache.used.as_ref().map_or(Some(layer), |used| last_reader(case, used, layer));
    match (last, command) {
        (Some(last), Some(command)) if last == layer => {
            let words = cache.fix(Some(&command));
            let avoid = cache.avoid.as_ref();
            let remedy = Remedy::Clean { first: layer, last, command, avoid };
            (words, if may_be_needed { Remedy::Words } else { remedy })
        }
        (Some(last), Some(command)) => {
            let end = format!("end them with `&& {command}`");
            let words = format!("join the instructions of layers {layer} to {last}, and {end}");
            (words, Remedy::Clean { first: layer, last, command, avoid: None })
        }
        (None, Some(command)) => (
            format!("run `{command}` in the instruction that needs it last, joined with this one"),
            Remedy::Words,
        ),
        (_, None) => (cache.fix(None), Remedy::Words),
    }
}

/// Returns the last layer whose instruction reads what the instruction of a layer has left, because
/// it does not fill it anew; the layer itself if there is none. `None` if an instruction may read it
/// in a way that is not understood.
fn last_reader(case: &Case<'_>, used: &Use, layer: usize) -> Option<usize> {
    let after = case.steps.all().iter().skip_while(|step| step.layer != Some(layer)).skip(1);
    let mut last = layer;
    for step in after {
        let mentions = used.mentions(&step.instruction);
        if mentions == 0 {
            continue;
        }
        let script = step.script()?;
        let mut calls: Vec<(&Command, usize)> =
            used.programs.iter().flat_map(|program| script.calls(program)).collect();
        calls.sort_by_key(|(command, at)| command.words.get(*at).map(|word| word.span.start));
        if !script.is_plain || calls.len() != mentions {
            return None;
        }
        for (command, at) in calls {
            let words = command.words.get(at + 1..).unwrap_or_default();
            let has = |name: &&str| words.iter().any(|word| word.text == *name);
            if has(&used.fills) {
                return Some(last);
            }
            if used.reads.iter().any(has) {
                last = step.layer?;
            }
        }
    }
    Some(last)
}

//! Files with the same content at several paths.

use std::collections::{BTreeMap, HashMap};

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::quantity::size;
use dockopt_core::tree::{EntryId, NodeId};

use super::case::{Case, Pile};
use super::gathered::{Draft, Gathered};
use super::remedy::Remedy;
use super::rule::Rule;

pub(super) static RULE: Rule = Rule {
    id: "duplicate-files",
    title: "The same content at several paths",
    severity: Severity::Medium,
    least: 1_000_000,
    help: "Files with the same content are stored once for each path, even in one layer. Copy the file once and link to it: \
        `ln -s` works in every image. Files of packages are not reported, hard links are no copies.",
    links: &[],
};

/// Smallest file that counts: 64 KiB.
const SMALLEST: u64 = 64 * 1024;

/// Finds copies in the user's layers that no package owns.
pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    let mut firsts: HashMap<u128, EntryId> = HashMap::new();
    let mut layers: BTreeMap<usize, (Pile, Option<(NodeId, NodeId)>)> = BTreeMap::new();
    for file in case.live().filter(|file| file.bytes >= SMALLEST) {
        let Some(hash) = case.tree.content_hash(file.entry) else { continue };
        let first = *firsts.entry(hash).or_insert(file.entry);
        let is_own = file.layer >= case.base_layers() && case.owner(file.entry).is_none();
        let is_copy = first != file.entry && case.stored(first) == file.bytes;
        if !is_copy || !is_own || found.is_claimed(file.entry) {
            continue;
        }
        let Some(same) = case.tree.entry_node(first) else { continue };
        let (pile, example) = layers.entry(file.layer).or_default();
        pile.add(file.entry, file.bytes, file.node);
        example.get_or_insert((file.node, same));
    }
    for (layer, (pile, example)) in layers {
        let (bytes, files, name) = (size(pile.bytes()), pile.files(), case.layer_name(layer));
        let example =
            example.map(|(node, same)| format!("; {} is {}", case.tree.path(node), case.tree.path(same)));
        let example = example.unwrap_or_default();
        let (paths, claims) = pile.into_parts(case.tree);
        let draft = Draft {
            layer: Some(layer),
            message: format!("{name} stores {bytes} in {files} that other paths have, too{example}"),
            fix: "store the content once, and link to it: `ln -s`".to_owned(),
            remedy: Remedy::Words,
            confidence: Confidence::Possible,
            exact: true,
            paths,
            claims,
        };
        found.add(case, &RULE, draft);
    }
}

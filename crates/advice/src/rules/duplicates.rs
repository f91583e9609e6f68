//! Files with the same content at several paths.

use std::collections::{BTreeMap, HashMap};

use dockopt_core::findings::{Confidence, Severity};
use dockopt_core::path::EntryPath;
use dockopt_core::quantity::size;
use dockopt_core::tree::EntryId;

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
    let mut layers: BTreeMap<usize, (Pile, Option<(EntryPath, EntryPath)>)> = BTreeMap::new();
    for layer in 0..case.tree.layer_count() {
        for entry in case.tree.layer_entries(layer) {
            let Some(bytes) = case.live_bytes(entry).filter(|bytes| *bytes >= SMALLEST) else { continue };
            let Some(hash) = case.tree.content_hash(entry) else { continue };
            let first = *firsts.entry(hash).or_insert(entry);
            let is_own =
                layer >= case.base_layers() && case.owner(entry).is_none() && !found.is_claimed(entry);
            if first == entry || !is_own || case.stored(first) != bytes {
                continue;
            }
            let (Some(path), Some(same)) = (case.tree.entry_path(entry), case.tree.entry_path(first)) else {
                continue;
            };
            let (pile, example) = layers.entry(layer).or_default();
            pile.add(entry, bytes, path.clone());
            example.get_or_insert((path, same));
        }
    }
    for (layer, (pile, example)) in layers {
        let (bytes, files, name) = (size(pile.bytes()), pile.files(), case.layer_name(layer));
        let example = example.map(|(path, same)| format!("; {path} is {same}")).unwrap_or_default();
        let (paths, claims) = pile.into_parts();
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

//! Large files that no package owns.

use dockopt_core::findings::{Claim, Confidence, FoundPath, Severity};
use dockopt_core::quantity::size;

use super::case::Case;
use super::gathered::{Draft, Gathered};
use super::remedy::Remedy;
use super::rule::Rule;
use crate::evidence::kinds::Kinds;

pub(super) static RULE: Rule = Rule {
    id: "large-file",
    title: "Large file that no package owns",
    severity: Severity::Info,
    least: 0,
    help: "A single file takes much of the image, and no package brought it. Models, dumps of databases and archives can be \
        mounted or downloaded when the container starts; an archive that was unpacked can be removed in the \
        instruction that downloads it.",
    links: &[],
};

/// Smallest file that is large: 50 MB.
const SMALLEST: u64 = 50_000_000;

/// Finds live files of the user's layers.
pub(super) fn find(case: &Case<'_>, found: &mut Gathered) {
    for layer in case.base_layers()..case.tree.layer_count() {
        for entry in case.tree.layer_entries(layer) {
            let bytes = case.live_bytes(entry).filter(|bytes| *bytes >= SMALLEST);
            let Some(bytes) = bytes.filter(|_| !found.is_claimed(entry) && case.owner(entry).is_none())
            else {
                continue;
            };
            let Some(path) = case.tree.entry_path(entry) else { continue };
            let kind = Kinds::of(case.evidence, entry).map(|kind| format!(" ({kind})")).unwrap_or_default();
            let draft = Draft {
                layer: Some(layer),
                message: format!("{} stores {path}{kind}, {}", case.layer_name(layer), size(bytes)),
                fix: "check that the image needs it; data can be mounted when the container runs".to_owned(),
                remedy: Remedy::Words,
                confidence: Confidence::Possible,
                exact: true,
                paths: vec![FoundPath { path, bytes, files: 1 }],
                claims: vec![Claim { entry, bytes }],
            };
            found.add(case, &RULE, draft);
        }
    }
}

//! Large files that no package owns.

use dockopt_core::findings::{Claim, Confidence, FoundPath, Severity};
use dockopt_core::quantity::size;

use super::case::{Case, Live};
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
    for Live { layer, entry, node, bytes } in case.own_live().filter(|file| file.bytes >= SMALLEST) {
        if found.is_claimed(entry) || case.owner(entry).is_some() {
            continue;
        }
        let path = case.tree.path(node);
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

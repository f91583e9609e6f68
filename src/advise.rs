//! Adds packages and findings to an analysis.

use dockopt_advice::packages::ownership;
use dockopt_advice::rules::{Advice, Case, EditsByFinding, advice, redact};
use dockopt_core::Analysis;
use dockopt_core::facts::Evidence;
use dockopt_core::ownership::Ownership;
use dockopt_core::tree::Tree;

use crate::dockerfile::DockerfileAt;

/// Adds packages and findings to an analysis of an image that was read with all probes, and removes
/// the secrets from its description. Without a Dockerfile, that of its provenance counts. Returns the owners of its files, and the edits that follow each
/// finding.
pub(crate) fn advise(
    analysis: &mut Analysis,
    (tree, evidence): (&Tree, &Evidence),
    dockerfile: Option<&DockerfileAt>,
) -> (Ownership, EditsByFinding) {
    let owners = ownership(tree, evidence);
    analysis.add_packages(&owners);
    let proven = analysis.info.build.as_ref().map(DockerfileAt::proven);
    let case = Case::new(analysis, tree, evidence, &owners);
    let Advice { findings, edits } = match dockerfile.or(proven.as_ref()) {
        Some(file) => advice(&case.with_dockerfile(&file.parsed, &file.name)),
        None => advice(&case),
    };
    analysis.findings = Some(findings);
    redact(&mut analysis.info);
    (owners, edits)
}

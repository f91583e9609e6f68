//! Adds packages and findings to an analysis.

use dockopt_advice::packages::ownership;
use dockopt_advice::rules::{Advice, Case, advice};
use dockopt_core::Analysis;
use dockopt_core::facts::Evidence;
use dockopt_core::ownership::Ownership;
use dockopt_core::tree::Tree;

use crate::dockerfile::DockerfileAt;

/// Finds the owners of an image's files and what to change in it. The image was read with all probes.
pub(crate) fn advise(
    analysis: &mut Analysis,
    (tree, evidence): (&Tree, &Evidence),
    dockerfile: Option<&DockerfileAt>,
) -> (Ownership, Advice) {
    let owners = ownership(tree, evidence);
    analysis.add_packages(&owners);
    let case = Case::new(analysis, tree, evidence, &owners);
    let found = match dockerfile {
        Some(file) => advice(&case.with_dockerfile(&file.parsed, &file.name)),
        None => advice(&case),
    };
    analysis.add_findings(found.findings.clone());
    (owners, found)
}

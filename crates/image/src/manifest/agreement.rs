//! Decides between two documents about one image: the one that agrees with the configuration is
//! used.
//!
//! The configuration counts the layers twice: `rootfs.diff_ids` has one entry per layer, and so has
//! the history, apart from steps that created no layer. Docker 25.0 wrote archives whose
//! `index.json` leads to a manifest without layers while `manifest.json` lists them all.

use std::fmt;

use dockopt_core::image::LayerInfo;
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;
use oci_spec::image::ImageConfiguration;

use super::error::ManifestError;
use super::plan::Plan;

/// A plan made from one document.
pub(super) struct Draft {
    /// The document: `index.json` or `manifest.json`.
    pub(super) document: &'static str,
    pub(super) plan: Plan,
    pub(super) counts: Counts,
}

/// Layer counts implied by a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    diff_ids: usize,
    /// Number of steps that created a layer; `None` without history.
    history: Option<usize>,
}

impl Counts {
    pub(super) fn of(config: &ImageConfiguration) -> Self {
        let history = config.history().as_ref().filter(|history| !history.is_empty());
        let made_layers = |step: &&oci_spec::image::History| !step.empty_layer().unwrap_or(false);
        Self {
            diff_ids: config.rootfs().diff_ids().len(),
            history: history.map(|history| history.iter().filter(made_layers).count()),
        }
    }
}

/// Formats as `2 layers`, or as `2 layers (its history: 3)`.
impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", layers(self.diff_ids))?;
        match self.history {
            Some(history) if history != self.diff_ids => write!(formatter, " (its history: {history})"),
            _ => Ok(()),
        }
    }
}

impl Draft {
    fn layers(&self) -> &[LayerInfo] {
        &self.plan.info.layers
    }

    /// Returns whether the document lists as many layers as the configuration.
    fn agrees(&self) -> bool {
        let found = self.layers().len();
        self.counts.diff_ids == found && self.counts.history.is_none_or(|history| history == found)
    }

    /// Returns whether the document agrees with the diff IDs, regardless of the history.
    fn agrees_but_for_history(&self) -> bool {
        self.counts.diff_ids == self.layers().len()
    }

    /// Returns whether all layers are uncompressed blobs with the digests that the configuration
    /// lists.
    fn is_proven(&self) -> bool {
        self.layers().iter().all(|layer| layer.digest.is_some() && layer.digest == layer.diff_id)
    }

    fn contradicts(&self, other: &Self) -> bool {
        let differ = |(one, other): (&LayerInfo, &LayerInfo)| matches!((&one.digest, &other.digest), (Some(one), Some(other)) if one != other);
        self.layers().iter().zip(other.layers()).any(differ)
    }

    /// Returns the plan, with a warning that `other` was not used.
    fn instead_of(mut self, other: &Self) -> Plan {
        let message = format!(
            "{} lists {}, {} {}, the configuration {}: {0} is used",
            self.document,
            layers(self.layers().len()),
            other.document,
            other.layers().len(),
            self.counts
        );
        self.plan.warnings.push(Warning::new(WarningKind::DocumentIgnored, None, message));
        self.plan
    }
}

/// Decides between `index.json` and `manifest.json`, which describe the same image.
///
/// Fails if neither agrees with the configuration.
pub(super) fn decide(index: Draft, docker: Draft, verify: bool) -> Result<Plan, ManifestError> {
    match (index.agrees(), docker.agrees()) {
        (true, true) if index.contradicts(&docker) => Ok(between(index, docker, verify)),
        (true, true) => Ok(index.plan),
        (true, false) => Ok(index.instead_of(&docker)),
        (false, true) => Ok(docker.instead_of(&index)),
        (false, false) if index.agrees_but_for_history() && docker.agrees_but_for_history() => Ok(index.plan),
        (false, false) => Err(ManifestError::Contradiction {
            reason: format!(
                "{} lists {}, {} lists {}, but the configuration lists {}",
                index.document,
                layers(index.layers().len()),
                docker.document,
                layers(docker.layers().len()),
                index.counts
            ),
        }),
    }
}

/// Decides between documents that list the right number of layers, but different ones.
fn between(index: Draft, docker: Draft, verify: bool) -> Plan {
    match (index.is_proven(), docker.is_proven()) {
        (true, false) => index.plan,
        (false, true) => docker.plan,
        _ => {
            let mut plan = index.plan;
            // With `--verify` the digests of the unpacked layers prove the order and the content.
            if !verify {
                let message = "index.json and manifest.json list different layers: index.json is used";
                plan.warnings.push(Warning::new(WarningKind::DocumentsDisagree, None, message));
            }
            plan
        }
    }
}

fn layers(number: usize) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} layer{ending}")
}

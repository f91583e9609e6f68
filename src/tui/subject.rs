//! What is being explored: an image, or what is known of one while it is read.

use std::sync::Arc;

use dockopt_core::Analysis;
use dockopt_core::policy::Judgement;
use dockopt_core::tree::Tree;
use dockopt_image::Contents;

/// An image whose layers can be browsed.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) analysis: Analysis,
    pub(crate) tree: Tree,
    /// What became of each layer, the lowest first.
    pub(crate) layers: Vec<LayerState>,
    /// What each layer makes useless of the layers below it.
    pub(crate) wasted_by: Vec<Wasted>,
    /// The rows of waste that concern each layer.
    pub(crate) concerns: Vec<Concern>,
    /// Where contents come from, once everything is read.
    pub(crate) contents: Option<Contents>,
    /// How the image fares by the rules, or why that cannot be told.
    pub(crate) judgement: Option<Result<Judgement, String>>,
}

/// The rows of waste that concern a layer: it stores the bytes, or made them useless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Concern {
    /// The largest, by their places in the ledger.
    pub(crate) rows: Vec<usize>,
    /// How many more there are.
    pub(crate) more: u64,
}

/// Rows that are remembered for a layer.
const CONCERNS: usize = 12;

/// What concerns each layer: looked at with every frame, and there may be a million rows.
pub(crate) fn concerns(analysis: &Analysis) -> Vec<Concern> {
    let mut layers = vec![Concern::default(); analysis.ledger.layers.len()];
    for (at, row) in analysis.ledger.waste.iter().enumerate() {
        let by = (!row.stored_in.contains(&row.wasted_by)).then_some(row.wasted_by);
        for layer in row.stored_in.iter().copied().chain(by) {
            let Some(concern) = layers.get_mut(layer) else { continue };
            if concern.rows.len() < CONCERNS {
                concern.rows.push(at);
            } else {
                concern.more += 1;
            }
        }
    }
    layers
}

/// Bytes that became useless, and the copies of files that hold them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wasted {
    pub(crate) bytes: u64,
    pub(crate) files: u64,
}

/// What each layer makes useless.
pub(crate) fn wasted_by(analysis: &Analysis) -> Vec<Wasted> {
    let mut layers = vec![Wasted::default(); analysis.ledger.layers.len()];
    for row in &analysis.ledger.waste {
        if let Some(layer) = layers.get_mut(row.wasted_by) {
            layer.bytes += row.bytes;
            layer.files += row.files;
        }
    }
    layers
}

/// Whether a layer's files are in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LayerState {
    /// All of them.
    Read,
    /// Not yet.
    Unread,
    /// Only those before the place where reading failed.
    Failed {
        /// What went wrong, one line for each cause.
        reasons: Vec<String>,
        /// What could be done.
        hint: Option<String>,
    },
}

impl Subject {
    /// The layers that belong to the base image.
    pub(crate) fn base_layers(&self) -> usize {
        self.analysis.ledger.base_layers.min(self.layer_count())
    }

    pub(crate) fn layer_count(&self) -> usize {
        self.tree.layer_count()
    }

    /// What a layer makes useless of the layers below it.
    pub(crate) fn wasted_by(&self, layer: usize) -> Wasted {
        self.wasted_by.get(layer).copied().unwrap_or_default()
    }

    /// Whether every layer is in the tree as a whole, so that the numbers are those of the image.
    pub(crate) fn is_complete(&self) -> bool {
        self.layers.iter().all(|layer| *layer == LayerState::Read)
    }

    pub(crate) fn layer_state(&self, layer: usize) -> &LayerState {
        self.layers.get(layer).unwrap_or(&LayerState::Unread)
    }
}

/// Whether two subjects are the same one.
pub(crate) fn same(one: &Arc<Subject>, other: &Arc<Subject>) -> bool {
    Arc::ptr_eq(one, other)
}

//! The image in the browser, or the part of it that has been read.

use std::sync::Arc;

use dockopt_core::Analysis;
use dockopt_core::ownership::Ownership;
use dockopt_core::policy::Judgement;
use dockopt_core::tree::Tree;
use dockopt_image::Contents;

/// An image whose layers can be browsed.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) analysis: Analysis,
    pub(crate) tree: Tree,
    /// The owners of its files; nobody owns anything before all layers are read.
    pub(crate) ownership: Ownership,
    /// State of each layer, the lowest first.
    pub(crate) layers: Vec<LayerState>,
    /// Bytes of lower layers that each layer wastes.
    pub(crate) wasted_by: Vec<Wasted>,
    /// The rows of waste that concern each layer.
    pub(crate) concerns: Vec<Concern>,
    /// Access to contents, once everything is read.
    pub(crate) contents: Option<Contents>,
    /// The verdict of the rules, or the reason that there is none.
    pub(crate) judgement: Option<Result<Judgement, String>>,
}

/// The rows of waste that concern a layer: it stores the bytes, or wasted them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Concern {
    /// The largest rows, by index in the ledger.
    pub(crate) rows: Vec<usize>,
    /// Number of further rows.
    pub(crate) more: u64,
}

/// Most rows kept for a layer.
const CONCERNS: usize = 12;

/// Returns the rows of waste for each layer. Computed once: every frame needs them, and there may
/// be a million rows.
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

/// Wasted bytes, and the number of file copies that hold them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wasted {
    pub(crate) bytes: u64,
    pub(crate) files: u64,
}

/// Returns the bytes of lower layers that each layer wastes.
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

/// Whether the files of a layer are in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LayerState {
    /// All of them are.
    Read,
    /// None yet.
    Unread,
    /// Only those before the position where reading failed.
    Failed {
        /// The error and its causes, one line each.
        reasons: Vec<String>,
        /// What the user can do.
        hint: Option<String>,
    },
}

impl Subject {
    /// Returns the number of layers in the base image.
    pub(crate) fn base_layers(&self) -> usize {
        self.analysis.ledger.base_layers.min(self.layer_count())
    }

    pub(crate) fn layer_count(&self) -> usize {
        self.tree.layer_count()
    }

    /// Returns the bytes of lower layers that a layer wastes.
    pub(crate) fn wasted_by(&self, layer: usize) -> Wasted {
        self.wasted_by.get(layer).copied().unwrap_or_default()
    }

    /// Returns whether all layers were read completely, so that the numbers are those of the image.
    pub(crate) fn is_complete(&self) -> bool {
        self.layers.iter().all(|layer| *layer == LayerState::Read)
    }

    pub(crate) fn layer_state(&self, layer: usize) -> &LayerState {
        self.layers.get(layer).unwrap_or(&LayerState::Unread)
    }
}

/// Returns whether two subjects are the same object.
pub(crate) fn same(one: &Arc<Subject>, other: &Arc<Subject>) -> bool {
    Arc::ptr_eq(one, other)
}

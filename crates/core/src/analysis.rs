//! Everything known of an image: what it says about itself, its ledger, and dive's numbers if they are wanted.

use crate::dive::DiveScore;
use crate::ledger::Ledger;
use crate::model::image::ImageInfo;
use crate::model::warning::Warning;
use crate::tree::Tree;

/// Whose numbers are shown and judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Score {
    /// The ledger's.
    #[default]
    Exact,
    /// Those of dive 0.13.1, faults included.
    Dive,
}

/// An image and its accounts.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// What the image says about itself.
    pub info: ImageInfo,
    /// What became of every byte.
    pub ledger: Ledger,
    /// dive's numbers, if those are to be shown and judged instead.
    pub dive: Option<DiveScore>,
    /// What is odd about the image.
    pub warnings: Vec<Warning>,
}

impl Analysis {
    /// Takes the accounts of a tree whose lowest `base_layers` layers belong to the base image.
    pub fn new(info: ImageInfo, tree: &Tree, base_layers: usize, score: Score) -> Self {
        let dive = (score == Score::Dive).then(|| DiveScore::of(tree, &info));
        Self { info, ledger: Ledger::of(tree, base_layers), dive, warnings: Vec::new() }
    }

    /// The share of stored bytes that is live; dive's efficiency if that is wanted.
    pub fn efficiency(&self) -> f64 {
        self.dive.as_ref().map_or_else(|| self.ledger.total.efficiency(), |dive| dive.efficiency)
    }

    /// Wasted bytes; dive's if those are wanted.
    pub fn wasted(&self) -> u64 {
        self.dive.as_ref().map_or(self.ledger.total.wasted, |dive| dive.wasted_bytes)
    }

    /// Bytes stored above the base.
    pub fn user_stored(&self) -> u64 {
        self.dive.as_ref().map_or(self.ledger.user.stored, |dive| dive.user_size_bytes)
    }

    /// Wasted bytes stored above the base; dive holds all waste against the user.
    pub fn user_wasted(&self) -> u64 {
        self.dive.as_ref().map_or(self.ledger.user.wasted, |dive| dive.wasted_bytes)
    }

    /// The share of the bytes stored above the base that is wasted; dive's may be infinite or not a number.
    pub fn user_wasted_percent(&self) -> f64 {
        self.dive.as_ref().map_or_else(|| self.ledger.user.waste_ratio(), |dive| dive.user_wasted_percent)
    }
}

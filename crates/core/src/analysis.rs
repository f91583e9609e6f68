//! Everything about an image: its own description, its ledger, and dive's numbers on request.

use crate::dive::DiveScore;
use crate::findings::Findings;
use crate::ledger::Ledger;
use crate::model::base::{BaseChoice, BaseImage};
use crate::model::image::ImageInfo;
use crate::model::packages::Packages;
use crate::model::warning::Warning;
use crate::ownership::Ownership;
use crate::tree::Tree;

/// The source of the numbers that are shown and judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Score {
    /// The ledger.
    #[default]
    Exact,
    /// dive 0.13.1, faults included.
    Dive,
}

/// An image and its numbers.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The image's description of itself.
    pub info: ImageInfo,
    /// Its base image.
    pub base: BaseImage,
    /// The packages, if the contents of files were examined for them.
    pub packages: Option<Packages>,
    /// What to change, if the image was examined for it.
    pub findings: Option<Findings>,
    /// The account of every byte.
    pub ledger: Ledger,
    /// dive's numbers, if they replace those of the ledger.
    pub dive: Option<DiveScore>,
    /// Oddities of the image.
    pub warnings: Vec<Warning>,
}

impl Analysis {
    /// Analyses a tree.
    pub fn new(info: ImageInfo, tree: &Tree, base: &BaseChoice, score: Score) -> Self {
        let dive = (score == Score::Dive).then(|| DiveScore::of(tree, &info));
        let (base, warning) = base.of(&info);
        let ledger = Ledger::of(tree, base.layers);
        Self {
            info,
            base,
            packages: None,
            findings: None,
            ledger,
            dive,
            warnings: warning.into_iter().collect(),
        }
    }

    /// Adds the packages, and what is not known about them.
    pub fn add_packages(&mut self, ownership: &Ownership) {
        self.packages = Some(ownership.packages().clone());
        self.warnings.extend_from_slice(ownership.warnings());
    }

    /// Returns live ÷ stored bytes, or dive's efficiency.
    pub fn efficiency(&self) -> f64 {
        self.dive.as_ref().map_or_else(|| self.ledger.total.efficiency(), |dive| dive.efficiency)
    }

    /// Returns the wasted bytes, or dive's number.
    pub fn wasted(&self) -> u64 {
        self.dive.as_ref().map_or(self.ledger.total.wasted, |dive| dive.wasted_bytes)
    }

    /// Returns the bytes stored above the base, or dive's number.
    pub fn user_stored(&self) -> u64 {
        self.dive.as_ref().map_or(self.ledger.user.stored, |dive| dive.user_size_bytes)
    }

    /// Returns the wasted bytes stored above the base; dive charges all waste to the user.
    pub fn user_wasted(&self) -> u64 {
        self.dive.as_ref().map_or(self.ledger.user.wasted, |dive| dive.wasted_bytes)
    }

    /// Returns wasted ÷ stored bytes above the base; dive's ratio may be infinite or not a number.
    pub fn user_wasted_percent(&self) -> f64 {
        self.dive.as_ref().map_or_else(|| self.ledger.user.waste_ratio(), |dive| dive.user_wasted_percent)
    }
}

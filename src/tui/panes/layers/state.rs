//! The layers pane: which layer is chosen, what it is compared with, and the lines the list consists of.

use crate::tui::range::Compare;

/// Cells before the further lines of an instruction.
pub(crate) const INDENT: usize = 7;

/// What stands before the instruction of a layer, in cells: what is least needed goes where space is tight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LayerFacts {
    /// Index and size.
    Size,
    /// These and a bar of live and wasted bytes.
    Bar,
    /// These and the efficiency.
    All,
}

impl LayerFacts {
    /// For a pane of so many cells.
    pub(crate) fn of(pane: usize) -> Self {
        match pane {
            0..26 => Self::Size,
            26..44 => Self::Bar,
            _ => Self::All,
        }
    }

    pub(crate) fn width(self) -> usize {
        match self {
            Self::Size => 15,
            Self::Bar => 24,
            Self::All => 33,
        }
    }
}

/// The state of the layers pane.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayersState {
    /// The chosen layer, counted from the lowest.
    pub(crate) chosen: usize,
    /// The first line shown.
    pub(crate) top: usize,
    /// Whether long instructions take several lines.
    pub(crate) wrap: bool,
    /// Whether history entries that made no layer are listed.
    pub(crate) empty_history: bool,
    pub(crate) compare: Compare,
    /// The other end of a range marked by hand.
    pub(crate) mark: Option<usize>,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LayerLine {
    /// A layer and the first part of its instruction.
    Layer(usize, String),
    /// A further part of a layer's instruction.
    More(usize, String),
    /// The end of the base image.
    Boundary,
    /// A step of the build that made no layer.
    Empty(String),
}

impl LayerLine {
    pub(crate) fn layer(&self) -> Option<usize> {
        match self {
            Self::Layer(layer, _) | Self::More(layer, _) => Some(*layer),
            Self::Boundary | Self::Empty(_) => None,
        }
    }
}

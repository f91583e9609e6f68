//! State, columns and lines of the list of layers.

use crate::tui::range::Compare;

/// Lines of the column headings.
pub(crate) const LAYERS_HEADING: usize = 1;

/// Rows for each layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LayerRows {
    /// The sizes of the layer and its instruction share a row.
    One,
    /// The instruction has a row of its own.
    Two,
}

/// The columns before the instruction, for a pane's width and a number of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LayerColumns {
    /// Cells of the largest index.
    pub(crate) index: usize,
    /// Cells of the live share; 0 if there is no room for it.
    pub(crate) share: usize,
}

impl LayerColumns {
    /// Cells of the size, including the blank before it.
    pub(crate) const SIZE: usize = 8;
    /// Narrowest pane with a live share.
    const WITH_SHARE: usize = 36;
    /// Cells of the live share if the instruction has its own row, and if they share one.
    const SHARE: usize = 6;
    const WIDE_SHARE: usize = 24;

    pub(crate) fn new(pane: usize, layers: usize, rows: LayerRows) -> Self {
        let index = layers.saturating_sub(1).to_string().len().max(2);
        let free = pane.saturating_sub(index + 2 + Self::SIZE + 1);
        let share = match rows {
            LayerRows::Two if free > Self::SHARE => (free - 1).min(Self::WIDE_SHARE),
            LayerRows::One if pane >= Self::WITH_SHARE => Self::SHARE,
            LayerRows::One | LayerRows::Two => 0,
        };
        Self { index, share }
    }

    /// Returns the cells before an instruction on its own row: those of the marks and the index.
    pub(crate) fn indent(self) -> usize {
        self.index + 3
    }

    /// Returns the cells before an instruction that shares a row with the other columns.
    pub(crate) fn width(self) -> usize {
        self.index + 2 + Self::SIZE + 1 + if self.share > 0 { self.share + 1 } else { 0 }
    }
}

/// State of the layers pane.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayersState {
    /// The chosen layer, counted from the lowest.
    pub(crate) chosen: usize,
    /// The first visible line.
    pub(crate) top: usize,
    /// Whether to wrap long instructions.
    pub(crate) wrap: bool,
    /// Whether to list history entries that made no layer.
    pub(crate) empty_history: bool,
    pub(crate) compare: Compare,
    /// The other end of a marked range.
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
    /// A build step that made no layer.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instruction_has_more_than_half_of_a_normal_pane() {
        let columns = |pane, layers| LayerColumns::new(pane, layers, LayerRows::One);
        assert_eq!(46 - columns(46, 11).width(), 26);
        assert_eq!(30 - columns(30, 11).width(), 17);
        assert_eq!(columns(46, 101).index, 3);
        assert_eq!(columns(0, 0).share, 0);
    }
}

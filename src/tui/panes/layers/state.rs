//! The layers pane: which layer is chosen, what it is compared with, and the lines the list consists of.

use dockopt_core::comparison::LayerRange;
use dockopt_core::instruction::instruction;
use dockopt_core::path::escape_text;

use crate::tui::app::App;
use crate::tui::range::Compare;
use crate::tui::text::wrap_after;

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
pub(crate) struct LayersPane {
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

impl App {
    /// Layers that are known, read or not.
    pub(crate) fn layer_count(&self) -> usize {
        match (&self.subject, &self.loading) {
            (Some(subject), _) => subject.layer_count(),
            (None, Some(loading)) => loading.layer_count(),
            (None, None) => 0,
        }
    }

    /// The instruction that made a layer, safe to show.
    pub(crate) fn instruction_of(&self, layer: usize) -> String {
        let info = self.info().and_then(|info| info.layers.get(layer));
        match info {
            Some(info) => escape_text(&instruction(info.created_by.as_deref().unwrap_or("(no history)"))),
            None => self.loading.as_ref().map(|loading| loading.layer_name(layer)).unwrap_or_default(),
        }
    }

    /// The layers that the tree pane shows.
    pub(crate) fn range(&self) -> LayerRange {
        let base = self.subject.as_ref().map_or(0, |subject| subject.base_layers());
        match (self.layers.mark, self.layers.compare) {
            (Some(mark), _) => {
                LayerRange::spanning(mark.min(self.layers.chosen), mark.max(self.layers.chosen))
            }
            (None, Compare::Layer) => LayerRange::only(self.layers.chosen),
            (None, Compare::UpTo) => LayerRange::up_to(self.layers.chosen, base),
            (None, Compare::Final) => LayerRange::final_of(self.layer_count()),
        }
    }

    /// Whether a layer is part of what the tree pane shows as changed.
    pub(crate) fn is_in_range(&self, layer: usize) -> bool {
        self.range().contains(layer)
    }

    /// What the tree pane shows, in words.
    pub(crate) fn range_words(&self) -> String {
        let range = self.range();
        match (self.layers.mark, self.layers.compare) {
            (Some(_), _) => format!("layers {}..{}", range.first, range.last),
            (None, Compare::Layer) => format!("layer {}", self.layers.chosen),
            (None, Compare::UpTo) if range.first == 0 => format!("all up to layer {}", range.last),
            (None, Compare::UpTo) => format!("layers {}..{} over the base", range.first, range.last),
            (None, Compare::Final) => "final filesystem".to_owned(),
        }
    }

    /// The lines of the list for so many cells.
    pub(crate) fn layer_lines(&self, width: usize) -> Vec<LayerLine> {
        let mut lines = Vec::new();
        let mut steps = self.info().map(|info| info.history.as_slice()).unwrap_or_default().iter().peekable();
        let base = self.subject.as_ref().map_or(0, |subject| subject.base_layers());
        for layer in 0..self.layer_count() {
            while let Some(step) = steps.next_if(|step| step.layer.is_none()) {
                self.push_empty(&mut lines, step.created_by.as_deref());
            }
            steps.next();
            if layer == base && base > 0 {
                lines.push(LayerLine::Boundary);
            }
            self.push_layer(&mut lines, layer, width);
        }
        for step in steps.filter(|step| step.layer.is_none()) {
            self.push_empty(&mut lines, step.created_by.as_deref());
        }
        lines
    }

    /// How many lines the list has: asked for with every frame, and many times with each key.
    pub(crate) fn layer_line_count(&self, width: usize) -> usize {
        if self.layers.wrap {
            return self.layer_lines(width).len();
        }
        let steps = self.info().map(|info| info.history.as_slice()).unwrap_or_default();
        let empty = if self.layers.empty_history {
            steps.iter().filter(|step| step.layer.is_none()).count()
        } else {
            0
        };
        let base = self.subject.as_ref().map_or(0, |subject| subject.base_layers());
        let layers = self.layer_count();
        layers + empty + usize::from(0 < base && base < layers)
    }

    fn push_empty(&self, lines: &mut Vec<LayerLine>, created_by: Option<&str>) {
        if self.layers.empty_history {
            lines.push(LayerLine::Empty(escape_text(&instruction(created_by.unwrap_or_default()))));
        }
    }

    fn push_layer(&self, lines: &mut Vec<LayerLine>, layer: usize, width: usize) {
        let text = self.instruction_of(layer);
        if !self.layers.wrap {
            return lines.push(LayerLine::Layer(layer, text));
        }
        let first = width.saturating_sub(LayerFacts::of(width).width()).max(8);
        let mut parts = wrap_after(&text, first, width.saturating_sub(INDENT)).into_iter();
        lines.push(LayerLine::Layer(layer, parts.next().unwrap_or_default()));
        lines.extend(parts.map(|part| LayerLine::More(layer, part)));
    }
}

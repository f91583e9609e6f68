//! Selects a layer and its comparison, and makes the lines of the list.

use dockopt_core::comparison::LayerRange;
use dockopt_core::instruction::instruction;
use dockopt_core::path::escape_text;

use super::state::{LayerColumns, LayerLine, LayerRows};
use crate::tui::app::App;
use crate::tui::areas::Region;
use crate::tui::list::ListState;
use crate::tui::range::Compare;
use crate::tui::text::{short_digests, wrap_after};

impl App {
    /// Changes what the chosen layer is compared with, and drops a marked range.
    pub(crate) fn compare(&mut self, compare: Compare) {
        self.layers.compare = compare;
        self.layers.mark = None;
        self.say(format!("showing {}", self.range_words()));
        self.refresh_tree();
    }

    /// Starts a range at the chosen layer, or drops the range.
    pub(crate) fn mark_range(&mut self) {
        self.layers.mark = match self.layers.mark {
            Some(_) => None,
            None => Some(self.layers.chosen),
        };
        self.say(match self.layers.mark {
            Some(mark) => format!("a range starts at layer {mark}: go to its other end"),
            None => format!("showing {}", self.range_words()),
        });
        self.refresh_tree();
    }

    /// Chooses a layer and updates the tree.
    pub(crate) fn choose_layer(&mut self, layer: usize) {
        if layer != self.layers.chosen {
            self.layers.chosen = layer;
            self.layer_details = ListState::default();
            self.want_chosen_layer();
            self.refresh_tree();
        }
    }

    /// Returns the number of layers, whether they have been read or not.
    pub(crate) fn layer_count(&self) -> usize {
        match (&self.subject, &self.loading) {
            (Some(subject), _) => subject.layer_count(),
            (None, Some(loading)) => loading.layer_count(),
            (None, None) => 0,
        }
    }

    /// Returns the instruction that made a layer, escaped.
    pub(crate) fn instruction_of(&self, layer: usize) -> String {
        let info = self.info().and_then(|info| info.layers.get(layer));
        match info {
            Some(info) => escape_text(&instruction(info.created_by.as_deref().unwrap_or("(no history)"))),
            None => self.loading.as_ref().map(|loading| loading.layer_name(layer)).unwrap_or_default(),
        }
    }

    /// Returns the range of layers that the tree pane shows as changed.
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

    /// Returns whether the tree pane shows a layer as changed.
    pub(crate) fn is_in_range(&self, layer: usize) -> bool {
        self.range().contains(layer)
    }

    /// Describes the range of layers that the tree pane shows.
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

    /// Returns the rows for each layer: two if they all fit.
    pub(crate) fn layer_rows(&self) -> LayerRows {
        if self.areas().tall_layers { LayerRows::Two } else { LayerRows::One }
    }

    /// Returns whether there is room for the column headings.
    pub(crate) fn has_layers_heading(&self) -> bool {
        self.areas().inside(Region::Layers).height >= 6 && self.layer_count() > 0
    }

    /// Returns the lines of the list for a pane of `width` cells.
    pub(crate) fn layer_lines(&self, width: usize, rows: LayerRows) -> Vec<LayerLine> {
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
            self.push_layer(&mut lines, layer, width, rows);
        }
        for step in steps.filter(|step| step.layer.is_none()) {
            self.push_empty(&mut lines, step.created_by.as_deref());
        }
        lines
    }

    /// Returns the number of lines of the list. It must be cheap: every frame and every key needs
    /// it.
    pub(crate) fn layer_line_count(&self, width: usize, rows: LayerRows) -> usize {
        if self.layers.wrap {
            return self.layer_lines(width, rows).len();
        }
        let steps = self.info().map(|info| info.history.as_slice()).unwrap_or_default();
        let empty = if self.layers.empty_history {
            steps.iter().filter(|step| step.layer.is_none()).count()
        } else {
            0
        };
        let base = self.subject.as_ref().map_or(0, |subject| subject.base_layers());
        let layers = self.layer_count();
        let each = if rows == LayerRows::Two { 2 } else { 1 };
        layers * each + empty + usize::from(0 < base && base < layers)
    }

    fn push_empty(&self, lines: &mut Vec<LayerLine>, created_by: Option<&str>) {
        if self.layers.empty_history {
            lines.push(LayerLine::Empty(escape_text(&instruction(created_by.unwrap_or_default()))));
        }
    }

    fn push_layer(&self, lines: &mut Vec<LayerLine>, layer: usize, width: usize, rows: LayerRows) {
        let text = short_digests(&self.instruction_of(layer));
        let columns = LayerColumns::new(width, self.layer_count(), rows);
        let others = width.saturating_sub(columns.indent()).max(8);
        let first = width.saturating_sub(columns.width()).max(8);
        let mut parts = match (self.layers.wrap, rows) {
            (false, _) => vec![text],
            (true, LayerRows::One) => wrap_after(&text, first, others),
            (true, LayerRows::Two) => wrap_after(&text, others, others),
        }
        .into_iter();
        let beside = if rows == LayerRows::One { parts.next() } else { None };
        lines.push(LayerLine::Layer(layer, beside.unwrap_or_default()));
        lines.extend(parts.map(|part| LayerLine::More(layer, part)));
    }
}

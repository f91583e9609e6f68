//! Pane with the list of layers, from the lowest to the highest.

mod draw;
#[cfg(test)]
mod journeys;
mod select;
pub(crate) mod state;

use super::pane::{Hint, Pane};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::areas::{PaneId, Region};
use crate::tui::draw::canvas::Canvas;
use crate::tui::keys::Context;
use crate::tui::list::{Step, fit};
use crate::tui::range::Compare;
use dockopt_core::table::cut_middle;

use self::state::LayerLine;

/// Pane with the list of layers.
pub(crate) struct LayersPane;

impl Pane for LayersPane {
    fn id(&self) -> PaneId {
        PaneId("layers")
    }

    fn region(&self) -> Region {
        Region::Layers
    }

    fn name(&self) -> &'static str {
        "Layers"
    }

    fn context(&self) -> Context {
        Context::Layers
    }

    fn hints(&self) -> &'static [Hint] {
        &[
            (Action::NextPane, "tree"),
            (Action::CompareCycle, "compare"),
            (Action::MarkRange, "range"),
            (Action::Wrap, "wrap"),
            (Action::EmptyHistory, "all steps"),
        ]
    }

    fn act(&self, app: &mut App, action: Action) {
        match action {
            Action::CompareLayer => app.compare(Compare::Layer),
            Action::CompareUpTo => app.compare(Compare::UpTo),
            Action::MarkRange => app.mark_range(),
            Action::EmptyHistory => app.layers.empty_history = !app.layers.empty_history,
            Action::Wrap => app.layers.wrap = !app.layers.wrap,
            Action::Enter | Action::Right => app.focus = Region::Main,
            _ => {}
        }
    }

    fn step(&self, app: &mut App, step: Step) {
        app.choose_layer(step.from(app.layers.chosen, app.layer_count()));
    }

    fn click(&self, app: &mut App, line: usize, _is_double: bool) {
        let Some(line) = line.checked_sub(usize::from(app.has_layers_heading())) else { return };
        let width = usize::from(app.areas().inside(Region::Layers).width);
        let lines = app.layer_lines(width, app.layer_rows());
        if let Some(layer) = lines.get(app.layers.top + line).and_then(LayerLine::layer) {
            app.choose_layer(layer);
        }
    }

    fn height(&self, app: &App) -> usize {
        let lines = usize::from(app.areas().inside(Region::Layers).height);
        lines.saturating_sub(usize::from(app.has_layers_heading()))
    }

    fn status(&self, app: &App, room: usize) -> String {
        cut_middle(&app.instruction_of(app.layers.chosen), room)
    }

    fn settle(&self, app: &mut App) {
        let inside = app.areas().inside(Region::Layers);
        let lines = app.layer_lines(usize::from(inside.width), app.layer_rows());
        let is_chosen = |line: &LayerLine| line.layer() == Some(app.layers.chosen);
        let first = lines.iter().position(is_chosen).unwrap_or(0);
        let last = lines.iter().rposition(is_chosen).unwrap_or(0);
        let height = usize::from(inside.height) - usize::from(app.has_layers_heading());
        let top = fit(app.layers.top, last, lines.len(), height);
        app.layers.top = fit(top, first, lines.len(), height);
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        canvas.layers();
    }
}

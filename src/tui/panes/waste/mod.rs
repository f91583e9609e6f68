//! Pane with the waste lens: wasted paths, their causes, and the way to each path.

mod draw;
#[cfg(test)]
mod journeys;
mod state;

use dockopt_core::path::EntryPath;

use super::pane::{Hint, Pane};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::areas::PaneId;
use crate::tui::draw::canvas::Canvas;
use crate::tui::keys::Context;
use crate::tui::list::Step;

/// Pane with the wasted paths, the largest first.
pub(crate) struct WastePane;

impl Pane for WastePane {
    fn id(&self) -> PaneId {
        PaneId("waste")
    }

    fn name(&self) -> &'static str {
        "Waste"
    }

    fn toggled_by(&self) -> Option<Action> {
        Some(Action::WasteLens)
    }

    fn context(&self) -> Context {
        Context::Waste
    }

    fn hints(&self) -> &'static [Hint] {
        &[(Action::Enter, "go there")]
    }

    fn act(&self, app: &mut App, action: Action) {
        if action != Action::Enter && action != Action::Right {
            return;
        }
        let Some(row) = app.waste_rows().get(app.waste.cursor).cloned() else { return };
        app.show_layer(row.wasted_by);
        let node = app.subject.as_ref().and_then(|subject| subject.tree.find(row.path.as_bytes()));
        match node {
            Some(node) => app.go_to(node),
            None => app.complain(format!("{} is not in the tree", row.path)),
        }
    }

    fn step(&self, app: &mut App, step: Step) {
        let count = app.waste_rows().len();
        app.waste.step(step, count);
    }

    fn click(&self, app: &mut App, line: usize, is_double: bool) {
        if let Some(row) = app.lens_row(app.waste, app.waste_rows().len(), line) {
            app.waste.cursor = row;
            if is_double {
                self.act(app, Action::Enter);
            }
        }
    }

    fn height(&self, app: &App) -> usize {
        app.lens_height()
    }

    fn path(&self, app: &App) -> Option<EntryPath> {
        app.waste_rows().get(app.waste.cursor).map(|row| row.path.clone())
    }

    fn settle(&self, app: &mut App) {
        let (count, height) = (app.waste_rows().len(), app.lens_height());
        app.waste.fit(count, height);
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        canvas.waste();
    }
}

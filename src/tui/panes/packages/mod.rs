//! Pane with the packages: the bytes that each owns, and the way to its files.

mod act;
mod draw;
#[cfg(test)]
mod journeys;
pub(crate) mod state;

use dockopt_core::tree::NodeId;

use super::pane::{Hint, Pane};
use crate::tui::action::Action;
use crate::tui::app::{App, PromptKind};
use crate::tui::areas::PaneId;
use crate::tui::draw::canvas::Canvas;
use crate::tui::keys::Context;
use crate::tui::list::Step;

/// Pane with the packages, and a row for what none of them owns.
pub(crate) struct PackagesPane;

impl Pane for PackagesPane {
    fn id(&self) -> PaneId {
        PaneId("packages")
    }

    fn name(&self) -> &'static str {
        "Packages"
    }

    fn toggled_by(&self) -> Option<Action> {
        Some(Action::PackagesLens)
    }

    fn context(&self) -> Context {
        Context::Packages
    }

    fn hints(&self) -> &'static [Hint] {
        &[(Action::Enter, "files"), (Action::SortPackages, "sort")]
    }

    fn act(&self, app: &mut App, action: Action) {
        match action {
            Action::Enter | Action::Right => app.show_files_of_package(),
            Action::SortPackages => app.sort_packages(),
            _ => {}
        }
    }

    fn step(&self, app: &mut App, step: Step) {
        app.step_packages(step);
    }

    fn click(&self, app: &mut App, line: usize, is_double: bool) {
        if let Some(row) = app.lens_row(app.packages.list, app.packages.rows.len(), line) {
            app.packages.list.cursor = row;
            if is_double {
                self.act(app, Action::Enter);
            }
        }
    }

    fn height(&self, app: &App) -> usize {
        app.lens_height()
    }

    fn shown(&self, app: &mut App, from: Option<NodeId>) {
        app.update_packages();
        if let Some(node) = from {
            app.go_to_owner(node);
        }
    }

    fn ask_for_filter(&self, app: &mut App) -> bool {
        let text = app.packages.filter.clone();
        app.open_prompt(PromptKind::Packages, &text);
        true
    }

    fn settle(&self, app: &mut App) {
        app.update_packages();
        let (count, height) = (app.packages.rows.len(), app.lens_height());
        app.packages.list.fit(count, height);
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        canvas.packages();
    }
}

//! Pane with what to do: the findings, what they save together, and the patch of the chosen one.

mod act;
mod draw;
#[cfg(test)]
mod journeys;
pub(crate) mod state;

use dockopt_core::path::EntryPath;
use dockopt_core::tree::NodeId;

use super::pane::{Hint, Pane};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::areas::PaneId;
use crate::tui::draw::canvas::Canvas;
use crate::tui::keys::Context;
use crate::tui::list::Step;

/// Pane with the findings, those that save most first.
pub(crate) struct FindingsPane;

impl Pane for FindingsPane {
    fn id(&self) -> PaneId {
        state::ID
    }

    fn name(&self) -> &'static str {
        "What to do"
    }

    fn toggled_by(&self) -> Option<Action> {
        Some(Action::FindingsLens)
    }

    fn context(&self) -> Context {
        Context::Findings
    }

    fn hints(&self) -> &'static [Hint] {
        &[(Action::Enter, "files"), (Action::Choose, "what if"), (Action::CopyPath, "copy")]
    }

    fn act(&self, app: &mut App, action: Action) {
        match action {
            Action::Enter | Action::Right => app.show_files_of_finding(),
            Action::Choose => app.choose_finding(),
            _ => {}
        }
    }

    fn step(&self, app: &mut App, step: Step) {
        let count = app.findings.rows.len();
        app.findings.list.step(step, count);
    }

    fn click(&self, app: &mut App, line: usize, is_double: bool) {
        if line < app.finding_lines() && app.findings.list.top + line < app.findings.rows.len() {
            app.findings.list.cursor = app.findings.list.top + line;
            if is_double {
                self.act(app, Action::Enter);
            }
        }
    }

    fn height(&self, app: &App) -> usize {
        app.finding_lines()
    }

    fn path(&self, app: &App) -> Option<EntryPath> {
        Some(app.finding()?.paths.first()?.path.clone())
    }

    fn copied(&self, app: &App) -> Option<String> {
        let fix = &app.finding()?.fix;
        Some(fix.patch.clone().unwrap_or_else(|| fix.text.clone()))
    }

    fn shown(&self, app: &mut App, _from: Option<NodeId>) {
        app.update_findings();
    }

    fn settle(&self, app: &mut App) {
        app.update_findings();
        let (count, height) = (app.findings.rows.len(), app.finding_lines());
        app.findings.list.fit(count, height);
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        canvas.findings();
    }
}

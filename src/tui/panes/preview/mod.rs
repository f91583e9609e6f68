//! Pane that shows a file: its text, its bytes, or its difference from another version.

mod act;
mod draw;
#[cfg(test)]
#[cfg(unix)]
mod fetched;
#[cfg(test)]
mod journeys;
pub(crate) mod state;

use dockopt_core::tree::NodeId;

use self::state::ID;
use super::pane::{Hint, Pane};
use crate::tui::action::Action;
use crate::tui::app::{App, PromptKind};
use crate::tui::areas::PaneId;
use crate::tui::draw::canvas::Canvas;
use crate::tui::effect::ExtractScope;
use crate::tui::keys::Context;
use crate::tui::list::Step;
use crate::tui::preview::thread::PreviewCommand;

/// Columns that a key scrolls sideways.
const SIDEWAYS: isize = 8;

/// Pane with the preview of a file.
pub(crate) struct PreviewPane;

impl Pane for PreviewPane {
    fn id(&self) -> PaneId {
        ID
    }

    fn name(&self) -> &'static str {
        "File"
    }

    fn context(&self) -> Context {
        Context::Preview
    }

    fn hints(&self) -> &'static [Hint] {
        &[
            (Action::Close, "back"),
            (Action::Search, "search"),
            (Action::Wrap, "wrap"),
            (Action::Hex, "hex"),
            (Action::OlderVersion, "older"),
            (Action::NewerVersion, "newer"),
            (Action::Difference, "difference"),
        ]
    }

    fn has_general_hints(&self) -> bool {
        false
    }

    fn act(&self, app: &mut App, action: Action) {
        match action {
            Action::Search => app.open_prompt(PromptKind::Search, ""),
            Action::Wrap => app.switch(|preview| &mut preview.wrap, PreviewCommand::Wrap),
            Action::Hex => app.switch(|preview| &mut preview.hex, PreviewCommand::Hex),
            Action::Left => app.ask_preview(PreviewCommand::Shift(-SIDEWAYS)),
            Action::Right => app.ask_preview(PreviewCommand::Shift(SIDEWAYS)),
            Action::OlderVersion => app.go_to_version(false),
            Action::NewerVersion => app.go_to_version(true),
            Action::Difference => app.toggle_difference(),
            Action::Extract => app.ask_where_to_extract(),
            _ => {}
        }
    }

    fn step(&self, app: &mut App, step: Step) {
        app.ask_preview(PreviewCommand::Step(step));
    }

    fn node(&self, app: &App) -> Option<NodeId> {
        app.preview.as_ref().map(|preview| preview.node)
    }

    fn extract_scopes(&self, app: &App) -> Vec<ExtractScope> {
        let shown = app.preview.as_ref().and_then(|preview| preview.versions.get(preview.at));
        shown.map_or_else(|| app.scopes_of_range(), |(layer, _)| vec![ExtractScope::Shipped(*layer)])
    }

    fn find_again(&self, app: &mut App, forward: bool) {
        app.search_again(forward);
    }

    fn close(&self, app: &mut App) -> bool {
        app.close_preview();
        true
    }

    fn settle(&self, app: &mut App) {
        app.settle_preview();
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        canvas.preview();
    }
}

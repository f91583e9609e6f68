//! The interface of panes, so that the rest of the browser knows none of them by name.

use dockopt_core::path::EntryPath;
use dockopt_core::tree::NodeId;

use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::areas::{PaneId, Region};
use crate::tui::draw::canvas::Canvas;
use crate::tui::effect::ExtractScope;
use crate::tui::keys::Context;
use crate::tui::list::Step;

/// A key of the last line: its action, and a word for it.
pub(crate) type Hint = (Action, &'static str);

/// A pane: handles keys and the mouse, and draws itself. Its state is a field of [`App`].
pub(crate) trait Pane: Sync {
    fn id(&self) -> PaneId;

    /// Region that shows it. The main region shows one of several panes.
    fn region(&self) -> Region {
        Region::Main
    }

    /// Name in tabs.
    fn name(&self) -> &'static str;

    /// Action that shows it in the main region, and hides it again.
    fn toggled_by(&self) -> Option<Action> {
        None
    }

    /// Context of the keys while it has the focus.
    fn context(&self) -> Context {
        Context::Global
    }

    /// The most important keys.
    fn hints(&self) -> &'static [Hint] {
        &[]
    }

    /// Whether to show the hints that apply in most panes.
    fn has_general_hints(&self) -> bool {
        true
    }

    /// Carries out an action that is neither global nor a list step.
    fn act(&self, _app: &mut App, _action: Action) {}

    /// Moves the cursor or scrolls.
    fn step(&self, app: &mut App, step: Step);

    /// Handles a click on a line inside the border; `is_double` for a double click.
    fn click(&self, _app: &mut App, _line: usize, _is_double: bool) {}

    /// Lines available for its list.
    fn height(&self, app: &App) -> usize {
        usize::from(app.areas().inside(self.region()).height)
    }

    /// Node at the cursor.
    fn node(&self, _app: &App) -> Option<NodeId> {
        None
    }

    /// Path at the cursor, for copying.
    fn path(&self, app: &App) -> Option<EntryPath> {
        let subject = app.subject.as_ref()?;
        self.node(app).map(|node| subject.tree.path(node))
    }

    /// Text that the key for copying copies: the path.
    fn copied(&self, app: &App) -> Option<String> {
        self.path(app).map(|path| path.to_text())
    }

    /// Versions that can be extracted, the most likely first.
    fn extract_scopes(&self, app: &App) -> Vec<ExtractScope> {
        app.scopes_of_range()
    }

    /// Text about the row of the cursor, at most `room` cells.
    fn status(&self, _app: &App, _room: usize) -> String {
        String::new()
    }

    /// Goes to the next or previous match of the last search.
    fn find_again(&self, app: &mut App, forward: bool) {
        app.next_match(forward);
    }

    /// Learns that a key showed it; `from` is the node at the cursor of the pane that had the focus.
    fn shown(&self, _app: &mut App, _from: Option<NodeId>) {}

    /// Asks for a filter; returns whether it has one of its own.
    fn ask_for_filter(&self, _app: &mut App) -> bool {
        false
    }

    /// Closes itself if it replaced another pane in the main region; returns whether it did.
    fn close(&self, app: &mut App) -> bool {
        let is_guest = self.toggled_by().is_some();
        if is_guest {
            app.toggle_main(self.id());
        }
        is_guest
    }

    /// Scrolls its list to the cursor, after every event.
    fn settle(&self, _app: &mut App) {}

    fn draw(&self, canvas: &mut Canvas<'_, '_>);
}

//! What every pane does, so that the rest of the browser knows none by name.

use dockopt_core::path::EntryPath;
use dockopt_core::tree::NodeId;

use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::areas::{PaneId, Region};
use crate::tui::draw::canvas::Canvas;
use crate::tui::effect::ExtractScope;
use crate::tui::keys::Context;
use crate::tui::list::Step;

/// A key of the last line: its action, and a word for what that does.
pub(crate) type Hint = (Action, &'static str);

/// A pane: how it answers keys and the mouse, and how it is drawn. Its state is a field of [`App`].
pub(crate) trait Pane: Sync {
    fn id(&self) -> PaneId;

    /// Where it is shown. The main region shows one of several panes.
    fn region(&self) -> Region {
        Region::Main
    }

    /// Its name in tabs.
    fn name(&self) -> &'static str;

    /// The action that shows it in the main region, and hides it again.
    fn toggled_by(&self) -> Option<Action> {
        None
    }

    /// Which keys apply while it has the focus.
    fn context(&self) -> Context {
        Context::Global
    }

    /// The keys that matter most here.
    fn hints(&self) -> &'static [Hint] {
        &[]
    }

    /// Whether the hints that hold in most panes hold here.
    fn has_general_hints(&self) -> bool {
        true
    }

    /// Carries out an action that is neither global nor a step through a list.
    fn act(&self, _app: &mut App, _action: Action) {}

    /// Moves the cursor or the window.
    fn step(&self, app: &mut App, step: Step);

    /// Takes a click on a line inside the border; `is_double` if it is the second one at once.
    fn click(&self, _app: &mut App, _line: usize, _is_double: bool) {}

    /// Lines for what it lists.
    fn height(&self, app: &App) -> usize {
        usize::from(app.areas().inside(self.region()).height)
    }

    /// The node at its cursor.
    fn node(&self, _app: &App) -> Option<NodeId> {
        None
    }

    /// The path at its cursor, to be copied.
    fn path(&self, app: &App) -> Option<EntryPath> {
        let subject = app.subject.as_ref()?;
        self.node(app).map(|node| subject.tree.path(node))
    }

    /// The versions that can be extracted, the most likely first.
    fn extract_scopes(&self, app: &App) -> Vec<ExtractScope> {
        app.scopes_of_range()
    }

    /// What the cursor is on, in a line of at most `room` cells.
    fn status(&self, _app: &App, _room: usize) -> String {
        String::new()
    }

    /// Goes to the next match of the last search, or to the one before.
    fn find_again(&self, app: &mut App, forward: bool) {
        app.next_match(forward);
    }

    /// Closes itself where it is a guest of the main region; returns whether it did.
    fn close(&self, app: &mut App) -> bool {
        let is_guest = self.toggled_by().is_some();
        if is_guest {
            app.toggle_main(self.id());
        }
        is_guest
    }

    /// Makes its list show the cursor, after every event.
    fn settle(&self, _app: &mut App) {}

    fn draw(&self, canvas: &mut Canvas<'_, '_>);
}

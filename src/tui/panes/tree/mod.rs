//! Pane with the tree: every path of the chosen layers, with its change.

mod act;
pub(crate) mod draw;
#[cfg(test)]
mod journeys;
pub(crate) mod request;
pub(crate) mod rows;
pub(crate) mod state;
pub(crate) mod viewer;

use dockopt_core::comparison::{Change, State};
use dockopt_core::path::escape;
use dockopt_core::quantity::size;
use dockopt_core::table::{cut_middle, width};
use dockopt_core::tree::NodeId;

use self::request::{FoldBase, SortOrder};
use self::rows::Fold;
use self::state::ID;
use super::pane::{Hint, Pane};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::areas::PaneId;
use crate::tui::draw::canvas::Canvas;
use crate::tui::keys::Context;
use crate::tui::list::Step;

/// Pane with the tree.
pub(crate) struct TreePane;

impl Pane for TreePane {
    fn id(&self) -> PaneId {
        ID
    }

    fn name(&self) -> &'static str {
        "Tree"
    }

    fn context(&self) -> Context {
        Context::Tree
    }

    fn hints(&self) -> &'static [Hint] {
        &[
            (Action::NextPane, "layers"),
            (Action::Fold, "fold"),
            (Action::SortOrder, "sort"),
            (Action::Preview, "look inside"),
            (Action::History, "history"),
            (Action::Ghosts, "ghosts"),
            (Action::Extract, "extract"),
        ]
    }

    fn act(&self, app: &mut App, action: Action) {
        match action {
            Action::Fold => app.toggle_fold(),
            Action::FoldAll if app.tree.is_folded() => app.fold_to(FoldBase::All),
            Action::FoldAll => app.fold_to(FoldBase::Depth(0)),
            Action::UnfoldAll => app.fold_to(FoldBase::All),
            Action::FoldDeeper => app.fold_to(FoldBase::Depth(app.open_depth() + 1)),
            Action::FoldShallower => app.fold_to(FoldBase::Depth(app.open_depth().saturating_sub(1))),
            Action::HideAdded => app.toggle_hidden(Change::Added),
            Action::HideRemoved => app.toggle_hidden(Change::Removed),
            Action::HideModified => app.toggle_hidden(Change::Modified),
            Action::HideUnmodified => app.toggle_hidden(Change::Unmodified),
            Action::Ghosts => app.toggle_ghosts(),
            Action::Attributes => app.tree.attributes = !app.tree.attributes,
            Action::SortOrder => app.sort_by(app.tree.sort.next()),
            Action::SortSize => app.sort_by(match app.tree.sort {
                SortOrder::Size => SortOrder::Name,
                SortOrder::Name | SortOrder::Change => SortOrder::Size,
            }),
            Action::Left => app.go_left(),
            Action::Right => app.go_right(),
            Action::Enter => match app.tree.row().map(|row| row.fold) {
                Some(Fold::Open | Fold::Folded) => app.toggle_fold(),
                Some(Fold::Leaf) => app.preview_cursor(),
                None => {}
            },
            Action::Preview => app.preview_cursor(),
            Action::History => app.open_history(),
            Action::Extract => app.ask_where_to_extract(),
            _ => {}
        }
    }

    fn step(&self, app: &mut App, step: Step) {
        app.step_tree(step);
    }

    fn click(&self, app: &mut App, line: usize, is_double: bool) {
        let Some(line) = line.checked_sub(usize::from(app.has_tree_heading())) else { return };
        let row = app.tree.list.top + line;
        if row < app.tree.rows().len() {
            app.tree.list.cursor = row;
            app.step_tree(Step::Up(0));
            if is_double {
                self.act(app, Action::Enter);
            }
        }
    }

    fn height(&self, app: &App) -> usize {
        app.tree_height()
    }

    fn node(&self, app: &App) -> Option<NodeId> {
        app.tree.row().map(|row| row.node)
    }

    fn status(&self, app: &App, room: usize) -> String {
        status(app, room)
    }

    fn settle(&self, app: &mut App) {
        let (count, height) = (app.tree.rows().len(), app.tree_height());
        app.tree.list.fit(count, height);
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        canvas.tree();
    }
}

/// Describes the path at the cursor, its entry and its change.
fn status(app: &App, room: usize) -> String {
    let (Some(view), Some(row)) = (&app.tree.view, app.tree.row()) else { return String::new() };
    let tree = &view.subject.tree;
    let path = tree.path(row.node).to_string();
    let mut words = vec![size(view.shown_bytes(row.node))];
    if let Some(facts) = view.comparison.entry(tree, row.node).and_then(|entry| tree.entry(entry)) {
        if !facts.link.is_empty() {
            let what = if facts.is_hard_link { "same file as " } else { "→ " };
            words.push(format!("{what}{}", escape(facts.link)));
        }
        words.push(format!("from layer {}", facts.layer));
    }
    if view.comparison.state(row.node) == State::Ghost {
        words.push("shipped but invisible".to_owned());
    }
    let wasted = view.comparison.totals(tree, row.node).ghost_bytes;
    if wasted > 0 {
        words.push(format!("{} of ghosts", size(wasted)));
    }
    let facts = words.join(", ");
    let path = cut_middle(&path, room.saturating_sub(width(&facts) + 2).max(room.min(12)));
    format!("{path}  {facts}")
}

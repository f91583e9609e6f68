//! The tree pane: the cursor, what is open, what is shown and in which order.
//!
//! The rows come from a thread of their own ([`viewer`](super::viewer)). Until they are there the old ones stay, and the cursor is
//! known by its path, so that nothing jumps when they come: `wanted` is where the user last went, also while a
//! layer is shown that does not have it.

use std::sync::Arc;

use dockopt_core::comparison::{Change, State};
use dockopt_core::filter::Filter;
use dockopt_core::tree::{EntryId, NodeId};

use super::request::{FoldBase, Folds, Hidden, SortOrder, TreeRequest};
use super::rows::{Fold, Row};
use super::viewer::View;
use crate::tui::action::Action;
use crate::tui::app::{App, Main};
use crate::tui::areas::Pane;
use crate::tui::effect::Effect;
use crate::tui::list::{ListState, Step};
use crate::tui::text::plural;

/// The state of the tree pane.
pub(crate) struct TreePane {
    /// What was last made.
    pub(crate) view: Option<Box<View>>,
    pub(crate) list: ListState,
    /// The path the user went to.
    pub(crate) wanted: Option<NodeId>,
    pub(crate) folds: Folds,
    /// What was open before there was a filter.
    unfiltered: Option<Folds>,
    pub(crate) filter: Option<Arc<Filter>>,
    pub(crate) filter_text: String,
    pub(crate) sort: SortOrder,
    pub(crate) hidden: Hidden,
    pub(crate) ghosts: bool,
    pub(crate) attributes: bool,
    /// The number of the last request.
    pub(crate) asked: u64,
}

impl Default for TreePane {
    fn default() -> Self {
        Self {
            view: None,
            list: ListState::default(),
            wanted: None,
            folds: Folds::new(FoldBase::Depth(0)),
            unfiltered: None,
            filter: None,
            filter_text: String::new(),
            sort: SortOrder::default(),
            hidden: Hidden::default(),
            ghosts: false,
            attributes: true,
            asked: 0,
        }
    }
}

impl TreePane {
    pub(crate) fn rows(&self) -> &[Row] {
        self.view.as_ref().map(|view| view.rows.as_slice()).unwrap_or_default()
    }

    /// The row the cursor is on.
    pub(crate) fn row(&self) -> Option<Row> {
        self.rows().get(self.list.cursor).copied()
    }

    /// Whether rows are being made that are not there yet.
    pub(crate) fn is_behind(&self) -> bool {
        self.view.as_ref().map_or(self.asked > 0, |view| view.number < self.asked)
    }

    /// Whether no directory is open.
    fn is_folded(&self) -> bool {
        self.rows().iter().all(|row| row.fold != Fold::Open)
    }

    /// What a row shows, and what became of it.
    pub(crate) fn state(&self, node: NodeId) -> State {
        self.view.as_ref().map_or(State::Absent, |view| view.comparison.state(node))
    }

    /// The entry a row shows.
    pub(crate) fn entry(&self, node: NodeId) -> Option<EntryId> {
        let view = self.view.as_ref()?;
        view.comparison.entry(&view.subject.tree, node)
    }

    fn set_filter(&mut self, filter: Option<Arc<Filter>>, text: &str) {
        if filter.is_some() && self.unfiltered.is_none() {
            self.unfiltered = Some(std::mem::replace(&mut self.folds, Folds::new(FoldBase::Matches)));
        } else if filter.is_some() {
            self.folds = Folds::new(FoldBase::Matches);
        } else if let Some(folds) = self.unfiltered.take() {
            self.folds = folds;
        }
        self.filter = filter;
        text.clone_into(&mut self.filter_text);
    }

    /// Takes over the rows that were made.
    pub(crate) fn show(&mut self, view: Box<View>, height: usize) {
        self.list.cursor = view.cursor;
        if !(self.list.top..self.list.top + height).contains(&view.cursor) {
            // Where somebody jumps to, what comes before and after is in sight, too.
            self.list.top = view.cursor.saturating_sub(height / 3);
        }
        self.view = Some(view);
    }
}

impl App {
    /// Asks for the rows as they should be now.
    pub(crate) fn refresh_tree(&mut self) {
        let Some(subject) = self.subject.clone() else { return };
        let number = self.next_number();
        self.tree.asked = number;
        self.effects.push(Effect::View(Box::new(TreeRequest {
            number,
            subject,
            range: self.range(),
            filter: self.tree.filter.clone(),
            folds: self.tree.folds.clone(),
            sort: self.tree.sort,
            hidden: self.tree.hidden,
            ghosts: self.tree.ghosts,
            cursor: self.tree.wanted,
        })));
    }

    /// Lines of the tree pane that show rows.
    pub(crate) fn tree_height(&self) -> usize {
        let lines = usize::from(self.areas().inside(Pane::Main).height);
        lines.saturating_sub(usize::from(self.has_tree_heading()))
    }

    /// Whether there is room for the names of the columns.
    pub(crate) fn has_tree_heading(&self) -> bool {
        self.areas().inside(Pane::Main).height >= 6
    }

    pub(crate) fn act_on_tree(&mut self, action: Action) {
        match action {
            Action::Fold => self.toggle_fold(),
            Action::FoldAll if self.tree.is_folded() => self.fold_to(FoldBase::All),
            Action::FoldAll => self.fold_to(FoldBase::Depth(0)),
            Action::UnfoldAll => self.fold_to(FoldBase::All),
            Action::FoldDeeper => self.fold_to(FoldBase::Depth(self.open_depth() + 1)),
            Action::FoldShallower => self.fold_to(FoldBase::Depth(self.open_depth().saturating_sub(1))),
            Action::HideAdded => self.toggle_hidden(Change::Added),
            Action::HideRemoved => self.toggle_hidden(Change::Removed),
            Action::HideModified => self.toggle_hidden(Change::Modified),
            Action::HideUnmodified => self.toggle_hidden(Change::Unmodified),
            Action::Ghosts => self.toggle_ghosts(),
            Action::Attributes => self.tree.attributes = !self.tree.attributes,
            Action::SortOrder => self.sort_by(self.tree.sort.next()),
            Action::SortSize => self.sort_by(match self.tree.sort {
                SortOrder::Size => SortOrder::Name,
                SortOrder::Name | SortOrder::Change => SortOrder::Size,
            }),
            Action::Left => self.go_left(),
            Action::Right => self.go_right(),
            Action::Enter => match self.tree.row().map(|row| row.fold) {
                Some(Fold::Open | Fold::Folded) => self.toggle_fold(),
                Some(Fold::Leaf) => self.look_at_cursor(),
                None => {}
            },
            Action::Look => self.look_at_cursor(),
            Action::History => self.open_history(),
            Action::Extract => self.ask_where_to_extract(),
            _ => {}
        }
    }

    pub(crate) fn step_tree(&mut self, step: Step) {
        let count = self.tree.rows().len();
        self.tree.list.step(step, count);
        self.tree.wanted = self.tree.row().map(|row| row.node).or(self.tree.wanted);
    }

    /// Opens or closes the directory at the cursor.
    pub(crate) fn toggle_fold(&mut self) {
        if let Some(row) = self.tree.row().filter(|row| row.fold != Fold::Leaf) {
            self.tree.folds.toggle(row.node);
            self.refresh_tree();
        }
    }

    fn fold_to(&mut self, base: FoldBase) {
        self.tree.folds = Folds::new(base);
        self.say(match base {
            FoldBase::All => "all directories are unfolded".to_owned(),
            FoldBase::Depth(0) => "all directories are folded".to_owned(),
            FoldBase::Depth(depth) => format!("unfolded {}", plural(depth as u64, "level")),
            FoldBase::Matches => String::new(),
        });
        self.refresh_tree();
    }

    /// Levels that are open everywhere.
    fn open_depth(&self) -> usize {
        match self.tree.folds.base {
            FoldBase::Depth(depth) => depth,
            FoldBase::All | FoldBase::Matches => {
                self.tree.rows().iter().map(|row| usize::from(row.depth)).max().unwrap_or(0)
            }
        }
    }

    fn toggle_hidden(&mut self, change: Change) {
        self.tree.hidden.toggle(change);
        let what = match change {
            Change::Added => "added",
            Change::Modified => "modified",
            Change::Removed => "removed",
            Change::Unmodified => "unmodified",
        };
        let verb = if self.tree.hidden.hides(change) { "hidden" } else { "shown" };
        self.say(format!("{what} files are {verb}"));
        self.refresh_tree();
    }

    fn toggle_ghosts(&mut self) {
        self.tree.ghosts = !self.tree.ghosts;
        self.say(if self.tree.ghosts {
            "ghosts are shown: files that are shipped but invisible"
        } else {
            "ghosts are hidden"
        });
        self.refresh_tree();
    }

    fn sort_by(&mut self, sort: SortOrder) {
        self.tree.sort = sort;
        self.say(format!("sorted by {}", sort.word()));
        self.refresh_tree();
    }

    fn go_left(&mut self) {
        let Some(row) = self.tree.row() else { return };
        if row.fold == Fold::Open {
            self.toggle_fold();
        } else if row.parent != Row::TOP {
            self.tree.list.cursor = row.parent as usize;
            self.tree.wanted = self.tree.row().map(|row| row.node);
        }
    }

    fn go_right(&mut self) {
        match self.tree.row().map(|row| row.fold) {
            Some(Fold::Folded) => self.toggle_fold(),
            Some(Fold::Open) => self.step_tree(Step::Down(1)),
            Some(Fold::Leaf) | None => {}
        }
    }

    /// Shows only what matches, or everything again.
    pub(crate) fn filter_tree(&mut self, filter: Option<Arc<Filter>>, text: &str) {
        let was_on = self.tree.filter.is_some();
        self.tree.set_filter(filter, text);
        if was_on && self.tree.filter.is_none() {
            self.reveal();
        }
        self.refresh_tree();
    }

    /// Goes to a path of the range that is chosen.
    pub(crate) fn go_to(&mut self, node: NodeId) {
        self.main = Main::Tree;
        self.focus = Pane::Main;
        self.tree.wanted = Some(node);
        self.reveal();
        self.refresh_tree();
    }

    /// Opens the directories above the wanted path.
    fn reveal(&mut self) {
        let (Some(subject), Some(wanted)) = (self.subject.clone(), self.tree.wanted) else { return };
        let tree = &subject.tree;
        let matches = self.tree.view.as_ref().and_then(|view| view.matches.clone());
        let mut depth = tree.depth(wanted);
        let mut directory = wanted;
        while depth > 1 {
            depth -= 1;
            directory = tree.parent(directory);
            if !self.tree.folds.is_open(directory, depth - 1, matches.as_deref()) {
                self.tree.folds.toggle(directory);
            }
        }
    }
}

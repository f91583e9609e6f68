//! Actions on the tree: folds, filter, order, and going to a path.

use std::sync::Arc;

use dockopt_core::comparison::Change;
use dockopt_core::filter::Filter;
use dockopt_core::quantity::plural;
use dockopt_core::tree::NodeId;

use super::request::{FoldBase, Folds, SortOrder, TreeRequest};
use super::rows::{Fold, TreeRow};
use super::state::ID;
use crate::tui::app::App;
use crate::tui::areas::Region;
use crate::tui::effect::Effect;
use crate::tui::list::Step;

impl App {
    /// Requests rows for the current state.
    pub(crate) fn refresh_tree(&mut self) {
        let Some(subject) = self.subject.clone() else { return };
        let number = self.next_number();
        self.tree.asked = number;
        self.tree.steps.clear();
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

    /// Returns the lines of the tree pane that show rows.
    pub(crate) fn tree_height(&self) -> usize {
        let lines = usize::from(self.areas().inside(Region::Main).height);
        lines.saturating_sub(usize::from(self.has_tree_heading()))
    }

    /// Returns whether there is room for the column headings.
    pub(crate) fn has_tree_heading(&self) -> bool {
        self.areas().inside(Region::Main).height >= 6
    }

    /// Moves the cursor, and remembers its path.
    pub(crate) fn step_tree(&mut self, step: Step) {
        if self.tree.is_behind() {
            self.tree.steps.push(step);
        }
        let count = self.tree.rows().len();
        self.tree.list.step(step, count);
        self.tree.wanted = self.tree.row().map(|row| row.node).or(self.tree.wanted);
    }

    /// Folds or unfolds the directory at the cursor.
    pub(crate) fn toggle_fold(&mut self) {
        if let Some(row) = self.tree.row().filter(|row| row.fold != Fold::Leaf) {
            self.tree.folds.toggle(row.node);
            self.refresh_tree();
        }
    }

    pub(super) fn fold_to(&mut self, base: FoldBase) {
        self.tree.folds = Folds::new(base);
        self.say(match base {
            FoldBase::All => "all directories are unfolded".to_owned(),
            FoldBase::Depth(0) => "all directories are folded".to_owned(),
            FoldBase::Depth(depth) => format!("unfolded {}", plural(depth as u64, "level")),
            FoldBase::Matches => String::new(),
        });
        self.refresh_tree();
    }

    /// Returns the number of levels that are open everywhere.
    pub(super) fn open_depth(&self) -> usize {
        match self.tree.folds.base {
            FoldBase::Depth(depth) => depth,
            FoldBase::All | FoldBase::Matches => {
                self.tree.rows().iter().map(|row| usize::from(row.depth)).max().unwrap_or(0)
            }
        }
    }

    pub(super) fn toggle_hidden(&mut self, change: Change) {
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

    pub(super) fn toggle_ghosts(&mut self) {
        self.tree.ghosts = !self.tree.ghosts;
        self.say(if self.tree.ghosts {
            "ghosts are shown: files that are shipped but invisible"
        } else {
            "ghosts are hidden"
        });
        self.refresh_tree();
    }

    pub(super) fn sort_by(&mut self, sort: SortOrder) {
        self.tree.sort = sort;
        self.say(format!("sorted by {}", sort.word()));
        self.refresh_tree();
    }

    pub(super) fn go_left(&mut self) {
        let Some(row) = self.tree.row() else { return };
        if row.fold == Fold::Open {
            self.toggle_fold();
        } else if row.parent != TreeRow::TOP {
            self.tree.list.cursor = row.parent as usize;
            self.tree.wanted = self.tree.row().map(|row| row.node);
        }
    }

    pub(super) fn go_right(&mut self) {
        match self.tree.row().map(|row| row.fold) {
            Some(Fold::Folded) => self.toggle_fold(),
            Some(Fold::Open) => self.step_tree(Step::Down(1)),
            Some(Fold::Leaf) | None => {}
        }
    }

    /// Sets or removes the filter.
    pub(crate) fn filter_tree(&mut self, filter: Option<Arc<Filter>>, text: &str) {
        let was_on = self.tree.filter.is_some();
        self.tree.set_filter(filter, text);
        if was_on && self.tree.filter.is_none() {
            self.reveal();
        }
        self.refresh_tree();
    }

    /// Goes to a path in the range of layers.
    pub(crate) fn go_to(&mut self, node: NodeId) {
        self.main = ID;
        self.focus = Region::Main;
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

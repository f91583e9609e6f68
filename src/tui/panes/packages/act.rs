//! What the keys of the packages pane do.

use dockopt_core::entry::EntryKind;
use dockopt_core::tree::NodeId;

use super::state::{PackageRow, filter_for};
use crate::tui::app::App;
use crate::tui::list::Step;
use crate::tui::panes::tree;
use crate::tui::range::Compare;

impl App {
    /// Makes the rows if the image, the order or the filter has changed. The cursor stays on its
    /// package.
    pub(crate) fn update_packages(&mut self) {
        let Some(subject) = self.subject.clone() else { return };
        self.packages.update(&subject);
    }

    pub(crate) fn step_packages(&mut self, step: Step) {
        let count = self.packages.rows.len();
        self.packages.list.step(step, count);
    }

    pub(crate) fn sort_packages(&mut self) {
        self.packages.order = self.packages.order.next();
        self.update_packages();
        self.say(format!("packages by {}", self.packages.order.word()));
    }

    /// Shows only packages whose name contains a text.
    pub(crate) fn filter_packages(&mut self, text: &str) {
        text.trim().clone_into(&mut self.packages.filter);
        self.update_packages();
    }

    /// Shows the files of the package at the cursor in the tree.
    pub(crate) fn show_files_of_package(&mut self) {
        let (Some(subject), Some(row)) = (self.subject.clone(), self.packages.row()) else { return };
        let package = match row {
            PackageRow::Package(at) => subject.ownership.packages().packages.get(at),
            PackageRow::Unowned => None,
        };
        self.main = tree::state::ID;
        self.layers.compare = Compare::Final;
        self.layers.mark = None;
        // Files of a removed version are ghosts.
        self.tree.ghosts |= package.is_some_and(|package| package.live == 0);
        self.filter_by(&package.map_or("is:unowned".to_owned(), filter_for));
    }

    /// Goes to the package that owns the file at a node, and says so.
    pub(crate) fn go_to_owner(&mut self, node: NodeId) {
        let (Some(subject), Some(entry)) = (self.subject.clone(), self.tree.entry(node)) else { return };
        if subject.tree.entry(entry).is_none_or(|facts| facts.metadata.kind != EntryKind::File) {
            return;
        }
        let path = subject.tree.path(node);
        let owner = subject.ownership.owner(&subject.tree, entry);
        let package = owner.and_then(|at| subject.ownership.packages().packages.get(at));
        if self.packages.filter.is_empty() {
            self.packages.choose(Some(owner.map_or(PackageRow::Unowned, PackageRow::Package)));
        }
        match package {
            Some(package) => self.say(format!("{path} belongs to {}", package.title())),
            None => self.say(format!("no package owns {path}")),
        }
    }
}

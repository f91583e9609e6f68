//! Hard links that precede their target in the tar.
//!
//! They are applied after everything else of the layer, in tar order, and repeatedly as long as
//! that makes the target of another link appear. A link whose path a later entry has taken is
//! dropped: the later entry wins.

use crate::model::warning::Oddity;

use super::arena::NodeId;
use super::record::{EntryId, Record};
use super::stack::{LinkTarget, Stack};

/// The number of passes: a chain in reverse order needs one for each link.
const ROUNDS: usize = 64;

impl Stack<'_> {
    /// Applies the waiting links; those that still have no target become empty files.
    pub(super) fn apply_waiting_links(&mut self) {
        for _ in 0..ROUNDS {
            let before = self.waiting.len();
            self.try_waiting_links(false);
            if self.waiting.len() == before || self.waiting.is_empty() {
                break;
            }
        }
        self.try_waiting_links(true);
        self.shown.clear();
        self.watching = false;
    }

    /// Tries each link once; a link without a target keeps waiting unless this is the last pass.
    fn try_waiting_links(&mut self, last_time: bool) {
        for id in std::mem::take(&mut self.waiting) {
            let Some(&record) = self.records.get(id.index()) else { continue };
            if self.is_taken(&record, id) {
                continue;
            }
            match self.link_target(&record) {
                LinkTarget::Inode(inode) => self.set_inode(id, inode),
                LinkTarget::Missing if last_time => self.note(Oddity::MissingLinkTarget, id),
                LinkTarget::Directory if last_time => self.note(Oddity::LinkToDirectory, id),
                LinkTarget::Missing | LinkTarget::Directory => {
                    self.waiting.push(id);
                    continue;
                }
            }
            self.applying = id;
            let (node, parent) = self.place_of(record.node, id);
            self.put(node, parent, id);
        }
    }

    /// Whether a later entry took the path of the link, or made a file of a directory above it.
    fn is_taken(&mut self, link: &Record, id: EntryId) -> bool {
        let place = match self.resolve(self.arena.parent(link.node)) {
            Some(directory) => self.child_or_insert(directory, self.arena.name(link.node)),
            None => None,
        };
        self.was_shown_after(link.node, id) || place.is_some_and(|node| self.was_shown_after(node, id))
    }

    fn was_shown_after(&self, node: NodeId, id: EntryId) -> bool {
        let at = |node: NodeId| self.shown.get(&node).copied().unwrap_or_default();
        at(node).last > Some(id)
            || self.arena.ancestors(node).skip(1).any(|above| at(above).last_file > Some(id))
    }
}

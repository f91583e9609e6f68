//! Hard links that precede their target in the tar.
//!
//! They are applied after everything else of the layer, in tar order, and repeatedly as long as
//! that makes the target of another link appear. A link whose path a later entry has taken is
//! dropped: the later entry wins.

use super::record::{EntryId, Record};
use super::stack::{LinkTarget, Stack};
use super::waiting::WaitingLinks;
use crate::model::warning::Oddity;

/// The number of passes: a chain in reverse order needs one for each link.
const ROUNDS: usize = 64;

impl Stack<'_> {
    /// Applies the waiting links; those that still have no target become empty files.
    pub(super) fn apply_waiting_links(&mut self) {
        for _ in 0..ROUNDS {
            let before = self.waiting.count();
            if !self.waiting.begin_pass() {
                break;
            }
            while let Some(id) = self.waiting.next() {
                self.try_link(id, false);
            }
            if self.waiting.count() == before {
                break;
            }
        }
        for id in self.waiting.end_passes() {
            self.try_link(id, true);
        }
        self.waiting = WaitingLinks::default();
    }

    /// Tries a link; without a target it keeps waiting unless this is the last time.
    fn try_link(&mut self, id: EntryId, last_time: bool) {
        let Some(&record) = self.records.get(id.index()) else { return };
        let place = self.target_place(record.link);
        let target = self.link_target(place);
        if !last_time && !matches!(target, LinkTarget::Inode(_)) {
            return self.waiting.add(id, place);
        }
        self.waiting.remove(id);
        if self.is_taken(&record, id) {
            return;
        }
        match target {
            LinkTarget::Inode(inode) => self.set_inode(id, inode),
            LinkTarget::Missing => self.note(Oddity::MissingLinkTarget, id),
            LinkTarget::Directory => self.note(Oddity::LinkToDirectory, id),
        }
        self.applying = id;
        let (node, parent) = self.place_of(record.node, id);
        self.put(node, parent, id);
    }

    /// Whether a later entry took the path of the link, or made a file of a directory above it.
    fn is_taken(&mut self, link: &Record, id: EntryId) -> bool {
        let place = match self.resolve(self.arena.parent(link.node)) {
            Some(directory) => self.child_or_insert(directory, self.arena.name(link.node)),
            None => None,
        };
        let is_taken = |node| self.waiting.was_shown_after(node, id, self.arena);
        is_taken(link.node) || place.is_some_and(is_taken)
    }
}

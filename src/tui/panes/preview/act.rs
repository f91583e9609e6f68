//! Actions on the preview; its content comes from the preview thread.

use dockopt_core::entry::EntryKind;
use dockopt_core::history::Visit;
use dockopt_core::image::SourceKind;
use dockopt_core::path::escape;
use dockopt_core::quantity::size;
use dockopt_core::tree::{EntryId, NodeId, Tree};
use dockopt_image::Fetched;

use super::state::{ID, PreviewState};
use crate::tui::app::App;
use crate::tui::areas::{PaneId, Region};
use crate::tui::effect::Effect;
use crate::tui::panes::tree;
use crate::tui::preview::search::Direction;
use crate::tui::preview::thread::{PreviewAnswer, PreviewCommand, PreviewFrame, PreviewRequest};

impl App {
    /// Previews the path at the cursor.
    pub(crate) fn preview_cursor(&mut self) {
        let Some(row) = self.tree.row() else { return };
        match self.tree.entry(row.node) {
            Some(entry) => self.preview(row.node, entry),
            None => self.say("a directory that no layer lists"),
        }
    }

    /// Previews an entry of a path. For a link, goes to its target; for a directory, toggles its
    /// fold.
    pub(crate) fn preview(&mut self, node: NodeId, entry: EntryId) {
        let Some(subject) = self.subject.clone() else { return };
        let Some(facts) = subject.tree.entry(entry) else { return };
        match facts.metadata.kind {
            EntryKind::File => {}
            EntryKind::Directory => return self.toggle_or_say_empty(),
            EntryKind::Symlink => return self.follow_link(node, &escape(facts.link)),
            _ => return self.say(format!("{}: a device or a pipe has no content", subject.tree.path(node))),
        }
        if subject.contents.is_none() {
            return self.complain("the image is still being read");
        }
        let versions = versions(&subject.tree, &subject.tree.visits(node));
        let at = versions.iter().position(|(_, version)| *version == entry).unwrap_or(0);
        let back = if self.main == ID { self.back() } else { self.main };
        let wrap = self.preview.as_ref().is_none_or(|preview| preview.wrap);
        self.main = ID;
        self.focus = Region::Main;
        let (session, size) = (self.next_number(), self.preview_size());
        self.preview = Some(PreviewState {
            session,
            node,
            entry,
            versions,
            at,
            wrap,
            hex: false,
            difference: false,
            frame: None,
            fetched: None,
            size,
            back,
        });
        let request = PreviewRequest { session, subject, entry, older: None, size, wrap };
        self.effects.push(Effect::Preview(PreviewCommand::Open(request)));
    }

    fn toggle_or_say_empty(&mut self) {
        if self.tree.row().is_some_and(|row| row.fold != tree::rows::Fold::Leaf) {
            self.toggle_fold();
        } else {
            self.say("an empty directory");
        }
    }

    /// Goes to the target of a symbolic link, if the image has it.
    fn follow_link(&mut self, node: NodeId, shown: &str) {
        let Some(subject) = self.subject.clone() else { return };
        let link = self.tree.entry(node).and_then(|entry| subject.tree.entry(entry)).map(|facts| facts.link);
        let target = link.and_then(|link| target(&subject.tree, node, link));
        match target.filter(|target| *target != node) {
            Some(target) => {
                self.go_to_any(target);
                if self.message.is_none() {
                    self.say(format!("followed the link to {shown}"));
                }
            }
            None => self.complain(format!("the link leads to {shown}, which is in no layer")),
        }
    }

    fn back(&self) -> PaneId {
        self.preview.as_ref().map_or(tree::state::ID, |preview| preview.back)
    }

    pub(crate) fn close_preview(&mut self) {
        self.main = self.back();
        self.preview = None;
        self.effects.push(Effect::Preview(PreviewCommand::Close));
    }

    pub(super) fn switch(
        &mut self,
        of: fn(&mut PreviewState) -> &mut bool,
        command: fn(bool) -> PreviewCommand,
    ) {
        if let Some(preview) = &mut self.preview {
            let value = of(preview);
            *value = !*value;
            let command = command(*value);
            self.ask_preview(command);
        }
    }

    pub(super) fn ask_preview(&mut self, command: PreviewCommand) {
        self.effects.push(Effect::Preview(command));
    }

    pub(crate) fn search_in_file(&mut self, text: &str) {
        self.ask_preview(PreviewCommand::Search(text.to_owned()));
    }

    /// Goes to the next or previous match in the file.
    pub(crate) fn search_again(&mut self, forward: bool) {
        let direction = if forward { Direction::Forward } else { Direction::Backward };
        self.ask_preview(PreviewCommand::Again(direction));
    }

    pub(super) fn go_to_version(&mut self, newer: bool) {
        let Some(preview) = &self.preview else { return };
        let at = if newer { preview.at.checked_add(1) } else { preview.at.checked_sub(1) };
        match at.and_then(|at| preview.versions.get(at)).copied() {
            Some((layer, entry)) => {
                let node = preview.node;
                self.preview(node, entry);
                self.say(format!("as layer {layer} stores it"));
            }
            None if newer => self.say("no newer version is stored"),
            None => self.say("no older version is stored"),
        }
    }

    /// Switches between the file and its difference from the previous version.
    pub(super) fn toggle_difference(&mut self) {
        let Some(subject) = self.subject.clone() else { return };
        let Some(preview) = &self.preview else { return };
        if preview.difference {
            let (node, entry) = (preview.node, preview.entry);
            return self.preview(node, entry);
        }
        let before = preview.at.checked_sub(1).and_then(|at| preview.versions.get(at)).copied();
        let Some((layer, older)) = before else {
            return self.say("no older version is stored: there is nothing to compare with");
        };
        let session = self.next_number();
        let size = self.preview_size();
        let Some(preview) = &mut self.preview else { return };
        preview.session = session;
        preview.difference = true;
        preview.frame = None;
        let (entry, wrap) = (preview.entry, preview.wrap);
        let request = PreviewRequest { session, subject, entry, older: Some(older), size, wrap };
        self.ask_preview(PreviewCommand::Open(request));
        self.say(format!("what changed since layer {layer}"));
    }

    /// Returns the columns and rows for the content; the first line describes the file.
    fn preview_size(&self) -> (usize, usize) {
        let inside = self.areas().inside(Region::Main);
        let heading = u16::from(self.has_preview_heading());
        (usize::from(inside.width), usize::from(inside.height - heading))
    }

    /// Returns whether there is room for the line that describes the file.
    pub(crate) fn has_preview_heading(&self) -> bool {
        self.areas().inside(Region::Main).height >= 4
    }

    /// Tells the preview thread about a new size.
    pub(crate) fn settle_preview(&mut self) {
        if self.main != ID || self.areas().of(Region::Main).is_empty() {
            return;
        }
        let size = self.preview_size();
        if let Some(preview) = self.preview.as_mut().filter(|preview| preview.size != size) {
            preview.size = size;
            self.ask_preview(PreviewCommand::Resize(size.0, size.1));
        }
    }

    pub(crate) fn take_preview(&mut self, sight: PreviewAnswer) {
        match (sight, &mut self.preview) {
            (PreviewAnswer::Seen(frame), Some(preview)) if preview.session == frame.session => {
                self.take_frame(frame);
            }
            (PreviewAnswer::Waiting { session, fetched }, Some(preview)) if preview.session == session => {
                preview.fetched = Some(fetched);
            }
            _ => {}
        }
    }

    /// Describes what the preview waits for.
    pub(crate) fn waits_for(&self) -> String {
        let fetched = self.preview.as_ref().and_then(|preview| preview.fetched);
        let source = self.subject.as_ref().and_then(|subject| subject.analysis.info.source);
        let (Some(Fetched { received, total }), Some(source)) = (fetched, source) else {
            return "reading …".to_owned();
        };
        let what = if source == SourceKind::Registry {
            "the layer from the registry"
        } else {
            "the image from the engine"
        };
        match u128::from(received) * 100 / u128::from(total.max(1)) {
            share @ 0..=100 if total > 0 => format!("fetching {what}, {share} % …"),
            _ => format!("fetching {what}, {} …", size(received)),
        }
    }

    fn take_frame(&mut self, frame: Box<PreviewFrame>) {
        let Some(preview) = &mut self.preview else { return };
        let note = frame.note.clone();
        preview.hex = frame.is_hex;
        preview.frame = Some(frame);
        if let Some(note) = note {
            self.say(note);
        }
    }
}

/// Returns the versions of a file that layers store.
fn versions(tree: &Tree, visits: &[Visit]) -> Vec<(usize, EntryId)> {
    let mut versions: Vec<(usize, EntryId)> = Vec::new();
    for visit in visits {
        let file = visit
            .entry
            .filter(|entry| tree.entry(*entry).is_some_and(|facts| facts.metadata.kind == EntryKind::File));
        if let Some(entry) = file
            && versions.iter().all(|(_, before)| *before != entry)
        {
            versions.push((visit.layer, entry));
        }
    }
    versions
}

/// Returns the node that a link names, taken literally: links on the way are not followed.
fn target(tree: &Tree, node: NodeId, link: &[u8]) -> Option<NodeId> {
    let mut path: Vec<u8> =
        if link.starts_with(b"/") { Vec::new() } else { tree.path(tree.parent(node)).as_bytes().to_vec() };
    for component in link.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => path.truncate(path.iter().rposition(|byte| *byte == b'/').unwrap_or(0)),
            name => {
                path.push(b'/');
                path.extend_from_slice(name);
            }
        }
    }
    tree.find(&path)
}

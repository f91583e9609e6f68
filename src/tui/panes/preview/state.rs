//! The inside of a file: which version is shown and how; what is shown comes from a thread of its own.

use dockopt_core::entry::EntryKind;
use dockopt_core::path::escape;
use dockopt_core::report::size;
use dockopt_core::timeline::Visit;
use dockopt_core::tree::{EntryId, NodeId, Tree};
use dockopt_image::Fetched;

use crate::tui::action::Action;
use crate::tui::app::{App, Main, PromptKind};
use crate::tui::areas::Pane;
use crate::tui::effect::Effect;
use crate::tui::list::Step;
use crate::tui::preview::search::Direction;
use crate::tui::preview::thread::{LookCommand, Looked, Opening, Sight};

/// Columns that a key moves sideways.
const SIDEWAYS: isize = 8;

/// A file that is looked into.
pub(crate) struct Preview {
    /// Grows with every file opened.
    pub(crate) session: u64,
    pub(crate) node: NodeId,
    pub(crate) entry: EntryId,
    /// What layers stored at the path: the layer and its entry, the lowest first.
    pub(crate) versions: Vec<(usize, EntryId)>,
    /// The version that is shown.
    pub(crate) at: usize,
    pub(crate) wrap: bool,
    /// Whether bytes are shown as hexadecimal numbers.
    pub(crate) hex: bool,
    /// Whether what changed since the version before is shown.
    pub(crate) difference: bool,
    /// What there is to be seen.
    pub(crate) looked: Option<Box<Looked>>,
    /// How much has come of what it waits for, before there is anything to be seen.
    fetched: Option<Fetched>,
    /// Columns and rows that were last asked for.
    size: (usize, usize),
    /// Where to go back to.
    back: Main,
}

impl App {
    /// Looks inside what the cursor is on.
    pub(crate) fn look_at_cursor(&mut self) {
        let Some(row) = self.tree.row() else { return };
        match self.tree.entry(row.node) {
            Some(entry) => self.look_at(row.node, entry),
            None => self.say("a directory that no layer lists"),
        }
    }

    /// Looks inside an entry of a path.
    pub(crate) fn look_at(&mut self, node: NodeId, entry: EntryId) {
        let Some(subject) = self.subject.clone() else { return };
        let Some(facts) = subject.tree.entry(entry) else { return };
        match facts.kind {
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
        let back = if self.main == Main::Preview { self.back() } else { self.main };
        let wrap = self.preview.as_ref().is_none_or(|preview| preview.wrap);
        self.main = Main::Preview;
        self.focus = Pane::Main;
        let (session, size) = (self.next_number(), self.preview_size());
        self.preview = Some(Preview {
            session,
            node,
            entry,
            versions,
            at,
            wrap,
            hex: false,
            difference: false,
            looked: None,
            fetched: None,
            size,
            back,
        });
        let opening = Opening { session, subject, entry, older: None, size, wrap };
        self.effects.push(Effect::Look(LookCommand::Open(opening)));
    }

    fn toggle_or_say_empty(&mut self) {
        if self.tree.row().is_some_and(|row| row.fold != crate::tui::panes::tree::rows::Fold::Leaf) {
            self.toggle_fold();
        } else {
            self.say("an empty directory");
        }
    }

    /// Goes to where a symbolic link leads, if that is a path of the image.
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

    fn back(&self) -> Main {
        self.preview.as_ref().map(|preview| preview.back).unwrap_or_default()
    }

    pub(crate) fn close_preview(&mut self) {
        self.main = self.back();
        self.preview = None;
        self.effects.push(Effect::Look(LookCommand::Close));
    }

    pub(crate) fn act_on_preview(&mut self, action: Action) {
        match action {
            Action::Search => self.open_prompt(PromptKind::Search, ""),
            Action::Wrap => self.switch(|preview| &mut preview.wrap, LookCommand::Wrap),
            Action::Hex => self.switch(|preview| &mut preview.hex, LookCommand::Hex),
            Action::Left => self.tell_looker(LookCommand::Shift(-SIDEWAYS)),
            Action::Right => self.tell_looker(LookCommand::Shift(SIDEWAYS)),
            Action::OlderVersion => self.go_to_version(false),
            Action::NewerVersion => self.go_to_version(true),
            Action::Difference => self.toggle_difference(),
            Action::Extract => self.ask_where_to_extract(),
            _ => {}
        }
    }

    fn switch(&mut self, of: fn(&mut Preview) -> &mut bool, command: fn(bool) -> LookCommand) {
        if let Some(preview) = &mut self.preview {
            let value = of(preview);
            *value = !*value;
            let command = command(*value);
            self.tell_looker(command);
        }
    }

    fn tell_looker(&mut self, command: LookCommand) {
        self.effects.push(Effect::Look(command));
    }

    pub(crate) fn step_preview(&mut self, step: Step) {
        self.tell_looker(LookCommand::Step(step));
    }

    pub(crate) fn search_in_file(&mut self, text: &str) {
        self.tell_looker(LookCommand::Search(text.to_owned()));
    }

    /// Goes on to the next match in the file.
    pub(crate) fn search_again(&mut self, forward: bool) {
        let direction = if forward { Direction::Forward } else { Direction::Backward };
        self.tell_looker(LookCommand::Again(direction));
    }

    fn go_to_version(&mut self, newer: bool) {
        let Some(preview) = &self.preview else { return };
        let at = if newer { preview.at.checked_add(1) } else { preview.at.checked_sub(1) };
        match at.and_then(|at| preview.versions.get(at)).copied() {
            Some((layer, entry)) => {
                let node = preview.node;
                self.look_at(node, entry);
                self.say(format!("as layer {layer} stores it"));
            }
            None if newer => self.say("no newer version is stored"),
            None => self.say("no older version is stored"),
        }
    }

    /// Shows what changed since the version before, or the file again.
    fn toggle_difference(&mut self) {
        let Some(subject) = self.subject.clone() else { return };
        let Some(preview) = &self.preview else { return };
        if preview.difference {
            let (node, entry) = (preview.node, preview.entry);
            return self.look_at(node, entry);
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
        preview.looked = None;
        let (entry, wrap) = (preview.entry, preview.wrap);
        let opening = Opening { session, subject, entry, older: Some(older), size, wrap };
        self.tell_looker(LookCommand::Open(opening));
        self.say(format!("what changed since layer {layer}"));
    }

    /// Columns and rows for the content: the first line tells what the file is.
    fn preview_size(&self) -> (usize, usize) {
        let inside = self.areas().inside(Pane::Main);
        let heading = u16::from(self.has_preview_heading());
        (usize::from(inside.width), usize::from(inside.height - heading))
    }

    /// Whether there is room to tell what the file is.
    pub(crate) fn has_preview_heading(&self) -> bool {
        self.areas().inside(Pane::Main).height >= 4
    }

    /// Tells the thread that looks into files when there is more or less room.
    pub(crate) fn settle_preview(&mut self) {
        if self.main != Main::Preview || self.areas().of_pane(Pane::Main).is_empty() {
            return;
        }
        let size = self.preview_size();
        if let Some(preview) = self.preview.as_mut().filter(|preview| preview.size != size) {
            preview.size = size;
            self.tell_looker(LookCommand::Resize(size.0, size.1));
        }
    }

    pub(crate) fn take_sight(&mut self, sight: Sight) {
        match (sight, &mut self.preview) {
            (Sight::Seen(looked), Some(preview)) if preview.session == looked.session => {
                self.take_looked(looked);
            }
            (Sight::Waiting { session, fetched }, Some(preview)) if preview.session == session => {
                preview.fetched = Some(fetched);
            }
            _ => {}
        }
    }

    /// What is waited for, in words.
    pub(crate) fn waits_for(&self) -> String {
        let fetched = self.preview.as_ref().and_then(|preview| preview.fetched);
        let source = self.subject.as_ref().map(|subject| subject.analysis.info.source.as_str());
        let (Some(Fetched { received, total }), Some(source)) = (fetched, source) else {
            return "reading …".to_owned();
        };
        let what =
            if source == "registry" { "the layer from the registry" } else { "the image from the engine" };
        match u128::from(received) * 100 / u128::from(total.max(1)) {
            share @ 0..=100 if total > 0 => format!("fetching {what}, {share} % …"),
            _ => format!("fetching {what}, {} …", size(received)),
        }
    }

    fn take_looked(&mut self, looked: Box<Looked>) {
        let Some(preview) = &mut self.preview else { return };
        let note = looked.note.clone();
        preview.hex = looked.is_hex;
        preview.looked = Some(looked);
        if let Some(note) = note {
            self.say(note);
        }
    }
}

/// The versions of a file that layers store.
fn versions(tree: &Tree, visits: &[Visit]) -> Vec<(usize, EntryId)> {
    let mut versions: Vec<(usize, EntryId)> = Vec::new();
    for visit in visits {
        let file =
            visit.entry.filter(|entry| tree.entry(*entry).is_some_and(|facts| facts.kind == EntryKind::File));
        if let Some(entry) = file
            && versions.iter().all(|(_, before)| *before != entry)
        {
            versions.push((visit.layer, entry));
        }
    }
    versions
}

/// The path that a link names, taken literally: links on the way are not followed.
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

//! Extracting files: the directory, the version, and files that already exist.

use std::path::PathBuf;

use dockopt_core::comparison::LayerRange;
use dockopt_core::path::escape_text;
use dockopt_core::quantity::size;

use super::app::App;
use super::state::{Extracting, Popup, PromptKind};
use crate::tui::areas::Region;
use crate::tui::effect::{Effect, ExtractOutcome, ExtractRequest, ExtractScope};

/// Parses a typed directory; `~/` is the user's home.
fn place(typed: &str) -> PathBuf {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    match (typed.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(typed),
    }
}

impl App {
    /// Opens the prompt for the target directory of the path at the cursor.
    pub(crate) fn ask_where_to_extract(&mut self) {
        let Some(subject) = self.subject.clone() else { return };
        if subject.contents.is_none() {
            return self.complain("the image is still being read");
        }
        if self.is_extracting() {
            return self.complain("files are already being written; Esc stops that");
        }
        let pane = self.pane(Region::Main);
        let Some(node) = pane.node(self) else { return };
        let scope = pane.extract_scopes(self).first().copied().unwrap_or(ExtractScope::Shipped(0));
        let request = ExtractRequest { subject, node, scope, destination: PathBuf::new(), overwrite: false };
        self.extracting = Some(Extracting { request, written: None });
        let place = self.last_place.clone();
        self.open_prompt(PromptKind::Extract, &place);
    }

    /// Returns whether files are being written; false while the prompt is open.
    pub(crate) fn is_extracting(&self) -> bool {
        self.extracting.as_ref().is_some_and(|extracting| extracting.written.is_some())
    }

    /// Returns the versions of a path that the range of layers offers, the most likely first.
    pub(crate) fn scopes_of_range(&self) -> Vec<ExtractScope> {
        let range = self.range();
        let last = LayerRange::final_of(self.layer_count());
        if range == last {
            return vec![ExtractScope::Seen(range)];
        }
        vec![ExtractScope::Seen(range), ExtractScope::Shipped(self.layers.chosen), ExtractScope::Final]
    }

    /// Switches to the next version that can be written.
    pub(crate) fn switch_extract_scope(&mut self) {
        if self.prompt.as_ref().is_none_or(|prompt| prompt.kind != PromptKind::Extract) {
            return;
        }
        let scopes = self.pane(Region::Main).extract_scopes(self);
        if let Some(extracting) = &mut self.extracting {
            let at = scopes.iter().position(|scope| *scope == extracting.request.scope).unwrap_or(0);
            if let Some(next) = scopes.get((at + 1) % scopes.len()) {
                extracting.request.scope = *next;
            }
        }
    }

    /// Describes what will be written.
    pub(crate) fn extract_words(&self) -> String {
        let Some(extracting) = &self.extracting else { return String::new() };
        let request = &extracting.request;
        let name = match request.subject.tree.path(request.node).to_string() {
            root if root == "/" => "the whole tree".to_owned(),
            path => path,
        };
        match request.scope {
            ExtractScope::Final => format!("{name} of the final filesystem"),
            ExtractScope::Seen(range) if range == LayerRange::final_of(self.layer_count()) => {
                format!("{name} as shown")
            }
            ExtractScope::Seen(range) => format!("{name} as it is after layer {}", range.last),
            ExtractScope::Shipped(layer) => format!("{name}, only what layer {layer} ships"),
        }
    }

    pub(crate) fn extract_to(&mut self, destination: &str) {
        let destination = destination.trim();
        if destination.is_empty() {
            return self.complain("no directory was given: nothing was written");
        }
        destination.clone_into(&mut self.last_place);
        if let Some(extracting) = &mut self.extracting {
            extracting.request.destination = place(destination);
            extracting.request.overwrite = false;
        }
        self.start_extracting();
    }

    pub(crate) fn extract_over(&mut self) {
        if let Some(extracting) = &mut self.extracting {
            extracting.request.overwrite = true;
        }
        self.start_extracting();
    }

    fn start_extracting(&mut self) {
        let Some(extracting) = &mut self.extracting else { return };
        extracting.written = Some(0);
        let request = extracting.request.clone();
        self.effects.push(Effect::Extract(request));
    }

    pub(crate) fn take_extract_progress(&mut self, bytes: u64) {
        if let Some(written) = self.extracting.as_mut().and_then(|extracting| extracting.written.as_mut()) {
            *written = bytes;
            self.say(format!("writing {}, Esc stops", size(bytes)));
        }
    }

    pub(crate) fn take_extracted(&mut self, outcome: ExtractOutcome) {
        match outcome {
            ExtractOutcome::Exists(what) => {
                if let Some(extracting) = &mut self.extracting {
                    extracting.written = None;
                }
                self.message = None;
                self.popup = Some(Popup::Overwrite(escape_text(&what)));
            }
            ExtractOutcome::Done(what) => {
                self.extracting = None;
                self.say(escape_text(&what));
            }
            ExtractOutcome::Failed(why) => {
                self.extracting = None;
                self.complain(escape_text(&why));
            }
        }
    }
}

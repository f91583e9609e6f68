//! Handles events: keys become actions, actions go to their pane, and answers to the state that
//! requested them.

use std::sync::Arc;

use dockopt_core::path::escape_text;
use dockopt_core::table::cut;
use dockopt_core::tree::NodeId;
use ratatui::crossterm::event::{KeyEvent, KeyEventKind};
use ratatui::layout::Rect;

use crate::tui::action::Action;
use crate::tui::app::{App, Popup, PromptKind};
use crate::tui::areas::Region;
use crate::tui::effect::{Answer, Effect, Failure};
use crate::tui::events;
use crate::tui::keys::Context;
use crate::tui::list::{ListState, Step};
use crate::tui::panes::pane::Pane;
use crate::tui::panes::{self, PANES, tree};
use crate::tui::range::Compare;
use crate::tui::subject::{LayerState, Subject};
use crate::tui::theme::Theme;

/// Most cells of what was copied in the message about it: more than any screen has.
const LONGEST_COPY: usize = 1000;
/// Step of the divider for a key, in thousandths of the screen.
const DIVIDER_STEP: u16 = 25;

/// Messages the application receives.
pub(crate) type AppInput = events::Input<Answer>;

impl App {
    /// Handles a message and returns the effects to carry out.
    pub(crate) fn update(&mut self, input: AppInput) -> Vec<Effect> {
        match input {
            AppInput::Key(key) if key.kind == KeyEventKind::Release => {}
            AppInput::Key(key) => self.take_key(key),
            AppInput::Mouse(event, now) => self.take_mouse(event, now),
            AppInput::Paste(text) => self.paste(&text),
            AppInput::Resize(width, height) => self.size = Rect::new(0, 0, width, height),
            AppInput::Answer(answer) => self.take_answer(answer),
        }
        self.settle();
        std::mem::take(&mut self.effects)
    }

    fn take_key(&mut self, key: KeyEvent) {
        if self.prompt.is_some() {
            return self.type_key(key);
        }
        let Some(action) = self.keymap.action(self.context(), key) else { return };
        self.message = None;
        if self.popup.is_some() {
            return self.act_on_popup(action);
        }
        self.act(action);
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Quit => self.quit(),
            Action::Help => self.popup = Some(Popup::Help(ListState::default())),
            Action::Warnings => self.open_warnings(),
            Action::NextPane => {
                self.focus = if self.focus == Region::Layers { Region::Main } else { Region::Layers }
            }
            Action::PreviousPane => self.focus_before(),
            Action::FocusLayers => self.focus = Region::Layers,
            Action::FocusTree => self.focus = Region::Main,
            Action::FocusLayerDetails => self.focus = Region::LayerDetails,
            Action::FocusImageDetails => self.focus = Region::ImageDetails,
            Action::Find => self.open_prompt(PromptKind::Find, ""),
            Action::FindNext => self.find_again(true),
            Action::FindPrevious => self.find_again(false),
            Action::Filter => self.ask_for_filter(),
            Action::NextTheme => self.theme = Theme::of(self.theme.name.next()),
            Action::Narrower => self.divider = self.divider.saturating_sub(DIVIDER_STEP).max(200),
            Action::Wider => self.divider = (self.divider + DIVIDER_STEP).min(800),
            Action::CopyPath => self.copy_path(),
            Action::CopyDigest => self.copy_digest(),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Close => self.close(),
            Action::CompareCycle => self.compare(self.layers.compare.next()),
            Action::CompareFinal => self.compare(Compare::Final),
            _ => match PANES.iter().find(|pane| pane.toggled_by() == Some(action)) {
                Some(pane) => self.toggle_pane(*pane),
                None => self.act_in_pane(action),
            },
        }
    }

    fn toggle_pane(&mut self, pane: &dyn Pane) {
        let from = self.pane(self.focus).node(self);
        self.toggle_main(pane.id());
        if self.main == pane.id() {
            pane.shown(self, from);
        }
    }

    fn act_in_pane(&mut self, action: Action) {
        let pane = self.pane(self.focus);
        match Step::of(action, pane.height(self)) {
            Some(step) => pane.step(self, step),
            None => pane.act(self, action),
        }
    }

    fn focus_before(&mut self) {
        let at = Region::ALL.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        let before = (at + Region::ALL.len() - 1) % Region::ALL.len();
        self.focus = Region::ALL.get(before).copied().unwrap_or(Region::Main);
    }

    /// Goes to the next match: in the open file, or among the paths.
    fn find_again(&mut self, forward: bool) {
        self.pane(Region::Main).find_again(self, forward);
    }

    fn ask_for_filter(&mut self) {
        if self.pane(Region::Main).ask_for_filter(self) {
            return;
        }
        let text = self.tree.filter_text.clone();
        self.main = tree::state::ID;
        self.open_prompt(PromptKind::Filter, &text);
    }

    fn copy_path(&mut self) {
        match self.pane(Region::Main).copied(self) {
            Some(text) => self.copy(text),
            None => self.complain("there is no path to copy"),
        }
    }

    fn copy_digest(&mut self) {
        let layer = self.info().and_then(|info| info.layers.get(self.layers.chosen));
        match layer.and_then(|layer| layer.digest.clone().or_else(|| layer.diff_id.clone())) {
            Some(digest) => self.copy(digest),
            None => self.complain("the digest of the layer is unknown"),
        }
    }

    fn copy(&mut self, text: String) {
        self.say(format!("copied {}", cut(&escape_text(&text), LONGEST_COPY)));
        self.effects.push(Effect::Copy(text));
    }

    fn quit(&mut self) {
        self.effects.push(Effect::Quit);
    }

    /// Closes the innermost thing that is open.
    fn close(&mut self) {
        if self.is_extracting() {
            self.effects.push(Effect::StopExtracting);
        } else if self.pane(Region::Main).close(self) {
            // The pane has closed itself.
        } else if self.tree.filter.is_some() {
            self.filter_tree(None, "");
        } else if self.layers.mark.is_some() {
            self.layers.mark = None;
            self.refresh_tree();
        } else if let Some(loading) = &mut self.loading {
            loading.cancelled = true;
            self.effects.push(Effect::StopLoading);
        }
    }

    fn take_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Planned(info) => {
                if let Some(loading) = &mut self.loading {
                    loading.info = Some(*info);
                }
            }
            Answer::Progress(progress) => self.take_progress(progress),
            Answer::Snapshot(subject) => self.take_subject(subject),
            Answer::Loaded(result) => self.take_loaded(result),
            Answer::View(view) => {
                let newer = self.tree.view.as_ref().is_none_or(|shown| shown.number < view.number);
                let current =
                    self.subject.as_ref().is_some_and(|subject| Arc::ptr_eq(subject, &view.subject));
                if newer && current {
                    let height = self.tree_height();
                    self.tree.show(view, height);
                }
            }
            Answer::Found(found) => self.take_found(found),
            Answer::Preview(sight) => self.take_preview(sight),
            Answer::Extracting(bytes) => self.take_extract_progress(bytes),
            Answer::Extracted(outcome) => self.take_extracted(outcome),
        }
    }

    fn take_progress(&mut self, progress: dockopt_image::Progress) {
        let Some(loading) = &mut self.loading else { return };
        loading.progress = Some(progress);
        self.want_chosen_layer();
    }

    /// Requests a snapshot if the chosen layer has been read but is not shown yet. A snapshot
    /// copies the whole tree.
    pub(crate) fn want_chosen_layer(&mut self) {
        let chosen = self.layers.chosen;
        let shown = self.subject.as_ref().map(|subject| subject.layer_state(chosen));
        if let Some(loading) = &mut self.loading
            && loading.is_read(chosen)
            && loading.asked_for != Some(chosen)
            && shown != Some(&LayerState::Read)
        {
            loading.asked_for = Some(chosen);
            self.effects.push(Effect::Snapshot);
        }
    }

    fn take_loaded(&mut self, result: Result<Arc<Subject>, Failure>) {
        let cancelled = self.loading.take().is_some_and(|loading| loading.cancelled);
        match result {
            Ok(subject) => self.take_subject(subject),
            Err(_) if cancelled && self.subject.is_some() => {
                self.say("reading was stopped: only the layers that are read are shown");
            }
            Err(_) if cancelled => {
                let hint = Some("nothing had been read; q quits".to_owned());
                self.failure = Some(Failure { reasons: vec!["reading was stopped".to_owned()], hint });
                self.stopped = true;
            }
            Err(failure) => self.failure = Some(failure),
        }
    }

    /// Switches to another tree of the same image; keeps the cursor and the folds.
    fn take_subject(&mut self, subject: Arc<Subject>) {
        let moved = |node: NodeId, old: &Subject| subject.tree.find(old.tree.path(node).as_bytes());
        if let Some(old) = self.subject.take() {
            self.tree.wanted = self.tree.wanted.and_then(|node| moved(node, &old));
            let toggled = std::mem::take(&mut self.tree.folds.toggled);
            self.tree.folds.toggled = toggled.into_iter().filter_map(|node| moved(node, &old)).collect();
        }
        self.popup = self.popup.take().filter(|popup| !matches!(popup, Popup::History { .. }));
        self.tree.view = None;
        self.subject = Some(subject);
        self.layers.chosen = self.layers.chosen.min(self.layer_count().saturating_sub(1));
        self.refresh_tree();
    }

    /// Scrolls every list to its cursor.
    fn settle(&mut self) {
        for pane in PANES {
            pane.settle(self);
        }
    }

    /// Returns the pane in a region.
    pub(crate) fn pane(&self, region: Region) -> &'static dyn Pane {
        panes::shown(region, self.main)
    }

    /// Returns the context of the keys.
    pub(crate) fn context(&self) -> Context {
        match &self.popup {
            Some(Popup::Overwrite(_)) => Context::Question,
            Some(Popup::History { .. }) => Context::Tree,
            Some(Popup::Help(_) | Popup::Warnings(_)) => Context::Global,
            None => self.pane(self.focus).context(),
        }
    }
}

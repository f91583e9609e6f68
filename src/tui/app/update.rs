//! Where events come in: keys become actions, actions go to the part of the screen they concern, answers to who asked.

use std::sync::Arc;

use dockopt_core::path::escape_text;
use dockopt_core::tree::NodeId;
use ratatui::crossterm::event::{KeyEvent, KeyEventKind};
use ratatui::layout::Rect;

use super::{App, Main, Popup, PromptKind};
use crate::config::Config;
use crate::tui::action::Action;
use crate::tui::areas::Pane;
use crate::tui::effect::{Answer, Effect, Failure};
use crate::tui::events;
use crate::tui::list::{self, ListState, Step};
use crate::tui::panes::tree::request::{FoldBase, Folds};
use crate::tui::range::Compare;
use crate::tui::subject::{LayerState, Subject};
use crate::tui::theme::Theme;

/// How far a key moves the divider, in thousandths of the screen.
const DIVIDER_STEP: u16 = 25;

/// What the application is told.
pub(crate) type Input = events::Input<Answer>;

impl App {
    /// Takes in what has happened and says what is to be done.
    pub(crate) fn update(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Key(key) if key.kind == KeyEventKind::Release => {}
            Input::Key(key) => self.take_key(key),
            Input::Mouse(event, now) => self.take_mouse(event, now),
            Input::Paste(text) => self.paste(&text),
            Input::Resize(width, height) => self.size = Rect::new(0, 0, width, height),
            Input::Answer(answer) => self.take_answer(answer),
        }
        self.settle();
        std::mem::take(&mut self.effects)
    }

    /// Takes over what the configuration says.
    pub(crate) fn apply(&mut self, config: &Config) {
        self.divider = config.divider;
        self.layers.compare = config.compare;
        self.layers.empty_history = config.empty_history;
        self.tree.sort = config.sort;
        self.tree.hidden = config.hidden;
        self.tree.ghosts = config.ghosts;
        self.tree.attributes = config.attributes;
        self.tree.folds = Folds::new(if config.folded { FoldBase::Depth(0) } else { FoldBase::All });
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
            Action::NextPane => {
                self.focus = if self.focus == Pane::Layers { Pane::Main } else { Pane::Layers }
            }
            Action::PreviousPane => self.focus_before(),
            Action::FocusLayers => self.focus = Pane::Layers,
            Action::FocusTree => self.focus = Pane::Main,
            Action::FocusLayerDetails => self.focus = Pane::LayerDetails,
            Action::FocusImageDetails => self.focus = Pane::ImageDetails,
            Action::WasteLens => self.toggle_waste(),
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
            _ => self.act_in_pane(action),
        }
    }

    fn act_in_pane(&mut self, action: Action) {
        let height = self.list_height(self.focus);
        if let Some(step) = step_of(action, height) {
            return self.step_in(self.focus, step);
        }
        match (self.focus, self.main) {
            (Pane::Layers, _) => self.act_on_layers(action),
            (Pane::Main, Main::Tree) => self.act_on_tree(action),
            (Pane::Main, Main::Waste) => self.act_on_waste(action),
            (Pane::Main, Main::Preview) => self.act_on_preview(action),
            (Pane::LayerDetails | Pane::ImageDetails, _) => {}
        }
    }

    fn act_on_layers(&mut self, action: Action) {
        match action {
            Action::CompareLayer => self.compare(Compare::Layer),
            Action::CompareUpTo => self.compare(Compare::UpTo),
            Action::MarkRange => self.mark_range(),
            Action::EmptyHistory => self.layers.empty_history = !self.layers.empty_history,
            Action::Wrap => self.layers.wrap = !self.layers.wrap,
            Action::Enter | Action::Right => self.focus = Pane::Main,
            _ => {}
        }
    }

    fn compare(&mut self, compare: Compare) {
        self.layers.compare = compare;
        self.layers.mark = None;
        self.say(format!("showing {}", self.range_words()));
        self.refresh_tree();
    }

    fn mark_range(&mut self) {
        self.layers.mark = match self.layers.mark {
            Some(_) => None,
            None => Some(self.layers.chosen),
        };
        self.say(match self.layers.mark {
            Some(mark) => format!("a range starts at layer {mark}: go to its other end"),
            None => format!("showing {}", self.range_words()),
        });
        self.refresh_tree();
    }

    pub(crate) fn choose_layer(&mut self, layer: usize) {
        if layer != self.layers.chosen {
            self.layers.chosen = layer;
            self.layer_details = ListState::default();
            self.want_chosen_layer();
            self.refresh_tree();
        }
    }

    /// Moves in a pane.
    pub(crate) fn step_in(&mut self, pane: Pane, step: Step) {
        let height = self.list_height(pane);
        match (pane, self.main) {
            (Pane::Layers, _) => self.choose_layer(step.from(self.layers.chosen, self.layer_count())),
            (Pane::Main, Main::Tree) => self.step_tree(step),
            (Pane::Main, Main::Waste) => self.step_waste(step),
            (Pane::Main, Main::Preview) => self.step_preview(step),
            (Pane::LayerDetails, _) => {
                let count = self.layer_detail_lines().len();
                self.layer_details.scroll(step, count, height);
            }
            (Pane::ImageDetails, _) => {
                let count = self.image_detail_lines().len();
                self.image_details.scroll(step, count, height);
            }
        }
    }

    /// Lines that a pane has for what it lists.
    fn list_height(&self, pane: Pane) -> usize {
        match (pane, self.main) {
            (Pane::Main, Main::Tree) => self.tree_height(),
            (Pane::Main, Main::Waste) => self.waste_height(),
            _ => usize::from(self.areas().inside(pane).height),
        }
    }

    fn focus_before(&mut self) {
        let at = Pane::ALL.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        let before = (at + Pane::ALL.len() - 1) % Pane::ALL.len();
        self.focus = Pane::ALL.get(before).copied().unwrap_or(Pane::Main);
    }

    /// The next match: in the file that is open, or among the paths.
    fn find_again(&mut self, forward: bool) {
        if self.main == Main::Preview { self.search_again(forward) } else { self.next_match(forward) }
    }

    fn ask_for_filter(&mut self) {
        let text = self.tree.filter_text.clone();
        self.main = Main::Tree;
        self.open_prompt(PromptKind::Filter, &text);
    }

    fn copy_path(&mut self) {
        let shown = match self.main {
            Main::Waste => self.waste_rows().get(self.waste.cursor).map(|row| row.path.clone()),
            Main::Preview => self.preview.as_ref().and_then(|preview| self.path_of(preview.node)),
            Main::Tree => self.tree.row().and_then(|row| self.path_of(row.node)),
        };
        match shown {
            Some(path) => self.copy(path.to_text()),
            None => self.complain("there is no path to copy"),
        }
    }

    fn path_of(&self, node: NodeId) -> Option<dockopt_core::path::EntryPath> {
        self.subject.as_ref().map(|subject| subject.tree.path(node))
    }

    fn copy_digest(&mut self) {
        let layer = self.info().and_then(|info| info.layers.get(self.layers.chosen));
        match layer.and_then(|layer| layer.digest.clone().or_else(|| layer.diff_id.clone())) {
            Some(digest) => self.copy(digest),
            None => self.complain("the layer has no digest that is known"),
        }
    }

    fn copy(&mut self, text: String) {
        self.say(format!("copied {}", escape_text(&text)));
        self.effects.push(Effect::Copy(text));
    }

    fn quit(&mut self) {
        self.effects.push(Effect::Quit);
    }

    /// Closes the innermost thing that is open.
    fn close(&mut self) {
        if self.is_extracting() {
            self.effects.push(Effect::StopExtracting);
        } else if self.main == Main::Preview {
            self.close_preview();
        } else if self.main == Main::Waste {
            self.toggle_waste();
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
            Answer::Looked(sight) => self.take_sight(sight),
            Answer::Extracting(bytes) => self.take_extract_progress(bytes),
            Answer::Extracted(outcome) => self.take_extracted(outcome),
        }
    }

    fn take_progress(&mut self, progress: dockopt_image::Progress) {
        let Some(loading) = &mut self.loading else { return };
        loading.progress = Some(progress);
        self.want_chosen_layer();
    }

    /// Asks for what is read so far, if that has the chosen layer and what is shown has not: each time is a copy of everything.
    fn want_chosen_layer(&mut self) {
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
                let hint = Some("nothing was read by then; q leaves".to_owned());
                self.failure = Some(Failure { reasons: vec!["reading was stopped".to_owned()], hint });
                self.stopped = true;
            }
            Err(failure) => self.failure = Some(failure),
        }
    }

    /// Goes over to another tree of the same image, and takes along where the user is.
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

    /// Makes every list show its cursor.
    fn settle(&mut self) {
        let height = self.tree_height();
        let count = self.tree.rows().len();
        self.tree.list.fit(count, height);
        let (count, height) = (self.waste_rows().len(), self.waste_height());
        self.waste.fit(count, height);
        let inside = self.areas().inside(Pane::Layers);
        let lines = self.layer_lines(usize::from(inside.width));
        let chosen = lines.iter().position(|line| line.layer() == Some(self.layers.chosen)).unwrap_or(0);
        let last = lines.iter().rposition(|line| line.layer() == Some(self.layers.chosen)).unwrap_or(0);
        let height = usize::from(inside.height);
        self.layers.top = list::fit(self.layers.top, last, lines.len(), height);
        self.layers.top = list::fit(self.layers.top, chosen, lines.len(), height);
        self.settle_preview();
    }
}

/// The step that an action is, in a list of a height.
pub(crate) fn step_of(action: Action, height: usize) -> Option<Step> {
    let page = height.saturating_sub(1).max(1);
    match action {
        Action::Up => Some(Step::Up(1)),
        Action::Down => Some(Step::Down(1)),
        Action::PageUp => Some(Step::Up(page)),
        Action::PageDown => Some(Step::Down(page)),
        Action::Top => Some(Step::First),
        Action::Bottom => Some(Step::Last),
        _ => None,
    }
}

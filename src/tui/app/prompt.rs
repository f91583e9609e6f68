//! Prompts in the status line.

use std::sync::Arc;

use dockopt_core::filter::Filter;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

use super::app::App;
use super::state::{Prompt, PromptKind};
use crate::tui::action::Action;
use crate::tui::areas::Region;
use crate::tui::keys::Context;
use crate::tui::list::Step;
use crate::tui::typing;

impl App {
    pub(crate) fn open_prompt(&mut self, kind: PromptKind, text: &str) {
        self.message = None;
        self.prompt = Some(Prompt { kind, input: Input::new(text.to_owned()), error: None });
    }

    /// Handles a key while a prompt is open.
    pub(crate) fn type_key(&mut self, key: KeyEvent) {
        match (self.keymap.action(Context::Prompt, key), key.code) {
            (Some(Action::Close), _) => self.close_prompt(),
            (_, KeyCode::Enter) => self.accept_prompt(),
            (_, KeyCode::Up) => self.step_beside_prompt(Step::Up(1)),
            (_, KeyCode::Down) => self.step_beside_prompt(Step::Down(1)),
            (_, KeyCode::PageUp) => self.step_beside_prompt(Step::Up(10)),
            (_, KeyCode::PageDown) => self.step_beside_prompt(Step::Down(10)),
            (_, KeyCode::Tab) => self.switch_extract_scope(),
            (Some(Action::Quit), _) => self.close_prompt(),
            _ => self.edit_prompt(key),
        }
    }

    /// Inserts pasted text into the prompt, if one is open.
    pub(crate) fn paste(&mut self, text: &str) {
        let Some(prompt) = &mut self.prompt else { return };
        typing::paste(&mut prompt.input, text);
        self.prompt_changed();
    }

    fn edit_prompt(&mut self, key: KeyEvent) {
        let Some(prompt) = &mut self.prompt else { return };
        if typing::edit(&mut prompt.input, key) {
            self.prompt_changed();
        }
    }

    fn step_beside_prompt(&mut self, step: Step) {
        match self.prompt.as_ref().map(|prompt| prompt.kind) {
            Some(PromptKind::Find) => self.step_found(step),
            Some(PromptKind::Filter) => self.step_tree(step),
            Some(PromptKind::Packages) => self.step_packages(step),
            Some(PromptKind::Extract | PromptKind::Search) | None => {}
        }
    }

    /// Updates the tree or the matches during typing.
    fn prompt_changed(&mut self) {
        let Some(prompt) = &mut self.prompt else { return };
        prompt.error = None;
        let (kind, text) = (prompt.kind, prompt.input.value().to_owned());
        match kind {
            PromptKind::Filter => self.filter_by(&text),
            PromptKind::Packages => self.filter_packages(&text),
            PromptKind::Find => self.look_for(&text),
            PromptKind::Extract | PromptKind::Search => {}
        }
    }

    /// Shows only the paths of the tree that match.
    pub(crate) fn filter_by(&mut self, text: &str) {
        if text.trim().is_empty() {
            return self.filter_tree(None, "");
        }
        match Filter::parse(text) {
            Ok(filter) => self.filter_tree(Some(Arc::new(filter)), text),
            Err(error) => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.error = Some(dockopt_core::path::escape_text(&error.to_string()));
                }
            }
        }
    }

    fn close_prompt(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        match prompt.kind {
            PromptKind::Filter => self.filter_tree(None, ""),
            PromptKind::Packages => self.filter_packages(""),
            PromptKind::Find | PromptKind::Extract | PromptKind::Search => {}
        }
    }

    fn accept_prompt(&mut self) {
        let Some(prompt) = &self.prompt else { return };
        if prompt.error.is_some() {
            return;
        }
        let (kind, text) = (prompt.kind, prompt.input.value().to_owned());
        self.prompt = None;
        match kind {
            PromptKind::Filter | PromptKind::Packages => self.focus = Region::Main,
            PromptKind::Find => self.jump_to_match(),
            PromptKind::Extract => self.extract_to(&text),
            PromptKind::Search => self.search_in_file(&text),
        }
    }
}

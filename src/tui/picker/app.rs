//! State of the picker, and its changes by events.

use std::time::Instant;

use dockopt_image::LocalImage;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::areas::Areas;
use super::help;
use crate::config::Config;
use crate::images::{Columns, Listing, Needs, Sort, SortKey, Words};
use crate::tui::action::Action;
use crate::tui::app::{DOUBLE_CLICK, Message, NOTCH};
use crate::tui::effect::Failure;
use crate::tui::events;
use crate::tui::keys::{Context, Keymap};
use crate::tui::list::{ListState, Step};
use crate::tui::theme::{Theme, ThemeName};
use crate::tui::typing;

/// Messages the picker receives.
pub(super) type PickerInput = events::Input<News>;

/// A message from another thread.
pub(super) enum News {
    /// The engine's answer.
    Listed(Box<Result<Listing, Failure>>),
    /// The browser was closed, with the reason if the image could not be read.
    Back(Option<String>),
}

/// Work that the picker requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// List the engine's images.
    Ask,
    /// Open an image in the browser.
    Open(Box<LocalImage>),
    /// Stop the process as Ctrl-Z does.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    /// Quit the program.
    Quit,
}

/// Initial state of the list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beginning {
    /// The engine that lists images, as text.
    pub(crate) engine: String,
    pub(crate) sort: Sort,
    pub(crate) filter: String,
}

/// State of the picker.
pub(super) struct Picker {
    pub(super) size: Rect,
    pub(super) theme: Theme,
    pub(super) keymap: Keymap,
    /// The engine that lists images, as text.
    pub(super) engine: String,
    pub(super) listing: Listing,
    /// Whether the engine's answer is pending.
    pub(super) is_waiting: bool,
    /// The reason that there is no list.
    pub(super) failure: Option<Failure>,
    pub(super) sort: Sort,
    /// The filter as typed.
    pub(super) filter: String,
    /// Indices of the images that match, in list order.
    pub(super) rows: Vec<usize>,
    /// Needs of the longest texts in these rows.
    needs: Needs,
    pub(super) list: ListState,
    /// The filter during typing.
    pub(super) typing: Option<tui_input::Input>,
    pub(super) message: Option<Message>,
    /// Scroll position of the help, if it is open.
    pub(super) help: Option<ListState>,
    last_click: Option<(Position, Instant)>,
    effects: Vec<Effect>,
}

impl Picker {
    /// Creates a picker that waits for the engine's first answer.
    pub(super) fn new(size: Rect, theme: ThemeName, config: &Config, beginning: Beginning) -> Self {
        Self {
            size,
            theme: Theme::of(theme),
            keymap: config.keymap.clone(),
            engine: dockopt_core::path::escape_text(&beginning.engine),
            listing: Listing::default(),
            is_waiting: true,
            failure: None,
            sort: beginning.sort,
            filter: beginning.filter,
            rows: Vec::new(),
            needs: Needs::default(),
            list: ListState::default(),
            typing: None,
            message: None,
            help: None,
            last_click: None,
            effects: Vec::new(),
        }
    }

    pub(super) fn areas(&self) -> Areas {
        Areas::of(self.size)
    }

    /// Returns the columns that fit.
    pub(super) fn columns(&self) -> Columns {
        Columns::of(usize::from(self.size.width), self.needs)
    }

    /// Returns the image at the cursor.
    pub(super) fn chosen(&self) -> Option<&LocalImage> {
        self.rows.get(self.list.cursor).and_then(|at| self.listing.local.images.get(*at))
    }

    /// Handles a message and returns the effects to carry out.
    pub(super) fn update(&mut self, input: PickerInput) -> Vec<Effect> {
        match input {
            PickerInput::Key(key) if key.kind == KeyEventKind::Release => {}
            PickerInput::Key(key) if self.typing.is_some() => self.type_key(key),
            PickerInput::Key(key) => self.take_key(key),
            PickerInput::Mouse(event, now) => self.take_mouse(event, now),
            PickerInput::Paste(text) => self.paste(&text),
            PickerInput::Resize(width, height) => self.size = Rect::new(0, 0, width, height),
            PickerInput::Answer(News::Listed(listed)) => self.take_listing(*listed),
            PickerInput::Answer(News::Back(failure)) => self.come_back(failure),
        }
        self.list.fit(self.rows.len(), self.height());
        if self.help.is_some() {
            // The new size may have more room.
            self.scroll_help(Step::Down(0));
        }
        std::mem::take(&mut self.effects)
    }

    fn height(&self) -> usize {
        usize::from(self.areas().list.height)
    }

    fn take_key(&mut self, key: KeyEvent) {
        let Some(action) = self.keymap.action(Context::Images, key) else { return };
        self.message = None;
        if self.help.is_some() {
            return self.act_on_help(action);
        }
        match action {
            Action::Quit => self.effects.push(Effect::Quit),
            Action::Close if self.filter.is_empty() => self.effects.push(Effect::Quit),
            Action::Close => self.filter_by(""),
            Action::Help => self.help = Some(ListState::default()),
            Action::Find | Action::Filter => self.typing = Some(self.filter.clone().into()),
            Action::SortImages => self.sort_by(self.sort.next()),
            Action::ReverseImages => self.sort_by(self.sort.reverse()),
            Action::Refresh => self.refresh(),
            Action::Enter | Action::Right => self.open(),
            Action::NextTheme => self.theme = Theme::of(self.theme.name.next()),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Redraw => self.effects.push(Effect::Redraw),
            _ => {
                if let Some(step) = Step::of(action, self.height()) {
                    self.list.step(step, self.rows.len());
                }
            }
        }
    }

    /// Handles a key while the help is open, as the browser does.
    fn act_on_help(&mut self, action: Action) {
        match action {
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Close | Action::Quit | Action::Help | Action::Enter => self.help = None,
            _ => {
                if let Some(step) = Step::of(action, self.height()) {
                    self.scroll_help(step);
                }
            }
        }
    }

    fn scroll_help(&mut self, step: Step) {
        let (count, height) = (help::lines(&self.keymap).len(), self.height());
        if let Some(list) = &mut self.help {
            list.scroll(step, count, height);
        }
    }

    /// Handles a key during typing; the filter applies at once.
    fn type_key(&mut self, key: KeyEvent) {
        let Some(input) = &mut self.typing else { return };
        let steps = match key.code {
            KeyCode::Up => Some(Step::Up(1)),
            KeyCode::Down => Some(Step::Down(1)),
            KeyCode::PageUp => Some(Step::Up(10)),
            KeyCode::PageDown => Some(Step::Down(10)),
            _ => None,
        };
        match (self.keymap.action(Context::Prompt, key), steps) {
            (Some(Action::Close | Action::Quit), _) => {
                self.typing = None;
                self.filter_by("");
            }
            (_, Some(step)) => self.list.step(step, self.rows.len()),
            _ if key.code == KeyCode::Enter => self.typing = None,
            (Some(Action::Suspend), None) => self.effects.push(Effect::Suspend),
            _ => {
                if typing::edit(input, key) {
                    let text = input.value().to_owned();
                    self.filter_by(&text);
                }
            }
        }
    }

    fn paste(&mut self, text: &str) {
        let Some(input) = &mut self.typing else { return };
        typing::paste(input, text);
        let text = input.value().to_owned();
        self.filter_by(&text);
    }

    fn filter_by(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        self.list_again();
    }

    fn sort_by(&mut self, sort: Sort) {
        self.sort = sort;
        self.list_again();
        let direction = if sort.ascends() { "ascending" } else { "descending" };
        self.say(format!("sorted by {}, {direction}", sort.key.words()), false);
    }

    /// Filters and sorts the rows again. The cursor stays on its image, or goes to the first row if
    /// that image is gone.
    fn list_again(&mut self) {
        let place = self.rows.get(self.list.cursor).copied();
        self.rows = self.listing.select(&Words::of(&self.filter), self.sort);
        self.needs = Needs::of(&self.listing, &self.rows, self.sort);
        let cursor = self.rows.iter().position(|at| Some(*at) == place);
        self.list.cursor = cursor.unwrap_or(0);
    }

    fn refresh(&mut self) {
        if !self.is_waiting {
            // Keep the old list, or the old failure, until the answer arrives.
            self.is_waiting = true;
            self.effects.push(Effect::Ask);
        }
    }

    fn take_listing(&mut self, listed: Result<Listing, Failure>) {
        let is_first = self.listing.local.engine.is_empty();
        self.is_waiting = false;
        match listed {
            Ok(listing) => {
                self.show(listing);
                if !is_first {
                    let all = self.listing.numbers(&self.listing.all());
                    self.say(format!("asked again: {all}"), false);
                }
            }
            Err(failure) if is_first => self.failure = Some(failure),
            // The old list may still be right, and the user may be reading it.
            Err(failure) => self.say(no_longer(&self.listing.local.engine, &failure), true),
        }
    }

    /// Replaces the list; the cursor stays on its image.
    fn show(&mut self, listing: Listing) {
        let cursor = self.list.cursor;
        let chosen = self.chosen().map(|image| (image.id.clone(), image.name.clone()));
        (self.listing, self.failure) = (listing, None);
        self.list_again();
        let is_chosen = |image: &LocalImage| {
            chosen.as_ref().is_some_and(|(id, name)| image.id == *id && image.name == *name)
        };
        let images = &self.listing.local.images;
        let found = self.rows.iter().position(|at| images.get(*at).is_some_and(is_chosen));
        self.list.cursor = found.unwrap_or(cursor);
    }

    fn say(&mut self, text: String, is_error: bool) {
        self.message = Some(Message { text, is_error });
    }

    fn open(&mut self) {
        if let Some(image) = self.chosen().cloned() {
            self.effects.push(Effect::Open(Box::new(image)));
        }
    }

    fn come_back(&mut self, failure: Option<String>) {
        self.last_click = None;
        self.message = failure.map(|text| Message { text, is_error: true });
        if self.is_waiting {
            // The answer was dropped while the browser received the events.
            self.effects.push(Effect::Ask);
        }
    }

    fn take_mouse(&mut self, event: MouseEvent, now: Instant) {
        if self.help.is_some() {
            return match event.kind {
                MouseEventKind::ScrollUp => self.scroll_help(Step::Up(NOTCH)),
                MouseEventKind::ScrollDown => self.scroll_help(Step::Down(NOTCH)),
                _ => {}
            };
        }
        match event.kind {
            MouseEventKind::ScrollUp => self.list.step(Step::Up(NOTCH), self.rows.len()),
            MouseEventKind::ScrollDown => self.list.step(Step::Down(NOTCH), self.rows.len()),
            MouseEventKind::Down(MouseButton::Left) => {
                self.click(Position::new(event.column, event.row), now);
            }
            _ => {}
        }
    }

    fn click(&mut self, at: Position, now: Instant) {
        let before = self.last_click.replace((at, now));
        let is_double =
            before.is_some_and(|(place, when)| place == at && now.duration_since(when) <= DOUBLE_CLICK);
        let Areas { list, heading, .. } = self.areas();
        if heading.contains(at) {
            return self.click_heading(usize::from(at.x - heading.x));
        }
        let row = self.list.top + usize::from(at.y.saturating_sub(list.y));
        if !list.contains(at) || row >= self.rows.len() {
            return;
        }
        // A double click opens only the row that its first click has chosen.
        let is_chosen = self.list.cursor == row;
        self.list.cursor = row;
        self.message = None;
        if is_double && is_chosen && self.typing.is_none() {
            self.open();
        }
    }

    /// Sorts by the clicked column; reverses the order if that is the current one.
    fn click_heading(&mut self, cell: usize) {
        let Some(key) = self.columns().at(cell).and_then(SortKey::of) else { return };
        let sort = if key == self.sort.key { self.sort.reverse() } else { Sort { key, reversed: false } };
        self.sort_by(sort);
    }
}

/// Returns the message for an engine that no longer answers, with its most specific reason.
fn no_longer(engine: &str, failure: &Failure) -> String {
    // Drop the source of the address: it was shown before.
    let engine = engine.rsplit_once(" (").map_or(engine, |(engine, _)| engine);
    let reason = failure.reasons.last().map(String::as_str).unwrap_or_default();
    let reason = reason.split_once(" (os error").map_or(reason, |(words, _)| words);
    format!("engine no longer answers: {} ({engine})", lower(reason))
}

/// Lowercases the first letter of a text, to follow a colon.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

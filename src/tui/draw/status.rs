//! Draws the lines around the panes: the image, the path at the cursor, the keys.

use dockopt_core::path::escape_text;
use dockopt_core::quantity::{plural, size};
use dockopt_core::table::{cut_middle, width};
use ratatui::layout::Position;
use ratatui::text::{Line, Span};

use super::Canvas;
use crate::tui::action::Action;
use crate::tui::app::{App, Popup, Prompt, PromptKind};
use crate::tui::areas::Region;
use crate::tui::text::part_percent;
use crate::tui::theme::Theme;
use crate::tui::typing::seen;

impl Canvas<'_, '_> {
    /// Draws the image and its main numbers.
    pub(crate) fn header(&mut self) {
        let area = self.areas.header;
        if area.is_empty() {
            return;
        }
        let theme = &self.app.theme;
        let facts = self.facts();
        let facts_width: usize = facts.iter().map(|span| width(&span.content)).sum();
        let room = usize::from(area.width).saturating_sub(facts_width + 16);
        let name = cut_middle(&image_name(self.app), room);
        let gap = room.saturating_sub(width(&name));
        let mut spans = vec![
            Span::styled(" dockopt-dive ", theme.title),
            Span::styled(name, theme.base),
            Span::raw(" ".repeat(gap + 2)),
        ];
        spans.extend(facts);
        self.line(area, 0, &Line::from(spans));
    }

    fn facts(&self) -> Vec<Span<'static>> {
        let theme = &self.app.theme;
        if let Some(loading) = &self.app.loading {
            return vec![Span::styled(format!("{} ", loading.words()), theme.warning)];
        }
        let Some(subject) = &self.app.subject else { return Vec::new() };
        let analysis = &subject.analysis;
        let wasted = analysis.wasted();
        let style = if wasted == 0 { theme.live } else { theme.wasted };
        let roomy = self.areas.header.width >= 100;
        let stored = size(analysis.ledger.total.stored);
        let stored = if roomy { format!("{stored} stored  ") } else { String::new() };
        let incomplete = if subject.is_complete() { "" } else { "incomplete  " };
        vec![
            Span::styled(self.warning_badge(), theme.warning),
            Span::styled(incomplete, theme.error),
            Span::styled(stored, theme.base),
            Span::styled(format!("{} wasted  ", size(wasted)), style),
            Span::styled(self.savings(), theme.live),
            Span::styled(format!("efficiency {} ", part_percent(analysis.efficiency())), theme.base),
        ]
    }

    /// Returns what the plan saves and the number of risks, with the key that lists them; empty if
    /// that is nothing, or there is no room.
    fn savings(&self) -> String {
        let findings = self.app.subject.as_ref().and_then(|subject| subject.analysis.findings.as_ref());
        let saves = findings.map_or(0, |findings| findings.plan.saves);
        let risks =
            findings.iter().flat_map(|findings| &findings.findings).filter(|finding| finding.is_risk());
        let parts = match (risks.count() as u64, saves) {
            (0, 0) => return String::new(),
            (0, saves) => format!("{} to save", size(saves)),
            (risks, 0) => plural(risks, "risk"),
            (risks, saves) => format!("{}, {} to save", plural(risks, "risk"), size(saves)),
        };
        if self.areas.header.width < 100 {
            return String::new();
        }
        format!("{} {parts}  ", self.app.keymap.label(Action::FindingsLens))
    }

    /// Returns the number of warnings with the key that lists them; empty if there are none.
    pub(crate) fn warning_badge(&self) -> String {
        match self.app.warnings().len() as u64 {
            0 => String::new(),
            number => {
                let key = self.app.keymap.label(Action::Warnings);
                format!("{key} {}  ", plural(number, "warning"))
            }
        }
    }

    /// Draws the tabs of a narrow screen.
    pub(crate) fn tabs(&mut self) {
        let area = self.areas.tabs;
        if area.is_empty() {
            return;
        }
        let cells = usize::from(area.width) / Region::ALL.len();
        let mut spans = Vec::new();
        for (at, region) in Region::ALL.into_iter().enumerate() {
            let name = self.app.pane(region).name();
            let style = if region == self.app.focus { self.app.theme.selected } else { self.app.theme.dim };
            let text = dockopt_core::table::left(&format!("{} {name}", at + 1), cells);
            spans.push(Span::styled(text, style));
        }
        self.line(area, 0, &Line::from(spans));
    }

    /// Draws a prompt, a message, or text about the row of the cursor, in this order of precedence.
    pub(crate) fn status(&mut self) {
        let area = self.areas.status;
        if area.is_empty() {
            return;
        }
        let app = self.app;
        if let Some(prompt) = &app.prompt {
            return self.prompt(prompt);
        }
        let theme = &app.theme;
        let line = match &app.message {
            Some(message) if message.is_error => Line::styled(message.text.clone(), theme.error),
            Some(message) => Line::styled(message.text.clone(), theme.base),
            None => {
                let pane = app.pane(app.focus);
                Line::styled(pane.status(app, usize::from(area.width)), theme.dim)
            }
        };
        self.line(area, 0, &line);
    }

    fn prompt(&mut self, prompt: &Prompt) {
        let area = self.areas.status;
        let theme = &self.app.theme;
        let label = prompt.label();
        let beside = match (&prompt.error, prompt.kind) {
            (Some(error), _) => Span::styled(format!("  {error}"), theme.error),
            (None, PromptKind::Extract) => {
                Span::styled(format!("  {}  (Tab: another version)", self.app.extract_words()), theme.dim)
            }
            (None, PromptKind::Filter) if prompt.input.value().is_empty() => {
                Span::styled(FILTER_HINT, theme.dim)
            }
            (None, _) => Span::raw(""),
        };
        let room = usize::from(area.width).saturating_sub(width(label) + 1);
        let typed_room = room.saturating_sub(width(&beside.content)).max(room.min(20));
        let (typed, cursor) = seen(&prompt.input, typed_room);
        let cursor = width(label) + cursor;
        let line = Line::from(vec![Span::styled(label, theme.key), Span::styled(typed, theme.base), beside]);
        self.line(area, 0, &line);
        let x = area.x.saturating_add(u16::try_from(cursor).unwrap_or(u16::MAX));
        self.frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), area.y));
    }

    /// Draws the most important keys of the focused pane.
    pub(crate) fn hints(&mut self) {
        let area = self.areas.hints;
        if area.is_empty() {
            return;
        }
        let (here, always) = self.hint_list();
        let line = hint_line(here, always, &self.app.theme, usize::from(area.width));
        self.line(area, 0, &line);
    }

    /// Returns the keys of the focused pane, and those that apply everywhere.
    fn hint_list(&self) -> (Hints, Hints) {
        let app = self.app;
        let fixed = |keys: &str, what| (keys.to_owned(), what);
        if let Some(prompt) = &app.prompt {
            let accept = match prompt.kind {
                PromptKind::Filter | PromptKind::Packages => "keep",
                PromptKind::Find => "go there",
                PromptKind::Extract => "write",
                PromptKind::Search => "search",
            };
            return (vec![fixed("enter", accept), fixed("esc", "cancel"), fixed("↑↓", "move")], Vec::new());
        }
        if matches!(app.popup, Some(Popup::Overwrite(_))) {
            return (vec![fixed("y", "overwrite"), fixed("n", "leave everything as it is")], Vec::new());
        }
        if matches!(app.popup, Some(Popup::History { .. })) {
            let look = (app.keymap.label(Action::Preview), "look inside");
            return (vec![fixed("enter", "go to the layer"), look, fixed("esc", "close")], Vec::new());
        }
        let pane = app.pane(app.focus);
        let named = |hints: &[(Action, &'static str)]| -> Hints {
            hints.iter().map(|(action, what)| (app.keymap.label(*action), *what)).collect()
        };
        let mut hints = named(pane.hints());
        if pane.has_general_hints() {
            hints.extend(named(GENERAL_HINTS));
        }
        let quit = if app.from_list { "images" } else { "quit" };
        (hints, vec![(app.keymap.label(Action::Help), "help"), (app.keymap.label(Action::Quit), quit)])
    }
}

/// Keys with their meaning.
pub(crate) type Hints = Vec<(String, &'static str)>;

/// Returns keys and their meaning in a line of `room` cells. `always` keys stay; others are left
/// out if space is tight.
pub(crate) fn hint_line(mut here: Hints, always: Hints, theme: &Theme, room: usize) -> Line<'static> {
    let cells = |hints: &[(String, &str)]| {
        hints.iter().map(|(keys, what)| width(keys) + width(what) + 3).sum::<usize>()
    };
    while !here.is_empty() && cells(&here) + cells(&always) > room {
        here.pop();
    }
    let mut spans = Vec::new();
    for (keys, what) in here.into_iter().chain(always) {
        spans.push(Span::styled(format!(" {keys}"), theme.key));
        spans.push(Span::styled(format!(" {what} "), theme.dim));
    }
    Line::from(spans)
}

/// Hint for an empty filter.
const FILTER_HINT: &str = "  part of a path, re:REGEX, size>10M, kind:file, is:wasted, owner:0, !not";

const GENERAL_HINTS: &[(Action, &str)] = &[
    (Action::FindingsLens, "what to do"),
    (Action::WasteLens, "waste"),
    (Action::Find, "find"),
    (Action::Filter, "filter"),
    (Action::PackagesLens, "packages"),
];

fn image_name(app: &App) -> String {
    let tag = app.info().and_then(|info| info.tags.first());
    let reference = short_id(&app.reference);
    let is_same = |tag: &str| {
        let short = tag.strip_suffix(":latest").unwrap_or(tag);
        reference.contains(tag) || reference.ends_with(short)
    };
    match tag {
        Some(tag) if reference != app.reference => escape_text(tag),
        Some(tag) if !is_same(tag) => format!("{} ({reference})", escape_text(tag)),
        _ => reference,
    }
}

/// Shortens the ID in a reference, as engines do.
fn short_id(reference: &str) -> String {
    match reference.split_once("sha256:") {
        Some((before, digits)) if digits.len() == 64 && !before.ends_with('@') => {
            format!("{before}{}", crate::images::short_id(digits))
        }
        _ => reference.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shortened_as_engines_do() {
        let digits = "0123456789abcdef".repeat(4);
        assert_eq!(short_id(&format!("docker://sha256:{digits}")), "docker://0123456789ab");
        for other in ["app:1".to_owned(), format!("app@sha256:{digits}"), "sha256:00".to_owned()] {
            assert_eq!(short_id(&other), other);
        }
    }
}

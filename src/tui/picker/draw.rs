//! Draws the picker, and only reads it. Names are escaped where the rows are made of them.

use dockopt_core::path::escape_text;
use dockopt_core::report::count;
use dockopt_core::report::table::{cut_middle, left, width};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::app::Picker;
use super::areas::Areas;
use crate::images::{Column, Columns, short_id, shown_name};
use crate::tui::action::Action;
use crate::tui::draw::{Hints, failure_lines, hint_line};
use crate::tui::keys::ROWS;
use crate::tui::text::plural;
use crate::tui::typing::seen;

/// Draws everything.
pub(super) fn draw(picker: &Picker, frame: &mut Frame<'_>) {
    let screen = frame.area();
    if screen != picker.size {
        // The terminal has changed its size just now. What is drawn next knows of it.
        return;
    }
    frame.buffer_mut().set_style(screen, picker.theme.base);
    let mut canvas = Canvas { picker, areas: picker.areas(), frame };
    canvas.header();
    if picker.shows_help {
        canvas.help();
    } else if let Some(failure) = &picker.failure {
        let width = usize::from(screen.width);
        canvas.lines(&failure_lines(failure, &picker.theme, width));
    } else {
        canvas.images();
    }
    canvas.status();
    canvas.hints();
}

/// What is drawn, where, and on what.
struct Canvas<'c, 'f> {
    picker: &'c Picker,
    areas: Areas,
    frame: &'c mut Frame<'f>,
}

impl Canvas<'_, '_> {
    fn line(&mut self, area: Rect, row: usize, line: &Line<'_>) {
        if let Some(row) = u16::try_from(row).ok().filter(|row| *row < area.height) {
            self.frame.buffer_mut().set_line(area.x, area.y + row, line, area.width);
        }
    }

    fn lines(&mut self, lines: &[Line<'_>]) {
        for (row, line) in lines.iter().enumerate() {
            self.line(self.areas.list, row, line);
        }
    }

    /// Whose images these are or which of them are shown, and how many.
    fn header(&mut self) {
        let (picker, area) = (self.picker, self.areas.header);
        let theme = &picker.theme;
        let totals = match (picker.is_waiting, &picker.failure) {
            (true, _) => format!("{} ", self.waiting()),
            (false, Some(_)) => String::new(),
            (false, None) => format!("{} ", picker.listing.totals(&picker.rows)),
        };
        let totals_style = if picker.is_waiting { theme.warning } else { theme.base };
        let engine = &picker.listing.local.engine;
        let (what, style) = if picker.filter.is_empty() {
            (escape_text(if engine.is_empty() { &picker.engine } else { engine }), theme.base)
        } else {
            (format!("filter: {}", escape_text(&picker.filter)), theme.key)
        };
        let room = usize::from(area.width).saturating_sub(width(&totals) + 15);
        let line = Line::from(vec![
            Span::styled(" dockopt-dive ", theme.title),
            Span::styled(left(&cut_middle(&what, room), room), style),
            Span::raw(" "),
            Span::styled(totals, totals_style),
        ]);
        self.line(area, 0, &line);
    }

    fn waiting(&self) -> String {
        format!("asking {} …", self.picker.engine)
    }

    fn images(&mut self) {
        let (picker, area) = (self.picker, self.areas.list);
        let (listing, theme) = (&picker.listing, &picker.theme);
        let columns = Columns::of(usize::from(area.width));
        let heading = left(&columns.row(|column| self.column_title(column)), usize::from(area.width));
        self.line(self.areas.heading, 0, &Line::styled(heading, theme.heading));
        let shown = picker.rows.iter().skip(picker.list.top).take(usize::from(area.height));
        for (row, image) in shown.filter_map(|at| listing.local.images.get(*at)).enumerate() {
            let text = columns.row(|column| columns.text(column, image, listing.now));
            let style = if image.name.is_none() { theme.dim } else { theme.base };
            self.line(area, row, &Line::styled(text, style));
            if picker.list.top + row == picker.list.cursor {
                self.style_row(area, row, theme.selected);
            }
        }
        if picker.rows.is_empty() {
            let text = match (picker.is_waiting, listing.local.images.is_empty()) {
                (true, true) => self.waiting(),
                (false, true) => "the engine has no images".to_owned(),
                (_, false) => "no image matches".to_owned(),
            };
            self.line(area, 0, &Line::styled(text, theme.dim));
        }
    }

    /// The title of a column, with a mark where the order comes from.
    fn column_title(&self, column: Column) -> String {
        let sort = self.picker.sort;
        match (column == sort.key.column(), sort.ascends()) {
            (false, _) => column.title().to_owned(),
            (true, true) => format!("{} ▴", column.title()),
            (true, false) => format!("{} ▾", column.title()),
        }
    }

    fn style_row(&mut self, area: Rect, row: usize, style: Style) {
        if let Some(row) = u16::try_from(row).ok().filter(|row| *row < area.height) {
            self.frame.buffer_mut().set_style(Rect { y: area.y + row, height: 1, ..area }, style);
        }
    }

    /// The keys that mean something here.
    fn help(&mut self) {
        let theme = &self.picker.theme;
        let rows = ROWS.iter().filter(|row| HELP.contains(&row.action));
        let lines = rows.map(|row| {
            let keys: Vec<String> =
                self.picker.keymap.keys(row.action).iter().map(ToString::to_string).collect();
            let text = HELP_WORDS.iter().find(|(action, _)| *action == row.action);
            let text = text.map_or(row.help, |(_, words)| *words);
            let keys = Span::styled(left(&format!(" {}", keys.join("  ")), 22), theme.key);
            Line::from(vec![keys, Span::styled(text, theme.base)])
        });
        let lines: Vec<Line<'_>> = lines.collect();
        self.lines(&lines);
    }

    fn status(&mut self) {
        let (picker, area) = (self.picker, self.areas.status);
        let theme = &picker.theme;
        if let Some(input) = &picker.typing {
            return self.typing(input);
        }
        let line = match &picker.message {
            Some(message) if message.is_error => Line::styled(escape_text(&message.text), theme.error),
            Some(message) => Line::styled(message.text.as_str(), theme.base),
            None => Line::styled(self.place(usize::from(area.width)), theme.dim),
        };
        self.line(area, 0, &line);
    }

    fn typing(&mut self, input: &tui_input::Input) {
        const LABEL: &str = "filter: ";
        let (area, theme) = (self.areas.status, &self.picker.theme);
        if area.is_empty() {
            return;
        }
        let room = usize::from(area.width).saturating_sub(width(LABEL) + 1);
        let (typed, cursor) = seen(input, room);
        let hint = if input.value().is_empty() { "  parts of a name or an ID" } else { "" };
        let spans = [(LABEL, theme.key), (typed.as_str(), theme.base), (hint, theme.dim)];
        self.line(area, 0, &Line::from_iter(spans.map(|(text, style)| Span::styled(text, style))));
        let x = area.x.saturating_add(u16::try_from(width(LABEL) + cursor).unwrap_or(u16::MAX));
        self.frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), area.y));
    }

    /// All of the name that the cursor is on, and what no column has.
    fn place(&self, room: usize) -> String {
        let Some(image) = self.picker.chosen() else { return String::new() };
        let containers = image.containers.filter(|containers| *containers > 0);
        let containers = containers.map(|number| format!("  in {}", plural(number, "container")));
        let row = count(self.picker.list.cursor as u64 + 1);
        let rows = count(self.picker.rows.len() as u64);
        let facts = format!("{}  {row}/{rows}", containers.unwrap_or_default());
        let name = cut_middle(&shown_name(image), room.saturating_sub(width(&facts)).max(room.min(12)));
        let ids = [escape_text(&image.id), short_id(&image.id)].map(|id| format!("  {id}"));
        let fits = |id: &String| width(&name) + width(id) + width(&facts) <= room;
        let id = ids.into_iter().find(fits).unwrap_or_default();
        format!("{name}{id}{facts}")
    }

    fn hints(&mut self) {
        let (picker, area) = (self.picker, self.areas.hints);
        let named = |hints: &[(Action, &'static str)]| -> Hints {
            hints.iter().map(|(action, what)| (picker.keymap.label(*action), *what)).collect()
        };
        let (here, always) = if picker.typing.is_some() {
            let fixed = |keys: &str, what| (keys.to_owned(), what);
            (vec![fixed("enter", "keep"), fixed("esc", "drop"), fixed("↑↓", "move")], Vec::new())
        } else {
            (named(HINTS), named(LAST_HINTS))
        };
        let line = hint_line(here, always, &picker.theme, usize::from(area.width));
        self.line(area, 0, &line);
    }
}

const HINTS: &[(Action, &str)] = &[
    (Action::Enter, "open"),
    (Action::Find, "filter"),
    (Action::SortImages, "sort"),
    (Action::ReverseImages, "reverse"),
    (Action::Refresh, "ask again"),
];
const LAST_HINTS: &[(Action, &str)] = &[(Action::Help, "help"), (Action::Quit, "quit")];

/// What the help lists.
const HELP: &[Action] = &[
    Action::Quit,
    Action::Find,
    Action::Filter,
    Action::Close,
    Action::Enter,
    Action::Up,
    Action::Down,
    Action::PageUp,
    Action::PageDown,
    Action::Top,
    Action::Bottom,
    Action::NextTheme,
    Action::Redraw,
    Action::Suspend,
    Action::SortImages,
    Action::ReverseImages,
    Action::Refresh,
];

/// What is said otherwise than in the browser.
const HELP_WORDS: &[(Action, &str)] = &[
    (Action::Find, "filter: parts of a name or an ID"),
    (Action::Filter, "the same"),
    (Action::Close, "drop the filter; quit"),
    (Action::Enter, "open the image"),
];

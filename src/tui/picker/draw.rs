//! Draws the picker without changing it. Rows escape names when they are made.

use dockopt_core::path::escape_text;
use dockopt_core::quantity::{count, plural};
use dockopt_core::table::{cut, cut_middle, left, width};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::app::Picker;
use super::areas::Areas;
use super::help;
use crate::images::{Column, short_id, shown_name};
use crate::tui::action::Action;
use crate::tui::draw::{Hints, failure_lines, hint_line};
use crate::tui::list::ListState;
use crate::tui::typing::seen;

/// Draws everything.
pub(super) fn draw(picker: &Picker, frame: &mut Frame<'_>) {
    let screen = frame.area();
    if screen != picker.size {
        // The terminal has just changed its size; the next frame uses the new one.
        return;
    }
    frame.buffer_mut().set_style(screen, picker.theme.base);
    let mut canvas = Canvas { picker, areas: picker.areas(), frame };
    canvas.header();
    if let Some(list) = picker.help {
        canvas.help(list);
    } else if let Some(failure) = &picker.failure {
        let width = usize::from(screen.width);
        canvas.lines(&failure_lines(failure, &picker.theme, width));
    } else {
        canvas.images();
    }
    canvas.status();
    canvas.hints();
}

/// The state to draw, the areas, and the frame.
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

    /// Draws the engine, the filter, and the number of images.
    fn header(&mut self) {
        let (picker, area) = (self.picker, self.areas.header);
        let theme = &picker.theme;
        let title = if area.width < NARROW_HEADER { " " } else { " dockopt-dive " };
        let cells = usize::from(area.width).saturating_sub(width(title) + 1);
        let totals = match (picker.is_waiting, &picker.failure) {
            (true, _) => format!("{} ", self.waiting()),
            (false, Some(_)) => String::new(),
            (false, None) => format!("{} ", self.totals(cells.saturating_sub(1))),
        };
        let totals_style = if picker.is_waiting { theme.warning } else { theme.base };
        let room = cells.saturating_sub(width(&totals));
        let (engine, filter) = self.what(room);
        let rest = room.saturating_sub(width(&engine) + width(&filter));
        let line = Line::from(vec![
            Span::styled(title, theme.title),
            Span::styled(engine, theme.base),
            Span::styled(filter, theme.key),
            Span::raw(" ".repeat(rest + 1)),
            Span::styled(totals, totals_style),
        ]);
        self.line(area, 0, &line);
    }

    /// Returns the number of images, with their size if there is room.
    fn totals(&self, room: usize) -> String {
        let (listing, rows) = (&self.picker.listing, &self.picker.rows);
        let totals = listing.totals(rows);
        if width(&totals) <= room { totals } else { listing.numbers(rows) }
    }

    /// Returns the engine and the filter, as far as they fit. The kind of engine matters more than
    /// its address, and the filter more than the engine.
    fn what(&self, room: usize) -> (String, String) {
        let picker = self.picker;
        if picker.filter.is_empty() {
            let engines = self.engine_names();
            let fits = engines.iter().find(|name| width(name) <= room);
            let [_, place, kind] = &engines;
            let or_cut = if room < NARROW_PLACE { kind } else { place };
            return (fits.map_or_else(|| cut_middle(or_cut, room), Clone::clone), String::new());
        }
        let filter = format!("filter: {}", escape_text(&picker.filter));
        let engines = self.engine_names().map(|engine| format!("{engine}  "));
        let fits = |engine: &String| width(engine) + width(&filter) <= room;
        let engine = engines.into_iter().find(fits).unwrap_or_default();
        (engine, cut_middle(&filter, room))
    }

    /// Returns names of the engine: with address and its source, with address, and alone.
    fn engine_names(&self) -> [String; 3] {
        let told = escape_text(&self.picker.listing.local.engine);
        if told.is_empty() {
            return [&self.picker.engine; 3].map(String::clone);
        }
        let place = told.rsplit_once(" (").map_or(told.as_str(), |(place, _)| place).to_owned();
        let kind = told.split(' ').next().unwrap_or_default().to_owned();
        [told, place, kind]
    }

    fn waiting(&self) -> String {
        let [_, _, kind] = self.engine_names();
        format!("asking {kind} …")
    }

    fn images(&mut self) {
        let (picker, area) = (self.picker, self.areas.list);
        let (listing, theme) = (&picker.listing, &picker.theme);
        let columns = picker.columns();
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

    /// Returns the title of a column, with a mark on the sorted one.
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

    /// Draws the help.
    fn help(&mut self, list: ListState) {
        let theme = &self.picker.theme;
        let lines = help::lines(&self.picker.keymap);
        let is_narrow = self.areas.list.width < NARROW_HELP;
        let shown = lines.iter().skip(list.top).map(|(keys, text)| {
            let first = keys.split("  ").next().unwrap_or_default();
            let (keys, cells) = if is_narrow { (first, 8) } else { (keys.as_str(), 22) };
            let keys = Span::styled(left(&format!(" {keys}"), cells), theme.key);
            Line::from(vec![keys, Span::raw(" "), Span::styled(*text, theme.base)])
        });
        let shown: Vec<Line<'_>> = shown.collect();
        self.lines(&shown);
    }

    fn status(&mut self) {
        let (picker, area) = (self.picker, self.areas.status);
        let theme = &picker.theme;
        if let Some(input) = &picker.typing {
            return self.typing(input);
        }
        if let Some(list) = picker.help {
            let text = self.place_in_help(list);
            return self.line(area, 0, &Line::styled(text, theme.dim));
        }
        let line = match &picker.message {
            Some(message) if message.is_error => {
                Line::styled(cut(&escape_text(&message.text), usize::from(area.width)), theme.error)
            }
            Some(message) => Line::styled(message.text.as_str(), theme.base),
            None => Line::styled(self.place(usize::from(area.width)), theme.dim),
        };
        self.line(area, 0, &line);
    }

    /// Describes the visible lines of the help, if not all are visible.
    fn place_in_help(&self, list: ListState) -> String {
        let (count, height) = (help::lines(&self.picker.keymap).len(), usize::from(self.areas.list.height));
        if count <= height {
            return String::new();
        }
        format!("lines {}-{} of {count}", list.top + 1, (list.top + height).min(count))
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

    /// Returns the full name at the cursor, with facts that no column shows.
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
        let fixed = |keys: &str, what| (keys.to_owned(), what);
        let (here, always) = if picker.help.is_some() {
            (vec![(picker.keymap.label(Action::Help), "close"), fixed("↑↓", "scroll")], Vec::new())
        } else if picker.typing.is_some() {
            (vec![fixed("enter", "keep"), fixed("esc", "drop"), fixed("↑↓", "move")], Vec::new())
        } else {
            (named(HINTS), named(LAST_HINTS))
        };
        let line = hint_line(here, always, &picker.theme, usize::from(area.width));
        self.line(area, 0, &line);
    }
}

/// Width below which the header leaves out the name of the program.
const NARROW_HEADER: u16 = 50;
/// Fewest cells for a recognisable address.
const NARROW_PLACE: usize = 24;
/// Width below which the help shows one key for each action.
const NARROW_HELP: u16 = 60;

const HINTS: &[(Action, &str)] = &[
    (Action::Enter, "open"),
    (Action::Find, "filter"),
    (Action::SortImages, "sort"),
    (Action::ReverseImages, "reverse"),
    (Action::Refresh, "ask again"),
];
const LAST_HINTS: &[(Action, &str)] = &[(Action::Help, "help"), (Action::Quit, "quit")];

//! Draws the tree: a mark for the change, attributes as in `ls -l`, guides, names.
//!
//! Columns drop out as space gets tight, the least important first: time, owner, files, mode, size.
//! The mark and the name always stay. In very deep directories only the last guides are drawn, to
//! leave room for the name.

use dockopt_core::comparison::{Change, State};
use dockopt_core::entry::EntryKind;
use dockopt_core::path::{escape, escape_text};
use dockopt_core::quantity::{count, plural, size};
use dockopt_core::table::{cut, left, right};
use dockopt_core::tree::{EntryFacts, NodeId};
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::request::SortOrder;
use super::rows::{Fold, TreeRow};
use super::viewer::TreeView;
use crate::dates::time;
use crate::mode::mode;
use crate::tui::areas::Region;
use crate::tui::draw::canvas::Canvas;
use crate::tui::text::cells;

/// Fewest cells for the name before another column is shown.
const NAME_ROOM: usize = 36;
/// Cells of the bar for a row's share.
const SHARE: usize = 9;
/// Cells of one level of guides.
const GUIDE: usize = 2;

/// A column before the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Mode,
    Owner,
    Size,
    /// A bar of the row's share of its directory, if rows are sorted by bytes.
    Share,
    Files,
    Time,
}

impl Column {
    /// All columns, from left to right.
    const ALL: [Self; 6] = [Self::Mode, Self::Owner, Self::Size, Self::Share, Self::Files, Self::Time];
    /// All columns, the most important first.
    const BY_NEED: [Self; 6] = [Self::Size, Self::Share, Self::Mode, Self::Files, Self::Owner, Self::Time];

    fn width(self) -> usize {
        match self {
            Self::Mode => 11,
            Self::Owner => 12,
            Self::Size => 10,
            Self::Share => SHARE + 1,
            Self::Files => 8,
            Self::Time => 18,
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Mode => "mode       ",
            Self::Owner => "       owner",
            Self::Size => "      size",
            Self::Share => " share    ",
            Self::Files => "   files",
            Self::Time => "  modified        ",
        }
    }
}

/// Returns the columns for a pane of `width` cells; that of shares only if rows are sorted by
/// bytes.
fn columns(width: usize, attributes: bool, sort: SortOrder) -> Vec<Column> {
    let mut left = width.saturating_sub(NAME_ROOM);
    let mut chosen = Vec::new();
    for column in Column::BY_NEED {
        let is_wanted = match column {
            Column::Size => true,
            Column::Share => sort != SortOrder::Name,
            _ => attributes,
        };
        if !is_wanted {
            continue;
        }
        if column.width() > left {
            break;
        }
        left -= column.width();
        chosen.push(column);
    }
    Column::ALL.into_iter().filter(|column| chosen.contains(column)).collect()
}

impl Canvas<'_, '_> {
    pub(crate) fn tree(&mut self) {
        let app = self.app;
        let title = self.title(Region::Main, "Tree", &self.tree_title());
        let Some(area) = self.pane(Region::Main, title) else { return };
        let Some(view) = &app.tree.view else { return self.no_tree(area) };
        let columns = columns(usize::from(area.width), app.tree.attributes, view.sort);
        let has_heading = app.has_tree_heading();
        let heading = usize::from(has_heading);
        if has_heading {
            let names: String = columns.iter().map(|column| column.heading()).collect();
            self.line(area, 0, &Line::styled(format!("  {names} name"), app.theme.heading));
        }
        let height = usize::from(area.height) - heading;
        if view.rows.is_empty() {
            let text = match (&app.tree.filter, app.loading.is_some()) {
                (Some(_), _) => "nothing matches the filter (re:REGEX for a regular expression)",
                (None, true) => "nothing to show yet",
                (None, false) => "nothing to show",
            };
            self.line(area, heading, &Line::styled(text, app.theme.dim));
        }
        for (line, row) in view.rows.iter().skip(app.tree.list.top).take(height).enumerate() {
            let drawn = self.tree_row(view, *row, &columns, usize::from(area.width));
            self.line(area, line + heading, &drawn);
            if app.tree.list.top + line == app.tree.list.cursor {
                self.style_row(area, line + heading, self.selected(Region::Main));
            }
        }
        let cut = u16::from(has_heading);
        let list = Rect { y: area.y + cut, height: area.height - cut, ..area };
        self.scroll_mark(list, app.tree.list.top, view.rows.len());
    }

    fn tree_title(&self) -> String {
        let app = self.app;
        let mut words = vec![app.range_words()];
        if let (Some(_), Some(view)) = (&app.tree.filter, &app.tree.view) {
            let matched = view.matches.as_ref().map_or(0, |matches| matches.count());
            let text = cut(&escape_text(&app.tree.filter_text), 24);
            words.push(format!("{} match `{text}`", count(matched as u64)));
        }
        if let Some(view) = &app.tree.view {
            let totals = view.comparison.totals(&view.subject.tree, NodeId::ROOT);
            words.push(if view.changes_only {
                format!("{} changed", size(totals.changed_bytes))
            } else {
                format!("{} in {}", size(totals.bytes), plural(totals.files, "file"))
            });
        }
        if app.tree.sort != SortOrder::Name {
            words.push(format!("by {}", app.tree.sort.word()));
        }
        let hidden: Vec<&str> = [
            (Change::Added, "+"),
            (Change::Modified, "~"),
            (Change::Removed, "-"),
            (Change::Unmodified, "unmodified"),
        ]
        .into_iter()
        .filter_map(|(change, word)| app.tree.hidden.hides(change).then_some(word))
        .collect();
        if !hidden.is_empty() {
            words.push(format!("without {}", hidden.join(" ")));
        }
        if app.tree.is_behind() {
            words.push("…".to_owned());
        }
        words.join(", ")
    }

    fn tree_row(&self, view: &TreeView, row: TreeRow, columns: &[Column], width: usize) -> Line<'static> {
        let tree = &view.subject.tree;
        let state = view.comparison.state(row.node);
        let facts = view.comparison.entry(tree, row.node).and_then(|entry| tree.entry(entry));
        let style = self.row_style(view, row, state);
        let mut spans = vec![Span::styled(format!("{} ", mark(state)), style)];
        for column in columns {
            spans.push(self.cell(view, row, *column, facts.as_ref()));
        }
        let used: usize = 3 + columns.iter().map(|column| column.width()).sum::<usize>();
        spans.push(Span::styled(
            format!(" {}", guides(view, row, width.saturating_sub(used) / 2)),
            self.app.theme.dim,
        ));
        spans.extend(self.name(view, row, facts.as_ref(), style));
        Line::from(spans)
    }

    fn row_style(&self, view: &TreeView, row: TreeRow, state: State) -> Style {
        let theme = &self.app.theme;
        let on_the_way = view.matches.as_ref().is_some_and(|matches| !matches.own.contains(row.node));
        if on_the_way {
            return theme.dim;
        }
        match state {
            State::Absent | State::Shown(Change::Unmodified) => theme.unmodified,
            State::Ghost => theme.ghost,
            State::Shown(Change::Added) => theme.added,
            State::Shown(Change::Modified) => theme.modified,
            State::Shown(Change::Removed) => theme.removed,
        }
    }

    fn cell(
        &self,
        view: &TreeView,
        row: TreeRow,
        column: Column,
        facts: Option<&EntryFacts<'_>>,
    ) -> Span<'static> {
        let theme = &self.app.theme;
        let is_directory = facts.is_none_or(|facts| facts.metadata.kind == EntryKind::Directory);
        let text = match (column, facts) {
            (Column::Size, _) => right(&size(view.shown_bytes(row.node)), 10),
            (Column::Share, _) => {
                let (bytes, directory) = view.share(row);
                format!(" {}", left(&"█".repeat(cells(bytes, directory, SHARE)), SHARE))
            }
            (Column::Files, _) if is_directory => {
                right(&count(view.comparison.totals(&view.subject.tree, row.node).files), 8)
            }
            (Column::Mode, Some(facts)) => left(&mode(facts.metadata.kind, facts.metadata.mode), 11),
            // A directory that no layer lists.
            (Column::Mode, None) => left("d?????????", 11),
            (Column::Owner, Some(facts)) => {
                right(&format!("{}:{}", facts.metadata.uid, facts.metadata.gid), 12)
            }
            (Column::Time, Some(facts)) => format!("  {}", left(&time(facts.metadata.modified), 16)),
            _ => " ".repeat(column.width()),
        };
        let style = match column {
            Column::Size => theme.base,
            Column::Share => theme.live,
            _ => theme.dim,
        };
        Span::styled(cut(&text, column.width()), style)
    }

    fn name(
        &self,
        view: &TreeView,
        row: TreeRow,
        facts: Option<&EntryFacts<'_>>,
        style: Style,
    ) -> Vec<Span<'static>> {
        let theme = &self.app.theme;
        let name = escape(view.subject.tree.name(row.node));
        let fold = match row.fold {
            Fold::Open => "▾ ",
            Fold::Folded => "▸ ",
            Fold::Leaf => "",
        };
        let kind = facts.map_or(EntryKind::Directory, |facts| facts.metadata.kind);
        let by_kind = match kind {
            EntryKind::Directory => theme.directory,
            EntryKind::Symlink => theme.symlink,
            EntryKind::File if facts.is_some_and(|facts| facts.metadata.mode & 0o111 != 0) => {
                theme.executable
            }
            _ => theme.base,
        };
        let slash = if kind == EntryKind::Directory { "/" } else { "" };
        let mut spans =
            vec![Span::styled(fold, theme.dim), Span::styled(format!("{name}{slash}"), by_kind.patch(style))];
        if let Some(facts) = facts
            && !facts.link.is_empty()
        {
            let arrow = if facts.is_hard_link { " ═ " } else { " → " };
            spans.push(Span::styled(format!("{arrow}{}", escape(facts.link)), theme.dim));
        }
        spans
    }
}

/// Returns the mark of a change, which also works without colours.
pub(crate) fn mark(state: State) -> char {
    match state {
        State::Shown(Change::Added) => '+',
        State::Shown(Change::Modified) => '~',
        State::Shown(Change::Removed) => '-',
        State::Ghost => '×',
        State::Absent | State::Shown(Change::Unmodified) => ' ',
    }
}

/// Returns the guides from a directory to its entries, in at most `room` cells.
fn guides(view: &TreeView, row: TreeRow, room: usize) -> String {
    let levels = usize::from(row.depth).min(room / GUIDE);
    let mut parts = Vec::with_capacity(levels);
    let mut current = Some(row);
    for level in 0..levels {
        let Some(at) = current else { break };
        parts.push(match (level, at.last) {
            (0, true) => "└─",
            (0, false) => "├─",
            (_, true) => "  ",
            (_, false) => "│ ",
        });
        current = view.rows.get(at.parent as usize).copied();
    }
    if usize::from(row.depth) > levels && levels > 0 {
        parts.pop();
        parts.push("… ");
    }
    parts.reverse();
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_drop_out_as_space_gets_tight() {
        let by_name = |width, attributes| columns(width, attributes, SortOrder::Name);
        let all_but_share = [Column::Mode, Column::Owner, Column::Size, Column::Files, Column::Time];
        assert_eq!(by_name(200, true), all_but_share);
        assert_eq!(by_name(80, true), [Column::Mode, Column::Owner, Column::Size, Column::Files]);
        assert_eq!(by_name(60, true), [Column::Mode, Column::Size]);
        assert_eq!(by_name(50, true), [Column::Size]);
        assert_eq!(by_name(20, true), []);
        assert_eq!(by_name(200, false), [Column::Size]);
        let by_size = |width, attributes| columns(width, attributes, SortOrder::Size);
        assert_eq!(by_size(200, true), Column::ALL);
        assert_eq!(by_size(60, false), [Column::Size, Column::Share]);
        assert_eq!(by_size(50, true), [Column::Size]);
        for column in Column::ALL {
            assert_eq!(column.heading().len(), column.width());
        }
    }
}

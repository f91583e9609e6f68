//! Rows for people: names, or one line of attributes for each, as `ls -l` prints them.
//!
//! Names are always escaped, not only on a terminal: a pipe often ends on one. `-0` writes raw
//! names.

use std::io::{self, Write};

use dockopt_core::entry::EntryKind;
use dockopt_core::path::escape;
use dockopt_core::quantity::size;
use dockopt_core::table::{left, right, width};
use dockopt_core::tree::{EntryFacts, Tree};

use super::rows::{Row, device_of};
use super::versions::{Ending, word};
use crate::dates::rfc3339;
use crate::mode::mode;

/// Placeholder for the mode of a directory that no layer lists.
const UNLISTED: &str = "d?????????";
/// Placeholder for a missing attribute.
const NONE: &str = "-";

/// How names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameStyle {
    /// Writes the path with its leading slash instead of the last component.
    pub(crate) full: bool,
    /// Writes `N:PATH`, which other commands accept, for paths outside the final filesystem.
    pub(crate) marks_ghosts: bool,
}

impl NameStyle {
    /// Returns the layer to write as part of the name.
    fn layer(self, row: &Row) -> Option<usize> {
        row.end().filter(|_| self.marks_ghosts).and_then(|_| row.layer())
    }

    /// Returns the part of a path to write.
    pub(crate) fn name(self, path: &[u8]) -> &[u8] {
        let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        if self.full || path.len() == start { path } else { path.get(start..).unwrap_or_default() }
    }

    /// Writes a name and a newline.
    pub(crate) fn write_line(self, out: &mut dyn Write, path: &[u8], row: &Row) -> io::Result<()> {
        match self.layer(row) {
            Some(layer) => writeln!(out, "{layer}:{}", escape(path)),
            None => writeln!(out, "{}", escape(self.name(path))),
        }
    }

    /// Writes the raw bytes of a name and a NUL byte.
    pub(crate) fn write_raw(self, out: &mut dyn Write, path: &[u8], row: &Row) -> io::Result<()> {
        if let Some(layer) = self.layer(row) {
            write!(out, "{layer}:")?;
        }
        out.write_all(path)?;
        out.write_all(b"\0")
    }
}

/// Columns before the name: mode, owner, size, time, layer, and what ended it.
pub(crate) const COLUMNS: usize = 6;

/// Lines of attributes; columns are as wide as the measured rows need.
#[derive(Debug)]
pub(crate) struct LongRows<'t> {
    pub(crate) tree: &'t Tree,
    /// Writes sizes with units instead of in bytes.
    pub(crate) human: bool,
    /// Adds a column for what ended a version.
    pub(crate) endings: bool,
    pub(crate) widths: [usize; COLUMNS],
}

impl LongRows<'_> {
    /// Widens the columns for a row.
    pub(crate) fn measure(&mut self, row: &Row) {
        let cells = self.cells(row);
        for (known, cell) in self.widths.iter_mut().zip(&cells) {
            *known = (*known).max(width(cell));
        }
    }

    pub(crate) fn write(&self, out: &mut dyn Write, name: &[u8], row: &Row) -> io::Result<()> {
        let aligned = [left, right, right, left, right, left];
        for ((cell, width), align) in self.cells(row).iter().zip(self.widths).zip(aligned) {
            if width > 0 {
                write!(out, "{}  ", align(cell, width))?;
            }
        }
        write!(out, "{}", escape(name))?;
        match row.facts(self.tree).filter(|facts| facts.metadata.kind == EntryKind::Symlink) {
            Some(facts) => writeln!(out, " -> {}", escape(facts.link)),
            None => writeln!(out),
        }
    }

    fn cells(&self, row: &Row) -> [String; COLUMNS] {
        let facts = row.facts(self.tree);
        let none = || NONE.to_owned();
        let of = |cell: fn(&EntryFacts<'_>) -> String| facts.as_ref().map_or_else(none, cell);
        [
            facts.as_ref().map_or_else(|| UNLISTED.to_owned(), |facts| mode_of(row, facts)),
            of(|facts| format!("{}:{}", facts.metadata.uid, facts.metadata.gid)),
            self.size(row, facts.as_ref()),
            of(|facts| rfc3339(facts.metadata.modified.seconds).unwrap_or_else(|| "?".to_owned())),
            row.layer().map_or_else(none, |layer| layer.to_string()),
            if self.endings { row.end().map_or_else(none, ending) } else { String::new() },
        ]
    }

    fn size(&self, row: &Row, facts: Option<&EntryFacts<'_>>) -> String {
        match (row.size(self.tree), facts.and_then(device_of)) {
            (Some(bytes), _) if self.human => size(bytes),
            (Some(bytes), _) => bytes.to_string(),
            (None, Some((major, minor))) => format!("{major},{minor}"),
            (None, None) => NONE.to_owned(),
        }
    }
}

/// Formats as `deleted by 7`.
pub(super) fn ending(end: Ending) -> String {
    format!("{} by {}", word(end.what), end.layer)
}

/// Returns the type letter and the permissions; markers have the letter that BSD uses.
fn mode_of(row: &Row, facts: &EntryFacts<'_>) -> String {
    let text = mode(facts.metadata.kind, facts.metadata.mode);
    if row.is_marker() { format!("w{}", text.get(1..).unwrap_or_default()) } else { text }
}

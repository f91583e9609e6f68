//! Text of a file on a screen of rows.
//!
//! The pager moves by rows, and each movement costs what is on the screen. A jump to a part that
//! has not been read (a far line, the end) is a job: [`Pager::step`] reads a few windows at a time,
//! and line numbers stay correct on the way. Without wrapping, a row is a piece of a line and can
//! scroll sideways; with wrapping, a piece fills several rows.

use std::ops::Range;

use super::cells::{self, Match, Painted};
use super::lines::{LineIndex, Piece, Spot};
use super::search::{FileMatch, Highlight};
use super::windows::Windows;
use super::{length, position};

/// Windows that one step reads.
const STEP: usize = 16;

/// Narrowest screen that has line numbers.
const NUMBERED: usize = 20;

/// Most rows and columns of a screen; bounds the memory.
const LARGEST: usize = 2048;

/// Most rows in one movement.
const FARTHEST: usize = 65_536;

/// A screen of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextPage {
    pub(crate) rows: Vec<TextRow>,
    /// Number of the line at the top, from 1; 0 if the file is empty.
    pub(crate) first_line: u64,
    pub(crate) last_line: u64,
    /// Number of lines found so far.
    pub(crate) known: u64,
    /// Whether these are all lines.
    pub(crate) complete: bool,
    /// Offset after the last visible byte.
    pub(crate) end: u64,
    /// Cells at the left of a row for the line number and a space; 0 if there is no room.
    pub(crate) gutter: usize,
    /// Columns scrolled off to the left.
    pub(crate) left: usize,
}

/// A row of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TextRow {
    /// Number of its line, from 1, if the line starts in this row.
    pub(crate) number: Option<u64>,
    /// Offset of its first byte.
    pub(crate) at: u64,
    pub(crate) painted: Painted,
}

/// Target of a jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// A line by its number, from 1.
    Line(u64),
    /// The line that holds the byte at an offset.
    Offset(u64),
    /// The end of the file.
    End,
}

/// The position of the screen in a file, and the lines found so far.
#[derive(Debug)]
pub(crate) struct Pager {
    index: LineIndex,
    top: Spot,
    at: u64,
    columns: usize,
    rows: usize,
    gutter: usize,
    left: usize,
    wrap: bool,
    goal: Option<Goal>,
}

impl Pager {
    /// Creates a pager at the start of a file, on a screen of this many columns and rows.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let mut pager = Self {
            index: LineIndex::default(),
            top: Spot::default(),
            at: 0,
            columns: 1,
            rows: 1,
            gutter: 0,
            left: 0,
            wrap: true,
            goal: None,
        };
        pager.resize(width, height);
        pager
    }

    /// Changes the size of the screen; its first byte stays in the first row.
    pub(crate) fn resize(&mut self, width: usize, height: usize) {
        self.columns = width.clamp(1, LARGEST);
        self.rows = height.clamp(1, LARGEST);
        self.measure();
    }

    /// Switches between wrapping long lines and scrolling sideways.
    pub(crate) fn set_wrap(&mut self, wrap: bool) {
        self.wrap = wrap;
        self.left = 0;
    }

    /// Returns the index of lines.
    pub(crate) fn index(&mut self) -> &mut LineIndex {
        &mut self.index
    }

    /// Returns the number of bytes in the index of lines.
    pub(crate) fn reached(&self) -> u64 {
        self.index.reached()
    }

    /// Returns the offset of the first byte on the screen.
    pub(crate) fn top(&self) -> u64 {
        self.at
    }

    /// Scrolls sideways by columns, as far as a line can reach.
    pub(crate) fn shift(&mut self, columns: isize, windows: &Windows) {
        // The widest form of a byte, an escape, takes four cells; a tab takes eight.
        let widest = windows.window_length() / 16 * 8;
        self.left = if self.wrap { 0 } else { self.left.saturating_add_signed(columns).min(widest) };
    }

    /// Scrolls by rows, down or up, within the file (at most [`FARTHEST`] rows at once).
    pub(crate) fn scroll(&mut self, windows: &mut Windows, rows: isize) -> Result<(), String> {
        self.goal = None;
        self.measure();
        let count = rows.unsigned_abs().min(FARTHEST);
        if rows < 0 {
            return self.up(windows, count);
        }
        self.down(windows, count)?;
        self.settle(windows).map(|_| ())
    }

    /// Starts a jump, which [`Pager::step`] carries out.
    pub(crate) fn go(&mut self, goal: Goal) {
        self.goal = Some(goal);
    }

    /// Cancels a jump.
    pub(crate) fn cancel(&mut self) {
        self.goal = None;
    }

    /// Returns whether a jump is in progress.
    pub(crate) fn is_on_the_way(&self) -> bool {
        self.goal.is_some()
    }

    /// Reads a few windows of a jump; `true` if there are more to read.
    pub(crate) fn step(&mut self, windows: &mut Windows) -> Result<bool, String> {
        for _ in 0..STEP {
            let Some(goal) = self.goal else {
                return Ok(false);
            };
            if self.arrive(windows, goal)? {
                self.goal = None;
            } else {
                self.index.extend(windows)?;
            }
        }
        Ok(self.goal.is_some())
    }

    /// Scrolls a match onto the screen; the search has read everything before it.
    pub(crate) fn reveal(&mut self, windows: &mut Windows, found: &FileMatch) -> Result<(), String> {
        self.goal = None;
        self.measure();
        let offset = found.bytes.start;
        let end = self.page(windows)?.last().map_or(0, ShownPiece::end);
        if !(self.at..end).contains(&offset) {
            self.stand_at(windows, offset)?;
            self.up(windows, self.rows / 3)?;
            self.settle(windows)?;
        }
        self.reveal_column(windows, offset)
    }

    /// Returns the rows on the screen, with matches marked. Reads no more than they show.
    pub(crate) fn lines(
        &mut self,
        windows: &mut Windows,
        highlight: Highlight<'_>,
    ) -> Result<TextPage, String> {
        self.measure();
        let page = self.settle(windows)?;
        let mut rows = Vec::new();
        for shown in &page {
            let matches = highlight.within(windows, &shown.piece)?;
            rows.extend(shown.rows.iter().map(|range| self.row(&shown.piece, range, &matches)));
        }
        let (known, complete) = self.index.lines(windows.size());
        let number = |shown: Option<&ShownPiece>| shown.map_or(0, |shown| shown.piece.spot.line + 1);
        Ok(TextPage {
            rows,
            first_line: number(page.first()),
            last_line: number(page.last()),
            known,
            complete,
            end: page.last().map_or(0, ShownPiece::end),
            gutter: self.gutter,
            left: self.left,
        })
    }

    /// Sizes the gutter for the numbers of the lines found so far and of those on the next screen.
    fn measure(&mut self) {
        let (known, _) = self.index.lines(u64::MAX);
        let digits = (known + length(self.rows)).to_string().len().max(3);
        self.gutter = if self.columns < NUMBERED { 0 } else { digits + 1 };
    }

    fn text_width(&self) -> usize {
        self.columns.saturating_sub(self.gutter).max(1)
    }

    /// Returns the rows of a piece, as ranges of its bytes.
    fn rows_of(&self, piece: &Piece) -> Vec<Range<usize>> {
        if self.wrap {
            cells::wrap(&piece.bytes, self.text_width())
        } else {
            std::iter::once(0..piece.bytes.len()).collect()
        }
    }

    fn row(&self, piece: &Piece, range: &Range<usize>, matches: &[Match]) -> TextRow {
        let spot = piece.spot;
        let is_start = spot.start == spot.line_start && range.start == 0;
        let painted = if self.wrap {
            let inside = matches.iter().filter_map(|found| found.within(range));
            let bytes = piece.bytes.get(range.clone()).unwrap_or_default();
            let painted = cells::paint(bytes, 0..self.text_width(), &inside.collect::<Vec<_>>());
            Painted { clipped: false, ..painted }
        } else {
            cells::paint(&piece.bytes, self.left..self.left + self.text_width(), matches)
        };
        TextRow { number: is_start.then_some(spot.line + 1), at: spot.start + length(range.start), painted }
    }

    /// Returns the pieces on the screen.
    fn page(&mut self, windows: &mut Windows) -> Result<Vec<ShownPiece>, String> {
        let mut page: Vec<ShownPiece> = Vec::new();
        let mut free = self.rows;
        let mut next = Some(self.top);
        while let Some(spot) = next.filter(|_| free > 0) {
            let Some(piece) = spot.read(windows)? else { break };
            let mut rows = self.rows_of(&piece);
            if page.is_empty() {
                rows.drain(..self.current_row(&piece, &rows));
            }
            rows.truncate(free);
            free -= rows.len();
            next = piece.next;
            page.push(ShownPiece { piece, rows });
        }
        self.at = page.first().map_or(self.at, ShownPiece::start);
        self.index.cover(windows, page.last().map_or(0, ShownPiece::end))?;
        Ok(page)
    }

    /// Returns the index of the row of the top piece that is first on the screen.
    fn current_row(&self, piece: &Piece, rows: &[Range<usize>]) -> usize {
        let inside = position(self.at.saturating_sub(piece.spot.start));
        rows.partition_point(|row| row.start <= inside).saturating_sub(1)
    }

    /// Scrolls up until the screen is full, if there are rows above, and returns its pieces.
    fn settle(&mut self, windows: &mut Windows) -> Result<Vec<ShownPiece>, String> {
        let page = self.page(windows)?;
        let free = self.rows - page.iter().map(|shown| shown.rows.len()).sum::<usize>();
        if free == 0 || self.at == 0 {
            return Ok(page);
        }
        self.up(windows, free)?;
        self.page(windows)
    }

    fn down(&mut self, windows: &mut Windows, mut count: usize) -> Result<(), String> {
        while let Some(piece) = self.top.read(windows)? {
            let rows = self.rows_of(&piece);
            let wanted = self.current_row(&piece, &rows) + count;
            let within = rows.get(wanted).or(rows.last().filter(|_| piece.next.is_none()));
            if let Some(row) = within {
                self.at = piece.spot.start + length(row.start);
                break;
            }
            count = wanted - rows.len();
            if let Some(next) = piece.next {
                self.index.cover(windows, next.start)?;
                (self.top, self.at) = (next, next.start);
            }
        }
        Ok(())
    }

    fn up(&mut self, windows: &mut Windows, mut count: usize) -> Result<(), String> {
        while let Some(piece) = self.top.read(windows)? {
            let rows = self.rows_of(&piece);
            let current = self.current_row(&piece, &rows);
            let before = if count > current { self.index.before(windows, self.top)? } else { None };
            let Some(before) = before else {
                let row = rows.get(current.saturating_sub(count));
                self.at = piece.spot.start + length(row.map_or(0, |row| row.start));
                break;
            };
            count -= current + 1;
            // The last row of the previous piece: it holds the byte before this piece.
            (self.top, self.at) = (before, piece.spot.start - 1);
        }
        Ok(())
    }

    /// Moves to the row of a byte that has been read.
    fn stand_at(&mut self, windows: &mut Windows, offset: u64) -> Result<(), String> {
        let place = self.index.locate(windows, offset)?;
        self.top = Spot::within(windows, place, offset)?;
        self.at = offset;
        self.up(windows, 0)
    }

    fn arrive(&mut self, windows: &mut Windows, goal: Goal) -> Result<bool, String> {
        let (known, complete) = self.index.lines(windows.size());
        match goal {
            Goal::Line(line) if line <= known => {
                let start = self.index.start_of(windows, line.saturating_sub(1))?.unwrap_or(0);
                self.stand_at(windows, start)?;
            }
            Goal::Offset(offset) if offset < self.index.reached() => self.stand_at(windows, offset)?,
            _ if complete => {
                self.top = self.index.last(windows)?.unwrap_or_default();
                self.at = windows.size().saturating_sub(1);
                self.up(windows, 0)?;
            }
            _ => return Ok(false),
        }
        self.measure();
        self.settle(windows).map(|_| true)
    }

    fn reveal_column(&mut self, windows: &mut Windows, offset: u64) -> Result<(), String> {
        if self.wrap {
            return Ok(());
        }
        let place = self.index.locate(windows, offset)?;
        if let Some(piece) = Spot::within(windows, place, offset)?.read(windows)? {
            let column = cells::column_of(&piece.bytes, position(offset - piece.spot.start));
            if !(self.left..self.left + self.text_width()).contains(&column) {
                self.left = column.saturating_sub(self.text_width() / 3);
            }
        }
        Ok(())
    }
}

/// A piece with its rows on the screen.
struct ShownPiece {
    piece: Piece,
    rows: Vec<Range<usize>>,
}

impl ShownPiece {
    /// Returns the offset of the first visible byte.
    fn start(&self) -> u64 {
        self.piece.spot.start + length(self.rows.first().map_or(0, |row| row.start))
    }

    /// Returns the offset after the last visible byte, line end included if the line ends there.
    fn end(&self) -> u64 {
        let bytes = self.rows.last().map_or(0, |row| row.end);
        let start = self.piece.spot.start;
        if bytes < self.piece.bytes.len() { start + length(bytes) } else { self.piece.end }
    }
}

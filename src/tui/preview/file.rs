//! One previewed file: the visible part, the display mode, and work in progress.

use std::ops::Range;

use dockopt_advice::evidence::kind::{self, Form};
use dockopt_core::quantity::count;

use super::Bytes;
use super::difference::{Comparing, Difference, DifferenceRow, TextDifference};
use super::hex::{Hex, HexRows};
use super::pager::{Goal, Pager, TextPage};
use super::pattern::Pattern;
use super::search::{Direction, FileMatch, FileSearch, Highlight, Searching};
use super::windows::Windows;
use crate::tui::list::Step;

/// Most columns that a difference can scroll sideways.
const FARTHEST_RIGHT: usize = 100_000;

/// Content of the screen.
#[derive(Clone, Debug)]
pub(crate) enum PreviewPage {
    Text(TextPage),
    Hex(HexRows),
    /// The difference between two versions.
    Difference(DifferencePage),
    /// Why there is nothing to show; escaped.
    Failed(String),
}

/// The visible part of a difference.
#[derive(Clone, Debug)]
pub(crate) struct DifferencePage {
    pub(crate) rows: Vec<DifferenceRow>,
    /// Digits of the largest line number.
    pub(crate) digits: usize,
    /// The first visible row, and the number of rows.
    pub(crate) top: usize,
    pub(crate) count: usize,
}

/// Two versions, before and after the comparison.
enum Versions {
    Comparing(Comparing),
    Compared(Difference),
}

/// An open file.
pub(crate) struct PreviewFile {
    /// The compared versions; `None` if the preview shows one file.
    versions: Option<Versions>,
    /// The first visible row of the difference, and the columns left of the screen.
    top: usize,
    left: usize,
    width: usize,
    height: usize,
    windows: Windows,
    pager: Pager,
    hex: Hex,
    /// Whether bytes are shown in hexadecimal.
    as_hex: bool,
    pattern: Option<Pattern>,
    found: Option<FileMatch>,
    search: Option<FileSearch>,
    /// The visible bytes.
    shown: Range<u64>,
    /// Kind of the file, as text.
    summary: String,
    note: Option<String>,
    error: Option<String>,
}

/// An empty file, for previews that show an error.
struct Nothing;

impl Bytes for Nothing {
    fn size(&self) -> u64 {
        0
    }

    fn read_at(&mut self, _offset: u64, _buffer: &mut [u8]) -> Result<usize, String> {
        Ok(0)
    }
}

impl PreviewFile {
    /// Opens a file on a screen of `width` columns and `height` rows.
    pub(crate) fn open(content: impl Bytes + 'static, width: usize, height: usize) -> Self {
        let mut file = Self::of(content, width, height);
        file.recognise();
        file
    }

    /// Opens the comparison of two versions of a file.
    pub(crate) fn compare(
        older: impl Bytes + 'static,
        newer: impl Bytes + 'static,
        width: usize,
        height: usize,
    ) -> Self {
        let comparing = Comparing::new(Windows::new(older), Windows::new(newer));
        Self { versions: Some(Versions::Comparing(comparing)), ..Self::of(Nothing, width, height) }
    }

    /// Creates a preview that shows an error.
    pub(crate) fn failed(error: String, width: usize, height: usize) -> Self {
        Self { error: Some(error), ..Self::of(Nothing, width, height) }
    }

    fn of(content: impl Bytes + 'static, width: usize, height: usize) -> Self {
        Self {
            versions: None,
            top: 0,
            left: 0,
            width,
            height,
            windows: Windows::new(content),
            pager: Pager::new(width, height),
            hex: Hex::new(width, height),
            as_hex: false,
            pattern: None,
            found: None,
            search: None,
            shown: 0..0,
            summary: String::new(),
            note: None,
            error: None,
        }
    }

    fn recognise(&mut self) {
        match kind::recognise(&mut self.windows) {
            Ok(kind) => {
                self.as_hex = kind.form == Form::Binary;
                self.summary = kind.summary;
            }
            Err(error) => self.error = Some(error),
        }
    }

    pub(crate) fn summary(&self) -> &str {
        &self.summary
    }

    pub(crate) fn size(&self) -> u64 {
        self.windows.size()
    }

    pub(crate) fn take_note(&mut self) -> Option<String> {
        self.note.take()
    }

    pub(crate) fn resize(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.pager.resize(width, height);
        self.hex.resize(width, height);
    }

    /// Returns whether bytes are shown in hexadecimal.
    pub(crate) fn is_hex(&self) -> bool {
        self.as_hex
    }

    pub(crate) fn set_wrap(&mut self, wrap: bool) {
        self.pager.set_wrap(wrap);
    }

    /// Switches between text and hexadecimal, at the same position in the file.
    pub(crate) fn set_hex(&mut self, as_hex: bool) {
        if as_hex && !self.as_hex {
            self.pager.cancel();
            self.hex.go(self.windows.size(), self.pager.top());
        } else if !as_hex && self.as_hex {
            self.pager.go(Goal::Offset(self.hex.top()));
        }
        self.as_hex = as_hex;
    }

    /// Returns the offset of the first byte on the screen.
    fn place(&self) -> u64 {
        if self.as_hex { self.hex.top() } else { self.pager.top() }
    }

    pub(crate) fn step(&mut self, step: Step) {
        self.search = None;
        if let Some(versions) = &self.versions {
            let count = versions.rows();
            self.top = step.from(self.top, count.saturating_sub(self.height) + 1);
            return;
        }
        let size = self.windows.size();
        if self.as_hex {
            return match step {
                Step::Up(rows) => self.hex.scroll(size, -signed(rows)),
                Step::Down(rows) => self.hex.scroll(size, signed(rows)),
                Step::First => self.hex.go(size, 0),
                Step::Last => self.hex.go(size, size),
            };
        }
        let moved = match step {
            Step::Up(rows) => self.pager.scroll(&mut self.windows, -signed(rows)),
            Step::Down(rows) => self.pager.scroll(&mut self.windows, signed(rows)),
            Step::First => {
                self.pager.go(Goal::Line(1));
                Ok(())
            }
            Step::Last => {
                self.pager.go(Goal::End);
                Ok(())
            }
        };
        self.error = moved.err().or(self.error.take());
    }

    pub(crate) fn shift(&mut self, columns: isize) {
        if self.versions.is_some() {
            self.left = self.left.saturating_add_signed(columns).min(FARTHEST_RIGHT);
        }
        self.pager.shift(columns, &self.windows);
    }

    /// Searches for a text, starting at the screen.
    pub(crate) fn search(&mut self, text: &str) {
        if self.versions.is_some() {
            self.note = Some("a difference cannot be searched; n and N go from part to part".to_owned());
            return;
        }
        match Pattern::parse(text) {
            Ok(pattern) => {
                self.found = None;
                self.pattern = Some(pattern);
                self.search_again(Direction::Forward);
            }
            Err(error) => self.note = Some(error),
        }
    }

    /// Searches on from the last match, or from the screen if that match is no longer visible.
    pub(crate) fn search_again(&mut self, direction: Direction) {
        if let Some(versions) = &self.versions {
            match versions.part(self.top, direction == Direction::Forward) {
                Some(part) => self.top = part,
                None => self.note = Some("no further difference".to_owned()),
            }
            return;
        }
        let Some(pattern) = self.pattern.clone() else {
            self.note = Some("nothing to go to: search first".to_owned());
            return;
        };
        let found = self.found.as_ref().filter(|found| self.shown.contains(&found.bytes.start));
        let origin = match (found, direction) {
            (None, _) => self.place(),
            (Some(found), Direction::Forward) => found.bytes.end,
            (Some(found), Direction::Backward) => found.bytes.start,
        };
        self.pager.cancel();
        self.search = Some(FileSearch::new(pattern, direction, origin));
    }

    /// Continues a search or a long jump; returns whether there is more to do.
    pub(crate) fn work(&mut self) -> bool {
        if self.error.is_some() {
            return false;
        }
        let more = match (&mut self.versions, self.search.take()) {
            (Some(versions), _) => versions.step(),
            (None, Some(search)) => self.search_on(search),
            (None, None) => self.pager.step(&mut self.windows),
        };
        match more {
            Ok(more) => more,
            Err(error) => {
                self.error = Some(error);
                false
            }
        }
    }

    fn search_on(&mut self, mut search: FileSearch) -> Result<bool, String> {
        // Bytes have no lines: a search in hexadecimal need not read what precedes it.
        let index = (!self.as_hex).then(|| self.pager.index());
        match search.step(&mut self.windows, index)? {
            Searching::Going => {
                self.search = Some(search);
                return Ok(true);
            }
            Searching::Nowhere => {
                self.found = None;
                self.note = Some("not found in this file".to_owned());
            }
            Searching::Found(found) => {
                let around = if found.wrapped { ", around the end" } else { "" };
                if let Some(line) = &found.line {
                    self.note = Some(format!("found in line {}{around}", count(line.number)));
                    self.pager.reveal(&mut self.windows, &found)?;
                } else {
                    self.note = Some(format!("found at {:#x}{around}", found.bytes.start));
                    self.hex.reveal(self.windows.size(), found.bytes.start);
                }
                self.found = Some(found);
            }
        }
        Ok(false)
    }

    /// Returns the work in progress, as text.
    pub(crate) fn busy(&self) -> Option<String> {
        if let Some(Versions::Comparing(comparing)) = &self.versions {
            return Some(format!("comparing, {}", dockopt_core::quantity::size(comparing.compared())));
        }
        let size = self.windows.size().max(1);
        let percent = |bytes: u64| u128::from(bytes) * 100 / u128::from(size);
        match &self.search {
            Some(search) => Some(format!("searching, {} %", percent(search.searched(size)))),
            None if self.pager.is_on_the_way() => {
                Some(format!("reading, {} %", percent(self.pager.reached())))
            }
            None => None,
        }
    }

    /// Returns the content of the screen.
    pub(crate) fn page(&mut self) -> PreviewPage {
        if let Some(error) = &self.error {
            return PreviewPage::Failed(error.clone());
        }
        if let Some(versions) = &self.versions {
            if let Versions::Compared(difference) = versions {
                self.summary = difference.summary();
            }
            return PreviewPage::Difference(versions.page(self.top, self.left, (self.width, self.height)));
        }
        let page = self.rows();
        self.shown = self.place()..match &page {
            Ok(PreviewPage::Text(lines)) => lines.end,
            Ok(PreviewPage::Hex(rows)) => rows.end,
            _ => self.place(),
        };
        page.unwrap_or_else(|error| {
            self.error = Some(error.clone());
            PreviewPage::Failed(error)
        })
    }

    /// Returns the rows of the open file.
    fn rows(&mut self) -> Result<PreviewPage, String> {
        if self.as_hex {
            let found = self.found.as_ref().map_or(0..0, |found| found.bytes.clone());
            return self.hex.rows(&mut self.windows, &found).map(PreviewPage::Hex);
        }
        let highlight = Highlight { pattern: self.pattern.as_ref(), found: self.found.as_ref() };
        self.pager.lines(&mut self.windows, highlight).map(PreviewPage::Text)
    }
}

impl Versions {
    /// Compares a few windows; returns whether there is more to do.
    fn step(&mut self) -> Result<bool, String> {
        let Self::Comparing(comparing) = self else { return Ok(false) };
        match comparing.step()? {
            Some(difference) => {
                *self = Self::Compared(difference);
                Ok(false)
            }
            None => Ok(true),
        }
    }

    fn rows(&self) -> usize {
        match self {
            Self::Comparing(_) => 0,
            Self::Compared(difference) => difference.text().map_or(0, TextDifference::len),
        }
    }

    /// Returns the row of the next or previous part.
    fn part(&self, row: usize, forward: bool) -> Option<usize> {
        match self {
            Self::Compared(Difference::Text(text)) => text.part(row, forward),
            Self::Comparing(_) | Self::Compared(_) => None,
        }
    }

    /// Returns rows from `top` on, with `left` columns scrolled off a screen of this size.
    fn page(&self, top: usize, left: usize, (width, height): (usize, usize)) -> DifferencePage {
        let Self::Compared(Difference::Text(text)) = self else {
            return DifferencePage { rows: Vec::new(), digits: 0, top: 0, count: 0 };
        };
        let digits = text.digits().max(3);
        // Two numbers and a mark, with a blank after each.
        let room = width.saturating_sub(2 * (digits + 1) + 2);
        let count = text.len();
        let top = top.min(count.saturating_sub(height));
        let rows = text.rows(top..(top + height).min(count), &(left..left + room));
        DifferencePage { rows, digits, top, count }
    }
}

fn signed(rows: usize) -> isize {
    isize::try_from(rows).unwrap_or(isize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::preview::testing::{Endless, Plain, numbered};

    fn open(text: &str) -> PreviewFile {
        PreviewFile::open(Plain(text.as_bytes().to_vec()), 40, 10)
    }

    /// Finishes the work and returns the rows on the screen.
    fn see(file: &mut PreviewFile) -> Vec<String> {
        while file.work() {}
        match file.page() {
            PreviewPage::Text(lines) => lines.rows.into_iter().map(|row| row.painted.text).collect(),
            PreviewPage::Hex(rows) => rows.rows.into_iter().map(|row| row.letters).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// Returns the number of the line with the current match.
    fn current(file: &mut PreviewFile) -> Option<u64> {
        let PreviewPage::Text(lines) = file.page() else { panic!("text") };
        let is_current =
            |row: &&super::super::pager::TextRow| row.painted.matches.iter().any(|found| found.current);
        lines.rows.iter().find(is_current).and_then(|row| row.number)
    }

    #[test]
    fn scrolling_keeps_the_screen_full() {
        let mut file = open(&numbered(100));
        for (step, first) in [
            (Step::Down(3), "line 4"),
            (Step::Up(1), "line 3"),
            (Step::Last, "line 91"),
            (Step::Down(5), "line 91"),
            (Step::Up(20), "line 71"),
            (Step::First, "line 1"),
            (Step::Up(usize::MAX), "line 1"),
            (Step::Down(usize::MAX), "line 91"),
        ] {
            file.step(step);
            let rows = see(&mut file);
            assert_eq!((rows[0].as_str(), rows.len()), (first, 10), "{step:?}");
        }
    }

    #[test]
    fn search_visits_every_match_and_wraps_around() {
        let mut file = open(&numbered(100));
        see(&mut file);
        file.search("re:^line .7$");
        let mut found = vec![];
        for direction in [Direction::Forward, Direction::Backward, Direction::Backward, Direction::Forward] {
            see(&mut file);
            found.push((current(&mut file), file.take_note()));
            file.search_again(direction);
        }
        see(&mut file);
        found.push((current(&mut file), file.take_note()));
        let note = |line: u64, around| (Some(line), Some(format!("found in line {line}{around}")));
        let expected = [
            note(17, ""),
            note(27, ""),
            note(17, ""),
            note(97, ", around the end"),
            note(17, ", around the end"),
        ];
        assert_eq!(found, expected);
        for (text, said) in [("Line", "not found in this file"), ("re:(", "unclosed group")] {
            file.search(text);
            see(&mut file);
            assert_eq!(file.take_note().as_deref(), Some(said));
        }
    }

    #[test]
    fn search_continues_from_the_screen() {
        let mut file = open(&numbered(1000));
        file.search("line 3");
        see(&mut file);
        file.step(Step::Down(500));
        see(&mut file);
        file.search_again(Direction::Backward);
        see(&mut file);
        assert_eq!(current(&mut file), Some(399));
    }

    #[test]
    fn hex_and_text_show_the_same_place_and_matches() {
        let mut file = open(&numbered(1000));
        file.step(Step::Down(499));
        see(&mut file);
        file.set_hex(true);
        // Lines 1 to 499 have 4,383 bytes, and the row that holds the next byte starts at 4,376.
        assert_eq!(see(&mut file)[0], "ne 499.l");
        file.search("line 700");
        see(&mut file);
        assert_eq!(file.take_note().as_deref(), Some("found at 0x1827"));
        let PreviewPage::Hex(rows) = file.page() else { panic!("bytes") };
        assert!(rows.rows.iter().any(|row| !row.found.is_empty()), "{rows:?}");
        file.set_hex(false);
        assert!(see(&mut file).contains(&"line 700".to_owned()));
        assert_eq!(current(&mut file), Some(700));
    }

    #[test]
    fn movement_cancels_slow_work() {
        let (endless, reads) = Endless::new(10_000_000_000);
        let mut file = PreviewFile::open(endless, 40, 10);
        file.page();
        let jobs: [fn(&mut PreviewFile); 2] = [|file| file.step(Step::Last), |file| file.search("nowhere")];
        for job in jobs {
            job(&mut file);
            assert!(file.work(), "there is more to do");
            assert!(file.busy().is_some_and(|busy| busy.ends_with(", 0 %")), "{:?}", file.busy());
            file.step(Step::Down(0));
            assert_eq!((file.work(), file.busy()), (false, None));
            assert_eq!(see(&mut file)[0], "000000000000000", "the screen has not moved");
        }
        assert!(reads.bytes() < 10 << 20, "{}", reads.bytes());
    }

    #[test]
    fn error_is_shown_and_ends_the_work() {
        struct Broken;
        impl Bytes for Broken {
            fn size(&self) -> u64 {
                1 << 30
            }
            fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, String> {
                buffer.fill(b'\n');
                if offset > 5 << 20 { Err("the layer is damaged".to_owned()) } else { Ok(buffer.len()) }
            }
        }
        let mut file = PreviewFile::open(Broken, 40, 10);
        file.step(Step::Last);
        while file.work() {}
        assert!(matches!(file.page(), PreviewPage::Failed(error) if error == "the layer is damaged"));
        assert!(!file.work());
    }
}

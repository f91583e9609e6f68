//! Tests the pager against a model that holds the whole file in memory: all its lines, pieces and
//! rows.

use std::ops::Range;

use proptest::prelude::*;

use super::cells;
use super::lines::LineIndex;
use super::pager::{Goal, Pager, TextPage};
use super::search::Highlight;
use super::testing::{Endless, Plain, cases, content, lines_of};
use super::windows::Windows;

/// Bytes of a window and of a piece here.
const WINDOW: usize = 64;
const PIECE: usize = WINDOW / 16;

/// A row of the model: the number of its line if that starts here, its offset, its text.
type PlainRow = (Option<u64>, u64, String);

struct Model {
    bytes: Vec<u8>,
    width: usize,
    height: usize,
    wrap: bool,
    at: u64,
}

impl Model {
    fn rows(&self) -> Vec<PlainRow> {
        let mut rows = Vec::new();
        for (nth, (start, line)) in lines_of(&self.bytes).into_iter().enumerate() {
            for piece in pieces(line) {
                let text = &line[piece.clone()];
                let whole = 0..text.len();
                let parts =
                    if self.wrap { cells::wrap(text, self.width) } else { std::iter::once(whole).collect() };
                for part in parts {
                    let at = piece.start + part.start;
                    let number = (at == 0).then_some(nth as u64 + 1);
                    let painted = cells::paint(&text[part], 0..self.width, &[]);
                    rows.push((number, (start + at) as u64, painted.text));
                }
            }
        }
        rows
    }

    /// Returns the row of a byte.
    fn row_of(&self, at: u64) -> usize {
        self.rows().partition_point(|row| row.1 <= at).saturating_sub(1)
    }

    /// Scrolls a row to the top, or as far as the screen stays full.
    fn put(&mut self, row: usize) {
        let rows = self.rows();
        let top = row.min(rows.len().saturating_sub(self.height));
        self.at = rows.get(top).map_or(0, |row| row.1);
    }

    fn apply(&mut self, step: &Movement) {
        match *step {
            Movement::Scroll(rows) => self.put(self.row_of(self.at).saturating_add_signed(rows)),
            Movement::Line(line) => {
                let start =
                    self.rows().iter().position(|row| row.0.is_some_and(|number| number >= line.max(1)));
                self.put(start.unwrap_or(usize::MAX));
            }
            Movement::Offset(offset) if offset < self.bytes.len() as u64 => self.put(self.row_of(offset)),
            Movement::Offset(_) | Movement::End => self.put(usize::MAX),
            Movement::Resize(width, height) => (self.width, self.height) = (width, height),
            Movement::Wrap(wrap) => self.wrap = wrap,
        }
        self.put(self.row_of(self.at));
    }

    fn screen(&self) -> Vec<PlainRow> {
        self.rows().into_iter().skip(self.row_of(self.at)).take(self.height).collect()
    }
}

/// Returns the pieces of a line: the characters that start in the same stretch of bytes.
fn pieces(line: &[u8]) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut at = 0;
    for chunk in line.utf8_chunks() {
        starts.extend(chunk.valid().char_indices().map(|(inside, _)| at + inside));
        at += chunk.valid().len();
        starts.extend(at..at + chunk.invalid().len());
        at += chunk.invalid().len();
    }
    let mut pieces = Vec::from([Range { start: 0, end: 0 }]);
    for start in starts {
        if start / PIECE > pieces[pieces.len() - 1].start / PIECE {
            pieces.push(start..start);
        }
        let last = pieces.len() - 1;
        pieces[last].end = start + 1;
    }
    for nth in 0..pieces.len() {
        pieces[nth].end = pieces.get(nth + 1).map_or(line.len(), |next| next.start);
    }
    pieces
}

#[derive(Clone, Debug)]
enum Movement {
    Scroll(isize),
    Line(u64),
    Offset(u64),
    End,
    Resize(usize, usize),
    Wrap(bool),
}

fn step() -> impl Strategy<Value = Movement> {
    prop_oneof![
        4 => (-30_isize..30).prop_map(Movement::Scroll),
        2 => (0_u64..80).prop_map(Movement::Line),
        2 => (0_u64..700).prop_map(Movement::Offset),
        1 => Just(Movement::End),
        // At most 19 columns: there are no line numbers then, whose width depends on the lines
        // read.
        1 => (1_usize..20, 1_usize..12).prop_map(|(width, height)| Movement::Resize(width, height)),
        1 => any::<bool>().prop_map(Movement::Wrap),
    ]
}

fn arrive(pager: &mut Pager, windows: &mut Windows, goal: Goal) {
    pager.go(goal);
    while pager.step(windows).expect("a step") {}
}

fn apply(pager: &mut Pager, windows: &mut Windows, step: &Movement) {
    match *step {
        Movement::Scroll(rows) => pager.scroll(windows, rows).expect("rows"),
        Movement::Line(line) => arrive(pager, windows, Goal::Line(line)),
        Movement::Offset(offset) => arrive(pager, windows, Goal::Offset(offset)),
        Movement::End => arrive(pager, windows, Goal::End),
        Movement::Resize(width, height) => pager.resize(width, height),
        Movement::Wrap(wrap) => pager.set_wrap(wrap),
    }
}

fn show(pager: &mut Pager, windows: &mut Windows) -> TextPage {
    pager.lines(windows, Highlight::default()).expect("lines")
}

fn rows(lines: &TextPage) -> Vec<PlainRow> {
    lines.rows.iter().map(|row| (row.number, row.at, row.painted.text.clone())).collect()
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn screen_matches_the_model_after_every_movement(
        bytes in content(600), steps in proptest::collection::vec(step(), 1..12),
    ) {
        let mut windows = Windows::of_length(Plain(bytes.clone()), WINDOW);
        let mut pager = Pager::new(10, 5);
        let mut model = Model { bytes, width: 10, height: 5, wrap: true, at: 0 };
        for step in &steps {
            apply(&mut pager, &mut windows, step);
            model.apply(step);
            let lines = show(&mut pager, &mut windows);
            prop_assert_eq!(rows(&lines), model.screen(), "after {:?}", step);
            let total = lines_of(&model.bytes).len() as u64;
            prop_assert!(lines.known == total || !lines.complete && lines.known < total);
        }
    }

    #[test]
    fn lines_are_found_by_number_and_bytes_by_offset(bytes in content(600)) {
        let mut windows = Windows::of_length(Plain(bytes.clone()), WINDOW);
        let mut index = LineIndex::default();
        while index.extend(&mut windows).expect("a window") {}
        let lines = lines_of(&bytes);
        prop_assert_eq!(index.lines(bytes.len() as u64), (lines.len() as u64, true));
        for (nth, (start, line)) in lines.iter().enumerate() {
            let found = index.start_of(&mut windows, nth as u64).expect("a line");
            prop_assert_eq!(found, Some(*start as u64));
            let place = index.locate(&mut windows, (start + line.len() / 2) as u64).expect("a place");
            prop_assert_eq!((place.line, place.line_start), (nth as u64, *start as u64));
        }
        prop_assert_eq!(index.start_of(&mut windows, lines.len() as u64).expect("no line"), None);
    }
}

#[test]
fn opening_reads_one_window_only() {
    let (endless, reads) = Endless::new(10_000_000_000);
    let mut windows = Windows::new(endless);
    let lines = show(&mut Pager::new(80, 24), &mut windows);
    assert_eq!(lines.rows[23].painted.text, format!("{:015}", 23));
    assert_eq!((lines.first_line, lines.last_line, lines.complete), (1, 24, false));
    assert_eq!(reads.bytes(), 65_536);
}

#[test]
fn gutter_grows_with_the_line_numbers() {
    let (endless, _) = Endless::new(Endless::LINE * 20_000);
    let mut windows = Windows::new(endless);
    let mut pager = Pager::new(80, 24);
    assert_eq!(show(&mut pager, &mut windows).gutter, 4);
    arrive(&mut pager, &mut windows, Goal::End);
    let lines = show(&mut pager, &mut windows);
    assert_eq!((lines.gutter, lines.last_line, lines.complete), (6, 20_000, true));
    assert_eq!(lines.rows[0].number, Some(19_977));
    pager.resize(19, 24);
    assert_eq!(show(&mut pager, &mut windows).gutter, 0);
}

#[test]
fn long_jump_runs_in_steps_and_can_be_cancelled() {
    let (endless, reads) = Endless::new(100 << 20);
    let mut windows = Windows::new(endless);
    let mut pager = Pager::new(80, 24);
    let far = (50 << 20) / Endless::LINE;
    pager.go(Goal::Line(far));
    assert!(pager.step(&mut windows).expect("a step"));
    let read = reads.bytes();
    assert_eq!(read, 1 << 20, "a step reads a bounded number of windows");
    pager.cancel();
    assert!(!pager.step(&mut windows).expect("no step"));
    assert_eq!(show(&mut pager, &mut windows).first_line, 1);
    arrive(&mut pager, &mut windows, Goal::Line(far));
    let lines = show(&mut pager, &mut windows);
    assert_eq!(lines.first_line, far);
    assert_eq!(lines.rows[0].painted.text, format!("{:015}", far - 1));
    assert!(reads.bytes() < (51 << 20), "nothing is read twice: {}", reads.bytes());
}

#[test]
fn endless_line_is_shown_in_pieces() {
    let long = vec![b'x'; 3_000_000];
    let mut bytes = b"first\n".to_vec();
    bytes.extend_from_slice(&long);
    bytes.extend_from_slice(b"\nlast\n");
    let mut windows = Windows::new(Plain(bytes));
    let mut pager = Pager::new(84, 3);
    pager.scroll(&mut windows, 2).expect("rows");
    let lines = show(&mut pager, &mut windows);
    assert_eq!(lines.rows[0].painted.text.len(), 80);
    assert_eq!((lines.rows[0].number, lines.first_line), (None, 2));
    pager.set_wrap(false);
    arrive(&mut pager, &mut windows, Goal::End);
    pager.shift(4000, &windows);
    let lines = show(&mut pager, &mut windows);
    // 3,000,000 bytes are 732 pieces of 4,096 and one of 1,728.
    let texts: Vec<usize> = lines.rows.iter().map(|row| row.painted.text.len()).collect();
    assert_eq!(texts, [80, 0, 0]);
    assert_eq!(lines.rows[2].number, Some(3));
}

#[test]
fn index_keeps_a_bounded_number_of_checkpoints() {
    let (endless, reads) = Endless::new(20 << 20);
    // 327,680 windows.
    let mut windows = Windows::of_length(endless, WINDOW);
    let mut index = LineIndex::default();
    while index.extend(&mut windows).expect("a window") {}
    assert!(index.places() < 65_536, "{}", index.places());
    let before = reads.bytes();
    for line in [0, 1, 77_777, 500_000, (20 << 16) - 1] {
        let start = index.start_of(&mut windows, line).expect("a line").expect("it exists");
        assert_eq!(start, line * Endless::LINE);
        let place = index.locate(&mut windows, start + 7).expect("a place");
        assert_eq!((place.line, place.line_start), (line, start));
    }
    assert!(reads.bytes() - before < 20_000, "{}", reads.bytes() - before);
}

#[test]
fn truncated_content_is_an_error() {
    struct Short;
    impl super::Bytes for Short {
        fn size(&self) -> u64 {
            1 << 40
        }
        fn read_at(&mut self, _: u64, _: &mut [u8]) -> Result<usize, String> {
            Ok(0)
        }
    }
    let error = Pager::new(80, 24).lines(&mut Windows::new(Short), Highlight::default());
    assert_eq!(error, Err("content ends after 0 of 1099511627776 bytes".to_owned()));
}

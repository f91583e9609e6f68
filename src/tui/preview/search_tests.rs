//! Tests searches against a model that holds all lines of the file in memory.

use std::ops::Range;

use proptest::prelude::*;

use super::cells::Match;
use super::lines::LineIndex;
use super::pager::Pager;
use super::pattern::Pattern;
use super::search::{Direction, FileMatch, FileSearch, FoundLine, Highlight, Searching};
use super::testing::{Endless, Plain, cases, lines_of};
use super::windows::Windows;

/// Bytes of a window here: longer than the lines of [`short_lines`].
const WINDOW: usize = 64;

const PATTERNS: [&str; 14] = [
    "a",
    "ab",
    "Ab",
    "bb",
    "re:a+b?",
    "re:^b",
    "re:b$",
    "re:\\bc",
    "re:[^a]{2,}",
    "re:\\Ab",
    "re:c.?\\z",
    "re:b.*c",
    "re:(?-s)a.c",
    "re:\\s+c|a.\\B",
];

fn short_lines() -> impl Strategy<Value = Vec<u8>> {
    let line = ("[abcA ]{0,30}", prop_oneof![3 => Just("\n"), 1 => Just("\r\n")]);
    let lines = proptest::collection::vec(line.prop_map(|(text, end)| text + end), 0..20);
    (lines, "[abc]{0,10}").prop_map(|(lines, last)| (lines.concat() + &last).into_bytes())
}

fn run(windows: &mut Windows, index: &mut LineIndex, mut search: FileSearch) -> Option<FileMatch> {
    loop {
        match search.step(windows, Some(&mut *index)).expect("a step") {
            Searching::Going => {}
            Searching::Found(found) => return Some(found),
            Searching::Nowhere => return None,
        }
    }
}

/// The model: the first match at `origin` or later, else the first of all; backward, the last one
/// before `origin`, else the last of all.
fn naive(
    bytes: &[u8],
    pattern: &Pattern,
    direction: Direction,
    origin: usize,
) -> Option<(usize, Range<usize>, bool)> {
    let lines = lines_of(bytes);
    let in_line = |(nth, (start, line)): (usize, &(usize, &[u8])), from: usize| -> Vec<_> {
        let matches = pattern.all(line, from).map(|found| start + found.start..start + found.end);
        matches.map(|found| (nth + 1, found)).collect()
    };
    let all: Vec<_> = lines.iter().enumerate().flat_map(|line| in_line(line, 0)).collect();
    let (near, far) = match direction {
        Direction::Forward => {
            let near = lines.iter().enumerate().filter(|(_, (start, line))| start + line.len() >= origin);
            let near = near.flat_map(|line| in_line(line, origin.saturating_sub(line.1.0))).next();
            (near, all.first().cloned().filter(|(_, found)| found.start < origin))
        }
        Direction::Backward => {
            let near = all.iter().rfind(|(_, found)| found.start < origin).cloned();
            (near, all.last().cloned().filter(|(_, found)| found.start >= origin))
        }
    };
    let wrapped = near.is_none();
    near.or(far).map(|(line, found)| (line, found, wrapped))
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Forward), Just(Direction::Backward)]
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn search_agrees_with_the_model(
        bytes in short_lines(), nth in 0..PATTERNS.len(), direction in direction(), part in 0.0..1.0_f64,
    ) {
        let pattern = Pattern::parse(PATTERNS[nth]).expect("a pattern");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a small number")]
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let origin = (bytes.len() as f64 * part) as usize;
        let mut windows = Windows::of_length(Plain(bytes.clone()), WINDOW);
        let mut index = LineIndex::default();
        index.cover(&mut windows, origin as u64).expect("the origin");
        let found = run(&mut windows, &mut index, FileSearch::new(pattern.clone(), direction, origin as u64));
        let expected = naive(&bytes, &pattern, direction, origin).map(|(line, found, wrapped)| {
            let start = lines_of(&bytes)[line - 1].0;
            let columns = (found.start - start) as u64..(found.end - start) as u64;
            let line = Some(FoundLine { number: line as u64, columns });
            FileMatch { bytes: found.start as u64..found.end as u64, line, wrapped }
        });
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn text_in_an_endless_line_is_found_everywhere(
        length in 0_usize..3000, needles in proptest::collection::btree_set(0_usize..150, 1..4),
        origin in 0_usize..3000, direction in direction(),
    ) {
        let mut bytes = b"x\n".to_vec();
        bytes.resize(length + 2, b'-');
        for needle in needles.iter().map(|nth| nth * 20).filter(|at| *at + 12 < length) {
            bytes[needle + 2..needle + 14].copy_from_slice(b"Needle\xe9-Ende");
        }
        bytes.extend_from_slice(b"\nx");
        let origin = origin.min(bytes.len());
        for typed in ["needle", "re:n[e-]+dle|\\w$"] {
            let pattern = Pattern::parse(typed).expect("a pattern");
            let mut windows = Windows::of_length(Plain(bytes.clone()), 4 * WINDOW);
            let mut index = LineIndex::default();
            let found = run(&mut windows, &mut index, FileSearch::new(pattern.clone(), direction, origin as u64));
            let found = found.map(|found| (found.line.expect("a line").number, found.bytes, found.wrapped));
            let expected = naive(&bytes, &pattern, direction, origin);
            let expected = expected.map(|(line, found, wrapped)| (line as u64, found.start as u64..found.end as u64, wrapped));
            prop_assert_eq!(found, expected, "{}", typed);
        }
    }

    #[test]
    fn all_visible_matches_are_marked(bytes in short_lines(), nth in 0..PATTERNS.len(), wrap in any::<bool>()) {
        let pattern = Pattern::parse(PATTERNS[nth]).expect("a pattern");
        let mut windows = Windows::of_length(Plain(bytes.clone()), 64 * 16);
        let mut pager = Pager::new(15, 500);
        pager.set_wrap(wrap);
        let highlight = Highlight { pattern: Some(&pattern), found: None };
        let lines = pager.lines(&mut windows, highlight).expect("lines");
        let mut marked = vec![false; bytes.len()];
        for row in &lines.rows {
            for found in row.painted.matches.iter().flat_map(|found| found.range.clone()) {
                marked[usize::try_from(row.at).unwrap() + found] = true;
            }
        }
        let mut expected = vec![false; bytes.len()];
        let shown = if wrap { 1000 } else { 15 };
        for (start, line) in lines_of(&bytes) {
            for at in pattern.all(line, 0).flatten().filter(|at| *at < shown) {
                expected[start + at] = true;
            }
        }
        prop_assert_eq!(marked, expected);
    }
}

#[test]
fn search_runs_in_steps_and_terminates() {
    let (endless, reads) = Endless::new(8 << 20);
    let mut windows = Windows::new(endless);
    let mut index = LineIndex::default();
    let mut search =
        FileSearch::new(Pattern::parse("nothing").expect("a pattern"), Direction::Forward, 3 << 20);
    index.cover(&mut windows, 3 << 20).expect("the origin");
    let mut steps = 0;
    let mut searched = 0;
    while search.step(&mut windows, Some(&mut index)).expect("a step") == Searching::Going {
        steps += 1;
        assert!(search.searched(8 << 20) >= searched, "it never goes back");
        searched = search.searched(8 << 20);
        assert!(reads.bytes() < (3 << 20) + (steps + 1) * (2 << 20), "{} after {steps}", reads.bytes());
    }
    assert!(searched > 7 << 20);
    assert!(steps > 8, "{steps}");
}

#[test]
fn backward_search_finds_the_last_of_a_million_lines() {
    let (endless, _) = Endless::new(1_000_000 * Endless::LINE);
    let mut windows = Windows::new(endless);
    let mut index = LineIndex::default();
    let pattern = Pattern::parse("re:^0+9{5}7$").expect("a pattern");
    let found =
        run(&mut windows, &mut index, FileSearch::new(pattern, Direction::Backward, 0)).expect("a match");
    assert_eq!(found.line, Some(FoundLine { number: 999_998, columns: 0..15 }));
    assert!(found.wrapped);
}

#[test]
fn current_match_is_marked() {
    let mut windows = Windows::new(Plain(b"aaaa b aa\n".to_vec()));
    let pattern = Pattern::parse("aa").expect("a pattern");
    let found = FileMatch { bytes: 1..3, line: None, wrapped: false };
    let mut pager = Pager::new(80, 5);
    let highlight = Highlight { pattern: Some(&pattern), found: Some(&found) };
    let lines = pager.lines(&mut windows, highlight).expect("lines");
    let expected = [Match { range: 1..3, current: true }, Match { range: 7..9, current: false }];
    assert_eq!(lines.rows[0].painted.matches, expected);
}

#[test]
fn match_is_scrolled_onto_the_screen() {
    let mut bytes = b"line\n".repeat(1000);
    bytes.extend_from_slice(&[b'-'; 300]);
    bytes.extend_from_slice(b"needle\n");
    bytes.extend_from_slice(&b"line\n".repeat(1000));
    let mut windows = Windows::new(Plain(bytes));
    for wrap in [true, false] {
        let mut pager = Pager::new(44, 9);
        pager.set_wrap(wrap);
        let search = FileSearch::new(Pattern::parse("needle").expect("a pattern"), Direction::Forward, 0);
        let found = run(&mut windows, pager.index(), search).expect("a match");
        assert_eq!(found.line, Some(FoundLine { number: 1001, columns: 300..306 }));
        pager.reveal(&mut windows, &found).expect("the match");
        let lines = pager.lines(&mut windows, Highlight::default()).expect("lines");
        let row = lines.rows.iter().position(|row| row.painted.text.contains("needle"));
        assert_eq!(row, Some(3), "a third of the screen shows what is before it");
        let top = pager.top();
        pager.reveal(&mut windows, &found).expect("the match");
        assert_eq!(pager.top(), top, "a visible match does not scroll");
    }
}

#[test]
fn search_without_line_numbers_starts_anywhere() {
    let size = 4 << 40;
    let (endless, reads) = Endless::new(size);
    let mut windows = Windows::new(endless);
    let line = size / 2 / Endless::LINE + 1000;
    let pattern = Pattern::parse(&format!("{line:015}")).expect("a pattern");
    let mut search = FileSearch::new(pattern, Direction::Forward, size / 2 + 1);
    let start = line * Endless::LINE;
    let found = FileMatch { bytes: start..start + 15, line: None, wrapped: false };
    assert_eq!(search.step(&mut windows, None), Ok(Searching::Found(found)));
    assert!(reads.bytes() < 300_000, "{}", reads.bytes());
}

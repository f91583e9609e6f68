//! The difference between two versions of a file.
//!
//! [`Comparing`] is a job. It looks for the first differing byte window by window, and then
//! compares text by lines. The comparison by lines holds both versions in memory, so it is limited
//! to files of 4 MiB and to 100,000 lines from the first to the last that differs. Size bounds the
//! time, not a clock: the same files always give the same rows. Rows are made when they are shown.

use std::collections::HashMap;
use std::ops::Range;

use dockopt_advice::evidence::kind::{self, Form};
use dockopt_core::quantity::{count, size};
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::cells::{self, Painted};
use super::windows::Windows;
use super::{length, position};

/// Largest version that is compared by lines, in bytes.
const LARGEST: u64 = 4 << 20;

/// Most lines of each version from the first to the last that differs.
const LINES: usize = 100_000;

/// Equal lines shown before and after different ones.
const CONTEXT: usize = 3;

/// Bytes shown of a line.
const SHOWN: usize = 4096;

/// Windows that one step compares.
const STEP: usize = 16;

/// The difference between two versions of a file.
#[derive(Debug)]
pub(crate) enum Difference {
    /// The versions are identical; their size in bytes.
    Identical(u64),
    /// At least one of them is not text.
    Binary(Extent),
    /// Text with too many or too long lines to compare.
    TooLarge(Extent),
    /// Text, compared by lines.
    Text(TextDifference),
}

/// Sizes of two versions, and where they start to differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Bytes of the older one.
    pub(crate) old: u64,
    /// Bytes of the newer one.
    pub(crate) new: u64,
    /// Offset of the first byte that differs, or that only one of them has.
    pub(crate) first: u64,
}

impl Difference {
    /// Returns the difference in one line.
    pub(crate) fn summary(&self) -> String {
        let sizes = |extent: &Extent| {
            let first = count(extent.first);
            format!("{} and {}, first difference at byte {first}", size(extent.old), size(extent.new))
        };
        match self {
            Self::Identical(bytes) => format!("identical, {}", size(*bytes)),
            Self::Binary(extent) => format!("binary files differ: {}", sizes(extent)),
            Self::TooLarge(extent) => format!("too large to compare: {}", sizes(extent)),
            Self::Text(text) => {
                format!("lines: {} removed, {} added", count(text.removed), count(text.added))
            }
        }
    }

    /// Returns the rows; `None` if the summary says everything.
    pub(crate) fn text(&self) -> Option<&TextDifference> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Two versions of a file during the comparison.
pub(crate) struct Comparing {
    old: Windows,
    new: Windows,
    window: u64,
}

impl Comparing {
    /// Starts a comparison.
    pub(crate) fn new(old: Windows, new: Windows) -> Self {
        Self { old, new, window: 0 }
    }

    /// Compares a few windows. Returns the difference once it is complete.
    ///
    /// The step that finds the first difference also compares all lines and takes longer, up to
    /// some tenths of a second.
    pub(crate) fn step(&mut self) -> Result<Option<Difference>, String> {
        for _ in 0..STEP {
            let start = self.window.saturating_mul(length(self.old.window_length()));
            let (old, new) = (self.old.window(self.window)?, self.new.window(self.window)?);
            if old.is_empty() && new.is_empty() {
                return Ok(Some(Difference::Identical(self.old.size())));
            }
            if old != new {
                let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
                return self.differ(start + length(same)).map(Some);
            }
            self.window += 1;
        }
        Ok(None)
    }

    /// Returns the number of bytes found equal so far.
    pub(crate) fn compared(&self) -> u64 {
        self.window.saturating_mul(length(self.old.window_length()))
    }

    fn differ(&mut self, first: u64) -> Result<Difference, String> {
        let extent = Extent { old: self.old.size(), new: self.new.size(), first };
        let forms = [kind::recognise(&mut self.old)?.form, kind::recognise(&mut self.new)?.form];
        if forms.contains(&Form::Binary) {
            return Ok(Difference::Binary(extent));
        }
        if extent.old.max(extent.new) > LARGEST {
            return Ok(Difference::TooLarge(extent));
        }
        let old = Version::new(self.old.read(0, position(extent.old))?);
        let new = Version::new(self.new.read(0, position(extent.new))?);
        Ok(TextDifference::new(old, new).map_or(Difference::TooLarge(extent), Difference::Text))
    }
}

/// A version of a file with the ends of its lines.
#[derive(Debug)]
struct Version {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Version {
    fn new(bytes: Vec<u8>) -> Self {
        let ends = bytes.iter().zip(1..).filter(|(byte, _)| **byte == b'\n').map(|(_, end)| end);
        let mut ends: Vec<u32> = ends.collect();
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        ends.extend(Some(size).filter(|size| ends.last().unwrap_or(&0) < size));
        Self { bytes, ends }
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns a line with its end.
    fn line(&self, number: usize) -> &[u8] {
        let end = |number: usize| self.ends.get(number).map_or(0, |end| position(u64::from(*end)));
        let start = number.checked_sub(1).map_or(0, end);
        self.bytes.get(start..end(number)).unwrap_or_default()
    }

    /// Maps lines to numbers: equal lines of both versions get the same number.
    fn numbers<'a>(&'a self, lines: Range<usize>, known: &mut HashMap<&'a [u8], u32>) -> Vec<u32> {
        let number = |line| {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            *known.entry(self.line(line)).or_insert(next)
        };
        lines.map(number).collect()
    }
}

/// Returns the lines of both versions from the first to the last that differs, with some around
/// them.
fn changed(old: &Version, new: &Version) -> [Range<usize>; 2] {
    let shorter = old.len().min(new.len());
    let before = (0..shorter).take_while(|line| old.line(*line) == new.line(*line)).count();
    let is_same = |line: &usize| old.line(old.len() - line) == new.line(new.len() - line);
    let after = (1..=shorter - before).take_while(is_same).count();
    let (before, after) = (before.saturating_sub(CONTEXT), after.saturating_sub(CONTEXT));
    [before..old.len() - after, before..new.len() - after]
}

/// Kind of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowMark {
    /// The line is in both versions.
    Same,
    /// The line is only in the older version.
    Removed,
    /// The line is only in the newer version.
    Added,
    /// Not a line: the head of the next part of the file.
    Part,
}

/// Consecutive rows of one kind.
#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Number of its first row.
    row: usize,
    mark: RowMark,
    /// Lines of both versions at its first row, from 0.
    old: usize,
    new: usize,
    /// Number of rows.
    rows: usize,
}

/// The differing lines, with some around them.
#[derive(Debug)]
pub(crate) struct TextDifference {
    old: Version,
    new: Version,
    segments: Vec<Segment>,
    rows: usize,
    removed: u64,
    added: u64,
}

/// A row that shows a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DifferenceRow {
    /// Number of the line in the older version, from 1.
    pub(crate) old: Option<u64>,
    /// Number of the line in the newer version, from 1.
    pub(crate) new: Option<u64>,
    /// Kind of the row.
    pub(crate) mark: RowMark,
    pub(crate) painted: Painted,
    /// Line ending of a differing line, where it is notable: it may be the only difference.
    pub(crate) ending: &'static str,
}

impl TextDifference {
    /// Compares the lines; `None` if there are too many.
    fn new(old: Version, new: Version) -> Option<Self> {
        let changed = changed(&old, &new);
        if changed.iter().any(|lines| lines.len() > LINES) {
            return None;
        }
        let [old_lines, new_lines] = changed;
        // Both versions are equal before the first of these lines.
        let same = old_lines.start;
        let mut known = HashMap::new();
        let old_numbers = old.numbers(old_lines, &mut known);
        let new_numbers = new.numbers(new_lines, &mut known);
        let operations = capture_diff_slices(Algorithm::Myers, &old_numbers, &new_numbers);
        let mut difference = Self { old, new, segments: Vec::new(), rows: 0, removed: 0, added: 0 };
        for part in group_diff_ops(operations, CONTEXT) {
            if let Some(first) = part.first() {
                difference.push(
                    RowMark::Part,
                    same + first.old_range().start,
                    same + first.new_range().start,
                    1,
                );
            }
            for operation in &part {
                difference.push_operation(operation, same);
            }
        }
        Some(difference)
    }

    fn push_operation(&mut self, operation: &DiffOp, same: usize) {
        let (old, new) = (operation.old_range(), operation.new_range());
        if matches!(operation, DiffOp::Equal { .. }) {
            return self.push(RowMark::Same, same + old.start, same + new.start, old.len());
        }
        self.push(RowMark::Removed, same + old.start, same + new.start, old.len());
        self.push(RowMark::Added, same + old.end, same + new.start, new.len());
        self.removed += length(old.len());
        self.added += length(new.len());
    }

    fn push(&mut self, mark: RowMark, old: usize, new: usize, rows: usize) {
        if rows > 0 {
            self.segments.push(Segment { row: self.rows, mark, old, new, rows });
            self.rows += rows;
        }
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// Returns the number of digits of the largest line number.
    pub(crate) fn digits(&self) -> usize {
        self.old.len().max(self.new.len()).to_string().len()
    }

    /// Returns the row of the next part after a row, or of the previous one.
    pub(crate) fn part(&self, row: usize, forward: bool) -> Option<usize> {
        let mut parts =
            self.segments.iter().filter(|segment| segment.mark == RowMark::Part).map(|part| part.row);
        if forward { parts.find(|part| *part > row) } else { parts.rfind(|part| *part < row) }
    }

    /// Returns a range of rows, with the columns `columns` of their lines.
    pub(crate) fn rows(&self, rows: Range<usize>, columns: &Range<usize>) -> Vec<DifferenceRow> {
        let first = self.segments.partition_point(|segment| segment.row + segment.rows <= rows.start);
        let segments = self.segments.get(first..).unwrap_or_default();
        let shown = segments.iter().take_while(|segment| segment.row < rows.end).flat_map(|segment| {
            let part = segment.row.max(rows.start)..(segment.row + segment.rows).min(rows.end);
            part.map(|row| self.row(segment, row - segment.row, columns))
        });
        shown.collect()
    }

    fn row(&self, segment: &Segment, nth: usize, columns: &Range<usize>) -> DifferenceRow {
        let (old, new) = (segment.old + nth, segment.new + nth);
        let line = match segment.mark {
            RowMark::Part => {
                &format!("@@ line {}, now {} @@", count(length(old + 1)), count(length(new + 1))).into_bytes()
            }
            RowMark::Added => self.new.line(new),
            RowMark::Same | RowMark::Removed => self.old.line(old),
        };
        let (text, ending) = match line.strip_suffix(b"\n") {
            Some(text) => text.strip_suffix(b"\r").map_or((text, ""), |text| (text, "CRLF")),
            None if segment.mark == RowMark::Part => (line, ""),
            None => (line, "no line end"),
        };
        let has_old = matches!(segment.mark, RowMark::Same | RowMark::Removed);
        let has_new = matches!(segment.mark, RowMark::Same | RowMark::Added);
        DifferenceRow {
            old: has_old.then(|| length(old + 1)),
            new: has_new.then(|| length(new + 1)),
            mark: segment.mark,
            painted: cells::paint(text.get(..SHOWN).unwrap_or(text), columns.clone(), &[]),
            ending: if segment.mark == RowMark::Same { "" } else { ending },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::preview::testing::{Endless, Plain, cases, content, numbered};
    use proptest::prelude::*;

    fn compare(old: &[u8], new: &[u8]) -> Difference {
        let windows = |bytes: &[u8]| Windows::of_length(Plain(bytes.to_vec()), 64);
        run(Comparing::new(windows(old), windows(new)))
    }

    fn run(mut comparing: Comparing) -> Difference {
        loop {
            if let Some(difference) = comparing.step().expect("a step") {
                return difference;
            }
        }
    }

    /// Returns all rows as text: both numbers, the mark, the line.
    fn rows(difference: &Difference) -> Vec<String> {
        let text = difference.text().expect("text");
        let number = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
        let rows = text.rows(0..text.len(), &(0..1000)).into_iter().map(|row| {
            let mark = match row.mark {
                RowMark::Same => ' ',
                RowMark::Removed => '-',
                RowMark::Added => '+',
                RowMark::Part => '@',
            };
            let shown = format!(
                "{:>2} {:>2} {mark} {} {}",
                number(row.old),
                number(row.new),
                row.painted.text,
                row.ending
            );
            shown.trim_end().to_owned()
        });
        rows.collect()
    }

    #[test]
    fn differing_lines_have_three_lines_of_context() {
        let old = numbered(30);
        let new = old.replace("line 5\n", "five\nand a half\n").replace("line 20\n", "");
        let difference = compare(old.as_bytes(), new.as_bytes());
        assert_eq!(difference.summary(), "lines: 2 removed, 2 added");
        assert_eq!(
            rows(&difference),
            [
                "      @ @@ line 2, now 2 @@",
                " 2  2   line 2",
                " 3  3   line 3",
                " 4  4   line 4",
                " 5    - line 5",
                "    5 + five",
                "    6 + and a half",
                " 6  7   line 6",
                " 7  8   line 7",
                " 8  9   line 8",
                "      @ @@ line 17, now 18 @@",
                "17 18   line 17",
                "18 19   line 18",
                "19 20   line 19",
                "20    - line 20",
                "21 21   line 21",
                "22 22   line 22",
                "23 23   line 23",
            ]
        );
        let text = difference.text().expect("text");
        assert_eq!((text.part(0, true), text.part(10, true)), (Some(10), None));
        assert_eq!((text.part(12, false), text.part(10, false)), (Some(10), Some(0)));
        assert_eq!(
            text.rows(14..16, &(2..6)).iter().map(|row| row.painted.text.as_str()).collect::<Vec<_>>(),
            ["ne 2", "ne 2"]
        );
    }

    #[test]
    fn different_line_endings_are_reported() {
        assert_eq!(
            rows(&compare(b"a\nb\n\x1b[0m", b"a\r\nb\n\x1b[0m\n")),
            [
                "      @ @@ line 1, now 1 @@",
                " 1    - a",
                "    1 + a CRLF",
                " 2  2   b",
                " 3    - \\x1b[0m no line end",
                "    3 + \\x1b[0m",
            ]
        );
    }

    #[test]
    fn every_line_is_added_to_an_empty_file() {
        let expected = ["      @ @@ line 1, now 1 @@", "    1 + a", "    2 +  "].map(str::trim_end);
        assert_eq!(rows(&compare(b"", b"a\n\n")), expected);
    }

    #[test]
    fn binary_files_are_compared_by_bytes() {
        let difference = compare(b"a\0b, and so on", b"a\0c");
        assert_eq!(difference.summary(), "binary files differ: 14 B and 3 B, first difference at byte 2");
        let long = vec![0; 200];
        let difference = compare(&long, &long[..150]);
        assert_eq!(
            difference.summary(),
            "binary files differ: 200 B and 150 B, first difference at byte 150"
        );
        assert!(difference.text().is_none());
    }

    #[test]
    fn equal_files_are_identical() {
        for size in [0, 1, 63, 64, 65, 128, 2000] {
            let bytes = vec![b'x'; size];
            let is_same =
                matches!(compare(&bytes, &bytes), Difference::Identical(same) if same == size as u64);
            assert!(is_same, "{size}");
        }
    }

    #[test]
    fn large_files_are_compared_by_bytes_in_steps() {
        let size = 40 << 20;
        let (old, reads) = Endless::new(size);
        let (new, _) = Endless::new(size - 1);
        let mut comparing = Comparing::new(Windows::new(old), Windows::new(new));
        assert!(comparing.step().expect("a step").is_none());
        assert_eq!((reads.bytes(), comparing.compared()), (1 << 20, 1 << 20));
        let difference = run(comparing);
        assert_eq!(
            difference.summary(),
            "too large to compare: 41.94 MB and 41.94 MB, first difference at byte 41,943,039"
        );
    }

    #[test]
    fn long_files_with_few_changes_are_compared_by_lines() {
        let old = "a\n".repeat(150_000);
        let changed = "a\n".repeat(100_000) + "b\n" + &"a\n".repeat(49_999);
        assert_eq!(rows(&compare(old.as_bytes(), changed.as_bytes())).len(), 9);
        let other = "b\n".repeat(150_000);
        let difference = compare(old.as_bytes(), other.as_bytes());
        assert!(matches!(difference, Difference::TooLarge(extent) if extent.first == 0), "{difference:?}");
    }

    proptest! {
        #![proptest_config(cases(400))]

        #[test]
        fn rows_turn_the_older_version_into_the_newer(old in content(300), new in content(300), shared in content(200)) {
            let old = [&shared[..], b"\n", &old, b"\n", &shared].concat();
            let new = [&shared[..], b"\n", &new, b"\n", &shared].concat();
            let versions = [Version::new(old), Version::new(new)];
            let lines = versions.each_ref().map(|version| (0..version.len()).map(|line| version.line(line).to_vec()).collect::<Vec<_>>());
            let [old_version, new_version] = versions;
            let text = TextDifference::new(old_version, new_version).expect("few lines");
            let shown = text.rows(0..text.len(), &(0..100));
            prop_assert_eq!(shown.len(), text.len());
            let mut made = Vec::new();
            let mut next = 0;
            for row in shown {
                let old = row.old.map(|line| position(line) - 1);
                if let Some(old) = old {
                    // Lines between the parts are in both versions.
                    made.extend_from_slice(&lines[0][next..old]);
                    next = old + 1;
                }
                match row.mark {
                    RowMark::Same => made.push(lines[0][old.expect("a line")].clone()),
                    RowMark::Added => {
                        let new = position(row.new.expect("a line")) - 1;
                        // Nothing is removed here, so the lines before it still have to be copied.
                        let missing = new - made.len();
                        made.extend_from_slice(&lines[0][next..next + missing]);
                        next += missing;
                        made.push(lines[1][new].clone());
                    }
                    RowMark::Removed | RowMark::Part => {}
                }
            }
            made.extend_from_slice(&lines[0][next..]);
            prop_assert_eq!(&made, &lines[1]);
        }
    }
}

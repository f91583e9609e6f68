//! Edits of a text.

use std::ops::Range;

use similar::TextDiff;

/// Replaces a part of a text; an empty part is an insertion.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// Offset of the part.
    pub start: usize,
    /// Offset after it.
    pub end: usize,
    /// What replaces it.
    pub text: String,
}

impl Edit {
    /// Inserts a text.
    pub(super) fn insert(at: usize, text: String) -> Self {
        Self { start: at, end: at, text }
    }

    /// Replaces a part.
    pub(super) fn replace(part: Range<usize>, text: String) -> Self {
        Self { start: part.start, end: part.end, text }
    }
}

/// Applies changes, each a list of edits. Insertions at one place follow each other in the order of
/// the changes. Returns the text and which changes were applied: one that edits a part that an
/// earlier change has edited is left out as a whole.
pub fn apply(text: &str, changes: &[&[Edit]]) -> (String, Vec<bool>) {
    let mut taken: Vec<&Edit> = Vec::new();
    let applied = changes.iter().map(|edits| {
        let is_free =
            edits.iter().all(|edit| taken.iter().all(|other| *other == edit || !overlap(other, edit)));
        if is_free {
            for edit in *edits {
                if !taken.contains(&edit) {
                    taken.push(edit);
                }
            }
        }
        is_free
    });
    let applied = applied.collect();
    // A stable sort keeps the order of insertions at one place.
    taken.sort_by_key(|edit| (edit.start, edit.end));
    let (mut result, mut at) = (String::with_capacity(text.len()), 0);
    for edit in taken {
        result.push_str(text.get(at..edit.start).unwrap_or_default());
        result.push_str(&edit.text);
        at = edit.end;
    }
    result.push_str(text.get(at..).unwrap_or_default());
    (result, applied)
}

/// Whether two edits are about one part. Insertions at one place are not.
fn overlap(one: &Edit, other: &Edit) -> bool {
    let is_insertion = |edit: &Edit| edit.start == edit.end;
    match (is_insertion(one), is_insertion(other)) {
        (true, true) => false,
        // An insertion at the end of a replaced part would follow what is replaced.
        (true, false) => (other.start + 1..=other.end).contains(&one.start),
        (false, true) => (one.start + 1..=one.end).contains(&other.start),
        (false, false) => one.start < other.end && other.start < one.end,
    }
}

/// Returns the difference of two texts as a unified diff of a file; empty if they are equal.
pub fn unified_diff(old: &str, new: &str, file: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let (before, after) = (format!("a/{file}"), format!("b/{file}"));
    diff.unified_diff().context_radius(3).header(&before, &after).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_applied_in_their_places() {
        let first = [Edit::insert(3, " one".to_owned())];
        let second = [Edit::insert(3, " two".to_owned()), Edit::replace(0..1, "A".to_owned())];
        let third = [Edit::replace(0..2, String::new())];
        let (changed, applied) = apply("abc d", &[&first, &second, &third, &first]);
        assert_eq!((changed.as_str(), applied), ("Abc one two d", vec![true, true, false, true]));
    }

    #[test]
    fn replaced_part_takes_no_insertion() {
        let remove = [Edit::replace(2..6, String::new())];
        let (changed, applied) = apply("ab cd ef", &[&remove, &[Edit::insert(5, "x".to_owned())]]);
        assert_eq!((changed.as_str(), applied), ("abef", vec![true, false]));
    }

    #[test]
    fn diff_names_the_file() {
        let diff = unified_diff("a\nb\n", "a\nc\n", "Dockerfile");
        assert_eq!(diff, "--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
        assert_eq!(unified_diff("a", "a", "x"), "");
    }
}

//! A guess at the base image from the history of an image, which includes that of its base.

use jiff::Timestamp;

use super::super::image::{HistoryEntry, ImageInfo};
use super::super::instruction::instruction;

/// Steps of one build are at most this many seconds apart: a day.
const BUILD: i64 = 86_400;

/// A guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    /// Number of layers, at least one, and fewer than the image has.
    pub(super) layers: usize,
    /// The name, where the builder notes it.
    pub(super) name: Option<String>,
}

/// Guesses where the base ends; `None` if nothing indicates that, or if the history does not match
/// the layers. In this order:
///
/// 1. Buildah notes `FROM NAME` at the first step of a build.
/// 2. Most images end with `CMD` or `ENTRYPOINT`, so layers above those belong to another build.
/// 3. A base is older than what is built on it: the largest distance in time of more than a day.
pub(super) fn guess(info: &ImageInfo) -> Option<Guess> {
    let with_layer = info.history.iter().filter(|entry| !entry.empty_layer).count();
    if with_layer != info.layers.len() {
        return None;
    }
    let is_base = |guess: &Guess| (1..info.layers.len()).contains(&guess.layers);
    let guesses = [noted, commanded, distant].into_iter().filter_map(|guess| guess(&info.history));
    guesses.into_iter().find(is_base)
}

/// Returns the base that the last note of Buildah names. Notes between the steps of one build name
/// images by their IDs.
fn noted(history: &[HistoryEntry]) -> Option<Guess> {
    let note = |entry: &HistoryEntry| {
        let name = entry.comment.as_deref()?.strip_prefix("FROM ")?.trim();
        let is_id = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        (!is_id && !name.is_empty() && name != "scratch").then(|| name.to_owned())
    };
    let mut notes = history.iter().enumerate().rev();
    let (at, name) = notes.find_map(|(at, entry)| Some((at, note(entry)?)))?;
    Some(Guess { layers: layers(history.get(..at)?), name: Some(name) })
}

/// Returns what ends with the last `CMD` or `ENTRYPOINT` that has layers above it.
fn commanded(history: &[HistoryEntry]) -> Option<Guess> {
    let top = history.iter().rposition(|entry| !entry.empty_layer)?;
    let below = history.get(..top)?;
    let is_command = |entry: &HistoryEntry| {
        let step = instruction(entry.created_by.as_deref().unwrap_or_default());
        let word = step.split_ascii_whitespace().next().unwrap_or_default();
        entry.empty_layer && matches!(word, "CMD" | "ENTRYPOINT")
    };
    let end = below.iter().rposition(is_command)?;
    Some(Guess { layers: layers(below.get(..end)?), name: None })
}

/// Returns what lies below the largest distance in time.
fn distant(history: &[HistoryEntry]) -> Option<Guess> {
    let time = |entry: &HistoryEntry| {
        let time: Timestamp = entry.created.as_deref()?.parse().ok()?;
        Some(time.as_second())
    };
    let steps: Vec<&HistoryEntry> = history.iter().filter(|entry| !entry.empty_layer).collect();
    let pairs = (1..).zip(steps.windows(2));
    let distances = pairs.filter_map(|(below, pair)| match pair {
        [lower, upper] => Some((time(lower)?.abs_diff(time(upper)?), below)),
        _ => None,
    });
    // Of equal distances, the lowest.
    let (distance, layers) = distances.max_by_key(|(distance, below)| (*distance, usize::MAX - below))?;
    (distance > BUILD.unsigned_abs()).then_some(Guess { layers, name: None })
}

/// Returns the number of layers of some steps.
fn layers(history: &[HistoryEntry]) -> usize {
    history.iter().filter(|entry| !entry.empty_layer).count()
}

#[cfg(test)]
mod tests {
    use super::super::super::image::LayerInfo;
    use super::*;

    /// Creates an image from lines `TIME|STEP|COMMENT`; steps in lower case have no layer.
    fn image(lines: &[&str]) -> ImageInfo {
        let entry = |line: &&str| {
            let mut fields =
                line.split('|').map(|field| Some(field.to_owned()).filter(|field| !field.is_empty()));
            let created = fields.next().flatten();
            let created_by = fields.next().flatten();
            let empty_layer = created_by.as_deref().is_some_and(|step| {
                ["CMD", "ENTRYPOINT", "ENV", "/bin/sh -c #(nop)"].iter().any(|word| step.starts_with(word))
            });
            HistoryEntry { created, created_by, comment: fields.next().flatten(), empty_layer, layer: None }
        };
        let history: Vec<HistoryEntry> = lines.iter().map(entry).collect();
        let layers = vec![LayerInfo::default(); layers(&history)];
        ImageInfo { history, layers, ..ImageInfo::default() }
    }

    fn guessed(lines: &[&str]) -> Option<(usize, Option<String>)> {
        guess(&image(lines)).map(|guess| (guess.layers, guess.name))
    }

    #[test]
    fn last_command_below_a_layer_ends_the_base() {
        let debian = ["|ADD rootfs /|debuerreotype", "|/bin/sh -c #(nop)  CMD [\"bash\"]|"];
        let python = ["|RUN /bin/sh -c make # buildkit|", "|ENV A=1|", "|CMD [\"python3\"]|"];
        let app = ["|ENV B=1|", "|WORKDIR /app|", "|COPY . /app|", "|CMD [\"app\"]|"];
        assert_eq!(guessed(&debian), None);
        assert_eq!(guessed(&[&debian[..], &python].concat()), Some((1, None)));
        assert_eq!(guessed(&[&debian[..], &python, &app].concat()), Some((2, None)));
        assert_eq!(
            guessed(&[&debian[..], &["|ENTRYPOINT [\"x\"]|", "|COPY a /|"]].concat()),
            Some((1, None))
        );
        assert_eq!(guessed(&["|CMD [\"x\"]|", "|COPY a /|"]), None, "no layer below");
    }

    #[test]
    fn buildah_notes_the_base() {
        let id = "FROM ".to_owned() + &"a1".repeat(32);
        let lines = [
            "|ADD rootfs /|",
            "|RUN make|FROM docker.io/library/debian:12",
            "|CMD [\"x\"]|",
            "|COPY a /|FROM quay.io/team/python:3",
            &format!("|COPY b /|{id}"),
        ];
        assert_eq!(guessed(&lines), Some((2, Some("quay.io/team/python:3".to_owned()))));
        assert_eq!(guessed(&["|COPY a /|FROM scratch", "|COPY b /|"]), None);
    }

    #[test]
    fn distance_in_time_separates_builds() {
        let lines = [
            "2024-01-01T00:00:00Z|bazel build|",
            "2024-01-01T12:00:00Z|bazel build|",
            "2024-06-01T00:00:00.5+02:00|COPY a /|",
            "2024-06-03T00:00:00Z|COPY b /|",
        ];
        assert_eq!(guessed(&lines), Some((2, None)));
        // jib and ko write 1970 into their own layers.
        assert_eq!(guessed(&["2024-01-01T00:00:00Z|a|", "1970-01-01T00:00:00Z|jib|"]), Some((1, None)));
        assert_eq!(guessed(&["2024-01-01T00:00:00Z|a|", "2024-01-01T20:00:00Z|b|"]), None);
        assert_eq!(guessed(&["yesterday|a|", "|b|"]), None);
    }

    #[test]
    fn history_of_other_layers_says_nothing() {
        let mut info = image(&["|a|", "|CMD x|", "|b|"]);
        assert!(guess(&info).is_some());
        info.layers.push(LayerInfo::default());
        assert_eq!(guess(&info), None);
    }
}

//! Shows the contents of entries to probes while a layer is read.
//!
//! A probe is code that meets hostile content: one that panics is not asked again in this layer,
//! and its facts about the entry are lost, nothing else. Facts beyond the limit of a layer are
//! dropped with a warning. A probe whose facts an earlier read found is not asked at all.

mod places;

use std::io;

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{
    Examination, Fact, HEAD, MAX_CONTENT, MAX_FACTS, Places, Probe, ProbeId, Probes, Started, Survey, Want,
    guarded,
};
use dockopt_core::path::escape;

use self::places::{InPlace, Kept, Parts};
use super::index::EncodedIndex;

/// The probing of one layer.
pub(super) struct Probing {
    probes: Probes,
    /// Whether each probe is not asked: it has panicked, or its facts are known.
    silent: Vec<bool>,
    facts: Vec<Fact>,
    /// Bytes of all facts.
    size: usize,
    problems: Vec<String>,
    /// Memory for the next content that is kept.
    memory: Vec<u8>,
}

/// The probes that see the content of one entry.
pub(super) struct Seen<'p> {
    probing: &'p mut Probing,
    ordinal: u32,
    path: Vec<u8>,
    size: u64,
    active: Vec<Active>,
    surveys: Vec<Surveyed>,
}

/// An examination in progress.
struct Active {
    probe: usize,
    id: ProbeId,
    examination: Box<dyn Examination>,
    /// Bytes that it still wants.
    left: u64,
}

/// A survey in progress.
struct Surveyed {
    probe: usize,
    id: ProbeId,
    survey: Box<dyn Survey>,
    /// The first bytes, until the parts are known.
    head: Vec<u8>,
    kept: Option<Kept>,
}

impl Probing {
    /// Starts with the facts that an earlier read found out.
    pub(super) fn new(probes: Probes, known: Option<&EncodedIndex>) -> Self {
        let is_known = |probe: &dyn Probe| known.is_some_and(|index| index.has_evidence_of(&probe.id()));
        let silent = probes.iter().map(is_known).collect();
        let facts = known.map(|index| index.evidence(&probes)).unwrap_or_default();
        let size = facts.iter().map(|fact| fact.payload.len()).sum();
        Self { probes, silent, facts, size, problems: Vec::new(), memory: Vec::new() }
    }

    /// Starts the examinations of an entry; `None` if no probe wants its content.
    pub(super) fn start(&mut self, ordinal: u32, entry: &Entry<'_>) -> Option<Seen<'_>> {
        // Most entries interest no probe, so all are asked under one guard; if one panics, each under
        // its own.
        let interested = guarded(|| self.interested(entry)).unwrap_or_else(|| vec![true; self.silent.len()]);
        if !interested.contains(&true) {
            return None;
        }
        let (mut active, mut surveys) = (Vec::new(), Vec::new());
        let probes = self.probes.clone();
        for (probe, one) in probes.iter().enumerate() {
            if self.silent.get(probe) == Some(&true) || interested.get(probe) == Some(&false) {
                continue;
            }
            let id = one.id();
            match guarded(|| begin(one, entry)) {
                Some(Beginning::Started(Started::Pieces(examination), left)) => {
                    active.push(Active { probe, id, examination, left });
                }
                Some(Beginning::Started(Started::Places(survey), _)) => {
                    surveys.push(Surveyed { probe, id, survey, head: Vec::new(), kept: None });
                }
                Some(Beginning::TooLarge) => self.problems.push(format!(
                    "`{}` is too large for the probe {}: {} bytes",
                    escape(entry.path),
                    id.name,
                    entry.metadata.size
                )),
                Some(Beginning::Nothing) => {}
                None => self.fail(probe, entry.path),
            }
        }
        if active.is_empty() && surveys.is_empty() {
            return None;
        }
        let (path, size) = (entry.path.to_vec(), entry.metadata.size);
        Some(Seen { probing: self, ordinal, path, size, active, surveys })
    }

    /// Returns whether each probe wants anything of an entry; nothing if none does.
    fn interested(&self, entry: &Entry<'_>) -> Vec<bool> {
        let wants = |(probe, silent): (&dyn Probe, &bool)| !silent && probe.wants(entry) != Want::Nothing;
        let is_any = self.probes.iter().zip(&self.silent).any(wants);
        if is_any { self.probes.iter().zip(&self.silent).map(wants).collect() } else { Vec::new() }
    }

    /// Returns the facts in the order of entries and probes, and the problems as text.
    pub(super) fn finish(mut self) -> (Vec<Fact>, Vec<String>) {
        let ids = self.probes.ids();
        let position = |fact: &Fact| ids.iter().position(|id| *id == fact.probe);
        self.facts.sort_by_key(|fact| (fact.ordinal, position(fact)));
        (self.facts, self.problems)
    }

    fn fail(&mut self, probe: usize, path: &[u8]) {
        if let Some(silent) = self.silent.get_mut(probe) {
            *silent = true;
        }
        let name = self.probes.iter().nth(probe).map_or("", |probe| probe.id().name);
        self.problems.push(format!("the probe {name} failed at `{}`", escape(path)));
    }

    fn add(&mut self, fact: Fact) {
        let size = self.size.saturating_add(fact.payload.len());
        if size <= MAX_FACTS {
            self.size = size;
            self.facts.push(fact);
        } else if self.size <= MAX_FACTS {
            // Once is enough.
            self.size = usize::MAX;
            self.problems
                .push(format!("the facts about files exceed {MAX_FACTS} bytes: the rest is missing"));
        }
    }
}

enum Beginning {
    Nothing,
    TooLarge,
    Started(Started, u64),
}

fn begin(probe: &dyn Probe, entry: &Entry<'_>) -> Beginning {
    let left = match probe.wants(entry) {
        Want::Nothing => return Beginning::Nothing,
        Want::Head(bytes) => bytes.min(MAX_CONTENT),
        Want::Whole { limit } if entry.metadata.size > limit.min(MAX_CONTENT) => return Beginning::TooLarge,
        Want::Whole { .. } | Want::Content => u64::MAX,
    };
    Beginning::Started(probe.start(entry), left)
}

impl Seen<'_> {
    /// Most bytes that any probe still wants to take in pieces.
    pub(super) fn left(&self) -> u64 {
        self.active.iter().map(|active| active.left).max().unwrap_or(0)
    }

    /// Makes the surveys of a content that can be read at any place. Fails if a read fails.
    pub(super) fn survey(&mut self, read_at: &dyn Fn(&mut [u8], u64) -> io::Result<usize>) -> io::Result<()> {
        for surveyed in std::mem::take(&mut self.surveys) {
            let mut content = InPlace { read_at, size: self.size, parts: Parts::default(), error: None };
            if let Ok(head) = content.head() {
                content.parts = self.parts(&surveyed, &head);
                if !content.parts.is_empty() {
                    self.examine(surveyed, &mut content);
                }
            }
            content.error.map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    /// Passes the next piece of the content to the probes, those with surveys included.
    pub(super) fn take(&mut self, piece: &[u8]) {
        self.keep(piece);
        let Self { probing, path, active, .. } = self;
        active.retain_mut(|active| {
            let wanted = usize::try_from(active.left).unwrap_or(usize::MAX).min(piece.len());
            let Some(piece) = piece.get(..wanted).filter(|piece| !piece.is_empty()) else { return true };
            active.left = active.left.saturating_sub(piece.len() as u64);
            let taken = guarded(|| active.examination.take(piece));
            if taken.is_none() {
                probing.fail(active.probe, path);
            }
            taken.is_some()
        });
    }

    /// Keeps what the surveys may read of the next piece.
    fn keep(&mut self, piece: &[u8]) {
        let wanted = usize::try_from(self.size).unwrap_or(usize::MAX).min(HEAD);
        for mut surveyed in std::mem::take(&mut self.surveys) {
            let mut rest = piece;
            if surveyed.kept.is_none() {
                let (head, after) = piece.split_at(piece.len().min(wanted - surveyed.head.len()));
                surveyed.head.extend_from_slice(head);
                rest = after;
                if surveyed.head.len() == wanted {
                    let head = std::mem::take(&mut surveyed.head);
                    let parts = self.parts(&surveyed, &head);
                    if parts.is_empty() {
                        continue;
                    }
                    let memory = std::mem::take(&mut self.probing.memory);
                    surveyed.kept.insert(Kept::new(self.size, parts, memory)).take(&head);
                }
            }
            if let Some(kept) = &mut surveyed.kept {
                kept.take(rest);
            }
            self.surveys.push(surveyed);
        }
    }

    /// Asks a survey for the parts it may read; none if it fails.
    fn parts(&mut self, surveyed: &Surveyed, head: &[u8]) -> Parts {
        let asked = guarded(|| surveyed.survey.parts(head, self.size));
        let Some(parts) = asked else {
            self.probing.fail(surveyed.probe, &self.path);
            return Parts::default();
        };
        Parts::of(parts, self.size)
    }

    fn examine(&mut self, surveyed: Surveyed, content: &mut dyn Places) {
        let Surveyed { probe, id, survey, .. } = surveyed;
        self.conclude(probe, id, || survey.examine(content));
    }

    /// Runs the end of an examination and keeps its fact.
    fn conclude(&mut self, probe: usize, id: ProbeId, end: impl FnOnce() -> Option<Vec<u8>>) {
        match guarded(end) {
            Some(Some(payload)) => self.probing.add(Fact { ordinal: self.ordinal, probe: id, payload }),
            Some(None) => {}
            None => self.probing.fail(probe, &self.path),
        }
    }

    /// Ends the examinations and keeps their facts.
    pub(super) fn finish(mut self) {
        for mut surveyed in std::mem::take(&mut self.surveys) {
            if let Some(mut kept) = surveyed.kept.take() {
                self.examine(surveyed, &mut kept);
                self.probing.memory = kept.into_memory();
            }
        }
        for Active { probe, id, examination, .. } in std::mem::take(&mut self.active) {
            self.conclude(probe, id, || examination.finish());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::sync_channel;

    use dockopt_core::evidence::Collected;
    use dockopt_testkit::{Compression, Layer, compress};

    use super::*;
    use crate::bytes::decode::in_pieces;
    use crate::bytes::hash::Hasher;
    use crate::bytes::progress::Meter;
    use crate::bytes::stages::SpareThreads;
    use crate::bytes::window::Window;
    use crate::layer::{Blob, Context, ReadLayer, read_layer};

    /// A probe of files whose name starts with its own; the fact is the content it saw, 10 MiB times
    /// for `large`.
    struct Named(&'static str, Want);

    impl Probe for Named {
        fn id(&self) -> ProbeId {
            ProbeId { name: self.0, version: 1 }
        }

        fn wants(&self, entry: &Entry<'_>) -> Want {
            assert!(!entry.path.starts_with(b"panic-at-once") || self.0 != "head", "a panic");
            if entry.path.starts_with(self.0.as_bytes()) { self.1 } else { Want::Nothing }
        }

        fn start(&self, entry: &Entry<'_>) -> Started {
            let fails = entry.path.ends_with(b"-bad");
            let repeated = if entry.path.starts_with(b"large") { 10 << 20 } else { 1 };
            if self.0 == "places" {
                return Started::Places(Box::new(Ends { fails }));
            }
            Collected::start(move |content: &[u8]| {
                assert!(!fails, "a panic");
                Some(content.repeat(repeated))
            })
        }
    }

    /// Reads the first three and last three bytes of files that start with `[`, and what is out of
    /// reach.
    struct Ends {
        fails: bool,
    }

    impl Survey for Ends {
        fn parts(&self, head: &[u8], size: u64) -> Vec<std::ops::Range<u64>> {
            if head.first() == Some(&b'[') { vec![size - 3..size] } else { Vec::new() }
        }

        fn examine(self: Box<Self>, content: &mut dyn Places) -> Option<Vec<u8>> {
            assert!(!self.fails, "a panic");
            let size = content.size();
            let mut fact = [content.read(size - 3, 9).ok()?, content.read(0, 3).ok()?].concat();
            let is_out = content.read(size / 2, 1).is_err();
            fact.push(if is_out { b'!' } else { b'?' });
            Some(fact)
        }
    }

    const ALL: [(&str, Want); 5] = [
        ("head", Want::Head(3)),
        ("whole", Want::Whole { limit: 1000 }),
        ("stream", Want::Content),
        ("large", Want::Content),
        ("places", Want::Content),
    ];

    fn probes() -> Probes {
        those(|_| true)
    }

    /// Those of the probes that `is_in` accepts by their number.
    fn those(is_in: impl Fn(usize) -> bool) -> Probes {
        let chosen = ALL.iter().enumerate().filter(|(number, _)| is_in(*number));
        Probes::new(chosen.map(|(_, &(name, want))| Box::new(Named(name, want)) as Box<dyn Probe>).collect())
    }

    fn window(bytes: &[u8]) -> Window {
        let mut file = tempfile::tempfile().expect("a temporary file");
        std::io::Write::write_all(&mut file, bytes).expect("written");
        Window::new(Arc::new(file), 0, bytes.len() as u64)
    }

    fn read_as(bytes: &[u8], is_file: bool, verify: bool) -> ReadLayer {
        read_with(bytes, is_file, verify, probes(), None)
    }

    fn read_with(
        bytes: &[u8],
        is_file: bool,
        verify: bool,
        probes: Probes,
        known: Option<Arc<EncodedIndex>>,
    ) -> ReadLayer {
        let (batches, _receiver) = sync_channel(64);
        let context = Context {
            hasher: Hasher::with_seed(1),
            gauge: Meter::default().layer("layer", None),
            batches,
            verify,
            index: true,
            points: false,
            probes,
            known,
            spare: SpareThreads::new(2),
        };
        let stream = || Blob::Stream(Box::new(in_pieces(bytes)));
        let blob = if is_file { Blob::File(window(bytes)) } else { stream() };
        read_layer(blob, 0, &context).expect("a layer")
    }

    /// Reads a layer from a file and from a stream, plain, as gzip and as zstd: all agree.
    fn read(layer: &Layer) -> ReadLayer {
        let tar = layer.clone().into_tar();
        let mut first: Option<ReadLayer> = None;
        for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
            let bytes = compress(&tar, compression);
            for (is_file, verify) in [(true, false), (true, true), (false, false)] {
                let layer = read_as(&bytes, is_file, verify);
                if let Some(index) = &layer.index {
                    assert!(index.has_all_evidence_of(&probes()));
                    assert_eq!(index.evidence(&probes()), layer.evidence, "{compression:?}");
                }
                let first = first.get_or_insert_with(|| ReadLayer {
                    facts: layer.facts.clone(),
                    index: None,
                    evidence: layer.evidence.clone(),
                    points: None,
                });
                assert_eq!(layer.evidence, first.evidence, "{compression:?}, {is_file}, {verify}");
                assert_eq!(
                    layer.facts.warnings, first.facts.warnings,
                    "{compression:?}, {is_file}, {verify}"
                );
            }
        }
        first.expect("a layer")
    }

    fn shown(layer: &ReadLayer) -> Vec<(u32, &str, &[u8])> {
        let fact = |fact: &'_ Fact| (fact.ordinal, fact.probe.name);
        layer.evidence.iter().map(|one| (fact(one).0, fact(one).1, one.payload.as_slice())).collect()
    }

    #[test]
    fn probes_see_what_they_want_in_every_form() {
        let layer = Layer::new()
            .file("other", "nothing")
            .file("head-long", "abcdef")
            .file("head-short", "ab")
            .dir("whole-dir")
            .file("whole-small", "content")
            .file("stream", "x".repeat(200_000))
            .file("whole-empty", "");
        let layer = read(&layer);
        let long = "x".repeat(200_000);
        let expected: [(u32, &str, &[u8]); 4] = [
            (1, "head", b"abc"),
            (2, "head", b"ab"),
            (4, "whole", b"content"),
            (5, "stream", long.as_bytes()),
        ];
        assert_eq!(shown(&layer), expected);
        assert_eq!(layer.facts.warnings, []);
    }

    /// For each set of probes that an earlier read had: only the others are asked, and the outcome
    /// is that of one read.
    #[test]
    fn only_missing_probes_are_asked_again() {
        let layer = Layer::new()
            .file("head", "abcdef")
            .file("whole", "content")
            .file("stream", "x".repeat(200_000))
            .file("places", "[abc]");
        let bytes = compress(&layer.into_tar(), Compression::Gzip);
        let fresh = read_as(&bytes, false, false);
        for set in 0..1 << ALL.len() {
            let earlier = those(|number| set & 1 << number != 0);
            let known = read_with(&bytes, false, false, earlier.clone(), None).index.map(|index| *index);
            let mut known = known.expect("an index");
            assert_eq!(known.evidence(&probes()).len(), known.evidence(&earlier).len());
            known.forget_payloads();
            let again = read_with(&bytes, false, false, probes(), Some(Arc::new(known)));
            let is_known = |fact: &Fact| earlier.ids().contains(&fact.probe);
            let expected = fresh.evidence.iter().map(|fact| {
                let payload = if is_known(fact) { b"known".to_vec() } else { fact.payload.clone() };
                Fact { payload, ..*fact }
            });
            assert_eq!(again.evidence, expected.collect::<Vec<_>>(), "{set}");
            let index = again.index.expect("an index");
            assert!(index.has_all_evidence_of(&probes()));
            assert_eq!(index.evidence(&probes()), again.evidence);
        }
    }

    #[test]
    fn survey_reads_the_same_places_in_every_form() {
        let layer = Layer::new()
            .file("places-small", "[abc]")
            .file("places-large", format!("[{}]", "x".repeat(100_000)))
            .file("places-other", "(abc)")
            .file("places-bad", "[abc]")
            .file("places-late", "[abc]");
        let layer = read(&layer);
        assert_eq!(shown(&layer), [(0, "places", &b"bc][ab?"[..]), (1, "places", b"xx][xx!")]);
        let messages: Vec<_> = layer.facts.warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(messages, ["the probe places failed at `places-bad`"]);
    }

    #[test]
    fn too_large_file_is_a_warning() {
        let layer = read(&Layer::new().file("whole", "x".repeat(1001)).file("whole2", "y"));
        assert_eq!(shown(&layer), [(1, "whole", &b"y"[..])]);
        let [warning] = &layer.facts.warnings[..] else { panic!("one warning") };
        assert_eq!(warning.message, "`whole` is too large for the probe whole: 1001 bytes");
    }

    #[test]
    fn panicking_probe_is_a_warning_and_not_asked_again() {
        let layer = Layer::new()
            .file("whole-bad", "1")
            .file("whole-good", "2")
            .file("panic-at-once", "3")
            .file("head", "4")
            .file("stream", "5");
        let layer = read(&layer);
        assert_eq!(shown(&layer), [(4, "stream", &b"5"[..])]);
        let messages: Vec<_> = layer.facts.warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(
            messages,
            ["the probe whole failed at `whole-bad`", "the probe head failed at `panic-at-once`"]
        );
    }

    #[test]
    fn facts_beyond_the_limit_are_dropped_with_one_warning() {
        let layer = (0..4).fold(Layer::new(), |layer, number| layer.file(format!("large{number}"), "1"));
        let layer = read(&layer);
        assert_eq!(layer.evidence.len(), 1);
        assert_eq!(layer.facts.warnings.len(), 1);
    }
}

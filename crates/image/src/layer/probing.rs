//! Shows the contents of entries to probes while a layer is read.
//!
//! A probe is code that meets hostile content: one that panics is not asked again in this layer,
//! and its facts about the entry are lost, nothing else. Facts beyond the limit of a layer are
//! dropped with a warning.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dockopt_core::entry::Entry;
use dockopt_core::evidence::{Examination, Fact, MAX_CONTENT, MAX_FACTS, Probe, ProbeId, Probes, Want};
use dockopt_core::path::escape;

/// The probing of one layer.
pub(super) struct Probing {
    probes: Probes,
    /// Whether each probe has panicked.
    failed: Vec<bool>,
    facts: Vec<Fact>,
    /// Bytes of all facts.
    size: usize,
    problems: Vec<String>,
}

/// The probes that see the content of one entry.
pub(super) struct Seen<'p> {
    probing: &'p mut Probing,
    ordinal: u32,
    path: Vec<u8>,
    active: Vec<Active>,
}

/// An examination in progress.
struct Active {
    probe: usize,
    id: ProbeId,
    examination: Box<dyn Examination>,
    /// Bytes that it still wants.
    left: u64,
}

impl Probing {
    pub(super) fn new(probes: Probes) -> Self {
        let failed = vec![false; probes.iter().len()];
        Self { probes, failed, facts: Vec::new(), size: 0, problems: Vec::new() }
    }

    /// Starts the examinations of an entry; `None` if no probe wants its content.
    pub(super) fn start(&mut self, ordinal: u32, entry: &Entry<'_>) -> Option<Seen<'_>> {
        let mut active = Vec::new();
        let probes = self.probes.clone();
        for (number, probe) in probes.iter().enumerate() {
            if self.failed.get(number) == Some(&true) {
                continue;
            }
            let started = catch_unwind(AssertUnwindSafe(|| begin(probe, entry)));
            match started {
                Ok(Started::Examination(examination, left)) => {
                    active.push(Active { probe: number, id: probe.id(), examination, left });
                }
                Ok(Started::TooLarge) => self.problems.push(format!(
                    "`{}` is too large for the probe {}: {} bytes",
                    escape(entry.path),
                    probe.id().name,
                    entry.metadata.size
                )),
                Ok(Started::Nothing) => {}
                Err(_) => self.fail(number, entry.path),
            }
        }
        (!active.is_empty()).then(|| Seen { probing: self, ordinal, path: entry.path.to_vec(), active })
    }

    /// Returns the facts, and the problems as text.
    pub(super) fn finish(self) -> (Vec<Fact>, Vec<String>) {
        (self.facts, self.problems)
    }

    fn fail(&mut self, probe: usize, path: &[u8]) {
        if let Some(failed) = self.failed.get_mut(probe) {
            *failed = true;
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

enum Started {
    Nothing,
    TooLarge,
    Examination(Box<dyn Examination>, u64),
}

fn begin(probe: &dyn Probe, entry: &Entry<'_>) -> Started {
    let left = match probe.wants(entry) {
        Want::Nothing => return Started::Nothing,
        Want::Head(bytes) => bytes.min(MAX_CONTENT),
        Want::Whole { limit } if entry.metadata.size > limit.min(MAX_CONTENT) => return Started::TooLarge,
        Want::Whole { .. } | Want::Stream => u64::MAX,
    };
    Started::Examination(probe.start(entry), left)
}

impl Seen<'_> {
    /// Most bytes that any probe still wants.
    pub(super) fn left(&self) -> u64 {
        self.active.iter().map(|active| active.left).max().unwrap_or(0)
    }

    /// Passes the next piece of the content to the probes.
    pub(super) fn take(&mut self, piece: &[u8]) {
        let Self { probing, path, active, .. } = self;
        active.retain_mut(|active| {
            let wanted = usize::try_from(active.left).unwrap_or(usize::MAX).min(piece.len());
            let Some(piece) = piece.get(..wanted).filter(|piece| !piece.is_empty()) else { return true };
            active.left = active.left.saturating_sub(piece.len() as u64);
            let taken = catch_unwind(AssertUnwindSafe(|| active.examination.take(piece)));
            if taken.is_err() {
                probing.fail(active.probe, path);
            }
            taken.is_ok()
        });
    }

    /// Ends the examinations and keeps their facts.
    pub(super) fn finish(self) {
        let Self { probing, ordinal, path, active } = self;
        for Active { probe, id, examination, .. } in active {
            match catch_unwind(AssertUnwindSafe(|| examination.finish())) {
                Ok(Some(payload)) => probing.add(Fact { ordinal, probe: id, payload }),
                Ok(None) => {}
                Err(_) => probing.fail(probe, &path),
            }
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

        fn start(&self, entry: &Entry<'_>) -> Box<dyn Examination> {
            let fails = entry.path.ends_with(b"-bad");
            let repeated = if entry.path.starts_with(b"large") { 10 << 20 } else { 1 };
            Box::new(Collected::new(move |content: &[u8]| {
                assert!(!fails, "a panic");
                Some(content.repeat(repeated))
            }))
        }
    }

    fn probes() -> Probes {
        Probes::new(vec![
            Box::new(Named("head", Want::Head(3))),
            Box::new(Named("whole", Want::Whole { limit: 1000 })),
            Box::new(Named("stream", Want::Stream)),
            Box::new(Named("large", Want::Stream)),
        ])
    }

    fn window(bytes: &[u8]) -> Window {
        let mut file = tempfile::tempfile().expect("a temporary file");
        std::io::Write::write_all(&mut file, bytes).expect("written");
        Window::new(Arc::new(file), 0, bytes.len() as u64)
    }

    fn read_as(bytes: &[u8], is_file: bool, verify: bool) -> ReadLayer {
        let (batches, _receiver) = sync_channel(64);
        let context = Context {
            hasher: Hasher::with_seed(1),
            gauge: Meter::default().layer("layer", None),
            batches,
            verify,
            index: true,
            points: false,
            probes: probes(),
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
                    assert!(index.has_evidence_of(&probes()));
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

//! The index of a layer: its entries as sent to the tree, compressed while the layer is read.
//!
//! It consists of a head with the counts, and one block per batch in one zstd stream: the length of
//! the block as four bytes, then its entries. A layer with contents that are not hashed has no
//! index, because they could not be compared later. An index that was checked as a whole is decoded
//! batch by batch.

use std::fmt;
use std::io::{self, Read, Write};

use dockopt_core::evidence::{Fact, MAX_FACTS, ProbeId, Probes};
use dockopt_core::warning_kind::WarningKind;
use serde::{Deserialize, Serialize};
use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

use super::batch::Batch;
use super::facts::{LayerFacts, LayerWarning};
use super::written::{Bytes, WrittenEntry};
use crate::bytes::sniff::Looks;

/// Largest stored index, compressed: 128 MiB, some millions of entries.
pub(crate) const MAX_PAYLOAD: u64 = 128 << 20;
/// Largest index, unpacked: 2 GiB.
const MAX_UNPACKED: u64 = 2 << 30;
/// Largest block. A batch of names may be exceeded by one path and one link target of the maximum
/// length, 1 MiB each.
const MAX_BLOCK: usize = 4 << 20;
/// Largest accepted zstd window, as a power of two. Level 1 uses less.
const WINDOW_LOG: u32 = 22;
const LEVEL: i32 = 1;

/// An index that contradicts itself although its checksum is valid: it was forged by someone who
/// knows the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its index in the cache is corrupt; `dockopt-dive cache prune` empties the cache")]
pub(crate) struct BrokenIndex;

/// The counts of an index, and the other facts about the layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    entries: u64,
    batches: u64,
    unpacked: u64,
    form: Form,
    blob_digest: Option<String>,
    diff_digest: Option<String>,
    /// Kind and message of each warning.
    warnings: Vec<(String, String)>,
    /// Name and version of each probe that saw the layer.
    probes: Vec<(String, u16)>,
    /// The facts of these probes, compressed.
    evidence: Vec<u8>,
}

/// A fact in encoded form.
#[derive(Serialize, Deserialize)]
struct WrittenFact<'a> {
    ordinal: u32,
    /// Index of the probe in the head.
    probe: u16,
    #[serde(borrow)]
    payload: Bytes<'a>,
}

/// Format of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Form {
    #[default]
    Empty,
    Tar,
    Gzip,
    Zstd,
}

/// Creates the index of a layer from its batches.
pub(crate) struct IndexWriter {
    /// `None` as soon as it is clear that the layer cannot have an index.
    output: Option<Encoder<'static, Vec<u8>>>,
    block: Vec<u8>,
    head: Head,
}

impl IndexWriter {
    pub(crate) fn new() -> Self {
        let output = Encoder::new(Vec::new(), LEVEL).ok();
        Self { output, block: Vec::new(), head: Head::default() }
    }

    /// Adds all entries of a batch.
    pub(crate) fn add(&mut self, batch: &Batch) {
        if self.try_add(batch).is_none() {
            self.output = None;
            self.block = Vec::new();
        }
    }

    /// Returns the index, if the layer can have one. The last batch must have been added before.
    pub(crate) fn finish(
        self,
        facts: &LayerFacts,
        probes: &Probes,
        evidence: &[Fact],
    ) -> Option<EncodedIndex> {
        let blocks = self.output?.finish().ok()?;
        let head = Head {
            form: form(facts.looks)?,
            blob_digest: facts.blob_digest.clone(),
            diff_digest: facts.diff_digest.clone(),
            warnings: facts.warnings.iter().map(written).collect(),
            probes: probes.ids().iter().map(|id| (id.name.to_owned(), id.version)).collect(),
            evidence: written_facts(probes, evidence)?,
            ..self.head
        };
        (head.batches > 0).then_some(EncodedIndex { head, payload: blocks, start: 0 })
    }

    fn try_add(&mut self, batch: &Batch) -> Option<()> {
        let output = self.output.as_mut()?;
        self.block.clear();
        let mut last = 0;
        for entry in batch.entries() {
            let written = WrittenEntry::of(&entry, &mut last)?;
            self.block = postcard::to_extend(&written, std::mem::take(&mut self.block)).ok()?;
        }
        let length = u32::try_from(self.block.len()).ok().filter(|_| self.block.len() <= MAX_BLOCK)?;
        self.head.entries += batch.entries().len() as u64;
        self.head.batches += 1;
        self.head.unpacked += 4 + u64::from(length);
        output.write_all(&length.to_le_bytes()).and_then(|()| output.write_all(&self.block)).ok()?;
        // Leave room for the compressor's buffered output and for the head.
        let fits = (output.get_ref().len() + 2 * MAX_BLOCK) as u64 <= MAX_PAYLOAD;
        (fits && self.head.unpacked <= MAX_UNPACKED).then_some(())
    }
}

/// The encoded index of a layer.
#[derive(Clone)]
pub(crate) struct EncodedIndex {
    head: Head,
    /// The payload, with the blocks from `start` on.
    payload: Vec<u8>,
    start: usize,
}

impl EncodedIndex {
    /// Parses a payload; `None` if it is not an index.
    pub(crate) fn parse(payload: Vec<u8>) -> Option<Self> {
        let (head, blocks) = postcard::take_from_bytes::<Head>(&payload).ok()?;
        let start = payload.len() - blocks.len();
        let is_sound = head.batches > 0
            && head.unpacked <= MAX_UNPACKED
            && head.warnings.iter().all(|warning| read(warning).is_some());
        is_sound.then_some(Self { head, payload, start })
    }

    /// Returns the first part of the payload.
    pub(crate) fn head(&self) -> io::Result<Vec<u8>> {
        postcard::to_stdvec(&self.head).map_err(io::Error::other)
    }

    /// Returns the second part of the payload.
    pub(crate) fn blocks(&self) -> &[u8] {
        self.payload.get(self.start..).unwrap_or_default()
    }

    /// Number of entries of the layer.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> u64 {
        self.head.entries
    }

    /// Returns the facts about the layer apart from its entries.
    pub(crate) fn facts(&self) -> LayerFacts {
        LayerFacts {
            looks: Some(match self.head.form {
                Form::Empty => Looks::Empty,
                Form::Tar => Looks::Tar,
                Form::Gzip => Looks::Gzip,
                Form::Zstd => Looks::Zstd,
            }),
            blob_digest: self.head.blob_digest.clone(),
            diff_digest: self.head.diff_digest.clone(),
            warnings: self.head.warnings.iter().filter_map(read).collect(),
        }
    }

    /// Whether this probe has seen the layer.
    pub(crate) fn has_evidence_of(&self, probe: &ProbeId) -> bool {
        self.position(probe).is_some()
    }

    /// Whether all these probes have seen the layer.
    pub(crate) fn has_all_evidence_of(&self, probes: &Probes) -> bool {
        probes.ids().iter().all(|id| self.has_evidence_of(id))
    }

    /// Whether facts that later probes find can be added. A warning about facts does not say which
    /// probes it concerns.
    pub(crate) fn can_be_extended(&self) -> bool {
        self.facts().warnings.iter().all(|warning| warning.kind != WarningKind::Evidence)
    }

    /// Returns the facts of these probes.
    pub(crate) fn evidence(&self, probes: &Probes) -> Vec<Fact> {
        let ids = probes.ids();
        let of = |number: u16| ids.iter().find(|id| self.position(id) == Some(usize::from(number)));
        let fact = |written: &WrittenFact<'_>| {
            let &WrittenFact { ordinal, probe, payload } = written;
            of(probe).map(|&probe| Fact { ordinal, probe, payload: payload.0.to_vec() })
        };
        let bytes = unpacked_facts(&self.head.evidence).unwrap_or_default();
        let written: Vec<WrittenFact<'_>> = postcard::from_bytes(&bytes).unwrap_or_default();
        written.iter().filter_map(fact).collect()
    }

    /// Replaces every fact, so that a test sees which ones are taken from here.
    #[cfg(test)]
    pub(super) fn forget_payloads(&mut self) {
        let bytes = unpacked_facts(&self.head.evidence).unwrap_or_default();
        let mut written: Vec<WrittenFact<'_>> = postcard::from_bytes(&bytes).unwrap_or_default();
        for fact in &mut written {
            fact.payload = Bytes(b"known");
        }
        let bytes = postcard::to_stdvec(&written).expect("written");
        self.head.evidence = zstd::encode_all(&*bytes, LEVEL).expect("compressed");
    }

    fn position(&self, id: &ProbeId) -> Option<usize> {
        self.head.probes.iter().position(|(name, version)| name == id.name && *version == id.version)
    }

    /// Decodes the batches of the layer, as if it were read into `slot`.
    pub(crate) fn batches(&self, slot: u32) -> IndexReader<'_> {
        let input = Decoder::with_buffer(self.blocks()).ok().and_then(|mut decoder| {
            decoder.window_log_max(WINDOW_LOG).ok()?;
            Some(decoder)
        });
        let Head { entries, batches, unpacked, .. } = self.head;
        IndexReader { slot, input, block: Vec::new(), entries, batches, unpacked }
    }
}

impl fmt::Debug for EncodedIndex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("EncodedIndex").field("head", &self.head).finish_non_exhaustive()
    }
}

/// A decoder of an index.
pub(crate) struct IndexReader<'i> {
    slot: u32,
    input: Option<Decoder<'i, &'i [u8]>>,
    block: Vec<u8>,
    /// Number of remaining entries.
    entries: u64,
    batches: u64,
    unpacked: u64,
}

impl IndexReader<'_> {
    fn decode(&mut self) -> Option<Batch> {
        let input = self.input.as_mut()?;
        let mut length = [0; 4];
        input.read_exact(&mut length).ok()?;
        let length = u32::from_le_bytes(length);
        self.unpacked = self.unpacked.checked_sub(4 + u64::from(length))?;
        let length = usize::try_from(length).ok().filter(|&length| length <= MAX_BLOCK)?;
        self.block.resize(length, 0);
        input.read_exact(&mut self.block).ok()?;
        let mut batch = Batch::new(self.slot);
        let (mut rest, mut last) = (self.block.as_slice(), 0);
        while !rest.is_empty() {
            let (written, after) = postcard::take_from_bytes::<WrittenEntry<'_>>(rest).ok()?;
            self.entries = self.entries.checked_sub(1)?;
            batch.push(&written.entry(&mut last));
            rest = after;
        }
        self.batches -= 1;
        if self.batches > 0 {
            return Some(batch);
        }
        let is_end = self.entries == 0 && self.unpacked == 0 && input.read(&mut [0]).ok()? == 0;
        is_end.then(|| batch.complete())
    }
}

impl Iterator for IndexReader<'_> {
    type Item = Result<Batch, BrokenIndex>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.batches == 0 {
            return None;
        }
        let batch = self.decode();
        if batch.is_none() {
            self.batches = 0;
        }
        Some(batch.ok_or(BrokenIndex))
    }
}

fn written_facts(probes: &Probes, evidence: &[Fact]) -> Option<Vec<u8>> {
    if evidence.is_empty() {
        return Some(Vec::new());
    }
    let ids = probes.ids();
    let written: Option<Vec<WrittenFact<'_>>> = evidence
        .iter()
        .map(|Fact { ordinal, probe, payload }| {
            let probe = u16::try_from(ids.iter().position(|id| id == probe)?).ok()?;
            Some(WrittenFact { ordinal: *ordinal, probe, payload: Bytes(payload) })
        })
        .collect();
    zstd::encode_all(&*postcard::to_stdvec(&written?).ok()?, LEVEL).ok()
}

/// Unpacks the facts of an index; `None` if there are none, or they are broken.
fn unpacked_facts(compressed: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = Decoder::with_buffer(compressed).ok()?;
    decoder.window_log_max(WINDOW_LOG).ok()?;
    let mut bytes = Vec::new();
    decoder.take(2 * MAX_FACTS as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn written(warning: &LayerWarning) -> (String, String) {
    (warning.kind.name().to_owned(), warning.message.clone())
}

/// Returns the warning, or `None` if this version of the program does not know its kind.
fn read((kind, message): &(String, String)) -> Option<LayerWarning> {
    let kind = WarningKind::of_name(kind)?;
    Some(LayerWarning { kind, message: message.clone() })
}

/// Returns the format of a layer that was read to its end.
fn form(looks: Option<Looks>) -> Option<Form> {
    match looks? {
        Looks::Empty => Some(Form::Empty),
        Looks::Tar => Some(Form::Tar),
        Looks::Gzip => Some(Form::Gzip),
        Looks::Zstd => Some(Form::Zstd),
        Looks::Other(_) | Looks::Json | Looks::Unknown => None,
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;

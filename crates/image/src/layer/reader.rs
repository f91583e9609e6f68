//! Reads one layer: turns the bytes of a blob into a stream of entries.
//!
//! The reader walks an uncompressed layer in a file header by header and skips its content. It
//! decodes everything else once and hashes content as it passes, because it cannot be read again.
//! The reader does not depend on the source of the blob.

use std::io::{self, Read};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use dockopt_core::entry::{Content, Entry, EntryKind, Metadata};
use dockopt_core::evidence::{Fact, Probes};
use dockopt_core::warning_kind::WarningKind;

use super::batch::Batch;
use super::error::LayerError;
use super::facts::LayerFacts;
use super::index::{EncodedIndex, IndexWriter};
use super::probing::{Probing, Seen};
use super::sender::{BatchSender, BuilderGone};
use super::trailer::Trailer;
use crate::bytes::decode::{ByteStream, PieceStream, decoded_with, in_pieces};
use crate::bytes::hash::Hasher;
use crate::bytes::points::{PointCollector, SeekPoints};
use crate::bytes::progress::{Gauge, Metered, Stoppable};
use crate::bytes::sniff::Looks;
use crate::bytes::stages::{Order, SpareThreads, Stages};
use crate::bytes::verify::{Digester, Tee};
use crate::bytes::window::{Input, Streamed, Window};
use crate::tar::{BLOCK, End, Member, TarError, TarErrorKind, Walker};

/// Most bytes of padding after the last entry of a tar: 1 MiB, far more than any writer's record.
const MAX_PADDING: u64 = 1024 * 1024;
/// Length in bytes of an empty tar, one record of 20 blocks, without its first block.
const EMPTY_TAR: u64 = 19 * BLOCK;

/// Bytes that probes see at a time where contents are not read otherwise.
const PROBED: usize = 64 * 1024;

/// Bytes of a layer.
pub(crate) enum Blob<'a> {
    /// In a file that can be read at any position.
    File(Window),
    /// In a stream that can be read once.
    Stream(PieceStream<'a>),
}

/// Settings and shared state of reading a layer.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) hasher: Hasher,
    /// Counts the bytes of the layer.
    pub(crate) gauge: Arc<Gauge>,
    pub(crate) batches: SyncSender<Batch>,
    /// Whether to compute the digests of blobs and unpacked layers.
    pub(crate) verify: bool,
    /// Whether to build an index of the layer.
    pub(crate) index: bool,
    /// Whether to collect the seek points of a compressed layer.
    pub(crate) points: bool,
    /// Probes that see the contents of files.
    pub(crate) probes: Probes,
    /// The index of an earlier read. Probes whose facts it has are not asked again.
    pub(crate) known: Option<Arc<EncodedIndex>>,
    /// Threads that stages of the layer may move to.
    pub(crate) spare: Arc<SpareThreads>,
}

/// A layer that was read to its end.
#[derive(Debug)]
pub(crate) struct ReadLayer {
    pub(crate) facts: LayerFacts,
    /// Its entries and facts as the cache stores them. `None` unless the context requests it, the
    /// layer was read to its end, and all content is hashed.
    pub(crate) index: Option<Box<EncodedIndex>>,
    /// The facts of the probes.
    pub(crate) evidence: Vec<Fact>,
    /// The seek points, if the context requests them and there are any after the first byte.
    pub(crate) points: Option<Arc<SeekPoints>>,
}

/// Outcome of reading a layer.
pub(crate) type LayerOutcome = Result<ReadLayer, LayerError>;

/// Reads a layer into `slot`.
pub(crate) fn read_layer(blob: Blob<'_>, slot: u32, context: &Context) -> LayerOutcome {
    let result = match blob {
        Blob::File(window) if !context.verify => read_file(window, slot, context),
        blob => read_stream(blob, slot, context),
    };
    context.gauge.finish(result.is_err());
    result
}

/// Sends the entries of a known index into `slot`, as if the layer had been read.
pub(crate) fn read_index(index: &EncodedIndex, slot: u32, context: &Context) -> LayerOutcome {
    let result = index.batches(slot).try_for_each(|batch| {
        if context.gauge.is_cancelled() {
            return Err(LayerError::Cancelled);
        }
        let batch = batch.map_err(|error| LayerError::Read(io::Error::other(error)))?;
        context.batches.send(batch).map_err(|_| LayerError::Cancelled)
    });
    context.gauge.finish(result.is_err());
    let evidence = || index.evidence(&context.probes);
    result.map(|()| ReadLayer { facts: index.facts(), index: None, evidence: evidence(), points: None })
}

fn read_file(mut window: Window, slot: u32, context: &Context) -> LayerOutcome {
    let mut start = Vec::new();
    let again = window.clone_from_here();
    (&mut window).take(512).read_to_end(&mut start).map_err(LayerError::Read)?;
    let looks = Looks::at(&start);
    if looks != Looks::Tar {
        return read_stream(Blob::File(again), slot, context);
    }
    let mut walker = Walker::new(Metered::new(again, Arc::clone(&context.gauge)), context.hasher.clone());
    let (index, probing) = read_entries(&mut walker, slot, context, ContentReading::Later)?;
    let mut facts = LayerFacts { looks: Some(looks), ..LayerFacts::default() };
    let is_whole = finish(walker, &mut facts)?;
    let evidence = conclude(probing, &mut facts);
    let index = index.filter(|_| is_whole);
    let index = index.and_then(|index| index.finish(&facts, &context.probes, &evidence)).map(Box::new);
    Ok(ReadLayer { facts, index, evidence, points: None })
}

/// Reads a layer from its first byte to its last, on several threads as soon as some are spare.
fn read_stream(blob: Blob<'_>, slot: u32, context: &Context) -> LayerOutcome {
    thread::scope(|scope| {
        let stages = Stages::new(scope, &context.spare);
        let points = context.points.then(PointCollector::new);
        let (unpacked, digests) = if context.verify {
            let (unpacked, digests) = verified(blob, &stages, context, points.clone())?;
            (unpacked, Some(digests))
        } else {
            (unpacked(stored(blob, &stages, context), &stages, context, points.clone())?, None)
        };
        let mut walker = Walker::new(Streamed(unpacked.stream), context.hasher.clone());
        let (index, probing) = read_entries(&mut walker, slot, context, ContentReading::Now)?;
        let mut facts = LayerFacts { looks: Some(unpacked.looks), ..LayerFacts::default() };
        let is_whole = finish(walker, &mut facts)?;
        if let Some(digests) = digests {
            digests.finish(&mut facts).map_err(LayerError::Read)?;
        }
        let evidence = conclude(probing, &mut facts);
        let index = index.filter(|_| is_whole);
        let index = index.and_then(|index| index.finish(&facts, &context.probes, &evidence)).map(Box::new);
        let points = points.filter(|_| is_whole).and_then(|points| points.finish()).map(Arc::new);
        Ok(ReadLayer { facts, index, evidence, points })
    })
}

/// The tar of a layer, and the detected format of the blob.
struct UnpackedStream<'scope> {
    looks: Looks,
    stream: PieceStream<'scope>,
}

/// Returns the blob as stored. A file is read ahead; a stream already comes from another thread.
fn stored<'scope>(blob: Blob<'scope>, stages: &Stages<'scope, '_>, context: &Context) -> PieceStream<'scope> {
    let gauge = Arc::clone(&context.gauge);
    match blob {
        Blob::File(window) => Box::new(stages.stage(Order::Second, Metered::new(window, gauge))),
        Blob::Stream(stream) => Box::new(Metered::new(stream, gauge)),
    }
}

/// Decompresses a blob. Fails if its format cannot be that of a layer.
fn unpacked<'scope>(
    stored: PieceStream<'scope>,
    stages: &Stages<'scope, '_>,
    context: &Context,
    points: Option<PointCollector>,
) -> Result<UnpackedStream<'scope>, LayerError> {
    let (looks, plain) = decoded_with(stored, points).map_err(LayerError::Read)?;
    let order = match looks {
        Looks::Gzip | Looks::Zstd => Order::First,
        Looks::Tar | Looks::Empty => {
            stages.without_first();
            Order::Never
        }
        looks => return Err(LayerError::no_layer(looks)),
    };
    let plain = Stoppable::new(plain, Arc::clone(&context.gauge));
    Ok(UnpackedStream { looks, stream: Box::new(stages.stage(order, plain)) })
}

/// Decompresses a blob and computes its digests, stored and unpacked.
fn verified<'scope>(
    blob: Blob<'scope>,
    stages: &Stages<'scope, '_>,
    context: &Context,
    points: Option<PointCollector>,
) -> Result<(UnpackedStream<'scope>, Digests<'scope>), LayerError> {
    let digester = Digester::sha256();
    let tee = Tee::new(metered(blob, context), digester.clone());
    let stored = Shared::new(Box::new(stages.stage(Order::Second, tee)));
    let mut unpacked = unpacked(Box::new(in_pieces(stored.clone())), stages, context, points)?;
    // The tar of an uncompressed layer is its blob.
    let diff = matches!(unpacked.looks, Looks::Gzip | Looks::Zstd).then(Digester::sha256);
    if let Some(diff) = &diff {
        let tee = Tee::new(unpacked.stream, diff.clone());
        unpacked.stream = Box::new(stages.stage(Order::Third, tee));
    }
    Ok((unpacked, Digests { stored, blob: digester, diff }))
}

fn metered<'a>(blob: Blob<'a>, context: &Context) -> ByteStream<'a> {
    let gauge = Arc::clone(&context.gauge);
    match blob {
        Blob::File(window) => Box::new(Metered::new(window, gauge)),
        Blob::Stream(stream) => Box::new(Metered::new(stream, gauge)),
    }
}

/// Digests of a layer, computed while it is read.
struct Digests<'a> {
    stored: Shared<'a>,
    blob: Digester,
    /// Digest of the unpacked tar; `None` if the tar is the blob.
    diff: Option<Digester>,
}

impl Digests<'_> {
    /// Reads the rest of the blob and stores the digests. A decoder stops at bytes that it cannot
    /// decode, but the digest covers all bytes.
    fn finish(mut self, facts: &mut LayerFacts) -> io::Result<()> {
        io::copy(&mut self.stored, &mut io::sink())?;
        let blob = self.blob.digest();
        let diff = self.diff.map_or_else(|| blob.clone(), |diff| diff.digest());
        (facts.blob_digest, facts.diff_digest) = (Some(blob), Some(diff));
        Ok(())
    }
}

/// A stream that can still be read after a decoder has taken it.
#[derive(Clone)]
struct Shared<'a>(Arc<Mutex<ByteStream<'a>>>);

impl<'a> Shared<'a> {
    fn new(stream: ByteStream<'a>) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }
}

impl Read for Shared<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(buffer)
    }
}

/// Whether contents are hashed as they pass, or can be read later.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ContentReading {
    Now,
    Later,
}

fn read_entries(
    walker: &mut Walker<impl Input>,
    slot: u32,
    context: &Context,
    reading: ContentReading,
) -> Result<(Option<IndexWriter>, Probing), LayerError> {
    let index = context.index.then(IndexWriter::new);
    let mut sender = BatchSender::new(slot, context.batches.clone()).with_index(index);
    let mut probing = Probing::new(context.probes.clone(), context.known.as_deref());
    let result = send_entries(walker, &mut sender, &mut probing, context, reading);
    // The entries before an error are sent as well.
    let index = sender.finish().map_err(|_: BuilderGone| LayerError::Cancelled)?;
    result.map(|()| (index, probing))
}

/// Turns the problems of probing into warnings; returns the facts.
fn conclude(probing: Probing, facts: &mut LayerFacts) -> Vec<Fact> {
    let (evidence, problems) = probing.finish();
    for problem in problems {
        facts.warn(WarningKind::Evidence, problem);
    }
    evidence
}

fn send_entries(
    walker: &mut Walker<impl Input>,
    sender: &mut BatchSender,
    probing: &mut Probing,
    context: &Context,
    reading: ContentReading,
) -> Result<(), LayerError> {
    let (mut ordinals, mut buffer) = (0.., Vec::new());
    while let Some(member) = walker.next().map_err(|error| not_cancelled(error, context))? {
        let seen = ordinals.next().and_then(|ordinal| start(probing, ordinal, walker, &member));
        let found = content(walker, &member, reading, &mut buffer, seen);
        let found = found.map_err(|error| not_cancelled(error, context))?;
        if member.metadata.kind == EntryKind::File {
            context.gauge.add_content(member.metadata.size);
        }
        let sent = sender.push(&member, found, walker.path(), walker.link());
        sent.map_err(|_: BuilderGone| LayerError::Cancelled)?;
    }
    Ok(())
}

fn content(
    walker: &mut Walker<impl Input>,
    member: &Member,
    reading: ContentReading,
    buffer: &mut Vec<u8>,
    mut seen: Option<Seen<'_>>,
) -> Result<Content, TarError> {
    if member.metadata.kind != EntryKind::File || member.metadata.size == 0 {
        return Ok(Content::None);
    }
    // The data of a sparse file is not its content: it is hashed now, together with its holes.
    if reading == ContentReading::Later && member.holes.is_none() {
        if let Some(seen) = seen {
            show(walker, buffer, seen)?;
        }
        return Ok(Content::At(member.data_offset));
    }
    let hash = walker.hash_data(member, |piece| {
        if let Some(seen) = &mut seen {
            seen.take(piece);
        }
    })?;
    if let Some(seen) = seen {
        seen.finish();
    }
    let at = member.data_offset;
    Ok(if member.holes.is_some() { Content::Sparse { hash, at } } else { Content::Hashed { hash, at } })
}

/// Starts the examinations of a member. Sparse files are not shown to probes.
fn start<'p>(
    probing: &'p mut Probing,
    ordinal: u32,
    walker: &Walker<impl Input>,
    member: &Member,
) -> Option<Seen<'p>> {
    let Metadata { kind, size, .. } = member.metadata;
    if kind != EntryKind::File || size == 0 || member.holes.is_some() {
        return None;
    }
    let content = Content::At(member.data_offset);
    let entry = Entry { path: walker.path(), link: walker.link(), metadata: member.metadata, content };
    probing.start(ordinal, &entry)
}

/// Reads as much of a member's content as probes want.
fn show(walker: &mut Walker<impl Input>, buffer: &mut Vec<u8>, mut seen: Seen<'_>) -> Result<(), TarError> {
    let surveyed = seen.survey(&|buffer, offset| walker.peek_at(buffer, offset));
    surveyed.map_err(|error| walker.error(TarErrorKind::Read(error)))?;
    if buffer.is_empty() {
        *buffer = vec![0; PROBED];
    }
    while seen.left() > 0 {
        let wanted = usize::try_from(seen.left()).unwrap_or(usize::MAX).min(buffer.len());
        let piece = buffer.get_mut(..wanted).unwrap_or_default();
        match walker.read_piece(piece)? {
            0 => break,
            read => seen.take(piece.get(..read).unwrap_or_default()),
        }
    }
    seen.finish();
    Ok(())
}

/// Returns the error of a walk; [`LayerError::Cancelled`] if a read failed after the cancellation.
fn not_cancelled(error: TarError, context: &Context) -> LayerError {
    if context.gauge.is_cancelled() && matches!(error.kind, TarErrorKind::Read(_)) {
        LayerError::Cancelled
    } else {
        LayerError::Tar(error)
    }
}

/// Reads the bytes after the tar and warns of anomalies. Returns whether the blob is complete.
///
/// Digests and the checksums of the compression cover these bytes. Fails if a checksum is wrong.
fn finish(walker: Walker<impl Input>, facts: &mut LayerFacts) -> Result<bool, LayerError> {
    let has_entries = walker.offset() > BLOCK;
    if walker.end() == Some(End::Unmarked) {
        let message = format!("tar has no end-of-archive block after {} bytes", walker.offset());
        facts.warn(WarningKind::MayBeTruncated, message);
    }
    match Trailer::read(walker.into_input()) {
        Ok(trailer) => weigh(trailer, has_entries, facts),
        Err(error) if is_trailing_garbage(&error) => {
            let message = "bytes that are not compressed data follow the compressed tar";
            facts.warn(WarningKind::TrailingData, message);
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            let message = "the compressed data is cut off after the end of the tar";
            facts.warn(WarningKind::TruncatedBlob, message);
            return Ok(false);
        }
        // A wrong checksum means that the decoded bytes are not those that were written.
        Err(error) => return Err(LayerError::Read(error)),
    }
    Ok(true)
}

/// Warns of bytes after a tar that are neither padding nor a table of contents.
fn weigh(trailer: Trailer, has_entries: bool, facts: &mut LayerFacts) {
    let Trailer { bytes, garbage, is_cut, .. } = trailer;
    if garbage > 0 {
        let message = format!("{garbage} bytes that are not zero follow the end of the tar");
        facts.warn(WarningKind::TrailingData, message);
    }
    if is_cut {
        let message = "the table of contents after the end of the tar is cut off";
        facts.warn(WarningKind::TruncatedBlob, message);
    }
    let padding = if has_entries { MAX_PADDING } else { EMPTY_TAR };
    if garbage == 0 && bytes > padding {
        let what = if has_entries { "zeros follow the last entry" } else { "zeros and no entry" };
        facts.warn(WarningKind::Zeros, format!("{bytes} {what}: entries may be lost"));
    }
}

/// Returns whether decoding failed because other bytes follow the last member or frame.
///
/// Compares the messages of the decoders, which report this case in no other way.
fn is_trailing_garbage(error: &io::Error) -> bool {
    matches!(error.to_string().as_str(), "invalid gzip header" | "Unknown frame descriptor")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::mpsc::sync_channel;

    use dockopt_core::tree::TreeBuilder;
    use dockopt_testkit::{Compression, Layer, compress, sha256};

    use super::*;
    use crate::bytes::progress::Meter;

    fn indexed(bytes: &[u8]) -> Option<Box<EncodedIndex>> {
        let (context, _, _receiver) = context(false);
        read_layer(Blob::File(window(bytes)), 0, &Context { index: true, ..context }).ok()?.index
    }

    #[test]
    fn fully_decoded_layer_has_an_index() {
        let tar = || Layer::new().dir("d").file("d/f", "content").trailing(b"garbage").into_tar();
        let blob = compress(&tar(), Compression::Gzip);
        let index = indexed(&blob).expect("an index");
        assert_eq!((index.entries(), index.facts().looks), (2, Some(Looks::Gzip)));
        assert_eq!(index.facts().warnings.len(), 1);
        let mut builder = TreeBuilder::default();
        for batch in index.batches(0) {
            batch.expect("whole").push_into(&mut builder).expect("room");
        }
        let paths = |builder: TreeBuilder| {
            let tree = builder.stack(&[0]).expect("a slot").finish();
            tree.final_files().map(|file| file.path.to_text()).collect::<Vec<_>>()
        };
        assert_eq!(paths(builder), paths(read(&blob, false).1));
        assert!(read(&blob, false).0.expect("a layer").index.is_none(), "the context requests none");
    }

    #[test]
    fn broken_or_undecoded_layer_has_no_index() {
        let tar = Layer::new().file("f", vec![7; 4000]).into_tar();
        assert!(indexed(&tar).is_none(), "its content was not hashed");
        let gzip = compress(&tar, Compression::Gzip);
        assert!(indexed(&gzip).is_some());
        assert!(indexed(gzip.get(..gzip.len() - 9).unwrap_or_default()).is_none());
        assert!(indexed(&Layer::new().dir("d").into_tar()).is_some(), "there is no content");
    }

    fn context(verify: bool) -> (Context, Meter, std::sync::mpsc::Receiver<Batch>) {
        let (sender, receiver) = sync_channel(16);
        let meter = Meter::default();
        let gauge = meter.layer("layer", None);
        let context = Context {
            hasher: Hasher::with_seed(1),
            gauge,
            batches: sender,
            verify,
            index: false,
            points: false,
            probes: Probes::default(),
            known: None,
            spare: SpareThreads::new(0),
        };
        (context, meter, receiver)
    }

    fn window(bytes: &[u8]) -> Window {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("room on the disk");
        Window::new(Arc::new(file), 0, bytes.len() as u64)
    }

    /// Reads a layer on one thread, and checks that the outcome is the same on more threads.
    fn read(bytes: &[u8], verify: bool) -> (LayerOutcome, TreeBuilder) {
        let (outcome, builder) = read_on(SpareThreads::new(0), bytes, verify);
        for spare in 1..=3 {
            let (other, others) = read_on(SpareThreads::eager(spare), bytes, verify);
            assert_eq!(shown(&other), shown(&outcome), "{spare} spare threads");
            assert_eq!(others.entry_count(), builder.entry_count(), "{spare} spare threads");
        }
        (outcome, builder)
    }

    /// Formats the facts, or the error and its cause.
    fn shown(outcome: &LayerOutcome) -> String {
        match outcome {
            Ok(layer) => format!("{:?}", layer.facts),
            Err(error) => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                format!("{error}: {cause:?}")
            }
        }
    }

    fn read_on(spare: Arc<SpareThreads>, bytes: &[u8], verify: bool) -> (LayerOutcome, TreeBuilder) {
        let (context, _, receiver) = context(verify);
        let context = Context { spare, ..context };
        let result = read_layer(Blob::File(window(bytes)), 0, &context);
        drop(context);
        let mut builder = TreeBuilder::default();
        for batch in receiver {
            batch.push_into(&mut builder).expect("room");
        }
        (result, builder)
    }

    #[test]
    fn only_undecoded_layers_leave_open_comparisons() {
        let tar = || Layer::new().file("f", "content").into_tar();
        for (compression, verify, open) in
            [(Compression::Plain, false, 2), (Compression::Plain, true, 0), (Compression::Gzip, false, 0)]
        {
            let (result, builder) = read(&compress(&tar(), compression), verify);
            result.expect("a layer");
            let draft = builder.stack(&[0, 0]).expect("a slot");
            assert_eq!(draft.open_comparisons().len(), open, "{compression:?} {verify}");
        }
    }

    #[test]
    fn digests_cover_bytes_after_the_tar() {
        let tar = Layer::new().file("f", "1").trailing(b"garbage").into_tar();
        for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
            let blob = compress(&tar, compression);
            let facts = read(&blob, true).0.expect("a layer").facts;
            assert_eq!(facts.blob_digest, Some(sha256(&blob)), "{compression:?}");
            assert_eq!(facts.diff_digest, Some(sha256(&tar)), "{compression:?}");
            let messages: Vec<&str> = facts.warnings.iter().map(|one| one.message.as_str()).collect();
            assert_eq!(messages, ["7 bytes that are not zero follow the end of the tar"]);
            assert_eq!(read(&blob, false).0.expect("a layer").facts.blob_digest, None);
        }
    }

    /// Returns bytes that compress a little, more than the rings of all stages hold.
    fn noise() -> Vec<u8> {
        (0..6_000_000_u32).map(|at| at.wrapping_mul(at).to_le_bytes()[2] % 100).collect()
    }

    #[test]
    fn damaged_layer_reads_the_same_on_any_number_of_threads() {
        let small = |layer: Layer, (number, bytes): (usize, &[u8])| layer.file(format!("f{number}"), bytes);
        let noise = noise();
        let tar = noise.chunks(3_000).enumerate().fold(Layer::new(), small).into_tar();
        for compression in [Compression::Plain, Compression::GzipMembers(2), Compression::Zstd] {
            let blob = compress(&tar, compression);
            let mut changed = blob.clone();
            changed[blob.len() / 2] ^= 0x55;
            let with_junk = [&blob[..], b"junk"].concat();
            let cut = blob[..blob.len() - 700].to_vec();
            let mut bad_checksum = blob.clone();
            bad_checksum[blob.len() - 6] ^= 1;
            for (number, bytes) in [blob, changed, with_junk, cut, bad_checksum].iter().enumerate() {
                for verify in [false, true] {
                    let (outcome, _) = read(bytes, verify);
                    let digest = outcome.ok().and_then(|layer| layer.facts.blob_digest);
                    let expected = Some(sha256(bytes));
                    assert!(digest.is_none() || digest == expected, "{compression:?} {number}");
                }
            }
        }
    }

    #[test]
    fn seek_points_are_collected_on_request_on_any_number_of_threads() {
        let blob = compress(&Layer::new().file("f", noise()).into_tar(), Compression::GzipBlocks);
        for spare in 0..=3 {
            for (points, expected) in [(false, None), (true, Some(2))] {
                let (context, _, _batches) = context(false);
                let spare = SpareThreads::eager(spare);
                let context = Context { points, spare, ..context };
                let layer = read_layer(Blob::File(window(&blob)), 0, &context).expect("a layer");
                assert_eq!(layer.points.map(|points| points.len()), expected);
            }
        }
    }

    #[test]
    fn every_byte_of_a_layer_is_metered_on_any_number_of_threads() {
        let blob = compress(&Layer::new().file("f", noise()).into_tar(), Compression::Gzip);
        for (spare, verify) in (0..=3).flat_map(|spare| [(spare, false), (spare, true)]) {
            let (context, meter, _batches) = context(verify);
            let context = Context { spare: SpareThreads::eager(spare), ..context };
            read_layer(Blob::File(window(&blob)), 0, &context).expect("a layer");
            assert_eq!(meter.progress(0, None).bytes, blob.len() as u64, "{spare} {verify}");
        }
    }

    #[test]
    fn skipped_bytes_of_an_uncompressed_layer_are_metered() {
        let tar = Layer::new().file("f", vec![7; 100_000]).into_tar();
        let (context, meter, _batches) = context(false);
        read_layer(Blob::File(window(&tar)), 0, &context).expect("a layer");
        let progress = meter.progress(0, None);
        assert_eq!((progress.bytes, progress.layers), (tar.len() as u64, 1));
    }

    #[test]
    fn cancelled_read_is_an_error() {
        let tar = Layer::new().file("f", "1").into_tar();
        let bytes = [tar.clone(), compress(&tar, Compression::Gzip)];
        for (bytes, spare) in bytes.iter().flat_map(|bytes| (0..=3).map(move |spare| (bytes, spare))) {
            let (context, meter, batches) = context(false);
            let context = Context { spare: SpareThreads::eager(spare), ..context };
            meter.cancel();
            let result = read_layer(Blob::File(window(bytes)), 0, &context);
            assert!(result.is_err(), "{result:?}");
            drop(batches);
        }
        let (context, _, batches) = context(false);
        drop(batches);
        let result = read_layer(Blob::File(window(&tar)), 0, &context);
        assert!(matches!(result, Err(LayerError::Cancelled)), "{result:?}");
    }

    /// The texts belong to the decoders: an update of them must not turn garbage into an error.
    #[test]
    fn decoders_report_trailing_garbage_in_known_words() {
        for (compression, words) in
            [(Compression::Gzip, "invalid gzip header"), (Compression::Zstd, "Unknown frame descriptor")]
        {
            let whole = compress(b"some content", compression);
            let read = |bytes: Vec<u8>| {
                let (_, mut stream) = decoded_with(io::Cursor::new(bytes), None).expect("a start");
                io::copy(&mut stream, &mut io::sink())
            };
            let error = read([&whole[..], b"garbage that is long enough"].concat()).expect_err("garbage");
            assert!(is_trailing_garbage(&error) && error.to_string() == words, "{error}");
            let error = read(whole[..whole.len() - 1].to_vec()).expect_err("cut");
            assert!(!is_trailing_garbage(&error), "{error}");
        }
    }
}

//! Reads one layer: from the bytes of a blob to a stream of entries.
//!
//! A plain layer in a file is walked header by header and its content skipped; everything else is decoded once,
//! with content hashed as it passes, because it cannot be had again. A reader never knows which source a blob is from.

use std::io::{self, Read};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

use dockopt_core::entry::{Content, EntryKind};

use super::batch::Batch;
use super::error::LayerError;
use super::facts::LayerFacts;
use super::index::{EncodedIndex, IndexWriter};
use super::sender::{BatchSender, BuilderGone};
use crate::bytes::decode::{ByteStream, PieceStream, buffered, decoded, in_pieces};
use crate::bytes::hash::Hasher;
use crate::bytes::progress::{Gauge, Metered, Stoppable};
use crate::bytes::sniff::Looks;
use crate::bytes::verify::{Digester, Tee};
use crate::bytes::window::{Input, Streamed, Window};
use crate::tar::{End, Member, TarError, TarErrorKind, Walker};

/// Where a layer's bytes are.
pub(crate) enum Blob<'a> {
    /// In a file that can be read at any position.
    File(Window),
    /// In a stream that is read once.
    Stream(PieceStream<'a>),
}

/// What reading a layer needs beside its bytes.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) hasher: Hasher,
    /// Counts the bytes of the layer.
    pub(crate) gauge: Arc<Gauge>,
    pub(crate) batches: SyncSender<Batch>,
    /// Whether to digest blobs and unpacked layers.
    pub(crate) verify: bool,
    /// Whether to make an index of what is found.
    pub(crate) index: bool,
}

/// A layer that was read to its end.
#[derive(Debug)]
pub(crate) struct ReadLayer {
    pub(crate) facts: LayerFacts,
    /// Its entries and facts as the cache stores them. Only where the context asks for it, the layer
    /// was read to its end, and no content remains to be hashed.
    pub(crate) index: Option<Box<EncodedIndex>>,
}

/// How reading a layer went.
pub(crate) type LayerOutcome = Result<ReadLayer, LayerError>;

/// Reads a layer into `slot`.
pub(crate) fn read_layer(blob: Blob<'_>, slot: u32, context: &Context) -> LayerOutcome {
    let result = match blob {
        Blob::File(window) if !context.verify => read_file(window, slot, context),
        Blob::File(window) => read_stream(Box::new(in_pieces(window)), slot, context),
        Blob::Stream(stream) => read_stream(stream, slot, context),
    };
    context.gauge.finish(result.is_err());
    result
}

/// Takes what is known of a layer into `slot`, as if it had been read.
pub(crate) fn read_index(index: &EncodedIndex, slot: u32, context: &Context) -> LayerOutcome {
    let result = index.batches(slot).try_for_each(|batch| {
        if context.gauge.is_cancelled() {
            return Err(LayerError::Cancelled);
        }
        let batch = batch.map_err(|error| LayerError::Read(io::Error::other(error)))?;
        context.batches.send(batch).map_err(|_| LayerError::Cancelled)
    });
    context.gauge.finish(result.is_err());
    result.map(|()| ReadLayer { facts: index.facts(), index: None })
}

fn read_file(mut window: Window, slot: u32, context: &Context) -> LayerOutcome {
    let mut start = Vec::new();
    let again = window.clone_from_here();
    (&mut window).take(512).read_to_end(&mut start).map_err(LayerError::Read)?;
    let looks = Looks::at(&start);
    if looks != Looks::Tar {
        return read_stream(Box::new(in_pieces(again)), slot, context);
    }
    let mut walker = Walker::new(Metered::new(again, Arc::clone(&context.gauge)), context.hasher.clone());
    let index = read_entries(&mut walker, slot, context, ContentReading::Later)?;
    let mut facts = LayerFacts { looks: Some(looks), ..LayerFacts::default() };
    let is_whole = finish(walker, &mut facts)?;
    let index = index.filter(|_| is_whole).and_then(|index| index.finish(&facts)).map(Box::new);
    Ok(ReadLayer { facts, index })
}

fn read_stream(stream: PieceStream<'_>, slot: u32, context: &Context) -> LayerOutcome {
    let metered = Metered::new(stream, Arc::clone(&context.gauge));
    let (verified, decoded) = if context.verify {
        let verified = Verified::new(metered);
        let decoded = verified.decoded();
        (Some(verified), decoded)
    } else {
        (None, decoded(metered))
    };
    let (looks, plain) = decoded.map_err(LayerError::Read)?;
    match looks {
        Looks::Tar | Looks::Gzip | Looks::Zstd | Looks::Empty => {}
        Looks::Other(found) => return Err(LayerError::NotATar { found: Some(found) }),
        Looks::Json => return Err(LayerError::NotATar { found: Some("JSON") }),
        Looks::Unknown => return Err(LayerError::NotATar { found: None }),
    }
    let plain = Stoppable::new(plain, Arc::clone(&context.gauge));
    let mut walker = Walker::new(Streamed(buffered(Box::new(plain))), context.hasher.clone());
    let index = read_entries(&mut walker, slot, context, ContentReading::Now)?;
    let mut facts = LayerFacts { looks: Some(looks), ..LayerFacts::default() };
    let is_whole = finish(walker, &mut facts)?;
    if let Some(verified) = verified {
        verified.finish(&mut facts).map_err(LayerError::Read)?;
    }
    let index = index.filter(|_| is_whole).and_then(|index| index.finish(&facts)).map(Box::new);
    Ok(ReadLayer { facts, index })
}

/// A layer that is digested while it is read, as it is stored and as it is unpacked.
struct Verified<'a> {
    stored: Shared<'a>,
    blob: Digester,
    diff: Digester,
}

impl<'a> Verified<'a> {
    fn new(stream: impl Read + Send + 'a) -> Self {
        let (blob, diff) = (Digester::sha256(), Digester::sha256());
        Self { stored: Shared::new(Box::new(Tee::new(stream, blob.clone()))), blob, diff }
    }

    fn decoded(&self) -> io::Result<(Looks, ByteStream<'a>)> {
        let (looks, plain) = decoded(in_pieces(self.stored.clone()))?;
        Ok((looks, Box::new(Tee::new(plain, self.diff.clone()))))
    }

    /// Reads what is left: a decoder stops at what it cannot decode, the digest is over all of the blob.
    fn finish(mut self, facts: &mut LayerFacts) -> io::Result<()> {
        io::copy(&mut self.stored, &mut io::sink())?;
        (facts.blob_digest, facts.diff_digest) = (Some(self.blob.digest()), Some(self.diff.digest()));
        Ok(())
    }
}

/// A stream that can be read on after a decoder has taken it.
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

/// Whether contents are hashed as they pass or can be read later.
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
) -> Result<Option<IndexWriter>, LayerError> {
    let index = context.index.then(IndexWriter::new);
    let mut sender = BatchSender::new(slot, context.batches.clone()).with_index(index);
    let result = send_entries(walker, &mut sender, context, reading);
    // What comes before an error is worth being seen.
    let index = sender.finish().map_err(|_: BuilderGone| LayerError::Cancelled)?;
    result.map(|()| index)
}

fn send_entries(
    walker: &mut Walker<impl Input>,
    sender: &mut BatchSender,
    context: &Context,
    reading: ContentReading,
) -> Result<(), LayerError> {
    while let Some(member) = walker.next().map_err(|error| not_cancelled(error, context))? {
        let found = content(walker, &member, reading).map_err(|error| not_cancelled(error, context))?;
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
) -> Result<Content, TarError> {
    if member.metadata.kind != EntryKind::File || member.metadata.size == 0 {
        return Ok(Content::None);
    }
    // The data of a sparse file is not its content: it is hashed at once, together with its holes.
    if reading == ContentReading::Later && member.holes.is_none() {
        return Ok(Content::At(member.data_offset));
    }
    let (hash, at) = (walker.hash_data(member)?, member.data_offset);
    Ok(if member.holes.is_some() { Content::Sparse { hash, at } } else { Content::Hashed { hash, at } })
}

fn not_cancelled(error: TarError, context: &Context) -> LayerError {
    if context.gauge.is_cancelled() && matches!(error.kind, TarErrorKind::Read(_)) {
        LayerError::Cancelled
    } else {
        LayerError::Tar(error)
    }
}

/// Reads what follows the tar, so that digests and checksums of the compression are complete, and notes what is odd. Tells
/// whether the blob is there to its end.
fn finish(walker: Walker<impl Input>, facts: &mut LayerFacts) -> Result<bool, LayerError> {
    if walker.end() == Some(End::Unmarked) {
        facts.warnings.push(format!("tar has no end-of-archive block after {} bytes", walker.offset()));
    }
    match drain(walker.into_input()) {
        Ok(0) => {}
        Ok(garbage) => {
            facts.warnings.push(format!("{garbage} bytes that are not zero follow the end of the tar"));
        }
        Err(error) if is_trailing_garbage(&error) => {
            facts.warnings.push("bytes that are not compressed data follow the compressed tar".to_owned());
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            facts.warnings.push("the compressed data ends within what follows the end of the tar".to_owned());
            return Ok(false);
        }
        // A checksum that does not fit means that what was read is not what was written.
        Err(error) => return Err(LayerError::Read(error)),
    }
    Ok(true)
}

/// Whether decoding failed because something else follows the last member or frame, by the decoders' own words: they
/// have no other way to tell.
fn is_trailing_garbage(error: &io::Error) -> bool {
    matches!(error.to_string().as_str(), "invalid gzip header" | "Unknown frame descriptor")
}

/// Reads to the end and returns how many bytes were not zero.
fn drain(mut input: impl Input) -> io::Result<u64> {
    let mut garbage = 0;
    loop {
        let piece = match input.fill_buf() {
            Ok(piece) => piece,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if piece.is_empty() {
            return Ok(garbage);
        }
        garbage += piece.iter().filter(|&&byte| byte != 0).count() as u64;
        let length = piece.len();
        input.consume(length);
    }
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
    fn a_layer_that_is_decoded_to_its_end_has_an_index() {
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
        assert!(read(&blob, false).0.expect("a layer").index.is_none(), "the context does not ask for it");
    }

    #[test]
    fn a_layer_that_is_broken_or_was_not_decoded_has_none() {
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
        let context = Context { hasher: Hasher::with_seed(1), gauge, batches: sender, verify, index: false };
        (context, meter, receiver)
    }

    fn window(bytes: &[u8]) -> Window {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("room on the disk");
        Window::new(Arc::new(file), 0, bytes.len() as u64)
    }

    fn read(bytes: &[u8], verify: bool) -> (LayerOutcome, TreeBuilder) {
        let (context, _, receiver) = context(verify);
        let result = read_layer(Blob::File(window(bytes)), 0, &context);
        drop(context);
        let mut builder = TreeBuilder::default();
        for batch in receiver {
            batch.push_into(&mut builder).expect("room");
        }
        (result, builder)
    }

    #[test]
    fn only_layers_that_are_not_decoded_leave_questions() {
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
    fn digests_are_over_all_bytes_whatever_follows_the_tar() {
        let tar = Layer::new().file("f", "1").trailing(b"garbage").into_tar();
        for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
            let blob = compress(&tar, compression);
            let facts = read(&blob, true).0.expect("a layer").facts;
            assert_eq!(facts.blob_digest, Some(sha256(&blob)), "{compression:?}");
            assert_eq!(facts.diff_digest, Some(sha256(&tar)), "{compression:?}");
            assert_eq!(facts.warnings, ["7 bytes that are not zero follow the end of the tar"]);
            assert_eq!(read(&blob, false).0.expect("a layer").facts.blob_digest, None);
        }
    }

    #[test]
    fn every_byte_of_a_plain_layer_is_metered_though_few_are_read() {
        let tar = Layer::new().file("f", vec![7; 100_000]).into_tar();
        let (context, meter, _batches) = context(false);
        read_layer(Blob::File(window(&tar)), 0, &context).expect("a layer");
        let progress = meter.progress(0, None);
        assert_eq!((progress.bytes, progress.layers), (tar.len() as u64, 1));
    }

    #[test]
    fn a_cancelled_read_says_so() {
        let tar = Layer::new().file("f", "1").into_tar();
        for bytes in [tar.clone(), compress(&tar, Compression::Gzip)] {
            let (context, meter, batches) = context(false);
            meter.cancel();
            let result = read_layer(Blob::File(window(&bytes)), 0, &context);
            assert!(result.is_err(), "{result:?}");
            drop(batches);
        }
        let (context, _, batches) = context(false);
        drop(batches);
        let result = read_layer(Blob::File(window(&tar)), 0, &context);
        assert!(matches!(result, Err(LayerError::Cancelled)), "{result:?}");
    }
}

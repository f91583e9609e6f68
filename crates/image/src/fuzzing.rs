//! Entry points for fuzzers, which take bytes and need no files. The tests replay the corpus in
//! `fuzz/corpus`.
//!
//! A layer must become a tree whose sums add up, or an error; documents must become a plan or an
//! error; nothing may panic.

use std::collections::HashMap;
use std::sync::mpsc::sync_channel;

use dockopt_core::comparison::{Change, Comparison, LayerRange, State};
use dockopt_core::evidence::Probes;
use dockopt_core::image::SourceKind;
use dockopt_core::ledger::Ledger;
use dockopt_core::tree::{NodeId, Tree, TreeBuilder};

use crate::bytes::hash::Hasher;
use crate::bytes::progress::Meter;
use crate::bytes::stages::SpareThreads;
use crate::layer::CHANNEL_DEPTH;
use crate::layer::{Blob, Context, read_layer};
use crate::manifest::{Choice, plan};
use crate::reference::Reference;
use crate::source::{BlobKey, Format, LayerAt, Source, SourceError};

/// Reads bytes as two layers: all of them, and above it their second half.
///
/// # Panics
///
/// Panics if the ledger does not add up, which is what the fuzzer looks for.
pub fn layers(bytes: &[u8]) {
    let (sender, receiver) = sync_channel(CHANNEL_DEPTH);
    let context = Context {
        hasher: Hasher::with_seed(7),
        gauge: Meter::default().layer("fuzz", None),
        batches: sender,
        verify: true,
        index: false,
        probes: Probes::default(),
        known: None,
        points: true,
        spare: SpareThreads::new(0),
    };
    let half = bytes.get(bytes.len() / 1024 * 512..).unwrap_or_default();
    let mut builder = TreeBuilder::default();
    builder.open_slot(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for (slot, bytes) in [(0, bytes), (1, half)] {
                // The entries before an error must add up, too.
                let _ = read_layer(Blob::Stream(Box::new(bytes)), slot, &context);
            }
        });
        for batch in receiver {
            if batch.push_into(&mut builder).is_err() {
                break;
            }
        }
    });
    let Ok(draft) = builder.stack(&[0, 1, 0]) else {
        return;
    };
    let tree = draft.finish();
    browse(&tree);
    let ledger = Ledger::of(&tree, 1);
    assert_eq!(
        ledger.total.live + ledger.total.wasted,
        ledger.total.stored,
        "live and wasted are all that is stored"
    );
    let rows: u64 = ledger.waste.iter().map(|row| row.bytes).sum();
    assert_eq!(rows, ledger.total.wasted, "every wasted byte is in one row");
}

/// Visits everything in a tree, as the browser does.
fn browse(tree: &Tree) {
    let comparison = Comparison::of(tree, LayerRange::only(1));
    let mut files = HashMap::new();
    for node in tree.nodes() {
        let shown = comparison.entry(tree, node).and_then(|entry| tree.entry(entry));
        let is_there = matches!(comparison.state(node), State::Shown(change) if change != Change::Removed);
        files.extend(shown.filter(|_| is_there).map(|facts| (facts.inode, facts.metadata.size)));
        for visit in tree.visits(node) {
            assert!(visit.layer < tree.layer_count(), "a layer that exists");
        }
    }
    let bytes: u64 = files.values().sum();
    assert_eq!(comparison.totals(tree, NodeId::ROOT).bytes, bytes, "the root holds every file once");
}

/// Plans an image from documents separated by NUL bytes: index.json, manifest.json, then blobs.
pub fn documents(bytes: &[u8]) {
    let mut parts = bytes.split(|&byte| byte == 0);
    let mut documents = HashMap::new();
    for name in ["index.json", "manifest.json"] {
        if let Some(document) = parts.next().filter(|document| !document.is_empty()) {
            documents.insert(name.to_owned(), document.to_vec());
        }
    }
    let source = Documents { documents, blobs: parts.map(<[u8]>::to_vec).collect() };
    for format in [Format::Any, Format::DockerArchive, Format::OciArchive] {
        let _ = plan(&source, "fuzz", format, &Choice::default());
    }
}

/// Parses bytes as a reference and as a platform.
pub fn reference(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Reference::parse(text, None);
        let _ = Reference::parse(text, Some("oci"));
        let _ = crate::parse_platform(text);
    }
}

/// A source of documents. The key alone determines the blob, so equal keys have equal blobs.
struct Documents {
    documents: HashMap<String, Vec<u8>>,
    blobs: Vec<Vec<u8>>,
}

impl Source for Documents {
    fn kind(&self) -> SourceKind {
        SourceKind::OciArchive
    }

    fn document(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, SourceError> {
        let path = key.path();
        if let Some(document) = self.documents.get(&path) {
            return Ok(Some(document.clone()));
        }
        let number = path.bytes().map(usize::from).sum::<usize>();
        Ok(number.checked_rem(self.blobs.len()).and_then(|number| self.blobs.get(number)).cloned())
    }

    fn size(&self, key: &BlobKey) -> Option<u64> {
        self.document(key).ok().flatten().map(|document| document.len() as u64)
    }

    fn layer(&self, _key: &BlobKey) -> Result<Option<LayerAt>, SourceError> {
        Ok(None)
    }

    fn looks_like(&self) -> String {
        "it is from a fuzzer".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    fn replay(target: &str, run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let mut inputs = 0;
        for entry in fs::read_dir(folder).expect("a corpus") {
            run(&fs::read(entry.expect("readable").path()).expect("readable"));
            inputs += 1;
        }
        assert!(inputs >= 5, "the corpus of {target} has only {inputs} inputs");
    }

    #[test]
    fn layer_corpus_does_not_panic() {
        replay("layer", super::layers);
    }

    #[test]
    fn document_corpus_does_not_panic() {
        replay("documents", super::documents);
    }

    #[test]
    fn reference_corpus_does_not_panic() {
        replay("reference", super::reference);
    }
}

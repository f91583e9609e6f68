//! Extended attributes, reread from the headers of their layers: the tree records only whether a
//! rewrite changed them.

use std::collections::{HashMap, HashSet};

use dockopt_core::tree::{EntryId, Tree};

use super::error::{ContentError, Unavailable};
use super::layer::{StoredLayer, UnpackedReader};
use crate::bytes::hash::Hasher;
use crate::tar::{TarError, Walker};

/// Maximum size of the attributes of one layer: 64 MiB.
const MAX_BYTES: usize = 64 << 20;

/// The extended attributes of an entry as in PAX records: keys and values.
pub(crate) type Attributes = Vec<(Vec<u8>, Vec<u8>)>;

/// The entries of one layer whose attributes are requested.
#[derive(Debug, Default)]
pub(super) struct Wanted(HashSet<EntryId>);

impl Wanted {
    pub(super) fn insert(&mut self, entry: EntryId) {
        self.0.insert(entry);
    }

    /// Reads the headers of a layer up to the last requested entry. `layer` is the index of the
    /// layer.
    pub(super) fn read(
        mut self,
        tree: &Tree,
        (layer, stored): (usize, Option<&StoredLayer>),
        gives_up: &dyn Fn() -> bool,
    ) -> Result<HashMap<EntryId, Attributes>, ContentError> {
        let failed = |reason: String| ContentError::Attributes { layer, reason };
        let stored = stored.ok_or_else(|| failed(Unavailable::Missing.reason()))?;
        let unpacked = stored.unpacked().map_err(|reason| failed(reason.reason()))?;
        let reader = UnpackedReader::new(&unpacked, 0, gives_up);
        let mut walker = Walker::with_attributes(reader, Hasher::with_seed(0));
        let broken =
            |error: TarError| if gives_up() { ContentError::GivenUp } else { failed(error.to_string()) };
        let (mut found, mut bytes) = (HashMap::new(), 0);
        // Entries of a layer are in the order of its members.
        let mut entries = tree.layer_entries(layer);
        while !self.0.is_empty() {
            let (Some(entry), Some(_)) = (entries.next(), walker.next().map_err(broken)?) else {
                return Err(failed("the layer has fewer entries than before".to_owned()));
            };
            if !self.0.remove(&entry) {
                continue;
            }
            let attributes = walker.take_attributes();
            bytes += attributes.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
            if bytes > MAX_BYTES {
                return Err(failed(format!("they take more than {} MiB", MAX_BYTES >> 20)));
            }
            found.insert(entry, attributes);
        }
        Ok(found)
    }
}

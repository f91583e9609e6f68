//! Layers of a stream whose indexes are known from an earlier read.

use std::collections::HashMap;
use std::sync::Arc;

use crate::layer::EncodedIndex;

/// Indexes of layers by diff ID.
#[derive(Default)]
pub(crate) struct Known {
    indexes: HashMap<String, Arc<EncodedIndex>>,
}

impl Known {
    pub(crate) fn new(indexes: HashMap<String, Arc<EncodedIndex>>) -> Self {
        Self { indexes }
    }

    /// Returns the index of an uncompressed layer by the name of its member: `blobs/sha256/HEX`, or
    /// `HEX.tar` from Podman.
    ///
    /// Docker's old format uses other names, which do not identify a layer while the stream passes.
    pub(super) fn find(&self, member: &str) -> Option<&Arc<EncodedIndex>> {
        if self.indexes.is_empty() {
            return None;
        }
        let name = member.strip_prefix("./").unwrap_or(member);
        let hex = match name.strip_prefix("blobs/sha256/") {
            Some(hex) => hex,
            None => name.strip_suffix(".tar").filter(|hex| hex.len() == 64)?,
        };
        self.indexes.get(&format!("sha256:{hex}"))
    }
}

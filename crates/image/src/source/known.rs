//! Layers of a stream that need not be read, because what is in them is known.

use std::collections::HashMap;

use crate::layer::EncodedIndex;

/// Indexes of layers by diff ID.
#[derive(Default)]
pub(crate) struct Known {
    indexes: HashMap<String, EncodedIndex>,
}

impl Known {
    pub(crate) fn new(indexes: HashMap<String, EncodedIndex>) -> Self {
        Self { indexes }
    }

    /// The index of a layer that is stored plain, by the name of its member: `blobs/sha256/HEX`, or `HEX.tar` as Podman has it.
    /// Docker names layers otherwise in its old format; there it cannot be told which is which while they pass.
    pub(super) fn find(&self, member: &str) -> Option<&EncodedIndex> {
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

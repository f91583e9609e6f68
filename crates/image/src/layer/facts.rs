//! What reading a layer tells about it beside its entries.

use crate::bytes::sniff::Looks;

/// What was found out about a layer beside its entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayerFacts {
    pub(crate) looks: Option<Looks>,
    /// Digest of the blob as stored, if it was asked for.
    pub(crate) blob_digest: Option<String>,
    /// Digest of the unpacked tar, if it was asked for.
    pub(crate) diff_digest: Option<String>,
    pub(crate) warnings: Vec<String>,
}

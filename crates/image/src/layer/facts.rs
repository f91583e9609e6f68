//! What reading a layer tells about it beside its entries.

use dockopt_core::warning_kind::WarningKind;

use crate::bytes::sniff::Looks;

/// What was found out about a layer beside its entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayerFacts {
    pub(crate) looks: Option<Looks>,
    /// Digest of the blob as stored, if it was asked for.
    pub(crate) blob_digest: Option<String>,
    /// Digest of the unpacked tar, if it was asked for.
    pub(crate) diff_digest: Option<String>,
    pub(crate) warnings: Vec<LayerWarning>,
}

/// Something odd about a layer that does not keep it from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LayerWarning {
    pub(crate) kind: WarningKind,
    pub(crate) message: String,
}

impl LayerFacts {
    pub(super) fn warn(&mut self, kind: WarningKind, message: impl Into<String>) {
        self.warnings.push(LayerWarning { kind, message: message.into() });
    }
}

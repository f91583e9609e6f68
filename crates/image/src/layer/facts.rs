//! Facts about a layer apart from its entries.

use dockopt_core::warning_kind::WarningKind;

use crate::bytes::sniff::Looks;

/// Facts about a layer apart from its entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayerFacts {
    pub(crate) looks: Option<Looks>,
    /// Digest of the blob as stored, if requested.
    pub(crate) blob_digest: Option<String>,
    /// Digest of the unpacked tar, if requested.
    pub(crate) diff_digest: Option<String>,
    pub(crate) warnings: Vec<LayerWarning>,
}

/// An anomaly of a layer that does not prevent reading it.
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

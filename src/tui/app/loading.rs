//! State of an image that is still loading.

use dockopt_core::image::ImageInfo;
use dockopt_core::path::escape_text;
use dockopt_image::Progress;

/// A read in progress.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loading {
    /// Metadata of the image; a stream delivers it last.
    pub(crate) info: Option<ImageInfo>,
    pub(crate) progress: Option<Progress>,
    /// The layer that the last snapshot was requested for.
    pub(crate) asked_for: Option<usize>,
    pub(crate) cancelled: bool,
}

impl Loading {
    pub(crate) fn layer_count(&self) -> usize {
        let seen = || self.progress.as_ref().map_or(0, |progress| progress.by_layer.len());
        self.info.as_ref().map_or_else(seen, |info| info.layers.len())
    }

    /// Returns whether a layer has been read completely.
    pub(crate) fn is_read(&self, layer: usize) -> bool {
        let progress = self.progress.as_ref().and_then(|progress| progress.by_layer.get(layer));
        progress.is_some_and(|layer| layer.done)
    }

    /// Returns the number of layers read completely.
    pub(crate) fn layers_read(&self) -> usize {
        (0..self.layer_count()).filter(|&layer| self.is_read(layer)).count()
    }

    /// Returns the name of a layer in its archive: a stream has nothing else before its manifest.
    pub(crate) fn layer_name(&self, layer: usize) -> String {
        let progress = self.progress.as_ref().and_then(|progress| progress.by_layer.get(layer));
        progress.map(|layer| escape_text(&layer.name)).unwrap_or_default()
    }

    /// Returns the share of a layer that has been read, 0 to 1; `None` if its size is unknown.
    pub(crate) fn share_of(&self, layer: usize) -> Option<f64> {
        let layer = self.progress.as_ref()?.by_layer.get(layer)?;
        if layer.done {
            return Some(1.0);
        }
        layer.total.map(|total| share(layer.bytes, total))
    }

    /// Describes the current step and its progress.
    pub(crate) fn words(&self) -> String {
        if let Some(progress) = self.progress.as_ref().filter(|progress| progress.total_compared > 0) {
            let (done, all) = (progress.compared, progress.total_compared);
            return format!("comparing rewritten files, {:.0} %", share(done, all) * 100.0);
        }
        if self.is_waiting() {
            return "waiting for the engine".to_owned();
        }
        let share = self.share().map(|share| format!("{:.0} %", share * 100.0));
        let (read, all) = (self.layers_read(), self.all_layers());
        format!("reading {}  {read} of {all} layers", share.unwrap_or_default())
    }

    /// Returns the number of layers to read, or the number seen so far if the total is unknown.
    pub(crate) fn all_layers(&self) -> usize {
        let told = self.progress.as_ref().and_then(|progress| progress.total_layers);
        told.unwrap_or_else(|| self.layer_count())
    }

    /// Returns whether an engine has announced the image but not sent anything yet: it assembles
    /// large images first.
    pub(crate) fn is_waiting(&self) -> bool {
        let sends_nothing = |progress: &Progress| {
            progress.total_layers.is_some() && progress.by_layer.is_empty() && progress.bytes == 0
        };
        self.info.is_none() && self.progress.as_ref().is_some_and(sends_nothing)
    }

    /// Returns the share of the image that has been read, 0 to 1; `None` if its size is unknown.
    pub(crate) fn share(&self) -> Option<f64> {
        let progress = self.progress.as_ref()?;
        progress.total_bytes.map(|total| share(progress.bytes, total))
    }
}

#[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { (part as f64 / whole as f64).min(1.0) }
}

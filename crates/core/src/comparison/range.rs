//! The layers that are compared.

/// Consecutive layers, seen over everything below them; the lowest layer of an image is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LayerRange {
    /// The lowest layer of the range.
    pub first: usize,
    /// The highest layer of the range; layers above it are ignored.
    pub last: usize,
}

impl LayerRange {
    /// Returns the range of one layer.
    pub fn only(layer: usize) -> Self {
        Self { first: layer, last: layer }
    }

    /// Returns the range up to a layer: from the first one above the base, or from the lowest one
    /// if the layer belongs to the base.
    pub fn up_to(layer: usize, base_layers: usize) -> Self {
        Self { first: if layer >= base_layers { base_layers } else { 0 }, last: layer }
    }

    /// Returns the range of two layers and all between them, in either order.
    pub fn spanning(one: usize, other: usize) -> Self {
        Self { first: one.min(other), last: one.max(other) }
    }

    /// Returns the range of the final filesystem: above all layers, so nothing changes in it.
    pub fn final_of(layer_count: usize) -> Self {
        Self::only(layer_count)
    }

    /// Whether a layer belongs to the range.
    pub fn contains(self, layer: usize) -> bool {
        (self.first..=self.last).contains(&layer)
    }
}

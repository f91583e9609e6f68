//! Which layers are compared.

/// Layers seen over everything below them, counted from the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LayerRange {
    /// The lowest layer of the range.
    pub first: usize,
    /// The highest one; layers above it count for nothing.
    pub last: usize,
}

impl LayerRange {
    /// One layer.
    pub fn only(layer: usize) -> Self {
        Self { first: layer, last: layer }
    }

    /// Everything up to a layer: from the first one above the base, or from the lowest if the layer belongs to the base.
    pub fn up_to(layer: usize, base_layers: usize) -> Self {
        Self { first: if layer >= base_layers { base_layers } else { 0 }, last: layer }
    }

    /// Two layers and all between them, in whatever order they are given.
    pub fn spanning(one: usize, other: usize) -> Self {
        Self { first: one.min(other), last: one.max(other) }
    }

    /// The final filesystem: a range above all layers, over which nothing changes.
    pub fn final_of(layer_count: usize) -> Self {
        Self::only(layer_count)
    }

    /// Whether a layer belongs to the range.
    pub fn contains(self, layer: usize) -> bool {
        (self.first..=self.last).contains(&layer)
    }
}

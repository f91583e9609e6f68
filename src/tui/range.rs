//! Comparison of the chosen layer: decides which layers the tree pane shows as changed.

/// What the chosen layer is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Compare {
    /// Everything below it.
    #[default]
    Layer,
    /// The base image: all layers up to the chosen one count as changed.
    UpTo,
    /// Nothing: the final filesystem.
    Final,
}

impl Compare {
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Layer => Self::UpTo,
            Self::UpTo => Self::Final,
            Self::Final => Self::Layer,
        }
    }
}

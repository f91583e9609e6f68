//! What is at a path before something is written there.

/// The kinds of things at a path, as far as writing cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Directory,
    /// Anything else, symbolic links included.
    Other,
}

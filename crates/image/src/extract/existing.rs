//! What exists at a path before writing there.

/// The kind of an existing path, as far as it matters for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Directory,
    /// Anything else, symbolic links included.
    Other,
}

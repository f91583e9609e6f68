//! The names of all compressions.

/// A compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// No compression.
    Plain,
    /// Gzip, one member.
    Gzip,
    /// Gzip, one member of many blocks, as builders write it; the other levels make few.
    GzipBlocks,
    /// Gzip, this many members.
    GzipMembers(usize),
    /// Zstandard, one frame.
    Zstd,
    /// Zstandard, this many frames.
    ZstdFrames(usize),
    /// Zstandard, this many frames, with a skippable frame after each.
    ZstdSkippable(usize),
    /// The same after one more skippable frame, so that the bytes do not start with the magic
    /// number of a zstd frame.
    ///
    /// The specification allows it; not every engine recognises it.
    ZstdSkippableFirst(usize),
    /// eStargz as stargz-snapshotter converts layers: a gzip member for each file's content, a
    /// landmark, a table of contents as the last entry of the tar, and a footer.
    EStargz,
    /// eStargz as `BuildKit` writes it: the unchanged tar with its end blocks, then the table of
    /// contents as a second tar.
    EStargzLossless,
    /// The same with the footer of stargz, the predecessor, which has no subfield.
    StargzLossless,
    /// zstd:chunked: a frame for each file's content, then table of contents and footer in
    /// skippable frames.
    ZstdChunked,
}

impl Compression {
    /// All compressions; those with several members or frames have three.
    pub const ALL: [Self; 12] = [
        Self::Plain,
        Self::Gzip,
        Self::GzipBlocks,
        Self::GzipMembers(3),
        Self::Zstd,
        Self::ZstdFrames(3),
        Self::ZstdSkippable(3),
        Self::ZstdSkippableFirst(3),
        Self::EStargz,
        Self::EStargzLossless,
        Self::StargzLossless,
        Self::ZstdChunked,
    ];

    /// Returns the suffix of the media type: empty, `gzip` or `zstd`.
    pub(crate) fn suffix(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Zstd
            | Self::ZstdFrames(_)
            | Self::ZstdSkippable(_)
            | Self::ZstdSkippableFirst(_)
            | Self::ZstdChunked => Some("zstd"),
            _ => Some("gzip"),
        }
    }
}

//! Kinds of warnings: their stable names, their meanings, and whether the numbers still hold.
//!
//! The table here is the only list of them. `--allow`, `--ci`, the JSON report and the table in
//! `docs/ci.md` come from it.

use std::fmt;

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningKind {
    /// A name climbs above the root.
    AboveRoot,
    /// The attestations of the image cannot be listed.
    Attestations,
    /// A control file of aufs.
    AufsControlFile,
    /// The given image is not the base, or has more layers than there are.
    BaseLayers,
    /// The size of a blob differs from its descriptor.
    BlobSize,
    /// The browser could not keep the contents of files.
    ContentsNotKept,
    /// A descriptor gives the wrong size for content whose digest is right.
    DescriptorSize,
    /// The digest of an uncompressed layer is not its diff ID.
    DiffId,
    /// A document does not match its digest.
    DocumentDigest,
    /// A document contradicts the configuration, and another one agrees with it.
    DocumentIgnored,
    /// Two documents list different layers.
    DocumentsDisagree,
    /// A whiteout without a name.
    EmptyWhiteout,
    /// Facts about files are missing.
    Evidence,
    /// The history lists more or fewer layers than the image has.
    HistoryCount,
    /// An index refers to itself or is nested too deep.
    IndexLoop,
    /// The configuration lists more or fewer layers than the manifest.
    LayerCount,
    /// Symbolic links that lead nowhere.
    LinkLoop,
    /// A hard link to a directory.
    LinkToDirectory,
    /// A layer without an end marker, and nothing proves that it is complete.
    MayBeTruncated,
    /// A media type contradicts the bytes.
    MediaType,
    /// A hard link without its target.
    MissingLinkTarget,
    /// An entry without a name.
    NamelessEntry,
    /// A layer without an end marker whose size or digest proves that it is complete.
    NoEndMarker,
    /// The image has no layers.
    NoLayers,
    /// Two packages list the same file.
    SharedFiles,
    /// Data that follows the end of a layer.
    TrailingData,
    /// A compressed layer that is cut after the end of its tar.
    TruncatedBlob,
    /// Content of entries that are not files of the image.
    UncountedContent,
    /// An entry of unknown type.
    UnknownEntryType,
    /// A document that cannot be parsed.
    UnreadableDocument,
    /// A whiteout that hides nothing.
    WhiteoutHidesNothing,
    /// A whiteout that has content.
    WhiteoutWithContent,
    /// A layer that ends in more zeros than any writer's padding.
    Zeros,
}

/// Whether the numbers hold in spite of a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Every byte is counted, and the final filesystem is certain.
    Holds,
    /// Bytes may be missing, or the final filesystem is a guess: a gate cannot judge.
    Doubtful,
}

struct Facts {
    kind: WarningKind,
    name: &'static str,
    trust: Trust,
    meaning: &'static str,
}

const fn holds(kind: WarningKind, name: &'static str, meaning: &'static str) -> Facts {
    Facts { kind, name, trust: Trust::Holds, meaning }
}

const fn doubtful(kind: WarningKind, name: &'static str, meaning: &'static str) -> Facts {
    Facts { kind, name, trust: Trust::Doubtful, meaning }
}

use WarningKind as Kind;

/// All kinds, in the order of the enumeration.
static TABLE: [Facts; 33] = [
    holds(Kind::AboveRoot, "above-root", "a name climbs above the root with `..` and stays there"),
    holds(Kind::Attestations, "attestations", "the image's attestations cannot be listed"),
    holds(
        Kind::AufsControlFile,
        "aufs-control-file",
        "an empty control file of aufs, which is not a file of the image",
    ),
    doubtful(
        Kind::BaseLayers,
        "base-layers",
        "`--base` is not the base of the image, or `--base-layers` exceeds its layers",
    ),
    doubtful(
        Kind::BlobSize,
        "blob-size",
        "the size of a layer differs from its descriptor, and its digest was not verified",
    ),
    holds(Kind::ContentsNotKept, "contents-not-kept", "the browser cannot show contents of files"),
    holds(
        Kind::DescriptorSize,
        "descriptor-size",
        "a descriptor gives the wrong size for a document or layer whose digest is right",
    ),
    doubtful(
        Kind::DiffId,
        "diff-id",
        "the digest of an uncompressed layer is not the diff ID that the configuration lists",
    ),
    doubtful(
        Kind::DocumentDigest,
        "document-digest",
        "a manifest, index or configuration does not match its digest",
    ),
    holds(
        Kind::DocumentIgnored,
        "document-ignored",
        "`index.json` or `manifest.json` contradicts the configuration; the other one agrees with it",
    ),
    doubtful(
        Kind::DocumentsDisagree,
        "documents-disagree",
        "`index.json` and `manifest.json` list different layers, and nothing proves one right",
    ),
    holds(Kind::EmptyWhiteout, "empty-whiteout", "a whiteout names no file and does nothing"),
    holds(
        Kind::Evidence,
        "evidence",
        "packages are missing: a file is too large, cannot be examined or has an unknown format",
    ),
    holds(
        Kind::HistoryCount,
        "history-count",
        "the history lists more or fewer layers than there are: instructions may be misattributed",
    ),
    doubtful(
        Kind::IndexLoop,
        "index-loop",
        "an index refers to itself or is nested too deep: images may be missing from the choice",
    ),
    doubtful(
        Kind::LayerCount,
        "layer-count",
        "the configuration lists more or fewer layers than the manifest",
    ),
    doubtful(
        Kind::LinkLoop,
        "link-loop",
        "too many symbolic links lead to an entry: its place in the filesystem is a guess",
    ),
    doubtful(
        Kind::LinkToDirectory,
        "link-to-directory",
        "a hard link to a directory, which no engine can create",
    ),
    doubtful(
        Kind::MayBeTruncated,
        "may-be-truncated",
        "a layer has no end-of-archive block, and no size or digest proves that it is complete",
    ),
    holds(Kind::MediaType, "media-type", "a media type contradicts the bytes; the bytes decide"),
    doubtful(
        Kind::MissingLinkTarget,
        "missing-link-target",
        "a hard link whose target is in no layer: its content is missing",
    ),
    doubtful(Kind::NamelessEntry, "nameless-entry", "an entry has no name and is not counted"),
    holds(
        Kind::NoEndMarker,
        "no-end-marker",
        "a layer has no end-of-archive block, but its size or digest matches the manifest",
    ),
    doubtful(Kind::NoLayers, "no-layers", "the image has no layers: there is nothing to judge"),
    holds(
        Kind::SharedFiles,
        "shared-files",
        "two packages of one package manager list the same file; it counts for the one that was listed last",
    ),
    doubtful(Kind::TrailingData, "trailing-data", "data follows the end of a layer's tar and is not counted"),
    doubtful(
        Kind::TruncatedBlob,
        "truncated-blob",
        "a compressed layer is cut after the end of its tar: its checksum is missing",
    ),
    doubtful(
        Kind::UncountedContent,
        "uncounted-content",
        "an entry that is not a file of the image has content, which is not counted",
    ),
    doubtful(
        Kind::UnknownEntryType,
        "unknown-entry-type",
        "an entry has a type that no tar standard defines and is not counted",
    ),
    doubtful(
        Kind::UnreadableDocument,
        "unreadable-document",
        "`manifest.json` cannot be parsed, so the images it lists are unknown",
    ),
    holds(
        Kind::WhiteoutHidesNothing,
        "whiteout-hides-nothing",
        "a whiteout names a path that no lower layer has",
    ),
    doubtful(
        Kind::WhiteoutWithContent,
        "whiteout-with-content",
        "a whiteout has content, which is not counted",
    ),
    doubtful(
        Kind::Zeros,
        "zeros",
        "a layer ends in more zeros than any writer's padding: entries may be lost",
    ),
];

impl WarningKind {
    /// Returns all kinds, sorted by name.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|facts| facts.kind)
    }

    /// Finds a kind by its name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }

    /// Returns the stable name for reports, options and files.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Returns the meaning: one sentence without a full stop.
    pub fn meaning(self) -> &'static str {
        self.facts().meaning
    }

    /// Whether the numbers hold in spite of the warning.
    pub fn trust(self) -> Trust {
        self.facts().trust
    }

    /// Whether `--ci` refuses to judge an image with this warning.
    pub fn is_doubtful(self) -> bool {
        self.trust() == Trust::Doubtful
    }

    fn facts(self) -> &'static Facts {
        TABLE.get(self as usize).unwrap_or(&TABLE[0])
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_its_row_of_the_table() {
        for (row, facts) in TABLE.iter().enumerate() {
            assert_eq!(facts.kind as usize, row, "{}", facts.name);
            assert_eq!(facts.kind.name(), facts.name);
            assert_eq!(WarningKind::of_name(facts.name), Some(facts.kind));
        }
        assert_eq!(TABLE.last().map(|facts| facts.kind), Some(WarningKind::Zeros));
        assert_eq!(WarningKind::of_name("no-such-warning"), None);
    }

    #[test]
    fn names_are_sorted_kebab_case() {
        let names: Vec<&str> = WarningKind::all().map(WarningKind::name).collect();
        assert!(names.is_sorted(), "{names:?}");
        for name in names {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            assert!(name.bytes().all(fits) && !name.starts_with('-') && !name.ends_with('-'), "{name}");
        }
    }

    #[test]
    fn meanings_are_one_sentence_in_lower_case() {
        for kind in WarningKind::all() {
            let meaning = kind.meaning();
            assert!(meaning.starts_with(|first: char| !first.is_uppercase()), "{meaning}");
            assert!(!meaning.ends_with('.') && meaning.len() < 100, "{meaning}");
        }
    }
}

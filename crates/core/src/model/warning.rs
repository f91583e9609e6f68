//! Oddities of an image that are not errors.
//!
//! A hostile layer can be odd a million times: occurrences of one kind in one layer are counted,
//! and the first one is the example.

use std::collections::BTreeMap;
use std::fmt;

use super::path::EntryPath;
use super::warning_kind::WarningKind;

/// Something odd in an image that does not prevent reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The kind of warning.
    pub kind: WarningKind,
    /// The index of the layer, if the warning is about one.
    pub layer: Option<usize>,
    /// What is odd: lower case, no full stop.
    pub message: String,
    /// The first path, if the warning is about paths.
    pub path: Option<EntryPath>,
    /// Number of occurrences.
    pub count: u64,
}

impl Warning {
    /// A warning about the image as a whole, or about the blob of a layer.
    pub fn new(kind: WarningKind, layer: Option<usize>, message: impl Into<String>) -> Self {
        Self { kind, layer, message: message.into(), path: None, count: 1 }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(layer) = self.layer {
            write!(formatter, "layer {layer}: ")?;
        }
        write!(formatter, "{}", super::path::escape_text(&self.message))?;
        if let Some(path) = &self.path {
            write!(formatter, ": `{path}`")?;
        }
        match self.count {
            0 | 1 => Ok(()),
            count => write!(formatter, " (and {} more)", count - 1),
        }
    }
}

/// Oddities in the entries of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Oddity {
    AboveRoot,
    AufsControl,
    DeepLink,
    LinkToDirectory,
    MarkerWithContent,
    MissingLinkTarget,
    NoName,
    NothingToHide,
    UncountedContent,
    UnknownType,
    WhiteoutOfNothing,
}

impl Oddity {
    fn message(self) -> &'static str {
        match self {
            Self::AboveRoot => "a name climbs above the root with `..` and stays there",
            Self::AufsControl => "a control file of aufs is not a file of the image and is not counted",
            Self::DeepLink => "too many symbolic links on the way to an entry, its path is taken literally",
            Self::LinkToDirectory => "a hard link to a directory is taken as an empty file",
            Self::MarkerWithContent => "a whiteout has content, which is not counted",
            Self::MissingLinkTarget => "a hard link without its target is taken as an empty file",
            Self::NoName => "an entry has no name and is not counted",
            Self::NothingToHide => "a whiteout hides nothing, its path does not exist in the layers below",
            Self::UncountedContent => "content of an entry that is not a file of the image is not counted",
            Self::UnknownType => "an entry of unknown type is not counted",
            Self::WhiteoutOfNothing => "a whiteout names no file and does nothing",
        }
    }

    fn kind(self) -> WarningKind {
        match self {
            Self::AboveRoot => WarningKind::AboveRoot,
            Self::AufsControl => WarningKind::AufsControlFile,
            Self::DeepLink => WarningKind::LinkLoop,
            Self::LinkToDirectory => WarningKind::LinkToDirectory,
            Self::MarkerWithContent => WarningKind::WhiteoutWithContent,
            Self::MissingLinkTarget => WarningKind::MissingLinkTarget,
            Self::NoName => WarningKind::NamelessEntry,
            Self::NothingToHide => WarningKind::WhiteoutHidesNothing,
            Self::UncountedContent => WarningKind::UncountedContent,
            Self::UnknownType => WarningKind::UnknownEntryType,
            Self::WhiteoutOfNothing => WarningKind::EmptyWhiteout,
        }
    }
}

/// Collects oddities: one warning for each kind and layer.
#[derive(Clone, Debug, Default)]
pub(crate) struct WarningLog {
    seen: BTreeMap<(u32, Oddity), (EntryPath, u64)>,
}

impl WarningLog {
    pub(crate) fn note(&mut self, layer: u32, oddity: Oddity, path: impl FnOnce() -> EntryPath) {
        self.seen.entry((layer, oddity)).or_insert_with(|| (path(), 0)).1 += 1;
    }

    /// Returns the warnings about a slot, as warnings about the layer that it became.
    pub(crate) fn of_slot(&self, slot: u32, layer: usize) -> impl Iterator<Item = Warning> {
        self.seen.iter().filter(move |((at, _), _)| *at == slot).map(move |((_, oddity), (path, count))| {
            Warning {
                kind: oddity.kind(),
                layer: Some(layer),
                message: oddity.message().to_owned(),
                path: Some(path.clone()),
                count: *count,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_oddities_become_one_warning() {
        let mut log = WarningLog::default();
        for name in ["first", "second", "third"] {
            log.note(4, Oddity::NothingToHide, || EntryPath::from_clean(name.into()));
        }
        let warnings: Vec<_> = log.of_slot(4, 2).map(|warning| warning.to_string()).collect();
        assert_eq!(
            warnings,
            [
                "layer 2: a whiteout hides nothing, its path does not exist in the layers below: `/first` (and 2 more)"
            ]
        );
        assert_eq!(log.of_slot(2, 4).count(), 0);
    }
}

//! Actions that keys trigger.
//!
//! The effect of `Up` or `Enter` depends on the focused pane. The table in [`keys`](super::keys) is
//! the only place with names, keys and help texts.

/// An action of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Leave the program.
    Quit,
    /// Show or close the list of keys.
    Help,
    /// Show or close the list of warnings.
    Warnings,
    /// Switch between layers and tree.
    NextPane,
    /// Cycle backwards through all panes, the details included.
    PreviousPane,
    /// Go to the layers.
    FocusLayers,
    /// Go to the tree.
    FocusTree,
    /// Go to the layer's details.
    FocusLayerDetails,
    /// Go to the image's details.
    FocusImageDetails,
    /// Show or close what to do.
    FindingsLens,
    /// Show or close the list of wasted paths.
    WasteLens,
    /// Show or close the list of packages.
    PackagesLens,
    /// Jump to a path of any layer.
    Find,
    /// Go to the next match.
    FindNext,
    /// Go to the previous match.
    FindPrevious,
    /// Show only paths that match.
    Filter,
    /// Use the next theme.
    NextTheme,
    /// Make the left pane narrower.
    Narrower,
    /// Make the left pane wider.
    Wider,
    /// Copy the path to the clipboard.
    CopyPath,
    /// Copy the layer's digest to the clipboard.
    CopyDigest,
    /// Suspend the program and return to the shell.
    Suspend,
    /// Close what is open: popup, prompt, preview, filter.
    Close,
    /// Go up a row.
    Up,
    /// Go down a row.
    Down,
    /// Go up a page.
    PageUp,
    /// Go down a page.
    PageDown,
    /// Go to the first row.
    Top,
    /// Go to the last row.
    Bottom,
    /// Fold a directory or go to its parent; scroll left.
    Left,
    /// Unfold a directory or go inside; scroll right.
    Right,
    /// Open or accept the row at the cursor.
    Enter,
    /// Wrap or cut long lines.
    Wrap,
    /// Use the next way to compare: layer, up to it, range, final.
    CompareCycle,
    /// Show the final filesystem.
    CompareFinal,
    /// Redraw the screen.
    Redraw,
    /// Show what the layer changes, compared with everything below it.
    CompareLayer,
    /// Show all changes up to the layer.
    CompareUpTo,
    /// Start a range of layers at this one, or drop the range.
    MarkRange,
    /// Show or hide history entries without a layer.
    EmptyHistory,
    /// Fold or unfold the directory.
    Fold,
    /// Fold all directories, or unfold all if all are folded.
    FoldAll,
    /// Unfold all directories.
    UnfoldAll,
    /// Unfold one more level.
    FoldDeeper,
    /// Fold one more level.
    FoldShallower,
    /// Show or hide added files.
    HideAdded,
    /// Show or hide removed files.
    HideRemoved,
    /// Show or hide modified files.
    HideModified,
    /// Show or hide unmodified files.
    HideUnmodified,
    /// Show or hide files that are shipped but invisible.
    Ghosts,
    /// Show or hide mode, owner, size and time.
    Attributes,
    /// Sort by name, size or change in turn.
    SortOrder,
    /// Sort by size, or by name again.
    SortSize,
    /// List every layer that touched the path.
    History,
    /// Write a file or directory to disk.
    Extract,
    /// Look inside the file.
    Preview,
    /// Search in the file.
    Search,
    /// Switch between bytes in hexadecimal and text.
    Hex,
    /// Show the previous layer's version of the file.
    OlderVersion,
    /// Show the next layer's version of the file.
    NewerVersion,
    /// Show what changed since the older version.
    Difference,
    /// Follow a finding, or no longer.
    Choose,
    /// Sort packages by bytes, name or layer in turn.
    SortPackages,
    /// Sort images by the next column.
    SortImages,
    /// Sort images in the other direction.
    ReverseImages,
    /// Ask the engine for its images again.
    Refresh,
    /// Answer yes.
    Yes,
    /// Answer no.
    No,
}

#[cfg(test)]
impl Action {
    /// The last action, so that tests can count them.
    pub(crate) const LAST: Self = Self::No;
}

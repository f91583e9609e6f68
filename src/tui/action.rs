//! Actions that keys trigger.
//!
//! What `Up` or `Enter` does depends on the focused pane. Only the table in [`keys`](super::keys)
//! has names, keys and help texts.

/// An action of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Leave the program.
    Quit,
    /// Show or close the list of keys.
    Help,
    /// Show or close the list of warnings.
    Warnings,
    /// Go from the layers to the tree, and back.
    NextPane,
    /// Go to the pane before this one, the details included.
    PreviousPane,
    /// Go to the layers.
    FocusLayers,
    /// Go to the tree.
    FocusTree,
    /// Go to the details of the layer.
    FocusLayerDetails,
    /// Go to the details of the image.
    FocusImageDetails,
    /// Show or close the list of wasted paths.
    WasteLens,
    /// Jump to a path of any layer.
    Find,
    /// Go to the next match.
    FindNext,
    /// Go to the match before.
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
    /// Copy the digest of the layer to the clipboard.
    CopyDigest,
    /// Stop the program and go to the shell.
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
    /// Fold a directory or go to its parent; scroll to the left.
    Left,
    /// Unfold a directory or go to what it holds; scroll to the right.
    Right,
    /// Open or accept what the cursor is on.
    Enter,
    /// Wrap long lines, or cut them.
    Wrap,
    /// Use the next way to compare.
    CompareCycle,
    /// Show the final filesystem.
    CompareFinal,
    /// Draw the whole screen again.
    Redraw,
    /// Compare the layer with everything below it.
    CompareLayer,
    /// Show all changes up to the layer.
    CompareUpTo,
    /// Start a range of layers at this one, or drop it.
    MarkRange,
    /// Show or hide history entries without a layer.
    EmptyHistory,
    /// Fold or unfold the directory.
    Fold,
    /// Fold all directories.
    FoldAll,
    /// Unfold all directories.
    UnfoldAll,
    /// Unfold one level more.
    FoldDeeper,
    /// Fold one level more.
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
    /// Sort by the next of name, size and change.
    SortOrder,
    /// Sort by size, or by name again.
    SortSize,
    /// Show every layer that touched the path.
    History,
    /// Write a file or directory to disk.
    Extract,
    /// Show what is inside the file.
    Preview,
    /// Search in the file.
    Search,
    /// Show bytes as hexadecimal numbers, or as text again.
    Hex,
    /// Show the file as the layer before had it.
    OlderVersion,
    /// Show the file as the next layer has it.
    NewerVersion,
    /// Show what changed since the older version.
    Difference,
    /// Sort images by the next column.
    SortImages,
    /// Sort images in the other direction.
    ReverseImages,
    /// List the engine's images again.
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

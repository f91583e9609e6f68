//! The table of keys: each action with its name, contexts, keys and help text.
//!
//! The keymap, the help on screen, the page of keys and the configuration file are generated from
//! it. dive's names are those in `keybinding:` of dive 0.13.1; a row includes dive's default key if
//! there is one.

use ratatui::crossterm::event::KeyCode;

use super::key::Key;
use crate::tui::action::Action;

/// Context of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Context {
    /// Everywhere, unless a context has its own meaning for the key.
    Global,
    /// The list of layers.
    Layers,
    /// The tree of files.
    Tree,
    /// What to do.
    Findings,
    /// The list of wasted paths.
    Waste,
    /// The list of packages.
    Packages,
    /// The preview of a file.
    Preview,
    /// The list of images.
    Images,
    /// A line of text input: only keys that name this context apply.
    Prompt,
    /// A question: as in a prompt, and letters answer it.
    Question,
}

impl Context {
    /// All contexts, in the order of the help.
    pub(crate) const ALL: [Self; 10] = [
        Self::Global,
        Self::Layers,
        Self::Tree,
        Self::Findings,
        Self::Waste,
        Self::Packages,
        Self::Preview,
        Self::Images,
        Self::Prompt,
        Self::Question,
    ];

    /// Returns the heading in the help.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::Layers => "Layers",
            Self::Tree => "Tree",
            Self::Findings => "What to do",
            Self::Waste => "Waste",
            Self::Packages => "Packages",
            Self::Preview => "Preview",
            Self::Images => "List of images",
            Self::Prompt => "While typing",
            Self::Question => "Questions",
        }
    }

    /// Returns whether the keys of [`Context::Global`] do not apply here.
    pub(crate) const fn is_modal(self) -> bool {
        matches!(self, Self::Prompt | Self::Question)
    }
}

/// An action with its name, contexts, keys and help text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyRow {
    pub(crate) action: Action,
    /// Its name in the configuration file.
    pub(crate) name: &'static str,
    /// Its names in dive's configuration file.
    pub(crate) dive: &'static [&'static str],
    /// The contexts of its keys.
    pub(crate) contexts: &'static [Context],
    /// Its keys; the first one is displayed.
    pub(crate) keys: &'static [Key],
    /// Help text, as a command.
    pub(crate) help: &'static str,
}

impl KeyRow {
    /// Returns whether a key of this row applies in a context. In prompts and questions, letters of
    /// global rows do not.
    pub(crate) fn holds(&self, key: Key, context: Context) -> bool {
        let is_guest = context.is_modal() && self.contexts.contains(&Context::Global);
        self.contexts.contains(&context) && !(is_guest && key.types())
    }

    const fn dive(mut self, names: &'static [&'static str]) -> Self {
        self.dive = names;
        self
    }
}

const fn row(
    action: Action,
    name: &'static str,
    contexts: &'static [Context],
    keys: &'static [Key],
    help: &'static str,
) -> KeyRow {
    KeyRow { action, name, dive: &[], contexts, keys, help }
}

const GLOBAL: &[Context] = &[Context::Global];
const LAYERS: &[Context] = &[Context::Layers];
const TREE: &[Context] = &[Context::Tree];
const PREVIEW: &[Context] = &[Context::Preview];
const FINDINGS: &[Context] = &[Context::Findings];
const PACKAGES: &[Context] = &[Context::Packages];
const IMAGES: &[Context] = &[Context::Images];
const QUESTION: &[Context] = &[Context::Question];
const LISTS_AND_PROMPTS: &[Context] = &[Context::Global, Context::Prompt];
const EVERYWHERE: &[Context] = &[Context::Global, Context::Prompt, Context::Question];
const TREE_AND_PREVIEW: &[Context] = &[Context::Tree, Context::Preview];

const fn plain(character: char) -> Key {
    Key::plain(character)
}

const fn ctrl(character: char) -> Key {
    Key::ctrl(character)
}

const fn named(code: KeyCode) -> Key {
    Key::named(code)
}

/// The table.
pub(crate) const ROWS: &[KeyRow] = &[
    row(Action::Quit, "quit", EVERYWHERE, &[plain('q'), ctrl('c')], "quit").dive(&["quit"]),
    row(Action::Help, "help", GLOBAL, &[plain('?'), named(KeyCode::F(1))], "show or close this help"),
    row(Action::Warnings, "warnings", GLOBAL, &[plain('!')], "list the warnings about the image"),
    row(Action::NextPane, "next-pane", GLOBAL, &[named(KeyCode::Tab)], "switch between layers and tree")
        .dive(&["toggle-view"]),
    row(
        Action::PreviousPane,
        "previous-pane",
        GLOBAL,
        &[Key::SHIFT_TAB],
        "cycle backwards through all panes",
    ),
    row(Action::FocusLayers, "focus-layers", GLOBAL, &[plain('1')], "go to the layers"),
    row(Action::FocusTree, "focus-tree", GLOBAL, &[plain('2')], "go to the tree"),
    row(Action::FocusLayerDetails, "focus-layer-details", GLOBAL, &[plain('3')], "go to the layer's details"),
    row(Action::FocusImageDetails, "focus-image-details", GLOBAL, &[plain('4')], "go to the image's details"),
    row(Action::FindingsLens, "findings", GLOBAL, &[plain('i')], "list what to do, and what it saves"),
    row(Action::WasteLens, "waste", GLOBAL, &[plain('w')], "list wasted paths, largest first"),
    row(Action::PackagesLens, "packages", GLOBAL, &[plain('p')], "list packages, and the owner of the file"),
    row(Action::Find, "find", GLOBAL, &[plain('/')], "jump to a path of any layer"),
    row(Action::FindNext, "find-next", GLOBAL, &[plain('n')], "go to the next match"),
    row(Action::FindPrevious, "find-previous", GLOBAL, &[plain('N')], "go to the previous match"),
    row(Action::Filter, "filter", GLOBAL, &[ctrl('f'), plain('f'), ctrl('/')], "show only what matches")
        .dive(&["filter-files"]),
    row(Action::Close, "close", EVERYWHERE, &[named(KeyCode::Esc)], "close what is open, drop the filter")
        .dive(&["close-filter-files"]),
    row(Action::Enter, "enter", LISTS_AND_PROMPTS, &[named(KeyCode::Enter)], "open or accept"),
    row(Action::Up, "up", LISTS_AND_PROMPTS, &[named(KeyCode::Up), plain('k')], "go up").dive(&["up"]),
    row(Action::Down, "down", LISTS_AND_PROMPTS, &[named(KeyCode::Down), plain('j')], "go down")
        .dive(&["down"]),
    row(
        Action::Left,
        "left",
        GLOBAL,
        &[named(KeyCode::Left), plain('h')],
        "fold, go to the parent; scroll left",
    )
    .dive(&["left"]),
    row(
        Action::Right,
        "right",
        GLOBAL,
        &[named(KeyCode::Right), plain('l')],
        "unfold, go inside; scroll right",
    )
    .dive(&["right"]),
    row(Action::PageUp, "page-up", LISTS_AND_PROMPTS, &[named(KeyCode::PageUp), plain('u')], "go up a page")
        .dive(&["page-up"]),
    row(
        Action::PageDown,
        "page-down",
        LISTS_AND_PROMPTS,
        &[named(KeyCode::PageDown), plain('d')],
        "go down a page",
    )
    .dive(&["page-down"]),
    row(Action::Top, "top", GLOBAL, &[named(KeyCode::Home)], "go to the start"),
    row(Action::Bottom, "bottom", GLOBAL, &[named(KeyCode::End), plain('G')], "go to the end"),
    row(
        Action::CompareCycle,
        "compare-cycle",
        GLOBAL,
        &[plain('c')],
        "next way to compare: layer, up to it, range, final",
    ),
    row(Action::CompareFinal, "compare-final", GLOBAL, &[plain('F')], "show the final filesystem"),
    row(Action::Wrap, "wrap", GLOBAL, &[plain('z'), ctrl('p')], "wrap or cut long lines")
        .dive(&["toggle-wrap-tree"]),
    row(Action::CopyPath, "copy-path", GLOBAL, &[plain('y')], "copy the path"),
    row(Action::CopyDigest, "copy-digest", GLOBAL, &[plain('Y')], "copy the layer's digest"),
    row(Action::Narrower, "narrower", GLOBAL, &[plain('<')], "make the left pane narrower"),
    row(Action::Wider, "wider", GLOBAL, &[plain('>')], "make the left pane wider"),
    row(Action::NextTheme, "next-theme", GLOBAL, &[plain('t')], "use the next theme"),
    row(Action::Redraw, "redraw", GLOBAL, &[named(KeyCode::F(5))], "redraw the screen"),
    row(Action::Suspend, "suspend", EVERYWHERE, &[ctrl('z')], "suspend; fg resumes"),
    row(
        Action::CompareLayer,
        "compare-layer",
        LAYERS,
        &[ctrl('l'), plain('L')],
        "show what the layer changes",
    )
    .dive(&["compare-layer"]),
    row(
        Action::CompareUpTo,
        "compare-up-to",
        LAYERS,
        &[ctrl('a'), plain('a')],
        "show all changes up to the layer",
    )
    .dive(&["compare-all"]),
    row(Action::MarkRange, "mark-range", LAYERS, &[plain('m')], "start a range of layers here, or drop it"),
    row(Action::EmptyHistory, "empty-history", LAYERS, &[plain('e')], "show or hide history without a layer"),
    row(Action::Fold, "fold", TREE, &[plain(' ')], "fold or unfold the directory")
        .dive(&["toggle-collapse-dir"]),
    row(
        Action::FoldAll,
        "fold-all",
        TREE,
        &[ctrl(' '), plain('-')],
        "fold all, or unfold all if all are folded",
    )
    .dive(&["toggle-collapse-all-dir"]),
    row(Action::UnfoldAll, "unfold-all", TREE, &[plain('*'), plain('+')], "unfold all"),
    row(Action::FoldDeeper, "fold-deeper", TREE, &[plain(']')], "unfold one more level"),
    row(Action::FoldShallower, "fold-shallower", TREE, &[plain('[')], "fold one more level"),
    row(Action::HideAdded, "hide-added", TREE, &[ctrl('a'), plain('A')], "hide or show what is added")
        .dive(&["toggle-added-files"]),
    row(Action::HideRemoved, "hide-removed", TREE, &[ctrl('r'), plain('R')], "hide or show what is removed")
        .dive(&["toggle-removed-files"]),
    row(
        Action::HideModified,
        "hide-modified",
        TREE,
        &[plain('M'), ctrl('m')],
        "hide or show what is modified",
    )
    .dive(&["toggle-modified-files"]),
    row(
        Action::HideUnmodified,
        "hide-unmodified",
        TREE,
        &[ctrl('u'), plain('U')],
        "hide or show what is unmodified",
    )
    .dive(&["toggle-unmodified-files", "toggle-unchanged-files"]),
    row(Action::Ghosts, "ghosts", TREE, &[plain('g')], "show or hide what is shipped but invisible"),
    row(
        Action::Attributes,
        "attributes",
        TREE,
        &[ctrl('b'), plain('b')],
        "show or hide mode, owner, size, time",
    )
    .dive(&["toggle-filetree-attributes"]),
    row(Action::SortOrder, "sort-order", TREE, &[plain('s')], "sort by name, size or change in turn"),
    row(Action::SortSize, "sort-size", TREE, &[ctrl('o')], "sort by size, or by name again")
        .dive(&["toggle-sort-order"]),
    row(Action::History, "history", TREE, &[plain('H')], "list every layer that touched the path"),
    row(Action::Preview, "look", TREE, &[plain('v')], "look inside the file"),
    row(
        Action::Extract,
        "extract",
        TREE_AND_PREVIEW,
        &[ctrl('e'), plain('x')],
        "write the file or directory to disk",
    )
    .dive(&["extract-file"]),
    row(Action::Search, "search", PREVIEW, &[plain('/')], "search in the file"),
    row(Action::Hex, "hex", PREVIEW, &[plain('b')], "switch between bytes and text"),
    row(
        Action::OlderVersion,
        "older-version",
        PREVIEW,
        &[plain('[')],
        "show the previous layer's version of the file",
    ),
    row(
        Action::NewerVersion,
        "newer-version",
        PREVIEW,
        &[plain(']')],
        "show the next layer's version of the file",
    ),
    row(
        Action::Difference,
        "difference",
        PREVIEW,
        &[plain('=')],
        "show what changed since the older version",
    ),
    row(Action::Choose, "choose", FINDINGS, &[plain(' ')], "follow the finding or not: what is saved then"),
    row(
        Action::SortPackages,
        "sort-packages",
        PACKAGES,
        &[plain('s')],
        "sort by bytes, name or layer in turn",
    ),
    row(Action::SortImages, "sort-images", IMAGES, &[plain('s')], "sort by the next column"),
    row(Action::ReverseImages, "reverse-images", IMAGES, &[plain('S')], "sort in the other direction"),
    row(Action::Refresh, "refresh", IMAGES, &[plain('r')], "ask the engine again"),
    row(Action::Yes, "yes", QUESTION, &[plain('y')], "yes"),
    row(Action::No, "no", QUESTION, &[plain('n')], "no"),
];

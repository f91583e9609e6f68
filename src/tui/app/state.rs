//! State of what is open beside the panes: a popup, a prompt, a search, an extraction.

use dockopt_core::history::Visit;
use dockopt_core::tree::NodeId;
use tui_input::Input;

use crate::tui::effect::ExtractRequest;
use crate::tui::find::FoundPaths;
use crate::tui::list::ListState;

/// A message in the status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Escaped text.
    pub(crate) text: String,
    pub(crate) is_error: bool,
}

/// An open popup.
#[derive(Clone, Debug)]
pub(crate) enum Popup {
    /// All keys, and the filter language.
    Help(ListState),
    /// The warnings about the image.
    Warnings(ListState),
    /// Every layer that touched a path.
    History { node: NodeId, visits: Vec<Visit>, list: ListState },
    /// Whether to overwrite existing files.
    Overwrite(String),
}

/// Purpose of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromptKind {
    /// A filter for the tree.
    Filter,
    /// Part of the name of a package.
    Packages,
    /// A path to jump to.
    Find,
    /// A directory to write files to.
    Extract,
    /// A text to search for in a file.
    Search,
}

/// An open prompt and its text.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    pub(crate) kind: PromptKind,
    pub(crate) input: Input,
    /// The error in its text.
    pub(crate) error: Option<String>,
}

impl Prompt {
    pub(crate) fn label(&self) -> &'static str {
        match self.kind {
            PromptKind::Filter => "filter: ",
            PromptKind::Packages => "packages: ",
            PromptKind::Find => "find: ",
            PromptKind::Extract => "extract to: ",
            PromptKind::Search => "search: ",
        }
    }
}

/// Matches shown above the prompt.
pub(crate) const SHOWN: usize = 10;

/// The last search.
#[derive(Debug, Default)]
pub(crate) struct PathSearch {
    pub(crate) found: FoundPaths,
    /// The list, with the cursor on the chosen match.
    pub(crate) list: ListState,
    /// Number of the last request.
    pub(super) asked: u64,
    /// Whether to jump to the best match when it arrives.
    pub(super) jump: bool,
}

impl PathSearch {
    pub(crate) fn is_behind(&self) -> bool {
        self.found.number < self.asked
    }
}

/// An extraction, in progress or being prepared.
#[derive(Clone)]
pub(crate) struct Extracting {
    pub(crate) request: ExtractRequest,
    /// Bytes written; `None` before the start.
    pub(crate) written: Option<u64>,
}

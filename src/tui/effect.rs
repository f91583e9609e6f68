//! Effects that the application requests, and their answers.
//!
//! [`super::app::App`] never waits: it changes its state and returns effects. Its caller (the event
//! loop, or a test) carries them out and passes the answers back.

use std::path::PathBuf;
use std::sync::Arc;

use dockopt_core::comparison::LayerRange;
use dockopt_core::image::ImageInfo;
use dockopt_core::tree::NodeId;
use dockopt_image::Progress;

use super::find::{FindRequest, FoundPaths};
use super::panes::tree::request::TreeRequest;
use super::panes::tree::viewer::TreeView;
use super::preview::thread::{PreviewAnswer, PreviewCommand};
use super::subject::Subject;

/// Work that the application requests.
pub(crate) enum Effect {
    /// Make the rows of the tree pane.
    View(Box<TreeRequest>),
    /// Look for paths.
    Find(FindRequest),
    /// Send a command to the preview.
    Preview(PreviewCommand),
    /// Write files to disk.
    Extract(ExtractRequest),
    /// Make a tree of the layers that have been read.
    Snapshot,
    /// Stop reading the image.
    StopLoading,
    /// Stop writing files.
    StopExtracting,
    /// Copy a text to the clipboard of the terminal.
    Copy(String),
    /// Stop the process as Ctrl-Z does.
    Suspend,
    /// Redraw the whole screen.
    Redraw,
    /// Quit the browser.
    Quit,
}

/// A request to write files to disk.
#[derive(Clone)]
pub(crate) struct ExtractRequest {
    pub(crate) subject: Arc<Subject>,
    pub(crate) node: NodeId,
    pub(crate) scope: ExtractScope,
    pub(crate) destination: PathBuf,
    pub(crate) overwrite: bool,
}

/// Version of a directory to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExtractScope {
    /// As the tree pane shows it, after the last layer of the range.
    Seen(LayerRange),
    /// As in the final filesystem.
    Final,
    /// Only what this layer ships.
    Shipped(usize),
}

/// Result of writing files.
#[derive(Debug)]
pub(crate) enum ExtractOutcome {
    /// A sentence about the files that were written.
    Done(String),
    /// The target exists; nothing was written.
    Exists(String),
    Failed(String),
}

/// Result of an effect, or progress of one.
pub(crate) enum Answer {
    /// The image was found; its layers will be read.
    Planned(Box<ImageInfo>),
    /// Progress of reading.
    Progress(Progress),
    /// A tree of the layers that have been read.
    Snapshot(Arc<Subject>),
    /// Reading has ended.
    Loaded(Result<Arc<Subject>, Failure>),
    View(Box<TreeView>),
    Found(FoundPaths),
    Preview(PreviewAnswer),
    /// Bytes written so far.
    Extracting(u64),
    Extracted(ExtractOutcome),
}

/// A failure, as text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The error and its causes, one text each.
    pub(crate) reasons: Vec<String>,
    pub(crate) hint: Option<String>,
}

//! What the application asks of the world, and what the world answers.
//!
//! [`super::app::App`] never waits: it changes its state and names effects. Whoever runs it (the event loop, or a test)
//! carries them out and hands the answers back.

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

/// Something to be done outside.
pub(crate) enum Effect {
    /// Make the rows of the tree pane.
    View(Box<TreeRequest>),
    /// Look for paths.
    Find(FindRequest),
    /// Read a part of a file.
    Preview(PreviewCommand),
    /// Write files to disk.
    Extract(ExtractRequest),
    /// Make what is read so far browsable.
    Snapshot,
    /// Stop reading the image.
    StopLoading,
    /// Stop writing files.
    StopExtracting,
    /// Put a text into the terminal's clipboard.
    Copy(String),
    /// Stop the process as Ctrl-Z does.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// End.
    Quit,
}

/// Files to write to disk.
#[derive(Clone)]
pub(crate) struct ExtractRequest {
    pub(crate) subject: Arc<Subject>,
    pub(crate) node: NodeId,
    pub(crate) scope: ExtractScope,
    pub(crate) destination: PathBuf,
    pub(crate) overwrite: bool,
}

/// Which version of a directory is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExtractScope {
    /// As the tree pane shows it, after the last layer of the range.
    Seen(LayerRange),
    /// As the final filesystem has it.
    Final,
    /// Only what this layer ships.
    Shipped(usize),
}

/// How writing files ended.
#[derive(Debug)]
pub(crate) enum ExtractOutcome {
    /// What was written, in words.
    Done(String),
    /// Something is in the way; nothing was written.
    Exists(String),
    Failed(String),
}

/// Something that came back.
pub(crate) enum Answer {
    /// The image was found; its layers will be read.
    Planned(Box<ImageInfo>),
    /// Reading goes on.
    Progress(Progress),
    /// What is read so far can be browsed.
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

/// Why something failed, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What went wrong, and what caused it, one text each.
    pub(crate) reasons: Vec<String>,
    pub(crate) hint: Option<String>,
}

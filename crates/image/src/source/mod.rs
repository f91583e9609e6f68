//! Homes of images: archives in files, directories, archives that pass by once.

mod archive;
mod directory;
mod format;
mod known;
mod members;
mod repeating;
#[expect(clippy::module_inception, reason = "what all sources are")]
mod source;
mod stream;
mod workers;

pub(crate) use archive::{ArchiveFile, peek};
pub(crate) use directory::LayoutDirectory;
pub(crate) use format::Format;
pub(crate) use known::Known;
pub(crate) use source::{BlobKey, LayerAt, MAX_DOCUMENT, Source};
pub(crate) use stream::{Capturing, StreamedArchive, capture};

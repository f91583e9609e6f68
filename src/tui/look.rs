//! Looking inside a file, on a thread of its own.
pub(crate) struct LookRequest;
pub(crate) struct Looked;

//! Looking inside a file, on a thread of its own.
use std::sync::mpsc::{Sender, channel};
pub(crate) struct LookCommand;
pub(crate) struct Looked;
pub(crate) fn look(_tell: impl FnMut(Looked) + Send + 'static) -> std::io::Result<Sender<LookCommand>> {
    Ok(channel().0)
}

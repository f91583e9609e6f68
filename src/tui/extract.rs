//! Writes files of the image to disk.
use super::effect::{ExtractOutcome, ExtractRequest};
use std::sync::atomic::AtomicBool;
pub(crate) fn extract(
    _request: &ExtractRequest,
    _stop: &AtomicBool,
    _tell: &mut dyn FnMut(u64),
) -> ExtractOutcome {
    ExtractOutcome::Failed("not there yet".to_owned())
}

//! What one path showed before a range, after it, and last.

use super::range::LayerRange;
use crate::tree::{Event, NodeId, Seen};

/// The events of a node, as far as they concern a range.
#[derive(Clone, Copy)]
pub(super) struct Glance {
    pub(super) before: Seen,
    pub(super) after: Seen,
    /// What the node showed last, up to the end of the range.
    pub(super) last: Seen,
    /// Whether the range contains an event.
    pub(super) touched: bool,
}

impl Glance {
    pub(super) fn at(node: NodeId, events: &[Event], range: LayerRange) -> Self {
        let before = Seen::before_all_layers(node);
        let mut glance = Self { before, after: before, last: before, touched: false };
        for event in events.iter().take_while(|event| event.layer() <= range.last) {
            glance.after = event.seen();
            if event.layer() < range.first {
                glance.before = glance.after;
            } else {
                glance.touched = true;
            }
            if glance.after != Seen::Nothing {
                glance.last = glance.after;
            }
        }
        glance
    }
}

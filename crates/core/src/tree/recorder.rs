//! Records what every path shows from layer to layer, while layers are stacked.
//!
//! A tar may change a path any number of times within a layer. Every entry that was shown is
//! recorded, because it is shipped; what appeared and disappeared in between is not. So a hostile
//! layer costs no more than its entries and the paths it touches.

use super::arena::NodeId;
use super::event::{End, Event};
use super::seen::Seen;

const NEVER: u32 = u32::MAX;

/// The log of a stack in progress.
#[derive(Debug)]
pub(crate) struct Recorder {
    log: Vec<(NodeId, Event)>,
    /// The index of each node's last event in the log.
    latest: Vec<u32>,
    layer: u32,
    /// The index of the first event of the current layer.
    layer_start: u32,
}

impl Recorder {
    /// Creates an empty log with room for one event for each entry.
    pub(crate) fn new(entries: usize) -> Self {
        Self { log: Vec::with_capacity(entries), latest: Vec::new(), layer: 0, layer_start: 0 }
    }

    /// Begins a layer.
    pub(crate) fn start_layer(&mut self, layer: u32) {
        self.layer = layer;
        self.layer_start = u32::try_from(self.log.len()).unwrap_or(NEVER);
    }

    /// Makes room for nodes that were added to the arena.
    pub(crate) fn grow(&mut self, nodes: usize) {
        self.latest.resize(nodes, NEVER);
    }

    /// Records that a node no longer shows anything; without an `end` if something else takes its
    /// place at once.
    pub(crate) fn hide(&mut self, node: NodeId, end: Option<End>) {
        self.note(node, Seen::Nothing, end);
    }

    /// Records what a node shows from now on.
    pub(crate) fn show(&mut self, node: NodeId, seen: Seen) {
        self.note(node, seen, None);
    }

    fn note(&mut self, node: NodeId, seen: Seen, end: Option<End>) {
        let Some(latest) = self.latest.get_mut(node.index()) else { return };
        let of_this_layer = *latest >= self.layer_start;
        let last = self.log.get_mut(*latest as usize).filter(|_| of_this_layer).map(|(_, event)| event);
        if let Some(last) = last
            && !matches!(last.seen(), Seen::Entry(_))
        {
            // The first end is the one that concerns the layers below.
            *last = Event::new(self.layer, seen, last.end().or(end));
            return;
        }
        *latest = u32::try_from(self.log.len()).unwrap_or(NEVER);
        self.log.push((node, Event::new(self.layer, seen, end)));
    }

    /// Returns the events of all layers in order.
    pub(crate) fn into_log(self) -> Vec<(NodeId, Event)> {
        self.log
    }
}

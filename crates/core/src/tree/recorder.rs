//! Notes what every path shows from layer to layer, while layers are stacked.
//!
//! Within a layer a path may change as often as its tar likes. Every entry that was shown is kept, because it is shipped; what
//! came and went in between is not, so that a hostile layer costs no more than its entries and the paths it touches.

use super::arena::NodeId;
use super::event::{End, Event};
use super::seen::Seen;

const NEVER: u32 = u32::MAX;

/// The log of a stack in the making.
#[derive(Debug)]
pub(crate) struct Recorder {
    log: Vec<(NodeId, Event)>,
    /// Index of each node's last event in the log.
    latest: Vec<u32>,
    layer: u32,
    /// Index of the first event of the current layer.
    layer_start: u32,
}

impl Recorder {
    /// An empty log with room for one event for each entry.
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

    /// What the node showed ends; without a reason if something else takes its place at once.
    pub(crate) fn hide(&mut self, node: NodeId, end: Option<End>) {
        self.note(node, Seen::Nothing, end);
    }

    /// The node shows something from now on.
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
            // The first end is that of what the layers below showed.
            *last = Event::new(self.layer, seen, last.end().or(end));
            return;
        }
        *latest = u32::try_from(self.log.len()).unwrap_or(NEVER);
        self.log.push((node, Event::new(self.layer, seen, end)));
    }

    /// The events of all layers, in the order they happened.
    pub(crate) fn into_log(self) -> Vec<(NodeId, Event)> {
        self.log
    }
}

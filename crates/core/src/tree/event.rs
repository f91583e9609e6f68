//! An event in the history of a path, in eight bytes.

use super::seen::Seen;

/// How a path lost what it showed, where nothing else took its place at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Deleted,
    Opaque,
    ReplacedAbove,
}

/// What a path shows from some layer on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Event {
    seen: u32,
    /// The layer, and in the two lowest bits how the path lost what it showed before.
    layer_and_end: u32,
}

const _: () = assert!(size_of::<Event>() == 8, "a million paths should cost 30 MB");

impl Event {
    const ENDS: [(End, u32); 3] = [(End::Deleted, 1), (End::Opaque, 2), (End::ReplacedAbove, 3)];

    pub(crate) fn new(layer: u32, seen: Seen, end: Option<End>) -> Self {
        let code = end.and_then(|end| Self::ENDS.into_iter().find(|(one, _)| *one == end));
        Self { seen: seen.to_code(), layer_and_end: layer << 2 | code.map_or(0, |(_, code)| code) }
    }

    pub(crate) fn layer(self) -> usize {
        (self.layer_and_end >> 2) as usize
    }

    pub(crate) fn seen(self) -> Seen {
        Seen::of_code(self.seen)
    }

    pub(crate) fn end(self) -> Option<End> {
        Self::ENDS.into_iter().find(|(_, code)| *code == self.layer_and_end & 3).map(|(end, _)| end)
    }
}

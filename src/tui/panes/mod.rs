//! The panes of the browser, one folder each: state, drawing and journeys.

pub(crate) mod details;
pub(crate) mod layers;
pub(crate) mod preview;
pub(crate) mod tree;
pub(crate) mod waste;

//! The waste lens.

mod draw;
pub(crate) mod state;

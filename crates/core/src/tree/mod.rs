//! One tree for all layers of an image.
//!
//! [`TreeBuilder`] collects entries as they are read. [`TreeBuilder::stack`] applies the layers in
//! order and returns a [`Draft`], which lacks one thing: whether some rewritten files differ. The
//! draft lists the files to hash, receives the hashes, and becomes a [`Tree`]. There is never a
//! tree per layer: nodes and records live in two arrays, and each record says how its file ended.

mod arena;
mod build;
mod event;
mod grouped;
mod late_links;
mod names;
mod node_set;
mod nodes;
mod overlay;
mod record;
mod recorder;
mod resolve;
mod seen;
mod shared;
mod shipped;
mod stack;
mod timeline;
#[expect(clippy::module_inception, reason = "the tree among the files about it")]
mod tree;
mod waiting;
mod walk;

pub use arena::NodeId;
pub(crate) use build::WHITEOUT_PREFIX;
pub use build::{TreeBuilder, TreeError};
pub(crate) use event::{End, Event};
pub use node_set::NodeSet;
pub use nodes::EntryFacts;
pub use record::EntryId;
pub(crate) use record::{MODE_BITS, Record, Role, inode_of};
pub(crate) use seen::Seen;
pub use shipped::{Marker, MarkerKind};
pub(crate) use tree::Wasted;
pub use tree::{Draft, FinalFile, Tree, Wanted};

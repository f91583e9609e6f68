//! Changes of a Dockerfile that touch only what they mean to.
//!
//! A change is a list of edits. It is offered only if the changed text, parsed again, has exactly
//! the intended instructions; what cannot be changed safely stays advice in words.

mod append;
mod edit;
mod join;
mod option;
mod owner;
mod remove;
mod style;
#[cfg(test)]
mod tests;

pub use self::append::append;
pub use self::edit::{Edit, apply, unified_diff};
pub use self::join::join;
pub use self::option::{Avoid, avoid};
pub use self::owner::copy_with_owner;
pub use self::remove::removed;

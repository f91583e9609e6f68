//! Dockerfiles: instructions with their places in the text, so that a change touches only what it
//! means to.
//!
//! The format is that of `docker build`
//! (<https://docs.docker.com/reference/dockerfile/>). Parsing never fails: what is no instruction
//! is kept as an unknown one.

mod file;
mod heredoc;
mod instruction;
mod parse;
pub mod shell;
#[cfg(test)]
mod tests;
mod text;

pub use self::file::{Dockerfile, Stage};
pub use self::heredoc::Heredoc;
pub use self::instruction::{Flag, Instruction};
pub use self::text::Logical;

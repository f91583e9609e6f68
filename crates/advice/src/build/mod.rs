//! The build of an image: the instructions that made its layers, and the Dockerfile they are in.

mod align;
pub mod dockerfile;
pub mod patch;
pub mod steps;

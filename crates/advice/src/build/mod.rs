//! The build of an image: the instructions that made its layers.

pub mod steps;

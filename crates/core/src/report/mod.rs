//! Writes what is known of an image: for people ([`text`]), for programs ([`json`]).
//!
//! Writers stream: an image of a million wasted files must not be held in memory twice.

mod colour;
pub mod json;
pub mod text;

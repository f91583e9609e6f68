//! Journeys: what somebody does with the browser, key by key, on images made by real tools.

mod anything;
mod comfort;
#[cfg(unix)]
mod fetched;
mod journey;
mod layers;
mod loading;
mod preview;
mod screens;
mod search;
mod tar_oracle;
mod tree;

//! Journeys: what somebody does with the browser, key by key, on images made by real tools.

mod anything;
mod comfort;
pub(crate) mod journey;
mod loading;
mod screens;
mod search;
pub(crate) mod tar_oracle;

//! The built program, end to end: what it prints, where, and with which exit code.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that fails may panic")]

mod architecture;
#[cfg(unix)]
mod build;
mod cache;
mod config;
mod docs;
#[cfg(unix)]
mod engines;
mod errors;
#[cfg(unix)]
mod explore;
#[cfg(unix)]
mod faults;
mod fix;
mod formats;
mod gate;
mod hostile;
mod hostile_databases;
mod images;
mod real_images;
mod reports;
mod run;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(target_os = "linux")]
mod toolchains;

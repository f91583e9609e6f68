//! dockopt-dive: see what every layer of a container image ships, and what of it is wasted.
//!
//! The program is a thin edge around two libraries: it understands the command line, reads the image with
//! `dockopt-image`, judges and reports it with `dockopt-core`. Data goes to standard output, everything else to
//! standard error; the exit code is 0 (pass), 1 (a rule failed) or 2 (could not judge).

mod cache;
mod cli;
mod config;
mod dates;
mod error;
mod explore;
mod foreground;
mod images;
mod interrupt;
mod output;
mod progress;
mod rules;
mod terminal;
mod tui;
mod yaml;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}

//! dockopt-dive: see what each layer of a container image ships and how much of it is wasted.
//!
//! The program is a thin layer over two libraries: it parses the command line, reads the image with
//! `dockopt-image`, and judges and reports it with `dockopt-core`. Data goes to standard output,
//! everything else to standard error. The exit code is 0 (pass), 1 (a rule failed) or 2 (could not
//! judge).

mod advise;
mod cache;
mod cli;
mod config;
mod dates;
mod dockerfile;
mod error;
mod explore;
mod foreground;
mod images;
mod interrupt;
mod mode;
mod output;
mod progress;
mod rules;
mod terminal;
mod tui;
mod yaml;

use std::process::ExitCode;

fn main() -> ExitCode {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // A probe that fails costs a warning; everything else is a fault of the program.
        if !dockopt_core::evidence::is_guarded() {
            report(panic);
        }
    }));
    cli::run()
}

//! Panics, in any thread, end the program: the hook restores the terminal, then prints the message,
//! escaped. The exit code is 101, as without a browser.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;

use dockopt_core::evidence::is_guarded;
use dockopt_core::path::escape_text;

use super::Hold;
use crate::terminal::say;

/// The exit code of Rust programs that panic.
const EXIT_CODE: i32 = 101;

/// Installs a hook that restores the terminal before it reports a panic.
pub(super) fn give_back_before(hold: Hold) {
    std::panic::set_hook(Box::new(move |panic| {
        // A probe that fails costs a warning.
        if is_guarded() {
            return;
        }
        hold.release_at_once();
        say(&format!("error: a fault in dockopt-dive: {}", escape_text(&told(panic))));
        let trace = Backtrace::capture();
        match trace.status() {
            BacktraceStatus::Captured => say(&trace.to_string()),
            _ => say(
                "hint: please report it, with the backtrace that RUST_BACKTRACE=1 in the environment adds",
            ),
        }
        std::process::exit(EXIT_CODE);
    }));
}

/// Describes what happened, and where.
fn told(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = panic.location().map(|place| format!(", at {place}")).unwrap_or_default();
    format!("{}{place}", message.unwrap_or("without a message"))
}

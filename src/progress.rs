//! The progress bar on standard error. It appears after a quarter of a second.

use std::time::{Duration, Instant};

use dockopt_image::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const DELAY: Duration = Duration::from_millis(250);
const DRAWS_PER_SECOND: u8 = 20;

/// A progress bar that stays hidden while reading is fast.
#[derive(Clone)]
pub(crate) struct Bar {
    inner: ProgressBar,
    started: Instant,
    enabled: bool,
}

impl Bar {
    pub(crate) fn new(enabled: bool) -> Self {
        Self { inner: ProgressBar::hidden(), started: Instant::now(), enabled }
    }

    pub(crate) fn show(&self, progress: &Progress) {
        // The total is unknown until the first bytes arrive.
        let is_known = progress.total_bytes.is_some() || progress.bytes > 0;
        if !self.enabled || !is_known || self.started.elapsed() < DELAY {
            return;
        }
        if self.inner.is_hidden() {
            self.inner.set_draw_target(ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND));
        }
        self.inner.set_style(style(progress));
        if let Some(total) = progress.total_bytes {
            self.inner.set_length(total);
        }
        self.inner.set_message(match progress.total_layers {
            Some(total) => format!("{}/{total} layers", progress.layers),
            None => format!("{} layers", progress.layers),
        });
        self.inner.set_position(progress.bytes);
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.inner.finish_and_clear();
    }
}

fn style(progress: &Progress) -> ProgressStyle {
    let template = match progress.total_bytes {
        // Engines assemble large images before they send anything.
        Some(_) if progress.bytes == 0 => "waiting [{bar:24}] {decimal_bytes}/{decimal_total_bytes}  {msg}",
        Some(_) => {
            "reading [{bar:24}] {decimal_bytes}/{decimal_total_bytes}  {msg}  {decimal_bytes_per_sec}  {eta} left"
        }
        None => "reading {spinner} {decimal_bytes}  {msg}  {decimal_bytes_per_sec}",
    };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

//! The state of the browser.
//!
//! `Event → Action → App::update → Effects`: a key changes this state at once; slow work is an
//! effect whose answer comes back as an event. Drawing reads the state and never changes it.
//! `tui/update.rs` handles events; panes have folders of their own.

#[expect(clippy::module_inception, reason = "the application itself")]
mod app;
mod extract;
mod find;
mod go;
mod loading;
mod mouse;
mod popup;
mod prompt;
mod state;

pub(crate) use app::App;
pub(crate) use mouse::{DOUBLE_CLICK, NOTCH};
pub(crate) use state::{Message, Popup, Prompt, PromptKind, SHOWN};

//! What dockopt-dive knows about files, packages and instructions.
//!
//! The crate turns content and facts into more facts: it reads bytes that the caller passes, and uses
//! `dockopt-core` alone. It opens no file; `clippy.toml` beside the manifest enforces that.

pub mod evidence;

//! Knowledge about files, packages and instructions.
//!
//! The crate derives facts from bytes and facts that the caller passes. It uses `dockopt-core`
//! alone and opens no file; `clippy.toml` beside the manifest enforces that.

pub mod evidence;

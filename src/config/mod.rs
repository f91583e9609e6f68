//! The configuration of the browser: one file in YAML.
//!
//! It is `dockopt-dive/config.yaml` in the XDG configuration directory, or the file of `--config`.
//! Settings that it leaves out keep their defaults. Besides our own names it accepts dive's, where
//! dive has an equivalent setting. The default configuration that the program prints is made from
//! the same tables that parse the file.

mod bindings;
#[expect(clippy::module_inception, reason = "the configuration itself")]
mod config;
mod print;
mod settings;

use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy, Xdg};

use crate::error::CliError;
use crate::yaml::{Document, Fault, MapEntry};

pub(crate) use self::config::Config;
pub(crate) use self::print::default_file;

/// Loads the named configuration file, or the user's, which need not exist.
///
/// # Errors
///
/// Errors name the file, the key and the line of an unknown or invalid setting.
pub(crate) fn load(named: Option<&Path>) -> Result<Config, CliError> {
    let users = if named.is_none() { users_file() } else { None };
    let Some(path) = named.or(users.as_deref()) else {
        return Ok(Config::default());
    };
    let file = Document { kind: "configuration file", path };
    match file.read(named.is_some())? {
        Some(text) => parse(file, &text),
        None => Ok(Config::default()),
    }
}

/// Returns the path of the user's configuration; `None` without a home directory.
fn users_file() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.config_dir().join("dockopt-dive").join("config.yaml"))
}

fn parse(file: Document<'_>, text: &str) -> Result<Config, CliError> {
    let entries = file.parse(text)?;
    interpret(&entries).map_err(|fault| file.fault(fault))
}

fn interpret(entries: &[MapEntry]) -> Result<Config, Fault> {
    let mut config = Config::default();
    let mut bindings = Vec::new();
    for entry in entries {
        match entry.key.as_str() {
            "keys" => bindings.extend(bindings::ours(entry)?),
            "keybinding" => bindings.extend(bindings::dives(entry)?),
            _ => settings::set(&mut config, entry)?,
        }
    }
    config.keymap = bindings::keymap(&bindings)?;
    Ok(config)
}

#[cfg(test)]
mod tests;

//! The configuration of the browser: one file in YAML.
//!
//! It is `dockopt-dive/config.yaml` in the XDG configuration directory, or the file of `--config`.
//! Settings that it leaves out keep their defaults. Besides our own names it accepts dive's, where
//! dive has an equivalent setting. The default configuration that the program prints is made from
//! the same tables that parse the file.

mod bindings;
mod print;
mod settings;

use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy, Xdg};

use crate::error::CliError;
use crate::tui::keys::Keymap;
use crate::tui::panes::tree::request::{Hidden, SortOrder};
use crate::tui::range::Compare;
use crate::tui::theme::ThemeName;
use crate::yaml::{Document, Fault, MapEntry};

pub(crate) use self::print::default_file;

/// Initial state of the browser, and its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "settings that are on or off")]
pub(crate) struct Config {
    pub(crate) theme: ThemeName,
    pub(crate) keymap: Keymap,
    /// Width of the left column in thousandths of the screen, from 200 to 800.
    pub(crate) divider: u16,
    pub(crate) compare: Compare,
    /// Whether to list history entries that made no layer.
    pub(crate) empty_history: bool,
    pub(crate) sort: SortOrder,
    pub(crate) hidden: Hidden,
    pub(crate) ghosts: bool,
    pub(crate) attributes: bool,
    /// Whether directories start closed.
    pub(crate) folded: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theme: ThemeName::default(),
            keymap: Keymap::default(),
            divider: 400,
            compare: Compare::Layer,
            empty_history: false,
            sort: SortOrder::Name,
            hidden: Hidden::default(),
            ghosts: false,
            attributes: true,
            folded: true,
        }
    }
}

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

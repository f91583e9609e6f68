//! The values of the configuration, and their defaults.

use crate::tui::keys::Keymap;
use crate::tui::panes::tree::request::{Hidden, SortOrder};
use crate::tui::range::Compare;
use crate::tui::theme::ThemeName;

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

//! Stub until the configuration file is there.
use crate::tui::app::Compare;
use crate::tui::keys::Keymap;
use crate::tui::theme::ThemeName;
use crate::tui::view::{Hidden, SortOrder};
pub(crate) struct Config {
    pub(crate) theme: ThemeName,
    pub(crate) keymap: Keymap,
    pub(crate) divider: u16,
    pub(crate) compare: Compare,
    pub(crate) empty_history: bool,
    pub(crate) sort: SortOrder,
    pub(crate) hidden: Hidden,
    pub(crate) ghosts: bool,
    pub(crate) attributes: bool,
    pub(crate) folded: bool,
}
impl Default for Config {
    fn default() -> Self {
        Self {
            theme: ThemeName::Dark,
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

//! Help for the list of images: the keys that apply there, and their meaning.

use crate::tui::action::Action;
use crate::tui::keys::{Keymap, ROWS};

/// Returns a line for each action: its keys and its help text.
pub(super) fn lines(keymap: &Keymap) -> Vec<(String, &'static str)> {
    let rows = ROWS.iter().filter(|row| LISTED.contains(&row.action));
    rows.map(|row| {
        let keys: Vec<String> = keymap.keys(row.action).iter().map(ToString::to_string).collect();
        let words = WORDS.iter().find(|(action, _)| *action == row.action);
        (keys.join("  "), words.map_or(row.help, |(_, words)| *words))
    })
    .collect()
}

const LISTED: &[Action] = &[
    Action::Quit,
    Action::Find,
    Action::Filter,
    Action::Close,
    Action::Enter,
    Action::Up,
    Action::Down,
    Action::PageUp,
    Action::PageDown,
    Action::Top,
    Action::Bottom,
    Action::NextTheme,
    Action::Redraw,
    Action::Suspend,
    Action::SortImages,
    Action::ReverseImages,
    Action::Refresh,
];

/// Help texts that differ from those of the browser.
const WORDS: &[(Action, &str)] = &[
    (Action::Find, "filter by parts of name or ID"),
    (Action::Filter, "the same"),
    (Action::Close, "drop the filter; quit"),
    (Action::Enter, "open the image"),
];

//! The keys that mean something in the list of images, and what they mean there.

use crate::tui::action::Action;
use crate::tui::keys::{Keymap, ROWS};

/// A line for each action: its keys, and what is said about it.
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

/// What is said otherwise than in the browser.
const WORDS: &[(Action, &str)] = &[
    (Action::Find, "filter by parts of name or ID"),
    (Action::Filter, "the same"),
    (Action::Close, "drop the filter; quit"),
    (Action::Enter, "open the image"),
];

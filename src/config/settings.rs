//! The settings other than keys: a table of names, help texts, setters and formatters.

use super::config::Config;
use crate::tui::panes::tree::request::{Hidden, SortOrder};
use crate::tui::range::Compare;
use crate::tui::theme::ThemeName;
use crate::yaml::{Fault, MapEntry, unknown};
use dockopt_core::comparison::Change;

/// A setting.
pub(super) struct Setting {
    /// The map that contains it; empty at the top level.
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    /// Comment in the printed file: its meaning and possible values.
    pub(super) help: &'static str,
    set: fn(&mut Config, &MapEntry) -> Result<(), Fault>,
    /// Formats the value as in the file.
    pub(super) show: fn(&Config) -> String,
}

/// Our settings, in printed order.
pub(super) const OURS: [Setting; 9] = [
    Setting {
        section: "",
        name: "theme",
        help: "dark, light, plain (no colours) or colour-blind; plain if colours are off",
        set: |config, entry| theme(entry).map(|theme| config.theme = theme),
        show: |config| config.theme.name().to_owned(),
    },
    Setting {
        section: "tree",
        name: "sort",
        help: "name, size or change: the largest first",
        set: |config, entry| choose(entry, &ORDERS).map(|order| config.sort = order),
        show: |config| name_of(config.sort, &ORDERS),
    },
    Setting {
        section: "tree",
        name: "attributes",
        help: "show mode, owner, size and time",
        set: |config, entry| choose(entry, &SWITCH).map(|on| config.attributes = on),
        show: |config| config.attributes.to_string(),
    },
    Setting {
        section: "tree",
        name: "hide",
        help: "hidden changes: a list of added, removed, modified, unmodified",
        set: |config, entry| hidden(entry).map(|hidden| config.hidden = hidden),
        show: |config| {
            let names = CHANGES.iter().filter(|(_, change)| config.hidden.hides(*change));
            format!("[{}]", names.map(|(name, _)| *name).collect::<Vec<_>>().join(", "))
        },
    },
    Setting {
        section: "tree",
        name: "ghosts",
        help: "show files that are shipped but invisible",
        set: |config, entry| choose(entry, &SWITCH).map(|on| config.ghosts = on),
        show: |config| config.ghosts.to_string(),
    },
    Setting {
        section: "tree",
        name: "folded",
        help: "start with all directories folded",
        set: |config, entry| choose(entry, &SWITCH).map(|on| config.folded = on),
        show: |config| config.folded.to_string(),
    },
    Setting {
        section: "layers",
        name: "compare",
        help: "layer (what it changes), up-to (all changes up to it) or final (the final filesystem)",
        set: |config, entry| choose(entry, &COMPARISONS).map(|compare| config.compare = compare),
        show: |config| name_of(config.compare, &COMPARISONS),
    },
    Setting {
        section: "layers",
        name: "width",
        help: "the left pane's share of the screen, 0.2 to 0.8",
        set: |config, entry| {
            let share = share(entry)?;
            let is_possible = (0.2..=0.8).contains(&share);
            let divider = is_possible.then(|| thousandths(share));
            config.divider = divider.ok_or_else(|| entry.wrong("expected 0.2 to 0.8"))?;
            Ok(())
        },
        show: |config| (f64::from(config.divider) / 1000.0).to_string(),
    },
    Setting {
        section: "layers",
        name: "empty-history",
        help: "list history entries that made no layer",
        set: |config, entry| choose(entry, &SWITCH).map(|on| config.empty_history = on),
        show: |config| config.empty_history.to_string(),
    },
];

/// One of dive's settings.
struct Foreign {
    section: &'static str,
    name: &'static str,
    set: fn(&mut Config, &MapEntry) -> Result<(), Fault>,
}

/// dive's settings that have an equivalent here.
const DIVES: [Foreign; 5] = [
    Foreign {
        section: "filetree",
        name: "show-attributes",
        set: |config, entry| choose(entry, &SWITCH).map(|on| config.attributes = on),
    },
    Foreign {
        section: "filetree",
        name: "collapse-dir",
        set: |config, entry| choose(entry, &SWITCH).map(|on| config.folded = on),
    },
    Foreign {
        section: "filetree",
        name: "pane-width",
        set: |config, entry| {
            let share = share(entry)?;
            let is_possible = share > 0.0 && share < 1.0;
            if !is_possible {
                return Err(entry.wrong("expected a share between 0 and 1"));
            }
            config.divider = thousandths((1.0 - share).clamp(0.2, 0.8));
            Ok(())
        },
    },
    Foreign {
        section: "layer",
        name: "show-aggregated-changes",
        set: |config, entry| {
            let up_to = choose(entry, &SWITCH)?;
            config.compare = if up_to { Compare::UpTo } else { Compare::Layer };
            Ok(())
        },
    },
    Foreign {
        section: "diff",
        name: "hide",
        set: |config, entry| hidden(entry).map(|hidden| config.hidden = hidden),
    },
];

const SWITCH: [(&str, bool); 2] = [("true", true), ("false", false)];

const ORDERS: [(&str, SortOrder); 3] =
    [("name", SortOrder::Name), ("size", SortOrder::Size), ("change", SortOrder::Change)];

const COMPARISONS: [(&str, Compare); 3] =
    [("layer", Compare::Layer), ("up-to", Compare::UpTo), ("final", Compare::Final)];

/// The last two are dive's names, from its documentation.
const CHANGES: [(&str, Change); 6] = [
    ("added", Change::Added),
    ("removed", Change::Removed),
    ("modified", Change::Modified),
    ("unmodified", Change::Unmodified),
    ("changed", Change::Modified),
    ("unchanged", Change::Unmodified),
];

/// Sets the setting of a top-level entry.
pub(super) fn set(config: &mut Config, entry: &MapEntry) -> Result<(), Fault> {
    if let Some(setting) = OURS.iter().find(|setting| setting.section.is_empty() && setting.name == entry.key)
    {
        return (setting.set)(config, entry);
    }
    let is_section = sections().any(|section| section == entry.key);
    if !is_section {
        let others = OURS.iter().filter(|setting| setting.section.is_empty()).map(|setting| setting.name);
        return Err(entry.unknown(sections().chain(others).chain(["keys", "keybinding"])));
    }
    entry.entries()?.iter().try_for_each(|inner| set_in(config, &entry.key, inner))
}

fn set_in(config: &mut Config, section: &str, entry: &MapEntry) -> Result<(), Fault> {
    let ours = OURS.iter().map(|setting| (setting.section, setting.name, setting.set));
    let dives = DIVES.iter().map(|setting| (setting.section, setting.name, setting.set));
    let known: Vec<_> = ours.chain(dives).filter(|(of, ..)| *of == section).collect();
    match known.iter().find(|(_, name, _)| *name == entry.key) {
        Some((.., set)) => set(config, entry),
        None => Err(entry.unknown(known.iter().map(|(_, name, _)| *name))),
    }
}

fn sections() -> impl Iterator<Item = &'static str> {
    let sections = OURS.iter().map(|setting| setting.section);
    sections.chain(DIVES.iter().map(|setting| setting.section)).filter(|section| !section.is_empty())
}

fn theme(entry: &MapEntry) -> Result<ThemeName, Fault> {
    let text = entry.text()?;
    let names = ThemeName::ALL.map(ThemeName::name);
    ThemeName::of_name(text).ok_or_else(|| unknown("value", entry.node.line, text, names))
}

/// Returns the value of a word.
fn choose<T: Copy>(entry: &MapEntry, choices: &[(&'static str, T)]) -> Result<T, Fault> {
    let text = entry.text()?;
    chosen(entry.node.line, text, choices)
}

fn chosen<T: Copy>(line: u64, text: &str, choices: &[(&'static str, T)]) -> Result<T, Fault> {
    let found = choices.iter().find(|(name, _)| *name == text);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| unknown("value", line, text, choices.iter().map(|(name, _)| *name)))
}

/// Returns the first word for a value.
fn name_of<T: Copy + PartialEq>(value: T, choices: &[(&'static str, T)]) -> String {
    let found = choices.iter().find(|(_, other)| *other == value);
    found.map(|(name, _)| (*name).to_owned()).unwrap_or_default()
}

fn hidden(entry: &MapEntry) -> Result<Hidden, Fault> {
    let mut hidden = Hidden::default();
    for (line, text) in entry.texts()? {
        let change = chosen(line, text, &CHANGES)?;
        if !hidden.hides(change) {
            hidden.toggle(change);
        }
    }
    Ok(hidden)
}

fn share(entry: &MapEntry) -> Result<f64, Fault> {
    entry.text()?.parse().map_err(|_| entry.wrong("expected a number"))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
fn thousandths(share: f64) -> u16 {
    (share * 1000.0).round() as u16
}

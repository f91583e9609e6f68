//! Tests with valid and invalid configuration files.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::tui::action::Action;
use crate::tui::keys::Context;
use crate::tui::keys::Keymap;
use crate::tui::panes::tree::request::{Hidden, SortOrder};
use crate::tui::range::Compare;
use crate::tui::theme::ThemeName;

fn config(text: &str) -> Config {
    try_config(text).unwrap_or_else(|error| panic!("{text}{error:?}"))
}

fn try_config(text: &str) -> Result<Config, CliError> {
    parse(Document { kind: "configuration file", path: Path::new("config.yaml") }, text)
}

#[track_caller]
fn fails_with(text: &str, parts: &[&str]) {
    let error = format!("{:?}", try_config(text).expect_err(text));
    for part in parts.iter().chain(&["configuration file `config.yaml`, line "]) {
        assert!(error.contains(part), "`{part}` is missing for\n{text}in {error}");
    }
}

fn keys(config: &Config, action: Action) -> Vec<String> {
    config.keymap.keys(action).iter().map(ToString::to_string).collect()
}

#[test]
fn printed_file_equals_the_defaults() {
    let text = default_file();
    assert_eq!(config(&text), Config::default());
    assert_eq!(config(""), Config::default());
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
}

#[test]
fn printed_file_has_every_setting_and_action() {
    let text = default_file();
    let entries = Document { kind: "file", path: Path::new("") }.parse(&text).expect("YAML");
    let keys = entries.iter().find(|entry| entry.key == "keys").expect("keys");
    assert_eq!(keys.entries().expect("a map").len(), crate::tui::keys::ROWS.len());
    // Without comments, every line that is not a section is a setting.
    let settings = text
        .lines()
        .take_while(|line| *line != "keys:")
        .filter(|line| line.trim_start().starts_with(char::is_alphabetic));
    assert_eq!(settings.count(), settings::OURS.len() + 2);
}

#[test]
fn every_setting_can_be_changed() {
    let text = "theme: colour-blind\n\
                tree: {sort: size, attributes: false, hide: [unmodified, added, added], ghosts: true, folded: false}\n\
                layers: {compare: up-to, width: 0.65, empty-history: true}\n";
    let config = config(text);
    let mut hidden = Hidden::default();
    hidden.toggle(dockopt_core::comparison::Change::Unmodified);
    hidden.toggle(dockopt_core::comparison::Change::Added);
    let expected = Config {
        theme: ThemeName::ColourBlind,
        keymap: Keymap::default(),
        divider: 650,
        compare: Compare::UpTo,
        empty_history: true,
        sort: SortOrder::Size,
        hidden,
        ghosts: true,
        attributes: false,
        folded: false,
    };
    assert_eq!(config, expected);
}

#[test]
fn printed_settings_parse_back() {
    let mut changed = config(
        "theme: light\ntree: {sort: change, hide: [removed, modified]}\nlayers: {compare: final, width: 0.333}\n",
    );
    changed.ghosts = true;
    for setting in &settings::OURS {
        let value = (setting.show)(&changed);
        let line = format!("{}: {value}\n", setting.name);
        let text = if setting.section.is_empty() { line } else { format!("{}:\n  {line}", setting.section) };
        assert_eq!((setting.show)(&config(&text)), value, "{text}");
    }
}

#[test]
fn keys_are_one_text_or_a_list() {
    let config = config(
        "keys:\n  find: ctrl+g\n  quit: [x, 'ctrl + q']\n  filter: f,ctrl+slash\n  wrap: ','\n  suspend: []\n  yes: [y, o]\n",
    );
    assert_eq!(keys(&config, Action::Find), ["ctrl+g"]);
    assert_eq!(keys(&config, Action::Quit), ["x", "ctrl+q"]);
    assert_eq!(keys(&config, Action::Filter), ["f", "ctrl+/"]);
    assert_eq!(keys(&config, Action::Wrap), ["comma"]);
    assert!(keys(&config, Action::Suspend).is_empty());
    assert_eq!(keys(&config, Action::Yes), ["y", "o"]);
    assert_eq!(keys(&config, Action::Extract), ["ctrl+e"], "its x was taken");
}

/// The example in dive's own documentation, without its log.
const DIVES_FILE: &str = "
keybinding:
  quit: ctrl+c
  toggle-view: tab
  filter-files: ctrl+f, ctrl+slash
  compare-all: ctrl+a
  compare-layer: ctrl+l
  toggle-collapse-dir: space
  toggle-collapse-all-dir: ctrl+space
  toggle-added-files: ctrl+a
  toggle-removed-files: ctrl+r
  toggle-modified-files: ctrl+m
  toggle-unmodified-files: ctrl+u
  toggle-filetree-attributes: ctrl+b
  page-up: pgup
  page-down: pgdn
diff:
  hide:
    - added
    - unchanged
filetree:
  collapse-dir: false
  pane-width: 0.7
  show-attributes: false
layer:
  show-aggregated-changes: true
";

#[test]
fn dives_own_example_is_accepted() {
    let read = config(DIVES_FILE);
    assert_eq!((read.divider, read.compare), (300, Compare::UpTo));
    assert!(!read.folded && !read.attributes);
    assert!(read.hidden.hides(dockopt_core::comparison::Change::Unmodified));
    for row in crate::tui::keys::ROWS {
        let (given, default) = (read.keymap.keys(row.action), row.keys);
        assert!(default.iter().all(|key| given.contains(key)), "{} lost a key", row.name);
    }
    assert_eq!(keys(&read, Action::HideModified), ["ctrl+m", "M"], "dive's is shown");
    assert_eq!(config("filetree:\n  pane-width: 0.99\n").divider, 200, "as wide as it can be");
}

#[test]
fn dives_keys_are_added_and_unbound_elsewhere() {
    let config = config("keybinding:\n  quit: ctrl + x\n  page-up: w\n  toggle-unchanged-files: ctrl+k\n");
    assert_eq!(keys(&config, Action::Quit), ["ctrl+x", "q", "ctrl+c"]);
    assert_eq!(keys(&config, Action::HideUnmodified), ["ctrl+k", "ctrl+u", "U"]);
    let press = KeyEvent::new(KeyCode::Char('w'), KeyModifiers::NONE);
    assert_eq!(config.keymap.action(Context::Tree, press), Some(Action::PageUp));
    assert!(keys(&config, Action::WasteLens).is_empty());
}

#[test]
fn unknown_names_fail_with_line_and_nearest_name() {
    fails_with("\ntheem: dark\n", &["line 2: unknown key `theem`", "`theme`"]);
    fails_with("theme: drak\n", &["line 1: unknown value `drak`", "`dark`"]);
    fails_with("tree:\n  srot: name\n", &["line 2: unknown key `srot`", "`sort`"]);
    fails_with("tree:\n  hide: [added,\n    remved]\n", &["line 3: unknown value `remved`", "`removed`"]);
    fails_with("keys:\n  quit: q\n  serch: x\n", &["line 3: unknown key `serch`", "`search`"]);
    fails_with("keybinding:\n  toggle-colapse-dir: x\n", &["line 2", "`toggle-collapse-dir`"]);
    fails_with("keybinding:\n  wrap: x\n", &["line 2: unknown key `wrap`", "`toggle-wrap-tree`"]);
    fails_with(
        "keys:\n  quit:\n    - q\n    - crtl+q\n",
        &["line 4: `quit`: unknown key `crtl+q`", "`ctrl+f`"],
    );
}

#[test]
fn invalid_values_fail() {
    fails_with("tree:\n  ghosts: maybe\n", &["line 2: unknown value `maybe`"]);
    fails_with("layers:\n  width: 0.9\n", &["line 2: `width`: expected 0.2 to 0.8"]);
    fails_with("layers:\n  width: 'nan'\n", &["line 2: `width`: expected 0.2 to 0.8"]);
    fails_with("layers:\n  width: wide\n", &["line 2: `width`: expected a number"]);
    fails_with("filetree:\n  pane-width: 1\n", &["line 2: `pane-width`: expected a share between 0 and 1"]);
    fails_with(
        "filetree:\n  pane-width: 'nan'\n",
        &["line 2: `pane-width`: expected a share between 0 and 1"],
    );
    fails_with("theme: [dark]\n", &["line 1: `theme`: expected a single value"]);
    fails_with("tree: name\n", &["line 1: `tree`: expected a map"]);
    fails_with("keys:\n  quit: {a: b}\n", &["line 2: `quit`: expected a list of single values"]);
    fails_with("keys:\n  quit:\n", &["line 2: `quit`: unknown key ``", "`[]` is none"]);
    fails_with("- theme\n", &["line 1: expected a map"]);
}

#[test]
fn key_conflicts_name_both_actions_and_lines() {
    fails_with(
        "keys:\n  ghosts: o\n  sort-order: [s, o]\n",
        &["line 3: `sort-order`: key `o` is already bound to `ghosts` on line 2"],
    );
    fails_with(
        "keys:\n  quit: x\nkeybinding:\n  quit: z\n",
        &["line 4: `quit` is the same action as `quit` on line 2"],
    );
    fails_with("keys:\n  help: h\n  quit: []\n", &["line 3: `quit`: no key is left for `quit`"]);
    fails_with("keys:\n  up: ['q', ctrl+c]\n", &["line 2: `up`: no key is left for `quit`"]);
}

#[test]
fn parser_errors_have_the_line() {
    let error = format!("{:?}", try_config("theme: dark\ntheme: light\n").expect_err("twice"));
    assert!(error.contains("`config.yaml` cannot be parsed: line 2"), "{error}");
}

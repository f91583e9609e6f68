//! Tests of the table, and of keymaps with changes.

use std::collections::HashSet;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::*;
use crate::tui::action::Action;

fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
    KeyEvent::new(code, modifiers)
}

fn typed(character: char) -> KeyEvent {
    press(KeyCode::Char(character), KeyModifiers::NONE)
}

fn held(character: char) -> KeyEvent {
    press(KeyCode::Char(character), KeyModifiers::CONTROL)
}

fn keys(texts: &[&str]) -> Vec<Key> {
    texts.iter().map(|text| text.parse().expect("a key")).collect()
}

fn binding(action: Action, texts: &[&str]) -> Binding {
    Binding { action, keys: keys(texts), adds: false }
}

#[test]
fn every_action_has_one_row_with_name_key_and_help() {
    let actions: HashSet<Action> = ROWS.iter().map(|row| row.action).collect();
    assert_eq!(actions.len(), ROWS.len(), "an action has two rows");
    assert!(ROWS.iter().any(|row| row.action == Action::LAST));
    assert_eq!(ROWS.len(), Action::LAST as usize + 1, "an action has no row");
    for row in ROWS {
        assert!(!row.help.is_empty() && !row.keys.is_empty() && !row.contexts.is_empty(), "{}", row.name);
        assert!(row.help.chars().count() <= 56, "{} is too long for the help", row.name);
    }
}

#[test]
fn names_are_unique_and_kebab_case() {
    let names: HashSet<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), ROWS.len());
    let dive: Vec<&str> = ROWS.iter().flat_map(|row| row.dive).copied().collect();
    assert_eq!(dive.iter().collect::<HashSet<_>>().len(), dive.len());
    for name in names.into_iter().chain(dive) {
        assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'), "{name}");
    }
}

#[test]
fn keys_have_one_meaning_in_each_context() {
    for (at, row) in ROWS.iter().enumerate() {
        for other in ROWS.iter().skip(at + 1) {
            for key in row.keys {
                let both = |context: &&Context| row.holds(*key, **context) && other.holds(*key, **context);
                let context = Context::ALL.iter().find(both).filter(|_| other.keys.contains(key));
                assert_eq!(context, None, "{key} is {} and {}", row.name, other.name);
            }
        }
    }
}

#[test]
fn only_search_reuses_a_global_key() {
    let everywhere =
        |key: &&Key| ROWS.iter().any(|row| row.contexts.contains(&Context::Global) && row.keys.contains(key));
    let mut found = Vec::new();
    for row in
        ROWS.iter().filter(|row| !row.contexts.iter().any(|at| *at == Context::Global || at.is_modal()))
    {
        found.extend(row.keys.iter().filter(everywhere).map(|key| (row.name, key.to_string())));
    }
    assert_eq!(found, [("search", "/".to_owned())]);
}

#[test]
fn dives_default_keys_do_what_they_do_in_dive() {
    let keymap = Keymap::default();
    for (context, key, action) in [
        (Context::Layers, "q", Action::Quit),
        (Context::Tree, "ctrl+c", Action::Quit),
        (Context::Tree, "tab", Action::NextPane),
        (Context::Layers, "ctrl+f", Action::Filter),
        (Context::Tree, "ctrl+slash", Action::Filter),
        (Context::Tree, "esc", Action::Close),
        (Context::Layers, "up", Action::Up),
        (Context::Layers, "k", Action::Up),
        (Context::Tree, "down", Action::Down),
        (Context::Tree, "j", Action::Down),
        (Context::Tree, "left", Action::Left),
        (Context::Tree, "h", Action::Left),
        (Context::Tree, "right", Action::Right),
        (Context::Tree, "l", Action::Right),
        (Context::Layers, "pgup", Action::PageUp),
        (Context::Tree, "u", Action::PageUp),
        (Context::Layers, "pgdn", Action::PageDown),
        (Context::Tree, "d", Action::PageDown),
        (Context::Layers, "ctrl+a", Action::CompareUpTo),
        (Context::Layers, "ctrl+l", Action::CompareLayer),
        (Context::Tree, "space", Action::Fold),
        (Context::Tree, "ctrl+space", Action::FoldAll),
        (Context::Tree, "ctrl+a", Action::HideAdded),
        (Context::Tree, "ctrl+r", Action::HideRemoved),
        (Context::Tree, "ctrl+m", Action::HideModified),
        (Context::Tree, "ctrl+u", Action::HideUnmodified),
        (Context::Tree, "ctrl+b", Action::Attributes),
        (Context::Tree, "ctrl+p", Action::Wrap),
        (Context::Tree, "ctrl+o", Action::SortSize),
        (Context::Tree, "ctrl+e", Action::Extract),
    ] {
        let key: Key = key.parse().expect("a key");
        assert_eq!(keymap.find(context, key), Some(action), "{key} in {context:?}");
    }
}

#[test]
fn keymap_finds_keys_in_every_terminal_report() {
    let keymap = Keymap::default();
    for event in [
        press(KeyCode::Char('G'), KeyModifiers::SHIFT),
        typed('G'),
        press(KeyCode::Char('g'), KeyModifiers::SHIFT),
    ] {
        assert_eq!(keymap.action(Context::Tree, event), Some(Action::Bottom), "{event:?}");
    }
    assert_eq!(keymap.action(Context::Tree, typed('g')), Some(Action::Ghosts));
    assert_eq!(keymap.action(Context::Tree, press(KeyCode::Null, KeyModifiers::NONE)), Some(Action::FoldAll));
    assert_eq!(
        keymap.action(Context::Waste, press(KeyCode::BackTab, KeyModifiers::SHIFT)),
        Some(Action::PreviousPane)
    );
    let mut released = typed('q');
    released.kind = KeyEventKind::Release;
    assert_eq!(keymap.action(Context::Tree, released), None);
}

#[test]
fn letters_type_in_prompts_and_answer_questions() {
    let keymap = Keymap::default();
    let enter = press(KeyCode::Enter, KeyModifiers::NONE);
    for character in ' '..='~' {
        assert_eq!(keymap.action(Context::Prompt, typed(character)), None, "{character}");
    }
    for context in [Context::Prompt, Context::Question] {
        assert_eq!(keymap.action(context, held('c')), Some(Action::Quit));
        assert_eq!(keymap.action(context, held('a')), None, "the line's own key");
        assert_eq!(keymap.action(context, typed('q')), None);
        assert_eq!(keymap.action(context, press(KeyCode::Esc, KeyModifiers::NONE)), Some(Action::Close));
    }
    assert_eq!(keymap.action(Context::Prompt, enter), Some(Action::Enter));
    assert_eq!(keymap.action(Context::Prompt, press(KeyCode::Left, KeyModifiers::NONE)), None);
    assert_eq!(keymap.action(Context::Question, enter), None, "enter does not confirm a question");
    assert_eq!(keymap.action(Context::Question, typed('y')), Some(Action::Yes));
}

#[test]
fn bound_key_is_removed_from_other_actions() {
    let keymap = Keymap::with(&[binding(Action::Help, &["x", "q"])]).expect("keys");
    assert_eq!(keymap.action(Context::Tree, typed('x')), Some(Action::Help));
    assert_eq!(keymap.keys(Action::Extract), keys(&["ctrl+e"]));
    assert_eq!(keymap.keys(Action::Quit), keys(&["ctrl+c"]));
    assert_eq!(keymap.action(Context::Tree, typed('?')), None, "the new keys replace the old ones");
    assert_eq!(keymap.label(Action::Help), "x");
}

#[test]
fn pane_can_have_its_own_meaning_for_a_key() {
    let keymap = Keymap::with(&[binding(Action::Ghosts, &["w"])]).expect("keys");
    assert_eq!(keymap.action(Context::Tree, typed('w')), Some(Action::Ghosts));
    assert_eq!(keymap.action(Context::Layers, typed('w')), Some(Action::WasteLens));
    let both = [binding(Action::Ghosts, &["o"]), binding(Action::Help, &["o"]), binding(Action::Hex, &["o"])];
    assert_eq!(Keymap::with(&both).expect("keys").action(Context::Tree, typed('o')), Some(Action::Ghosts));
}

#[test]
fn binding_a_key_to_two_actions_is_a_conflict() {
    let bindings = [
        binding(Action::Ghosts, &["o"]),
        binding(Action::Hex, &["o"]),
        binding(Action::Extract, &["e", "o"]),
    ];
    let conflict = Keymap::with(&bindings).expect_err("a conflict");
    assert_eq!(conflict, Conflict::Twice { first: 0, second: 2, key: Key::plain('o') });
    assert_eq!(Keymap::with(&[binding(Action::Quit, &[])]), Err(Conflict::NoQuit { at: 0 }));
    let taken =
        [binding(Action::Top, &["t"]), binding(Action::Up, &["q", "ctrl+c"]), binding(Action::Wrap, &["e"])];
    assert_eq!(Keymap::with(&taken), Err(Conflict::NoQuit { at: 1 }));
}

#[test]
fn bindings_can_add_keys() {
    let added = Binding { adds: true, ..binding(Action::Filter, &["ctrl+f", "o"]) };
    let keymap = Keymap::with(&[added, binding(Action::Help, &["f"])]).expect("keys");
    assert_eq!(keymap.keys(Action::Filter), keys(&["ctrl+f", "o", "ctrl+/"]), "the f was taken");
}

#[test]
fn action_without_keys_is_not_in_the_help() {
    let keymap = Keymap::with(&[binding(Action::Suspend, &[])]).expect("keys");
    assert_eq!(keymap.label(Action::Suspend), "");
    assert_eq!(keymap.action(Context::Tree, held('z')), None);
    let actions = |keymap: &Keymap| -> Vec<Action> {
        keymap.groups().iter().flat_map(|group| &group.lines).map(|line| line.row.action).collect()
    };
    assert!(!actions(&keymap).contains(&Action::Suspend));
    assert!(actions(&Keymap::default()).contains(&Action::Suspend));
}

#[test]
fn page_has_a_valid_row_for_every_action() {
    let page = markdown(&Keymap::default());
    for row in ROWS {
        assert!(page.contains(&format!("| {} | `{}` |", row.help, row.name)), "{}", row.name);
    }
    let bar = Keymap::with(&[binding(Action::Help, &["|"])]).expect("keys");
    assert!(markdown(&bar).contains("| `\\|` | show"));
}

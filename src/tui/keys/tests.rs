//! The table as a table, and keymaps with changes.

use std::collections::HashSet;

use ratatui::crossterm::event::{KeyCode, KeyModifiers};

use super::*;

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
fn every_action_has_one_row_a_name_a_key_and_a_help_text() {
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
fn names_are_told_apart_and_written_as_such_names_are() {
    let names: HashSet<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), ROWS.len());
    let dive: Vec<&str> = ROWS.iter().flat_map(|row| row.dive).copied().collect();
    assert_eq!(dive.iter().collect::<HashSet<_>>().len(), dive.len());
    for name in names.into_iter().chain(dive) {
        assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'), "{name}");
    }
}

#[test]
fn no_key_means_two_things_in_one_context() {
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
fn every_default_key_of_dive_does_what_it_does_there() {
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
fn keys_are_found_however_the_terminal_reports_them() {
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
fn a_given_key_is_taken_from_the_actions_that_had_it() {
    let keymap = Keymap::with(&[binding(Action::Help, &["x", "q"])]).expect("keys");
    assert_eq!(keymap.action(Context::Tree, typed('x')), Some(Action::Help));
    assert_eq!(keymap.keys(Action::Extract), keys(&["ctrl+e"]));
    assert_eq!(keymap.keys(Action::Quit), keys(&["ctrl+c"]));
    assert_eq!(keymap.action(Context::Tree, typed('?')), None, "the new keys replace the old ones");
    assert_eq!(keymap.label(Action::Help), "x");
}

#[test]
fn a_pane_may_have_a_key_for_itself() {
    let keymap = Keymap::with(&[binding(Action::Ghosts, &["w"])]).expect("keys");
    assert_eq!(keymap.action(Context::Tree, typed('w')), Some(Action::Ghosts));
    assert_eq!(keymap.action(Context::Layers, typed('w')), Some(Action::WasteLens));
    let both = [binding(Action::Ghosts, &["o"]), binding(Action::Help, &["o"]), binding(Action::Hex, &["o"])];
    assert_eq!(Keymap::with(&both).expect("keys").action(Context::Tree, typed('o')), Some(Action::Ghosts));
}

#[test]
fn two_actions_that_are_given_the_same_key_are_a_conflict() {
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
fn keys_may_be_added() {
    let added = Binding { adds: true, ..binding(Action::Filter, &["ctrl+f", "o"]) };
    let keymap = Keymap::with(&[added, binding(Action::Help, &["f"])]).expect("keys");
    assert_eq!(keymap.keys(Action::Filter), keys(&["ctrl+f", "o", "ctrl+/"]), "the f was taken");
}

#[test]
fn an_action_may_lose_its_keys_and_is_not_in_the_help_then() {
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
fn the_page_has_a_line_for_every_action_and_no_broken_cell() {
    let page = markdown(&Keymap::default());
    for row in ROWS {
        assert!(page.contains(&format!("| {} | `{}` |", row.help, row.name)), "{}", row.name);
    }
    let bar = Keymap::with(&[binding(Action::Help, &["|"])]).expect("keys");
    assert!(markdown(&bar).contains("| `\\|` | show"));
}

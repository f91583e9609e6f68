//! Random keys, clicks and sizes.

use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};

use crate::tui::update::AppInput;

use super::journey::Journey;

#[derive(Clone, Debug)]
enum Deed {
    Key(KeyCode, KeyModifiers),
    Mouse(MouseEventKind, u16, u16),
    Resize(u16, u16),
    Paste(String),
}

fn deed() -> impl Strategy<Value = Deed> {
    let code = prop_oneof![
        8 => proptest::char::range(' ', '~').prop_map(KeyCode::Char),
        4 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Up, KeyCode::Down, KeyCode::Left,
            KeyCode::Right, KeyCode::PageUp, KeyCode::PageDown, KeyCode::Home, KeyCode::End, KeyCode::Backspace,
        ]),
    ];
    let modifiers = prop_oneof![4 => Just(KeyModifiers::NONE), 1 => Just(KeyModifiers::CONTROL)];
    let mouse = prop::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
    ]);
    prop_oneof![
        20 => (code, modifiers).prop_map(|(code, modifiers)| Deed::Key(code, modifiers)),
        4 => (mouse, 0_u16..140, 0_u16..50).prop_map(|(kind, column, row)| Deed::Mouse(kind, column, row)),
        2 => (0_u16..140, 0_u16..50).prop_map(|(width, height)| Deed::Resize(width, height)),
        1 => "\\PC{0,20}".prop_map(Deed::Paste),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_input_never_panics(deeds in prop::collection::vec(deed(), 1..80)) {
        let mut journey = Journey::hello();
        journey.writes = false;
        for deed in deeds {
            match deed {
                Deed::Key(code, modifiers) => journey.input(AppInput::Key(KeyEvent::new(code, modifiers))),
                Deed::Mouse(kind, column, row) => drop(journey.mouse(kind, column, row).screen()),
                Deed::Resize(width, height) => drop(journey.resize(width, height).screen()),
                Deed::Paste(text) => journey.input(AppInput::Paste(text)),
            }
            journey.screen();
        }
        journey.resize(120, 40).press("esc esc esc esc esc esc 1");
        prop_assert!(journey.screen().contains("1 Layers"));
    }
}

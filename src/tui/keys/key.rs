//! A key, as terminals report it and as people write it.
//!
//! Terminals report a key in several ways: `G` with and without shift, ctrl+space as NUL, ctrl+/ as
//! ctrl+7, shift+tab as a key of its own. All of them become one [`Key`], and so do the forms in a
//! configuration file: `ctrl+f`, `ctrl + f`, `shift+tab`, `pgup`, `?`, `G`. Letters are
//! case-sensitive, names are not.

use std::fmt;
use std::str::FromStr;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers, in the canonical form for comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// The error for an unknown name of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnknownKey {
    /// The text in the file.
    pub(crate) text: String,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "unknown key `{}`", self.text)
    }
}

/// Names of keys that are not characters. The first name of a key is the displayed one; the others,
/// including dive's, are accepted.
const NAMES: [(&str, KeyCode); 36] = [
    ("space", KeyCode::Char(' ')),
    ("comma", KeyCode::Char(',')),
    ("plus", KeyCode::Char('+')),
    ("slash", KeyCode::Char('/')),
    ("backslash", KeyCode::Char('\\')),
    ("underscore", KeyCode::Char('_')),
    ("tilde", KeyCode::Char('~')),
    ("lsqbracket", KeyCode::Char('[')),
    ("rsqbracket", KeyCode::Char(']')),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("backspace2", KeyCode::Backspace),
    ("insert", KeyCode::Insert),
    ("ins", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pageup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("pgdown", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
    ("up", KeyCode::Up),
    ("arrowup", KeyCode::Up),
    ("down", KeyCode::Down),
    ("arrowdown", KeyCode::Down),
    ("left", KeyCode::Left),
    ("arrowleft", KeyCode::Left),
    ("right", KeyCode::Right),
    ("arrowright", KeyCode::Right),
    ("null", KeyCode::Null),
];

/// Characters that have a name but are displayed as themselves.
const SHOWN_AS_THEMSELVES: &str = "+/\\_~[]";

/// The highest function key with a name.
const LAST_FUNCTION_KEY: u8 = 24;

impl Key {
    /// Returns the key of a character without modifiers; an upper-case letter counts as one.
    pub(crate) const fn plain(character: char) -> Self {
        Self { code: KeyCode::Char(character), modifiers: KeyModifiers::NONE }
    }

    /// Returns the key of a character with control: a lower-case letter, a space, or one of `/ \ ]
    /// ^`.
    pub(crate) const fn ctrl(character: char) -> Self {
        Self { code: KeyCode::Char(character), modifiers: KeyModifiers::CONTROL }
    }

    /// Returns a key that is not a character, without modifiers.
    pub(crate) const fn named(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    /// Shift+tab.
    pub(crate) const SHIFT_TAB: Self = Self { code: KeyCode::Tab, modifiers: KeyModifiers::SHIFT };

    /// Returns the canonical form of a key as terminals report it or as people write it.
    fn canonical(code: KeyCode, modifiers: KeyModifiers) -> Self {
        match code {
            KeyCode::BackTab => Self { code: KeyCode::Tab, modifiers: modifiers | KeyModifiers::SHIFT },
            KeyCode::Null => Self { code: KeyCode::Char(' '), modifiers: modifiers | KeyModifiers::CONTROL },
            KeyCode::Char(character) => Self::character(character, modifiers),
            code => Self { code, modifiers },
        }
    }

    /// Returns the canonical form of a character. With control, terminals report neither shift nor
    /// some of the signs; without control, shift is part of the character.
    fn character(character: char, modifiers: KeyModifiers) -> Self {
        let shifted = modifiers.contains(KeyModifiers::SHIFT);
        let character = if modifiers.contains(KeyModifiers::CONTROL) {
            match character.to_ascii_lowercase() {
                '2' | '@' => ' ',
                '4' => '\\',
                '5' => ']',
                '6' => '^',
                '7' | '_' => '/',
                other => other,
            }
        } else if shifted {
            upper_case(character)
        } else {
            character
        };
        Self { code: KeyCode::Char(character), modifiers: modifiers - KeyModifiers::SHIFT }
    }

    /// Returns whether the key types a character.
    pub(crate) fn types(self) -> bool {
        let held = KeyModifiers::CONTROL | KeyModifiers::ALT;
        matches!(self.code, KeyCode::Char(_)) && !self.modifiers.intersects(held)
    }
}

/// Returns the upper-case letter if it is a single character.
fn upper_case(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self::canonical(event.code, event.modifiers)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                write!(formatter, "{name}+")?;
            }
        }
        let name = NAMES.iter().find(|(_, code)| *code == self.code).map(|(name, _)| *name);
        match (self.code, name) {
            (KeyCode::Char(character), _) if SHOWN_AS_THEMSELVES.contains(character) => {
                write!(formatter, "{character}")
            }
            (_, Some(name)) => formatter.write_str(name),
            (KeyCode::Char(character), None) => write!(formatter, "{character}"),
            (KeyCode::F(number), None) => write!(formatter, "f{number}"),
            (code, None) => write!(formatter, "{code}"),
        }
    }
}

/// Modifiers in display order.
const MODIFIERS: [(KeyModifiers, &str); 3] =
    [(KeyModifiers::CONTROL, "ctrl"), (KeyModifiers::ALT, "alt"), (KeyModifiers::SHIFT, "shift")];

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey { text: text.trim().to_owned() };
        let (held, last) = parts(text).ok_or_else(unknown)?;
        let mut modifiers = KeyModifiers::NONE;
        for name in held.split(|character: char| character == '+' || character.is_whitespace()) {
            match name.to_ascii_lowercase().as_str() {
                "" => {}
                "ctrl" | "ctl" | "control" => modifiers |= KeyModifiers::CONTROL,
                "alt" => modifiers |= KeyModifiers::ALT,
                "shift" => modifiers |= KeyModifiers::SHIFT,
                _ => return Err(unknown()),
            }
        }
        Ok(Self::canonical(code(last).ok_or_else(unknown)?, modifiers))
    }
}

/// Splits off the modifiers from the key, which comes last and may be a plus sign.
fn parts(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    if let Some(held) = text.strip_suffix('+') {
        let is_complete = held.is_empty() || held.trim_end().ends_with('+');
        return is_complete.then_some((held, "+"));
    }
    let last = text.rsplit(|character: char| character == '+' || character.is_whitespace()).next()?;
    Some((text.strip_suffix(last)?, last)).filter(|_| !last.is_empty())
}

/// Returns the key for a name or a single character.
fn code(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return (!character.is_control()).then_some(KeyCode::Char(character));
    }
    let folded = name.to_ascii_lowercase();
    let named = NAMES.iter().find(|(known, _)| *known == folded).map(|(_, code)| *code);
    let function = || {
        let number = folded.strip_prefix('f')?.parse().ok()?;
        (1..=LAST_FUNCTION_KEY).contains(&number).then_some(KeyCode::F(number))
    };
    named.or_else(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn event(code: KeyCode, modifiers: KeyModifiers) -> Key {
        Key::from(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn shown_keys_parse_again() {
        let characters = ('!'..='~').map(Key::plain);
        let controls = ('a'..='z').chain(" /\\]^".chars()).map(Key::ctrl);
        let names = NAMES.map(|(_, code)| Key::canonical(code, KeyModifiers::NONE));
        let functions = (1..=LAST_FUNCTION_KEY).map(|number| Key::named(KeyCode::F(number)));
        let all = characters.chain(controls).chain(names).chain(functions).chain([Key::SHIFT_TAB]);
        for one in all.chain([key("alt+x"), key("ctrl+alt+delete"), key("ctrl++"), Key::plain('é')]) {
            assert_eq!(key(&one.to_string()), one, "{one}");
        }
    }

    #[test]
    fn keys_are_displayed_as_people_write_them() {
        for text in [
            "ctrl+f",
            "shift+tab",
            "space",
            "ctrl+space",
            "f1",
            "?",
            "G",
            "pgup",
            "pgdn",
            "+",
            "-",
            "comma",
            "ctrl+/",
            "[",
        ] {
            assert_eq!(key(text).to_string(), text);
        }
    }

    #[test]
    fn keys_have_several_spellings() {
        for (one, other) in [
            ("ctrl + f", "ctrl+f"),
            ("Ctrl+F", "ctrl+f"),
            ("ctl f", "ctrl+f"),
            ("ctrl+slash", "ctrl+/"),
            ("ctrl+underscore", "ctrl+/"),
            ("ctrl+7", "ctrl+/"),
            ("ctrl+2", "ctrl+space"),
            ("PageUp", "pgup"),
            ("pgdown", "pgdn"),
            ("Escape", "esc"),
            ("shift+g", "G"),
            ("shift + Tab", "shift+tab"),
            ("plus", "+"),
            ("ctrl+plus", "ctrl++"),
            (",", "comma"),
        ] {
            assert_eq!(key(one), key(other), "{one}");
        }
        assert_ne!(key("g"), key("G"));
    }

    #[test]
    fn unknown_keys_fail() {
        for text in [
            "",
            " ",
            "ctrl+",
            "ctrl",
            "hyper+x",
            "f0",
            "f25",
            "fx",
            "page up",
            "xy",
            "q+",
            "\u{1b}",
            "a\u{2003}b",
        ] {
            assert!(text.parse::<Key>().is_err(), "{text:?} is {:?}", text.parse::<Key>());
        }
    }

    #[test]
    fn all_terminal_reports_of_a_key_are_equal() {
        let (none, shift, ctrl) = (KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::CONTROL);
        for (code, modifiers, text) in [
            (KeyCode::Char('G'), none, "G"),
            (KeyCode::Char('G'), shift, "G"),
            (KeyCode::Char('g'), shift, "G"),
            (KeyCode::Char('?'), shift, "?"),
            (KeyCode::Char('é'), shift, "É"),
            (KeyCode::Char('ß'), shift, "ß"),
            (KeyCode::Char('A'), ctrl, "ctrl+a"),
            (KeyCode::Char('a'), ctrl | shift, "ctrl+a"),
            (KeyCode::Null, none, "ctrl+space"),
            (KeyCode::Char(' '), ctrl, "ctrl+space"),
            (KeyCode::Char('7'), ctrl, "ctrl+/"),
            (KeyCode::BackTab, none, "shift+tab"),
            (KeyCode::BackTab, shift, "shift+tab"),
            (KeyCode::Tab, shift, "shift+tab"),
        ] {
            assert_eq!(event(code, modifiers), key(text), "{code:?} {modifiers:?}");
        }
        assert_ne!(event(KeyCode::Char('f'), KeyModifiers::SUPER), key("f"));
    }

    #[test]
    fn only_characters_type() {
        assert!(key("a").types() && key("G").types() && key("space").types());
        assert!(!key("ctrl+a").types() && !key("alt+a").types() && !key("f1").types() && !key("up").types());
    }
}

//! Checks the bytes that a terminal received: only the browser's own sequences are allowed.
//!
//! They are parsed as terminals do: control characters of both sets count everywhere, and text must
//! be UTF-8.

/// The content of an allowed stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The window titles.
    pub(crate) titles: Vec<String>,
    /// The text copied to the clipboard, in base64.
    pub(crate) copies: Vec<String>,
    /// The parameters of all changes of colour.
    pub(crate) colours: Vec<String>,
    /// All text, without positions.
    pub(crate) text: String,
}

/// The private modes that the browser sets and resets.
const MODES: [&str; 9] = ["?25", "?1000", "?1002", "?1003", "?1006", "?1015", "?1049", "?2004", "?2026"];

/// Parses the bytes that a terminal received; panics at anything that is not allowed.
#[track_caller]
pub(crate) fn seen(bytes: &[u8]) -> Seen {
    check(bytes).unwrap_or_else(|error| panic!("{error}"))
}

/// Parses the bytes that a terminal received; the error has the first forbidden character and its
/// position.
pub(crate) fn check(bytes: &[u8]) -> Result<Seen, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        format!("byte {} is not UTF-8: {:02x?}", error.valid_up_to(), around(bytes, error.valid_up_to()))
    })?;
    let mut seen = Seen::default();
    let mut rest = text;
    let mut in_browser = false;
    while let Some(character) = rest.chars().next() {
        let taken = match character {
            '\x1b' => sequence(rest, &mut seen, &mut in_browser),
            // The shell writes line breaks while the browser is not on the screen.
            '\r' | '\n' if !in_browser => Some(1),
            _ if is_harmless(character) => {
                seen.text.push(character);
                Some(character.len_utf8())
            }
            _ => None,
        };
        let Some(taken) = taken else {
            let at = text.len() - rest.len();
            let what = String::from_utf8_lossy(around(bytes, at));
            return Err(format!("{character:?} at byte {at}: {what:?}"));
        };
        rest = &rest[taken..];
    }
    Ok(seen)
}

fn around(bytes: &[u8], at: usize) -> &[u8] {
    &bytes[at.saturating_sub(60)..(at + 60).min(bytes.len())]
}

/// Whether a character is plain text: not a control character, invisible or bidirectional.
fn is_harmless(character: char) -> bool {
    let hides = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    !character.is_control() && !hides
}

/// Returns the length of an allowed sequence; `None` for any other.
fn sequence(rest: &str, seen: &mut Seen, in_browser: &mut bool) -> Option<usize> {
    if let Some(after) = rest.strip_prefix("\x1b]") {
        let (command, _) = after.split_once('\x07')?;
        operating_system_command(command, seen)?;
        return Some(rest.len() - after.len() + command.len() + 1);
    }
    let after = rest.strip_prefix("\x1b[")?;
    let length = after.find(|character: char| ('@'..='~').contains(&character))?;
    let (parameters, last) = (&after[..length], after[length..].chars().next()?);
    let numbers = |text: &str| text.chars().all(|character| character.is_ascii_digit() || character == ';');
    match last {
        'H' if numbers(parameters) => {}
        'J' | 'K' if matches!(parameters, "" | "0" | "1" | "2") => {}
        'm' if numbers(parameters) => colours(parameters, seen),
        't' if matches!(parameters, "22;0" | "23;0") => {}
        'h' | 'l' if MODES.contains(&parameters) => {
            if parameters == "?1049" {
                *in_browser = last == 'h';
            }
        }
        _ => return None,
    }
    Some(2 + length + 1)
}

fn operating_system_command(command: &str, seen: &mut Seen) -> Option<()> {
    if let Some(title) = command.strip_prefix("0;") {
        seen.titles.push(title.to_owned());
        return title.chars().all(is_harmless).then_some(());
    }
    let copy = command.strip_prefix("52;c;")?;
    seen.copies.push(copy.to_owned());
    let is_base64 = |character: char| character.is_ascii_alphanumeric() || "+/=".contains(character);
    copy.chars().all(is_base64).then_some(())
}

/// Records the parameters that set a colour; 39, 49 and 59 reset it.
fn colours(parameters: &str, seen: &mut Seen) {
    let is_colour = |number: &str| {
        number
            .parse::<u8>()
            .is_ok_and(|number| matches!(number, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107))
    };
    if parameters.split(';').any(is_colour) {
        seen.colours.push(parameters.to_owned());
    }
}

#[test]
fn only_the_sequences_of_the_browser_are_allowed() {
    let bytes = b"\x1b[22;0t\x1b]0;title\x07\x1b[?1049h\x1b[?2026h\x1b[1;5H\x1b[1;38;5;9mtext \xe2\x94\x82\x1b[39m\x1b[?2026l\
        \x1b]52;c;Zm9v\x07\x1b[?1049l\x1b[23;0terror\r\n";
    let seen = check(bytes).expect("allowed");
    assert_eq!((seen.titles, seen.copies), (vec!["title".to_owned()], vec!["Zm9v".to_owned()]));
    assert_eq!((seen.text.as_str(), seen.colours.len()), ("text │error", 1));
    for attack in [
        "\x07",
        "\x08",
        "\x7f",
        "\x1b",
        "\x0e",
        "\u{9b}2J",
        "\u{9d}0;x\x07",
        "\u{85}",
        "\u{202e}",
        "\u{200b}",
        "\x1b[6n",
        "\x1b[c",
        "\x1b[5i",
        "\x1b[2;3r",
        "\x1b[?47h",
        "\x1b[8;1;1t",
        "\x1bc",
        "\x1b(0",
        "\x1bP1$r\x1b\\",
        "\x1b]8;;http://x\x07",
        "\x1b]8;;\x1b\\",
        "\x1b]0;a\u{9c}b\x07",
        "\x1b]0;a\x1b[2Jb\x07",
        "\x1b]52;c;?\x07",
        "\x1b]52;c;a b\x07",
        "\x1b]52;p;Zm9v\x07",
        "\x1b]0;open",
    ] {
        assert!(check(attack.as_bytes()).is_err(), "{attack:?} is accepted");
    }
    assert!(check(b"\x1b[?1049h\n").is_err(), "the browser writes no line breaks");
    assert!(check(b"caf\xe9").is_err(), "nothing but UTF-8");
}

//! What a terminal was told, sequence by sequence: only what the browser itself says is let through.
//!
//! Parsed as terminals do it: control characters of both sets count wherever they are, and text must be UTF-8.

/// What was seen in a stream without anything that is not allowed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The titles that the window was given.
    pub(crate) titles: Vec<String>,
    /// What was put into the clipboard, in base64.
    pub(crate) copies: Vec<String>,
    /// The parameters of all changes of colour.
    pub(crate) colours: Vec<String>,
    /// All text, without positions.
    pub(crate) text: String,
}

/// The private modes that the browser sets and resets.
const MODES: [&str; 9] = ["?25", "?1000", "?1002", "?1003", "?1006", "?1015", "?1049", "?2004", "?2026"];

/// Goes through everything a terminal was told.
#[track_caller]
pub(crate) fn seen(told: &[u8]) -> Seen {
    check(told).unwrap_or_else(|error| panic!("{error}"))
}

/// Goes through everything a terminal was told; the error names what is not allowed, and where it is.
pub(crate) fn check(told: &[u8]) -> Result<Seen, String> {
    let text = std::str::from_utf8(told).map_err(|error| {
        format!("byte {} is not UTF-8: {:02x?}", error.valid_up_to(), around(told, error.valid_up_to()))
    })?;
    let mut seen = Seen::default();
    let mut rest = text;
    let mut is_ours = false;
    while let Some(character) = rest.chars().next() {
        let taken = match character {
            '\x1b' => sequence(rest, &mut seen, &mut is_ours),
            // Between programs, lines end.
            '\r' | '\n' if !is_ours => Some(1),
            _ if is_harmless(character) => {
                seen.text.push(character);
                Some(character.len_utf8())
            }
            _ => None,
        };
        let Some(taken) = taken else {
            let at = text.len() - rest.len();
            let what = String::from_utf8_lossy(around(told, at));
            return Err(format!("{character:?} at byte {at}: {what:?}"));
        };
        rest = &rest[taken..];
    }
    Ok(seen)
}

fn around(told: &[u8], at: usize) -> &[u8] {
    &told[at.saturating_sub(60)..(at + 60).min(told.len())]
}

/// Whether a character moves nothing, reorders nothing and hides nothing.
fn is_harmless(character: char) -> bool {
    let hides = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    !character.is_control() && !hides
}

/// The length of a sequence that is allowed.
fn sequence(rest: &str, seen: &mut Seen, is_ours: &mut bool) -> Option<usize> {
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
                *is_ours = last == 'h';
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

/// Notes what sets a colour; 39, 49 and 59 set none.
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
fn only_what_the_browser_says_is_let_through() {
    let told = b"\x1b[22;0t\x1b]0;title\x07\x1b[?1049h\x1b[?2026h\x1b[1;5H\x1b[1;38;5;9mtext \xe2\x94\x82\x1b[39m\x1b[?2026l\
        \x1b]52;c;Zm9v\x07\x1b[?1049l\x1b[23;0terror\r\n";
    let seen = check(told).expect("allowed");
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
        assert!(check(attack.as_bytes()).is_err(), "{attack:?} is let through");
    }
    assert!(check(b"\x1b[?1049h\n").is_err(), "no line ends on our screen");
    assert!(check(b"caf\xe9").is_err(), "nothing but UTF-8");
}

//! Values: which ones someone has chosen or drawn, and which ones stand for another.

/// Parts of values that stand for a secret which is elsewhere, or is still to come.
const PLACEHOLDERS: [&str; 47] = [
    "example",
    "changeme",
    "change_me",
    "change-me",
    "change.me",
    "changethis",
    "replace",
    "your",
    "placeholder",
    "dummy",
    "todo",
    "fixme",
    "xxx",
    "***",
    "...",
    "…",
    "insert",
    "sample",
    "redacted",
    "secret_here",
    "${",
    "$(",
    "{{",
    "%(",
    "#{",
    "@@",
    "<",
    "vault:",
    "ssm:",
    "secretsmanager",
    "op://",
    "/run/secrets",
    "process.env",
    "os.environ",
    "getenv",
    "env(",
    "env[",
    "notreal",
    "not-real",
    "not_a_real",
    "fake",
    "_here",
    "keyvault",
    "arn:aws",
    "enc[",
    "enc(",
    "{cipher}",
];

/// Whole values that are no secrets, in lower case.
const WORDS: [&str; 58] = [
    "password",
    "passwd",
    "pass",
    "secret",
    "token",
    "test",
    "testing",
    "test123",
    "root",
    "admin",
    "guest",
    "postgres",
    "mysql",
    "user",
    "none",
    "null",
    "nil",
    "true",
    "false",
    "default",
    "undefined",
    "string",
    "empty",
    "unset",
    "disabled",
    "enabled",
    "required",
    "optional",
    "prompt",
    "auto",
    "bearer",
    "basic",
    "hidden",
    "text",
    "foo",
    "bar",
    "foobar",
    "baz",
    "abc123",
    "development",
    "production",
    "local",
    "localhost",
    "secret123",
    "password1",
    "mypassword",
    "mysecretpassword",
    "mysecret",
    "my-secret",
    "my-secret-pw",
    "tbd",
    "n/a",
    "yes",
    "no",
    "password123",
    "supersecret",
    "include",
    "same-origin",
];

/// Smallest number of characters of a password.
const SHORTEST: usize = 6;
/// Largest number of characters of a value; only a token with parts (JSON Web Token) is longer.
const LONGEST: usize = 200;
/// Largest number of characters of a token with parts.
const LONGEST_TOKEN: usize = 4096;
/// Smallest number of characters of a value that no person has chosen.
const SHORTEST_DRAWN: usize = 16;

/// Removes quotation marks around a value.
pub(super) fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for mark in ['"', '\'', '`'] {
        if let Some(inner) = value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)) {
            return inner;
        }
    }
    value
}

/// Whether a value is only in the place of a secret.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_lowercase();
    let is_variable = value.starts_with('$')
        || value.starts_with('%') && value.ends_with('%')
        || value.starts_with('@') && value.ends_with('@')
        || value.starts_with('[') && value.ends_with(']')
        || value.starts_with('{') && value.ends_with('}')
        || value.starts_with('!') && value.contains(char::is_whitespace);
    is_variable
        || WORDS.contains(&lower.as_str())
        || PLACEHOLDERS.iter().any(|part| lower.contains(part))
        || distinct(value) < 3
        || is_sequence(&lower)
}

/// Whether a person or a program has chosen a value to be a secret.
pub(super) fn is_chosen(value: &str) -> bool {
    let has = |wanted: fn(&char) -> bool| value.chars().any(|letter| wanted(&letter));
    let is_word = !has(char::is_ascii_digit) && !has(|letter| "!@#$%^&*+=?~".contains(*letter));
    value.chars().count() >= SHORTEST
        && is_short(value)
        && !value.contains(char::is_whitespace)
        && !is_placeholder(value)
        && !is_word
        && !is_reference(value)
}

/// Whether a value is drawn at random: long, and of many characters.
pub(super) fn is_drawn(value: &str) -> bool {
    let has_digit = value.chars().any(|letter| letter.is_ascii_digit());
    let has_letter = value.chars().any(|letter| letter.is_ascii_alphabetic());
    value.len() >= SHORTEST_DRAWN
        && is_short(value)
        && has_digit
        && has_letter
        && !value.contains(char::is_whitespace)
        && entropy(value) >= 3.2
        && !is_placeholder(value)
        && !is_reference(value)
}

/// Whether a value has letters in both cases, digits or signs, and is of many characters.
pub(super) fn is_mixed(value: &str) -> bool {
    let has = |wanted: fn(&char) -> bool| usize::from(value.chars().any(|letter| wanted(&letter)));
    let kinds = has(char::is_ascii_lowercase)
        + has(char::is_ascii_uppercase)
        + has(char::is_ascii_digit)
        + has(char::is_ascii_punctuation);
    value.len() >= 10 && kinds >= 3 && entropy(value) >= 3.2
}

/// Whether a value is no data.
fn is_short(value: &str) -> bool {
    value.len() <= LONGEST || value.len() <= LONGEST_TOKEN && value.starts_with("eyJ") && value.contains('.')
}

/// Whether a value is a path, an address without a password, a call or a number with a unit.
fn is_reference(value: &str) -> bool {
    let is_path = ["/", "./", "../", "~/", "C:\\"].iter().any(|start| value.starts_with(start));
    let is_file = is_path && (value.contains('.') || value.matches('/').count() > 1) && value.len() != 40;
    let has_path_words = is_path && entropy(value) < 3.8;
    let is_address = value.contains("://");
    let is_call = value.contains('(') && value.ends_with(')') || value.contains("()");
    let is_member = value.split('.').count() > 1
        && value.split('.').all(|part| {
            part.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
                && part.len() < 24
                && part.chars().filter(char::is_ascii_digit).count() < 3
        });
    let unit = value.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_quantity = unit.len() < value.len() && unit.len() <= 2 && value.len() - unit.len() < 6;
    is_version(value) || is_file || has_path_words || is_address || is_call || is_member || is_quantity
}

/// Whether a value is the version of a package, or a range of them: `^1.7.1`.
fn is_version(value: &str) -> bool {
    let number = value.trim_start_matches(['^', '~', '>', '<', '=', 'v']);
    let mut parts = number.split('.');
    let is_number = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    is_number(parts.next()) && is_number(parts.next())
}

/// Whether a value is an alphabet, or counts up.
fn is_sequence(lower: &str) -> bool {
    let runs = [
        "0123456789",
        "1234567890",
        "abcdefghij",
        "abcdef0123",
        "qwertyuiop",
        "deadbeef",
        "00000000",
        "11111111",
    ];
    runs.iter().any(|run| lower.contains(run))
}

fn distinct(value: &str) -> usize {
    let mut letters: Vec<char> = value.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len()
}

/// Returns the Shannon entropy of the characters, in bits a character.
pub(super) fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX)).max(1.0);
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total);
    shares.map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_values_are_told_from_others() {
        for value in
            ["s3cr3t-prod", "Tr0ub4dor&3", "hunter2hunter", "p@ssw0rd!", "8f14e45fceea167a5a36dedd4bea2543"]
        {
            assert!(is_chosen(value), "{value}");
        }
        for value in [
            "changeme",
            "${DB_PASSWORD}",
            "$TOKEN",
            "<token>",
            "password",
            "your-api-key-1",
            "xxxxxxxx1",
            "/run/secrets/a1",
            "Passwort",
            "a b1",
            "12",
            "os.environ['A1']",
            "get_token(1)",
            "settings.TOKEN1",
            "3600s",
            "%PASSWORD1%",
            "https://example1.org",
            "^1.7.1",
            ">=2.11.0-rc.1",
            "1234567890",
        ] {
            assert!(!is_chosen(value), "{value}");
        }
    }

    #[test]
    fn drawn_values_are_long_and_mixed() {
        assert!(is_drawn("wJ4lrXUt9FEMI/K7MDENG/bPxRfiCYzzzz12kD9a"));
        for value in ["short1", "averylongvaluewithoutdigits", "aaaaaaaaaaaaaaaaaaa1", "1234567890123456789"]
        {
            assert!(!is_drawn(value), "{value}");
        }
    }
}

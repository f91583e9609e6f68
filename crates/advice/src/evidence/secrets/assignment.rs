//! Values under the names of passwords, keys and tokens.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::document::{Style, TextFile};
use super::secret::Secret;
use super::text::{CANDIDATES, OF_NAMES, Pattern, compiled};
use super::token;
use super::value::{is_chosen, is_drawn, is_mixed, unquoted};

/// Longest line that is examined: longer ones are data, or code for machines.
const LONGEST: usize = 4096;
/// Longest line of settings that is examined: JSON may be one line.
const LONGEST_OF_SETTINGS: usize = 64 * 1024;

/// Words that a line with a secret has.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = ["pass", "pwd", "psk", "secret", "token", "key", "_auth"];
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

/// `NAME = VALUE`, `"NAME": "VALUE"`, `'NAME' => 'VALUE'`, `define('NAME', 'VALUE')`.
static ASSIGNMENT: Pattern = Pattern::new(|| {
    compiled(
        r#"([A-Za-z0-9_.\-]+)(?:\\?["'])?\]?\)?\s*(=>|:=|==?|:|,)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[^\s"',;<>)}\]]+)"#,
    )
});
/// `<NAME>VALUE</NAME>`.
static ELEMENT: Pattern = Pattern::new(|| compiled(r"<([A-Za-z0-9_.\-]+)[^<>]*>\s*([^<>\s]+)\s*</"));
/// `key="NAME" value="VALUE"`.
static ATTRIBUTES: Pattern =
    Pattern::new(|| compiled(r#"(?i)(?:key|name)\s*=\s*"([^"]+)"\s+value\s*=\s*"([^"]*)""#));

/// Words before a token.
const SCHEMES: [&str; 3] = ["Bearer ", "Basic ", "token "];

/// Programs that are settings.
const SETTINGS: [&str; 12] = [
    "settings",
    "local_settings",
    "wp-config",
    "config",
    "configuration",
    "database",
    "secrets",
    "credentials",
    "localsettings",
    "production",
    "constants",
    "env",
];

/// `password VALUE` in a line of its own, as some settings are written.
static SPACED: Pattern = Pattern::new(|| {
    compiled(
        r#"(?m)^\s*(?:password|passwd|pass|requirepass|masterauth|rootpw|bindpw|secret)\s+("[^"\n]*"|[^\s"=:]+);?[ \t\r]*$"#,
    )
});
/// A name and its value in lines of their own: `- name: NAME`, `value: VALUE`.
static PAIR: Pattern = Pattern::new(|| {
    compiled(
        r#"(?m)["']?\b(?:key|name)["']?\s*:\s*["']?([\w.-]+)["']?\s*,?\s*["']?value["']?\s*:\s*("[^"\n]*"|'[^'\n]*'|[^\s"',}]+)"#,
    )
});

/// Finds values under such names.
pub(super) fn find(document: &TextFile<'_>) -> Vec<Secret> {
    let mut found = in_lines(document);
    if document.style == Style::Settings {
        found.extend(apart(document));
    }
    found
}

fn in_lines(document: &TextFile<'_>) -> Vec<Secret> {
    let text = document.text.as_ref();
    let is_possible = document.words.has(&OF_NAMES);
    let Some(words) = WORDS.as_ref().filter(|_| is_possible) else { return Vec::new() };
    let (mut found, mut next) = (Vec::new(), 0);
    for hit in words.find_iter(text) {
        if hit.start() < next {
            continue;
        }
        let start = text.get(..hit.start()).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let end = text
            .get(hit.start()..)
            .and_then(|rest| rest.find('\n'))
            .map_or(text.len(), |at| hit.start() + at);
        next = end;
        let line = text.get(start..end).unwrap_or_default();
        let longest = if document.style == Style::Settings { LONGEST_OF_SETTINGS } else { LONGEST };
        if line.len() <= longest {
            found
                .extend(in_line(document, line).map(|(place, what)| {
                    Secret::new(document, start + place.start..start + place.end, what)
                }));
        }
        if found.len() >= CANDIDATES {
            break;
        }
    }
    found
}

/// Finds values that no sign joins to their names.
fn apart(document: &TextFile<'_>) -> Vec<Secret> {
    let spaced = document.captures(&["pass", "secret", "auth", "bindpw", "rootpw"], &SPACED);
    let spaced = spaced.filter_map(|hit| hit.get(1));
    let spaced = spaced.filter(|value| is_chosen(unquoted(value.as_str())));
    let mut found: Vec<Secret> =
        spaced.map(|value| Secret::new(document, value.range(), "password in settings")).collect();
    for hit in document.captures(&["value"], &PAIR) {
        let (Some(name), Some(value)) = (hit.get(1), hit.get(2)) else { continue };
        if is_secret_name(name.as_str()) && is_secret(document, value.as_str(), ":") {
            let what = format!("value of `{}`", shown(name.as_str()));
            found.push(Secret::new(document, value.range(), what));
        }
    }
    found
}

/// Returns what a line holds, and where.
fn in_line(document: &TextFile<'_>, line: &str) -> Option<(Range<usize>, String)> {
    if is_comment(document, line) {
        return None;
    }
    for pattern in [&ASSIGNMENT, &ELEMENT, &ATTRIBUTES] {
        let mut at = 0;
        while let Some(hit) = pattern.captures_at(line, at) {
            let (name, value) = (hit.get(1)?, hit.iter().flatten().last()?);
            // A value may be the name of the next one: `a, b: c`.
            at = name.end().max(at + 1);
            let operator = line.get(name.end()..value.start()).unwrap_or_default();
            let before = line.get(..name.start()).unwrap_or_default();
            // A part of a longer name: `arn:aws:secret:…`.
            if before.ends_with([':', '/', '@']) && !name.as_str().starts_with('_') {
                continue;
            }
            let default = before.ends_with("${");
            let written =
                if default { value.as_str().strip_prefix('-').unwrap_or_default() } else { value.as_str() };
            if is_secret_name(name.as_str()) && is_secret(document, written, operator) {
                return Some((value.range(), format!("value of `{}`", shown(name.as_str()))));
            }
        }
    }
    None
}

/// Whether a value under the name of a secret is one.
fn is_secret(document: &TextFile<'_>, value: &str, operator: &str) -> bool {
    let plain = unquoted(value);
    let plain = SCHEMES.iter().find_map(|scheme| plain.strip_prefix(scheme)).unwrap_or(plain);
    let is_quoted = plain.len() < value.trim().len();
    if token::looks_like_one(plain) || operator.contains("==") || plain.starts_with('|') {
        return false;
    }
    match document.style {
        Style::Code if operator.contains(',') => is_quoted && is_settings(document) && is_chosen(plain),
        Style::Code => {
            let is_chosen = is_chosen(plain) && (is_settings(document) || is_mixed(plain));
            is_quoted && (is_drawn(plain) || is_chosen)
        }
        _ if operator.contains(',') => false,
        _ => is_chosen(plain) || is_drawn(plain),
    }
}

fn is_settings(document: &TextFile<'_>) -> bool {
    let stem = document.name.split('.').next().unwrap_or_default();
    SETTINGS.contains(&stem) || stem.starts_with("settings_") || document.path.contains("/settings/")
}

fn is_comment(document: &TextFile<'_>, line: &str) -> bool {
    let marks: &[&str] = if document.style == Style::Code { &["#", "//", "*", "--"] } else { &["#", ";"] };
    marks.iter().any(|mark| line.trim_start().starts_with(mark))
}

/// Returns a name, short and safe to show.
fn shown(name: &str) -> &str {
    name.get(name.len().saturating_sub(40)..).unwrap_or(name)
}

/// Last words of names of secrets.
const ENDS: [&str; 25] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "authtoken",
    "accesstoken",
    "pass",
    "passw",
    "pat",
    "passcode",
    "psk",
    "apitoken",
    "dbpass",
    "dbpassword",
    "authtok",
    "clientsecret",
    "privatekey",
    "accesskey",
    "userpassword",
    "pgpassword",
    "authpass",
];
/// Words before `key` in names of secrets.
const KEYS: [&str; 26] = [
    "secret",
    "api",
    "access",
    "private",
    "auth",
    "encryption",
    "signing",
    "account",
    "master",
    "app",
    "shared",
    "session",
    "cookie",
    "service",
    "admin",
    "write",
    "deploy",
    "hmac",
    "jwt",
    "encrypt",
    "root",
    "storage",
    "integration",
    "role",
    "validation",
    "decryption",
];
/// Words before the last one in names of what is no secret.
const HARMLESS: [&str; 9] =
    ["public", "hash", "hashed", "publishable", "license", "gpg", "sort", "primary", "foreign"];
/// Words before `token` in names of what is no secret: of texts, of pages, of forms.
const TOKENS: [&str; 14] = [
    "csrf",
    "next",
    "page",
    "pad",
    "eos",
    "bos",
    "sep",
    "unk",
    "cls",
    "mask",
    "continuation",
    "start",
    "end",
    "stop",
];
/// Words that may follow.
const SUFFIXES: [&str; 7] = ["prod", "production", "staging", "dev", "live", "value", "plain"];

/// Whether a name is that of a secret: by its last words.
pub(super) fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.len() > 1 && words.last().is_some_and(|word| SUFFIXES.contains(word)) {
        words.pop();
    }
    match words.as_slice() {
        [.., before, _] | [.., before, "key", "token"] if HARMLESS.contains(before) => false,
        [.., before, "token"] if TOKENS.contains(before) => false,
        [.., before, "key"] => KEYS.contains(before),
        [.., "key", "base"] => true,
        [.., "npm" | "registry" | "", "auth"] | ["auth"] => name.starts_with('_') || name.contains(":_"),
        [.., last] => ENDS.contains(last) || last.ends_with("password") || last.ends_with("passwd"),
        [] => false,
    }
}

/// Splits a name in its words, in lower case: `dbPassword`, `DB_PASSWORD`, `db-password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        let splits = !letter.is_ascii_alphanumeric();
        if splits || letter.is_ascii_uppercase() && was_lower {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| !splits) {
            word.push(letter.to_ascii_lowercase());
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    let trailing = |word: &String| word.chars().all(|letter| letter.is_ascii_digit());
    while words.len() > 1 && words.last().is_some_and(trailing) {
        words.pop();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_end_with_what_they_are() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "spring.datasource.password",
            "API_KEY",
            "apiKey",
            "SECRET_KEY_BASE",
            "token",
            "clientSecret",
            "AWS_SECRET_ACCESS_KEY",
            "MYSQL_ROOT_PASSWORD",
            "_authToken",
            "//r.example/:_authToken",
            "APP_KEY",
            "STRIPE_SECRET",
            "PASSWORD_2",
            "pgpassword",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "PASSWORD_FILE",
            "TOKEN_URL",
            "GPG_KEY",
            "PUBLIC_KEY",
            "key",
            "SECRET_NAME",
            "csrf_token",
            "pad_token",
            "PASSWORD_MIN_LENGTH",
            "tokenizer",
            "keyboard",
            "compass",
            "LICENSE_KEY",
            "bypass",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}

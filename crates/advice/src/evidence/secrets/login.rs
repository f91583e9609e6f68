//! Passwords in addresses, in connection strings and in headers of requests.

use super::document::{Style, TextFile};
use super::secret::Secret;
use super::text::{Pattern, compiled};
use super::value::{is_chosen, is_drawn, is_placeholder};

/// `scheme://user:password@host`.
static ADDRESS: Pattern = Pattern::new(|| {
    compiled(r#"\b([a-zA-Z][a-zA-Z0-9+.-]+)://([^\s:/@"'<>`]*):([^\s"'<>`/]+)@([A-Za-z0-9.\[\]_-]+)"#)
});
/// `Authorization: Bearer TOKEN`.
static HEADER: Pattern = Pattern::new(|| {
    compiled(
        r#"(?i)\bauthorization["']?\s*[:=,\s]\s*["']?(?:bearer|basic|token)\s+([A-Za-z0-9+/=._~-]{16,})"#,
    )
});
/// `Server=…;Password=…;`
static CONNECTION: Pattern = Pattern::new(|| compiled(r#"(?i);\s*(?:password|pwd)\s*=\s*([^;"'\s]+)"#));

/// Finds passwords in addresses and headers.
pub(super) fn find(document: &TextFile<'_>) -> Vec<Secret> {
    let mut found = Vec::new();
    if document.style == Style::Prose {
        return found;
    }
    for hit in document.captures(&["://"], &ADDRESS) {
        let part = |number: usize| hit.get(number).map_or("", |part| part.as_str());
        if is_password(part(2), part(3), part(4)) {
            let what = format!("password in an address of {}", part(4));
            found.extend(hit.get(3).map(|password| Secret::new(document, password.range(), what)));
        }
    }
    let is_literal = |value: &str| !is_placeholder(value) && (is_drawn(value) || is_chosen(value));
    for (words, pattern, what) in [
        (&["authorization"][..], &HEADER, "authorization header"),
        (&["pass", "pwd"], &CONNECTION, "password of a connection"),
    ] {
        for hit in document.captures(words, pattern) {
            let Some(value) = hit.get(1).filter(|value| is_literal(value.as_str())) else { continue };
            found.push(Secret::new(document, value.range(), what));
        }
    }
    found
}

/// Whether an address has a password that is one: not a placeholder, not that of an example.
fn is_password(user: &str, password: &str, host: &str) -> bool {
    const EXAMPLE_HOSTS: [&str; 6] =
        ["example.com", "example.org", "example.net", "host", "hostname", "server"];
    let lower = password.to_ascii_lowercase();
    let is_example =
        EXAMPLE_HOSTS.iter().any(|example| host == *example || host.ends_with(&format!(".{example}")));
    let is_plain =
        lower == user.to_ascii_lowercase() || password.chars().all(|letter| letter.is_ascii_digit());
    (4..=200).contains(&password.len()) && !is_placeholder(password) && !is_plain && !is_example
}

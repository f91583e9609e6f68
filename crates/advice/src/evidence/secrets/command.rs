//! Secrets in commands: options, variables and statements with a password.

use super::document::{Style, TextFile};
use super::secret::Secret;
use super::text::{OF_NAMES, Pattern, compiled};
use super::value::{is_chosen, is_drawn, is_placeholder, unquoted};
use super::{assignment, token};

/// Options that take a password, of any program: `--password=X`, `--token X`.
static OPTION: Pattern = Pattern::new(|| {
    compiled(
        r#"\s--?(?:[a-z0-9-]*-)?(?:password|passwd|pass|passphrase|token|secret|secret-key|api-key|auth-token|access-token|from-literal=[\w.-]*(?:password|token|secret|key))[= ]("[^"]*"|'[^']*'|[^\s"';&|]+)"#,
    )
});
/// `-p PASSWORD` of programs that take it so.
static SHORT: Pattern = Pattern::new(|| {
    compiled(
        r#"\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^;&|\n]*?\s-p("[^"]+"|'[^']+'|[^\s"';&|-][^\s"';&|]*)|\bsshpass\s+-p\s?("[^"]+"|'[^']+'|[^\s"';&|-][^\s"';&|]*)|\b(?:docker|podman|buildah|skopeo|helm|az|oc|crane|nerdctl)\b[^;&|\n]*\blogin\b[^;&|\n]*?\s-p\s+("[^"]+"|'[^']+'|[^\s"';&|-][^\s"';&|]*)|\bredis-cli\b[^;&|\n]*?\s-a\s+([^\s;&|]+)|\bldap\w+\b[^;&|\n]*?\s-w\s+("[^"]+"|'[^']+'|[^\s;&|]+)|\bmongo(?:sh|dump|restore)?\b[^;&|\n]*?\s-p\s+("[^"]+"|'[^']+'|[^\s;&|-][^\s;&|]*)|\bhtpasswd\b[^;&|\n]*?\s-\w*b\w*\s+\S+\s+\S+\s+("[^"]+"|'[^']+'|[^\s;&|]+)"#,
    )
});
/// `curl -u user:password`.
static USER: Pattern = Pattern::new(|| {
    compiled(r#"\b(?:curl|wget|http|https)\b[^;&|\n]*?\s(?:-u|--user)[ =]?["']?[^\s:"']+:([^\s"';&|]+)"#)
});
/// `IDENTIFIED BY 'password'`, `PASSWORD 'password'`, `echo user:password | chpasswd`,
/// `echo password | sudo -S`.
static STATEMENT: Pattern = Pattern::new(|| {
    compiled(
        r#"(?i)\b(?:identified\s+by|(?:with\s+)?(?:encrypted\s+)?password)\s+'([^']+)'|\becho\s+(?:-\w+\s+)?["']?[\w-]+:([^\s"'|]+)["']?\s*\|\s*(?:sudo\s+)?chpasswd|\becho\s+(?:-\w+\s+)?["']?([^\s"'|]+)["']?\s*\|\s*(?:sudo\s+-\w*S|docker\s+login|podman\s+login|\S+\s+login)"#,
    )
});
/// `NAME=value`.
static VARIABLE: Pattern =
    Pattern::new(|| compiled(r#"\b([A-Za-z_][A-Za-z0-9_]*)=("[^"]*"|'[^']*'|[^\s"';&|]+)"#));

/// Finds secrets in commands.
pub(super) fn find(document: &TextFile<'_>) -> Vec<Secret> {
    let mut found = Vec::new();
    for (words, pattern, what) in [
        (&["pass", "token", "secret", "key"][..], &OPTION, "option with a password"),
        (&["-p", "ldap", "login", "redis"], &SHORT, "option with a password"),
        (&["curl", "://"], &USER, "login of a request"),
        (&["pass", "identified", "login"], &STATEMENT, "statement with a password"),
    ] {
        for hit in document.captures(words, pattern) {
            let Some(value) = hit.iter().skip(1).flatten().next() else { continue };
            if is_literal(unquoted(value.as_str()), document.style) {
                found.push(Secret::new(document, value.range(), what));
            }
        }
    }
    for hit in document.captures(&OF_NAMES, &VARIABLE) {
        let (Some(name), Some(value)) = (hit.get(1), hit.get(2)) else { continue };
        let plain = unquoted(value.as_str());
        let is_secret = is_chosen(plain) || is_drawn(plain);
        if assignment::is_secret_name(name.as_str()) && is_secret && !token::looks_like_one(plain) {
            found.push(Secret::new(document, value.range(), format!("value of `{}`", name.as_str())));
        }
    }
    found
}

/// Whether a value is written out. Someone who types one at a prompt means it; in a step of a build
/// it may also stand for an example.
fn is_literal(value: &str, style: Style) -> bool {
    let is_known = value.len() >= 4
        && !is_placeholder(value)
        && !token::looks_like_one(value)
        && !value.starts_with(['/', '-', '@', '.']);
    is_known && (style == Style::History || is_chosen(value))
}

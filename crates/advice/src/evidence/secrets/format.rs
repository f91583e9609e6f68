//! Files of programs that hold passwords in a form of their own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::document::TextFile;
use super::secret::Secret;
use super::text::{CANDIDATES, Pattern, compiled};
use super::value::{is_chosen, is_drawn, is_placeholder, unquoted};

/// The password of a `machine` or `default` entry.
static NETRC: Pattern = Pattern::new(|| compiled(r"(?:^|\s)password\s+(\S+)"));
/// A login of Postfix for a relay: `[host]:587 user:password`.
static RELAY: Pattern = Pattern::new(|| compiled(r"(?m)^[^#\s]\S*\s+[^\s:]+:(\S+)\s*$"));
/// A user of `PgBouncer`: `"user" "password"`.
static USER: Pattern = Pattern::new(|| compiled(r#"(?m)^"[^"]+"\s+"([^"]+)""#));
/// A login of Redis at its prompt.
static REDIS: Pattern = Pattern::new(|| compiled(r"(?mi)^auth\s+(?:\S+\s+)?(\S+)\s*$"));
/// A login of apt: `machine HOST login NAME password PASSWORD`.
static MACHINE: Pattern = Pattern::new(|| compiled(r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S+)"));
/// Users of cloud-init: `root:password` in a list.
static CHPASSWD: Pattern = Pattern::new(|| compiled(r"(?m)^\s+[a-z_][a-z0-9_-]{0,31}:([^\s:/]{6,})\s*$"));
/// A login of Bundler for a source: `BUNDLE_GEMS__EXAMPLE__COM: "user:password"`.
static BUNDLE: Pattern = Pattern::new(|| compiled(r#"(?m)^BUNDLE_\w+__\w+:\s*["']?([^\s"':]+:[^\s"']+)"#));

/// Finds secrets by the form of a file.
pub(super) fn find(document: &TextFile<'_>) -> Vec<Secret> {
    let path = document.path.as_ref();
    let at_end = |end: &str| path == end || path.ends_with(&format!("/{end}"));
    match document.name.as_str() {
        ".netrc" | "_netrc" | "netrc" => {
            captured(document, &NETRC, "password of a machine", |value| !is_placeholder(value))
        }
        ".dockercfg" | ".dockerconfigjson" => docker(document),
        "config.json" | "auth.json" if document.text.contains("\"auth") => docker(document),
        ".pgpass" | "pgpass.conf" => pgpass(document),
        "master.key" | ".vault-token" => whole(document),
        "sasl_passwd" => captured(document, &RELAY, "password of a relay", is_chosen),
        "userlist.txt" => {
            let is_plain =
                |value: &str| !value.starts_with("md5") && !value.starts_with("SCRAM") && is_chosen(value);
            captured(document, &USER, "password of PostgreSQL", is_plain)
        }
        "config" if at_end("bundle/config") => {
            captured(document, &BUNDLE, "login of a source of gems", |value| !is_placeholder(value))
        }
        name if name.starts_with("vault_pass") || name.starts_with(".vault_pass") => whole(document),
        ".rediscli_history" => captured(document, &REDIS, "password of Redis", is_chosen),
        _ if path.contains("run/secrets/") => whole(document),
        _ if !document.words.has(&["pass"]) => Vec::new(),
        _ if document.text.contains("chpasswd:") => {
            captured(document, &CHPASSWD, "password of a user", is_chosen)
        }
        _ => captured(document, &MACHINE, "password of a machine", |value| !is_placeholder(value)),
    }
}

fn captured(document: &TextFile<'_>, pattern: &Pattern, what: &str, is_one: fn(&str) -> bool) -> Vec<Secret> {
    let hits = pattern.captures_iter(&document.text).take(CANDIDATES).filter_map(|hit| hit.get(1));
    hits.filter(|hit| is_one(hit.as_str())).map(|hit| Secret::new(document, hit.range(), what)).collect()
}

/// Reads logins of registries: `auths` with the Base64 of `user:password`, or a token.
fn docker(document: &TextFile<'_>) -> Vec<Secret> {
    let Ok(value) = serde_json::from_str::<Value>(&document.text) else { return Vec::new() };
    let auths = value.get("auths").unwrap_or(&value);
    let mut found = Vec::new();
    for (registry, login) in auths.as_object().into_iter().flatten().take(CANDIDATES) {
        let text = |name: &str| login.get(name).and_then(Value::as_str).unwrap_or_default();
        let decoded = STANDARD.decode(text("auth")).unwrap_or_default();
        let pair = String::from_utf8_lossy(&decoded).into_owned();
        let password = pair.split_once(':').map_or("", |(_, password)| password);
        let values = [password, text("password"), text("identitytoken"), text("registrytoken")];
        if values.iter().any(|value| !value.is_empty() && !is_placeholder(value)) {
            let at = document.text.find(registry.as_str()).unwrap_or(0);
            found.push(Secret::new(document, at..at, "login of a registry"));
        }
    }
    found
}

/// Reads `host:port:database:user:password`; `\` escapes.
fn pgpass(document: &TextFile<'_>) -> Vec<Secret> {
    let lines = document.text.split_inclusive('\n').take(CANDIDATES).scan(0, |next, line| {
        let at = *next;
        *next += line.len();
        Some((at, line.trim_end()))
    });
    let is_login = |line: &str| {
        let line = line.replace("\\:", " ");
        let mut fields = line.split(':').skip(4);
        !line.starts_with('#')
            && fields.next().is_some_and(|password| !password.is_empty() && !is_placeholder(password))
    };
    let logins = lines.filter(|(_, line)| is_login(line));
    logins.map(|(at, line)| Secret::new(document, at..at + line.len(), "password of PostgreSQL")).collect()
}

/// Takes the only line of a file as a secret.
fn whole(document: &TextFile<'_>) -> Vec<Secret> {
    let value = unquoted(&document.text);
    let is_one = value.lines().count() == 1 && (is_chosen(value) || is_drawn(value));
    if is_one {
        vec![Secret::new(document, 0..value.len(), "secret in a file of its own")]
    } else {
        Vec::new()
    }
}

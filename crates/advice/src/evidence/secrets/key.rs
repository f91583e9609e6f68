//! Private keys that no passphrase protects.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use regex::Match;

use super::document::{Style, TextFile};
use super::openpgp;
use super::secret::{Class, Secret, Sureness};
use super::text::{CANDIDATES, Pattern, compiled};

/// Fewest bytes of a key, or of the start of a damaged one.
const SHORTEST: usize = 32;
/// The end of a block.
const END: &[u8] = b"-----END";
/// Longest key in its text form.
const LONGEST: usize = 64 * 1024;

/// Base64 with or without padding, as damaged keys have it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The start of a block, and the words before `PRIVATE KEY`.
static BEGIN: Pattern = Pattern::new(|| compiled(r"-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY(?: BLOCK)?-----"));
/// A key of `WireGuard`.
static WIREGUARD: Pattern = Pattern::new(|| compiled(r"(?m)^\s*PrivateKey\s*=\s*([A-Za-z0-9+/]{43}=)\s*$"));
/// A key of age.
static AGE: Pattern = Pattern::new(|| compiled(r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b"));
/// A key of `PuTTY` without a passphrase.
static PUTTY: Pattern = Pattern::new(|| compiled(r"PuTTY-User-Key-File-\d: (\S+)\r?\nEncryption: none\r?\n"));
/// A private key in a set of JSON Web Keys.
static JWK: Pattern = Pattern::new(|| {
    compiled(
        r#""kty"\s*:\s*"(?:RSA|EC|OKP)"[^{}]*"d"\s*:\s*"[A-Za-z0-9_-]{32,}"|"d"\s*:\s*"[A-Za-z0-9_-]{32,}"[^{}]*"kty"\s*:\s*"(?:RSA|EC|OKP)""#,
    )
});

/// A key of the agent of `GnuPG` without a passphrase.
static GNUPG: Pattern = Pattern::new(|| compiled(r"(?m)^(?:Key: )?\(private-key\s"));
/// Base64 of a block.
static ENCODED: Pattern = Pattern::new(|| compiled(r"LS0tLS1CRUdJTi[A-Za-z0-9+/\\n]{60,}={0,2}"));

/// Finds private keys.
pub(super) fn find(document: &TextFile<'_>) -> Vec<Secret> {
    let text = document.text.as_ref();
    if document.style == Style::Prose {
        return Vec::new();
    }
    let mut found = if document.words.has(&["private key"]) { blocks(document, text) } else { Vec::new() };
    for hit in whole(document, "ls0tls1crudjti", &ENCODED) {
        let decoded = STANDARD.decode(hit.as_str().replace("\\n", "")).unwrap_or_default();
        let inner = blocks(document, &String::from_utf8_lossy(&decoded)).into_iter().next();
        found.extend(inner.map(|inner| Secret {
            line: Secret::line(document, hit.start()),
            span: hit.range(),
            ..inner
        }));
    }
    for (word, pattern, what) in [
        ("privatekey", &WIREGUARD, "WireGuard private key"),
        ("age-secret-key-", &AGE, "age private key"),
        ("\"kty\"", &JWK, "private JSON Web Key"),
        ("private-key", &GNUPG, "OpenPGP private key"),
    ] {
        for hit in whole(document, word, pattern) {
            found.push(secret(document, hit.range(), what, hit.as_str().as_bytes()));
        }
    }
    let putty = whole(document, "putty-user-key", &PUTTY).next();
    if let Some(hit) = putty.filter(|_| text.contains("Private-Lines:")) {
        found.push(secret(document, hit.range(), "PuTTY private key", text.as_bytes()));
    }
    found
}

/// Returns the matches of a pattern that has none without a word.
fn whole<'d>(
    document: &'d TextFile<'_>,
    word: &str,
    pattern: &'static Pattern,
) -> impl Iterator<Item = Match<'d>> {
    document.captures(&[word], pattern).filter_map(|hit| hit.get(0))
}

/// Finds private keys between `-----BEGIN` and `-----END`.
fn blocks(document: &TextFile<'_>, text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    for begin in BEGIN.captures_iter(text).take(CANDIDATES) {
        let Some(whole) = begin.get(0) else { continue };
        let words = begin.get(1).map_or("", |words| words.as_str().trim());
        let Some(body) = text.get(whole.end()..).and_then(body) else { continue };
        if let Some(key) = unprotected(words, body) {
            found.push(secret(document, whole.start()..whole.end() + body.len(), &named(words), &key));
        }
    }
    found
}

fn secret(document: &TextFile<'_>, span: Range<usize>, what: &str, key: &[u8]) -> Secret {
    Secret::new(document, span, what).of(Class::Key, Sureness::Certain).marked(key)
}

/// Names a key by the words before `PRIVATE KEY`.
fn named(words: &str) -> String {
    match words {
        "" => "private key".to_owned(),
        "PGP" => "OpenPGP private key".to_owned(),
        "OPENSSH" => "OpenSSH private key".to_owned(),
        words => format!("{words} private key"),
    }
}

/// Returns a text up to the end of a block.
fn body(rest: &str) -> Option<&str> {
    let end =
        rest.as_bytes().get(..LONGEST.min(rest.len()))?.windows(END.len()).position(|part| part == END)?;
    rest.get(..end)
}

/// Returns the bytes of a key; `None` if it does not decode, or a passphrase protects it.
fn unprotected(words: &str, body: &str) -> Option<Vec<u8>> {
    if words.contains("ENCRYPTED") || body.contains("ENCRYPTED") {
        return None;
    }
    let bytes = decoded(body)?;
    let is_key = match words {
        "PGP" => openpgp::is_unprotected(&bytes),
        "OPENSSH" => is_plain_openssh(&bytes),
        // A sequence of ASN.1.
        _ => bytes.first() == Some(&0x30),
    };
    (is_key && bytes.len() >= SHORTEST).then_some(bytes)
}

/// Decodes Base64 in lines. They may be in a string, with `\n` for line ends, or indented.
fn decoded(body: &str) -> Option<Vec<u8>> {
    let body = body.replace("\\r", "").replace("\\n", "\n").replace("\r\n", "\n");
    // Headers end with an empty line.
    let has_header = body.lines().any(|line| line.contains(": "));
    let lines: Vec<&str> = body.lines().map(str::trim).collect();
    let from = if has_header { lines.iter().skip(1).position(|line| line.is_empty())? + 1 } else { 0 };
    let is_base64 = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=');
    let lines = lines.into_iter().skip(from).filter(|line| !is_checksum(line));
    let mut letters: String = lines.flat_map(str::chars).filter(is_base64).collect();
    // A key whose end is missing is no less one that was meant to be secret.
    while letters.trim_end_matches('=').len() % 4 == 1 {
        letters.pop();
    }
    LENIENT.decode(letters).ok()
}

/// Whether a line is the checksum of `OpenPGP`: `=abcd`.
fn is_checksum(line: &str) -> bool {
    line.len() == 5 && line.starts_with('=')
}

/// Whether an OpenSSH key has the cipher `none`.
fn is_plain_openssh(bytes: &[u8]) -> bool {
    let rest = bytes.strip_prefix(b"openssh-key-v1\0").unwrap_or_default();
    rest.starts_with(b"\0\0\0\x04none")
}

//! Private keys in files that are no text.

use super::super::path::clean;
use super::openpgp;
use super::secret::{Class, Secret, Sureness};

/// Starts of files that are keys.
const MAGICS: [(&[u8], &str); 1] = [(b"== ed25519v1-secret: type0 ==", "Tor private key")];

/// Whether a file is a program, or compressed: what looks like a secret there is none.
pub(super) fn is_packed(content: &[u8]) -> bool {
    let magics: [&[u8]; 7] =
        [b"\x7fELF", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"MZ"];
    magics.iter().any(|magic| content.starts_with(magic))
}

/// Finds the private key that a file is.
pub(super) fn find(path: &[u8], content: &[u8]) -> Vec<Secret> {
    let magic = MAGICS.iter().find(|(magic, _)| content.starts_with(magic)).map(|(_, what)| *what);
    let what = magic.or_else(|| keytab(path, content)).or_else(|| der(content)).or_else(|| pgp(content));
    let found = what.map(|what| {
        let (class, sureness) = (Class::Key, Sureness::Certain);
        Secret { line: 1, class, what: what.to_owned(), sureness, mark: None, span: 0..0 }.marked(content)
    });
    found.into_iter().collect()
}

/// A key table of Kerberos.
fn keytab(path: &[u8], content: &[u8]) -> Option<&'static str> {
    (clean(path).ends_with(b"keytab") && content.starts_with(&[5, 2])).then_some("Kerberos key table")
}

/// A private key in DER (RFC 5958, RFC 8017, RFC 5915): a sequence that fills the file, with the
/// version first.
fn der(content: &[u8]) -> Option<&'static str> {
    let rest = content.strip_prefix(&[0x30])?;
    let (length, body) = match rest {
        [short @ 0..=0x7f, body @ ..] => (usize::from(*short), body),
        [0x81, length, body @ ..] => (usize::from(*length), body),
        [0x82, high, low, body @ ..] => (usize::from(*high) << 8 | usize::from(*low), body),
        _ => return None,
    };
    if body.len() != length {
        return None;
    }
    match body {
        // An algorithm follows: PKCS #8.
        [2, 1, 0 | 1, 0x30, ..] => Some("private key"),
        // A modulus follows.
        [2, 1, 0, 2, ..] => Some("RSA private key"),
        [2, 1, 1, 4, ..] => Some("EC private key"),
        _ => None,
    }
}

fn pgp(content: &[u8]) -> Option<&'static str> {
    openpgp::is_unprotected(content).then_some("OpenPGP private key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_der_fill_their_file() {
        let key = [&[0x30, 7, 2, 1, 0, 0x30, 2, 5, 0][..]].concat();
        assert_eq!(find(b"app/a.der", &key).len(), 1);
        let certificate = [0x30, 7, 0x30, 5, 2, 1, 0, 5, 0];
        for other in [&key[..8], &certificate, b"\0\0\0", b""] {
            assert!(find(b"app/a.der", other).is_empty());
        }
        assert_eq!(find(b"etc/krb5.keytab", &[5, 2, 0, 0])[0].what, "Kerberos key table");
    }
}

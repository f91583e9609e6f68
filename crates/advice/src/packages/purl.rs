//! Package URLs (the specification of package-url).

/// Creates a package URL; an empty namespace, version or architecture is left out. A slash separates
/// the parts of a namespace.
pub(super) fn purl(kind: &str, namespace: &str, name: &str, version: &str, architecture: &str) -> String {
    let mut purl = format!("pkg:{kind}/");
    for part in namespace.split('/').filter(|part| !part.is_empty()) {
        purl.extend([&encoded(part), "/"]);
    }
    purl.push_str(&encoded(name));
    if !version.is_empty() {
        purl.extend(["@", &encoded(version)]);
    }
    if !architecture.is_empty() {
        purl.extend(["?arch=", &encoded(architecture)]);
    }
    purl
}

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.extend(['%', digit(byte >> 4), digit(byte & 0xf)]),
        }
    }
    encoded
}

/// Returns a hexadecimal digit.
fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_encoded_and_empty_ones_left_out() {
        assert_eq!(purl("npm", "@babel", "core", "7.1.0", ""), "pkg:npm/%40babel/core@7.1.0");
        assert_eq!(
            purl("deb", "debian", "libc6", "1:2+b1", "amd64"),
            "pkg:deb/debian/libc6@1%3A2%2Bb1?arch=amd64"
        );
        assert_eq!(purl("golang", "github.com/a", "b", "v1", ""), "pkg:golang/github.com/a/b@v1");
        assert_eq!(purl("pypi", "", "x y", "", ""), "pkg:pypi/x%20y");
    }
}

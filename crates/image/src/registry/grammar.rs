//! The grammar of image names (distribution `reference`).
//!
//! oci-spec parses the same names with a regular expression, which takes 50 ms to compile: most of
//! the time of a report from the cache. The tests compare both.

/// The longest repository in bytes.
const MAX_REPOSITORY: usize = 255;
/// The longest tag in bytes.
const MAX_TAG: usize = 128;

/// Separators of words in a component of a repository.
const SEPARATORS: [u8; 3] = *b"._-";

/// The parts of a name as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// The registry's host and port.
    pub(super) host: Option<&'a str>,
    pub(super) repository: &'a str,
    pub(super) tag: Option<&'a str>,
    pub(super) digest: Option<&'a str>,
}

/// Parses `[HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST]`. The error names what was expected.
pub(super) fn parse(text: &str) -> Result<Parts<'_>, &'static str> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    let (host, repository) = match name.split_once('/') {
        Some((host, repository)) if is_host_by_its_look(host) => (Some(host), repository),
        _ => (None, name),
    };
    if !(host.is_none_or(is_host) && repository.split('/').all(is_part)) {
        return Err(if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            "expected `[HOST/]NAME[:TAG][@DIGEST]`, the name in lower case"
        } else {
            "expected `[HOST/]NAME[:TAG][@DIGEST]`"
        });
    }
    if host.is_none() && is_registry_alone(repository, tag) {
        return Err("it names a registry without an image");
    }
    if repository.len() > MAX_REPOSITORY {
        return Err("expected a repository of at most 255 characters");
    }
    if !tag.is_none_or(is_tag) {
        return Err("expected a tag of letters, digits, `_`, `.` and `-`, at most 128");
    }
    if !digest.is_none_or(is_digest) {
        return Err("expected a digest such as `sha256:` and 64 hexadecimal digits");
    }
    Ok(Parts { host, repository, tag, digest })
}

/// Returns whether the text before the first slash is a host: the first component of a repository
/// has no dot or colon and is not `localhost`.
fn is_host_by_its_look(text: &str) -> bool {
    text == "localhost" || text.contains(['.', ':'])
}

/// Returns whether a name is the host and port of a registry without an image.
fn is_registry_alone(name: &str, tag: Option<&str>) -> bool {
    let is_host = name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok();
    is_host && tag.is_some_and(|tag| tag.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_address = |address: &str| address.parse::<std::net::Ipv6Addr>().is_ok();
    let is_named = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => is_address(address),
        None => host.split('.').all(is_label),
    };
    is_named && port.is_none_or(is_port)
}

/// Returns whether a text is one label of a domain name.
fn is_label(text: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(inner)
}

/// Returns whether a text is a component of a repository: words separated by `.`, `_`, `__` or any
/// number of `-`.
fn is_part(text: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_separator = |separator: &[u8]| {
        matches!(separator, b"" | b"." | b"_" | b"__") || separator.iter().all(|&byte| byte == b'-')
    };
    let bytes = text.as_bytes();
    bytes.first().is_some_and(is_word)
        && bytes.last().is_some_and(is_word)
        && bytes.iter().all(|byte| is_word(byte) || SEPARATORS.contains(byte))
        && bytes.split(is_word).all(is_separator)
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= MAX_TAG
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

/// Returns whether a text is a digest of a registered algorithm.
fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use oci_spec::distribution::Reference;
    use proptest::prelude::*;

    use super::*;

    /// Returns host, repository, tag and digest according to oci-spec.
    fn by_oci_spec(text: &str) -> Option<[Option<String>; 4]> {
        let found: Reference = text.parse().ok()?;
        let own = |part: Option<&str>| part.map(str::to_owned);
        Some([
            Some(found.registry().to_owned()),
            Some(found.repository().to_owned()),
            own(found.tag()),
            own(found.digest()),
        ])
    }

    /// Returns the same parts according to this parser.
    fn parsed(text: &str) -> Option<[Option<String>; 4]> {
        let name = crate::registry::ImageName::parse(text).ok()?;
        let own = |part: Option<&str>| part.map(str::to_owned);
        Some([
            Some(name.registry().to_owned()),
            Some(name.repository().to_owned()),
            own(name.tag()),
            own(parse(text).ok()?.digest),
        ])
    }

    #[test]
    fn parts_have_limits() {
        let long = |length| "a".repeat(length);
        for (text, expected) in [
            (format!("x.io/{}", long(255)), true),
            (format!("x.io/{}", long(256)), false),
            (format!("a:{}", long(128)), true),
            (format!("a:{}", long(129)), false),
            (format!("a@sha256:{}", long(64)), true),
            (format!("a@sha256:{}", long(63)), false),
            (format!("a@sha384:{}", long(96)), true),
            (format!("a@sha512:{}", long(128)), true),
            (format!("a@sha512:{}", long(64)), false),
            (format!("a@md5:{}", long(64)), false),
            (format!("a@sha256:{}g", long(63)), false),
        ] {
            assert_eq!(parse(&text).is_ok(), expected, "{text}");
            assert_eq!(by_oci_spec(&text).is_some(), expected, "{text} by oci-spec");
        }
        let v6 = parse("[::1]:5000/a/b:c").expect("a name");
        assert_eq!((v6.host, v6.repository, v6.tag), (Some("[::1]:5000"), "a/b", Some("c")));
        for text in ["[::1]/a", "[fe80::1]:1/a"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in ["127.0.0.1:5000", "localhost:5000", "localhost:1@sha256:00"] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["localhost", "localhost:latest", "127.0.0.1", "x.io:5000"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in ["[::1/a", "::1/a", "[::x]/a", "[]/a", "[::1]:/a", "[::1]", "[::1]5/a"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn arbitrary_texts_are_parsed_like_oci_spec(text in "([aA0._:/@-]|__|localhost|docker\\.io/|sha256:|b{32}|[ \\[\\]]){0,9}") {
            // oci-spec has no IPv6 addresses, accepts invalid hosts, and allows capitals in the
            // repository: it parses `A` in `A/0` as a host first, then as a part of the repository.
            let theirs = by_oci_spec(&text);
            let is_odd = theirs.as_ref().is_some_and(|[host, repository, ..]| {
                let has_capitals = |name: &str| name.bytes().any(|byte| byte.is_ascii_uppercase());
                !host.as_deref().is_none_or(is_host) || repository.as_deref().is_some_and(has_capitals)
            });
            prop_assume!(!text.contains('[') && !is_odd && !text.starts_with("localhost:"));
            prop_assert_eq!(parsed(&text), theirs);
        }

        #[test]
        fn names_are_parsed_like_oci_spec(
            text in "([a-c]{1,3}(\\.[a-z]{1,2})?(:[0-9]{1,4})?/)?([a-c0]{1,2}(\\.|_|__|-{1,3})?[a-c0]/)?[a-c]{1,4}(:[a-zA-Z0-9_.-]{1,5})?(@sha256:[0-9a-fA-F]{64})?"
        ) {
            prop_assert_eq!(parsed(&text), by_oci_spec(&text));
        }
    }
}

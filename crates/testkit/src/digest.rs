//! Digests as in image manifests: `sha256:` and 64 hexadecimal digits.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Returns the digest of some bytes: `sha256:` and 64 lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    digest_text(&Sha256::digest(bytes))
}

/// Formats a finished hash as a digest.
pub(crate) fn digest_text(hash: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in hash {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

/// Returns the digits of a digest, without `sha256:`.
pub fn hex_of(digest: &str) -> &str {
    digest.split_once(':').map_or(digest, |(_, hex)| hex)
}

/// Returns the path of a digest's blob in an OCI layout: `blobs/sha256/…`.
pub fn blob_path(digest: &str) -> String {
    format!("blobs/sha256/{}", hex_of(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_of_empty_input_is_the_known_one() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty);
        assert_eq!(blob_path(empty), format!("blobs/sha256/{}", hex_of(empty)));
    }
}

//! Declared obstacles to reading a layer.

use oci_spec::image::Descriptor;

/// Prefix of the annotations with wrapped keys and cipher options (ocicrypt).
const ENCRYPTION: &str = "org.opencontainers.image.enc.";

/// An obstacle to reading a layer, declared by its descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The layer is encrypted.
    Encrypted,
    /// The layer may be missing, because it is fetched from elsewhere.
    Foreign {
        /// The first URL.
        url: Option<String>,
    },
}

impl Obstacle {
    /// Returns the obstacle that a descriptor declares by media type, annotations or URLs.
    pub(super) fn of(descriptor: &Descriptor) -> Option<Self> {
        let media_type = descriptor.media_type().to_string();
        let has_key = |annotations: &std::collections::HashMap<String, String>| {
            annotations.keys().any(|key| key.starts_with(ENCRYPTION))
        };
        if is_encrypted(&media_type) || descriptor.annotations().as_ref().is_some_and(has_key) {
            return Some(Self::Encrypted);
        }
        let url = descriptor.urls().as_ref().and_then(|urls| urls.first()).cloned();
        (url.is_some() || is_foreign(&media_type)).then_some(Self::Foreign { url })
    }
}

fn is_encrypted(media_type: &str) -> bool {
    media_type.split('+').skip(1).any(|suffix| suffix == "encrypted")
}

/// Returns whether a type of Docker or OCI marks layers that are not distributed with the image.
fn is_foreign(media_type: &str) -> bool {
    media_type.contains(".rootfs.foreign.") || media_type.contains(".layer.nondistributable.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn obstacle(media_type: &str, more: &str) -> Option<Obstacle> {
        let digest = crate::bytes::verify::sha256(b"");
        let json = format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":1{more}}}"#);
        Obstacle::of(&serde_json::from_str(&json).expect("a descriptor"))
    }

    #[test]
    fn media_types_and_annotations_declare_encryption() {
        let plain = "application/vnd.oci.image.layer.v1.tar+gzip";
        assert_eq!(obstacle(plain, ""), None);
        assert_eq!(obstacle(&format!("{plain}+encrypted"), ""), Some(Obstacle::Encrypted));
        for (key, expected) in [
            ("org.opencontainers.image.enc.keys.pgp", Some(Obstacle::Encrypted)),
            ("org.opencontainers.image.enc.pubopts", Some(Obstacle::Encrypted)),
            ("org.opencontainers.image.created", None),
        ] {
            assert_eq!(obstacle(plain, &format!(r#","annotations":{{"{key}":"x"}}"#)), expected, "{key}");
        }
    }

    #[test]
    fn media_types_and_urls_declare_foreign_layers() {
        for media_type in [
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        ] {
            assert_eq!(obstacle(media_type, ""), Some(Obstacle::Foreign { url: None }), "{media_type}");
        }
        let url = Some("https://a.example/b".to_owned());
        let urls = r#","urls":["https://a.example/b","https://c.example"]"#;
        assert_eq!(obstacle("application/vnd.oci.image.layer.v1.tar", urls), Some(Obstacle::Foreign { url }));
        assert_eq!(obstacle("application/vnd.oci.image.layer.v1.tar", r#","urls":[]"#), None);
    }
}

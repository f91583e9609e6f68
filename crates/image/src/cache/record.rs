//! Cached records of images: their metadata, and the keys of the indexes of their layers.

use dockopt_core::image::ImageInfo;
use dockopt_core::path::EntryPath;
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;
use serde::{Deserialize, Serialize};

/// The largest record in the cache: 8 MiB.
pub(super) const MAX_RECORD: u64 = 8 << 20;

/// An image whose layers may all be in the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImageRecord {
    pub(crate) info: ImageInfo,
    /// Digest in the cache key of each layer, the lowest first.
    pub(crate) layers: Vec<String>,
    /// Warnings about its documents and blobs.
    pub(crate) warnings: Vec<Warning>,
}

#[derive(Serialize, Deserialize)]
struct Written {
    info: ImageInfo,
    layers: Vec<String>,
    warnings: Vec<WrittenWarning>,
}

#[derive(Serialize, Deserialize)]
struct WrittenWarning {
    kind: String,
    layer: Option<usize>,
    message: String,
    path: Option<Vec<u8>>,
    count: u64,
}

impl ImageRecord {
    /// Encodes the record; returns `None` if it is too large for the cache.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let written = |warning: &Warning| WrittenWarning {
            kind: warning.kind.name().to_owned(),
            layer: warning.layer,
            message: warning.message.clone(),
            path: warning.path.as_ref().map(|path| path.as_bytes().to_vec()),
            count: warning.count,
        };
        let written = Written {
            info: self.info.clone(),
            layers: self.layers.clone(),
            warnings: self.warnings.iter().map(written).collect(),
        };
        let bytes = postcard::to_stdvec(&written).ok()?;
        (bytes.len() as u64 <= MAX_RECORD).then_some(bytes)
    }

    /// Decodes a record; returns `None` for invalid or trailing bytes, or if the numbers of layers
    /// and keys differ.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() as u64 > MAX_RECORD {
            return None;
        }
        let (written, rest) = postcard::take_from_bytes::<Written>(bytes).ok()?;
        let read = |warning: WrittenWarning| {
            Some(Warning {
                kind: WarningKind::of_name(&warning.kind)?,
                layer: warning.layer,
                message: warning.message,
                path: warning.path.map(|path| EntryPath::clean(&path)),
                count: warning.count,
            })
        };
        let Written { info, layers, warnings } = written;
        let is_whole = rest.is_empty() && info.layers.len() == layers.len();
        let warnings = warnings.into_iter().map(read).collect::<Option<_>>()?;
        is_whole.then_some(Self { info, layers, warnings })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use dockopt_core::image::{
        Attestation, HistoryEntry, LayerInfo, Platform, ProvenBase, ProvenBuild, RunConfig, SourceKind,
    };
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the fields are optional")]
    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn config() -> RunConfig {
        RunConfig {
            user: text("nobody"),
            entrypoint: Some(vec!["/init".to_owned()]),
            cmd: Some(Vec::new()),
            env: vec!["PATH=/bin".to_owned()],
            labels: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
            working_dir: text("/"),
            exposed_ports: vec!["80/tcp".to_owned()],
            volumes: vec!["/data".to_owned()],
            stop_signal: text("SIGTERM"),
        }
    }

    fn attestation() -> Attestation {
        Attestation {
            artifact_type: text("application/spdx+json"),
            media_type: None,
            predicate_type: text("https://spdx.dev/Document"),
            digest: "sha256:s".to_owned(),
            size: 7,
            annotations: BTreeMap::from([("c".to_owned(), "d".to_owned())]),
        }
    }

    fn proven() -> ProvenBase {
        ProvenBase { name: "debian".to_owned(), digest: text("sha256:1"), layers: Some(2) }
    }

    fn build() -> ProvenBuild {
        let lines = vec![None, Some((1, 2))];
        ProvenBuild { file: "Dockerfile".to_owned(), text: "FROM a\n".to_owned(), lines }
    }

    fn record() -> ImageRecord {
        let info = ImageInfo {
            reference: "app:1".to_owned(),
            source: Some(SourceKind::Docker),
            digest: text("sha256:d"),
            id: text("sha256:i"),
            platform: Some(Platform {
                os: "linux".to_owned(),
                architecture: "arm".to_owned(),
                variant: text("v7"),
            }),
            tags: vec!["app:1".to_owned(), "app:latest".to_owned()],
            attestations: vec![attestation()],
            annotations: BTreeMap::from([("e".to_owned(), "f".to_owned())]),
            provenance: Some(proven()),
            build: Some(build()),
            created: text("2024-01-02T03:04:05Z"),
            author: None,
            config: config(),
            history: vec![HistoryEntry {
                created: None,
                created_by: text("COPY . ."),
                comment: text("buildkit"),
                empty_layer: false,
                layer: Some(0),
            }],
            layers: vec![LayerInfo {
                diff_id: text("sha256:x"),
                digest: None,
                media_type: text("tar"),
                transfer: Some(1 << 40),
                created_by: text("COPY . ."),
                comment: None,
                created: None,
                linked: true,
            }],
        };
        let path = Some(EntryPath::clean(b"/usr//\xffx/../y"));
        let kind = WarningKind::BlobSize;
        let warning = Warning { kind, layer: Some(0), message: "odd".to_owned(), path, count: 3 };
        ImageRecord { info, layers: vec!["sha256:x".to_owned()], warnings: vec![warning] }
    }

    #[test]
    fn decoded_record_equals_the_encoded_one() {
        for record in [record(), ImageRecord::default()] {
            let bytes = record.encode().expect("small");
            assert_eq!(ImageRecord::decode(&bytes), Some(record));
        }
    }

    /// Fails when the encoding changes: then increase the version of the format in `frame.rs`.
    #[test]
    fn encoding_matches_its_format_version() {
        let bytes = record().encode().expect("small");
        assert_eq!((crate::cache::FORMAT, bytes.len(), xxh3_64(&bytes)), (7, 359, 5_691_252_282_342_574_956));
    }

    #[test]
    fn inconsistent_or_longer_bytes_are_not_decoded() {
        for change in [(|record: &mut ImageRecord| record.layers.clear()) as fn(&mut ImageRecord), |record| {
            record.info.layers.clear();
        }] {
            let mut changed = record();
            change(&mut changed);
            assert_eq!(ImageRecord::decode(&changed.encode().expect("small")), None);
        }
        let mut longer = record().encode().expect("small");
        longer.push(0);
        assert_eq!(ImageRecord::decode(&longer), None);
    }

    #[test]
    fn too_large_record_is_neither_encoded_nor_decoded() {
        let mut large = record();
        large.info.author = Some("x".repeat(9 << 20));
        assert_eq!(large.encode(), None);
        assert_eq!(ImageRecord::decode(&vec![0; 9 << 20]), None);
    }

    proptest! {
        #[test]
        fn truncated_record_is_not_decoded(part in 0.0..1.0) {
            let bytes = record().encode().expect("small");
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            let length = (bytes.len() as f64 * part) as usize;
            prop_assert_eq!(ImageRecord::decode(&bytes[..length]), None);
        }

        #[test]
        fn decoding_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = ImageRecord::decode(&bytes);
        }
    }
}

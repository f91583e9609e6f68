//! What is kept of an image: what it says about itself, and where the indexes of its layers are.

use dockopt_core::image::ImageInfo;
use dockopt_core::path::EntryPath;
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;
use serde::{Deserialize, Serialize};

/// Largest record that is kept: 8 MiB.
pub(super) const MAX_RECORD: u64 = 8 << 20;

/// An image whose layers may all be in the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImageRecord {
    pub(crate) info: ImageInfo,
    /// The digest in the key of each layer, the lowest first.
    pub(crate) layers: Vec<String>,
    /// What was odd about its documents and blobs.
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
    /// The record as bytes; nothing if it is too large to be kept.
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

    /// The record in these bytes, if it can be one: as many layers are told of as there are keys, and nothing follows.
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

    use dockopt_core::image::{Attestation, HistoryEntry, LayerInfo, Platform, RunConfig, SourceKind};
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "that is what the fields are")]
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
    fn a_record_is_read_as_it_was_written() {
        for record in [record(), ImageRecord::default()] {
            let bytes = record.encode().expect("small");
            assert_eq!(ImageRecord::decode(&bytes), Some(record));
        }
    }

    /// Fails when the form changes: then the version of the format in `frame.rs` must, too.
    #[test]
    fn encoding_matches_its_format_version() {
        let bytes = record().encode().expect("small");
        assert_eq!(
            (crate::cache::FORMAT, bytes.len(), xxh3_64(&bytes)),
            (4, 309, 16_307_639_347_687_593_172)
        );
    }

    #[test]
    fn what_does_not_fit_together_is_no_record() {
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
    fn a_record_that_is_too_large_is_not_kept() {
        let mut large = record();
        large.info.author = Some("x".repeat(9 << 20));
        assert_eq!(large.encode(), None);
        assert_eq!(ImageRecord::decode(&vec![0; 9 << 20]), None);
    }

    proptest! {
        #[test]
        fn part_of_a_record_is_none(part in 0.0..1.0) {
            let bytes = record().encode().expect("small");
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            let length = (bytes.len() as f64 * part) as usize;
            prop_assert_eq!(ImageRecord::decode(&bytes[..length]), None);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = ImageRecord::decode(&bytes);
        }
    }
}

//! Compares layers with their documents: sizes, digests, compression.

use dockopt_core::image::LayerInfo;
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;

use super::error::ReadError;
use crate::bytes::sniff::Looks;
use crate::layer::{LayerError, LayerFacts, LayerWarning};
use crate::manifest::{ManifestError, Plan, PlannedBlob};

/// The SHA-256 digest of zero bytes.
const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Compares a layer with its documents; differences become warnings of the plan.
///
/// # Errors
///
/// Fails if an empty blob has another digest than [`EMPTY`]. With `verify`, fails if a digest is
/// wrong or is not SHA-256: digests are computed only for verification.
pub(crate) fn layer(
    plan: &mut Plan,
    index: usize,
    facts: &LayerFacts,
    verify: bool,
) -> Result<(), ReadError> {
    let (Some(info), Some(blob)) = (plan.info.layers.get(index), plan.blobs.get(index)) else {
        return Ok(());
    };
    if facts.looks == Some(Looks::Empty)
        && [&info.diff_id, &info.digest].into_iter().flatten().any(|id| id != EMPTY)
    {
        return Err(ReadError::Layer { index, name: blob.key.to_string(), source: LayerError::Empty });
    }
    if verify {
        compare(format!("layer {index} (`{}`)", blob.key), info.digest.as_ref(), facts.blob_digest.as_ref())?;
        compare(
            format!("unpacked layer {index} (`{}`)", blob.key),
            info.diff_id.as_ref(),
            facts.diff_digest.as_ref(),
        )?;
    }
    let odd = oddities(info, blob, facts, verify);
    plan.warnings.extend(odd.into_iter().map(|one| Warning::new(one.kind, Some(index), one.message)));
    Ok(())
}

/// Returns the warnings about a layer; if it was verified, its digests are right.
fn oddities(info: &LayerInfo, blob: &PlannedBlob, facts: &LayerFacts, verified: bool) -> Vec<LayerWarning> {
    let is_proven = verified && (info.digest.is_some() || info.diff_id.is_some());
    let is_whole = is_proven || (blob.size.is_some() && blob.size == info.transfer);
    let mut odd: Vec<LayerWarning> = facts.warnings.iter().map(|one| weighed(one, is_whole)).collect();
    let mut warn = |kind, message| odd.push(LayerWarning { kind, message });
    let is_plain = facts.looks == Some(Looks::Tar);
    if is_plain && !verified && differ(info.digest.as_ref(), info.diff_id.as_ref()) {
        let message = "the configuration lists another diff ID than the digest of this uncompressed layer";
        warn(WarningKind::DiffId, message.to_owned());
    }
    if let (Some(listed), Some(found)) = (blob.size, info.transfer)
        && listed != found
    {
        let kind = if is_proven { WarningKind::DescriptorSize } else { WarningKind::BlobSize };
        warn(kind, format!("blob has {found} bytes, its descriptor says {listed}"));
    }
    if let (Some(media_type), Some(looks)) = (&info.media_type, facts.looks)
        && let Some(declared) = declared(media_type)
        && declared != looks
        && looks != Looks::Empty
    {
        let message = format!("media type `{media_type}` does not match: the blob is {}", name(looks));
        warn(WarningKind::MediaType, message);
    }
    odd
}

/// Converts a warning about a missing end marker: a layer with the listed size or digest is not
/// truncated.
fn weighed(warning: &LayerWarning, is_whole: bool) -> LayerWarning {
    match warning.kind {
        WarningKind::MayBeTruncated if is_whole => {
            LayerWarning { kind: WarningKind::NoEndMarker, message: warning.message.clone() }
        }
        _ => warning.clone(),
    }
}

fn compare(object: String, expected: Option<&String>, found: Option<&String>) -> Result<(), ReadError> {
    match (expected, found) {
        (Some(expected), Some(found)) if algorithm(expected) != algorithm(found) => {
            Err(ManifestError::Document {
                document: object,
                reason: format!(
                    "cannot be verified, its digest is `{expected}` and only SHA-256 is computed"
                ),
            }
            .into())
        }
        (Some(expected), Some(found)) if expected != found => {
            Err(ManifestError::Verification { object, expected: expected.clone(), found: found.clone() }
                .into())
        }
        _ => Ok(()),
    }
}

/// Returns whether two digests of the same bytes contradict each other.
fn differ(one: Option<&String>, other: Option<&String>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if algorithm(one) == algorithm(other) && one != other)
}

fn algorithm(digest: &str) -> Option<&str> {
    digest.split_once(':').map(|(algorithm, _)| algorithm)
}

/// Returns the compression that a media type declares.
fn declared(media_type: &str) -> Option<Looks> {
    match media_type.rsplit(['.', '+']).next() {
        Some("gzip") => Some(Looks::Gzip),
        Some("zstd") => Some(Looks::Zstd),
        Some("tar") => Some(Looks::Tar),
        Some("xz") => Some(Looks::Other("xz")),
        Some("bzip2") => Some(Looks::Other("bzip2")),
        // Encrypted bytes have no known format.
        Some("encrypted") => Some(Looks::Unknown),
        _ => None,
    }
}

fn name(looks: Looks) -> &'static str {
    match looks {
        Looks::Gzip => "compressed with gzip",
        Looks::Zstd => "compressed with zstd",
        _ => "a plain tar",
    }
}

#[cfg(test)]
mod tests {
    use dockopt_core::image::ImageInfo;

    use super::*;
    use crate::source::BlobKey;

    fn plan(media_type: &str, listed: u64) -> Plan {
        let layer = LayerInfo {
            digest: Some("sha256:a".to_owned()),
            diff_id: Some("sha256:b".to_owned()),
            media_type: Some(media_type.to_owned()),
            transfer: Some(10),
            ..LayerInfo::default()
        };
        Plan {
            info: ImageInfo { layers: vec![layer], ..ImageInfo::default() },
            blobs: vec![PlannedBlob {
                key: BlobKey::Path("x/layer.tar".to_owned()),
                size: Some(listed),
                obstacle: None,
            }],
            warnings: Vec::new(),
        }
    }

    fn warnings(media_type: &str, looks: Looks) -> usize {
        let mut plan = plan(media_type, 10);
        plan.info.layers[0].diff_id = None;
        let facts = LayerFacts { looks: Some(looks), ..LayerFacts::default() };
        layer(&mut plan, 0, &facts, false).expect("no error");
        plan.warnings.len()
    }

    #[test]
    fn media_type_with_another_compression_is_a_warning() {
        for (media_type, looks) in [
            ("application/vnd.oci.image.layer.v1.tar", Looks::Tar),
            ("application/vnd.oci.image.layer.v1.tar+gzip", Looks::Gzip),
            ("application/vnd.oci.image.layer.v1.tar+zstd", Looks::Zstd),
            ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", Looks::Gzip),
            ("application/vnd.docker.image.rootfs.diff.tar.gzip", Looks::Gzip),
            ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Looks::Gzip),
            ("application/vnd.docker.image.rootfs.diff.tar", Looks::Tar),
        ] {
            assert_eq!(warnings(media_type, looks), 0, "{media_type}");
            let other = if looks == Looks::Gzip { Looks::Tar } else { Looks::Gzip };
            assert_eq!(warnings(media_type, other), 1, "{media_type}");
        }
        assert_eq!(warnings("text/plain", Looks::Zstd), 0, "it declares no compression");
    }

    #[test]
    fn plain_bytes_of_an_encrypted_or_unsupported_type_are_a_warning() {
        for suffix in ["+encrypted", "+gzip+encrypted", "+xz", "+bzip2"] {
            assert_eq!(warnings(&format!("application/vnd.oci.image.layer.v1.tar{suffix}"), Looks::Tar), 1);
        }
    }

    fn kinds(facts: &LayerFacts, listed: u64, verify: bool) -> Vec<WarningKind> {
        let mut plan = plan("text/plain", listed);
        layer(&mut plan, 0, facts, verify).expect("no error");
        plan.warnings.iter().map(|warning| warning.kind).collect()
    }

    #[test]
    fn missing_end_marker_is_harmless_if_size_or_digest_is_right() {
        let warning = LayerWarning { kind: WarningKind::MayBeTruncated, message: String::new() };
        let facts = LayerFacts {
            blob_digest: Some("sha256:a".to_owned()),
            diff_digest: Some("sha256:b".to_owned()),
            warnings: vec![warning],
            ..LayerFacts::default()
        };
        assert_eq!(kinds(&facts, 10, false), [WarningKind::NoEndMarker]);
        assert_eq!(kinds(&facts, 11, false), [WarningKind::MayBeTruncated, WarningKind::BlobSize]);
        assert_eq!(kinds(&facts, 11, true), [WarningKind::NoEndMarker, WarningKind::DescriptorSize]);
    }

    #[test]
    fn digest_of_an_uncompressed_layer_is_its_diff_id() {
        let facts = |looks| LayerFacts { looks: Some(looks), ..LayerFacts::default() };
        assert_eq!(kinds(&facts(Looks::Tar), 10, false), [WarningKind::DiffId]);
        assert_eq!(kinds(&facts(Looks::Gzip), 10, false), []);
    }

    #[test]
    fn empty_blob_is_a_layer_only_with_the_digest_of_zero_bytes() {
        let facts = LayerFacts { looks: Some(Looks::Empty), ..LayerFacts::default() };
        let mut plan = plan("text/plain", 10);
        let error = layer(&mut plan, 0, &facts, false).expect_err("an empty blob");
        assert_eq!(error.to_string(), "layer 0 (`x/layer.tar`) cannot be read");
        for digest in [Some(EMPTY.to_owned()), None] {
            plan.info.layers[0].digest.clone_from(&digest);
            plan.info.layers[0].diff_id = digest;
            assert!(layer(&mut plan, 0, &facts, false).is_ok());
        }
    }

    #[test]
    fn size_other_than_listed_is_a_warning() {
        let mut plan = plan("text/plain", 11);
        layer(&mut plan, 0, &LayerFacts::default(), false).expect("no error");
        assert_eq!(
            plan.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["layer 0: blob has 10 bytes, its descriptor says 11"]
        );
    }

    #[test]
    fn error_of_a_wrong_digest_names_the_layer_and_both_digests() {
        let facts = |blob: &str, diff: &str| LayerFacts {
            blob_digest: Some(blob.to_owned()),
            diff_digest: Some(diff.to_owned()),
            ..LayerFacts::default()
        };
        let check = |facts: &LayerFacts, verify| layer(&mut plan("text/plain", 10), 0, facts, verify);
        assert!(check(&facts("sha256:a", "sha256:b"), true).is_ok());
        assert!(check(&facts("sha256:x", "sha256:y"), false).is_ok(), "without verification");
        let error = check(&facts("sha512:a", "sha256:b"), true).expect_err("another algorithm");
        assert!(error.to_string().contains("only SHA-256 is computed"), "{error}");
        let error = check(&facts("sha256:x", "sha256:b"), true).expect_err("another blob");
        assert_eq!(
            error.to_string(),
            "layer 0 (`x/layer.tar`) does not match its digest: expected `sha256:a`, found `sha256:x`"
        );
        let error = check(&facts("sha256:a", "sha256:y"), true).expect_err("another tar");
        assert!(error.to_string().starts_with("unpacked layer 0 (`x/layer.tar`)"), "{error}");
    }

    #[test]
    fn layer_without_a_plan_is_ignored() {
        assert!(layer(&mut Plan::default(), 3, &LayerFacts::default(), true).is_ok());
    }
}

//! Loading documents by digest: verification and lenient parsing.

use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;
use oci_spec::image::Descriptor;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ManifestError;
use super::plan::Choice;
use crate::bytes::verify::{document_matches, sha256};
use crate::source::BlobKey;

/// Checks a document against its digest. A mismatch is a warning, or an error with verification.
pub(super) fn checked_document(
    found: Option<Vec<u8>>,
    key: &BlobKey,
    wanted: &Choice,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Vec<u8>>, ManifestError> {
    let (Some(bytes), BlobKey::Digest(digest)) = (found, key) else {
        return Ok(None);
    };
    if !document_matches(&bytes, digest) {
        let found = sha256(&bytes);
        if wanted.verify {
            let (object, expected) = (format!("document `{key}`"), digest.clone());
            return Err(ManifestError::Verification { object, expected, found });
        }
        let message = format!("document `{key}` does not match its digest, found {found}");
        warnings.push(Warning::new(WarningKind::DocumentDigest, None, message));
    }
    Ok(Some(bytes))
}

pub(super) fn unreadable(document: &str, error: &dyn std::error::Error) -> ManifestError {
    ManifestError::Document { document: document.to_owned(), reason: format!("cannot be parsed: {error}") }
}

pub(super) fn key(descriptor: &Descriptor) -> BlobKey {
    BlobKey::Digest(descriptor.digest().to_string())
}

/// Parses an index or a manifest. Members that Go's tools write as `null`, above all `list`, count
/// as empty.
pub(super) fn parse<T: DeserializeOwned>(name: &str, bytes: &[u8], list: &str) -> Result<T, ManifestError> {
    let mut value: Value = serde_json::from_slice(bytes).map_err(|error| unreadable(name, &error))?;
    drop_nulls(&mut value);
    if let Some(object) = value.as_object_mut() {
        object.entry(list).or_insert_with(|| Value::Array(Vec::new()));
    }
    serde_json::from_value(value).map_err(|error| unreadable(name, &error))
}

pub(super) fn check_size(descriptor: &Descriptor, found: u64, warnings: &mut Vec<Warning>) {
    if descriptor.size() != found {
        let (digest, listed) = (descriptor.digest(), descriptor.size());
        let message = format!("document `{digest}` has {found} bytes, its descriptor says {listed}");
        warnings.push(Warning::new(WarningKind::DescriptorSize, None, message));
    }
}

/// Drops object members that are `null`.
pub(super) fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(drop_nulls);
        }
        Value::Array(array) => array.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

//! Compares what was read with what documents promised: sizes, digests, compression.

use dockopt_core::warning::Warning;

use crate::error::ReadError;
use crate::layer::LayerFacts;
use crate::manifest::Plan;
use crate::sniff::Looks;

/// Notes what is odd about a layer that was read; a wrong digest is an error, because digests are known only if
/// somebody asked to verify them.
pub(crate) fn layer(
    plan: &mut Plan,
    index: usize,
    facts: &LayerFacts,
    verify: bool,
) -> Result<(), ReadError> {
    let (Some(info), Some(blob)) = (plan.info.layers.get(index), plan.blobs.get(index)) else {
        return Ok(());
    };
    if verify {
        compare(
            format!("layer {index} (`{}`)", blob.key),
            info.digest.as_ref(),
            facts.blob_digest.as_ref(),
        )?;
        compare(
            format!("unpacked layer {index} (`{}`)", blob.key),
            info.diff_id.as_ref(),
            facts.diff_digest.as_ref(),
        )?;
    }
    let mut messages = facts.warnings.clone();
    if let (Some(listed), Some(found)) = (blob.size, info.transfer)
        && listed != found
    {
        messages.push(format!("blob has {found} bytes, its descriptor says {listed}"));
    }
    if let (Some(media_type), Some(looks)) = (&info.media_type, facts.looks)
        && let Some(declared) = declared(media_type)
        && declared != looks
        && looks != Looks::Empty
    {
        messages.push(format!(
            "media type `{media_type}` does not fit, the blob is {}",
            name(looks)
        ));
    }
    plan.warnings.extend(
        messages
            .into_iter()
            .map(|message| Warning::new(Some(index), message)),
    );
    Ok(())
}

fn compare(object: String, expected: Option<&String>, found: Option<&String>) -> Result<(), ReadError> {
    match (expected, found) {
        (Some(expected), Some(found)) if expected != found => Err(ReadError::Verification {
            object,
            expected: expected.clone(),
            found: found.clone(),
        }),
        _ => Ok(()),
    }
}

/// The compression that a media type declares.
fn declared(media_type: &str) -> Option<Looks> {
    if media_type.ends_with("+gzip") || media_type.ends_with(".tar.gzip") {
        Some(Looks::Gzip)
    } else if media_type.ends_with("+zstd") || media_type.ends_with(".tar.zstd") {
        Some(Looks::Zstd)
    } else {
        media_type.ends_with(".tar").then_some(Looks::Tar)
    }
}

fn name(looks: Looks) -> &'static str {
    match looks {
        Looks::Gzip => "compressed with gzip",
        Looks::Zstd => "compressed with zstd",
        _ => "a plain tar",
    }
}

//! What the provenance that `BuildKit` attaches to an image tells about its build: the base image, and
//! with `mode=max` the Dockerfile.

mod base;
mod build;
mod statement;

use dockopt_core::image::ImageInfo;
use serde_json::Value;

/// Notes what a statement tells about an image. Anything else in it, or a statement of another form,
/// tells nothing.
pub(super) fn note(statement: &[u8], info: &mut ImageInfo) {
    let Ok(statement) = serde_json::from_slice::<Value>(statement) else { return };
    info.provenance = base::base(&statement, &info.layers);
    info.build = build::build(&statement, &info.layers);
}

#[cfg(test)]
mod tests {
    use dockopt_core::image::LayerInfo;

    use super::*;

    #[test]
    fn other_documents_tell_nothing() {
        let digest = Some("a".to_owned());
        let image = || ImageInfo {
            layers: vec![LayerInfo { digest: digest.clone(), ..LayerInfo::default() }],
            ..ImageInfo::default()
        };
        let deep = format!(r#"{{"predicate":{}"#, "[".repeat(100_000));
        for text in ["", "[]", "null", r#"{"predicate":[]}"#, r#"{"predicate":{"materials":{}}}"#, &deep] {
            let mut info = image();
            note(text.as_bytes(), &mut info);
            assert_eq!(info, image());
        }
    }
}

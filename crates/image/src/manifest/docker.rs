//! `manifest.json`, as written by `docker save` since version 1.10.

use dockopt_core::image::{ImageInfo, LayerInfo};
use dockopt_core::warning::Warning;
use dockopt_core::warning_kind::WarningKind;
use serde::Deserialize;

use super::agreement::{Counts, Draft};
use super::choose::{check_platform, names_match};
use super::config;
use super::document::unreadable;
use super::error::ManifestError;
use super::plan::{Choice, Plan, PlannedBlob};
use crate::bytes::verify::sha256;
use crate::source::{BlobKey, Source};

const DOCUMENT: &str = "manifest.json";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

impl Image {
    fn tags(&self) -> &[String] {
        self.repo_tags.as_deref().unwrap_or_default()
    }

    /// Name of the image in messages: its first tag, or its configuration.
    fn label(&self) -> &str {
        self.tags().first().map_or(&self.config, String::as_str)
    }

    /// The hexadecimal part of the configuration's file name, which is the image ID.
    fn id(&self) -> &str {
        let file = self.config.rsplit('/').next().unwrap_or_default();
        let file = file.strip_suffix(".json").unwrap_or(file);
        file.strip_prefix("sha256:").unwrap_or(file)
    }

    fn is_named_by_digest(&self) -> bool {
        self.id().len() == 64 && self.id().bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    fn is_wanted(&self, wanted: &str, number: usize) -> bool {
        let digits = wanted.strip_prefix("sha256:").unwrap_or(wanted);
        self.tags().iter().any(|tag| names_match(tag, wanted))
            || wanted.parse() == Ok(number)
            || (digits.len() >= 6 && self.id().starts_with(digits))
    }
}

/// The images listed in `manifest.json`, with their IDs.
pub(super) struct Images<'s> {
    source: &'s dyn Source,
    listed: Vec<Image>,
    /// The digest of each configuration, taken from its file name if that is a digest.
    ids: Vec<String>,
}

impl<'s> Images<'s> {
    pub(super) fn parse(source: &'s dyn Source, document: &[u8]) -> Result<Self, ManifestError> {
        let listed = parse(document)?;
        let ids = listed.iter().map(|image| id_of(source, image)).collect::<Result<_, _>>()?;
        Ok(Self { source, listed, ids })
    }

    pub(super) fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Returns the ID of the requested image.
    pub(super) fn choose(&self, wanted: &Choice) -> Result<&str, ManifestError> {
        let chosen = choose(&self.listed, wanted)?;
        let mut both = self.listed.iter().zip(&self.ids);
        Ok(both.find(|(image, _)| std::ptr::eq(*image, chosen)).map_or("", |(_, id)| id))
    }

    /// Plans the image with an ID; `None` if it is not listed.
    pub(super) fn plan(&self, id: &str, wanted: &Choice) -> Result<Option<Draft>, ManifestError> {
        let mut both = self.listed.iter().zip(&self.ids);
        let found = both.find(|(_, known)| *known == id);
        found.map(|(image, _)| plan_image(self.source, image, wanted)).transpose()
    }
}

fn id_of(source: &dyn Source, image: &Image) -> Result<String, ManifestError> {
    if image.is_named_by_digest() {
        return Ok(format!("sha256:{}", image.id()));
    }
    let bytes = source.document(&BlobKey::Path(image.config.clone()))?;
    Ok(sha256(&bytes.unwrap_or_default()))
}

/// Plans the requested image.
pub(super) fn plan(source: &dyn Source, document: &[u8], wanted: &Choice) -> Result<Plan, ManifestError> {
    let images = parse(document)?;
    Ok(plan_image(source, choose(&images, wanted)?, wanted)?.plan)
}

fn plan_image(source: &dyn Source, image: &Image, wanted: &Choice) -> Result<Draft, ManifestError> {
    let mut plan = Plan::default();
    let config_key = BlobKey::Path(image.config.clone());
    let bytes = source.document(&config_key)?.ok_or_else(|| ManifestError::Document {
        document: config_key.to_string(),
        reason: "the configuration is not in the archive".to_owned(),
    })?;
    check_id(image, &bytes, wanted, &mut plan.warnings)?;
    let config = config::parse(&config_key.to_string(), &bytes)?;
    check_platform(config::platform(&config).as_ref(), wanted)?;
    for name in image.layers.iter().flatten() {
        let key = BlobKey::Path(name.clone());
        let digest = name.strip_prefix("blobs/").map(|digest| digest.replacen('/', ":", 1));
        plan.info.layers.push(LayerInfo { digest, transfer: source.size(&key), ..LayerInfo::default() });
        plan.blobs.push(PlannedBlob { key, size: None, obstacle: None });
    }
    plan.info.id = Some(sha256(&bytes));
    plan.info.tags = image.tags().to_vec();
    config::describe(&config, &mut plan.info, &mut plan.warnings);
    Ok(Draft { document: DOCUMENT, plan, counts: Counts::of(&config) })
}

/// Adds the names in manifest.json to an image that was planned from the index.
pub(super) fn add_names(document: &[u8], plan: &mut Plan) {
    let Ok(images) = parse(document) else {
        let message = "manifest.json cannot be parsed, index.json was used";
        plan.warnings.push(Warning::new(WarningKind::UnreadableDocument, None, message));
        return;
    };
    let ImageInfo { id: Some(id), tags, .. } = &mut plan.info else {
        return;
    };
    for image in images.iter().filter(|image| id.ends_with(image.id())) {
        for tag in image.tags().iter().filter(|tag| !tags.contains(tag)).cloned().collect::<Vec<_>>() {
            tags.retain(|known| !tag.ends_with(&format!(":{known}")));
            if !tags.iter().any(|known| names_match(known, &tag)) {
                tags.push(tag);
            }
        }
    }
}

fn parse(document: &[u8]) -> Result<Vec<Image>, ManifestError> {
    // Go writes an empty list as `null`.
    let images: Option<Vec<Image>> =
        serde_json::from_slice(document).map_err(|error| unreadable(DOCUMENT, &error))?;
    Ok(images.unwrap_or_default())
}

fn choose<'i>(images: &'i [Image], wanted: &Choice) -> Result<&'i Image, ManifestError> {
    let choices = || images.iter().map(|image| image.label().to_owned()).collect();
    let reason = match (&wanted.image, images) {
        (_, []) => "manifest.json lists no image".to_owned(),
        (None, [only]) => return Ok(only),
        (None, _) => format!("there are {} images", images.len()),
        (Some(name), _) => {
            match images.iter().enumerate().find(|(number, image)| image.is_wanted(name, *number)) {
                Some((_, image)) => return Ok(image),
                None => format!("there is no image `{name}`"),
            }
        }
    };
    Err(ManifestError::Selection { reason, choices: choices(), option: "--image" })
}

fn check_id(
    image: &Image,
    bytes: &[u8],
    wanted: &Choice,
    warnings: &mut Vec<Warning>,
) -> Result<(), ManifestError> {
    let (expected, found) = (format!("sha256:{}", image.id()), sha256(bytes));
    if !image.is_named_by_digest() || expected == found {
        return Ok(());
    }
    if wanted.verify {
        return Err(ManifestError::Verification {
            object: format!("configuration `{}`", image.config),
            expected,
            found,
        });
    }
    warnings.push(Warning::new(
        WarningKind::DocumentDigest,
        None,
        format!("configuration `{}` does not match its name, its digest is {found}", image.config),
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(json: &str) -> Vec<Image> {
        parse(json.as_bytes()).expect("images")
    }

    fn wanted(name: &str) -> Choice {
        Choice { image: Some(name.to_owned()), ..Choice::default() }
    }

    #[test]
    fn id_is_the_name_of_the_configuration() {
        let hex = "0123456789abcdef".repeat(4);
        for config in [format!("{hex}.json"), format!("sha256:{hex}"), format!("blobs/sha256/{hex}")] {
            let images = images(&format!(r#"[{{"Config":"{config}"}}]"#));
            assert_eq!(images[0].id(), hex);
            assert_eq!(images[0].label(), config, "it has no name");
        }
    }

    #[test]
    fn image_is_chosen_by_name_number_or_id() {
        let images = images(
            r#"[{"Config":"aaaaaa11.json","RepoTags":["one:1"],"Layers":null},
                {"Config":"bbbbbb22.json","RepoTags":null}]"#,
        );
        for (name, id) in [
            ("one:1", "aaaaaa11"),
            ("docker.io/library/one:1", "aaaaaa11"),
            ("1", "bbbbbb22"),
            ("bbbbbb", "bbbbbb22"),
            ("sha256:bbbbbb22", "bbbbbb22"),
        ] {
            assert_eq!(choose(&images, &wanted(name)).expect(name).id(), id, "{name}");
        }
        for name in ["", "sha256:", "bbb", "sha256:bbb", "one", "2"] {
            let error = choose(&images, &wanted(name)).expect_err(name);
            assert_eq!(error.to_string(), format!("there is no image `{name}`"));
        }
        let error = choose(&images, &Choice::default()).expect_err("which?");
        assert_eq!(error.hint().as_deref(), Some("choose with `--image`: `one:1`, `bbbbbb22.json`"));
    }

    #[test]
    fn full_names_replace_bare_tags() {
        let mut plan = Plan::default();
        plan.info.id = Some("sha256:aaaaaa11".to_owned());
        plan.info.tags = vec!["1".to_owned(), "docker.io/library/two:latest".to_owned()];
        let document = br#"[{"Config":"aaaaaa11.json","RepoTags":["one:1","two"]},
            {"Config":"bbbbbb22.json","RepoTags":["other:1"]}]"#;
        add_names(document, &mut plan);
        assert_eq!(plan.info.tags, ["docker.io/library/two:latest", "one:1"]);
        assert_eq!(plan.warnings, []);
        add_names(b"nonsense", &mut plan);
        assert_eq!(plan.warnings.len(), 1);
    }

    #[test]
    fn configuration_is_checked_against_a_digest_in_its_name() {
        let check = |config: &str, verify| {
            let images = images(&format!(r#"[{{"Config":"{config}"}}]"#));
            let wanted = Choice { verify, ..Choice::default() };
            let mut warnings = Vec::new();
            check_id(&images[0], b"{}", &wanted, &mut warnings).map(|()| warnings.len())
        };
        let right = sha256(b"{}").replace("sha256:", "");
        let wrong = "0".repeat(64);
        assert_eq!(check(&format!("{right}.json"), true).expect("right"), 0);
        assert_eq!(check(&format!("{wrong}.json"), false).expect("a warning"), 1);
        assert!(check(&format!("{wrong}.json"), true).is_err());
        assert_eq!(check("config.json", true).expect("no digest"), 0);
    }
}

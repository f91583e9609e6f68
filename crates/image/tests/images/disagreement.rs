//! Archives whose `index.json`, `manifest.json` and configuration do not agree.
//!
//! | archive | what happens |
//! |---|---|
//! | one document lists no layers, the other all of them | the other is used, with a warning |
//! | neither agrees with the configuration | an error with all numbers |
//! | both agree in number but list different layers | the one that diff IDs prove, or a warning |
//! | `manifest.json` lists images that the index does not | they count when one is chosen |

use dockopt_core::warning_kind::WarningKind;
use dockopt_image::ReadOptions;
use dockopt_testkit::{Archive, Compression, Image, Layer, docker_25, outer};
use serde_json::json;

use super::common::{
    Seen, assert_numbers, expected, failure, image, named, one, read, read_with, seen, verified,
};

/// Returns the archive as a file and as a stream.
fn both_ways(archive: &Archive) -> [Vec<u8>; 2] {
    [archive.to_tar(), outer(&archive.to_tar(), Compression::Gzip)]
}

fn kinds(bytes: &[u8]) -> Vec<WarningKind> {
    read(bytes).unwrap().warnings.iter().map(|warning| warning.kind).collect()
}

#[test]
fn index_without_layers_yields_to_manifest_json() {
    let archive = image().manifest_without_layers().docker_25();
    for bytes in both_ways(&archive) {
        let found = seen(&bytes);
        assert_numbers(&found, &expected(), "manifest.json");
        assert_eq!(
            found.warnings,
            ["manifest.json lists 2 layers, index.json 0, the configuration 2 layers: manifest.json is used"]
        );
        assert_eq!(kinds(&bytes), [WarningKind::DocumentIgnored]);
        let info = read_with(&bytes, &verified()).unwrap().info;
        assert_eq!((info.digest, info.tags), (None, vec!["example:1.0".to_owned()]));
    }
}

#[test]
fn manifest_json_without_layers_yields_to_the_index() {
    for layers in [json!([]), json!(null)] {
        let mut archive = image().docker_25();
        archive.edit_json("manifest.json", |manifest| manifest[0]["Layers"] = layers.clone());
        for bytes in both_ways(&archive) {
            let found = seen(&bytes);
            assert_numbers(&found, &expected(), "index.json");
            assert!(found.warns("index.json lists 2 layers, manifest.json 0, "), "{:?}", found.warnings);
            assert_eq!(kinds(&bytes), [WarningKind::DocumentIgnored]);
        }
    }
}

#[test]
fn two_documents_that_contradict_the_configuration_are_an_error_with_all_numbers() {
    let mut one_left = image().manifest_without_layers().docker_25();
    one_left.edit_json("manifest.json", |manifest| {
        manifest[0]["Layers"].as_array_mut().unwrap().pop();
    });
    let cases = [
        (
            one_left,
            "index.json lists 0 layers, manifest.json lists 1 layer, but the configuration lists 2 layers",
        ),
        (
            image().extra_diff_id().docker_25(),
            "index.json lists 2 layers, manifest.json lists 2 layers, but the configuration lists 3 layers (its history: 2)",
        ),
    ];
    for (archive, words) in cases {
        for bytes in both_ways(&archive) {
            let error = failure(&bytes);
            assert_eq!(error, format!("the documents about the image contradict each other: {words}"));
        }
    }
}

#[test]
fn history_decides_where_the_configuration_has_no_diff_ids() {
    let image = image().manifest_without_layers().config_json(|config| {
        config["rootfs"]["diff_ids"] = json!([]);
    });
    let error = failure(&image.docker_25().to_tar());
    assert!(error.ends_with("the configuration lists 0 layers (its history: 2)"), "{error}");
}

#[test]
fn history_with_another_count_rejects_neither_document() {
    let archive = image().history("RUN x", false).docker_25();
    assert_numbers(&seen(&archive.to_tar()), &expected(), "history");
    assert_eq!(kinds(&archive.to_tar()), [WarningKind::HistoryCount]);
}

#[test]
fn naming_a_document_resolves_the_contradiction() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image.tar");
    std::fs::write(&path, image().extra_diff_id().docker_25().to_tar()).unwrap();
    for scheme in ["docker-archive", "oci-archive"] {
        let text = format!("{scheme}:{}", path.display());
        let image = super::common::read_reference(&text, &ReadOptions::default()).unwrap();
        assert_eq!(image.warnings.iter().map(|one| one.kind).collect::<Vec<_>>(), [WarningKind::LayerCount]);
    }
}

fn two_images() -> [Image; 2] {
    let other = one(Layer::new().file("other", "1")).tag("other:2.0");
    [image().manifest_without_layers(), other]
}

#[test]
fn each_image_uses_the_document_that_agrees() {
    let archive = docker_25(&two_images());
    for bytes in both_ways(&archive) {
        assert_eq!(read(&bytes).unwrap_err().to_string(), "there are 2 images");
        let first = Seen::of(&read_with(&bytes, &named("example:1.0")).unwrap());
        assert_numbers(&first, &expected(), "manifest.json");
        assert_eq!(first.warnings.len(), 1);
        let other = Seen::of(&read_with(&bytes, &named("other:2.0")).unwrap());
        assert_eq!((other.names(), other.warnings.len()), (vec!["other".to_owned()], 0));
    }
}

#[test]
fn images_only_in_manifest_json_count_when_choosing() {
    let mut archive = docker_25(&two_images());
    archive.edit_json("index.json", |index| {
        index["manifests"].as_array_mut().unwrap().pop();
    });
    for bytes in both_ways(&archive) {
        let error = read(&bytes).unwrap_err();
        assert_eq!(error.to_string(), "there are 2 images");
        assert!(error.hint().unwrap().contains("`other:2.0`"));
        for name in ["other:2.0", "1"] {
            let found = Seen::of(&read_with(&bytes, &named(name)).unwrap());
            assert_eq!((found.names(), found.warnings.len()), (vec!["other".to_owned()], 0), "{name}");
        }
        for name in ["example:1.0", "0"] {
            let found = Seen::of(&read_with(&bytes, &named(name)).unwrap());
            assert_numbers(&found, &expected(), name);
        }
        assert_eq!(read_with(&bytes, &named("third")).unwrap_err().to_string(), "there is no image `third`");
    }
}

#[test]
fn images_only_in_the_index_can_be_chosen_by_name() {
    let mut archive = docker_25(&[image(), one(Layer::new().file("other", "1")).tag("other:2.0")]);
    let third = one(Layer::new().file("third", "1")).tag("third:1").docker_25();
    archive.merge(&third);
    archive.edit_json("manifest.json", |manifest| {
        let mut listed = third.get_json("manifest.json");
        *manifest = json!([manifest[0].take(), listed[0].take()]);
    });
    let found = Seen::of(&read_with(&archive.to_tar(), &named("other:2.0")).unwrap());
    assert_eq!(found.names(), ["other"]);
}

fn swapped(list: &mut serde_json::Value) {
    list.as_array_mut().unwrap().swap(0, 1);
}

#[test]
fn diff_ids_prove_the_order_of_uncompressed_layers() {
    let index_is_wrong = image().manifest_json(|manifest| swapped(&mut manifest["layers"])).docker_25();
    let mut manifest_is_wrong = image().docker_25();
    manifest_is_wrong.edit_json("manifest.json", |manifest| swapped(&mut manifest[0]["Layers"]));
    for archive in [index_is_wrong, manifest_is_wrong] {
        for bytes in both_ways(&archive) {
            assert_eq!(seen(&bytes), expected());
        }
    }
}

#[test]
fn different_compressed_layers_are_a_warning() {
    let mut archive = image().docker_29();
    archive.edit_json("manifest.json", |manifest| swapped(&mut manifest[0]["Layers"]));
    for bytes in both_ways(&archive) {
        assert_numbers(&seen(&bytes), &expected(), "index.json");
        assert_eq!(kinds(&bytes), [WarningKind::DocumentsDisagree]);
        let proven = read_with(&bytes, &verified()).unwrap();
        assert_eq!(proven.warnings, [], "the digests of the unpacked layers are right");
    }
}

#[test]
fn swapped_uncompressed_layers_are_a_warning() {
    let archive = image().manifest_json(|manifest| swapped(&mut manifest["layers"]));
    let bytes = archive.oci_archive(Compression::Plain).to_tar();
    let found = kinds(&bytes);
    assert_eq!(found.iter().filter(|&&kind| kind == WarningKind::DiffId).count(), 2, "{found:?}");
    assert!(seen(&bytes).warns("layer 1: the configuration lists another diff ID"));
}

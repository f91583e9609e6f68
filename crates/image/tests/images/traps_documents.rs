//! Documents that broke other tools: manifests, indexes and configurations, and what they say about
//! layers.
//!
//! | trap | what happens |
//! |---|---|
//! | media type lies about compression | right numbers and a warning |
//! | wrong digest | a warning for documents, an error if verified; wrong size: a warning |
//! | blob missing | an error that names it |
//! | layer count, history and diff IDs differ | right numbers and a warning |
//! | no history, only empty history, no layers | read |
//! | manifest.json `[]`, not JSON, nested, 100 MB | an error that names the document |
//! | index loops, chains and diamonds | a warning, or read |
//! | only attestations, `unknown/unknown`, artifacts, schema 1 | an error that says so |
//! | several images or platforms | an error that lists them; chosen by name, number, digest |

use crate::common;
use std::fs;

use crate::common::{
    Seen, assert_numbers, chain, every_way, expected, failure, failure_with, image, info, layer_path, named,
    oci, one, read, read_with, seen, verified,
};
use dockopt_image::{ReadOptions, parse_platform};
use dockopt_testkit::{
    Compression, Image, Index, Layer, Legacy, MediaTypes, blob_path, docker_25, docker_29, docker_legacy,
    index_loop, json_of_size, nested_json, outer, schema1, sha256,
};
use serde_json::json;
use tempfile::TempDir;

// Incorrect documents

#[test]
fn media_type_with_wrong_compression_is_a_warning() {
    let expected = expected();
    for (stored, declared) in [
        (Compression::Plain, Compression::Gzip),
        (Compression::Plain, Compression::Zstd),
        (Compression::Gzip, Compression::Plain),
        (Compression::Zstd, Compression::Gzip),
        (Compression::EStargz, Compression::Zstd),
    ] {
        for media_types in [MediaTypes::Oci, MediaTypes::Docker] {
            let lying = image().media_types(media_types).compressed_as(stored);
            let tar = lying.oci_archive(declared).to_tar();
            for options in [ReadOptions::default(), verified()] {
                let found = Seen::of(&read_with(&tar, &options).unwrap());
                assert_numbers(&found, &expected, "a lying media type");
                assert_eq!(found.warnings.len(), 1, "{:?}", found.warnings);
                assert!(found.warns("layer 1: media type `application/vnd."), "{stored:?}");
                assert!(found.warns("does not match: the blob is"), "{stored:?}");
            }
        }
    }
    let unknown = image().media_type("application/x-unheard-of");
    assert_eq!(seen(&unknown.oci_archive(Compression::Gzip).to_tar()), expected);
}

#[test]
fn wrong_size_is_a_warning() {
    let expected = expected();
    let found = seen(&image().wrong_layer_size(1, 7).oci_archive(Compression::Plain).to_tar());
    assert_numbers(&found, &expected, "a wrong size");
    assert_eq!(found.warnings, ["layer 1: blob has 2560 bytes, its descriptor says 7"]);
    let wrong = image().manifest_json(|manifest| manifest["config"]["size"] = json!(3));
    let found = seen(&wrong.oci_archive(Compression::Plain).to_tar());
    assert_numbers(&found, &expected, "a wrong size");
    assert!(found.warns("its descriptor says 3"), "{:?}", found.warnings);
    let mut archive = oci();
    archive.edit_json("index.json", |index| index["manifests"][0]["size"] = json!(4));
    let found = seen(&archive.to_tar());
    assert_numbers(&found, &expected, "a wrong size");
    assert!(found.warns("its descriptor says 4"), "{:?}", found.warnings);
}

#[test]
fn wrong_layer_digest_is_an_error_with_verification() {
    let expected = expected();
    let other = Layer::new().whiteout("etc/a").file("c", "9876").into_tar();
    let mut archive = oci();
    archive.replace(&layer_path(&image(), Compression::Plain, 1), &other);
    assert_eq!(seen(&archive.to_tar()), expected, "no verification");
    let error = failure_with(&archive.to_tar(), &verified());
    assert!(error.starts_with("layer 1 (`sha256:"), "{error}");
    assert!(error.contains("does not match its digest: expected `sha256:"), "{error}");
    assert!(error.contains(&format!("found `{}`", sha256(&other))), "{error}");
    let tar = image().wrong_diff_id(1).docker_legacy().to_tar();
    assert_eq!(seen(&tar), expected, "no verification");
    for bytes in [tar.clone(), outer(&tar, Compression::Zstd)] {
        let error = failure_with(&bytes, &verified());
        assert!(error.starts_with("unpacked layer 1 (`"), "{error}");
    }
}

#[test]
fn wrong_document_digest_is_a_warning() {
    let expected = expected();
    let packed = image().pack(Compression::Plain);
    for (digest, member) in [(packed.manifest_digest(), "annotations"), (packed.config_digest(), "author")] {
        let mut archive = oci();
        archive.edit_json(&blob_path(&digest), |document| {
            document[member] = if member == "author" { json!("x") } else { json!({}) };
        });
        let found = seen(&archive.to_tar());
        assert_numbers(&found, &expected, &digest);
        assert!(
            found.warns(&format!("document `{digest}` does not match its digest")),
            "{:?}",
            found.warnings
        );
        let error = failure_with(&archive.to_tar(), &verified());
        assert!(error.starts_with(&format!("document `{digest}` does not match")), "{error}");
    }
    let mut archive = image().docker_legacy();
    let config = format!("{}.json", &packed.config_digest()["sha256:".len()..]);
    archive.edit_json(&config, |document| document["author"] = json!("x"));
    let found = seen(&archive.to_tar());
    assert!(found.warns("does not match its name"), "{:?}", found.warnings);
    let error = failure_with(&archive.to_tar(), &verified());
    assert!(error.contains(&config), "{error}");
}

#[test]
fn missing_blob_is_an_error_that_names_it() {
    let packed = image().pack(Compression::Plain);
    for (digest, words) in [
        (packed.layers[1].digest.clone(), "layer 1"),
        (packed.config_digest(), "configuration"),
        (packed.manifest_digest(), "manifest"),
    ] {
        let tar = oci().remove(&blob_path(&digest)).to_tar();
        for bytes in [tar.clone(), outer(&tar, Compression::Gzip)] {
            let error = failure(&bytes);
            assert!(error.contains(&digest) && error.contains(words), "{error}");
            assert!(error.contains("is not in the"), "{error}");
        }
    }
    let wrong = image().wrong_layer_digest(0).oci_archive(Compression::Gzip);
    assert!(failure(&wrong.to_tar()).starts_with("layer 0 (`sha256:"));
    let mut archive = image().docker_legacy();
    let paths = archive.get_json("manifest.json");
    let path = paths[0]["Layers"][0].as_str().unwrap().to_owned();
    let error = failure(&archive.remove(&path).to_tar());
    assert_eq!(error, format!("layer 0 (`{path}`) is not in the archive"));
}

#[test]
fn wrong_number_of_diff_ids_or_history_entries_is_a_warning() {
    let expected = expected();
    let cases = [
        (image().extra_diff_id(), "2 layers, but its configuration lists 3"),
        (image().missing_diff_id(), "2 layers, but its configuration lists 1"),
        (image().history("RUN x", false), "2 layers, but its history lists 3"),
        (image().only_empty_history(), "2 layers, but its history lists 0"),
    ];
    for (odd, words) in cases {
        let found = every_way(&odd);
        assert_numbers(&found, &expected, words);
        assert_eq!(found.warnings, [format!("the image has {words}")]);
    }
    assert_eq!(every_way(&image().without_history()), expected);
    let nulls = image().config_json(|config| {
        config["history"] = json!(null);
        config["config"] = json!(null);
        config["rootfs"]["diff_ids"] = json!(null);
    });
    assert_numbers(&every_way(&nulls), &expected, "null");
}

#[test]
fn history_entries_match_layers_despite_empty_steps() {
    let image = Image::new()
        .history("ENV a=1", true)
        .layer(Layer::new().file("a", "1"))
        .created_by("COPY a /")
        .history("USER x", true)
        .layer(Layer::new().file("b", "1"))
        .created_by("COPY b /");
    let info = info(&image.docker_25().to_tar());
    let made: Vec<_> = info.layers.iter().map(|layer| layer.created_by.as_deref()).collect();
    assert_eq!(made, [Some("COPY a /"), Some("COPY b /")]);
    assert_eq!(info.history.len(), 4);
}

#[test]
fn image_without_layers_is_empty() {
    let empty = Image::new().history("LABEL only=labels", true);
    let go_like = empty.clone().manifest_json(|manifest| manifest["layers"] = json!(null));
    let go_like = go_like.config_json(|config| {
        config["rootfs"].as_object_mut().unwrap().remove("diff_ids");
    });
    for image in [empty.clone(), empty.without_history(), go_like] {
        let found = every_way(&image);
        assert_eq!((found.stored(), found.files.len()), (0, 0));
        assert!((found.ledger.total.efficiency() - 1.0).abs() < f64::EPSILON);
        assert_eq!(found.warnings, [""; 0]);
    }
    let mut archive = Image::new().docker_legacy();
    archive.edit_json("manifest.json", |manifest| manifest[0]["Layers"] = json!(null));
    assert_eq!(seen(&archive.to_tar()).stored(), 0);
}

#[test]
fn malformed_documents_are_errors_that_name_them() {
    let legacy = |bytes: &[u8]| image().docker_legacy().replace("manifest.json", bytes).to_tar();
    let index = |bytes: &[u8]| oci().replace("index.json", bytes).to_tar();
    let nested = nested_json(100_000);
    let deep = [b"[{\"Config\":", &nested[..], b"}]"].concat();
    for bytes in [&b"not JSON"[..], b"", b"{}", b"[{}]", b"[null]", &deep, b"\xff"] {
        for tar in [legacy(bytes), outer(&legacy(bytes), Compression::Zstd)] {
            let error = failure(&tar);
            assert!(error.starts_with("manifest.json: cannot be parsed"), "{error}");
        }
    }
    for bytes in
        [&b"not JSON"[..], b"[]", &nested, b"{\"manifests\":[{}]}", b"{\"schemaVersion\":2,\"manifests\":7}"]
    {
        let error = failure(&index(bytes));
        assert!(error.starts_with("index.json: cannot be parsed"), "{error}");
    }
    assert!(failure(&legacy(b"[]")).starts_with("manifest.json lists no image"));
    for bytes in [
        &b"{\"schemaVersion\":2,\"manifests\":[]}"[..],
        b"{\"schemaVersion\":2,\"manifests\":null}",
        b"{\"schemaVersion\":2}",
    ] {
        let error = failure(&index(bytes));
        assert!(error.ends_with("its index.json lists no image"), "{error}");
    }
}

#[test]
fn broken_manifest_or_configuration_is_an_error_that_names_it() {
    let packed = image().pack(Compression::Plain);
    for digest in [packed.manifest_digest(), packed.config_digest()] {
        for bytes in [&b"{"[..], b"[1]", b"not JSON", &nested_json(100_000), b""] {
            let tar = oci().replace(&blob_path(&digest), bytes).to_tar();
            for tar in [tar.clone(), outer(&tar, Compression::Gzip)] {
                let error = failure(&tar);
                assert!(error.starts_with(&format!("{digest}: cannot be parsed")), "{error}");
            }
        }
    }
}

#[test]
fn hundred_megabytes_of_json_are_an_error_that_names_the_document() {
    let json = json_of_size(100_000_000);
    let manifest = image().docker_legacy().replace("manifest.json", &json).to_tar();
    let index = oci().replace("index.json", &json).to_tar();
    for (tar, name) in [(&manifest, "manifest.json"), (&index, "index.json")] {
        for bytes in [tar.clone(), outer(tar, Compression::Zstd)] {
            let error = failure(&bytes);
            assert!(error.starts_with(&format!("{name}: 100000000 bytes exceed the limit")), "{error}");
        }
    }
}

// Indexes

#[test]
fn index_that_refers_to_itself_is_ignored() {
    for length in [1, 2, 5, 30] {
        let archive = index_loop(length);
        let error = failure(&archive.to_tar());
        assert!(error.ends_with("its index.json lists no image"), "{error}");
        let mut archive = archive;
        archive.merge(&oci());
        let descriptor = oci().get_json("index.json")["manifests"][0].clone();
        archive.edit_json("index.json", |index| {
            index["manifests"].as_array_mut().unwrap().push(descriptor);
        });
        let found = seen(&archive.to_tar());
        assert_numbers(&found, &expected(), "beside a loop");
        assert!(found.warns("refers to itself or is nested too deep"), "{:?}", found.warnings);
    }
}

#[test]
fn nested_indexes_are_followed() {
    let expected = expected();
    for media_types in [MediaTypes::Oci, MediaTypes::Docker] {
        let mut index = image().index(Compression::Plain).media_types(media_types);
        for depth in 1..=12 {
            index = Index::new(Compression::Plain).media_types(media_types).nested(index);
            let tar = index.to_archive().to_tar();
            match read(&tar) {
                Ok(image) => assert_eq!(Seen::of(&image), expected, "{depth}"),
                Err(error) => {
                    assert!(depth > 8, "{depth}: {}", chain(&error));
                    assert!(chain(&error).contains("lists no image"), "{}", chain(&error));
                }
            }
        }
    }
}

#[test]
fn index_listed_under_two_names_is_one_image_with_two_names() {
    let inner = image().index(Compression::Gzip);
    let index = Index::new(Compression::Gzip).nested(inner.clone()).named("a:1").nested(inner).named("a:2");
    let image = read(&index.to_archive().to_tar()).unwrap();
    assert_eq!(image.warnings, []);
    assert_eq!(image.info.tags, ["docker.io/library/a:1", "docker.io/library/a:2"]);
}

#[test]
fn number_of_nested_descriptors_is_limited() {
    let mut archive = oci();
    let mut descriptor = oci().get_json("index.json")["manifests"][0].clone();
    for level in 0..7 {
        // The media types do not reveal that all of these are indexes.
        let media_type = if level % 2 == 0 {
            "application/vnd.oci.image.manifest.v1+json"
        } else {
            "application/vnd.oci.image.index.v1+json"
        };
        let index =
            json!({"schemaVersion": 2, "level": level, "manifests": vec![descriptor; 100]}).to_string();
        let digest = archive.insert_blob(index.as_bytes());
        descriptor = json!({"mediaType": media_type, "digest": digest, "size": index.len()});
    }
    archive.edit_json("index.json", |index| {
        index["manifests"] = json!(vec![&descriptor; 100]);
    });
    assert_numbers(&seen(&archive.to_tar()), &expected(), "one image in the end");
    archive.edit_json("index.json", |index| {
        index["manifests"] = json!(vec![&descriptor; 5000]);
    });
    let error = failure(&archive.to_tar());
    assert!(error.starts_with("index.json: lists more than 4096 manifests"), "{error}");
}

#[test]
fn error_says_what_an_index_has_instead_of_an_image() {
    let attestations = Index::new(Compression::Gzip).attestation_of(&image());
    let error = failure(&attestations.to_archive().to_tar());
    assert!(error.ends_with("lists no image, but attestations"), "{error}");
    let nested = Index::new(Compression::Gzip).nested(attestations);
    assert!(failure(&nested.to_archive().to_tar()).ends_with("lists no image, but attestations"));
    let artifact = image().artifact("application/vnd.example.thing");
    let error = failure(&artifact.oci_archive(Compression::Gzip).to_tar());
    assert!(error.contains("lists no image, but an artifact"), "{error}");
    assert!(error.contains("`application/vnd.oci.empty.v1+json`"), "{error}");
    let helm = image().config_blob("application/vnd.cncf.helm.config.v1+json", b"{}");
    let error = failure(&helm.oci_archive(Compression::Gzip).to_tar());
    assert!(error.contains("application/vnd.cncf.helm.config.v1+json"), "{error}");
    let bare = json!({"schemaVersion": 2, "blobs": []}).to_string();
    let mut archive = Image::new().oci_archive(Compression::Gzip);
    let digest = archive.insert_blob(bare.as_bytes());
    archive.edit_json("index.json", |index| {
        index["manifests"][0]["digest"] = json!(digest);
        index["manifests"][0]["size"] = json!(bare.len());
    });
    let error = failure(&archive.to_tar());
    assert!(error.contains("lists no image, but `sha256:"), "{error}");
    assert!(error.contains("has no configuration"), "{error}");
}

#[test]
fn attestations_and_artifacts_along_with_an_image_are_ignored() {
    let expected = expected();
    let artifact = image().artifact("application/vnd.example.thing");
    let index = image().index(Compression::Plain).attestation_of(&image()).image(&artifact);
    assert_eq!(seen(&index.to_archive().to_tar()), expected);
    let other = image().layer(Layer::new()).platform("unknown", "unknown", None);
    let index = image().index(Compression::Plain).image(&other);
    assert_eq!(seen(&index.to_archive().to_tar()), expected);
}

#[test]
fn manifest_json_is_used_if_the_index_lists_no_image() {
    let mut archive = image().docker_25();
    let attestations = Index::new(Compression::Gzip).attestation_of(&image()).to_archive();
    archive.replace("index.json", attestations.get("index.json"));
    assert_eq!(seen(&archive.to_tar()), expected());
    archive.replace("index.json", "{\"schemaVersion\":2,\"manifests\":[]}");
    assert_eq!(seen(&archive.to_tar()), expected());
    let mut archive = image().docker_25();
    archive.replace("manifest.json", "[]");
    assert_eq!(seen(&archive.to_tar()), expected());
    archive.replace("manifest.json", "nonsense");
    let found = seen(&archive.to_tar());
    assert_numbers(&found, &expected(), "index.json was used");
    assert!(found.warns("manifest.json cannot be parsed"), "{:?}", found.warnings);
}

#[test]
fn manifest_of_schema_1_is_an_error_that_says_so() {
    let error = failure(&schema1("example").to_tar());
    assert!(error.contains("sha256:") && error.contains("schema 1"), "{error}");
}

// Several images

fn two_images() -> [Image; 2] {
    [image(), one(Layer::new().file("other", "1")).tag("other:2.0").tag("other:latest")]
}

#[test]
fn one_of_several_images_must_be_chosen() {
    let archives =
        [docker_legacy(&two_images(), Legacy::default()), docker_25(&two_images()), docker_29(&two_images())];
    for archive in archives {
        let tar = archive.to_tar();
        let error = read(&tar).unwrap_err();
        assert_eq!(error.to_string(), "there are 2 images");
        let hint = error.hint().unwrap();
        assert!(hint.starts_with("choose with `--image`: "), "{hint}");
        assert!(hint.contains("example:1.0`") && hint.contains("other:2.0`"), "{hint}");
        for name in ["other:2.0", "other", "docker.io/library/other:2.0", "1"] {
            for bytes in [tar.clone(), outer(&tar, Compression::Gzip)] {
                let image = read_with(&bytes, &named(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(Seen::of(&image).names(), ["other"], "{name}");
                assert_eq!(image.info.tags.len(), 2, "{:?}", image.info.tags);
            }
        }
        let error = read_with(&tar, &named("third")).unwrap_err();
        assert_eq!(error.to_string(), "there is no image `third`");
        assert!(error.hint().unwrap().contains("example:1.0"));
        for name in ["", "sha256:", "2", "-1"] {
            assert!(read_with(&tar, &named(name)).is_err(), "{name}");
        }
    }
}

#[test]
fn image_can_be_chosen_by_id() {
    let [_, other] = two_images();
    let archives = [
        (docker_legacy(&two_images(), Legacy::default()), Compression::Plain),
        (docker_25(&two_images()), Compression::Plain),
        (docker_29(&two_images()), Compression::Gzip),
    ];
    for (archive, compression) in archives {
        let tar = archive.to_tar();
        let id = other.pack(compression).config_digest();
        for name in [&id[..], &id["sha256:".len()..], &id[..20]] {
            let image = read_with(&tar, &named(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(Seen::of(&image).names(), ["other"]);
            assert_eq!(image.info.id.as_ref(), Some(&id));
        }
    }
    let manifest = other.pack(Compression::Gzip).manifest_digest();
    let image = read_with(&docker_29(&two_images()).to_tar(), &named(&manifest)).unwrap();
    assert_eq!(image.info.digest, Some(manifest));
}

#[test]
fn image_can_be_chosen_after_the_file_name() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("two:images.tar");
    fs::write(&path, docker_25(&two_images()).to_tar()).unwrap();
    let text = format!("docker-archive:{}:other:2.0", path.display());
    let image = common::read_reference(&text, &ReadOptions::default()).unwrap();
    assert_eq!(Seen::of(&image).names(), ["other"]);
}

#[test]
fn one_of_several_platforms_is_chosen() {
    let arm = one(Layer::new().file("arm", "1")).platform("linux", "arm", Some("v7"));
    let riscv = one(Layer::new().file("riscv", "1")).platform("linux", "riscv64", None);
    let inner = Index::new(Compression::Gzip).image(&arm).image(&riscv).attestation_of(&arm);
    let tar = Index::new(Compression::Gzip).nested(inner).named("a:1").to_archive().to_tar();
    let choose = |platform: &str| ReadOptions {
        platform: Some(parse_platform(platform).unwrap()),
        ..ReadOptions::default()
    };
    for (platform, file) in [("linux/arm/v7", "arm"), ("linux/arm", "arm"), ("riscv64", "riscv")] {
        let image = read_with(&tar, &choose(platform)).unwrap();
        assert_eq!(Seen::of(&image).names(), [file], "{platform}");
    }
    for platform in ["linux/arm/v6", "windows/amd64"] {
        let error = read_with(&tar, &choose(platform)).unwrap_err();
        assert_eq!(error.to_string(), format!("there is no image for platform `{platform}`"));
        let hint = error.hint().unwrap();
        assert_eq!(hint, "choose with `--platform`: `linux/arm/v7`, `linux/riscv64`");
    }
}

#[test]
fn only_platform_with_blobs_is_chosen() {
    let arm = image().platform("linux", "arm", Some("v7"));
    let gone = image().platform("linux", "s390x", None);
    let bare = image().layer(Layer::new().file("x", "1")).platform("linux", "mips", None);
    let index =
        Index::new(Compression::Plain).image_without_blobs(&gone).image_without_layers(&bare).image(&arm);
    let tar = index.to_archive().to_tar();
    assert_eq!(seen(&tar), expected());
    let options = ReadOptions { platform: parse_platform("linux/s390x"), ..ReadOptions::default() };
    let error = failure_with(&tar, &options);
    assert!(error.contains(&gone.pack(Compression::Plain).manifest_digest()), "{error}");
    assert!(error.ends_with("is not in the source"), "{error}");
}

#[test]
fn manifest_json_without_images_is_an_error() {
    for document in ["null", "[]"] {
        let mut archive = image().docker_legacy();
        archive.replace("manifest.json", document);
        let error = failure(&archive.to_tar());
        assert!(error.contains("manifest.json lists no image"), "{document}: {error}");
    }
}

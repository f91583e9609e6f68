//! Consistency of archives: every path refers to a member, every digest is correct.

use super::*;
use crate::layer::Layer;

fn image() -> Image {
    let layer = Layer::new().file("a", "b");
    Image::new().layer(layer.clone()).layer(Layer::new().whiteout("a")).layer(layer).tag("example:1")
}

/// Asserts that each blob has its digest as its name and each descriptor below a value is correct.
fn check_descriptors(archive: &Archive, value: &Value) {
    if let Some(digest) = value["digest"].as_str() {
        let bytes = archive.get(&blob_path(digest));
        assert_eq!(sha256(bytes), digest);
        assert_eq!(value["size"], bytes.len());
        let media_type = value["mediaType"].as_str().unwrap();
        if media_type.contains("manifest") || media_type.contains("index") {
            check_descriptors(archive, &archive.get_json(&blob_path(digest)));
        }
        return;
    }
    let lists = ["manifests", "layers"].iter();
    let lists = lists.filter_map(|key| value[key].as_array());
    lists.flatten().for_each(|item| check_descriptors(archive, item));
    if value["config"].is_object() {
        check_descriptors(archive, &value["config"]);
    }
}

/// Asserts that the config and the layers of `manifest.json` exist.
fn check_manifest(archive: &Archive, layers: usize) {
    for item in archive.get_json("manifest.json").as_array().unwrap() {
        let config = archive.get_json(item["Config"].as_str().unwrap());
        let paths = item["Layers"].as_array().unwrap();
        assert_eq!(paths.len(), layers);
        assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), layers);
        for path in paths {
            assert!(archive.contains(path.as_str().unwrap()), "{path}");
        }
    }
}

#[test]
fn every_path_of_every_archive_refers_to_a_member() {
    let image = image();
    for archive in [image.docker_legacy(), image.kaniko(), image.podman()] {
        check_manifest(&archive, 3);
        assert_eq!(archive.names().last(), Some(&"manifest.json"));
    }
    for archive in [image.docker_25(), image.docker_29()] {
        check_manifest(&archive, 3);
        check_descriptors(&archive, &archive.get_json("index.json"));
    }
    for compression in Compression::ALL {
        let archive = image.oci_archive(compression);
        check_descriptors(&archive, &archive.get_json("index.json"));
    }
}

#[test]
fn third_layer_repeats_the_first_as_configured() {
    let kinds = [Duplicates::Copies, Duplicates::Symlinks, Duplicates::HardLinks];
    for duplicates in kinds {
        let options = Legacy { duplicates, order: Order::ManifestFirst };
        let archive = docker_legacy(&[image()], options);
        assert_eq!(archive.names()[0], "manifest.json");
        let layers = &archive.get_json("manifest.json")[0]["Layers"];
        let (first, third) = (layers[0].as_str().unwrap(), layers[2].as_str().unwrap());
        let mut members = archive.members().iter();
        let member = members.find(|member| member.name == third).unwrap();
        let expected = match duplicates {
            Duplicates::Copies => Content::File(archive.get(first).to_vec()),
            Duplicates::Symlinks => Content::Symlink(format!("../{first}")),
            Duplicates::HardLinks => Content::HardLink(first.to_owned()),
        };
        assert_eq!(member.content, expected);
    }
}

#[test]
fn several_images_share_their_common_layers() {
    let base = Image::new().layer(Layer::new().file("base", "x"));
    let images = [base.clone().tag("one"), base.layer(Layer::new().file("top", "y")).tag("two:2")];
    let archive = docker_legacy(&images, Legacy::default());
    let tars = archive.names().iter().filter(|name| name.ends_with("layer.tar")).count();
    assert_eq!(tars, 2);
    let repositories = archive.get_json("repositories");
    assert!(repositories["one"]["latest"].is_string());
    assert!(repositories["two"]["2"].is_string());
    for archive in [docker_25(&images), docker_29(&images)] {
        let index = archive.get_json("index.json");
        assert_eq!(index["manifests"].as_array().unwrap().len(), 2);
        check_descriptors(&archive, &index);
        assert_eq!(
            index["manifests"][1]["annotations"]["io.containerd.image.name"],
            "docker.io/library/two:2"
        );
    }
}

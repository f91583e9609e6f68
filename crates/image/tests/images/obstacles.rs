//! Unreadable layers whose descriptor or first bytes indicate the reason.

use dockopt_core::warning_kind::WarningKind;
use dockopt_image::ReadOptions;
use dockopt_testkit::{Compression, Image, Layer, MediaTypes, outer, sha256};

use super::common::{browse, chain, expected, failure, image, layer_path, read, read_path, seen};

/// Bytes without structure, like the output of a cipher.
fn noise() -> Vec<u8> {
    (1..2000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect()
}

fn encrypted(media_types: MediaTypes) -> Image {
    image().media_types(media_types).layer_blob(noise(), &sha256(b"plain")).encrypted_layer(2)
}

/// Returns the errors from a file, a stream and a directory.
fn failures(image: &Image) -> [String; 3] {
    let archive = image.oci_archive(Compression::Gzip);
    let directory = tempfile::tempdir().unwrap();
    archive.write_dir(directory.path()).unwrap();
    let error = read_path(directory.path(), &ReadOptions::default()).unwrap_err();
    [failure(&archive.to_tar()), failure(&outer(&archive.to_tar(), Compression::Zstd)), chain(&error)]
}

#[test]
fn encrypted_layer_is_an_error_that_says_so() {
    for media_types in [MediaTypes::Oci, MediaTypes::Docker] {
        let image = encrypted(media_types);
        for error in failures(&image) {
            assert!(error.starts_with("layer 2 (`sha256:"), "{error}");
            assert!(
                error.ends_with("cannot be read: it is encrypted, and only a holder of its key can read it")
            );
        }
        let error = read(&image.oci_archive(Compression::Gzip).to_tar()).unwrap_err();
        assert!(error.hint().unwrap().contains("--decryption-key"));
    }
}

#[test]
fn encrypted_layer_does_not_prevent_browsing_others() {
    let opened = browse(&encrypted(MediaTypes::Oci).oci_archive(Compression::Gzip).to_tar());
    assert_eq!(opened.failures.len(), 1);
    assert!(chain(&opened.failures[0].error).contains("encrypted"));
    assert!(opened.image.tree.final_files().count() >= 2);
}

#[test]
fn layer_that_only_claims_to_be_encrypted_is_read() {
    let tar = image().encrypted_layer(1).oci_archive(Compression::Gzip).to_tar();
    let found = seen(&tar);
    super::common::assert_numbers(&found, &expected(), "not encrypted");
    let kinds: Vec<_> = read(&tar).unwrap().warnings.iter().map(|warning| warning.kind).collect();
    assert_eq!(kinds, [WarningKind::MediaType], "{:?}", found.warnings);
}

#[test]
fn unsupported_compression_is_an_error_that_names_it() {
    for (start, name) in [
        (&b"\xfd7zXZ\0\0\x04"[..], "xz"),
        (b"BZh91AY&SY", "bzip2"),
        (b"\x04\x22\x4d\x18", "lz4"),
        (b"LZIP\x01", "lzip"),
    ] {
        let blob = [start, &noise()].concat();
        let media_type = format!("application/vnd.oci.image.layer.v1.tar+{name}");
        for image in [
            image().layer_blob(&blob, &sha256(b"plain")),
            image().layer_blob(&blob, &sha256(b"plain")).media_type(&media_type),
        ] {
            for error in failures(&image) {
                assert!(error.starts_with("layer 2 (`sha256:"), "{error}");
                let words =
                    format!("it is compressed with {name}, which is not supported; gzip and zstd are");
                assert!(error.ends_with(&words), "{error}");
            }
        }
        let archive = [start, &noise()].concat();
        let error = failure(&archive);
        assert!(error.contains(&format!("not a container image: it is compressed with {name}")), "{error}");
    }
}

#[test]
fn layer_that_is_not_a_tar_is_an_error_with_its_media_type() {
    let media_type = "application/vnd.example.squashfs";
    let image = image().layer_blob(noise(), &sha256(b"")).media_type(media_type);
    for error in failures(&image) {
        assert!(error.ends_with(&format!("(its media type is `{media_type}`)")), "{error}");
    }
    let statement =
        self::image().layer_blob(b"{}", &sha256(b"{}")).media_type("application/vnd.in-toto+json");
    for error in failures(&statement) {
        assert!(
            error.contains("it looks like JSON, its media type is `application/vnd.in-toto+json`"),
            "{error}"
        );
    }
}

fn windows(media_types: MediaTypes) -> Image {
    Image::new()
        .media_types(media_types)
        .layer(Layer::new().file("Files/Windows/System32/ntdll.dll", "1").file("Hives/System_Base", "2"))
        .layer(Layer::new().file("Files/app.exe", "3").file("Hives/Software_Delta", "4"))
        .platform("windows", "amd64", None)
        .foreign_layer(0)
}

#[test]
fn missing_foreign_layer_is_an_error_with_its_url() {
    for media_types in [MediaTypes::Oci, MediaTypes::Docker] {
        let image = windows(media_types);
        let mut archive = image.oci_archive(Compression::Gzip);
        assert_eq!(seen(&archive.to_tar()).stored(), 4, "it is read where it is there");
        archive.remove(&layer_path(&image, Compression::Gzip, 0));
        for bytes in [archive.to_tar(), outer(&archive.to_tar(), Compression::Gzip)] {
            let error = read(&bytes).unwrap_err();
            let text = error.to_string();
            assert!(text.starts_with("layer 0 (`sha256:"), "{text}");
            let words =
                "is a foreign layer, kept at `https://layers.invalid/base`, and is not in the archive";
            assert!(text.ends_with(words), "{text}");
            assert!(error.hint().unwrap().contains("Windows"));
        }
    }
}

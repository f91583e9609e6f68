//! Archives and layers that broke other tools; `traps_documents.rs` has documents.
//!
//! | trap | what happens |
//! |---|---|
//! | archive cut at any block | right numbers, or an error that names archive, layer or document |
//! | compressed archive cut at any byte | the same |
//! | layer cut at any block or byte | an error that names the layer, or a warning about its end |
//! | trailing garbage | right numbers; a warning where it follows a layer |
//! | missing end-of-archive blocks, last file not padded (umoci) | right numbers and a warning |
//! | zero-length file | an error; zero-length blob: an empty layer and a warning |
//! | gzip members, zstd frames, eStargz, zstd:chunked | read to the end (see also `formats.rs`) |
//! | links between layers, member order | irrelevant; circular links are missing layers |
//! | foreign layers | read if present, else an error that names them |
//! | Windows layers | read as they are, `Files/` and `Hives/` |
//! | directory, pipe, device, unreadable file, text, `docker export` | an error that says so |
//!
//! Bombs are in `bombs.rs`, because they need a process of their own.

use crate::common;
use std::fs;

use crate::common::{
    Seen, assert_numbers, chain, every_way, expected, failure, image, layer_path, no_way, oci, one, read,
    read_path, read_with, seen, verified,
};
use dockopt_image::ReadOptions;
use dockopt_testkit::{
    Archive, Compression, Content, Duplicates, Image, Layer, Legacy, MediaTypes, Order, RawEntry, compress,
    compressed_tar, docker_legacy, outer, sha256, truncations,
};
use serde_json::json;
use tempfile::TempDir;

// Broken archives

#[test]
fn truncated_archive_is_right_or_an_error_that_names_the_missing_part() {
    let expected = expected();
    let manifest_first = Legacy { order: Order::ManifestFirst, ..Legacy::default() };
    let archives = [
        image().docker_legacy(),
        docker_legacy(&[image()], manifest_first),
        image().docker_25(),
        image().docker_29(),
        oci(),
    ];
    for archive in archives {
        let tar = archive.to_tar();
        for cut in truncations(&tar) {
            for bytes in [cut.to_vec(), outer(cut, Compression::Gzip)] {
                match read(&bytes) {
                    Ok(image) => assert_numbers(&Seen::of(&image), &expected, "cut"),
                    Err(error) => assert_names_an_object(&chain(&error)),
                }
            }
        }
        let whole = &tar[..tar.len() - 1024];
        assert_eq!(seen(whole), expected, "nothing but the end is missing");
    }
}

fn assert_names_an_object(error: &str) {
    let names = ["image.tar", "layer 0", "layer 1", "sha256", "manifest", "json"];
    assert!(names.iter().any(|name| error.contains(name)), "{error}");
}

#[test]
fn archive_truncated_within_a_layer_is_an_error_with_offset() {
    let mut archive = oci();
    let path = layer_path(&image(), Compression::Plain, 1);
    archive.move_to_end(&path);
    let tar = archive.to_tar();
    let error = failure(&tar[..tar.len() - 1024 - 700]);
    assert!(error.contains("image.tar` is broken"), "{error}");
    assert!(error.contains("tar header at offset"), "{error}");
    assert!(error.contains(&path), "{error}");
    assert!(error.contains("ends early, 700 bytes are missing"), "{error}");
}

#[test]
fn truncated_compressed_archive_is_right_or_an_error() {
    let expected = expected();
    let tar = image().docker_25().to_tar();
    for compression in [
        Compression::Gzip,
        Compression::GzipMembers(3),
        Compression::Zstd,
        Compression::ZstdSkippableFirst(3),
    ] {
        let whole = outer(&tar, compression);
        for end in (0..whole.len()).step_by(7) {
            match read(&whole[..end]) {
                Ok(image) => assert_numbers(&Seen::of(&image), &expected, "cut"),
                Err(error) => assert_names_an_object(&chain(&error)),
            }
        }
        let error = failure(&whole[..whole.len() / 2]);
        assert!(error.contains("image.tar"), "{compression:?}: {error}");
    }
}

#[test]
fn truncated_layer_is_an_error_or_a_warning_that_names_it() {
    let expected = expected();
    for compression in [
        Compression::Plain,
        Compression::Gzip,
        Compression::GzipMembers(3),
        Compression::Zstd,
        Compression::ZstdChunked,
        Compression::EStargz,
        Compression::EStargzLossless,
    ] {
        let image = image();
        let archive = image.oci_archive(compression);
        let path = layer_path(&image, compression, 1);
        let length = archive.get(&path).len();
        let step = if compression == Compression::Plain { 128 } else { 5 };
        for end in (0..length).step_by(step) {
            let tar = archive.clone().truncate(&path, end).to_tar();
            for bytes in [tar.clone(), outer(&tar, Compression::Zstd)] {
                match read(&bytes) {
                    Ok(image) => {
                        let found = Seen::of(&image);
                        let at = format!("{compression:?} cut to {end} of {length}");
                        assert!(found.warns("layer 1: blob has"), "{at}: {:?}", found.warnings);
                        if !found.warns("layer 1: tar has no end-of-archive block") {
                            assert_numbers(&found, &expected, &at);
                        }
                    }
                    Err(error) => {
                        let error = chain(&error);
                        let names_it = error.contains("layer 1") || error.contains("used as a layer");
                        assert!(names_it, "{error}");
                    }
                }
            }
        }
    }
}

#[test]
fn truncated_compressed_layer_is_an_error_with_offset() {
    let noise: Vec<u8> = (0..100_000_u32).flat_map(|at| (at.wrapping_mul(at)).to_le_bytes()).collect();
    let image = one(Layer::new().file("before", "1").file("noise", noise));
    for compression in [Compression::Gzip, Compression::Zstd, Compression::ZstdFrames(3)] {
        let mut archive = image.oci_archive(compression);
        let path = layer_path(&image, compression, 0);
        let half = archive.get(&path).len() / 2;
        archive.truncate(&path, half);
        let error = failure(&archive.to_tar());
        assert!(error.contains("layer 0 (`sha256:"), "{error}");
        assert!(error.contains("offset 1024 (at or after `noise`)"), "{error}");
        assert!(error.contains("cannot be read: "), "{error}");
    }
}

#[test]
fn damaged_compressed_layer_is_an_error_that_names_it() {
    for compression in [Compression::Gzip, Compression::Zstd, Compression::ZstdChunked] {
        let image = image();
        let path = layer_path(&image, compression, 0);
        let length = image.oci_archive(compression).get(&path).len();
        for at in (0..length).step_by(3) {
            let mut archive = image.oci_archive(compression);
            archive.edit(&path, |bytes| bytes[at] ^= 0x55);
            match read_with(&archive.to_tar(), &verified()) {
                Ok(_) => panic!("{compression:?}: byte {at} is not what it was"),
                Err(error) => assert!(chain(&error).contains("layer 0"), "{}", chain(&error)),
            }
            if let Err(error) = read(&archive.to_tar()) {
                assert!(chain(&error).contains("layer 0"), "{}", chain(&error));
            }
        }
    }
}

#[test]
fn garbage_after_an_archive_is_ignored() {
    let expected = expected();
    let tar = image().docker_25().to_tar();
    let garbage = [&tar[..], &b"garbage".repeat(1000)].concat();
    assert_eq!(seen(&garbage), expected);
    assert_eq!(seen(&outer(&garbage, Compression::Gzip)), expected);
    for compression in [Compression::Gzip, Compression::Zstd] {
        let garbage = [outer(&tar, compression), b"garbage".repeat(1000)].concat();
        assert_eq!(seen(&garbage), expected, "{compression:?}");
        let zeros = [outer(&tar, compression), vec![0; 5000]].concat();
        assert_eq!(seen(&zeros), expected, "{compression:?}");
    }
}

#[test]
fn garbage_after_a_layer_is_a_warning() {
    let layer = || Layer::new().file("f", "content");
    let seen = every_way(&one(layer().trailing(b"garbage".repeat(1000))));
    assert_eq!(seen.stored(), 7);
    assert_eq!(seen.warnings, ["layer 0: 7000 bytes that are not zero follow the end of the tar"]);
    let padded = every_way(&one(layer().trailing([0; 10240])));
    assert_eq!(padded.warnings, [""; 0], "tar pads to whole records");
    let tar = layer().into_tar();
    for compression in [Compression::Gzip, Compression::Zstd] {
        for garbage in [&b"garbage"[..], &[0; 100]] {
            let blob = [&compress(&tar, compression)[..], garbage].concat();
            let archive = Image::new().layer_blob(blob, &sha256(&tar)).docker_legacy();
            let seen = common::seen(&archive.to_tar());
            assert_eq!(seen.stored(), 7);
            assert!(
                seen.warns("layer 0: bytes that are not compressed data follow the compressed tar")
                    || seen.warns("layer 0: the compressed data is cut off after the end of the tar"),
                "{compression:?}: {:?}",
                seen.warnings
            );
        }
    }
}

#[test]
fn wrong_gzip_checksum_is_an_error() {
    let tar = Layer::new().file("f", "content").into_tar();
    let mut blob = compress(&tar, Compression::Gzip);
    let crc = blob.len() - 8;
    blob[crc] ^= 1;
    let archive = Image::new().layer_blob(blob, &sha256(&tar)).oci_archive(Compression::Plain);
    let error = failure(&archive.to_tar());
    assert!(error.contains("layer 0") && error.contains("checksum"), "{error}");
}

#[test]
fn missing_end_blocks_are_a_warning() {
    let seen = every_way(&one(Layer::new().file("f", "content").without_end()));
    assert_eq!(seen.size("f"), Some(7));
    assert_eq!(seen.warnings, ["layer 0: tar has no end-of-archive block after 1024 bytes"]);
    let one_block = Layer::new().file("f", "content").without_end().trailing([0; 512]);
    assert_eq!(every_way(&one(one_block)).warnings, [""; 0], "one block is enough");
}

#[test]
fn last_file_without_padding_is_read() {
    let header = RawEntry::new(b'0', "last").size(700).header();
    let layer = Layer::new().file("f", "1").raw_bytes(header).raw_bytes([7; 700]);
    let seen = every_way(&one(layer.without_end()));
    assert_eq!((seen.size("f"), seen.size("last")), (Some(1), Some(700)));
    assert_eq!(seen.warnings, ["layer 0: tar has no end-of-archive block after 2236 bytes"]);
}

#[test]
fn layers_written_by_umoci_are_read() {
    let layout = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/hello.umoci");
    let image = read_path(layout.as_ref(), &verified()).unwrap_or_else(|error| panic!("{}", chain(&error)));
    let found = Seen::of(&image);
    let truth = fs::read_to_string(format!("{layout}.truth.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&truth).unwrap();
    assert_eq!(json!(found.live()), truth["liveBytes"]);
    assert_eq!(json!(found.files.len()), truth["files"]);
    assert!(found.warns("no end-of-archive block"), "{:?}", found.warnings);
}

#[test]
fn empty_file_is_not_an_image() {
    let error = failure(b"");
    assert!(error.ends_with("image.tar` is not a container image: it is empty"), "{error}");
    for compression in [Compression::Gzip, Compression::Zstd] {
        let error = failure(&outer(b"", compression));
        assert!(error.contains("it is an empty archive"), "{error}");
    }
    let error = failure(&[0; 10240]);
    assert!(error.contains("it is an empty archive"), "{error}");
}

#[test]
fn empty_blob_is_an_empty_layer() {
    let image = image().layer_blob(b"", &sha256(b""));
    let seen = every_way(&image);
    assert_eq!((seen.stored(), seen.live()), (9, 7));
    assert_eq!(seen.warnings, ["layer 2: tar has no end-of-archive block after 0 bytes"]);
}

#[test]
fn layer_that_is_not_a_tar_is_an_error_that_says_what_it_is() {
    let cases: [(&[u8], &str); 6] = [
        (b"{\"a\": 1}", "JSON"),
        (b"\xfd7zXZ\0 and more", "xz"),
        (b"BZh91AY&SY", "bzip2"),
        (b"PK\x03\x04", "not a tar"),
        (b"x", "not a tar"),
        (&[b'x'; 2000], "not a tar"),
    ];
    for (blob, word) in cases {
        let archive = image().layer_blob(blob, &sha256(blob)).oci_archive(Compression::Gzip);
        let error = failure(&archive.to_tar());
        assert!(error.contains("layer 2 (`sha256:") && error.contains(word), "{error}");
        let error = failure(&outer(&archive.to_tar(), Compression::Gzip));
        assert!(error.contains(&sha256(blob)), "{error}");
    }
    let text = compress(b"no tar at all", Compression::Gzip);
    no_way(&Image::new().layer_blob(text, &sha256(b"")), &["layer 0", "offset 0"]);
}

// Layers

#[test]
fn circular_links_are_missing_layers() {
    let mut archive = image().docker_legacy();
    let paths = archive.get_json("manifest.json")[0]["Layers"].clone();
    let path = paths[0].as_str().unwrap();
    for link in [
        Content::Symlink("layer.tar".to_owned()),
        Content::HardLink(path.to_owned()),
        Content::Symlink("../nothing".to_owned()),
    ] {
        let tar = archive.replace_member(path, link).to_tar();
        for bytes in [tar.clone(), outer(&tar, Compression::Gzip)] {
            let error = failure(&bytes);
            assert_eq!(error, format!("layer 0 (`{path}`) is not in the archive"));
        }
    }
}

#[test]
fn repeated_layer_is_two_layers() {
    let layer = || Layer::new().file("f", "12345");
    for duplicates in [Duplicates::Copies, Duplicates::Symlinks, Duplicates::HardLinks] {
        let image = one(layer()).layer(Layer::new().whiteout("f")).layer(layer());
        let options = Legacy { duplicates, ..Legacy::default() };
        let tar = docker_legacy(&[image], options).to_tar();
        for bytes in [tar.clone(), outer(&tar, Compression::Gzip)] {
            let found = seen(&bytes);
            assert_eq!((found.stored(), found.live()), (10, 5));
            assert_eq!(found.causes(), [("/f".to_owned(), "deleted".to_owned())]);
        }
    }
}

#[test]
fn order_of_members_is_irrelevant() {
    let expected = expected();
    for archive in [
        image().docker_legacy(),
        image().docker_25(),
        image().docker_29(),
        image().kaniko(),
        image().podman(),
    ] {
        let mut archive = archive;
        for _ in 0..archive.members().len() {
            let first = archive.names()[0].to_owned();
            let tar = archive.move_to_end(&first).to_tar();
            assert_eq!(seen(&tar), expected);
            assert_eq!(seen(&outer(&tar, Compression::Zstd)), expected);
        }
        assert_eq!(seen(&archive.reverse().to_tar()), expected);
    }
}

#[test]
fn last_member_of_a_name_counts() {
    let mut archive = Archive::new();
    archive.insert("manifest.json", "[]").merge(&Archive::new());
    for member in image().docker_legacy().members() {
        archive.insert_member(&member.name, member.content.clone());
    }
    for bytes in [archive.to_tar(), outer(&archive.to_tar(), Compression::Gzip)] {
        assert_eq!(seen(&bytes), expected());
    }
}

#[test]
fn foreign_layers_are_read_if_present() {
    for media_types in [MediaTypes::Oci, MediaTypes::Docker] {
        let image = image().media_types(media_types).foreign_layer(0);
        let mut archive = image.oci_archive(Compression::Gzip);
        assert_eq!(seen(&archive.to_tar()), expected());
        let path = layer_path(&image, Compression::Gzip, 0);
        let error = failure(&archive.remove(&path).to_tar());
        assert!(error.starts_with("layer 0 (`sha256:"), "{error}");
        assert!(error.ends_with("is not in the archive"), "{error}");
    }
}

#[test]
fn windows_layers_are_read_as_they_are() {
    let image = Image::new()
        .layer(
            Layer::new()
                .dir("Files")
                .file("Files/Windows/notepad.exe", "12345")
                .file("Hives/System_Delta", "123")
                .pax(&[("MSWINDOWS.fileattr", "32"), ("MSWINDOWS.rawsd", "AQAU")])
                .file("Files/C:/x", "1"),
        )
        .layer(Layer::new().whiteout("Files/Windows/notepad.exe"))
        .platform("windows", "amd64", None);
    let found = every_way(&image);
    assert_eq!(found.names(), ["Files/C:/x", "Hives/System_Delta"]);
    assert_eq!((found.stored(), found.live()), (9, 4));
}

#[test]
fn estargz_adds_no_files_to_the_image() {
    for compression in [Compression::EStargz, Compression::EStargzLossless, Compression::StargzLossless] {
        let tar = image().oci_archive(compression).to_tar();
        assert_eq!(Seen::of(&read_with(&tar, &verified()).unwrap()), expected(), "{compression:?}");
    }
    // The table of contents stays after the tar when a layer is unpacked.
    let unpacked = compressed_tar(&Layer::new().file("f", "12").into_tar(), Compression::EStargzLossless);
    let found = every_way(&Image::new().layer_tar(unpacked));
    assert_eq!((found.stored(), found.warnings.len()), (2, 0));
    // A file with that name elsewhere is an ordinary file.
    let layer = Layer::new().file("srv/stargz.index.json", "{}");
    assert_eq!(every_way(&one(layer)).stored(), 2);
}

// Input that is not an image

#[test]
fn error_says_what_a_file_is_instead_of_an_image() {
    let cases: [(&[u8], &str); 7] = [
        (b"#!/bin/sh\necho hello\n", "it is not a tar archive"),
        (b"{\"schemaVersion\": 2}", "it is JSON"),
        (b"\xfd7zXZ\0\0", "compressed with xz"),
        (b"BZh91AY&SY", "compressed with bzip2"),
        (b"\x7fELF\x02\x01", "it is not a tar archive"),
        (&[0xff; 4096], "it is not a tar archive"),
        (b"\0", "it is not a tar archive"),
    ];
    for (bytes, words) in cases {
        let error = failure(bytes);
        assert!(error.contains("image.tar` is not a container image: "), "{error}");
        assert!(error.contains(words), "{error}");
    }
    let text = failure(&outer(b"compressed text, and no tar", Compression::Gzip));
    assert!(text.contains("image.tar"), "{text}");
}

#[test]
fn error_says_what_a_tar_is_instead_of_an_image() {
    let export = Layer::new()
        .dir("bin")
        .dir("etc")
        .file("etc/passwd", "root")
        .file("usr/bin/env", "")
        .dir("usr")
        .into_tar();
    let source = Layer::new().file("src/main.rs", "fn main() {}").into_tar();
    let bundle = Layer::new().dir("rootfs").file("config.json", "{}").into_tar();
    for (tar, words) in [
        (&export, "`docker export`"),
        (&source, "neither a manifest.json nor an index.json"),
        (&bundle, "unpacked container"),
    ] {
        for bytes in [tar.clone(), outer(tar, Compression::Gzip), outer(tar, Compression::Zstd)] {
            let error = failure(&bytes);
            assert!(error.contains("image.tar` is not a container image: "), "{error}");
            assert!(error.contains(words), "{error}");
        }
    }
}

#[test]
fn error_says_what_a_directory_is_instead_of_an_image() {
    let directory = TempDir::new().unwrap();
    let error = |path| chain(&read_path(path, &ReadOptions::default()).unwrap_err());
    let text = error(directory.path());
    assert!(text.contains(directory.path().to_str().unwrap()), "{text}");
    assert!(text.contains("neither an index.json nor a manifest.json"), "{text}");
    fs::create_dir_all(directory.path().join("blobs/sha256")).unwrap();
    assert!(error(directory.path()).contains("it has blobs, but"));
    for name in ["etc", "usr"] {
        fs::create_dir(directory.path().join(name)).unwrap();
    }
    assert!(error(directory.path()).contains("root filesystem"));
    fs::create_dir(directory.path().join("index.json")).unwrap();
    assert!(error(directory.path()).contains("root filesystem"), "a directory is no document");
}

#[test]
fn documents_cannot_refer_outside_the_directory() {
    let directory = TempDir::new().unwrap();
    let root = directory.path().join("image");
    image().docker_legacy().write_dir(&root).unwrap();
    fs::write(directory.path().join("secret"), Layer::new().file("secret", "1").into_tar()).unwrap();
    let manifest = fs::read_to_string(root.join("manifest.json")).unwrap();
    let absolute = directory.path().join("secret");
    for path in ["../secret", "./../secret", absolute.to_str().unwrap()] {
        let mut document: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        document[0]["Layers"][0] = json!(path);
        fs::write(root.join("manifest.json"), document.to_string()).unwrap();
        let error = read_path(&root, &ReadOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), format!("layer 0 (`{path}`) is not in the directory"));
    }
}

#[test]
fn error_names_a_missing_file() {
    for text in ["no-such.tar", "docker-archive:no-such.tar", "oci:no-such-directory"] {
        let error = common::read_reference(text, &ReadOptions::default()).unwrap_err();
        assert!(chain(&error).contains("no-such"), "{}", chain(&error));
    }
}

#[cfg(unix)]
#[test]
fn error_mentions_a_device() {
    let error = read_path("/dev/null".as_ref(), &ReadOptions::default()).unwrap_err();
    assert_eq!(chain(&error), "`/dev/null` is not a container image: it is a device");
}

#[cfg(target_os = "linux")]
#[test]
fn error_names_an_unreadable_file() {
    // Even root cannot read the first page of its own memory.
    let error = read_path("/proc/self/mem".as_ref(), &ReadOptions::default()).unwrap_err();
    assert!(chain(&error).starts_with("cannot read `/proc/self/mem`: "), "{}", chain(&error));
}

#[cfg(unix)]
#[test]
fn named_pipe_is_read_as_a_stream() {
    use crate::common::read_fifo;
    let expected = expected();
    for archive in [image().docker_legacy(), image().docker_29(), oci()] {
        let tar = archive.to_tar();
        for bytes in [tar.clone(), outer(&tar, Compression::Gzip), outer(&tar, Compression::Zstd)] {
            for options in [ReadOptions::default(), verified()] {
                assert_eq!(Seen::of(&read_fifo(&bytes, &options).unwrap()), expected);
            }
        }
        let cut = chain(&read_fifo(&tar[..700], &ReadOptions::default()).unwrap_err());
        assert!(cut.contains("/pipe` is broken") && cut.contains("offset"), "{cut}");
    }
    for (bytes, words) in [
        (&b""[..], "it is empty"),
        (b"text", "it is not a tar archive"),
        (&[0; 1024], "it is an empty archive"),
    ] {
        let error = chain(&read_fifo(bytes, &ReadOptions::default()).unwrap_err());
        assert!(error.contains("/pipe` is not a container image"), "{error}");
        assert!(error.contains(words), "{error}");
    }
}

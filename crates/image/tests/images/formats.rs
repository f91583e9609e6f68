//! One image in every format: its numbers do not depend on storage, source, verification or
//! threads.

use crate::common;
use crate::common::{Seen, chain, read_path, read_with};
use dockopt_core::cause::Cause;
use dockopt_core::image::SourceKind;
use dockopt_core::tree::FinalFile;
use dockopt_image::ReadOptions;
use dockopt_testkit::{
    Archive, Compression, Duplicates, Image, Layer, Legacy, Meta, Order, docker_legacy, outer,
};
use tempfile::TempDir;

/// An image with every cause of waste, links, and a repeated layer.
fn image() -> Image {
    let twice = || Layer::new().file("twice", "again");
    Image::new()
        .layer(
            Layer::new()
                .dir("app")
                .file("app/gone", "1".repeat(100))
                .file("app/same", "2".repeat(200))
                .file("app/owned", "3".repeat(300))
                .file("app/other", "4".repeat(400))
                .file("dir/hidden", "5".repeat(500))
                .file("typed", "6".repeat(600))
                .hard_link("app/link", "app/gone")
                .symlink("lib", "usr/lib")
                .file("lib/größe 日本", "7".repeat(70_000)),
        )
        .layer(twice())
        .history("ENV a=1", true)
        .layer(
            Layer::new()
                .whiteout("app/gone")
                .whiteout("app/link")
                .file("app/same", "2".repeat(200))
                .file_with("app/owned", "3".repeat(300), Meta::new().owner(7, 7))
                .file("app/other", "x".repeat(400))
                .opaque("dir")
                .file("dir/new", "8".repeat(80))
                .symlink("typed", "app"),
        )
        .layer(twice())
        .layer(Layer::new())
        .tag("example:1.0")
}

/// Returns archives of all formats, with their names.
fn archives() -> Vec<(String, Archive)> {
    let image = image();
    let mut all = vec![
        ("docker 25".to_owned(), image.docker_25()),
        ("docker 29".to_owned(), image.docker_29()),
        ("kaniko".to_owned(), image.kaniko()),
        ("podman".to_owned(), image.podman()),
    ];
    for duplicates in [Duplicates::Copies, Duplicates::Symlinks, Duplicates::HardLinks] {
        for order in [Order::LayersFirst, Order::ManifestFirst] {
            let legacy = docker_legacy(std::slice::from_ref(&image), Legacy { duplicates, order });
            all.push((format!("docker legacy, {duplicates:?}, {order:?}"), legacy));
        }
    }
    for compression in Compression::ALL {
        all.push((format!("oci {compression:?}"), image.oci_archive(compression)));
    }
    all
}

/// Every combination of threads and verification.
fn options() -> Vec<ReadOptions> {
    let mut all = Vec::new();
    for threads in [None, Some(1), Some(2)] {
        for verify in [false, true] {
            all.push(ReadOptions { threads, verify, ..ReadOptions::default() });
        }
    }
    all
}

/// The numbers of [`image`], read from a plain archive.
fn expected() -> Seen {
    let seen = common::seen(&image().docker_legacy().to_tar());
    assert_eq!((seen.stored(), seen.live()), (73_090, 70_985));
    let mut causes: Vec<Cause> = seen.ledger.waste.iter().map(|row| row.cause).collect();
    causes.sort_unstable();
    let twice = [
        Cause::Deleted,
        Cause::Opaque,
        Cause::Replaced,
        Cause::Overwritten,
        Cause::Metadata,
        Cause::Identical,
        Cause::Identical,
    ];
    assert_eq!(causes, twice);
    assert_eq!(seen.warnings, [""; 0]);
    seen
}

#[test]
fn archives_yield_the_same_numbers() {
    let expected = expected();
    for (name, archive) in archives() {
        let tar = archive.to_tar();
        for options in options() {
            let image = read_with(&tar, &options).unwrap_or_else(|error| panic!("{name}: {}", chain(&error)));
            assert_eq!(Seen::of(&image), expected, "{name}, {options:?}");
        }
    }
}

#[test]
fn compressed_archives_yield_the_same_numbers() {
    let expected = expected();
    for (name, archive) in archives() {
        let tar = archive.to_tar();
        for compression in [
            Compression::Gzip,
            Compression::GzipMembers(3),
            Compression::Zstd,
            Compression::ZstdFrames(3),
            Compression::ZstdSkippableFirst(3),
        ] {
            let bytes = outer(&tar, compression);
            for options in options() {
                let image = read_with(&bytes, &options)
                    .unwrap_or_else(|error| panic!("{name} in {compression:?}: {}", chain(&error)));
                assert_eq!(Seen::of(&image), expected, "{name} in {compression:?}, {options:?}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn piped_archives_yield_the_same_numbers() {
    let expected = expected();
    for (name, archive) in archives() {
        let tar = archive.to_tar();
        for bytes in [tar.clone(), outer(&tar, Compression::Gzip)] {
            for options in options() {
                let image = common::read_fifo(&bytes, &options)
                    .unwrap_or_else(|error| panic!("{name}: {}", chain(&error)));
                assert_eq!(Seen::of(&image), expected, "{name}, {options:?}");
            }
        }
    }
}

#[test]
fn directories_yield_the_same_numbers() {
    let expected = expected();
    for (name, archive) in archives() {
        let directory = TempDir::new().unwrap();
        archive.write_dir(directory.path()).unwrap();
        for options in options() {
            let image = read_path(directory.path(), &options)
                .unwrap_or_else(|error| panic!("{name}: {}", chain(&error)));
            assert_eq!(Seen::of(&image), expected, "{name}, {options:?}");
        }
    }
}

#[test]
fn explicit_format_is_read() {
    let expected = expected();
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("image.tar");
    for (archive, schemes) in [
        (image().docker_25(), &["docker-archive", "oci-archive"][..]),
        (image().docker_legacy(), &["docker-archive"]),
        (image().oci_archive(Compression::Zstd), &["oci-archive"]),
    ] {
        for bytes in [archive.to_tar(), outer(&archive.to_tar(), Compression::Gzip)] {
            std::fs::write(&path, bytes).unwrap();
            for scheme in schemes {
                let text = format!("{scheme}:{}", path.display());
                let image = common::read_reference(&text, &ReadOptions::default()).unwrap();
                assert_eq!(Seen::of(&image), expected, "{scheme}");
                assert_eq!(image.info.source.map(SourceKind::name), Some(*scheme));
            }
        }
    }
    let layout = directory.path().join("layout");
    image().oci_layout(Compression::Gzip).write_dir(&layout).unwrap();
    let text = format!("oci:{}:example:1.0", layout.display());
    let image = common::read_reference(&text, &ReadOptions::default()).unwrap();
    assert_eq!(Seen::of(&image), expected);
}

#[test]
fn archive_of_another_format_than_requested_is_rejected() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("image.tar");
    for (archive, scheme) in
        [(image().docker_legacy(), "oci-archive"), (image().oci_archive(Compression::Gzip), "docker-archive")]
    {
        std::fs::write(&path, archive.to_tar()).unwrap();
        let text = format!("{scheme}:{}", path.display());
        let error = common::read_reference(&text, &ReadOptions::default()).unwrap_err();
        assert!(chain(&error).contains("is not a container image"), "{}", chain(&error));
    }
}

#[test]
fn blob_sizes_are_known_in_every_format() {
    for (name, archive) in archives() {
        let tar = archive.to_tar();
        let plain = read_with(&tar, &ReadOptions::default()).unwrap().info;
        let streamed = read_with(&outer(&tar, Compression::Zstd), &ReadOptions::default()).unwrap().info;
        assert_eq!(plain.layers.len(), 5, "{name}");
        assert_eq!(plain.transfer(), streamed.transfer(), "{name}");
        assert!(plain.transfer().is_some_and(|bytes| bytes > 0), "{name}");
        assert_eq!(plain.layers, streamed.layers, "{name}");
        assert_eq!(plain.id, streamed.id, "{name}");
    }
}

/// The hash of each file's content, by path. Compressed layers are decoded, so that all have one.
fn hashes(image: &dockopt_image::Image) -> Vec<(String, Option<u128>)> {
    let hash = |file: FinalFile| (file.path.to_text(), image.tree.content_hash(file.inode));
    let mut hashes: Vec<_> = image.tree.final_files().map(hash).collect();
    hashes.sort();
    hashes
}

#[test]
fn content_hashes_of_two_images_compare_under_one_seed() {
    let layer = || Layer::new().file("a", "first").file("b", "second");
    let archive = |layer| Image::new().layer(layer).oci_archive(Compression::Gzip).to_tar();
    let (old, new) = (archive(layer()), archive(layer().file("b", "SECOND").file("c", "first")));
    let options = ReadOptions::default();
    let (old, new) = (read_with(&old, &options).unwrap(), read_with(&new, &options).unwrap());
    let [(_, a), (_, b)] = &hashes(&old)[..] else { panic!("two files") };
    let [(_, new_a), (_, new_b), (_, new_c)] = &hashes(&new)[..] else { panic!("three files") };
    assert!(a.is_some() && b.is_some());
    assert_eq!((new_a, new_c), (a, a));
    assert!(new_b.is_some() && new_b != b);
}

#[test]
fn content_hashes_differ_between_seeds() {
    let archive = Image::new().layer(Layer::new().file("a", "first")).oci_archive(Compression::Gzip).to_tar();
    let read = || hashes(&read_with(&archive, &ReadOptions::default()).unwrap());
    assert_ne!(read(), read());
}

//! `extract`: into directories, and as a tar.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use dockopt_testkit::{Compression, Image, Layer, Meta, SparseFile, SparseFormat};
use tar::{Archive, EntryType};
use tempfile::TempDir;

use super::oracle::{Member, Members, components, final_filesystem, inode, is_marker, layers, members};
use super::{argument, bytes, failure, forms, raw, saved, text};
use crate::run::{run, start, testdata};

/// Returns the members of a tar, with hard links resolved to their files.
fn without_links(tar: &[u8]) -> BTreeMap<super::oracle::Path, Member> {
    let written = members(tar, 0);
    let file = |member: &Member| match member.kind {
        'h' => written[&components(&member.data)].clone(),
        _ => member.clone(),
    };
    written.iter().map(|(path, member)| (path.clone(), file(member))).collect()
}

/// Returns the members that the oracle expects in the tar.
fn expected(seen: &Members, all: &[Members]) -> BTreeMap<super::oracle::Path, Member> {
    let file = |member: &Member| Member { layer: 0, ..inode(member, all).clone() };
    seen.iter().map(|(path, member)| (path.clone(), file(member))).collect()
}

#[test]
fn tar_of_every_form_is_the_final_filesystem_of_the_oracle() {
    let all = layers();
    let expected = expected(&final_filesystem(&all), &all);
    let tar = bytes(["extract", "hello.docker.tar", "/", "-o", "-"]);
    assert_eq!(without_links(&tar), expected);
    assert_eq!(tar.len() % 512, 0);
    assert_eq!(tar[tar.len() - 1024..], [0; 1024], "it has an end");
    for form in forms() {
        assert!(bytes(["extract", form, "/", "-o", "-"]) == tar, "{form}");
    }
    let archive = testdata("hello.oci-gzip.tar");
    let run = raw(["extract", "-", "/", "-o", "-"], Some(&archive));
    assert!(run.code == 0 && run.stdout == tar, "{}", run.stderr);
    // The engine's own export has the same counts.
    let truth: serde_json::Value =
        serde_json::from_slice(&fs::read(testdata("hello.truth.json")).expect("readable")).expect("JSON");
    let written = members(&tar, 0);
    let count = |kind| written.values().filter(|member| member.kind == kind).count();
    let live: usize = written.values().filter(|one| one.kind == 'f').map(|one| one.data.len()).sum();
    assert_eq!(
        serde_json::json!([live, count('f'), count('h')]),
        serde_json::json!([truth["liveBytes"], truth["files"], truth["links"]])
    );
}

#[test]
fn tar_of_a_layer_is_what_it_ships() {
    let all = layers();
    for (number, layer) in all.iter().enumerate() {
        let shipped: Members = layer
            .iter()
            .filter(|(path, _)| !is_marker(path))
            .map(|(path, one)| (path.clone(), one.clone()))
            .collect();
        let layer = number.to_string();
        let tar = bytes(["extract", "--layer", &layer, "hello.oci-gzip.tar", "/", "-o", "-"]);
        let mut found = without_links(&tar);
        // The tar also has the directories above what the layer ships.
        found.retain(|path, _| shipped.contains_key(path));
        assert_eq!(found, expected(&shipped, &all), "layer {number}");
    }
}

#[test]
fn selected_paths_keep_their_names() {
    let image = "hello.docker.tar";
    let tar = bytes(["extract", image, "/app/config.txt", "/srv", "3:/var/cache/pkg", "-o", "-"]);
    let names: Vec<String> = Archive::new(tar.as_slice())
        .entries()
        .expect("a tar")
        .map(|entry| String::from_utf8_lossy(&entry.expect("a member").path_bytes()).into_owned())
        .collect();
    assert_eq!(names[0], "config.txt");
    assert!(
        names.contains(&"srv/two".to_owned()) && names.contains(&"pkg/deep/er/archive".to_owned()),
        "{names:?}"
    );
    let error = failure(["extract", image, "/srv", "7:/srv", "-o", "-"]);
    assert!(error.starts_with("error: two of the paths have the name `srv`"), "{error}");
    assert_eq!(
        bytes(["extract", image, "/srv", "/srv", "-o", "-"]),
        bytes(["extract", image, "/srv/", "-o", "-"])
    );
}

/// An image with everything that does not fit into a directory or a header.
fn unusual() -> Layer {
    let long = "long/".repeat(40);
    let su = Meta::new().mode(0o6755).owner(3_000_000_000, 7).mtime(5).mtime_nanos(250_000_000);
    let ping = Meta::new().xattr("security.capability", b"\x01\0\0\x02=\xff").xattr("user.a", b"b");
    Layer::new()
        .file_with("su", "#!", su)
        .file_with("ping", "x", ping)
        .dir_with("labelled", Meta::new().xattr("user.directory", "d").mode(0o1777))
        .char_device("dev/null", 1, 3)
        .block_device("dev/sda", 8, 0)
        .fifo("dev/pipe")
        .file(format!("{long}deep"), "deep")
        .symlink("link", format!("/{long}deep"))
        .file(b"\xff\xfe", "raw")
        .file("größe", "utf-8")
        .sparse("disk", &SparseFile::new(9000).segment(4096, "data"), SparseFormat::Pax10)
}

#[test]
fn tar_keeps_owners_devices_and_special_modes() {
    let (_file, image) = saved(&Image::new().layer(unusual()));
    let found = members(&bytes(["extract", &image, "/", "-o", "-"]), 0);
    let at = |path: &[u8]| &found[&components(path)];
    let deep = format!("{}deep", "long/".repeat(40));
    assert_eq!((at(b"su").mode, at(b"su").owner), (0o6755, (3_000_000_000, 7)));
    assert_eq!(at(b"labelled").mode, 0o1777);
    assert_eq!(at(deep.as_bytes()).data, b"deep");
    assert_eq!(at(b"link").data, format!("/{deep}").as_bytes());
    assert_eq!(at(b"\xff\xfe").data, b"raw");
    assert_eq!(at("größe".as_bytes()).data, b"utf-8");
    assert_eq!((at(b"disk").data.len(), &at(b"disk").data[4096..4100]), (9000, &b"data"[..]));
}

#[test]
fn values_too_large_for_a_header_are_pax_records() {
    let (_file, image) = saved(&Image::new().layer(unusual()));
    let tar = bytes(["extract", &image, "/", "-o", "-"]);
    let mut seen = 0;
    for entry in Archive::new(tar.as_slice()).entries().expect("a tar") {
        let mut entry = entry.expect("a member");
        let mut records = Vec::new();
        for record in entry.pax_extensions().expect("records").into_iter().flatten() {
            let record = record.expect("a record");
            records.push((record.key_bytes().to_vec(), record.value_bytes().to_vec()));
        }
        let has = |key: &[u8], value: &[u8]| records.contains(&(key.to_vec(), value.to_vec()));
        let header = entry.header();
        let device = (header.device_major().expect("a number"), header.device_minor().expect("a number"));
        let kind = header.entry_type();
        match entry.path_bytes().as_ref() {
            b"su" => assert!(has(b"mtime", b"5.25") && has(b"uid", b"3000000000"), "{records:?}"),
            b"ping" => assert!(has(b"SCHILY.xattr.user.a", b"b") && records.len() == 2, "{records:?}"),
            b"labelled/" => assert!(has(b"SCHILY.xattr.user.directory", b"d"), "{records:?}"),
            b"dev/null" => assert_eq!((kind, device), (EntryType::Char, (Some(1), Some(3)))),
            b"dev/sda" => assert_eq!((kind, device), (EntryType::Block, (Some(8), Some(0)))),
            b"dev/pipe" => assert_eq!(kind, EntryType::Fifo),
            b"\xff\xfe" => assert!(has(b"hdrcharset", b"BINARY"), "{records:?}"),
            _ => continue,
        }
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn extracted_tar_is_an_equal_image() {
    let tar = bytes(["extract", "hello.docker.tar", "/", "-o", "-"]);
    let (_file, image) = saved(&Image::new().layer_tar(&tar));
    assert_eq!(bytes(["extract", &image, "/", "-o", "-"]), tar);
}

#[test]
fn extended_attributes_keep_every_byte() {
    let meta = |value: &[u8]| Meta::new().xattr("user.b", "2").xattr("user.a", value);
    let layer = |name: &str, value: &[u8]| {
        let layer = Layer::new().file("before", "x").dir_with(format!("{name}.d"), meta(value));
        layer.file_with(name, "x".repeat(3000), meta(value)).hard_link(format!("{name}.link"), name)
    };
    let values: [&[u8]; 2] = [b"line\nbreak=\n\xff", b"\0"];
    for compression in [Compression::Plain, Compression::Gzip] {
        let image = Image::new().layer(layer("one", values[0])).compressed_as(compression);
        let (_file, image) = saved(&image.layer(layer("two", values[1])).compressed_as(compression));
        let tar = bytes(["extract", &image, "/", "-o", "-"]);
        for value in values {
            let record = [b" SCHILY.xattr.user.a=", value, b"\n"].concat();
            let found = tar.windows(record.len()).filter(|window| *window == record).count();
            assert_eq!(found, 2, "of a directory and of a file");
        }
        let (_file, again) = saved(&Image::new().layer_tar(&tar));
        assert!(bytes(["extract", &again, "/", "-o", "-"]) == tar, "{compression:?}");
    }
}

#[test]
fn files_are_written_into_a_directory() {
    let place = TempDir::new().expect("a directory");
    let out = place.path().join("out").display().to_string();
    let image = "hello.docker.tar";
    assert_eq!(text(["extract", image, "/app/config.txt", "3:/var/cache/pkg", "/srv", "-o", &out]), "");
    let size = |path: &str| fs::symlink_metadata(Path::new(&out).join(path)).expect(path).len();
    assert_eq!((size("config.txt"), size("pkg/index"), size("pkg/deep/er/archive")), (1600, 5000, 2500));
    let error = failure(["extract", image, "/app/config.txt", "-o", &out]);
    assert!(error.contains("config.txt` exists") && error.contains("`--overwrite`"), "{error}");
    for option in ["--overwrite", "--force"] {
        assert_eq!(text(["extract", option, image, "1:/app/config.txt", "-o", &out]), "");
        assert_eq!(size("config.txt"), 1500);
    }
    assert_eq!(text(["extract", "--ghosts", "--overwrite", image, "/var/cache/pkg", "-o", &out]), "");
}

#[test]
fn hard_links_survive_across_selected_paths() {
    let layer = Layer::new().file("a/one", "1").hard_link("b/two", "a/one");
    let (_file, image) = saved(&Image::new().layer(layer));
    let place = TempDir::new().expect("a directory");
    let out = place.path().display().to_string();
    assert_eq!(text(["extract", &image, "/a", "/b", "-o", &out]), "");
    let inode = |path: &str| fs::metadata(place.path().join(path)).expect(path).ino();
    assert_eq!(inode("a/one"), inode("b/two"));
}

#[test]
fn nothing_is_written_if_one_path_is_wrong() {
    let place = TempDir::new().expect("a directory");
    let out = place.path().join("out").display().to_string();
    let image = "hello.docker.tar";
    for paths in [&["/app", "/no-such"][..], &["/app", "7:/var/cache/pkg"], &["/app/site", "5:/app/site"]] {
        failure(["extract", image, "-o", &out].into_iter().chain(paths.iter().copied()));
        assert!(!Path::new(&out).exists(), "{paths:?}");
    }
}

#[test]
fn link_in_the_destination_is_not_followed() {
    let place = TempDir::new().expect("a directory");
    fs::create_dir(place.path().join("outside")).expect("made");
    fs::create_dir(place.path().join("out")).expect("made");
    symlink(place.path().join("outside"), place.path().join("out/srv")).expect("made");
    let out = place.path().join("out").display().to_string();
    let error = failure(["extract", "hello.docker.tar", "/srv", "-o", &out]);
    assert!(error.contains("exists"), "{error}");
    assert_eq!(fs::read_dir(place.path().join("outside")).expect("there").count(), 0);
}

#[test]
fn skipped_entries_are_warnings() {
    let layer = Layer::new().char_device("dev/null", 1, 3).file_with("su", "x", Meta::new().mode(0o4755));
    let (_file, image) = saved(&Image::new().layer(layer));
    let place = TempDir::new().expect("a directory");
    let out = place.path().display().to_string();
    let run_quietly = run(["extract", "-q", "--overwrite", &image, "/", "-o", &out]);
    assert_eq!((run_quietly.code, run_quietly.stderr.as_str()), (0, ""));
    let run = run(["extract", "--overwrite", &image, "/", "-o", &out]);
    assert_eq!(run.code, 0);
    let expected =
        "warning: `/dev/null`: character devices are not extracted\nnote: 1 without setuid and setgid\n";
    assert_eq!(run.stderr, expected);
}

#[test]
fn filter_chooses_what_is_extracted() {
    let names = |tar: &[u8]| -> Vec<String> {
        let names = members(tar, 0).into_keys();
        names.map(|path| String::from_utf8_lossy(&super::oracle::rooted(&path)).into_owned()).collect()
    };
    let tar = bytes(["extract", "hello.docker.tar", "/", "--filter", "size>10k", "-o", "-"]);
    assert_eq!(names(&tar), ["/app", "/app/data.bin", "/bin", "/bin/op", "/srv", "/srv/data.link"]);
    let tar = bytes(["extract", "hello.docker.tar", "1:/", "--filter", "old.log", "-o", "-"]);
    assert_eq!(names(&tar), ["/app", "/app/old.log"]);
    let tar = bytes(["extract", "hello.docker.tar", "/", "--filter", "size>1G", "-o", "-"]);
    assert_eq!(tar, [0; 1024]);
    let error = failure(["extract", "hello.docker.tar", "/", "1:/app", "--filter", "log", "-o", "-"]);
    assert!(error.contains("`--filter` needs paths of one layer"), "{error}");
}

#[test]
fn hostile_names_stay_in_the_destination() {
    let layer = Layer::new()
        .file("../up", "1")
        .file("-rf", "2")
        .file(b"\xff\n\x1b", "3")
        .file("/abs", "4")
        .dir("a/../..");
    let (_file, image) = saved(&Image::new().layer(layer));
    let place = TempDir::new().expect("a directory");
    let out = place.path().join("out");
    assert_eq!(text(["extract", &image, "/", "-o", &out.display().to_string()]), "");
    let mut names: Vec<_> =
        fs::read_dir(&out).expect("there").map(|entry| entry.expect("an entry").file_name()).collect();
    names.sort();
    assert_eq!(names, [argument(b"-rf"), "abs".into(), "up".into(), argument(b"\xff\n\x1b")]);
    assert_eq!(fs::read_dir(place.path()).expect("there").count(), 1);
}

#[test]
fn closed_pipe_ends_the_tar() {
    let (_file, image) = saved(&Image::new().layer(Layer::new().file("big", vec![7; 8 << 20])));
    let mut child = start(["extract", &image, "/", "-o", "-"]);
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

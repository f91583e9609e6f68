//! Contents of files: bytes read equal those that the `tar` crate reads from the same layers, from
//! every kind of source.
//!
//! The layers are located without the code under test: every archive member and every file of a
//! directory is unpacked and identified by its digest. Sparse files are compared with the input of
//! the testkit, because the crate reads the PAX forms incorrectly.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has found something"
)]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::common::{Blind, browse, browse_path, browsing, layer_path, locate, one};
use dockopt_core::entry::EntryKind;
use dockopt_core::tree::{EntryId, Tree};
use dockopt_image::{ContentError, ContentReader, Contents, Opened, ReadOptions, open_image};
use dockopt_testkit::{Compression, Image, Layer, SparseFile, SparseFormat, outer, sha256};
use tempfile::TempDir;

// Locating contents without the code under test

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let readable = match bytes {
        [0x1f, 0x8b, ..] => flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut plain).is_ok(),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            zstd::Decoder::new(bytes).unwrap().read_to_end(&mut plain).is_ok()
        }
        _ => false,
    };
    if readable { plain } else { bytes.to_vec() }
}

/// All blobs of an archive or directory, unpacked, by digest.
fn blobs(path: &Path) -> HashMap<String, Vec<u8>> {
    let mut found = HashMap::new();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(blobs(&path));
            } else {
                let plain = unpacked(&fs::read(path).unwrap());
                found.insert(sha256(&plain), plain);
            }
        }
        return found;
    }
    let archive = unpacked(&fs::read(path).unwrap());
    for member in tar::Archive::new(&archive[..]).entries().unwrap() {
        let mut bytes = Vec::new();
        member.unwrap().read_to_end(&mut bytes).unwrap();
        let plain = unpacked(&bytes);
        found.insert(sha256(&plain), plain);
    }
    found
}

/// The regular files of a layer with their contents; hard links have those of their targets.
fn files_of(layer: &[u8]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut files = BTreeMap::new();
    // umoci does not pad the last file, which the crate treats as damage.
    let mut padded = layer.to_vec();
    padded.resize(layer.len().next_multiple_of(512), 0);
    for entry in tar::Archive::new(&padded[..]).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = clean(&entry.path_bytes());
        match entry.header().entry_type() {
            tar::EntryType::Regular => {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                files.insert(path, content);
            }
            tar::EntryType::Link => {
                let target = clean(&entry.link_name_bytes().unwrap());
                if let Some(content) = files.get(&target).cloned() {
                    files.insert(path, content);
                }
            }
            _ => {}
        }
    }
    let estargz: [&[u8]; 3] = [b"stargz.index.json", b".prefetch.landmark", b".no.prefetch.landmark"];
    let is_marker = |path: &[u8]| path.rsplit(|&byte| byte == b'/').next().unwrap().starts_with(b".wh.");
    files.retain(|path, _| !is_marker(path) && !estargz.contains(&&path[..]));
    files
}

fn clean(path: &[u8]) -> Vec<u8> {
    let start = path.strip_prefix(b"./").unwrap_or(path);
    start.strip_prefix(b"/").unwrap_or(start).to_vec()
}

// Reading with the code under test

/// Returns the entry of a layer at a path.
fn entry(tree: &Tree, layer: usize, path: &[u8]) -> Option<EntryId> {
    let visits = tree.visits(tree.find(path)?);
    visits.into_iter().filter(|visit| visit.layer == layer).find_map(|visit| visit.entry)
}

/// Reads the whole content in pieces of this size.
fn read_all(reader: &mut ContentReader, piece: usize) -> Result<Vec<u8>, ContentError> {
    let (mut content, mut buffer) = (Vec::new(), vec![0; piece]);
    loop {
        let read = reader.read_at(content.len() as u64, &mut buffer)?;
        if read == 0 {
            return Ok(content);
        }
        content.extend_from_slice(&buffer[..read]);
    }
}

fn content(opened: &Opened, layer: usize, path: &str) -> Result<Vec<u8>, ContentError> {
    let entry = entry(&opened.image.tree, layer, path.as_bytes()).expect("it is there");
    read_all(&mut opened.contents.open(&opened.image.tree, entry)?, 4096)
}

/// Compares all files of all layers; returns the number of files.
fn assert_contents(name: &str, opened: &Opened, blobs: &HashMap<String, Vec<u8>>) -> usize {
    let mut count = 0;
    for (layer, info) in opened.image.info.layers.iter().enumerate() {
        let tar = &blobs[info.diff_id.as_ref().unwrap()];
        for (path, expected) in files_of(tar) {
            let at = format!("{name}, layer {layer}, {}", path.escape_ascii());
            let entry = entry(&opened.image.tree, layer, &path).expect(&at);
            let mut reader = opened.contents.open(&opened.image.tree, entry).expect(&at);
            assert_eq!(reader.size(), expected.len() as u64, "{at}");
            assert_eq!(read_all(&mut reader, 1000).expect(&at), expected, "{at}");
            count += 1;
        }
    }
    count
}

fn testdata() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let is_image = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "tar" || extension == "gz")
            || path.join("index.json").exists()
    };
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(is_image).collect()
}

#[test]
fn files_of_real_images_equal_those_read_by_the_tar_crate() {
    let paths = testdata();
    assert!(paths.len() >= 12, "{paths:?}");
    for path in paths {
        let several = path.to_string_lossy().contains("two-images");
        let platforms = path.to_string_lossy().contains("platforms");
        let options = ReadOptions {
            image: several.then(|| "hello".to_owned()),
            platform: platforms.then(|| dockopt_image::parse_platform("linux/arm64/v8").unwrap()),
            ..browsing()
        };
        let located = locate(path.to_str().unwrap()).unwrap();
        let opened = open_image(&located, &options, &mut Blind).unwrap();
        let files = assert_contents(&path.display().to_string(), &opened, &blobs(&path));
        assert!(files >= if platforms { 1 } else { 25 }, "{files} files");
    }
}

#[test]
fn contents_are_the_same_from_every_source() {
    let long: Vec<u8> = (0..300_000_u32).flat_map(|at| at.wrapping_mul(at).to_le_bytes()).collect();
    let image = Image::new()
        .layer(Layer::new().file("long", &long).file("empty", "").hard_link("same", "long"))
        .layer(Layer::new().file("long", "short").file("z", "z".repeat(513)))
        .layer(Layer::new().file("long", &long));
    let directory = TempDir::new().unwrap();
    for compression in Compression::ALL {
        let tar = image.oci_archive(compression).to_tar();
        for (name, bytes) in [("plain", tar.clone()), ("gzip", outer(&tar, Compression::Gzip))] {
            let path = directory.path().join("image.tar");
            fs::write(&path, bytes).unwrap();
            let opened = browse_path(&path);
            let count = assert_contents(&format!("{compression:?}, {name}"), &opened, &blobs(&path));
            assert_eq!(count, 6);
        }
    }
}

#[test]
fn content_is_readable_at_any_offset_up_to_its_end() {
    let text: Vec<u8> = (0..100_000_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    for compression in [Compression::Plain, Compression::Gzip] {
        let image = one(Layer::new().file("before", "x").file("f", &text).file("after", "y"));
        let opened = browse(&image.oci_archive(compression).to_tar());
        let entry = entry(&opened.image.tree, 0, b"f").unwrap();
        let mut reader = opened.contents.open(&opened.image.tree, entry).unwrap();
        for (offset, length) in [(99_990, 20), (0, 1), (50_000, 251), (100_000, 9), (u64::MAX, 9), (7, 0)] {
            let mut buffer = vec![0; length];
            let read = reader.read_at(offset, &mut buffer).unwrap();
            let start = usize::try_from(offset).unwrap().min(text.len());
            assert_eq!(buffer[..read], text[start..text.len().min(start + length)], "{offset} {length}");
        }
    }
}

#[test]
fn only_regular_files_have_contents() {
    let layer = Layer::new()
        .dir("dir")
        .symlink("symlink", "f")
        .fifo("fifo")
        .char_device("device", 1, 2)
        .file("f", "1")
        .hard_link("link", "f")
        .hard_link("nowhere", "nothing");
    let opened = browse(&one(layer).docker_legacy().to_tar());
    for path in ["dir", "symlink", "fifo", "device"] {
        let error = content(&opened, 0, path).unwrap_err();
        assert_eq!(error.to_string(), format!("`/{path}` is not a regular file"));
    }
    assert_eq!(content(&opened, 0, "link").unwrap(), b"1");
    assert_eq!(content(&opened, 0, "nowhere").unwrap(), b"", "it is treated as an empty file");
}

/// Generates bytes without a pattern that still compress slightly.
fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1] % 60
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn files_of_a_large_layer_are_the_same_in_any_reading_order() {
    // File 9 is longer than the distance between two seek points.
    let length = |number: u32| if number == 9 { 5_000_000 } else { 250_000 };
    let files: Vec<_> = (0..20).map(|number| noise(number, length(number))).collect();
    let mut layer = Layer::new();
    for (number, content) in files.iter().enumerate() {
        layer = layer.file(format!("f{number}"), content);
    }
    let image = one(layer);
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("image.tar");
    for compression in [Compression::GzipBlocks, Compression::GzipMembers(5)] {
        let tar = image.oci_archive(compression).to_tar();
        for bytes in [outer(&tar, Compression::Zstd), tar] {
            fs::write(&path, bytes).unwrap();
            for step in [19, 7] {
                let opened = browse_path(&path);
                for number in (1..=20).map(|turn| turn * step % 20) {
                    let found = content(&opened, 0, &format!("f{number}")).unwrap();
                    assert!(found == files[number], "{compression:?} {step} {number}");
                }
            }
        }
    }
}

// Sparse files

fn sparse_file() -> (SparseFile, Vec<u8>) {
    let segments: Vec<(u64, Vec<u8>)> =
        (0..40_u64).map(|at| (at * 5000 + 512, vec![u8::try_from(at).unwrap() + 1; 1024])).collect();
    let mut content = vec![0; 250_000];
    let mut file = SparseFile::new(250_000);
    for (offset, data) in segments {
        let start = usize::try_from(offset).unwrap();
        content[start..start + data.len()].copy_from_slice(&data);
        file = file.segment(offset, data);
    }
    (file, content)
}

const FORMATS: [SparseFormat; 4] =
    [SparseFormat::Gnu, SparseFormat::Pax00, SparseFormat::Pax01, SparseFormat::Pax10];

#[test]
fn sparse_files_are_read_with_their_holes() {
    let (file, expected) = sparse_file();
    for format in FORMATS {
        let layer = Layer::new()
            .file("before", "1")
            .sparse("first", &file, format)
            .file("between", "2".repeat(1000))
            .sparse("hole", &SparseFile::new(10_000), format)
            .sparse("last", &file, format);
        for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
            let opened = browse(&one(layer.clone()).oci_archive(compression).to_tar());
            for path in ["last", "first", "last"] {
                assert_eq!(content(&opened, 0, path).unwrap(), expected, "{format:?} {compression:?} {path}");
            }
            assert_eq!(content(&opened, 0, "hole").unwrap(), vec![0; 10_000]);
            assert_eq!(content(&opened, 0, "between").unwrap(), "2".repeat(1000).as_bytes());
        }
    }
}

#[test]
fn invalid_hole_map_is_an_error_that_names_file_and_layer() {
    let data = |offset| (offset, vec![1; 512]);
    let twice = [data(1024), data(0)].into_iter();
    let backwards = twice.fold(SparseFile::new(2048), |file, (offset, data)| file.segment(offset, data));
    for format in [SparseFormat::Pax00, SparseFormat::Pax01, SparseFormat::Pax10] {
        let layer = Layer::new().sparse("f", &backwards, format).sparse("sound", &sparse_file().0, format);
        let opened = browse(&one(layer).docker_legacy().to_tar());
        let error = content(&opened, 0, "f").unwrap_err();
        assert!(matches!(&error, ContentError::Holes { layer: 0, .. }), "{error:?}");
        assert!(error.to_string().starts_with("the holes of `/f` in layer 0 cannot be read"));
        assert_eq!(content(&opened, 0, "sound").unwrap(), sparse_file().1, "the next one is");
    }
}

// Damage

#[test]
fn truncated_file_is_an_error_that_names_file_and_layer() {
    let layer = Layer::new().file("whole", "1".repeat(700)).file("cut", "2".repeat(5000));
    let tar = layer.into_tar();
    let image = Image::new().layer(Layer::new()).layer_tar(&tar[..4000]);
    let opened = browse(&image.docker_legacy().to_tar());
    assert_eq!(content(&opened, 1, "whole").unwrap(), "1".repeat(700).as_bytes());
    let error = content(&opened, 1, "cut").unwrap_err();
    assert!(matches!(error, ContentError::Truncated { layer: 1, .. }), "{error:?}");
    // The content starts at byte 2,048 of 4,000.
    assert_eq!(error.to_string(), "`/cut` is cut short: layer 1 ends 3048 bytes before it does");
}

#[test]
fn files_before_the_damage_of_a_compressed_layer_are_readable() {
    let noise: Vec<u8> = (0..200_000_u32).flat_map(|at| at.wrapping_mul(at).to_le_bytes()).collect();
    let tar = Layer::new().file("whole", "1".repeat(700)).file("noise", noise).into_tar();
    for compression in [Compression::Gzip, Compression::Zstd] {
        let image = Image::new().layer_tar(&tar);
        let mut archive = image.oci_archive(compression);
        let size = archive.get(&layer_path(&image, compression, 0)).len();
        archive.truncate(&layer_path(&image, compression, 0), size * 2 / 3);
        let opened = browse(&archive.to_tar());
        assert_eq!(opened.failures.len(), 1);
        assert_eq!(content(&opened, 0, "whole").unwrap(), "1".repeat(700).as_bytes(), "{compression:?}");
    }
}

#[test]
fn error_mentions_a_stream_that_was_not_kept() {
    let tar = outer(&one(Layer::new().file("f", "1")).docker_legacy().to_tar(), Compression::Gzip);
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("image.tar.gz");
    fs::write(&path, tar).unwrap();
    let located = locate(path.to_str().unwrap()).unwrap();
    let opened = open_image(&located, &ReadOptions::default(), &mut Blind).unwrap();
    let file = opened.image.tree.final_files().next().unwrap();
    let mut reader = opened.contents.open(&opened.image.tree, file.inode).unwrap();
    let error = reader.read_at(0, &mut [0; 1]).unwrap_err();
    assert!(error.to_string().ends_with("the image was read as a stream and not kept"), "{error}");
}

#[test]
fn reader_that_gives_up_does_not_wait() {
    let path = Path::new("f");
    let tar = one(Layer::new().file(path.to_str().unwrap(), "1")).oci_archive(Compression::Gzip).to_tar();
    let opened = browse(&tar);
    let entry = entry(&opened.image.tree, 0, b"f").unwrap();
    let mut reader = opened.contents.open(&opened.image.tree, entry).unwrap().or_give_up(|| true);
    // The layer may or may not be unpacked already.
    match reader.read_at(0, &mut [0; 1]) {
        Ok(read) => assert_eq!(read, 1),
        Err(error) => assert!(matches!(error, ContentError::GivenUp), "{error:?}"),
    }
}

/// Readers move to other threads, and contents are shared between threads.
const fn is_shared<T: Send + Sync>() {}
const _: () = (is_shared::<Contents>(), is_shared::<ContentReader>()).1;

#[test]
fn contents_are_readable_by_several_threads() {
    let (file, expected) = sparse_file();
    let layer = Layer::new().file("f", "1".repeat(100_000)).sparse("s", &file, SparseFormat::Gnu);
    let opened = browse(&one(layer).oci_archive(Compression::Zstd).to_tar());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let Opened { image, contents, .. } = &opened;
            let contents: Contents = contents.clone();
            let expected = &expected;
            scope.spawn(move || {
                for (path, expected) in [("s", &expected[..]), ("f", "1".repeat(100_000).as_bytes())] {
                    let entry = entry(&image.tree, 0, path.as_bytes()).unwrap();
                    let mut reader = contents.open(&image.tree, entry).unwrap();
                    assert_eq!(read_all(&mut reader, 7777).unwrap(), expected);
                }
            });
        }
    });
}

// Temporary files

/// Environment variable that marks a process as running a single test.
const ALONE: &str = "DOCKOPT_TEST_ALONE";

#[expect(clippy::disallowed_methods, reason = "set by the test itself")]
fn is_alone() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// Runs a test in a process of its own, with this directory for temporary files.
fn run_alone(test: &str, temporary: &Path) {
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("TMPDIR", temporary)
        .env(ALONE, "1")
        .output()
        .unwrap();
    let (output, errors) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && output.contains("1 passed"), "{output}{errors}");
}

fn streamed() -> Vec<u8> {
    let image = Image::new().layer(Layer::new().file("f", "1".repeat(100_000)));
    outer(&image.oci_archive(Compression::Gzip).to_tar(), Compression::Gzip)
}

#[cfg(target_os = "linux")]
#[test]
fn temporary_files_have_no_names() {
    if !is_alone() {
        let directory = TempDir::new().unwrap();
        run_alone("contents::temporary_files_have_no_names", directory.path());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        return;
    }
    let temporary = std::env::temp_dir();
    let image = temporary.with_extension("tar.gz");
    fs::write(&image, streamed()).unwrap();
    let opened = browse_path(&image);
    assert_eq!(content(&opened, 0, "f").unwrap().len(), 100_000);
    let open = fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| fs::read_link(fd.unwrap().path()).ok());
    let spools: Vec<PathBuf> = open.filter(|path| path.starts_with(&temporary)).collect();
    assert_eq!(spools.len(), 2, "of the archive, and of its layer: {spools:?}");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    fs::remove_file(image).unwrap();
}

#[cfg(unix)]
#[test]
fn image_that_cannot_be_kept_is_still_read() {
    if !is_alone() {
        let directory = TempDir::new().unwrap();
        let missing = directory.path().join("missing");
        return run_alone("contents::image_that_cannot_be_kept_is_still_read", &missing);
    }
    let path = std::env::temp_dir().with_extension("tar.gz");
    fs::write(&path, streamed()).unwrap();
    let opened = browse_path(&path);
    let warnings: Vec<String> = opened.image.warnings.iter().map(ToString::to_string).collect();
    let kept = |warning: &String| !warning.starts_with("file contents cannot be shown");
    assert!(!warnings.iter().all(kept), "{warnings:?}");
    let error = content(&opened, 0, "f").unwrap_err();
    assert!(
        matches!(&error, ContentError::Unavailable { reason, .. } if reason.starts_with("no copy")),
        "{error}"
    );
    let plain = path.with_extension("tar");
    fs::write(&plain, unpacked(&streamed())).unwrap();
    let opened = browse_path(&plain);
    assert!(matches!(content(&opened, 0, "f").unwrap_err(), ContentError::Read { layer: 0, .. }));
}

#[test]
fn hard_link_has_the_kind_of_its_inode() {
    let opened = browse(&one(Layer::new().file("f", "1").hard_link("l", "f")).docker_legacy().to_tar());
    let link = entry(&opened.image.tree, 0, b"l").unwrap();
    assert_eq!(opened.image.tree.entry(link).unwrap().metadata.kind, EntryKind::File);
}

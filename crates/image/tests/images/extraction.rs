//! Extracting files of an image: what is written equals the image, and nothing is written
//! elsewhere.
//!
//! | attack | what happens |
//! |---|---|
//! | `a -> /outside`, then `a/b` | `a` is written as a link, `b` where the image has it |
//! | hard link to a path outside | an empty file: the tree has no such target |
//! | `..`, absolute names | resolved within the image |
//! | a link in the destination at the path of an item | refused, or overwritten; never followed |
//! | setuid, setgid, sticky | dropped, the first two counted |
//! | devices, pipes | skipped and listed |
//! | invalid file names, endless directories | listed; the others are extracted |

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::common::{browse, browse_path, one};
use dockopt_core::comparison::LayerRange;
use dockopt_core::tree::NodeId;
use dockopt_image::{ExtractError, Extracted, Extraction, Opened, Selection, View};
use dockopt_testkit::{Compression, Image, Layer, Meta, SparseFile, SparseFormat};
use tempfile::TempDir;

/// Everything below a directory: kind, permissions, time of links and files, content or target.
type Seen = BTreeMap<Vec<u8>, (char, u32, i64, Vec<u8>)>;

/// A place to extract to, next to a file that must stay unchanged.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fs::create_dir(directory.path().join("outside")).unwrap();
        fs::write(directory.path().join("outside/precious"), "precious").unwrap();
        Self { directory }
    }

    fn outside(&self) -> PathBuf {
        self.directory.path().join("outside")
    }

    fn destination(&self) -> PathBuf {
        self.directory.path().join("destination")
    }

    fn at(&self, path: &str) -> PathBuf {
        self.destination().join(path)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    /// Returns everything extracted.
    fn seen(&self) -> Seen {
        let mut seen = Seen::new();
        look(&self.destination(), &mut Vec::new(), &mut seen);
        seen
    }

    fn names(&self) -> Vec<String> {
        self.seen().into_keys().map(|path| String::from_utf8(path).unwrap()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let names: Vec<_> =
            fs::read_dir(self.outside()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["precious"], "something was written outside");
        assert_eq!(fs::read_to_string(self.outside().join("precious")).unwrap(), "precious");
    }
}

fn look(directory: &Path, path: &mut Vec<u8>, seen: &mut Seen) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let facts = entry.metadata().unwrap();
        let length = path.len();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(entry.file_name().as_bytes());
        let (mode, time) = (facts.mode() & 0o7777, facts.mtime());
        if facts.is_dir() {
            seen.insert(path.clone(), ('d', mode, time, Vec::new()));
            look(&entry.path(), path, seen);
        } else if facts.is_symlink() {
            let target = fs::read_link(entry.path()).unwrap().into_os_string().into_vec();
            seen.insert(path.clone(), ('l', 0, time, target));
        } else {
            seen.insert(path.clone(), ('f', mode, time, fs::read(entry.path()).unwrap()));
        }
        path.truncate(length);
    }
}

fn final_view(opened: &Opened) -> View {
    View::Range(LayerRange::final_of(opened.image.tree.layer_count()))
}

fn node(opened: &Opened, path: &str) -> NodeId {
    opened.image.tree.find(path.as_bytes()).unwrap()
}

fn extract_from(
    opened: &Opened,
    path: &str,
    view: View,
    destination: &Path,
) -> Result<Extracted, ExtractError> {
    let selection = Selection { node: node(opened, path), view };
    let Opened { image, contents, .. } = opened;
    let selections = &[selection];
    let task =
        Extraction { contents, tree: &image.tree, selections, only: None, destination, overwrite: false };
    task.run(&mut |_| ControlFlow::Continue(()))
}

fn extract(opened: &Opened, path: &str, place: &Place) -> Result<Extracted, ExtractError> {
    extract_from(opened, path, final_view(opened), &place.destination())
}

fn overwrite(opened: &Opened, path: &str, place: &Place) -> Result<Extracted, ExtractError> {
    let selection = Selection { node: node(opened, path), view: final_view(opened) };
    let Opened { image, contents, .. } = opened;
    let destination = &place.destination();
    let selections = &[selection];
    let task =
        Extraction { contents, tree: &image.tree, selections, only: None, destination, overwrite: true };
    task.run(&mut |_| ControlFlow::Continue(()))
}

fn opened(layer: Layer) -> Opened {
    browse(&one(layer).docker_legacy().to_tar())
}

fn reasons(extracted: &Extracted) -> Vec<(String, &str)> {
    extracted.skipped.iter().map(|skipped| (skipped.path.to_string(), &*skipped.reason)).collect()
}

// What is written equals the image

/// The final filesystem of an image by real tools, according to the `tar` crate and the rules of
/// whiteouts.
fn flattened(path: &Path) -> Seen {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(fs::File::open(path).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(String::from_utf8(entry.path_bytes().to_vec()).unwrap(), bytes);
    }
    let manifest: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let mut seen = Seen::new();
    for layer in manifest[0]["Layers"].as_array().unwrap() {
        apply(&files[layer.as_str().unwrap()], &mut seen);
    }
    seen
}

fn apply(layer: &[u8], seen: &mut Seen) {
    let names = |entry: &tar::Entry<'_, &[u8]>| {
        let path = entry.path_bytes().to_vec();
        let path = path.strip_suffix(b"/").unwrap_or(&path).to_vec();
        let cut = path.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        (path[..cut].to_vec(), path[cut..].to_vec())
    };
    for entry in tar::Archive::new(layer).entries().unwrap() {
        let (directory, name) = names(&entry.unwrap());
        if name == b".wh..wh..opq" {
            seen.retain(|path, _| !path.starts_with(&directory));
        } else if let Some(name) = name.strip_prefix(b".wh.") {
            let path = [&directory, name].concat();
            let below = [&path[..], b"/"].concat();
            seen.retain(|at, _| *at != path && !at.starts_with(&below));
        }
    }
    for entry in tar::Archive::new(layer).entries().unwrap() {
        let mut entry = entry.unwrap();
        let (directory, name) = names(&entry);
        if name.starts_with(b".wh.") {
            continue;
        }
        let header = entry.header().clone();
        let (mode, time) = (header.mode().unwrap() & 0o777, i64::try_from(header.mtime().unwrap()).unwrap());
        let mut content = Vec::new();
        let what = match header.entry_type() {
            tar::EntryType::Directory => ('d', mode, time, content),
            tar::EntryType::Symlink => ('l', 0, time, entry.link_name_bytes().unwrap().to_vec()),
            tar::EntryType::Link => seen[&*entry.link_name_bytes().unwrap()].clone(),
            _ => {
                entry.read_to_end(&mut content).unwrap();
                ('f', mode, time, content)
            }
        };
        seen.insert([directory, name].concat(), what);
    }
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name)
}

#[test]
fn final_filesystem_of_a_real_image_is_extracted_unchanged() {
    let expected = flattened(&testdata("hello.docker.tar"));
    for name in [
        "hello.docker.tar",
        "hello.docker.tar.gz",
        "hello.oci-gzip.tar",
        "hello.oci",
        "hello.oci-zstd-chunked.tar",
    ] {
        let opened = browse_path(&testdata(name));
        let place = Place::new();
        let extracted = extract(&opened, "", &place).unwrap();
        assert_eq!(place.seen(), expected, "{name}");
        let count = |kind| expected.values().filter(|seen| seen.0 == kind).count() as u64;
        // One of the files has two names.
        assert_eq!((extracted.files, extracted.links), (count('f') - 1, count('l') + 1), "{name}");
        assert_eq!((extracted.directories, extracted.bytes), (count('d'), 35_896), "{name}");
        assert_eq!((extracted.skipped_count, extracted.destination), (0, place.destination()));
    }
}

#[test]
fn extracted_entries_keep_name_content_and_metadata() {
    let meta = |mode| Meta::new().mode(mode).mtime(1_234_567);
    let opened = opened(
        Layer::new()
            .dir_with("usr/share", meta(0o555))
            .file_with("usr/share/one", "1", meta(0o640))
            .symlink("usr/share/two", "../nowhere")
            .file("implied/below", "22"),
    );
    let place = Place::new();
    extract(&opened, "usr/share", &place).unwrap();
    extract(&opened, "implied/below", &place).unwrap();
    extract(&opened, "implied", &place).unwrap();
    let seen = place.seen();
    assert_eq!(seen[&b"share"[..]], ('d', 0o555, 1_234_567, vec![]));
    assert_eq!(seen[&b"share/one"[..]], ('f', 0o640, 1_234_567, b"1".to_vec()));
    assert_eq!(seen[&b"share/two"[..]].3, b"../nowhere");
    assert_eq!((seen[&b"below"[..]].3.len(), seen[&b"implied/below"[..]].3.len()), (2, 2));
    assert_eq!((seen[&b"implied"[..]].0, seen[&b"implied"[..]].1), ('d', 0o755));
}

#[test]
fn view_determines_what_is_extracted() {
    let image = Image::new()
        .layer(Layer::new().file("d/a", "old a").file("d/b", "b").file("d/gone/x", "x").dir("e"))
        .layer(Layer::new().file("d/a", "new a").whiteout("d/gone").file("d/c", "c").file("other/o", "o"))
        .layer(Layer::new().whiteout("d/b"));
    let opened = browse(&image.docker_legacy().to_tar());
    let range = |first, last| View::Range(LayerRange { first, last });
    for (path, view, expected) in [
        ("d", View::Layer(0), &["d", "d/a", "d/b", "d/gone", "d/gone/x"][..]),
        ("d", View::Layer(1), &["d", "d/a", "d/c"]),
        ("", View::Layer(1), &["d", "d/a", "d/c", "other", "other/o"]),
        ("d", final_view(&opened), &["d", "d/a", "d/c"]),
        ("d", range(0, 0), &["d", "d/a", "d/b", "d/gone", "d/gone/x"]),
        ("d", range(1, 1), &["d", "d/a", "d/b", "d/c"]),
        // A path removed by the range, and a ghost.
        ("d/gone", range(1, 2), &["gone", "gone/x"]),
        ("d/gone", range(2, 2), &["gone", "gone/x"]),
        ("d/gone", final_view(&opened), &["gone", "gone/x"]),
        ("d/b", range(2, 2), &["b"]),
    ] {
        let place = Place::new();
        extract_from(&opened, path, view, &place.destination()).unwrap();
        assert_eq!(place.names(), expected, "{path} {view:?}");
    }
    let place = Place::new();
    extract_from(&opened, "d/a", View::Layer(0), &place.destination()).unwrap();
    assert_eq!(place.text("a"), "old a");
    let error = extract_from(&opened, "d/c", View::Layer(0), &place.at("x")).unwrap_err();
    assert_eq!(error.to_string(), "nothing to extract at `/d/c`");
    assert!(!place.at("x").exists(), "nothing was created for it");
}

#[test]
fn hard_links_stay_hard_links() {
    let layer = Layer::new()
        .file("a/first", "1234")
        .hard_link("b/second", "a/first")
        .hard_link("b/third", "a/first")
        .file("b/alone", "1234");
    let opened = opened(layer);
    let place = Place::new();
    let extracted = extract(&opened, "", &place).unwrap();
    assert_eq!((extracted.files, extracted.links, extracted.bytes), (2, 2, 8));
    let inode = |path| fs::metadata(place.at(path)).unwrap().ino();
    assert_eq!([inode("b/second"), inode("b/third")], [inode("a/first"); 2]);
    assert_ne!(inode("b/alone"), inode("a/first"));
    let place = Place::new();
    extract(&opened, "b", &place).unwrap();
    assert_eq!(place.text("b/second"), "1234", "the first name is outside of the selection");
    assert_eq!(fs::metadata(place.at("b/second")).unwrap().nlink(), 2);
}

#[test]
fn holes_are_preserved() {
    let (size, at) = (1 << 40, 1 << 39);
    let file = SparseFile::new(size).segment(at, "data");
    for compression in [Compression::Plain, Compression::Zstd] {
        let layer = Layer::new().sparse("f", &file, SparseFormat::Pax10);
        let opened = browse(&one(layer).oci_archive(compression).to_tar());
        let place = Place::new();
        let extracted = extract(&opened, "f", &place).unwrap();
        assert_eq!((extracted.bytes, extracted.skipped_count), (4, 0));
        let facts = fs::metadata(place.at("f")).unwrap();
        assert_eq!(facts.len(), size);
        assert!(facts.blocks() < 1000, "{} blocks", facts.blocks());
        let mut found = [0; 4];
        std::os::unix::fs::FileExt::read_exact_at(&fs::File::open(place.at("f")).unwrap(), &mut found, at)
            .unwrap();
        assert_eq!(&found, b"data");
    }
}

// Nothing is written elsewhere

#[test]
fn links_in_the_image_do_not_escape_the_destination() {
    let place = Place::new();
    let outside = place.outside().to_str().unwrap().to_owned();
    let absolute = outside.trim_start_matches('/').to_owned();
    let image = Image::new()
        .layer(
            Layer::new()
                .symlink("a", &outside)
                .file("a/b", "through a link")
                .symlink("relative", "../outside")
                .file("relative/c", "through a link")
                .hard_link("hard", format!("{outside}/precious"))
                .file("../outside/precious", "overwritten")
                .file("../../up", "up")
                .file(format!("{outside}/precious"), "overwritten"),
        )
        .layer(Layer::new().dir("a").file("a/precious", "overwritten"));
    let opened = browse(&image.docker_legacy().to_tar());
    for view in [final_view(&opened), View::Layer(0), View::Layer(1), View::Range(LayerRange::only(0))] {
        let destination = place.directory.path().join(format!("{view:?}").replace(['/', ' '], "-"));
        extract_from(&opened, "", view, &destination).unwrap();
    }
    extract(&opened, "", &place).unwrap();
    assert_eq!(place.text("up"), "up");
    assert_eq!(place.text("outside/precious"), "overwritten", "within the destination");
    assert_eq!(place.text(&format!("{absolute}/precious")), "overwritten");
    assert_eq!(fs::read_link(place.at("relative")).unwrap(), Path::new("../outside"));
}

#[test]
fn links_in_the_destination_are_not_followed() {
    for is_overwritten in [false, true] {
        let place = Place::new();
        fs::create_dir(place.destination()).unwrap();
        symlink(place.outside(), place.at("d")).unwrap();
        symlink(place.outside().join("precious"), place.at("f")).unwrap();
        let opened = opened(Layer::new().file("d/precious", "1").file("d/new", "2").file("f", "3"));
        if is_overwritten {
            let extracted = overwrite(&opened, "", &place).unwrap();
            assert_eq!((extracted.files, extracted.directories, extracted.skipped_count), (3, 1, 0));
            assert_eq!((place.text("d/precious"), place.text("f")), ("1".to_owned(), "3".to_owned()));
        } else {
            let error = extract(&opened, "", &place).unwrap_err();
            assert!(
                matches!(&error, ExtractError::Exists { path, count: 2 } if *path == place.at("d")),
                "{error:?}"
            );
            assert_eq!(place.names(), ["d", "f"], "nothing was written");
        }
    }
}

#[test]
fn destination_may_be_a_link() {
    let place = Place::new();
    let real = place.directory.path().join("real");
    fs::create_dir(&real).unwrap();
    symlink(&real, place.destination()).unwrap();
    extract(&opened(Layer::new().file("f", "1")), "f", &place).unwrap();
    assert_eq!(fs::read_to_string(real.join("f")).unwrap(), "1");
}

#[test]
fn files_are_overwritten_only_on_request() {
    let opened = opened(Layer::new().file("d/a", "new").file("d/b", "new").file("d/c", "new"));
    let place = Place::new();
    fs::create_dir_all(place.at("d")).unwrap();
    for name in ["a", "b", "mine"] {
        fs::write(place.at("d").join(name), "old").unwrap();
    }
    let error = extract(&opened, "d", &place).unwrap_err();
    assert_eq!(error.to_string(), format!("`{}` exists, and so does one more", place.at("d/a").display()));
    assert_eq!(place.names(), ["d", "d/a", "d/b", "d/mine"]);
    fs::remove_file(place.at("d/b")).unwrap();
    fs::hard_link(place.outside().join("precious"), place.at("d/b")).unwrap();
    let extracted = overwrite(&opened, "d", &place).unwrap();
    assert_eq!((extracted.files, extracted.directories), (3, 0));
    let texts: Vec<_> = ["a", "b", "c", "mine"].map(|name| place.text(&format!("d/{name}"))).into();
    assert_eq!(texts, ["new", "new", "new", "old"]);
}

#[test]
fn directories_are_never_overwritten() {
    let opened = opened(Layer::new().file("f", "1").file("g", "2"));
    let place = Place::new();
    fs::create_dir_all(place.at("f/mine")).unwrap();
    assert!(matches!(extract(&opened, "", &place), Err(ExtractError::Exists { count: 1, .. })));
    let extracted = overwrite(&opened, "", &place).unwrap();
    assert_eq!(reasons(&extracted), [("/f".to_owned(), "a directory of that name exists")]);
    assert_eq!(place.names(), ["f", "f/mine", "g"]);
}

#[test]
fn privileges_are_dropped_and_counted() {
    let meta = |mode| Meta::new().mode(mode);
    let layer = Layer::new()
        .dir_with("d", meta(0o2775))
        .file_with("d/setuid", "1", meta(0o4755))
        .file_with("d/setgid", "1", meta(0o2711))
        .file_with("d/sticky", "1", meta(0o1644));
    let place = Place::new();
    let extracted = extract(&opened(layer), "d", &place).unwrap();
    assert_eq!(extracted.without_privilege, 3);
    let modes: Vec<u32> = place.seen().into_values().map(|seen| seen.1).collect();
    assert_eq!(modes, [0o775, 0o711, 0o755, 0o644]);
}

#[test]
fn skipped_entries_are_listed() {
    let layer = Layer::new()
        .char_device("d/char", 1, 3)
        .block_device("d/block", 8, 0)
        .fifo("d/pipe")
        .file("d/f", "1")
        .file(format!("d/{}", "n".repeat(300)), "2");
    let place = Place::new();
    let extracted = extract(&opened(layer), "d", &place).unwrap();
    assert_eq!((extracted.skipped_count, extracted.files), (4, 1));
    let reasons: Vec<_> = extracted.skipped.iter().map(|skipped| &*skipped.reason).collect();
    assert_eq!(reasons[..2], ["block devices are not extracted", "character devices are not extracted"]);
    assert!(reasons[2].starts_with("File name too long"), "{reasons:?}");
    assert_eq!(reasons[3], "named pipes are not extracted");
    assert_eq!(place.names(), ["d", "d/f"]);
}

#[test]
fn names_may_be_arbitrary_bytes() {
    let name = b"caf\xe9\n\x1b[31m";
    let place = Place::new();
    extract(&opened(Layer::new().file(name, "1")), "", &place).unwrap();
    assert_eq!(place.seen().into_keys().collect::<Vec<_>>(), [name]);
}

#[test]
fn directory_depth_is_limited() {
    let opened = opened(Layer::new().file(format!("{}f", "d/".repeat(1000)), "1").file("f", "2"));
    let place = Place::new();
    let extracted = extract(&opened, "", &place).unwrap();
    assert_eq!((extracted.directories, extracted.files), (128, 1));
    assert_eq!((extracted.skipped_count, extracted.skipped.len()), (1000 - 128 + 1, 100));
    assert_eq!(extracted.skipped[0].reason, "it is nested in more than 128 directories");
    assert_eq!(extracted.skipped[1].reason, "its parent directory could not be created");
}

// Failures

#[test]
fn files_with_lost_content_are_listed_and_others_are_extracted() {
    let noise: Vec<u8> = (0..200_000_u32).flat_map(|at| at.wrapping_mul(at).to_le_bytes()).collect();
    let image = Image::new()
        .layer_tar(&Layer::new().file("d/whole", "1").file("d/cut", noise).into_tar()[..100_000])
        .layer(Layer::new().file("d/above", "2"));
    let opened = browse(&image.docker_legacy().to_tar());
    let place = Place::new();
    let extracted = extract(&opened, "d", &place).unwrap();
    let [skipped] = &extracted.skipped[..] else { panic!("{extracted:?}") };
    assert!(skipped.reason.starts_with("`/d/cut` is cut short: layer 0 ends"), "{skipped:?}");
    assert_eq!(place.names(), ["d", "d/above", "d/whole"], "no incomplete file");
    assert_eq!(extracted.bytes, 2);
}

#[test]
fn destination_that_cannot_be_created_is_an_error() {
    let opened = opened(Layer::new().file("f", "1"));
    let place = Place::new();
    for path in [place.at("missing/parent"), place.outside().join("precious")] {
        let error = extract_from(&opened, "f", final_view(&opened), &path).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write to `{}`", path.display()));
        assert!(matches!(error, ExtractError::Destination { .. }));
    }
}

#[test]
fn cancellation_reports_what_was_written() {
    let layer = (0..50_000).fold(Layer::new(), |layer, at| layer.file(format!("d/{at:05}"), "1"));
    let opened = opened(layer);
    let place = Place::new();
    let selection = Selection { node: node(&opened, "d"), view: final_view(&opened) };
    let Opened { image, contents, .. } = &opened;
    let destination = &place.destination();
    let selections = &[selection];
    let task =
        Extraction { contents, tree: &image.tree, selections, only: None, destination, overwrite: false };
    let mut told = Vec::new();
    let result = task.run(&mut |progress| {
        told.push(progress);
        ControlFlow::Break(())
    });
    let Err(ExtractError::Cancelled { extracted }) = result else { panic!("{result:?}") };
    let [progress] = told[..] else { panic!("{told:?}") };
    assert_eq!((progress.total_entries, progress.total_bytes), (50_001, 50_000));
    assert_eq!(extracted.files, progress.bytes, "every file is a byte");
    assert_eq!(place.names().len() as u64, extracted.files + extracted.directories);
}

#[test]
fn last_progress_report_is_complete() {
    let file = SparseFile::new(1000).segment(100, "data");
    let opened =
        opened(Layer::new().sparse("d/s", &file, SparseFormat::Gnu).file("d/f", "1").hard_link("d/h", "d/f"));
    let place = Place::new();
    let selection = Selection { node: node(&opened, "d"), view: final_view(&opened) };
    let Opened { image, contents, .. } = &opened;
    let destination = &place.destination();
    let selections = &[selection];
    let task =
        Extraction { contents, tree: &image.tree, selections, only: None, destination, overwrite: false };
    let mut last = None;
    task.run(&mut |progress| {
        last = Some(progress);
        ControlFlow::Continue(())
    })
    .unwrap();
    let last = last.unwrap();
    assert_eq!((last.entries, last.bytes), (last.total_entries, last.total_bytes));
    assert_eq!((last.total_entries, last.total_bytes), (4, 1002));
}

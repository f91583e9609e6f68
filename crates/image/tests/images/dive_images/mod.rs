//! Small images, each about one rule of dive's accounting, including its bugs.
//!
//! Their goldens are the output of dive 0.13.1 (`goldens/dive/`, see the README there). A new image
//! needs a recorded golden.

mod oddities;
mod random;

use dockopt_testkit::{Archive, Duplicates, Image, Layer, Legacy, Meta, RawEntry, docker_legacy};

/// Number of random images in [`all`].
const RANDOM: u64 = 12;

/// Returns all images with the names of their goldens.
pub(crate) fn all() -> Vec<(String, Archive)> {
    let mut images = vec![
        ("rewrites", rewrites()),
        ("whiteouts", whiteouts()),
        ("whiteout-missing", whiteout_missing()),
        ("whiteout-lowest-layer", whiteout_lowest_layer()),
        ("whiteout-nested", whiteout_nested()),
        ("whiteout-order", whiteout_order()),
        ("whiteout-names", whiteout_names()),
        ("opaque", opaque()),
        ("aufs", aufs()),
        ("implied-parents", implied_parents()),
        ("duplicates", duplicates()),
        ("ghosts", ghosts()),
        ("hard-links", hard_links()),
        ("header-sizes", header_sizes()),
        ("empty-directories", empty_directories()),
        ("empty-layers", empty_layers()),
        ("no-bytes", no_bytes()),
        ("one-layer", Image::new().layer(base())),
    ];
    images.extend(oddities::all());
    let mut archives: Vec<_> =
        images.into_iter().map(|(name, image)| (name.to_owned(), saved(&image))).collect();
    archives.push(("docker-25".to_owned(), repeated_layer().docker_25()));
    archives.push(("linked-layer".to_owned(), linked_layer()));
    archives.extend((0..RANDOM).map(|seed| (format!("random-{seed}"), random(seed))));
    archives
}

/// Returns the random image for a seed.
pub(crate) fn random(seed: u64) -> Archive {
    saved(&random::random(seed))
}

/// An archive in which a repeated layer is a symbolic link to the first one, which dive treats as
/// empty.
fn linked_layer() -> Archive {
    let options = Legacy { duplicates: Duplicates::Symlinks, ..Legacy::default() };
    docker_legacy(std::slice::from_ref(&repeated_layer()), options)
}

/// Returns the image as an archive in which every layer is a file.
fn saved(image: &Image) -> Archive {
    let options = Legacy { duplicates: Duplicates::Copies, ..Legacy::default() };
    docker_legacy(std::slice::from_ref(image), options)
}

/// Adds a file of this many bytes.
fn file(layer: Layer, path: &str, size: usize) -> Layer {
    layer.file(path, vec![b'x'; size])
}

fn files(layer: Layer, files: &[(&str, usize)]) -> Layer {
    files.iter().fold(layer, |layer, (path, size)| file(layer, path, *size))
}

fn base() -> Layer {
    let layer = Layer::new().dir("bin").dir("etc").dir("etc/conf.d").dir("var");
    let layer = files(layer, &[("bin/sh", 900), ("etc/passwd", 40), ("etc/conf.d/a", 30)]);
    layer.symlink("bin/bash", "sh")
}

fn rewrites() -> Image {
    Image::new()
        .layer(base())
        .layer(files(Layer::new(), &[("bin/sh", 900), ("etc/passwd", 50)]))
        .layer(Layer::new().dir("etc").file_with("etc/passwd", "x", Meta::new().mode(0o600)))
        .layer(files(Layer::new(), &[("etc/passwd", 0), ("bin/bash", 900)]))
}

fn whiteouts() -> Image {
    let more = files(Layer::new().dir("var/cache"), &[("var/cache/a", 100), ("var/cache/b", 200)]);
    Image::new()
        .layer(base())
        .layer(more)
        .layer(Layer::new().dir("var").whiteout("var/cache").whiteout("etc/passwd").whiteout("bin/bash"))
        .layer(file(Layer::new(), "etc/passwd", 60))
        .layer(Layer::new().whiteout("etc").whiteout("bin/sh"))
}

/// dive stops counting a layer at a whiteout without a target; later layers may contain the path.
fn whiteout_missing() -> Image {
    let broken = files(Layer::new(), &[("bin/sh", 800), ("var/z", 70)]);
    let broken = broken.whiteout("etc/gone").whiteout("etc/passwd");
    Image::new()
        .layer(base())
        .layer(broken)
        .layer(Layer::new().whiteout("nowhere/at/all").file("zz", "zz"))
        .layer(files(Layer::new(), &[("etc/gone", 11), ("var/z", 7)]))
        .layer(files(Layer::new(), &[("etc/gone", 12)]).whiteout("var/z"))
        .layer(Layer::new().whiteout("etc/gone").whiteout("still-gone"))
}

fn whiteout_lowest_layer() -> Image {
    let lowest = base().whiteout("etc/passwd").whiteout("bin").whiteout("missing");
    Image::new()
        .layer(lowest)
        .layer(files(Layer::new(), &[("bin/sh", 100), ("zebra", 5)]).whiteout("etc"))
        .layer(Layer::new().whiteout("bin").whiteout("zebra"))
}

fn whiteout_nested() -> Image {
    let deep = files(Layer::new().dir("d").dir("d/e").dir("d/e/f"), &[("d/1", 1), ("d/e/2", 20)]);
    let deep = files(deep, &[("d/e/f/3", 300), ("d/e/f/4", 4000)]);
    let all = Layer::new().whiteout("d").whiteout("d/e").whiteout("d/e/f").whiteout("d/e/f/3");
    Image::new()
        .layer(deep.clone())
        .layer(all.clone())
        .layer(deep)
        .layer(Layer::new().whiteout("d/e/f").dir("d/e/f").file("d/e/f/5", "five"))
        .layer(all)
}

/// `!` sorts before `.wh.`, so a whiteout takes effect after entries of the same layer.
fn whiteout_order() -> Image {
    let both = || files(Layer::new().dir("!").dir("x"), &[("!/a", 10), ("x/a", 20), ("!b", 5), ("xb", 6)]);
    let hidden = || both().whiteout("!").whiteout("x").whiteout("!b").whiteout("xb");
    Image::new()
        .layer(both())
        .layer(hidden())
        .layer(hidden())
        .layer(Layer::new().whiteout("x").whiteout("xb"))
        .layer(both().whiteout("!b"))
}

fn whiteout_names() -> Image {
    let names = |layer: Layer| layer.dir("d").file("d/.wh.", "").file("d/f", "four");
    Image::new()
        .layer(names(Layer::new()))
        .layer(names(Layer::new()).file(".wh.", ""))
        .layer(names(Layer::new()).file("d/.wh..", "dot").file("d/g", "not counted"))
        .layer(Layer::new().file("d/.wh...", "dots").file("e", "not counted"))
        .layer(Layer::new().file(".wh..wh.d", "a whiteout of .wh.d").file("e", "not counted"))
        .layer(Layer::new().file(".wh.d/below", "a whiteout with a child").file("d/h", "eight"))
        .layer(Layer::new().dir(".wh.d").file("f", "a whiteout that is a directory"))
        .layer(Layer::new().file(".wh..wh.d", "there is a .wh.d now?").file("f", "again"))
}

fn opaque() -> Image {
    Image::new()
        .layer(base())
        .layer(file(Layer::new().dir("etc").opaque("etc"), "etc/hosts", 25))
        .layer(Layer::new().opaque("var/implied").opaque("bin"))
        .layer(Layer::new().opaque(""))
        .layer(file(Layer::new().file("etc/.wh..wh..opq", "with content"), "etc/hosts", 26))
}

fn aufs() -> Image {
    let control = Layer::new()
        .dir(".wh..wh.plnk")
        .file(".wh..wh.plnk/1.2", "a pseudo link")
        .dir(".wh..wh.orph")
        .file(".wh..wh.aufs", "twelve bytes")
        .dir(".wh..wh..dir")
        .file(".wh..wh..dir/x", "dropped")
        .file("etc/.wh..wh..tmp/x/y", "dropped");
    Image::new().layer(control.clone()).layer(control).layer(Layer::new().file(".wh..wh.plnk/1.2", "again"))
}

fn implied_parents() -> Image {
    let implied = || files(Layer::new(), &[("opt/app/bin/x", 100), ("opt/app/y", 50)]);
    Image::new()
        .layer(implied())
        .layer(Layer::new().whiteout("opt/app"))
        .layer(implied().dir("opt/app"))
        .layer(implied())
        .layer(Layer::new().whiteout("opt/app"))
        .layer(implied().dir("opt"))
        .layer(Layer::new().whiteout("opt"))
}

fn duplicates() -> Image {
    Image::new()
        .layer(files(base(), &[("bin/sh", 10), ("./etc/passwd", 5)]).dir("bin").dir("etc/"))
        .layer(file(files(Layer::new().dir("a"), &[("a/x", 8), ("a", 3)]), "a/x", 9))
        .layer(file(Layer::new().file("bin/sh", "1").whiteout("a").file("bin/sh", "22"), "bin/sh", 3))
}

/// A path that changes its type keeps its children.
fn ghosts() -> Image {
    let tree = || files(Layer::new().dir("d").dir("d/e"), &[("d/x", 100), ("d/e/y", 200)]);
    Image::new()
        .layer(tree())
        .layer(file(Layer::new(), "d", 7))
        .layer(Layer::new().whiteout("d"))
        .layer(tree())
        .layer(Layer::new().symlink("d/e", "elsewhere"))
        .layer(Layer::new().dir("d").dir("d/e"))
        .layer(Layer::new().whiteout("d/e"))
        .layer(Layer::new().fifo("d"))
        .layer(Layer::new().dir("d"))
        .layer(Layer::new().whiteout("d"))
}

fn hard_links() -> Image {
    let with_size = |path: &str| RawEntry::new(b'1', path).link("bin/sh").size(900);
    Image::new()
        .layer(base().hard_link("bin/dash", "bin/sh").entry(with_size("bin/ash")))
        .layer(Layer::new().hard_link("bin/sh", "bin/dash").entry(with_size("bin/dash")))
        .layer(Layer::new().whiteout("bin/sh").whiteout("bin"))
}

/// dive counts the sizes in headers of directories and links.
fn header_sizes() -> Image {
    let sized = |typeflag, path: &str, size| RawEntry::new(typeflag, path).link("target").size(size);
    let layer = || {
        Layer::new()
            .entry(sized(b'5', "d/", 4096))
            .entry(sized(b'5', "d/empty/", 64))
            .entry(sized(b'2', "d/link", 6))
            .entry(sized(b'6', "d/fifo", 11))
            .entry(sized(b'3', "d/null", 13))
            .entry(sized(b'5', "./", 17))
    };
    Image::new()
        .layer(layer())
        .layer(layer())
        .layer(Layer::new().whiteout("d/empty").whiteout("d/link"))
        .layer(Layer::new().whiteout("d"))
}

fn empty_directories() -> Image {
    Image::new()
        .layer(Layer::new().dir("a").dir("b").dir("c/d"))
        .layer(Layer::new().dir("a").file("b/x", "one"))
        .layer(Layer::new().dir("b").dir("c").file("c/d", "now a file"))
}

fn empty_layers() -> Image {
    Image::new()
        .layer(Layer::new())
        .layer(base())
        .layer(Layer::new().dir("."))
        .layer(Layer::new().dir("/").file("etc/passwd", "root"))
}

fn no_bytes() -> Image {
    let empty = || Layer::new().dir("d").file("d/x", "").symlink("l", "d");
    Image::new().layer(empty()).layer(empty()).layer(Layer::new().whiteout("d"))
}

fn repeated_layer() -> Image {
    let again = || file(Layer::new().whiteout("etc/conf.d"), "etc/passwd", 45);
    Image::new().layer(base()).layer(again()).layer(base()).layer(again())
}

//! Unusual names, types, modes and histories, as dive reads and writes them.

use dockopt_testkit::{HeaderFormat, Image, Layer, LongNames, Meta, RawEntry, SparseFile, SparseFormat};
use serde_json::json;

pub(super) fn all() -> Vec<(&'static str, Image)> {
    vec![
        ("prefixes", prefixes()),
        ("dot-dot", dot_dot()),
        ("not-utf8", not_utf8()),
        ("escapes", escapes()),
        ("sorting", sorting()),
        ("long-names", long_names()),
        ("types", types()),
        ("modes", modes()),
        ("sparse", sparse()),
        ("xattrs", xattrs()),
        ("history", history()),
        ("history-missing", history_missing()),
    ]
}

fn prefixes() -> Image {
    Image::new()
        .layer(Layer::new().dir("./").dir("./d").file("./d/x", "one"))
        .layer(Layer::new().dir("/").dir("/d").file("/d/x", "two"))
        .layer(Layer::new().dir("d//").file("d///x", "three").file(".//d/./y", "four"))
        .layer(Layer::new().file("/d/.wh.x", "").file("./d/.wh.y", ""))
}

/// Names with `..` that stay below the root.
fn dot_dot() -> Image {
    Image::new()
        .layer(Layer::new().file("a/../b", "one").file("a/c/../../d/./e", "three").dir("f/.."))
        .layer(Layer::new().file("b", "two").file("d/e", "four").file("/../../x", "above the root"))
        .layer(Layer::new().file("d/../.wh.b", "").file("x", "y"))
}

fn not_utf8() -> Image {
    let layer = || {
        Layer::new()
            .file(b"caf\xe9", "latin 1")
            .file("café", "UTF-8")
            .file(b"cut\xe2\x82/x\xff", "cut")
            .symlink("link", b"caf\xe9")
            .file("replacement\u{fffd}", "character")
    };
    let whiteouts = Layer::new().whiteout(b"caf\xe9").whiteout("café");
    Image::new().layer(layer()).layer(layer()).layer(whiteouts)
}

fn escapes() -> Image {
    let layer = || {
        Layer::new()
            .file("<script>&amp;'\"\\", "html")
            .file("\u{1}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}[31m\u{7f}", "control")
            .file("\u{2028}\u{2029}\u{202e}\u{85}\u{a0}", "separators")
            .symlink("日本語 😀", "<&>\u{2028}")
    };
    Image::new().layer(layer()).layer(layer())
}

fn sorting() -> Image {
    let names = [
        "a",
        "a.b",
        "a-b",
        "a/b",
        "a0",
        "A",
        "_",
        "ä",
        "~",
        "a b",
        "longprefix2",
        "longprefix1",
        "longprefi",
    ];
    let layer = |skip| {
        let names = names.iter().skip(skip);
        names.fold(Layer::new(), |layer, name| layer.file(name, name))
    };
    Image::new().layer(layer(0)).layer(layer(4)).layer(Layer::new().whiteout("a"))
}

fn long_names() -> Image {
    let long = format!("{}/{}", "directory".repeat(12), "name".repeat(40));
    let fits = format!("{}/{}", "prefix".repeat(15), "n".repeat(60));
    let layer = |long_names| {
        let layer = Layer::new().long_names(long_names);
        layer.file(&long, "long").symlink("link", &long).file(&fits, "fits")
    };
    Image::new().layer(layer(LongNames::Pax)).layer(layer(LongNames::Gnu)).layer(layer(LongNames::Ustar))
}

fn types() -> Image {
    let layer = || {
        Layer::new()
            .entry(RawEntry::new(0, "old").format(HeaderFormat::V7).data("old"))
            .entry(RawEntry::new(0, "old-directory/").format(HeaderFormat::V7))
            .entry(RawEntry::new(b'0', "not-a-directory/").data("file"))
            .entry(RawEntry::new(b'7', "contiguous").data("seven"))
            .entry(RawEntry::new(b'Q', "unknown").data("what?"))
            .char_device("null", 1, 3)
            .block_device("sda", 8, 0)
            .fifo("fifo")
            .file("stargz.index.json", "{}")
            .file(".prefetch.landmark", "f")
    };
    Image::new().layer(layer()).layer(layer())
}

fn modes() -> Image {
    let modes =
        [0, 0o7777, 0o4755, 0o2755, 0o1777, 0o100_644, 0o040_755, 0o120_777, 0o010_600, 0o020_600, 0o060_600];
    let modes = modes.into_iter().chain([0o140_755, 0o1_040_755]);
    let layer = modes.fold(Layer::new(), |layer, mode| {
        let meta = Meta::new().mode(mode).owner(1000, 2_000_000);
        let layer = layer.file_with(format!("file-{mode:o}"), "file", meta.clone());
        layer.dir_with(format!("directory-{mode:o}"), meta)
    });
    // dive treats a file with the mode of a directory as a directory.
    let below = layer.file("file-40755/below", "a child");
    Image::new()
        .layer(below)
        .layer(Layer::new().whiteout("file-40755").whiteout("file-100644").whiteout("file-1040755"))
}

fn sparse() -> Image {
    let file = SparseFile::new(1_000_000).segment(0, [b'a'; 512]).segment(8192, [b'b'; 1024]);
    let layer = || {
        let formats = [SparseFormat::Gnu, SparseFormat::Pax00, SparseFormat::Pax01, SparseFormat::Pax10];
        formats
            .into_iter()
            .fold(Layer::new().dir("d"), |layer, format| layer.sparse(format!("d/{format:?}"), &file, format))
    };
    Image::new().layer(layer()).layer(layer()).layer(Layer::new().whiteout("d"))
}

fn xattrs() -> Image {
    let meta = || Meta::new().xattr("security.capability", b"\x01\n\x02=").mtime_nanos(5);
    let layer = || Layer::new().file_with("bin/ping", "ping", meta());
    let pax = Layer::new().pax(&[("uid", "3000000000"), ("size", "4"), ("path", "bin/ping")]);
    Image::new().layer(layer()).layer(layer()).layer(pax.file("other", "ping"))
}

fn history() -> Image {
    let layer = |name: &str| Layer::new().file(name, name);
    Image::new()
        .history("ENV A=1", true)
        .layer(layer("a"))
        .created_by("/bin/sh -c apt-get install <x> && \u{2028}")
        .layer(layer("b"))
        .created_by("RUN /bin/sh -c twice")
        .history("CMD", true)
        .layer(layer("c"))
        .created_by("/bin/sh -c ")
        .layer(layer("d"))
        .config_json(|config| {
            config["history"][5] = json!({"comment": "no command"});
        })
}

/// Layers that the history does not list.
fn history_missing() -> Image {
    let layer = |name: &str| Layer::new().file(name, name);
    Image::new().layer(layer("a")).layer(layer("b")).layer(layer("a")).config_json(|config| {
        config["history"] = json!([
            {"created_by": "ENV", "empty_layer": true},
            {"created_by": "COPY a"},
            {"created_by": "CMD", "empty_layer": true},
        ]);
    })
}

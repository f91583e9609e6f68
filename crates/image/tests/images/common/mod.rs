//! What the tests of odd images share: bytes in, numbers or an error's whole chain out.
//!
//! A layer is read in several ways by different code: plain in a file (contents are skipped), compressed (decoded
//! once), in an archive that passes by once, and with digests on the way. [`every_way`] reads through all of them.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use dockopt_core::image::ImageInfo;
use dockopt_core::ledger::Ledger;
use dockopt_image::{
    Environment, Image, Located, Opened, ReadError, ReadOptions, Reference, ReferenceError, Watcher,
    open_image, read_image,
};
use dockopt_testkit::{self as kit, Compression, Layer, outer};
use tempfile::TempDir;

/// What an image comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    /// Regular files of the final filesystem and their sizes.
    pub(crate) files: BTreeMap<Vec<u8>, u64>,
    pub(crate) ledger: Ledger,
    pub(crate) warnings: Vec<String>,
}

impl Seen {
    pub(crate) fn of(image: &Image) -> Self {
        let files = image.tree.final_files();
        Self {
            files: files.map(|file| (file.path.as_bytes().to_vec(), file.size)).collect(),
            ledger: Ledger::of(&image.tree, 1),
            warnings: image.warnings.iter().map(ToString::to_string).collect(),
        }
    }

    /// Paths of the files, as they are shown to people.
    pub(crate) fn names(&self) -> Vec<String> {
        let paths = self.files.keys();
        paths.map(|path| dockopt_core::path::escape(path)).collect()
    }

    pub(crate) fn size(&self, path: impl AsRef<[u8]>) -> Option<u64> {
        self.files.get(path.as_ref()).copied()
    }

    pub(crate) fn stored(&self) -> u64 {
        self.ledger.total.stored
    }

    pub(crate) fn live(&self) -> u64 {
        self.ledger.total.live
    }

    /// Whether a warning has this in it.
    pub(crate) fn warns(&self, text: &str) -> bool {
        self.warnings.iter().any(|warning| warning.contains(text))
    }

    /// The causes of the waste, each with its path.
    pub(crate) fn causes(&self) -> Vec<(String, String)> {
        let rows = self.ledger.waste.iter();
        rows.map(|row| (row.path.to_string(), row.cause.to_string())).collect()
    }
}

/// An error as people see it: what failed, and why, and why that.
pub(crate) fn chain(error: &ReadError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

pub(crate) fn verified() -> ReadOptions {
    ReadOptions { verify: true, ..ReadOptions::default() }
}

/// Options of the browser.
pub(crate) fn browsing() -> ReadOptions {
    ReadOptions { lenient: true, contents: true, ..ReadOptions::default() }
}

/// Watches nothing.
pub(crate) struct Blind;

impl Watcher for Blind {}

/// Locates what a reference names.
pub(crate) fn locate(text: &str) -> Result<Located, ReferenceError> {
    Reference::parse(text, None)?.locate(&Environment::default())
}

/// Opens what a path names, to browse.
pub(crate) fn browse_path(path: &Path) -> Opened {
    let located = locate(path.to_str().unwrap()).unwrap();
    open_image(&located, &browsing(), &mut Blind).unwrap_or_else(|error| panic!("{}", chain(&error)))
}

/// Opens an archive to browse; what is in it can be read as long as the archive is not needed again.
pub(crate) fn browse(bytes: &[u8]) -> Opened {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("image.tar");
    fs::write(&path, bytes).unwrap();
    browse_path(&path)
}

/// Options that choose one of several images.
pub(crate) fn named(image: &str) -> ReadOptions {
    ReadOptions { image: Some(image.to_owned()), ..ReadOptions::default() }
}

/// Reads what a reference names.
pub(crate) fn read_reference(text: &str, options: &ReadOptions) -> Result<Image, ReadError> {
    read_image(&locate(text)?, options, &mut |_| ControlFlow::Continue(()))
}

pub(crate) fn read_path(path: &Path, options: &ReadOptions) -> Result<Image, ReadError> {
    read_reference(path.to_str().unwrap(), options)
}

/// Reads an archive from a file.
pub(crate) fn read_with(bytes: &[u8], options: &ReadOptions) -> Result<Image, ReadError> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("image.tar");
    fs::write(&path, bytes).unwrap();
    read_path(&path, options)
}

pub(crate) fn read(bytes: &[u8]) -> Result<Image, ReadError> {
    read_with(bytes, &ReadOptions::default())
}

/// Reads an archive that must be readable.
pub(crate) fn seen(bytes: &[u8]) -> Seen {
    match read(bytes) {
        Ok(image) => Seen::of(&image),
        Err(error) => panic!("{}", chain(&error)),
    }
}

pub(crate) fn info(bytes: &[u8]) -> ImageInfo {
    read(bytes).unwrap().info
}

/// Why an archive cannot be read.
pub(crate) fn failure(bytes: &[u8]) -> String {
    failure_with(bytes, &ReadOptions::default())
}

pub(crate) fn failure_with(bytes: &[u8], options: &ReadOptions) -> String {
    match read_with(bytes, options) {
        Ok(image) => panic!("it was read: {:?}", Seen::of(&image)),
        Err(error) => chain(&error),
    }
}

/// Reads an archive from a named pipe, which another thread fills.
#[cfg(unix)]
pub(crate) fn read_fifo(bytes: &[u8], options: &ReadOptions) -> Result<Image, ReadError> {
    use std::io::Write as _;
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success(), "mkfifo");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut pipe = fs::OpenOptions::new().write(true).open(&path).unwrap();
            // A reader that has seen enough closes the pipe.
            let _ = pipe.write_all(bytes);
        });
        read_path(&path, options)
    })
}

/// An image with this one layer.
pub(crate) fn one(layer: Layer) -> kit::Image {
    kit::Image::new().layer(layer)
}

/// Reads an image through every kind of code that reads layers.
fn results(image: &kit::Image) -> Vec<(&'static str, Result<Seen, String>)> {
    let result = |result: Result<Image, ReadError>| match result {
        Ok(image) => Ok(Seen::of(&image)),
        Err(error) => Err(chain(&error)),
    };
    let plain = image.docker_legacy().to_tar();
    let gzip = image.oci_archive(Compression::Gzip).to_tar();
    let zstd = image.oci_archive(Compression::Zstd).to_tar();
    vec![
        ("plain layers in a file", result(read(&plain))),
        ("plain layers, verified", result(read_with(&plain, &verified()))),
        ("gzip layers", result(read(&gzip))),
        ("zstd layers, verified", result(read_with(&zstd, &verified()))),
        ("plain layers in a gzip archive", result(read(&outer(&plain, Compression::Gzip)))),
        ("gzip layers in a zstd archive", result(read(&outer(&gzip, Compression::Zstd)))),
    ]
}

/// Reads an image in every way; all must agree.
pub(crate) fn every_way(image: &kit::Image) -> Seen {
    let mut first: Option<Seen> = None;
    for (way, result) in results(image) {
        let seen = result.unwrap_or_else(|error| panic!("{way}: {error}"));
        match &first {
            Some(first) => assert_eq!(*first, seen, "{way}"),
            None => first = Some(seen),
        }
    }
    first.unwrap()
}

/// Reads an image in every way; all must fail, and say all of this.
pub(crate) fn no_way(image: &kit::Image, words: &[&str]) {
    for (way, result) in results(image) {
        match result {
            Ok(seen) => panic!("{way}: it was read: {seen:?}"),
            Err(error) => {
                for word in words {
                    assert!(error.contains(word), "{way}: `{word}` is not in `{error}`");
                }
            }
        }
    }
}

/// Two layers, 9 bytes stored, 7 live.
pub(crate) fn image() -> kit::Image {
    kit::Image::new()
        .layer(Layer::new().file("etc/a", "12").file("etc/b", "345"))
        .layer(Layer::new().whiteout("etc/a").file("c", "6789"))
        .tag("example:1.0")
}

pub(crate) fn expected() -> Seen {
    let seen = every_way(&image());
    assert_eq!((seen.stored(), seen.live()), (9, 7));
    assert_eq!(seen.warnings, [""; 0]);
    seen
}

/// The same numbers, whatever was warned of.
pub(crate) fn assert_numbers(found: &Seen, expected: &Seen, what: &str) {
    assert_eq!(found.files, expected.files, "{what}");
    assert_eq!(found.ledger, expected.ledger, "{what}");
}

pub(crate) fn oci() -> kit::Archive {
    image().oci_archive(Compression::Plain)
}

pub(crate) fn layer_path(image: &kit::Image, compression: Compression, layer: usize) -> String {
    let packed = image.pack(compression);
    kit::blob_path(&packed.layers.get(layer).unwrap().digest)
}

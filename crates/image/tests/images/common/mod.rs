//! Helpers for the tests of odd images: they read bytes, and return numbers or the whole chain of
//! an error.
//!
//! Different code reads plain layers in a file (contents are skipped), compressed layers (decoded
//! once), layers in a streamed archive, and layers with digests. [`every_way`] runs all of it.

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

/// The results of reading an image.
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

    /// Returns the escaped paths of the files.
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

    /// Returns whether a warning contains this text.
    pub(crate) fn warns(&self, text: &str) -> bool {
        self.warnings.iter().any(|warning| warning.contains(text))
    }

    /// Returns path and cause of each row of waste.
    pub(crate) fn causes(&self) -> Vec<(String, String)> {
        let rows = self.ledger.waste.iter();
        rows.map(|row| (row.path.to_string(), row.cause.to_string())).collect()
    }
}

/// Joins the messages of an error and its causes.
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

/// Returns the options of the browser.
pub(crate) fn browsing() -> ReadOptions {
    ReadOptions { lenient: true, contents: true, ..ReadOptions::default() }
}

/// A watcher that ignores everything.
pub(crate) struct Blind;

impl Watcher for Blind {}

/// Locates the image of a reference.
pub(crate) fn locate(text: &str) -> Result<Located, ReferenceError> {
    Reference::parse(text, None)?.locate(&Environment::default())
}

/// Opens the image at a path with the options of the browser.
pub(crate) fn browse_path(path: &Path) -> Opened {
    let located = locate(path.to_str().unwrap()).unwrap();
    open_image(&located, &browsing(), &mut Blind).unwrap_or_else(|error| panic!("{}", chain(&error)))
}

/// Opens an archive with the options of the browser. The file is removed when this returns.
pub(crate) fn browse(bytes: &[u8]) -> Opened {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("image.tar");
    fs::write(&path, bytes).unwrap();
    browse_path(&path)
}

/// Returns options that select one of several images.
pub(crate) fn named(image: &str) -> ReadOptions {
    ReadOptions { image: Some(image.to_owned()), ..ReadOptions::default() }
}

/// Reads the image of a reference.
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

/// Reads a valid archive; panics on errors.
pub(crate) fn seen(bytes: &[u8]) -> Seen {
    match read(bytes) {
        Ok(image) => Seen::of(&image),
        Err(error) => panic!("{}", chain(&error)),
    }
}

pub(crate) fn info(bytes: &[u8]) -> ImageInfo {
    read(bytes).unwrap().info
}

/// Returns the error of an invalid archive; panics if it is read.
pub(crate) fn failure(bytes: &[u8]) -> String {
    failure_with(bytes, &ReadOptions::default())
}

pub(crate) fn failure_with(bytes: &[u8], options: &ReadOptions) -> String {
    match read_with(bytes, options) {
        Ok(image) => panic!("no error: {:?}", Seen::of(&image)),
        Err(error) => chain(&error),
    }
}

/// Reads an archive from a named pipe; another thread writes it.
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
            // The reader may close the pipe early.
            let _ = pipe.write_all(bytes);
        });
        read_path(&path, options)
    })
}

/// Returns an image with one layer.
pub(crate) fn one(layer: Layer) -> kit::Image {
    kit::Image::new().layer(layer)
}

/// Reads an image in every form, with the name of each form.
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

/// Reads an image in every form; panics unless all results are equal.
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

/// Reads an image in every form; panics unless all fail with all of these words.
pub(crate) fn no_way(image: &kit::Image, words: &[&str]) {
    for (way, result) in results(image) {
        match result {
            Ok(seen) => panic!("{way}: no error: {seen:?}"),
            Err(error) => {
                for word in words {
                    assert!(error.contains(word), "{way}: `{word}` is not in `{error}`");
                }
            }
        }
    }
}

/// Returns an image of two layers with 9 bytes stored, 7 live.
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

/// Asserts equal files and ledgers; ignores warnings.
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

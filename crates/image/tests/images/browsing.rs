//! Reading for the browser: progress reports, and partial results for broken images.

use crate::common;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use crate::common::{browse, browsing, locate, read_path};
use dockopt_core::image::ImageInfo;
use dockopt_image::{
    LayerFailure, Opened, Progress, ReadError, ReadOptions, Watcher, open_image, read_image,
};
use dockopt_testkit::{Archive, Compression, Image, Layer, compress, outer};
use tempfile::TempDir;

/// Records the watcher's calls.
#[derive(Default)]
struct Listener {
    planned: Option<ImageInfo>,
    /// Whether the image was known at the first progress report.
    planned_first: Option<bool>,
    last: Progress,
}

impl Watcher for Listener {
    fn planned(&mut self, info: &ImageInfo) {
        self.planned = Some(info.clone());
    }

    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.planned_first.get_or_insert(self.planned.is_some());
        self.last = progress.clone();
        ControlFlow::Continue(())
    }
}

fn layers() -> [Layer; 3] {
    let noise: Vec<u8> = (0..20_000_u32).flat_map(|at| at.wrapping_mul(at).to_le_bytes()).collect();
    [
        Layer::new().file("a", "1").file("kept", "22"),
        Layer::new().file("b/first", "333").file("b/noise", noise).file("b/last", "4444"),
        Layer::new().file("c", "55555").whiteout("a"),
    ]
}

fn image() -> Image {
    layers().into_iter().fold(Image::new(), Image::layer)
}

/// Replaces the second layer by these bytes, or removes it.
fn with_second_layer(bytes: Option<Vec<u8>>) -> Archive {
    let mut archive = image().oci_archive(Compression::Gzip);
    let path = common::layer_path(&image(), Compression::Gzip, 1);
    match bytes {
        Some(bytes) => archive.replace(&path, bytes),
        None => archive.remove(&path),
    };
    archive
}

fn listen(path: &Path) -> (Opened, Listener) {
    let located = locate(path.to_str().unwrap()).unwrap();
    let mut listener = Listener::default();
    let opened = open_image(&located, &browsing(), &mut listener).unwrap();
    (opened, listener)
}

fn listen_to(bytes: &[u8]) -> (Opened, Listener) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("image.tar");
    fs::write(&path, bytes).unwrap();
    listen(&path)
}

fn failures(opened: &Opened) -> Vec<(usize, String)> {
    let say = |failure: &LayerFailure| (failure.layer, common::chain(&failure.error));
    opened.failures.iter().map(say).collect()
}

fn paths(opened: &Opened) -> Vec<String> {
    let mut paths: Vec<_> = opened.image.tree.final_files().map(|file| file.path.to_text()).collect();
    paths.sort();
    paths
}

#[test]
fn progress_of_all_layers_adds_up() {
    for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
        let same_twice = image().layer(layers()[0].clone());
        let (opened, Listener { planned, planned_first, last }) =
            listen_to(&same_twice.oci_archive(compression).to_tar());
        assert_eq!((planned.as_ref(), planned_first), (Some(&opened.image.info), Some(true)));
        assert_eq!(last.total_bytes, Some(last.bytes), "{compression:?}");
        assert_eq!((last.layers, last.total_layers), (3, Some(3)), "three blobs");
        assert_eq!(last.entries, 7);
        let by_layer = &last.by_layer;
        assert_eq!(by_layer.iter().take(3).map(|layer| layer.bytes).sum::<u64>(), last.bytes);
        assert_eq!((by_layer.len(), by_layer.first()), (4, by_layer.last()));
        for (layer, info) in by_layer.iter().zip(&opened.image.info.layers) {
            assert_eq!((Some(layer.bytes), layer.total), (info.transfer, info.transfer));
            assert_eq!(Some(&*layer.name), info.digest.as_deref());
            assert!(layer.done && !layer.failed);
        }
    }
}

#[test]
fn stream_reports_layers_in_stream_order() {
    let archive = image().docker_legacy();
    let names: Vec<&str> = archive.names().into_iter().filter(|name| name.ends_with("layer.tar")).collect();
    let bytes = outer(&archive.to_tar(), Compression::Gzip);
    let (opened, Listener { planned, planned_first, last }) = listen_to(&bytes);
    assert_eq!((planned.as_ref(), planned_first), (Some(&opened.image.info), Some(false)));
    assert_eq!((last.bytes, last.total_bytes), (bytes.len() as u64, Some(bytes.len() as u64)));
    assert_eq!(last.by_layer.iter().map(|layer| &*layer.name).collect::<Vec<_>>(), names);
    assert!(last.by_layer.iter().all(|layer| layer.done && Some(layer.bytes) == layer.total));
}

#[test]
fn broken_layer_keeps_other_layers_and_entries_before_the_damage() {
    let mut cut = compress(&layers()[1].clone().into_tar(), Compression::Gzip);
    cut.truncate(cut.len() / 2);
    let tar = with_second_layer(Some(cut)).to_tar();
    for bytes in [tar.clone(), outer(&tar, Compression::Zstd)] {
        let (opened, listener) = listen_to(&bytes);
        let [(1, error)] = &failures(&opened)[..] else {
            panic!("{:?}", opened.failures);
        };
        assert!(error.starts_with("layer 1 (`sha256:") && error.contains("cannot be read"), "{error}");
        let hint = opened.failures[0].error.hint().unwrap_or_default();
        assert!(hint.contains("damaged"), "{hint}");
        assert_eq!(paths(&opened), ["/b/first", "/c", "/kept"]);
        let failed: Vec<bool> = listener.last.by_layer.iter().map(|layer| layer.failed).collect();
        assert_eq!(failed.iter().filter(|failed| **failed).count(), 1, "{failed:?}");
        assert!(common::read(&bytes).is_err(), "without browsing, the whole image is required");
    }
}

#[test]
fn missing_or_invalid_layer_keeps_other_layers() {
    for (bytes, word) in [(None, "is not in the archive"), (Some(b"no layer".to_vec()), "it is not a tar")] {
        let tar = with_second_layer(bytes).to_tar();
        for bytes in [tar.clone(), outer(&tar, Compression::Gzip)] {
            let (opened, _) = listen_to(&bytes);
            let [(1, error)] = &failures(&opened)[..] else {
                panic!("{:?}", opened.failures);
            };
            assert!(error.starts_with("layer 1 (`sha256:") && error.contains(word), "{error}");
            assert_eq!(paths(&opened), ["/c", "/kept"]);
        }
    }
}

#[test]
fn layers_that_share_a_broken_blob_all_fail() {
    let broken = || layers()[1].clone();
    let image = Image::new().layer(broken()).layer(layers()[0].clone()).layer(broken());
    let mut archive = image.oci_archive(Compression::Gzip);
    archive.truncate(&common::layer_path(&image, Compression::Gzip, 0), 100);
    let (opened, _) = listen_to(&archive.to_tar());
    let failed: Vec<usize> = failures(&opened).into_iter().map(|(layer, _)| layer).collect();
    assert_eq!(failed, [0, 2]);
}

#[test]
fn uncomparable_content_counts_as_different() {
    let image = Image::new()
        .layer(Layer::new().file("f", "x".repeat(9000)))
        .layer_tar(&Layer::new().file("f", "x".repeat(9000)).into_tar()[..5000]);
    let opened = browse(&image.docker_legacy().to_tar());
    assert_eq!(failures(&opened).len(), 1);
    let ledger = dockopt_core::ledger::Ledger::of(&opened.image.tree, 1);
    assert_eq!(ledger.waste.iter().map(|row| row.cause.word()).collect::<Vec<_>>(), ["overwritten"]);
}

#[test]
fn reading_without_browsing_is_strict_with_any_options() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("image.tar");
    fs::write(&path, with_second_layer(None).to_tar()).unwrap();
    let located = locate(path.to_str().unwrap()).unwrap();
    let result = read_image(&located, &browsing(), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(result, Err(ReadError::MissingLayer { index: 1, .. })), "{result:?}");
}

#[test]
fn browsing_yields_the_same_numbers_for_an_intact_image() {
    for bytes in [
        image().docker_legacy().to_tar(),
        image().oci_archive(Compression::Gzip).to_tar(),
        outer(&image().docker_25().to_tar(), Compression::Zstd),
    ] {
        let opened = browse(&bytes);
        assert_eq!(common::Seen::of(&opened.image), common::seen(&bytes));
        assert!(opened.failures.is_empty());
    }
}

#[test]
fn truncated_layer_is_browsable_or_an_error() {
    let small = Image::new()
        .layer(Layer::new().file("a", "1".repeat(600)).file("b", "2"))
        .layer(Layer::new().file("a", "3".repeat(600)).whiteout("b").symlink("l", "a"));
    for compression in [Compression::Plain, Compression::Gzip] {
        let archive = small.oci_archive(compression);
        let path = common::layer_path(&small, compression, 1);
        let whole = archive.get(&path).len();
        for cut in (0..whole).step_by(37) {
            let mut archive = archive.clone();
            archive.truncate(&path, cut);
            let opened = browse(&archive.to_tar());
            let tree = &opened.image.tree;
            for file in tree.final_files() {
                let mut reader = opened.contents.open(tree, file.inode).unwrap();
                let mut content = vec![0; 600];
                match reader.read_at(0, &mut content) {
                    Ok(read) => {
                        assert_eq!((read as u64, content.first()), (file.size, content.get(read - 1)));
                    }
                    Err(error) => assert!(error.to_string().contains("layer"), "{error}"),
                }
            }
        }
    }
}

/// Cancels at the first progress report.
#[cfg(unix)]
struct Impatient;

#[cfg(unix)]
impl Watcher for Impatient {
    fn progress(&mut self, _progress: &Progress) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

#[cfg(unix)]
#[test]
fn silent_pipe_does_not_block_cancellation() {
    let directory = TempDir::new().unwrap();
    for writes in [None, Some(&b"image"[..])] {
        let path = directory.path().join(format!("pipe-{}", writes.is_some()));
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        // Opening a pipe for reading too does not block until there is a writer.
        let open = || fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let pipe = writes.map(|bytes| {
            let mut pipe = open();
            std::io::Write::write_all(&mut pipe, bytes).unwrap();
            pipe
        });
        let located = locate(path.to_str().unwrap()).unwrap();
        for options in [browsing(), ReadOptions::default()] {
            let result = open_image(&located, &options, &mut Impatient);
            assert!(matches!(result, Err(ReadError::Cancelled)), "{result:?}");
        }
        drop(pipe);
    }
}

#[cfg(unix)]
#[test]
fn pipe_is_read_to_its_end() {
    let archive = image().docker_25().to_tar();
    let opened = common::read_fifo(&archive, &browsing()).unwrap();
    assert_eq!(common::Seen::of(&opened), common::seen(&archive));
    assert!(read_path(Path::new("/dev/null"), &browsing()).is_err());
}

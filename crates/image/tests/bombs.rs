//! Layers and archives that are small when stored and huge or endless when read: memory stays
//! bounded.
//!
//! The tests measure the peak of this process' resident memory, so they run one at a time and in a
//! file of their own.
//!
//! | trap | what happens |
//! |---|---|
//! | a gigabyte (ten gigabytes) of zeros in a layer | counted |
//! | the same in an archive that is compressed as a whole | counted |
//! | zeros after the end of a layer | skipped |
//! | a header with an endless hole map | read through |
//! | an archive of zeros | an error |
//! | a caller that cancels | cancelled at once |

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that panics has found something")]

#[allow(dead_code, reason = "only a part of it is used here")]
#[path = "images/common/mod.rs"]
mod common;

use std::fs;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::{Seen, chain, read_path};
use dockopt_image::{Environment, ReadError, ReadOptions, Reference, read_image};
use dockopt_testkit::{Compression, HeaderFormat, Image, RawEntry, bomb, sha256};
use tempfile::TempDir;

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;
/// Memory allowed for reading, on top of the process' own.
const ROOM: u64 = 64 * MIB;

/// Locks this process for one test, until dropped.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resident memory in bytes: current (`VmRSS`) or peak (`VmHWM`).
fn memory(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    let kibibytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes * 1024
}

/// Runs `work` and returns its peak memory in bytes.
fn peak<T>(work: impl FnOnce() -> T) -> (T, u64) {
    // Resets the peak (Linux, proc(5)).
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS:");
    let result = work();
    (result, memory("VmHWM:").saturating_sub(before))
}

fn read_within_bounds(path: &Path, options: &ReadOptions) -> Result<Seen, String> {
    let (result, bytes) = peak(|| read_path(path, options));
    assert!(bytes < ROOM, "{bytes} bytes of memory");
    result.map(|image| Seen::of(&image)).map_err(|error| chain(&error))
}

/// Writes an archive with one layer.
fn write(directory: &TempDir, layer: &[u8], compression: Compression) -> PathBuf {
    let image = Image::new().layer_blob(layer, &sha256(b"nobody unpacks it to find out"));
    let path = directory.path().join("bomb.tar");
    fs::write(&path, image.oci_archive(compression).to_tar()).unwrap();
    path
}

/// The same archive, compressed as a whole.
fn compressed(path: &Path) -> PathBuf {
    let out = path.with_extension("tar.zst");
    zstd::stream::copy_encode(fs::File::open(path).unwrap(), fs::File::create(&out).unwrap(), 1).unwrap();
    out
}

fn explode(size: u64) {
    let directory = TempDir::new().unwrap();
    for compression in [Compression::Gzip, Compression::Zstd] {
        let path = write(&directory, &bomb(size, compression), compression);
        for path in [&path, &compressed(&path)] {
            let seen = read_within_bounds(path, &ReadOptions::default()).unwrap();
            assert_eq!(seen.size("bomb"), Some(size));
            assert_eq!((seen.stored(), seen.live()), (size, size));
            assert_eq!(seen.warnings, [""; 0]);
        }
    }
}

#[test]
fn gigabyte_of_zeros_is_counted_in_little_memory() {
    let _alone = alone();
    explode(GIB);
}

#[test]
#[ignore = "needs half a minute"]
fn ten_gigabytes_of_zeros_are_counted_in_little_memory() {
    let _alone = alone();
    explode(10 * GIB);
}

#[test]
fn zeros_after_the_end_of_a_layer_are_skipped() {
    let _alone = alone();
    let directory = TempDir::new().unwrap();
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..512 {
        encoder.write_all(&zeros).unwrap();
    }
    let path = write(&directory, &encoder.finish().unwrap(), Compression::Zstd);
    let seen = read_within_bounds(&path, &ReadOptions::default()).unwrap();
    let warning = "layer 0: 536870400 zeros and no entry: entries may be lost";
    assert_eq!((seen.stored(), seen.warnings), (0, vec![warning.to_owned()]));
}

#[test]
fn endless_hole_map_takes_no_memory() {
    let _alone = alone();
    let directory = TempDir::new().unwrap();
    let mut header = tar::Header::new_gnu();
    let entry = RawEntry::new(b'S', "endless").format(HeaderFormat::Gnu);
    *header.as_mut_bytes() = entry.header();
    let fields = header.as_gnu_mut().unwrap();
    fields.isextended = [1];
    fields.realsize = *b"00000001000\0";
    header.set_cksum();
    let mut block = tar::GnuExtSparseHeader::new();
    block.isextended = [1];
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(header.as_bytes()).unwrap();
    let blocks = block.as_bytes().repeat(2048);
    for _ in 0..256 {
        encoder.write_all(&blocks).unwrap();
    }
    let path = write(&directory, &encoder.finish().unwrap(), Compression::Zstd);
    let error = read_within_bounds(&path, &ReadOptions::default()).unwrap_err();
    assert!(error.starts_with("layer 0 (`sha256:"), "{error}");
    assert!(error.contains("offset 0") && error.contains("ends early"), "{error}");
}

#[test]
fn archive_of_zeros_is_an_error() {
    let _alone = alone();
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("zeros.tar");
    let file = fs::File::create(&path).unwrap();
    file.set_len(100 * GIB).unwrap();
    for path in [path, directory.path().join("zeros.tar.zst")] {
        if !path.exists() {
            let zeros = fs::File::open("/dev/zero").unwrap();
            let zeros = std::io::Read::take(zeros, GIB);
            zstd::stream::copy_encode(zeros, fs::File::create(&path).unwrap(), 1).unwrap();
        }
        let error = read_within_bounds(&path, &ReadOptions::default()).unwrap_err();
        assert!(error.ends_with("it is an empty archive"), "{error}");
    }
}

#[test]
fn cancellation_takes_effect_at_once() {
    let _alone = alone();
    let directory = TempDir::new().unwrap();
    let path = write(&directory, &bomb(2 * GIB, Compression::Zstd), Compression::Zstd);
    for path in [&path, &compressed(&path)] {
        let reference = Reference::parse(path.to_str().unwrap(), None).unwrap();
        let located = reference.locate(&Environment::default()).unwrap();
        let mut calls = 0;
        let result = read_image(&located, &ReadOptions::default(), &mut |_| {
            calls += 1;
            ControlFlow::Break(())
        });
        assert!(matches!(result, Err(ReadError::Cancelled)), "{result:?}");
        assert_eq!(calls, 1);
    }
}

//! Programs and libraries of the machine, and what `strip` removes from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dockopt_advice::evidence::elf::{ElfFact, Programs};
use dockopt_testkit::{Image, Layer, Meta};

use super::{examined, report};

/// The largest file that is used, so that the test stays quick.
const LARGEST: u64 = 16 << 20;

/// Returns the programs and libraries below some directories, without objects.
fn samples(directories: &[&Path]) -> Vec<PathBuf> {
    let mut pending: Vec<PathBuf> = directories.iter().map(|path| path.to_path_buf()).collect();
    let mut found = Vec::new();
    while let Some(directory) = pending.pop() {
        for path in fs::read_dir(&directory).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            if metadata.is_dir() {
                pending.push(path);
            } else if metadata.is_file() && metadata.len() <= LARGEST && is_linked(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_linked(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap_or_default();
    bytes.starts_with(b"\x7fELF") && matches!(bytes.get(16), Some(2 | 3))
}

/// Returns the size of a file after `strip`; `None` if it cannot strip it.
fn stripped(path: &Path, option: &str) -> Option<u64> {
    let directory = tempfile::tempdir().expect("a directory");
    let out = directory.path().join("out");
    let done = Command::new("strip").arg(option).arg("-o").arg(&out).arg(path).output().expect("strip");
    done.status.success().then(|| fs::metadata(&out).expect("written").len())
}

fn fact(bytes: &[u8]) -> ElfFact {
    let fact = examined(&Programs, "x", bytes).expect("a program");
    ElfFact::decode(&fact).expect("a fact")
}

#[test]
#[ignore = "needs strip"]
fn strip_removes_what_is_predicted() {
    let own = std::env::current_exe().expect("this program");
    let built = own.parent().expect("a directory");
    let directories = ["/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu"].map(Path::new);
    let samples = samples(&[&directories[..], &[built]].concat());
    let (mut equal, mut other) = (0, Vec::new());
    let mut removed = BTreeMap::new();
    for path in &samples {
        let bytes = fs::read(path).expect("readable");
        let size = bytes.len() as u64;
        let predicted = fact(&bytes).strippable;
        for option in ["--strip-all", "--strip-unneeded"] {
            let Some(after) = stripped(path, option) else { continue };
            if predicted == size.saturating_sub(after) {
                equal += 1;
                removed.insert(path, predicted);
            } else {
                other.push(format!("{} {option}: {size} {after} {predicted}", path.display()));
            }
        }
    }
    // Merged notes and moved segments are the known reasons for others.
    println!("{equal} equal, others: {other:#?}");
    assert!(equal >= 400 && other.len() * 200 <= equal, "{equal}: {other:#?}");

    // The report adds them up, in every form of the image.
    let mut largest: Vec<(&PathBuf, u64)> = removed.into_iter().filter(|(_, bytes)| *bytes > 0).collect();
    largest.truncate(10);
    assert!(!largest.is_empty(), "every program of the machine is stripped");
    let layer = largest.iter().enumerate().fold(Layer::new(), |layer, (number, (path, _))| {
        let content = fs::read(path).expect("readable");
        layer.file_with(format!("bin/{number}"), content, Meta::default().mode(0o755))
    });
    let report = report(&Image::new().layer(layer));
    let sum: u64 = largest.iter().map(|(_, bytes)| bytes).sum();
    assert_eq!(report["unowned"]["strippable"], sum);
}

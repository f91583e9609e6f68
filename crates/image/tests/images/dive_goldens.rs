//! Compares dive's numbers and dive's JSON with the output of dive 0.13.1.
//!
//! Recorded goldens are compared in every run (`goldens/README.md` describes how to record them).
//! If dive is available, the ignored tests run it on random images and on real ones too.

use crate::dive_images;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use dockopt_core::base::BaseChoice;
use dockopt_core::dive::DiveScore;
use dockopt_core::{Analysis, Score};
use dockopt_image::{ReadOptions, read_image};
use dockopt_report::{Report, Style, Tool, format};

use crate::common::locate;
use serde_json::Value;

/// Number of random images compared with the real program.
const RANDOM: u64 = 300;
/// Real images in the directory filled by `tests/engines/build-images.sh`.
const REAL: [&str; 3] = ["python-naive.tar", "many-layers.tar", "static.tar"];

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/dive")
}

fn setting(name: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "paths of dive and the images are settings of the test")]
    std::env::var_os(name).map(PathBuf::from)
}

/// Returns the JSON and the score of an archive as computed here.
fn ours(archive: &Path) -> (String, DiveScore) {
    let name = format!("docker-archive:{}", archive.display());
    let located = locate(&name).expect("a reference");
    let options = ReadOptions::default();
    let image = read_image(&located, &options, &mut |_| ControlFlow::Continue(())).expect("an image");
    let analysis = Analysis::new(image.info, &image.tree, &BaseChoice::Described, Score::Dive);
    let report = Report {
        tool: Tool { name: "", version: "" },
        analysis: &analysis,
        tree: &image.tree,
        judgement: None,
        style: Style { width: 80, colour: false, waste_rows: None },
    };
    let mut json = Vec::new();
    (format("dive-json").expect("a format").write)(&mut json, &report).expect("memory");
    (String::from_utf8(json).expect("UTF-8"), analysis.dive.expect("the numbers of dive"))
}

/// Returns the JSON of an archive as computed by dive.
fn dives(dive: &Path, archive: &Path) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let json = folder.path().join("dive.json");
    let output = Command::new(dive)
        .args(["--source", "docker-archive", "--json"])
        .args([&json, archive])
        .output()
        .expect("dive runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "dive on {}: {said}", archive.display());
    std::fs::read_to_string(json).expect("dive has written its JSON")
}

/// Compares two documents byte by byte, except for `id`, for the order of references of one size,
/// and for characters with an effect on terminals, which are escaped here but not by dive.
fn assert_same(name: &str, ours: &str, dives: &str) {
    let (our_head, our_references) = parts(ours);
    let (dive_head, dive_references) = parts(dives);
    for (number, (our, dive)) in our_head.lines().zip(dive_head.lines()).enumerate() {
        let same = our == dive
            || is_id(our) && is_id(dive)
            || value(our).is_some_and(|our| Some(our) == value(dive));
        assert!(same, "{name}, line {}: {our} is not {dive}", number + 1);
    }
    assert_eq!(our_head.lines().count(), dive_head.lines().count(), "{name}: number of lines");
    assert_eq!(our_references, dive_references, "{name}: references");
    assert_eq!(ours.lines().count(), dives.lines().count(), "{name}: number of lines");
    assert_eq!(ours.ends_with('\n'), dives.ends_with('\n'), "{name}: end");
}

/// Returns the part before the references, and the references in a fixed order.
fn parts(document: &str) -> (&str, Vec<(u64, u64, String)>) {
    let at = document.rfind("\"fileReference\":").expect("references");
    let value: Value = serde_json::from_str(document).expect("JSON");
    let references = value["image"]["fileReference"].as_array().expect("an array");
    let number = |value: &Value| value.as_u64().expect("a number");
    let references: Vec<_> = references
        .iter()
        .map(|file| {
            let path = file["file"].as_str().expect("a path").to_owned();
            (number(&file["sizeBytes"]), number(&file["count"]), path)
        })
        .collect();
    assert!(references.is_sorted_by(|one, other| one.0 >= other.0), "largest first");
    let mut sorted = references;
    sorted.sort();
    (&document[..at], sorted)
}

/// Parses key and value of a line.
fn value(line: &str) -> Option<Value> {
    serde_json::from_str(&format!("{{{}}}", line.trim().trim_end_matches(','))).ok()
}

fn is_id(line: &str) -> bool {
    line.starts_with("      \"id\": ")
}

/// Compares the other numbers of the score with those implied by the document.
fn assert_consistent(name: &str, score: &DiveScore, dives: &str) {
    let value: Value = serde_json::from_str(dives).expect("JSON");
    let image = &value["image"];
    let sizes = value["layer"].as_array().expect("layers").iter();
    let sizes: Vec<u64> = sizes.map(|layer| layer["sizeBytes"].as_u64().expect("a size")).collect();
    let user: u64 = sizes.iter().skip(1).sum();
    let wasted = image["inefficientBytes"].as_u64().expect("bytes");
    #[expect(clippy::cast_precision_loss, reason = "as dive does it")]
    let percent = wasted as f64 / user as f64;
    assert_eq!(score.user_wasted_percent.is_nan(), percent.is_nan(), "{name}");
    assert!(percent.is_nan() || score.user_wasted_percent.to_bits() == percent.to_bits(), "{name}");
    assert_eq!((score.wasted_bytes, score.user_size_bytes), (wasted, user), "{name}");
    // Compare all digits, which a fast JSON parser does not preserve.
    let efficiency = dives.lines().find_map(|line| line.strip_prefix("    \"efficiencyScore\": "));
    let efficiency = efficiency.and_then(|line| line.trim_end_matches(',').parse::<f64>().ok());
    assert_eq!(Some(score.efficiency.to_bits()), efficiency.map(f64::to_bits), "{name}");
}

fn assert_as(name: &str, archive: &Path, dives: &str) {
    let (json, score) = ours(archive);
    assert_same(name, &json, dives);
    assert_consistent(name, &score, dives);
}

#[test]
fn images_match_their_goldens() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, archive) in dive_images::all() {
        let path = folder.path().join("image.tar");
        std::fs::write(&path, archive.to_tar()).expect("written");
        let golden = goldens().join(format!("{name}.json"));
        let golden = std::fs::read_to_string(golden).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_as(&name, &path, &golden);
    }
}

#[test]
fn goldens_have_images() {
    let names: Vec<String> = dive_images::all().into_iter().map(|(name, _)| name).collect();
    for file in std::fs::read_dir(goldens()).expect("goldens") {
        let path = file.expect("a golden").path();
        let name = path.file_stem().expect("a name").to_string_lossy();
        assert!(names.iter().any(|known| *known == name), "{name}: no image has this name");
    }
}

/// Compares an image saved by a real engine with the recorded output of `dive`.
#[test]
fn image_saved_by_docker_matches_its_golden() {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let golden = std::fs::read_to_string(testdata.join("hello.dive.json")).expect("a golden");
    assert_as("hello", &testdata.join("hello.docker.tar"), golden.trim_end());
}

#[test]
#[ignore = "writes the archives that goldens/record.sh passes to dive, into DOCKOPT_DIVE_ARCHIVES"]
fn write_archives() {
    let Some(folder) = setting("DOCKOPT_DIVE_ARCHIVES") else {
        return;
    };
    for (name, archive) in dive_images::all() {
        std::fs::write(folder.join(format!("{name}.tar")), archive.to_tar()).expect("written");
    }
}

#[test]
#[ignore = "needs dive (DOCKOPT_TEST_DIVE) and the real images (DOCKOPT_TEST_IMAGES)"]
fn dive_itself_agrees() {
    let dive = setting("DOCKOPT_TEST_DIVE").expect("DOCKOPT_TEST_DIVE");
    let images = setting("DOCKOPT_TEST_IMAGES").expect("DOCKOPT_TEST_IMAGES");
    let folder = tempfile::tempdir().expect("a folder");
    let random = (0..RANDOM).map(|seed| (format!("seed {seed}"), dive_images::random(seed)));
    for (name, archive) in dive_images::all().into_iter().chain(random) {
        let path = folder.path().join("image.tar");
        std::fs::write(&path, archive.to_tar()).expect("written");
        assert_as(&name, &path, &dives(&dive, &path));
    }
    for name in REAL {
        let path = images.join(name);
        assert_as(name, &path, &dives(&dive, &path));
    }
}

//! The rules of dive's numbers, one by one. Other tests compare whole images with dive itself.

use super::fixtures::Layers;
use super::*;
use crate::model::image::{ImageInfo, LayerInfo};

fn score(layers: Layers) -> DiveScore {
    DiveScore::of(&layers.tree(), &ImageInfo::default())
}

fn files(score: &DiveScore) -> Vec<(String, u64, u64)> {
    let files = score.files.iter();
    files.map(|file| (file.path.to_text(), file.count, file.bytes)).collect()
}

fn assert_ratio(found: f64, part: i32, whole: i32) {
    let wanted = f64::from(part) / f64::from(whole);
    assert_eq!(found.to_bits(), wanted.to_bits(), "{found} is not {wanted}");
}

#[test]
fn all_copies_of_a_repeated_path_count() {
    let score = score(Layers::new().layer(&["a 100", "b 7"]).layer(&["a 60"]).layer(&["a 80"]));
    assert_eq!(files(&score), [("/a".to_owned(), 3, 240)]);
    assert_ratio(score.efficiency, 67, 247);
    assert_ratio(score.user_wasted_percent, 240, 140);
    assert_eq!((score.size_bytes, score.user_size_bytes, score.wasted_bytes), (247, 140, 240));
}

#[test]
fn a_whiteout_counts_the_bytes_of_a_directory_and_none_for_a_file() {
    let below = ["d/ 5", "d/x 10", "d/e/y 20", "f 40"];
    let score = score(Layers::new().layer(&below).layer(&[".wh.d", ".wh.f"]));
    assert_eq!(files(&score), [("/f".to_owned(), 2, 40)]);
    assert_ratio(score.efficiency, 10 + 20 + 35, 10 + 20 + 40 + 35);
}

#[test]
fn a_whiteout_without_a_target_ends_its_layer() {
    let score = score(Layers::new().layer(&["a 10", "z 10"]).layer(&["a 10", "b/.wh.gone", "z 10"]));
    assert_eq!(files(&score), [("/a".to_owned(), 2, 20)]);
    assert_ratio(score.efficiency, 10 + 10 - 1, 30);
    assert_eq!(score.size_bytes, 40);
}

#[test]
fn a_missing_target_gets_a_minimum_when_it_appears() {
    let score = score(Layers::new().layer(&["a 4"]).layer(&[".wh.b"]).layer(&["b 6"]).layer(&["b 9"]));
    assert_eq!(files(&score), [("/b".to_owned(), 2, 15)]);
    assert_ratio(score.efficiency, 10, 19);
}

#[test]
fn whiteouts_of_the_lowest_layer_apply_to_the_layer_itself() {
    let score = score(Layers::new().layer(&[".wh.!", "!/", "!/x 10"]).layer(&[".wh.!", "z"]));
    // The first whiteout finds 10 bytes in its own layer; the second finds none, because the first
    // one removed them.
    assert_ratio(score.efficiency, 20, 20);
    assert_eq!(files(&score), []);
    assert!(score.user_wasted_percent.is_nan());
}

#[test]
fn names_order_whiteouts_and_files_of_one_layer() {
    // `!` sorts before `.wh.`, so the whiteout removes the new file; `x` sorts after it.
    let layers = Layers::new().layer(&["!/ 1", "x/ 2"]);
    let layers = layers.layer(&["!/ 4", ".wh.!", "x/ 8", ".wh.x"]).layer(&[".wh.!", ".wh.x"]);
    let score = score(layers);
    // The last layer ends at `.wh.!`.
    assert_eq!(files(&score), [("/x".to_owned(), 3, 12), ("/!".to_owned(), 3, 6)]);
    let layers = Layers::new().layer(&["x/ 2"]).layer(&["x/ 8", ".wh.x"]).layer(&[".wh.x"]);
    assert_eq!(files(&self::score(layers)), [("/x".to_owned(), 4, 20)]);
}

#[test]
fn the_contents_of_a_replaced_directory_stay() {
    let layers = Layers::new().layer(&["d/", "d/x 10"]).layer(&["d 3"]).layer(&["d/"]).layer(&[".wh.d"]);
    let score = score(layers);
    assert_eq!(files(&score), [("/d".to_owned(), 3, 13)]);
    assert_ratio(score.efficiency, 10, 23);
}

#[test]
fn an_implied_parent_is_not_a_directory() {
    let score = score(Layers::new().layer(&["d/x 10"]).layer(&[".wh.d", "d/x 1"]));
    assert_ratio(score.efficiency, 1, 11);
}

#[test]
fn a_whiteout_without_a_name_stands_for_its_directory() {
    let layers = Layers::new().layer(&["d/", "d/x 10"]).layer(&["d/", "d/.wh."]).layer(&["d/ 2", "d/.wh."]);
    let score = score(layers);
    assert_eq!(files(&score), [("/d/".to_owned(), 2, 10)]);
    assert_ratio(score.efficiency, 10, 20);
}

#[test]
fn repeated_entries_count_once_but_all_their_sizes_add_up() {
    let score = score(Layers::new().layer(&["a 10", "./a 20", "./ 7"]).layer(&["a 1"]));
    assert_eq!(files(&score), [("/a".to_owned(), 2, 21)]);
    assert_eq!((score.size_bytes, score.user_size_bytes), (31, 1));
}

#[test]
fn an_image_without_bytes_is_efficient() {
    let nothing = score(Layers::new().layer(&["a"]).layer(&["a"]));
    assert_ratio(nothing.efficiency, 1, 1);
    assert!(nothing.user_wasted_percent.is_nan());
    assert_eq!(files(&nothing), [("/a".to_owned(), 2, 0)]);
    let base = score(Layers::new().layer(&["d/ 1", "d/x 1", ".wh.e"]).layer(&["d/x", ".wh.d"]));
    assert!(base.user_wasted_percent.is_nan());
    let infinite = score(Layers::new().layer(&["a 5"]).layer(&["a"]));
    assert!(infinite.user_wasted_percent.is_infinite());
    assert_ratio(score(Layers::new()).efficiency, 1, 1);
}

#[test]
fn deep_paths_and_many_whiteouts_are_fast() {
    let deep = "d/".repeat(5_000);
    let mut lines = vec![format!("{deep}x 1")];
    lines.extend((0..20_000).map(|number| format!("f{number}/x 1")));
    let whiteouts: Vec<String> = (0..20_000).map(|number| format!(".wh.f{number}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let whiteouts: Vec<&str> = whiteouts.iter().map(String::as_str).collect();
    let mut layers = Layers::new().layer(&lines);
    for _ in 0..5 {
        layers = layers.layer(&whiteouts).layer(&lines);
    }
    assert_eq!(score(layers).files.len(), 40_001);
}

#[test]
fn a_linked_layer_is_empty() {
    let tree = Layers::new().layer(&["a 1"]).layer(&["a 2"]).layer(&["a 4"]).tree();
    let layer = |linked| LayerInfo { linked, ..LayerInfo::default() };
    let info = ImageInfo { layers: vec![layer(false), layer(true), layer(false)], ..ImageInfo::default() };
    let score = DiveScore::of(&tree, &info);
    assert_eq!(files(&score), [("/a".to_owned(), 2, 5)]);
    assert_eq!((score.size_bytes, score.user_size_bytes), (5, 4));
    let mut layers = DiveLayers::new(&tree, &info);
    assert_eq!((layers.size(1), layers.files(1).count()), (0, 0));
}

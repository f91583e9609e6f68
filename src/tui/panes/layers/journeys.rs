//! Journeys through the layers.

use ratatui::crossterm::event::{MouseButton, MouseEventKind};

use super::state::LayerRows;
use crate::tui::journeys::journey::Journey;
use crate::tui::range::Compare;

#[test]
fn moving_down_shows_the_changes_of_each_layer() {
    let mut journey = Journey::hello();
    assert_eq!(journey.rows(), ["+/bin"], "layer 0 adds a directory");
    journey.press("down");
    assert_eq!(journey.rows(), ["+/app", " /bin"], "layer 1 adds another");
    journey.press("j");
    assert_eq!(journey.rows(), ["~/app", " /bin"], "layer 2 rewrites a file in it");
    journey.press("k k");
    assert_eq!(journey.app.layers.chosen, 0);
    journey.press("end");
    assert_eq!(journey.app.layers.chosen, 10);
    journey.press("home");
    assert_eq!(journey.app.layers.chosen, 0);
}

#[test]
fn layer_list_stops_at_both_ends() {
    let mut journey = Journey::hello();
    journey.press("up pgup");
    assert_eq!(journey.app.layers.chosen, 0);
    journey.press("pgdn pgdn pgdn down");
    assert_eq!(journey.app.layers.chosen, 10);
}

#[test]
fn layer_details_show_sizes_and_waste() {
    let mut journey = Journey::open("hello.docker.tar", 200, 60);
    journey.press("down down down down down down down");
    let screen = journey.screen();
    assert!(screen.contains("3 Layer 7"), "{screen}");
    assert!(screen.contains("Stored      0 B"), "{screen}");
    assert!(screen.contains("Wastes      7.50 kB in 2 files of layers below"), "{screen}");
    assert!(screen.contains("layer 7 deleted 2 files of"), "{screen}");
}

#[test]
fn up_to_shows_all_changes_over_the_base() {
    let mut journey = Journey::hello();
    journey.press("down down a");
    assert_eq!(journey.app.layers.compare, Compare::UpTo);
    assert_eq!(journey.rows(), ["+/app", " /bin"], "both layers together add a directory to the base");
    journey.press("ctrl+l");
    assert_eq!(journey.rows(), ["~/app", " /bin"]);
    journey.press("ctrl+a");
    assert_eq!(journey.app.layers.compare, Compare::UpTo, "as in dive");
}

#[test]
fn comparisons_cycle() {
    let mut journey = Journey::hello();
    journey.press("end c");
    assert!(journey.screen().contains("layers 1..10 over the base"), "{}", journey.screen());
    journey.press("c");
    assert!(journey.screen().contains("2 Tree  final filesystem, 35.9"), "{}", journey.screen());
    assert!(journey.rows().iter().all(|row| row.starts_with(' ')), "nothing is marked: {:?}", journey.rows());
    journey.press("c");
    assert_eq!(journey.app.layers.compare, Compare::Layer);
}

#[test]
fn key_shows_the_final_filesystem() {
    let mut journey = Journey::hello();
    journey.press("F tab *");
    let files = journey.rows().iter().filter(|row| !row.ends_with("/bin")).count();
    let truth = journey.subject().tree.final_files().count();
    let shown = journey
        .app
        .tree
        .view
        .as_ref()
        .expect("rows")
        .comparison
        .totals(&journey.subject().tree, dockopt_core::tree::NodeId::ROOT);
    assert_eq!(usize::try_from(shown.files).expect("few"), truth + symlinks(&journey), "{files} rows");
}

fn symlinks(journey: &Journey) -> usize {
    journey.screen_of_all().matches(" → ").count()
}

#[test]
fn key_marks_a_range_of_layers() {
    let mut journey = Journey::hello();
    journey.press("down down m down down down");
    assert_eq!(journey.app.range_words(), "layers 2..5");
    journey.press("tab right");
    let rows = journey.rows();
    assert!(rows.contains(&"~/app/config.txt".to_owned()), "layer 2 rewrote it: {rows:?}");
    assert!(rows.contains(&"~/app/site".to_owned()), "layer 5 changed its owner: {rows:?}");
    assert!(rows.contains(&" /app/run.sh".to_owned()), "layer 6 is not in the range: {rows:?}");
    journey.press("tab m");
    assert_eq!(journey.app.range_words(), "layer 5", "the same key drops the mark");
    journey.press("m home esc");
    assert_eq!(journey.app.layers.mark, None, "and so does Esc");
}

#[test]
fn history_without_a_layer_can_be_listed() {
    let mut journey = Journey::hello();
    assert!(!journey.screen().contains("WORKDIR"));
    journey.press("e");
    assert!(journey.screen().contains("·  WORKDIR"), "{}", journey.screen());
    let chosen = journey.app.layers.chosen;
    journey.press("down up e");
    assert_eq!(journey.app.layers.chosen, chosen, "they cannot be chosen");
    assert!(!journey.screen().contains("WORKDIR"));
}

#[test]
fn key_wraps_long_instructions() {
    let mut journey = Journey::open("hello.docker.tar", 120, 60);
    let pane = |screen: String| {
        let lines = screen.lines().take_while(|line| !line.starts_with('└'));
        lines.map(|line| line.chars().take(48).collect()).collect::<Vec<String>>()
    };
    journey.press("down down down");
    let cut = pane(journey.screen());
    journey.press("z");
    let wrapped = pane(journey.screen());
    let whole = journey.app.instruction_of(3);
    let word = whole.split_whitespace().rev().nth(1).expect("an instruction");
    assert!(!cut.iter().any(|line| line.contains(word)), "{cut:?}");
    assert!(wrapped.iter().any(|line| line.contains(word)), "{word}: {wrapped:?}");
    assert!(wrapped.iter().any(|line| line.contains("▌ 3")), "the chosen layer stays in sight: {wrapped:?}");
}

#[test]
fn end_of_the_base_image_is_marked() {
    let screen = Journey::hello().screen();
    let lines: Vec<&str> = screen.lines().collect();
    let boundary =
        lines.iter().position(|line| line.contains("base image (assumed) above")).expect("a boundary");
    assert!(lines[boundary - 1].contains("▌ 0 "), "{screen}");
    assert!(lines[boundary + 1].contains(" 1 "), "{screen}");
}

#[test]
fn image_details_scroll_to_the_end() {
    let mut journey = Journey::hello();
    journey.press("4 end");
    let screen = journey.screen();
    let id = journey.subject().analysis.info.id.clone().expect("an ID");
    assert!(screen.contains("Image ID") && screen.contains(&id[..20]), "{screen}");
    journey.press("home");
    assert!(
        journey.screen().contains("Name        hello.docker.tar") || journey.screen().contains("Efficiency")
    );
}

#[test]
fn image_details_show_the_verdicts() {
    let mut journey = Journey::open("hello.docker.tar", 120, 60);
    journey.press("4");
    let mut seen = journey.screen();
    for _ in 0..5 {
        seen.push_str(&journey.press("pgdn").screen());
    }
    assert!(seen.contains("FAIL lowestEfficiency"), "{seen}");
}

const BOTH: [LayerRows; 2] = [LayerRows::One, LayerRows::Two];

#[test]
fn line_count_equals_the_number_of_lines() {
    let mut journey = Journey::hello();
    for keys in ["down", "e", "z", "e", "z m"] {
        journey.press(keys);
        for (width, rows) in [20, 46, 90].into_iter().flat_map(|width| BOTH.map(|rows| (width, rows))) {
            assert_eq!(
                journey.app.layer_line_count(width, rows),
                journey.app.layer_lines(width, rows).len(),
                "{keys} {width}"
            );
        }
    }
}

#[test]
fn layers_with_much_waste_are_marked() {
    let screen = Journey::hello().screen();
    let marked: Vec<String> = (0..11)
        .filter(|layer| screen.contains(&format!("{layer:>3}!")))
        .map(|layer| layer.to_string())
        .collect();
    assert_eq!(
        marked,
        ["2", "4", "5", "6", "7", "8", "9"],
        "every layer that wastes 738 bytes or more: {screen}"
    );
}

#[test]
fn instructions_get_their_own_rows_if_all_layers_fit() {
    let mut tall = Journey::open("hello.docker.tar", 120, 60);
    let screen = tall.screen();
    let lines: Vec<&str> = screen.lines().collect();
    let row = lines.iter().position(|line| line.contains("│  3 ")).expect("layer 3");
    assert!(lines[row].contains("10.6 kB") && lines[row].contains("29.2 %"), "{screen}");
    assert!(lines[row + 1].starts_with("│     /bin/op write /srv/one 3000 , link"), "{screen}");
    tall.press("down down down");
    assert_eq!(tall.app.layers.chosen, 3, "a layer is one step");
    let mut short = Journey::open("hello.docker.tar", 120, 40);
    let screen = short.screen();
    assert!(screen.lines().any(|line| line.contains("29.2 % /bin/op write /srv/one")), "{screen}");
}

#[test]
fn click_on_the_second_row_chooses_the_layer() {
    let mut journey = Journey::open("hello.docker.tar", 120, 60);
    let click = MouseEventKind::Down(MouseButton::Left);
    // Header, border, heading, layer 0 in two rows, boundary; then layer 1.
    journey.mouse(click, 10, 7);
    assert_eq!(journey.app.layers.chosen, 1);
    journey.mouse(click, 10, 2);
    assert_eq!(journey.app.layers.chosen, 1, "the heading is no layer");
}

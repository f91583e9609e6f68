//! Journeys: help, mouse, themes, sizes, copying, quitting.

use ratatui::crossterm::event::{MouseButton, MouseEventKind};
use unicode_width::UnicodeWidthStr as _;

use crate::tui::areas::{PaneId, Region};
use crate::tui::keys::ROWS;
use crate::tui::theme::ThemeName;

use super::journey::Journey;

const CLICK: MouseEventKind = MouseEventKind::Down(MouseButton::Left);

#[test]
fn help_lists_every_action_and_scrolls() {
    let mut journey = Journey::open("hello.docker.tar", 100, 30);
    journey.press("?");
    let mut seen = journey.screen();
    for _ in 0..10 {
        journey.press("pgdn");
        seen.push_str(&journey.screen());
    }
    for row in ROWS {
        assert!(seen.contains(row.help), "{}", row.help);
    }
    journey.press("?");
    assert!(journey.app.popup.is_none());
    journey.press("f1 esc");
    assert!(journey.app.popup.is_none() && !journey.has_quit);
}

#[test]
fn keys_focus_panes_by_tab_and_by_number() {
    let mut journey = Journey::hello();
    assert_eq!(journey.app.focus, Region::Layers);
    journey.press("tab");
    assert_eq!(journey.app.focus, Region::Main);
    journey.press("tab");
    assert_eq!(journey.app.focus, Region::Layers, "as in dive");
    for (key, pane) in
        [("4", Region::ImageDetails), ("3", Region::LayerDetails), ("2", Region::Main), ("1", Region::Layers)]
    {
        journey.press(key);
        assert_eq!(journey.app.focus, pane);
    }
    journey.press("shift+tab");
    assert_eq!(journey.app.focus, Region::ImageDetails, "all panes in turn");
}

#[test]
fn click_selects_and_double_click_opens() {
    let mut journey = Journey::hello();
    journey.mouse(CLICK, 10, 5);
    assert_eq!(journey.app.layers.chosen, 1);
    journey.mouse(CLICK, 100, 3);
    assert_eq!((journey.app.focus, journey.path().as_str()), (Region::Main, "/app"));
    journey.mouse(CLICK, 100, 3);
    assert!(journey.rows().contains(&"+/app/config.txt".to_owned()), "{:?}", journey.rows());
}

#[test]
fn wheel_scrolls_the_pane_under_the_pointer() {
    let mut journey = Journey::hello();
    journey.mouse(MouseEventKind::ScrollDown, 10, 5);
    assert_eq!(journey.app.layers.chosen, 1);
    assert_eq!(journey.app.focus, Region::Layers);
    let before = journey.screen();
    journey.mouse(MouseEventKind::ScrollDown, 10, 30);
    assert_ne!(journey.screen(), before, "the details of the image");
    assert_eq!(journey.app.layers.chosen, 1);
}

#[test]
fn divider_moves_by_drag_and_by_keys() {
    let mut journey = Journey::hello();
    let before = journey.app.areas().divider.expect("two columns");
    journey.mouse(CLICK, before, 10);
    journey.mouse(MouseEventKind::Drag(MouseButton::Left), 70, 10);
    journey.mouse(MouseEventKind::Up(MouseButton::Left), 70, 10);
    assert!(journey.app.areas().divider.expect("two columns").abs_diff(70) <= 1);
    journey.mouse(MouseEventKind::Drag(MouseButton::Left), 30, 10);
    assert!(journey.app.areas().divider.expect("two columns") > 60, "the divider stays after the release");
    journey.press("< <");
    assert!(journey.app.areas().divider.expect("two columns") < 70);
}

#[test]
fn click_on_a_tab_focuses_its_pane() {
    let mut journey = Journey::open("hello.docker.tar", 60, 20);
    journey.mouse(CLICK, 20, 0);
    assert_eq!(journey.app.focus, Region::Main);
    journey.mouse(CLICK, 50, 0);
    assert_eq!(journey.app.focus, Region::ImageDetails);
    assert!(journey.screen().contains("Tags"), "{}", journey.screen());
}

#[test]
fn narrow_screen_has_one_pane_at_a_time() {
    let mut journey = Journey::hello();
    journey.resize(79, 24);
    let screen = journey.screen();
    assert!(screen.starts_with("1 Layers"), "{screen}");
    assert!(!screen.contains("2 Tree  layer"), "{screen}");
    journey.press("tab");
    assert!(journey.screen().contains("2 Tree  layer"), "{}", journey.screen());
    journey.resize(80, 24);
    assert!(journey.screen().contains("1 Layers") && journey.screen().contains("2 Tree"));
}

#[test]
fn browser_works_on_twenty_columns_and_five_lines() {
    let mut journey = Journey::open("hello.docker.tar", 20, 5);
    journey.press("down tab right down");
    let screen = journey.screen();
    assert!(screen.contains("config"), "{screen}");
    journey.press("w");
    assert!(journey.screen().contains("12 kB"), "{}", journey.screen());
}

#[test]
fn browser_draws_at_every_size() {
    let mut journey = Journey::hello();
    let tours =
        ["1", "tab right *", "3", "4", "w", "esc ?", "esc /", "s esc", "ctrl+f", "a esc", "2 H", "esc m"];
    for (width, height) in
        [(1, 1), (2, 2), (3, 9), (5, 3), (20, 5), (23, 12), (79, 3), (80, 2), (81, 24), (400, 100)]
    {
        for tour in tours {
            journey.resize(width, height);
            journey.press(tour);
            let screen = journey.screen();
            assert_eq!(screen.split('\n').count(), usize::from(height), "{width}×{height} after {tour}");
            assert!(screen.lines().all(|line| line.width() <= usize::from(width)), "{screen}");
        }
    }
}

#[test]
fn key_cycles_through_the_themes() {
    let mut journey = Journey::hello();
    let mut seen = vec![journey.app.theme.name];
    for _ in 0..3 {
        journey.press("t");
        seen.push(journey.app.theme.name);
    }
    for theme in ThemeName::ALL {
        assert!(seen.contains(&theme), "{theme:?}");
    }
    journey.press("t");
    assert_eq!(journey.app.theme.name, seen[0]);
}

#[test]
fn keys_copy_paths_and_digests() {
    let mut journey = Journey::hello();
    journey.press("down tab right down y");
    assert_eq!(journey.copied, ["/app/config.txt"]);
    assert_eq!(journey.message(), "copied /app/config.txt");
    journey.press("Y");
    let layer = journey.subject().analysis.info.layers[1].clone();
    assert_eq!(journey.copied.last(), layer.digest.or(layer.diff_id).as_ref());
    journey.press("w y");
    assert_eq!(journey.copied.last().map(String::as_str), Some("/app/data.bin"), "from the waste, too");
}

#[test]
fn q_quits_and_ctrl_z_suspends() {
    let mut journey = Journey::hello();
    journey.press("ctrl+z f5");
    assert!(journey.done.ends_with(&["suspend", "redraw"]), "{:?}", journey.done);
    journey.press("q");
    assert!(journey.has_quit);
    let mut journey = Journey::hello();
    journey.press("ctrl+c");
    assert!(journey.has_quit);
    let mut journey = Journey::hello();
    journey.press("/").type_text("q");
    assert!(!journey.has_quit, "letters in a prompt are text");
}

#[test]
fn quit_is_labelled_images_when_opened_from_the_list() {
    let mut journey = Journey::hello();
    assert!(journey.screen().contains(" q quit"), "{}", journey.screen());
    journey.app.from_list = true;
    assert!(journey.screen().contains(" q images"), "{}", journey.screen());
    assert!(journey.press("?").screen().contains("go back to the images"), "{}", journey.screen());
}

#[test]
fn escape_closes_the_innermost_thing_first() {
    let mut journey = Journey::hello();
    journey.press("down m down ctrl+f").type_text("app");
    journey.press("enter w");
    assert_eq!(journey.app.main, PaneId("waste"));
    journey.press("esc");
    assert!(journey.app.main == PaneId("tree") && journey.app.tree.filter.is_some());
    journey.press("esc");
    assert!(journey.app.tree.filter.is_none() && journey.app.layers.mark.is_some());
    journey.press("esc");
    assert!(journey.app.layers.mark.is_none() && !journey.has_quit);
}

#[test]
fn pastes_only_go_into_prompts() {
    let mut journey = Journey::hello();
    journey.input(crate::tui::update::AppInput::Paste("qqq".to_owned()));
    assert!(!journey.has_quit);
    journey.press("down ctrl+f");
    journey.input(crate::tui::update::AppInput::Paste("si\x1b[31mte".to_owned()));
    assert!(journey.app.tree.filter_text.starts_with("si"), "{}", journey.app.tree.filter_text);
    assert!(!journey.app.tree.filter_text.contains('\x1b'));
}

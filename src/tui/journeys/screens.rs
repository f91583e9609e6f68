//! Snapshots of the screen: one for each size, for loading and loaded, and one for each theme.

use dockopt_testkit::{Compression, Image, Index, Layer};
use ratatui::backend::TestBackend;
use ratatui::{Terminal, layout::Rect};

use crate::config::Config;
use crate::tui::app::App;
use crate::tui::draw::draw;
use crate::tui::effect::Answer;
use crate::tui::glyphs::is_shown;
use crate::tui::panes::details::lines::Detail;
use crate::tui::theme::{Theme, ThemeName};
use crate::tui::update::AppInput;

use super::journey::{Journey, answers};

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 60), (40, 12)];

fn check(name: &str, screen: &str) {
    insta::with_settings!({prepend_module_to_snapshot => false, snapshot_path => "screens", omit_expression => true}, {
        insta::assert_snapshot!(name, screen);
    });
}

#[test]
fn loaded_at_every_size() {
    for (width, height) in SIZES {
        let mut journey = Journey::open("hello.docker.tar", width, height);
        journey.press("down down down down down tab ]");
        check(&format!("loaded-{width}x{height}"), &journey.screen());
    }
}

#[test]
fn loading_at_every_size() {
    for (width, height) in SIZES {
        let mut journey = Journey::start("hello.docker.tar", width, height);
        for answer in answers("hello.docker.tar") {
            if matches!(answer, Answer::Planned(_)) {
                journey.tell(answer);
            }
        }
        journey.tell(Answer::Progress(half_read()));
        check(&format!("loading-{width}x{height}"), &journey.screen());
    }
}

/// Progress with three layers read, the fourth half read, the rest unread.
fn half_read() -> dockopt_image::Progress {
    let layer = |at: u64| dockopt_image::LayerProgress {
        name: "layer".into(),
        bytes: match at {
            0..3 => 1000,
            3 => 500,
            _ => 0,
        },
        total: Some(1000),
        done: at < 3,
        failed: false,
    };
    dockopt_image::Progress {
        bytes: 3500,
        total_bytes: Some(11_000),
        entries: 31,
        by_layer: (0..11).map(layer).collect(),
        ..dockopt_image::Progress::default()
    }
}

#[test]
fn other_panes_and_popups() {
    let tours = [
        ("waste", "w down"),
        ("text", "down tab ] down enter"),
        ("hex", "tab ] down enter"),
        ("difference", "down down tab ] down enter ="),
        ("history", "down tab ] down H"),
        ("help", "?"),
        ("range", "down m down down e"),
    ];
    for (name, keys) in tours {
        let mut journey = Journey::open("hello.docker.tar", 100, 30);
        journey.press(keys);
        check(name, &journey.screen());
    }
}

#[test]
fn typing() {
    let mut journey = Journey::open("hello.docker.tar", 100, 30);
    journey.press("F /").type_text("site");
    check("find", &journey.screen());
    let mut journey = Journey::open("hello.docker.tar", 100, 30);
    journey.press("F ctrl+f").type_text("size>1k !bin");
    check("filter", &journey.screen());
    let mut journey = Journey::open("hello.docker.tar", 100, 30);
    journey.press("tab ctrl+e");
    check("extract", &journey.screen());
}

#[test]
fn each_theme() {
    for theme in ThemeName::ALL {
        let mut app = App::new("hello.docker.tar", Rect::new(0, 0, 100, 24), theme, &Config::default());
        assert_eq!(app.theme, Theme::of(theme));
        for answer in answers("hello.docker.tar") {
            app.update(AppInput::Answer(answer));
        }
        let mut terminal = Terminal::new(TestBackend::new(100, 24)).expect("a terminal");
        terminal.draw(|frame| draw(&app, frame)).expect("drawn");
        check(&format!("theme-{}", theme.name()), &format!("{:#?}", terminal.backend().buffer()));
    }
}

#[test]
fn attestations_are_among_the_details_of_the_image() {
    let image = Image::new().layer(Layer::new().file("a", "1"));
    let platforms = image.index(Compression::Gzip).attestation_of(&image);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("image.tar");
    let archive = Index::new(Compression::Gzip).nested(platforms).to_archive();
    std::fs::write(&path, archive.to_tar()).expect("written");
    let journey = Journey::open(path.to_str().expect("a path"), 200, 60);
    let is_there = |line: &Detail| match line {
        Detail::Field(label, value) => label.trim_end() == "Attested" && value.starts_with("provenance ("),
        Detail::Good(_) | Detail::Bad(_) => false,
    };
    assert!(journey.app.image_detail_lines().iter().any(is_there));
}

#[test]
fn without_utf8_every_screen_is_ascii() {
    let mut journey = Journey::open("hello.docker.tar", 100, 30);
    let tours = [
        "F tab g *",
        "s",
        "w",
        "w ?",
        "esc tab ] down enter",
        "b",
        "= esc",
        "1 m down e z",
        "4",
        "/",
        "esc f",
    ];
    for keys in tours {
        journey.press(keys);
        // Two letters of a name in the image.
        let screen = journey.screen().replace(['ö', '☃'], "?");
        let without_row: String = screen.chars().filter(|letter| !is_shown(*letter)).collect();
        assert_eq!(without_row, "", "{keys}");
        assert!(journey.ascii_screen().is_ascii(), "{keys}");
    }
    let mut journey = Journey::open("hello.docker.tar", 100, 30);
    journey.press("F tab g * s");
    check("ascii", &journey.ascii_screen());
    let mut reading = Journey::start("hello.docker.tar", 100, 30);
    for answer in answers("hello.docker.tar") {
        if matches!(answer, Answer::Planned(_)) {
            reading.tell(answer);
        }
    }
    reading.tell(Answer::Progress(half_read()));
    check("ascii-loading", &reading.ascii_screen());
}

//! Journeys through the details, and the warnings about the image.

use dockopt_testkit::{Image, Layer};

use crate::tui::app::Popup;
use crate::tui::journeys::journey::Journey;

/// Opens an image whose upper layer deletes a path that no layer has.
fn odd(width: u16, height: u16) -> Journey {
    let lower = Layer::new().file("a", "1");
    let upper = Layer::new().whiteout("nothing-to-delete").file("b", "2");
    let file = tempfile::NamedTempFile::new().expect("a file");
    let image = Image::new().layer(lower).layer(upper);
    std::fs::write(file.path(), image.docker_legacy().to_tar()).expect("written");
    Journey::open(&file.path().display().to_string(), width, height)
}

#[test]
fn number_of_warnings_is_in_the_titles() {
    let mut journey = odd(120, 40);
    let screen = journey.screen();
    let first = screen.lines().next().expect("a header");
    assert!(first.contains("! 1 warning "), "{screen}");
    assert!(screen.contains("4 Image  ! 1 warning"), "{screen}");
    journey.resize(60, 20).press("4");
    assert!(journey.screen().contains("4 Image  ! 1 warning"), "{}", journey.screen());
    assert!(!Journey::hello().screen().contains("warning"), "an image without any has no badge");
}

#[test]
fn key_opens_and_closes_the_warnings() {
    let mut journey = odd(120, 40);
    let warning = journey.subject().analysis.warnings[0].to_string();
    assert!(warning.contains("nothing-to-delete"), "{warning}");
    journey.press("!");
    let screen = journey.screen();
    let start: String = warning.chars().take(60).collect();
    assert!(screen.contains(" Warnings ") && screen.contains(&format!("! {start}")), "{screen}");
    journey.press("!");
    assert!(journey.app.popup.is_none());
    journey.press("! esc");
    assert!(journey.app.popup.is_none() && !journey.has_quit);
    let mut without = Journey::hello();
    without.press("!");
    assert!(without.app.popup.is_none());
    assert_eq!(without.message(), "no warnings");
}

#[test]
fn long_warnings_wrap_and_scroll() {
    let mut journey = odd(30, 5);
    journey.press("!");
    let top = journey.screen();
    journey.press("end");
    assert_ne!(journey.screen(), top);
    let Some(Popup::Warnings(list)) = &journey.app.popup else { panic!("no list") };
    assert!(list.top > 0);
    journey.press("home");
    assert_eq!(journey.screen(), top);
}

//! Journeys through the waste lens.

use crate::tui::journeys::journey::Journey;

#[test]
fn waste_lens_lists_the_ledger() {
    let mut journey = Journey::open("hello.docker.tar", 140, 40);
    journey.press("w");
    let screen = journey.screen();
    for (path, bytes) in [("/app/data.bin", "12 kB"), ("/var/cache/pkg", "7.50 kB"), ("/app/run.sh", "900 B")]
    {
        assert!(
            screen.lines().any(|line| line.contains(path) && line.contains(bytes)),
            "{path} {bytes}: {screen}"
        );
    }
    let shown: u64 = journey.app.waste_rows().iter().map(|row| row.bytes).sum();
    assert_eq!(shown, journey.subject().analysis.ledger.total.wasted);
    assert!(screen.contains("37.90 kB, 51.4 % of what is stored"), "{screen}");
}

#[test]
fn waste_lens_explains_the_row_in_a_sentence() {
    let mut journey = Journey::hello();
    journey.press("w");
    assert!(
        journey.screen().contains("layer 4 rewrote 1 file of layer 1 without changes"),
        "{}",
        journey.screen()
    );
    journey.press("down");
    assert!(journey.screen().contains("layer 7 deleted 2 files of layer 3"), "{}", journey.screen());
}

#[test]
fn enter_goes_from_the_waste_lens_to_the_path() {
    let mut journey = Journey::hello();
    journey.press("w down enter");
    assert_eq!(journey.path(), "/var/cache/pkg");
    assert_eq!(journey.app.layers.chosen, 7, "the layer that wasted it");
    assert!(journey.rows().contains(&"-/var/cache/pkg".to_owned()), "{:?}", journey.rows());
    journey.press("w");
    assert_eq!(journey.app.waste.cursor, 1, "the lens remembers");
    journey.press("w");
    assert_eq!(journey.path(), "/var/cache/pkg");
}

//! Journeys before everything is read, and after failures.

use crate::tui::effect::{Answer, Failure};
use crate::tui::subject::LayerState;

use super::journey::{Journey, answers};

/// Starts reading the bundled image, up to where the layers are known.
fn planned() -> Journey {
    let mut journey = Journey::start("hello.docker.tar", 120, 40);
    for answer in answers("hello.docker.tar") {
        if matches!(answer, Answer::Planned(_)) {
            journey.tell(answer);
        }
    }
    journey
}

#[test]
fn first_frame_needs_no_answers() {
    let mut journey = Journey::start("image.tar", 120, 40);
    let screen = journey.screen();
    assert!(screen.contains("image.tar") && screen.contains("looking for layers"), "{screen}");
    journey.press("tab down enter space w H / esc ctrl+f esc x s");
    assert!(journey.screen().contains("image.tar"), "all keys are harmless");
}

#[test]
fn known_layers_are_listed_with_progress_bars() {
    let mut journey = planned();
    let screen = journey.screen();
    assert!(screen.contains("reading"), "{screen}");
    assert_eq!(journey.app.layer_count(), 11);
    let mut progress = dockopt_image::Progress { bytes: 30, total_bytes: Some(100), ..Default::default() };
    let layer = |bytes, done| dockopt_image::LayerProgress {
        name: "layer".into(),
        bytes,
        total: Some(20),
        done,
        failed: false,
    };
    progress.by_layer = (0..11).map(|at| layer(if at == 0 { 20 } else { 10 }, at == 0)).collect();
    journey.tell(Answer::Progress(progress));
    let screen = journey.screen();
    assert!(screen.contains("reading 30 %  1 of 11 layers"), "{screen}");
    assert!(screen.contains(" 100 %") && screen.contains("  50 %"), "{screen}");
    assert_eq!(journey.done, ["snapshot"], "read layers can be browsed");
}

#[test]
fn read_layers_can_be_browsed_and_the_cursor_stays() {
    let mut journey = planned();
    journey.tell(Answer::Snapshot(partial(&[0, 1])));
    journey.press("down tab right down");
    assert_eq!(journey.path(), "/app/config.txt");
    assert!(journey.screen().contains("reading"), "{}", journey.screen());
    for answer in answers("hello.docker.tar") {
        if matches!(answer, Answer::Loaded(_)) {
            journey.tell(answer);
        }
    }
    assert_eq!(journey.path(), "/app/config.txt", "the cursor stays after loading");
    assert!(journey.screen().contains("efficiency 48.6 %"), "{}", journey.screen());
}

/// Returns the image with only some layers read.
fn partial(read: &[usize]) -> std::sync::Arc<crate::tui::subject::Subject> {
    let whole = Journey::hello().subject();
    let layers = (0..whole.layer_count())
        .map(|layer| if read.contains(&layer) { LayerState::Read } else { LayerState::Unread })
        .collect();
    let whole = std::sync::Arc::into_inner(whole).expect("the only reference");
    std::sync::Arc::new(crate::tui::subject::Subject { layers, contents: None, judgement: None, ..whole })
}

#[test]
fn escape_stops_reading_and_keeps_read_layers() {
    let mut journey = planned();
    journey.tell(Answer::Snapshot(partial(&[0])));
    journey.press("esc");
    assert_eq!(journey.done, ["stop loading"]);
    journey.tell(Answer::Loaded(Err(Failure { reasons: vec!["cancelled".to_owned()], hint: None })));
    assert!(journey.app.failure.is_none(), "a requested stop is not a failure");
    assert!(journey.message().contains("only the layers that are read"), "{}", journey.message());
    assert!(journey.screen().contains("incomplete"), "{}", journey.screen());
}

#[test]
fn unreadable_image_shows_causes_and_hint() {
    let mut journey = Journey::start("image.tar", 120, 40);
    let reasons = vec!["archive `image.tar` is broken".to_owned(), "12 bytes are missing".to_owned()];
    let failure = Failure { reasons, hint: Some("copy it again".to_owned()) };
    journey.tell(Answer::Loaded(Err(failure)));
    let screen = journey.screen();
    for wanted in
        ["error: archive `image.tar` is broken", "caused by: 12 bytes are missing", "hint: copy it again"]
    {
        assert!(screen.contains(wanted), "{wanted}: {screen}");
    }
    journey.press("tab down q");
    assert!(journey.has_quit);
}

#[test]
fn unreadable_layer_is_marked_and_others_can_be_browsed() {
    let mut journey = planned();
    let whole =
        std::sync::Arc::into_inner(partial(&(0..11).collect::<Vec<_>>())).expect("the only reference");
    let mut layers = whole.layers.clone();
    let reasons = vec!["layer 3 cannot be read".to_owned()];
    layers[3] = LayerState::Failed { reasons, hint: Some("pull it again".to_owned()) };
    journey.tell(Answer::Loaded(Ok(std::sync::Arc::new(crate::tui::subject::Subject { layers, ..whole }))));
    let screen = journey.screen();
    assert!(screen.contains("failed") && screen.contains("incomplete"), "{screen}");
    assert!(screen.contains("layers are missing"), "the numbers are not those of the image: {screen}");
    journey.press("down down down");
    let screen = journey.screen();
    assert!(screen.contains("layer 3 cannot be read") && screen.contains("pull it again"), "{screen}");
}

/// Opens the browser on a generated image.
fn made(image: &dockopt_testkit::Image) -> Journey {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), image.docker_legacy().to_tar()).expect("written");
    Journey::open(&file.path().display().to_string(), 100, 30)
}

const TOUR: &str = "down up end m m c c c F L a e z tab * - ] [ s s s g g space right left enter v H esc w down enter w \
                    / x enter n N ctrl+f x esc 1 2 3 end 4 end t y Y x esc";

#[test]
fn image_without_layers_can_be_browsed() {
    let mut journey = made(&dockopt_testkit::Image::new());
    journey.press(TOUR);
    let screen = journey.screen();
    assert!(screen.contains("efficiency 100.0 %"), "{screen}");
    journey.press("1");
    assert!(journey.screen().contains("the image has no layers"), "{}", journey.screen());
}

#[test]
fn image_of_empty_layers_can_be_browsed() {
    use dockopt_testkit::{Image, Layer};
    let mut journey = made(&Image::new().layer(Layer::new()).layer(Layer::new()));
    journey.press(TOUR);
    assert!(journey.screen().contains("nothing to show"), "{}", journey.screen());
}

#[test]
fn odd_tar_entries_have_rows() {
    use dockopt_testkit::{Image, Layer};
    let lower = Layer::new()
        .file("implied/directory/file", "1")
        .symlink("lib", "usr/lib")
        .fifo("pipe")
        .file("f", "1");
    let upper = Layer::new().file("lib/x", "2").whiteout("missing").dir("f").file("f/g", "3");
    let mut journey = made(&Image::new().layer(lower).layer(upper));
    journey.press("down tab *");
    let rows = journey.rows();
    for row in ["~/f", "+/f/g", " /implied/directory/file", " /lib", "+/usr/lib/x", " /pipe"] {
        assert!(rows.contains(&row.to_owned()), "{row}: {rows:?}");
    }
    for _ in 0..rows.len() {
        journey.press("v esc H esc down");
    }
    journey.press(TOUR);
}

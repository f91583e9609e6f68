//! Journeys through the picker: tests that press keys, and check the screen and the effects.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dockopt_core::Score;
use dockopt_core::base::BaseChoice;
use dockopt_core::policy::Policy;
use dockopt_image::{LocalImage, LocalImages, ReadOptions, Reference};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;

use super::app::{Beginning, Effect, News, Picker, PickerInput};
use super::draw::draw;
use super::run::{Outside, pick};
use crate::config::Config;
use crate::images::{Listing, Sort, SortKey, tests as lists};
use crate::tui::effect::Failure;
use crate::tui::loader::{Job, Origin};
use crate::tui::theme::{Theme, ThemeName};

/// A picker that tests press keys in.
struct Journey {
    picker: Picker,
    terminal: Terminal<TestBackend>,
    done: Vec<Effect>,
    now: Instant,
}

impl Journey {
    /// Starts a picker that waits for the engine.
    fn start(width: u16, height: u16) -> Self {
        Self::start_with(width, height, Beginning { engine: "docker".to_owned(), ..Beginning::default() })
    }

    fn start_with(width: u16, height: u16, beginning: Beginning) -> Self {
        let size = Rect::new(0, 0, width, height);
        Self {
            picker: Picker::new(size, ThemeName::Plain, &Config::default(), beginning),
            terminal: Terminal::new(TestBackend::new(width, height)).expect("a terminal"),
            done: Vec::new(),
            now: Instant::now(),
        }
    }

    /// Starts a picker with the engine's answer.
    fn open(width: u16, height: u16) -> Self {
        let mut journey = Self::start(width, height);
        journey.input(listed(Ok(lists::listing())));
        journey
    }

    fn input(&mut self, input: PickerInput) -> &mut Self {
        self.done.extend(self.picker.update(input));
        self
    }

    /// Presses keys, separated by blanks.
    fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split_whitespace() {
            let code = match name {
                "enter" => KeyCode::Enter,
                "esc" => KeyCode::Esc,
                "up" => KeyCode::Up,
                "down" => KeyCode::Down,
                "pgdn" => KeyCode::PageDown,
                "home" => KeyCode::Home,
                "end" => KeyCode::End,
                "backspace" => KeyCode::Backspace,
                letter => KeyCode::Char(letter.chars().last().expect("a letter")),
            };
            let held = if name.starts_with("ctrl+") { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
            self.input(PickerInput::Key(KeyEvent::new(code, held)));
        }
        self
    }

    fn type_text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.input(PickerInput::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)));
        }
        self
    }

    fn mouse(&mut self, kind: MouseEventKind, row: u16) -> &mut Self {
        self.mouse_at(kind, 1, row)
    }

    fn mouse_at(&mut self, kind: MouseEventKind, column: u16, row: u16) -> &mut Self {
        let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
        let now = self.now;
        self.input(PickerInput::Mouse(event, now))
    }

    fn click(&mut self, row: u16) -> &mut Self {
        self.mouse(MouseEventKind::Down(MouseButton::Left), row)
    }

    fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.terminal.backend_mut().resize(width, height);
        self.input(PickerInput::Resize(width, height))
    }

    fn screen(&mut self) -> String {
        self.terminal.draw(|frame| draw(&self.picker, frame)).expect("drawn");
        if self.picker.size.is_empty() {
            // The backend cannot handle an empty screen.
            return String::new();
        }
        let text = self.terminal.backend().to_string();
        text.lines().map(|line| line.trim_matches('"').trim_end()).collect::<Vec<_>>().join("\n")
    }

    /// Returns the name at the cursor, or the first digit of the ID.
    fn chosen(&self) -> String {
        let image = self.picker.chosen().expect("an image");
        image.name.clone().unwrap_or_else(|| image.id["sha256:".len()..][..1].to_owned())
    }

    /// Returns the effects since the last call.
    fn done(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.done)
    }
}

fn check(name: &str, screen: &str) {
    insta::with_settings!({prepend_module_to_snapshot => false, snapshot_path => "screens", omit_expression => true}, {
        insta::assert_snapshot!(name, screen);
    });
}

/// Returns the failure of an engine that answered before.
fn gone() -> Failure {
    let reasons = [
        "cannot query docker at unix:///var/run/docker.sock (default socket)",
        "cannot connect",
        "Connection refused (os error 111)",
    ];
    Failure { reasons: reasons.map(str::to_owned).to_vec(), hint: None }
}

fn listed(listed: Result<Listing, Failure>) -> PickerInput {
    PickerInput::Answer(News::Listed(Box::new(listed)))
}

fn back(failure: Option<String>) -> PickerInput {
    PickerInput::Answer(News::Back(failure))
}

fn failure() -> Failure {
    let reasons = vec!["no engine answers".to_owned(), "`/var/run/docker.sock` is not there".to_owned()];
    Failure { reasons, hint: Some("start Docker or Podman".to_owned()) }
}

#[test]
fn list_at_every_size() {
    for (width, height) in [(80, 24), (40, 12), (120, 30)] {
        check(&format!("list-{width}x{height}"), &Journey::open(width, height).press("down").screen());
    }
}

#[test]
fn waiting_failed_filtered_and_sorted_lists() {
    check("asking", &Journey::start(80, 10).screen());
    check("failed", &Journey::start(80, 10).input(listed(Err(failure()))).screen());
    check("empty", &Journey::start(80, 10).input(listed(Ok(Listing::default()))).screen());
    check("filter", &Journey::open(80, 10).press("/").type_text("shop 2.1").screen());
    check("filter-120x10", &Journey::open(120, 10).press("/").type_text("shop 2.1").screen());
    check("no-match", &Journey::open(80, 10).press("/").type_text("xyz").press("enter").screen());
    check("sorted", &Journey::open(80, 10).press("s s S").screen());
    check("help", &Journey::open(80, 24).press("?").screen());
    check("help-40x10", &Journey::open(40, 10).press("? pgdn").screen());
    check("gone", &Journey::open(80, 10).press("r").input(listed(Err(gone()))).screen());
}

#[test]
fn list_is_unchanged_after_the_browser_quits() {
    let mut journey = Journey::open(80, 24);
    journey.press("/").type_text("front").press("enter down");
    assert_eq!(journey.chosen(), "shop/front:2.1");
    let image = journey.picker.chosen().expect("an image").clone();
    journey.press("enter");
    assert_eq!(journey.done(), [Effect::Open(Box::new(image))]);
    let before = journey.screen();
    journey.input(back(None));
    assert_eq!(journey.screen(), before);
    journey.input(back(Some("layer 3 cannot be read\x1b[2J".to_owned())));
    assert!(journey.screen().contains("layer 3 cannot be read\\x1b"), "{}", journey.screen());
    assert_eq!(journey.done(), []);
}

#[test]
fn escape_drops_the_filter_before_it_quits() {
    let mut journey = Journey::open(80, 24);
    journey.press("/").type_text("q").press("esc");
    assert_eq!((journey.picker.filter.is_empty(), journey.done().len()), (true, 0));
    journey.press("f").type_text("post").press("enter esc");
    assert_eq!((journey.picker.rows.len(), journey.done().len()), (6, 0));
    assert_eq!(journey.chosen(), "postgres:16", "the cursor stays where it was");
    journey.press("esc");
    assert_eq!(journey.done(), [Effect::Quit]);
    for way in ["q", "ctrl+c"] {
        journey.press(way);
        assert_eq!(journey.done(), [Effect::Quit], "{way}");
    }
}

#[test]
fn cursor_keeps_its_image_when_the_order_changes() {
    let mut journey = Journey::open(80, 24);
    journey.press("end");
    assert_eq!(journey.chosen(), "zero:1");
    for _ in 0..5 {
        journey.press("s");
        assert_eq!(journey.chosen(), "zero:1");
        journey.press("S");
        assert_eq!(journey.chosen(), "zero:1");
    }
    assert_eq!(journey.picker.sort, Sort { key: SortKey::Created, reversed: true });
    journey.press("home down down").input(listed(Ok(lists::listing())));
    assert_eq!(journey.chosen(), "shop/front:2.1", "the cursor also stays after a refresh");
}

#[test]
fn refresh_lists_once_at_a_time() {
    let mut journey = Journey::open(80, 24);
    journey.press("r r r");
    assert_eq!(journey.done(), [Effect::Ask]);
    assert!(journey.screen().contains("asking docker …"), "{}", journey.screen());
    assert!(journey.screen().contains("postgres:16"), "the old list stays");
    journey.input(back(None));
    assert_eq!(journey.done(), [Effect::Ask], "the answer was dropped");
    journey.input(listed(Ok(lists::listing())));
    assert!(journey.screen().contains("asked again: 6 names of 5 images"), "{}", journey.screen());
    assert!(!journey.press("down").screen().contains("asked again"));
}

#[test]
fn listing_can_be_retried_after_a_failure() {
    let mut journey = Journey::start(80, 24);
    journey.input(listed(Err(failure())));
    assert!(journey.screen().contains("hint: start Docker"), "{}", journey.screen());
    journey.press("enter down r");
    assert_eq!(journey.done(), [Effect::Ask]);
    journey.input(listed(Ok(lists::listing())));
    assert!(journey.picker.failure.is_none() && journey.screen().contains("postgres:16"));
    assert!(!journey.screen().contains("asked again"), "{}", journey.screen());
}

#[test]
fn list_stays_when_the_engine_stops_answering() {
    let mut journey = Journey::open(80, 24);
    journey.press("down r").input(listed(Err(gone())));
    let words = "engine no longer answers: connection refused (docker at unix:///";
    assert!(journey.screen().contains(words), "{}", journey.screen());
    assert_eq!((journey.picker.failure.is_none(), journey.chosen().as_str()), (true, "postgres:16"));
    // The next request succeeds.
    journey.done();
    journey.press("r").input(listed(Ok(lists::listing())));
    assert_eq!(journey.done(), [Effect::Ask]);
    assert!(!journey.screen().contains("no longer"), "{}", journey.screen());
}

#[test]
fn picker_help_scrolls_and_closes_as_in_the_browser() {
    let mut journey = Journey::open(40, 10);
    journey.press("?");
    let top = journey.screen();
    assert!(top.contains("quit") && top.contains("lines 1-6 of 17"), "{top}");
    assert!(journey.press("down pgdn down").screen().contains("lines 8-13 of 17"), "{}", journey.screen());
    let bottom = journey.press("end down").screen();
    assert!(bottom.contains("ask the engine again") && bottom.contains("lines 12-17 of 17"), "{bottom}");
    assert_eq!(journey.mouse(MouseEventKind::ScrollUp, 5).press("home").screen(), top);
    assert_ne!(journey.mouse(MouseEventKind::ScrollDown, 5).screen(), top);
    assert_eq!(journey.picker.list.cursor, 0, "the list is not scrolled");
    journey.press("end").resize(80, 30);
    assert!(journey.screen().contains("quit"), "all of it is seen where there is room: {}", journey.screen());
    for key in ["?", "esc", "q", "enter"] {
        journey.press(key);
        assert!(journey.picker.help.is_none(), "{key}");
        journey.press("? s r");
        assert!(journey.picker.help.is_some());
    }
    assert_eq!(journey.done(), []);
}

#[test]
fn click_on_a_column_heading_sorts_by_it() {
    let mut journey = Journey::open(120, 24);
    let heading = journey.screen().lines().nth(1).expect("a heading").to_owned();
    let click = |journey: &mut Journey, title: &str| {
        let column = u16::try_from(heading.find(title).expect("it is shown")).expect("on the screen");
        journey.mouse_at(MouseEventKind::Down(MouseButton::Left), column, 1);
        journey.picker.sort
    };
    assert_eq!(click(&mut journey, "SIZE"), Sort { key: SortKey::Size, reversed: false });
    assert_eq!(click(&mut journey, "SIZE"), Sort { key: SortKey::Size, reversed: true });
    assert_eq!(click(&mut journey, "ID"), Sort { key: SortKey::Size, reversed: true });
    assert_eq!(click(&mut journey, "NAME"), Sort { key: SortKey::Name, reversed: false });
    assert!(journey.screen().contains("sorted by name, ascending"), "{}", journey.screen());
    assert_eq!(journey.done(), []);
}

#[test]
fn keys_before_the_answer_are_harmless() {
    let mut journey = Journey::start(80, 24);
    journey.press("enter down end s S r / x enter ? ? t");
    assert_eq!(journey.done(), []);
    assert_eq!(journey.picker.theme, Theme::of(ThemeName::ColourBlind));
}

#[test]
fn command_line_sets_the_initial_list() {
    let beginning = Beginning {
        engine: "podman".to_owned(),
        sort: Sort { key: SortKey::Size, reversed: false },
        filter: "front".to_owned(),
    };
    let mut journey = Journey::start_with(80, 24, beginning);
    assert!(journey.screen().contains("asking podman …"));
    journey.input(listed(Ok(lists::listing())));
    assert_eq!(journey.picker.rows.len(), 2);
}

#[test]
fn mouse_selects_opens_and_scrolls() {
    let mut journey = Journey::open(80, 24);
    journey.click(4);
    assert_eq!(
        (journey.chosen().as_str(), journey.done().len()),
        ("registry.example.com:5000/team/shop/front:2.1", 0)
    );
    journey.click(4);
    assert!(matches!(&journey.done()[..], [Effect::Open(_)]));
    journey.click(3).click(2).click(0).click(0).click(20).click(20);
    assert_eq!((journey.chosen().as_str(), journey.done().len()), ("c", 0), "no row was hit twice");
    journey.now += Duration::from_secs(1);
    journey.click(2);
    journey.now += Duration::from_secs(1);
    journey.click(2);
    assert_eq!(journey.done(), [], "two clicks are not always a double click");
    journey.mouse(MouseEventKind::ScrollDown, 5);
    assert_eq!(journey.picker.list.cursor, 3);
    journey.mouse(MouseEventKind::ScrollUp, 5);
    assert_eq!(journey.picker.list.cursor, 0);
}

#[test]
fn long_lists_page_and_pastes_go_into_the_filter() {
    let mut listing = lists::listing();
    let template = listing.local.images[0].clone();
    listing.local.images =
        (0..1000).map(|at| LocalImage { name: Some(format!("app:{at:04}")), ..template.clone() }).collect();
    let mut journey = Journey::start(80, 24);
    journey.input(listed(Ok(listing))).press("pgdn pgdn");
    assert_eq!(journey.chosen(), "app:0038");
    assert!(journey.screen().contains("39/1,000"), "{}", journey.screen());
    journey.input(PickerInput::Paste("ignored".to_owned()));
    journey.press("/").input(PickerInput::Paste("app:077".to_owned())).press("down enter");
    assert_eq!((journey.chosen().as_str(), journey.picker.rows.len()), ("app:0771", 10));
}

#[test]
fn names_from_the_engine_are_escaped() {
    let mut listing = lists::listing();
    listing.local.images = vec![lists::hostile(), LocalImage { name: None, ..lists::hostile() }];
    listing.local.engine = "\x1b[31m".to_owned();
    let mut journey = Journey::start(80, 24);
    journey.input(listed(Ok(listing)));
    for keys in ["up", "down", "/ \x1b x enter"] {
        let screen = journey.press(keys).screen();
        let is_safe = |letter| letter == '\n' || !dockopt_core::path::is_unsafe_to_show(letter);
        assert!(screen.chars().all(is_safe), "{screen:?}");
    }
}

#[test]
fn picker_draws_at_every_size() {
    let mut states = [Journey::open(80, 24), Journey::start(80, 24), Journey::start(80, 24)];
    states[1].input(listed(Err(failure())));
    for journey in &mut states {
        for keys in ["", "?", "? /", "enter"] {
            journey.press(keys);
            for (width, height) in
                (1..30).map(|side| (side, side)).chain([(1, 50), (200, 1), (400, 100), (3, 9)])
            {
                journey.resize(width, height).screen();
            }
        }
    }
}

/// Runs the picker in the terminal of this process, with a bundled image under two names.
pub(crate) fn play() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/hello.docker.tar");
    let image = |name: &str| LocalImage {
        name: Some(name.to_owned()),
        reference: path.display().to_string(),
        ..LocalImage::default()
    };
    let images = vec![image("hello:latest"), image("other:1")];
    let local = LocalImages { images, ..LocalImages::default() };
    let listing = Listing { local, now: lists::NOW };
    let job = |image: &LocalImage| {
        Ok(Job {
            dockerfile: None,
            name: image.name.clone().unwrap_or_default(),
            origin: Origin::Named(
                Reference::parse(&image.reference, None).map_err(|error| error.to_string())?,
            ),
            options: ReadOptions::default(),
            base: BaseChoice::Described,
            score: Score::Exact,
            policy: Ok(Policy::default()),
        })
    };
    let outside = Outside { list: Arc::new(move || Ok(listing.clone())), job: &job };
    let failure = pick(&outside, ThemeName::Plain, &Config::default(), Beginning::default());
    assert_eq!(failure.expect("a terminal"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_picker_input_never_panics(
        deeds in prop::collection::vec((0_u8..12, proptest::char::range(' ', '~'), 0_u16..60), 1..80),
    ) {
        let mut journey = Journey::open(80, 24);
        for (deed, letter, number) in deeds {
            match deed {
                0 => drop(journey.click(number)),
                1 => drop(journey.mouse(MouseEventKind::ScrollDown, number)),
                2 => drop(journey.resize(number, number / 2)),
                3 => drop(journey.input(listed(Ok(lists::listing())))),
                4 => drop(journey.press("enter")),
                5 => drop(journey.press("esc")),
                6 => drop(journey.press("down")),
                _ => drop(journey.type_text(&letter.to_string())),
            }
            journey.screen();
        }
    }
}

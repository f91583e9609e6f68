//! A browser without threads for tests: they press keys, effects run at once, and they read the
//! screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use dockopt_core::Score;
use dockopt_core::base::BaseChoice;
use dockopt_core::policy::Policy;
use dockopt_image::{ReadOptions, Reference};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;

use crate::config::Config;
use crate::tui::app::App;
use crate::tui::draw::draw;
use crate::tui::effect::{Answer, Effect};
use crate::tui::extract::extract;
use crate::tui::find::Finder;
use crate::tui::glyphs::to_ascii;
use crate::tui::keys::Key;
use crate::tui::loader::{Control, Job, Origin, load};
use crate::tui::panes::tree::viewer::TreeViewer;
use crate::tui::preview::thread::{PreviewAnswer, PreviewWorker};
use crate::tui::theme::ThemeName;
use crate::tui::update::AppInput;
use crate::tui::worker::Latest;

/// A browser that tests press keys in.
pub(crate) struct Journey {
    pub(crate) app: App,
    viewer: TreeViewer,
    finder: Finder,
    previewer: PreviewWorker,
    terminal: Terminal<TestBackend>,
    /// Texts copied to the clipboard.
    pub(crate) copied: Vec<String>,
    /// Names of effects that leave no trace in the browser.
    pub(crate) done: Vec<&'static str>,
    pub(crate) has_quit: bool,
    /// Whether files may be extracted.
    pub(crate) writes: bool,
}

impl Journey {
    /// Starts a browser whose image has not been read.
    pub(crate) fn start(reference: &str, width: u16, height: u16) -> Self {
        let config = Config::default();
        let size = Rect::new(0, 0, width, height);
        Self {
            app: App::new(reference, size, ThemeName::Plain, &config),
            viewer: TreeViewer::default(),
            finder: Finder::default(),
            previewer: PreviewWorker::new(Arc::default(), Arc::new(|_| ())),
            terminal: Terminal::new(TestBackend::new(width, height)).expect("a terminal"),
            copied: Vec::new(),
            done: Vec::new(),
            has_quit: false,
            writes: true,
        }
    }

    /// Watches the answers of the preview while it waits for a file.
    pub(crate) fn watch_waiting(&mut self, tell: impl Fn(PreviewAnswer) + Send + Sync + 'static) {
        self.previewer = PreviewWorker::new(Arc::default(), Arc::new(tell));
    }

    /// Opens an archive of `testdata/`, read completely.
    pub(crate) fn open(file: &str, width: u16, height: u16) -> Self {
        let mut journey = Self::start(file, width, height);
        for answer in answers(file) {
            journey.tell(answer);
        }
        journey
    }

    /// Opens the bundled image on a terminal of normal size.
    pub(crate) fn hello() -> Self {
        Self::open("hello.docker.tar", 120, 40)
    }

    pub(crate) fn tell(&mut self, answer: Answer) {
        self.input(AppInput::Answer(answer));
    }

    pub(crate) fn input(&mut self, input: AppInput) {
        for effect in self.app.update(input) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::View(request) => {
                let view = self.viewer.answer(&request);
                self.tell(Answer::View(Box::new(view)));
            }
            Effect::Find(request) => {
                if let Some(found) = self.finder.answer(&request, &Latest::always()) {
                    self.tell(Answer::Found(found));
                }
            }
            Effect::Copy(text) => self.copied.push(text),
            Effect::Quit => self.has_quit = true,
            Effect::Suspend => self.done.push("suspend"),
            Effect::Redraw => self.done.push("redraw"),
            Effect::Snapshot => self.done.push("snapshot"),
            Effect::StopLoading => self.done.push("stop loading"),
            Effect::StopExtracting => self.done.push("stop extracting"),
            Effect::Preview(command) => {
                if let Some(frame) = self.previewer.answer(command) {
                    self.tell(Answer::Preview(PreviewAnswer::Seen(frame)));
                }
            }
            Effect::Extract(_) if !self.writes => {}
            Effect::Extract(request) => {
                let outcome = extract(&request, &AtomicBool::new(false), &mut |_| ());
                self.tell(Answer::Extracted(outcome));
            }
        }
    }

    /// Presses keys, written as in the configuration file and separated by blanks.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split_whitespace() {
            let key: Key = name.parse().expect("a key");
            self.input(AppInput::Key(event_of(name, key)));
        }
        self
    }

    /// Presses a key, and more keys before its effects are carried out.
    pub(crate) fn press_early(&mut self, name: &str, more: &str) -> &mut Self {
        let key: Key = name.parse().expect("a key");
        let effects = self.app.update(AppInput::Key(event_of(name, key)));
        self.press(more);
        for effect in effects {
            self.carry_out(effect);
        }
        self
    }

    /// Types text letter by letter.
    pub(crate) fn type_text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.input(AppInput::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)));
        }
        self
    }

    /// Deletes the text of the prompt.
    pub(crate) fn erase(&mut self) -> &mut Self {
        let length = self.app.prompt.as_ref().map_or(0, |prompt| prompt.input.value().chars().count());
        for _ in 0..length {
            self.press("backspace");
        }
        self
    }

    pub(crate) fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) -> &mut Self {
        let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
        self.input(AppInput::Mouse(event, Instant::now()));
        self
    }

    pub(crate) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.terminal.backend_mut().resize(width, height);
        self.input(AppInput::Resize(width, height));
        self
    }

    /// Returns the text of the screen.
    pub(crate) fn screen(&mut self) -> String {
        self.terminal.draw(|frame| draw(&self.app, frame)).expect("drawn");
        if self.app.size.is_empty() {
            // The backend cannot handle an empty screen.
            return String::new();
        }
        let text = self.terminal.backend().to_string();
        // The backend quotes every line.
        text.lines().map(|line| line.trim_matches('"').trim_end()).collect::<Vec<_>>().join("\n")
    }

    /// Returns the text of the screen in a locale that is not UTF-8.
    pub(crate) fn ascii_screen(&mut self) -> String {
        let draw = |frame: &mut ratatui::Frame<'_>| {
            draw(&self.app, frame);
            to_ascii(frame.buffer_mut());
        };
        self.terminal.draw(draw).expect("drawn");
        let text = self.terminal.backend().to_string();
        text.lines().map(|line| line.trim_matches('"').trim_end()).collect::<Vec<_>>().join("\n")
    }

    /// Returns the path at the cursor of the tree.
    pub(crate) fn path(&self) -> String {
        let subject = self.app.subject.as_ref().expect("an image");
        self.app.tree.row().map(|row| subject.tree.path(row.node).to_string()).unwrap_or_default()
    }

    /// Returns the paths of all rows of the tree, each with its mark.
    pub(crate) fn rows(&self) -> Vec<String> {
        let subject = self.app.subject.as_ref().expect("an image");
        let row = |row: &crate::tui::panes::tree::rows::TreeRow| {
            let mark = crate::tui::panes::tree::draw::mark(self.app.tree.state(row.node));
            format!("{mark}{}", subject.tree.path(row.node))
        };
        self.app.tree.rows().iter().map(row).collect()
    }

    pub(crate) fn message(&self) -> &str {
        self.app.message.as_ref().map(|message| message.text.as_str()).unwrap_or_default()
    }
}

/// Returns the path of a file in `testdata/`.
pub(crate) fn testdata(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file)
}

/// Returns the answers from reading an archive, in order.
pub(crate) fn answers(file: &str) -> Vec<Answer> {
    answers_of(&testdata(file).display().to_string(), ReadOptions::default())
}

/// Returns the answers from reading an image, in order.
pub(crate) fn answers_of(reference: &str, options: ReadOptions) -> Vec<Answer> {
    let job = Job {
        dockerfile: None,
        name: reference.to_owned(),
        origin: Origin::Named(Reference::parse(reference, None).expect("a reference")),
        options,
        base: BaseChoice::Described,
        score: Score::Exact,
        policy: Ok(Policy::default()),
    };
    let mut answers = Vec::new();
    load(&job, &Control::default(), &mut |answer| answers.push(answer));
    answers
}

fn event_of(name: &str, key: Key) -> KeyEvent {
    let _ = key;
    let (modifiers, code) =
        name.rsplit_once('+').map_or((KeyModifiers::NONE, name), |(modifier, code)| match modifier {
            "ctrl" => (KeyModifiers::CONTROL, code),
            "shift" => (KeyModifiers::SHIFT, code),
            _ => (KeyModifiers::NONE, name),
        });
    let code = match code {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" if modifiers == KeyModifiers::SHIFT => KeyCode::BackTab,
        "tab" => KeyCode::Tab,
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "backspace" => KeyCode::Backspace,
        "f1" => KeyCode::F(1),
        "f5" => KeyCode::F(5),
        letter => KeyCode::Char(letter.chars().next().expect("a letter")),
    };
    KeyEvent::new(code, modifiers)
}

impl Journey {
    /// Returns all rows of the tree as drawn, however many there are.
    pub(crate) fn screen_of_all(&self) -> String {
        let rows = u16::try_from(self.app.tree.rows().len()).expect("few");
        let mut terminal = Terminal::new(TestBackend::new(200, rows + 20)).expect("a terminal");
        let mut tall = Self::open(&self.app.reference, 200, rows + 20);
        tall.press("F tab *");
        terminal.draw(|frame| draw(&tall.app, frame)).expect("drawn");
        terminal.backend().to_string()
    }

    /// Moves the cursor to a path that has a row.
    pub(crate) fn go_to(&mut self, path: &str) {
        let at = self.rows().iter().position(|row| row.chars().skip(1).eq(path.chars()));
        let at = at.unwrap_or_else(|| panic!("{path} has no row: {:?}", self.rows()));
        self.press("home");
        for _ in 0..at {
            self.press("down");
        }
    }

    /// Returns the bytes of all visible ghosts, summed over files.
    pub(crate) fn ghost_bytes(&self) -> u64 {
        let subject = self.subject();
        let ghosts = self.app.tree.rows().iter().filter(|row| {
            self.app.tree.state(row.node) == dockopt_core::comparison::State::Ghost
                && row.fold == crate::tui::panes::tree::rows::Fold::Leaf
        });
        let entries = ghosts.filter_map(|row| self.app.tree.entry(row.node));
        entries.filter_map(|entry| subject.tree.entry(entry)).map(|facts| facts.metadata.size).sum()
    }

    /// Returns the image, for comparison with expected values.
    pub(crate) fn subject(&self) -> Arc<crate::tui::subject::Subject> {
        Arc::clone(self.app.subject.as_ref().expect("an image"))
    }
}

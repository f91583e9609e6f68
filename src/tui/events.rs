//! What happens: keys and the mouse, signals, and the answers of threads that work; all through one channel.
//!
//! One thread reads the terminal and one waits for signals. What nobody would act on is dropped here: keys going up,
//! the pointer moving. Signals that end the program do so here, after the terminal is given back, and the program is
//! then seen to have died of them. There is one of each thread as long as there is a screen: where one part of the
//! program gives the screen to another, they tell the other one, so that no key is lost in between.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, KeyEvent, KeyEventKind, MouseEvent, MouseEventKind};
use ratatui::layout::Size;

use super::screen::{Hold, Screen};

/// How long the thread that reads the terminal takes to see that nobody listens.
const PATIENCE: Duration = Duration::from_millis(100);

/// Most characters of a paste: it goes into a line that is typed.
const LONGEST_PASTE: usize = 4096;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Event<Answer> {
    /// A key went down, or repeats.
    Key(KeyEvent),
    /// A button, a drag, or the wheel.
    Mouse(MouseEvent),
    /// Text was pasted: its first line, without control characters.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// The program goes on after it was stopped: everything is to be drawn again.
    Resumed,
    /// The terminal cannot be read any more.
    InputLost(io::Error),
    /// A thread is done, or has news.
    Answer(Answer),
}

/// What an application is told of what happened.
pub(crate) enum Input<Answer> {
    Key(KeyEvent),
    Mouse(MouseEvent, Instant),
    Paste(String),
    Resize(u16, u16),
    Answer(Answer),
}

impl<Answer> Event<Answer> {
    /// What there is to send, if anything; the screen is made to be drawn as a whole where it has to be.
    pub(crate) fn input(self, screen: &mut Screen) -> io::Result<Option<Input<Answer>>> {
        Ok(Some(match self {
            Self::Key(key) => Input::Key(key),
            Self::Mouse(mouse) => Input::Mouse(mouse, Instant::now()),
            Self::Paste(text) => Input::Paste(text),
            Self::Resize(Size { width, height }) => {
                // There and back again is a change too: what was outside of the window is gone.
                screen.redraw()?;
                Input::Resize(width, height)
            }
            Self::Resumed => {
                screen.redraw()?;
                return Ok(None);
            }
            Self::InputLost(error) => return Err(error),
            Self::Answer(answer) => Input::Answer(answer),
        }))
    }
}

/// What happens, in order.
pub(crate) struct Events<Answer> {
    sender: Sender<Event<Answer>>,
    receiver: Receiver<Event<Answer>>,
    threads: InputThreads,
}

/// Whom the threads tell what they hear, and whether they are to end.
#[derive(Default)]
struct InputThreads {
    recipient: Arc<Recipient>,
    stop: Arc<AtomicBool>,
}

/// Sends somebody what was heard, and whether there is anybody.
type SendEvent = Box<dyn Fn(Event<Infallible>) -> bool + Send>;

/// Who is told what is heard.
#[derive(Default)]
struct Recipient(Mutex<Option<SendEvent>>);

impl Recipient {
    fn lock(&self) -> MutexGuard<'_, Option<SendEvent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what was heard, and whether anybody was there.
    fn send(&self, event: Event<Infallible>) -> bool {
        self.lock().as_ref().is_some_and(|send| send(event))
    }
}

impl<Answer> Event<Answer> {
    /// What happened, if it is not an answer.
    fn without_answer<Other>(self) -> Option<Event<Other>> {
        match self {
            Self::Key(key) => Some(Event::Key(key)),
            Self::Mouse(mouse) => Some(Event::Mouse(mouse)),
            Self::Paste(text) => Some(Event::Paste(text)),
            Self::Resize(size) => Some(Event::Resize(size)),
            Self::Resumed => Some(Event::Resumed),
            Self::InputLost(error) => Some(Event::InputLost(error)),
            Self::Answer(_) => None,
        }
    }
}

/// What tells a channel.
fn sending_to<Answer: Send + 'static>(sender: Sender<Event<Answer>>) -> SendEvent {
    Box::new(move |event| event.without_answer().is_some_and(|event| sender.send(event).is_ok()))
}

impl<Answer: Send + 'static> Events<Answer> {
    /// Begins to read the terminal and to wait for signals.
    pub(crate) fn start(screen: &Screen) -> io::Result<Self> {
        let events = Self::silent();
        events.watch_signals(screen.hold())?;
        let (recipient, stop) = (Arc::clone(&events.threads.recipient), Arc::clone(&events.threads.stop));
        let send = move |event| recipient.send(event);
        Builder::new().name("input".to_owned()).spawn(move || forward(read, &send, &stop))?;
        Ok(events)
    }

    /// Nothing happens but answers.
    pub(crate) fn silent() -> Self {
        let (sender, receiver) = channel();
        let threads = InputThreads::default();
        *threads.recipient.lock() = Some(sending_to(sender.clone()));
        Self { sender, receiver, threads }
    }

    /// Gives what happens to another part of the program, with everything that nobody has looked at yet. Answers that
    /// come late are dropped: they are for the part that has asked.
    pub(crate) fn hand_over<Other: Send + 'static>(self) -> Events<Other> {
        // While nobody listens, nothing may be told.
        let recipient = Arc::clone(&self.threads.recipient);
        let mut sending = recipient.lock();
        let (sender, receiver) = channel();
        for event in self.receiver.try_iter().filter_map(Event::without_answer) {
            let _ = sender.send(event);
        }
        *sending = Some(sending_to(sender.clone()));
        drop(sending);
        Events { sender, receiver, threads: self.threads }
    }

    /// Where threads that work send their answers; after the end nobody takes them.
    pub(crate) fn sender(&self) -> Sender<Event<Answer>> {
        self.sender.clone()
    }

    /// The next event. `None` if nothing happens within the time, if there is a limit.
    pub(crate) fn next(&self, limit: Option<Duration>) -> Option<Event<Answer>> {
        match limit {
            Some(limit) => self.receiver.recv_timeout(limit).ok(),
            None => self.receiver.recv().ok(),
        }
    }

    /// The next event, if it has happened already: all that has happened is worth one frame.
    pub(crate) fn pending(&self) -> Option<Event<Answer>> {
        self.receiver.try_recv().ok()
    }

    #[cfg(unix)]
    fn watch_signals(&self, hold: Hold) -> io::Result<()> {
        use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
        let mut signals = signal_hook::iterator::Signals::new([SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
        let recipient = Arc::clone(&self.threads.recipient);
        let wait = move || {
            for signal in signals.forever() {
                if signal == SIGCONT {
                    let lost = hold.retake().map_or_else(Event::InputLost, |()| Event::Resumed);
                    recipient.send(lost);
                } else {
                    hold.release_at_once();
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                }
            }
        };
        Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as where there are signals")]
    fn watch_signals(&self, _hold: Hold) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for InputThreads {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// What the terminal says, if it says something soon.
fn read() -> io::Result<Option<event::Event>> {
    if event::poll(PATIENCE)? { event::read().map(Some) } else { Ok(None) }
}

/// Sends what a terminal says, until nobody listens or it fails.
fn forward(
    mut read: impl FnMut() -> io::Result<Option<event::Event>>,
    send: &dyn Fn(Event<Infallible>) -> bool,
    stop: &AtomicBool,
) {
    while !stop.load(Ordering::Relaxed) {
        let (event, is_last) = match read() {
            Ok(event) => (event.and_then(relevant), false),
            Err(error) => (Some(Event::InputLost(error)), true),
        };
        let is_unsent = event.is_some_and(|event| !send(event));
        if is_last || is_unsent {
            return;
        }
    }
}

/// What somebody acts on.
fn relevant(event: event::Event) -> Option<Event<Infallible>> {
    match event {
        event::Event::Key(key) if key.kind != KeyEventKind::Release => Some(Event::Key(key)),
        event::Event::Mouse(mouse) if mouse.kind != MouseEventKind::Moved => Some(Event::Mouse(mouse)),
        event::Event::Paste(text) => Some(Event::Paste(pasted(&text))),
        event::Event::Resize(width, height) => Some(Event::Resize(Size { width, height })),
        _ => None,
    }
}

/// The first line that says something, without what is no text.
fn pasted(text: &str) -> String {
    let line = text.trim_start().split(['\n', '\r']).next().unwrap_or_default();
    line.trim_end().chars().filter(|character| !character.is_control()).take(LONGEST_PASTE).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use ratatui::crossterm::event::{KeyCode, KeyModifiers, MouseButton};

    use super::*;

    fn key(character: char, kind: KeyEventKind) -> event::Event {
        event::Event::Key(KeyEvent::new_with_kind(KeyCode::Char(character), KeyModifiers::NONE, kind))
    }

    fn mouse(kind: MouseEventKind) -> event::Event {
        event::Event::Mouse(MouseEvent { kind, column: 1, row: 2, modifiers: KeyModifiers::NONE })
    }

    /// What arrives of what a terminal says before it fails.
    fn arriving(said: Vec<event::Event>) -> Vec<String> {
        let (sender, receiver) = channel::<Event<()>>();
        let mut said = said.into_iter();
        forward(
            || said.next().map(Some).ok_or_else(|| io::Error::other("gone")),
            &sending_to(sender),
            &AtomicBool::new(false),
        );
        receiver
            .iter()
            .map(|event| format!("{event:?}").chars().take_while(|&letter| letter != '(').collect())
            .collect()
    }

    #[test]
    fn what_matters_arrives_in_order_and_the_loss_of_the_terminal_last() {
        let said = vec![
            key('a', KeyEventKind::Press),
            key('a', KeyEventKind::Repeat),
            key('a', KeyEventKind::Release),
            mouse(MouseEventKind::Moved),
            mouse(MouseEventKind::Down(MouseButton::Left)),
            mouse(MouseEventKind::ScrollDown),
            event::Event::FocusLost,
            event::Event::Resize(80, 24),
            event::Event::Paste("text".to_owned()),
        ];
        let expected = ["Key", "Key", "Mouse", "Mouse", "Resize", "Paste", "InputLost"];
        assert_eq!(arriving(said), expected);
    }

    #[test]
    fn reading_ends_when_nobody_listens() {
        let endless = || Ok(Some(key('a', KeyEventKind::Press)));
        let (sender, receiver) = channel::<Event<()>>();
        drop(receiver);
        let send = sending_to(sender);
        forward(endless, &send, &AtomicBool::new(false));
        let silent = || -> io::Result<Option<event::Event>> { Ok(None) };
        let events = Events::<()>::silent();
        let stop = Arc::clone(&events.threads.stop);
        let thread = std::thread::spawn(move || forward(silent, &send, &stop));
        drop(events);
        thread.join().expect("the thread ends");
    }

    #[test]
    fn answers_arrive_and_waiting_has_a_limit() {
        let events = Events::silent();
        assert!(events.next(Some(Duration::ZERO)).is_none() && events.pending().is_none());
        events.sender().send(Event::Answer(7)).expect("sent");
        events.sender().send(Event::Answer(8)).expect("sent");
        assert!(matches!(events.next(None), Some(Event::Answer(7))));
        assert!(matches!(events.pending(), Some(Event::Answer(8))));
    }

    #[test]
    fn what_nobody_has_looked_at_goes_along_when_events_are_handed_over() {
        let first = Events::<u8>::silent();
        let recipient = Arc::clone(&first.threads.recipient);
        let press = |character| recipient.send(relevant(key(character, KeyEventKind::Press)).expect("a key"));
        let pressed = |event| matches!(event, Some(Event::Key(KeyEvent { code: KeyCode::Char(_), .. })));
        let late = first.sender();
        assert!(press('a') && press('b'));
        late.send(Event::Answer(1)).expect("sent");
        assert!(pressed(first.next(None)));
        let second = first.hand_over::<String>();
        assert!(press('c'));
        late.send(Event::Answer(2)).expect_err("nobody waits for it any more");
        let codes: Vec<KeyCode> = std::iter::from_fn(|| second.pending())
            .map(|event| match event {
                Event::Key(key) => key.code,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(codes, [KeyCode::Char('b'), KeyCode::Char('c')]);
        second.sender().send(Event::Answer("answer".to_owned())).expect("sent");
        assert!(second.hand_over::<u8>().pending().is_none(), "the answer was for somebody else");
        assert!(!press('d'), "nobody is left");
    }

    #[test]
    fn a_paste_is_one_line_of_text() {
        for (text, line) in [
            ("/etc/passwd\n", "/etc/passwd"),
            ("\r\n  one\r\ntwo", "one"),
            ("a\x1b[31m\u{9b}b\tc", "a[31mbc"),
            ("", ""),
        ] {
            assert_eq!(pasted(text), line);
        }
        assert_eq!(pasted(&"x".repeat(1_000_000)).len(), LONGEST_PASTE);
    }
}

//! Events: keys, the mouse, signals, and answers of worker threads, all through one channel.
//!
//! One thread reads the terminal and one waits for signals. Events without an effect, such as key
//! releases and pointer movements, are dropped here. A signal that ends the program first restores
//! the terminal and then kills the program with its default action. Both threads live as long as
//! the screen: when the browser and the list of images exchange the screen, the threads send to the
//! new receiver, and no key is lost in between.

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

/// Time that the input thread waits for input before it checks whether to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Longest paste in characters: it goes into one line of input.
const LONGEST_PASTE: usize = 4096;

/// An event.
#[derive(Debug)]
pub(crate) enum Event<Answer> {
    /// A key press, or its repetition.
    Key(KeyEvent),
    /// A click, a drag, or the wheel.
    Mouse(MouseEvent),
    /// A paste: its first line, without control characters.
    Paste(String),
    /// A new size of the terminal.
    Resize(Size),
    /// The program continues after a stop: everything must be redrawn.
    Resumed,
    /// The terminal can no longer be read.
    InputLost(io::Error),
    /// An answer of a worker thread.
    Answer(Answer),
}

/// Messages an application receives.
pub(crate) enum Input<Answer> {
    Key(KeyEvent),
    Mouse(MouseEvent, Instant),
    Paste(String),
    Resize(u16, u16),
    Answer(Answer),
}

impl<Answer> Event<Answer> {
    /// Returns the message for the application, if there is one. Forces a full redraw of the screen
    /// where necessary.
    pub(crate) fn input(self, screen: &mut Screen) -> io::Result<Option<Input<Answer>>> {
        Ok(Some(match self {
            Self::Key(key) => Input::Key(key),
            Self::Mouse(mouse) => Input::Mouse(mouse, Instant::now()),
            Self::Paste(text) => Input::Paste(text),
            Self::Resize(Size { width, height }) => {
                // Two changes that cancel out still count: the content outside the smaller window
                // is lost.
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

/// The stream of events, in order.
pub(crate) struct Events<Answer> {
    sender: Sender<Event<Answer>>,
    receiver: Receiver<Event<Answer>>,
    threads: InputThreads,
}

/// The threads' shared state: the receiver, and the request to stop.
#[derive(Default)]
struct InputThreads {
    recipient: Arc<Recipient>,
    stop: Arc<AtomicBool>,
}

/// Sends an event; returns `false` if the receiver is gone.
type SendEvent = Box<dyn Fn(Event<Infallible>) -> bool + Send>;

/// The receiver of events, if any.
#[derive(Default)]
struct Recipient(Mutex<Option<SendEvent>>);

impl Recipient {
    fn lock(&self) -> MutexGuard<'_, Option<SendEvent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an event; returns `false` if there is no receiver.
    fn send(&self, event: Event<Infallible>) -> bool {
        self.lock().as_ref().is_some_and(|send| send(event))
    }
}

impl<Answer> Event<Answer> {
    /// Converts to the event type of another application; `None` for an answer.
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

/// Returns a function that sends to a channel.
fn sending_to<Answer: Send + 'static>(sender: Sender<Event<Answer>>) -> SendEvent {
    Box::new(move |event| event.without_answer().is_some_and(|event| sender.send(event).is_ok()))
}

impl<Answer: Send + 'static> Events<Answer> {
    /// Starts the threads that read the terminal and wait for signals.
    pub(crate) fn start(screen: &Screen) -> io::Result<Self> {
        let events = Self::silent();
        events.watch_signals(screen.hold())?;
        let (recipient, stop) = (Arc::clone(&events.threads.recipient), Arc::clone(&events.threads.stop));
        let send = move |event| recipient.send(event);
        Builder::new().name("input".to_owned()).spawn(move || forward(read, &send, &stop))?;
        Ok(events)
    }

    /// Creates a stream without these threads: only answers arrive.
    pub(crate) fn silent() -> Self {
        let (sender, receiver) = channel();
        let threads = InputThreads::default();
        *threads.recipient.lock() = Some(sending_to(sender.clone()));
        Self { sender, receiver, threads }
    }

    /// Hands the event stream over, pending events included. Late answers are dropped: they belong
    /// to the former receiver.
    pub(crate) fn hand_over<Other: Send + 'static>(self) -> Events<Other> {
        // The lock keeps new events from overtaking the pending ones.
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

    /// Returns a sender for the answers of worker threads; sending fails after the stream ends.
    pub(crate) fn sender(&self) -> Sender<Event<Answer>> {
        self.sender.clone()
    }

    /// Waits for the next event; `None` if none arrives within the limit.
    pub(crate) fn next(&self, limit: Option<Duration>) -> Option<Event<Answer>> {
        match limit {
            Some(limit) => self.receiver.recv_timeout(limit).ok(),
            None => self.receiver.recv().ok(),
        }
    }

    /// Returns the next event that has already arrived. Such events share one frame.
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
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "same signature as on Unix")]
    fn watch_signals(&self, _hold: Hold) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for InputThreads {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Reads the next input of the terminal; `None` if there is none within [`PATIENCE`].
fn read() -> io::Result<Option<event::Event>> {
    if event::poll(PATIENCE)? { event::read().map(Some) } else { Ok(None) }
}

/// Forwards the input of a terminal until the receiver is gone or reading fails.
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

/// Converts an input to an event; `None` if it has no effect.
fn relevant(event: event::Event) -> Option<Event<Infallible>> {
    match event {
        event::Event::Key(key) if key.kind != KeyEventKind::Release => Some(Event::Key(key)),
        event::Event::Mouse(mouse) if mouse.kind != MouseEventKind::Moved => Some(Event::Mouse(mouse)),
        event::Event::Paste(text) => Some(Event::Paste(pasted(&text))),
        event::Event::Resize(width, height) => Some(Event::Resize(Size { width, height })),
        _ => None,
    }
}

/// Returns the first line that is not blank, without control characters.
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

    /// Returns the events from a terminal that fails after `said`.
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
    fn relevant_input_arrives_in_order_before_the_failure() {
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
    fn reading_ends_after_the_receiver_is_dropped() {
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
    fn waiting_for_an_answer_has_a_limit() {
        let events = Events::silent();
        assert!(events.next(Some(Duration::ZERO)).is_none() && events.pending().is_none());
        events.sender().send(Event::Answer(7)).expect("sent");
        events.sender().send(Event::Answer(8)).expect("sent");
        assert!(matches!(events.next(None), Some(Event::Answer(7))));
        assert!(matches!(events.pending(), Some(Event::Answer(8))));
    }

    #[test]
    fn handing_over_keeps_pending_events() {
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
        late.send(Event::Answer(2)).expect_err("its receiver is gone");
        let codes: Vec<KeyCode> = std::iter::from_fn(|| second.pending())
            .map(|event| match event {
                Event::Key(key) => key.code,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(codes, [KeyCode::Char('b'), KeyCode::Char('c')]);
        second.sender().send(Event::Answer("answer".to_owned())).expect("sent");
        assert!(second.hand_over::<u8>().pending().is_none(), "the answer was for another receiver");
        assert!(!press('d'), "no receiver is left");
    }

    #[test]
    fn paste_is_one_line_of_text() {
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

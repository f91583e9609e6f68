//! Threads that carry out the browser's effects.
//!
//! One reads the image, one makes rows, one searches paths, and one previews files; another writes
//! files during an extraction. All send their answers through the event channel.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread::Builder;

use super::effect::{Answer, Effect};
use super::events::Event;
use super::extract;
use super::find::{FindRequest, Finder};
use super::loader::{Control, Job, load};
use super::panes::tree::request::TreeRequest;
use super::panes::tree::viewer::TreeViewer;
use super::preview::thread::PreviewThread;
use super::screen::Screen;
use super::worker::Worker;

/// The threads, with their channels.
pub(crate) struct World {
    sender: Sender<Event<Answer>>,
    control: Arc<Control>,
    viewer: Worker<TreeRequest>,
    finder: Worker<FindRequest>,
    previewer: PreviewThread,
    /// Flag that stops the thread that writes files.
    stop_extracting: Arc<AtomicBool>,
}

impl World {
    /// Starts reading the image, and the other threads.
    pub(crate) fn start(job: Job, sender: Sender<Event<Answer>>) -> io::Result<Self> {
        let control = Arc::new(Control::default());
        let (reading, told) = (Arc::clone(&control), sender.clone());
        Builder::new().name("image".to_owned()).spawn(move || {
            load(&job, &reading, &mut |answer| tell(&told, answer));
        })?;
        let (mut viewer, told) = (TreeViewer::default(), sender.clone());
        let viewer = Worker::start("rows", move |request, _| {
            tell(&told, Answer::View(Box::new(viewer.answer(&request))));
        })?;
        let (mut finder, told) = (Finder::default(), sender.clone());
        let finder = Worker::start("search", move |request, wanted| {
            if let Some(found) = finder.answer(&request, wanted) {
                tell(&told, Answer::Found(found));
            }
        })?;
        let told = sender.clone();
        let previewer = PreviewThread::start(move |sight| tell(&told, Answer::Preview(sight)))?;
        Ok(Self { sender, control, viewer, finder, previewer, stop_extracting: Arc::default() })
    }

    /// Carries out an effect; [`ControlFlow::Break`] ends the browser.
    pub(crate) fn carry_out(&mut self, effect: Effect, screen: &mut Screen) -> io::Result<ControlFlow<()>> {
        match effect {
            Effect::View(request) => self.viewer.ask(*request),
            Effect::Find(request) => self.finder.ask(request),
            Effect::Preview(command) => self.previewer.ask(command),
            Effect::Extract(request) => self.extract(request)?,
            Effect::Snapshot => self.control.want_snapshot(),
            Effect::StopLoading => self.control.stop(),
            Effect::StopExtracting => self.stop_extracting.store(true, Ordering::Relaxed),
            Effect::Copy(text) => screen.copy(text.as_bytes())?,
            Effect::Suspend => screen.suspend()?,
            Effect::Redraw => screen.redraw()?,
            Effect::Quit => return Ok(ControlFlow::Break(())),
        }
        Ok(ControlFlow::Continue(()))
    }

    fn extract(&mut self, request: super::effect::ExtractRequest) -> io::Result<()> {
        self.stop_extracting = Arc::default();
        let (stop, told) = (Arc::clone(&self.stop_extracting), self.sender.clone());
        let write = move || {
            let outcome =
                extract::extract(&request, &stop, &mut |bytes| tell(&told, Answer::Extracting(bytes)));
            tell(&told, Answer::Extracted(outcome));
        };
        Builder::new().name("extract".to_owned()).spawn(write).map(drop)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.control.stop();
        self.stop_extracting.store(true, Ordering::Relaxed);
    }
}

/// Sends an answer. Sending fails after the browser has ended; the answer does not matter then.
fn tell(sender: &Sender<Event<Answer>>, answer: Answer) {
    drop(sender.send(Event::Answer(answer)));
}

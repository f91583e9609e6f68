//! The threads that do what the browser asks for.
//!
//! One reads the image, one makes rows, one looks for paths, one looks into files; one more writes files while that
//! goes on. All of them answer into the channel that keys come from.

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

/// Everything outside of the browser's state.
pub(crate) struct World {
    sender: Sender<Event<Answer>>,
    control: Arc<Control>,
    viewer: Worker<TreeRequest>,
    finder: Worker<FindRequest>,
    previewer: PreviewThread,
    /// Tells the thread that writes files to stop.
    stop_extracting: Arc<AtomicBool>,
}

impl World {
    /// Starts to read the image, and everything that may be asked.
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

    /// Does what the browser asks for; [`ControlFlow::Break`] when that is to end.
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

/// Nobody listens any more when the browser has ended: then nobody needs to know.
fn tell(sender: &Sender<Event<Answer>>, answer: Answer) {
    drop(sender.send(Event::Answer(answer)));
}

//! The event loop: handles all pending events, then draws one frame.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use ratatui::layout::Rect;

use super::app::App;
use super::draw::draw;
use super::effect::{Answer, Failure};
use super::events::{Event, Events};
use super::loader::Job;
use super::screen::Screen;
use super::theme::ThemeName;
use super::world::World;
use crate::config::Config;

/// Time to wait for new rows before drawing the old ones again: too short to notice, and it avoids
/// flicker.
const PATIENCE: Duration = Duration::from_millis(12);
/// Most events before a frame is drawn.
const BURST: usize = 256;

/// Shows an image until the user quits. Returns the failure if the image could not be read.
pub(crate) fn browse(job: Job, theme: ThemeName, config: &Config) -> io::Result<Option<Failure>> {
    let mut screen = Screen::enter(&title(&job))?;
    let events = Events::start(&screen)?;
    Stage { screen: &mut screen, events: &events, theme, config, from_list: false }.browse(job)
}

/// Returns the window title while an image is shown.
fn title(job: &Job) -> String {
    format!("dockopt-dive {}", job.name)
}

/// A screen to show an image on, with its events.
pub(super) struct Stage<'s> {
    pub(super) screen: &'s mut Screen,
    pub(super) events: &'s Events<Answer>,
    pub(super) theme: ThemeName,
    pub(super) config: &'s Config,
    /// Whether the list of images comes back afterwards.
    pub(super) from_list: bool,
}

impl Stage<'_> {
    /// Shows an image until the user quits. Returns the failure if the image could not be read.
    pub(super) fn browse(self, job: Job) -> io::Result<Option<Failure>> {
        self.screen.rename(&title(&job))?;
        let size = Rect::from((ratatui::layout::Position::ORIGIN, self.screen.size()?));
        let mut app = App::new(&job.name, size, self.theme, self.config);
        app.from_list = self.from_list;
        let mut browser =
            Browser { app, world: World::start(job, self.events.sender())?, screen: self.screen };
        browser.run(self.events)?;
        // A read that the user stopped has not failed.
        Ok(browser.app.failure.take().filter(|_| !browser.app.stopped))
    }
}

struct Browser<'s> {
    app: App,
    world: World,
    screen: &'s mut Screen,
}

impl Browser<'_> {
    fn run(&mut self, events: &Events<Answer>) -> io::Result<()> {
        loop {
            self.follow_size()?;
            let app = &self.app;
            self.screen.draw(|frame| draw(app, frame))?;
            let Some(event) = events.next(None) else { return Ok(()) };
            let mut next = Some(event);
            for _ in 0..BURST {
                let Some(event) = next else { break };
                if self.take(event)?.is_break() {
                    return Ok(());
                }
                next = events.pending().or_else(|| self.wait_for_rows(events));
            }
            if let Some(event) = next
                && self.take(event)?.is_break()
            {
                return Ok(());
            }
        }
    }

    /// Handles a new terminal size at once: its event may arrive later.
    fn follow_size(&mut self) -> io::Result<()> {
        let size = self.screen.size()?;
        if size == self.app.size.as_size() { Ok(()) } else { self.take(Event::Resize(size)).map(drop) }
    }

    /// Waits for pending rows, to save a frame without them.
    fn wait_for_rows(&self, events: &Events<Answer>) -> Option<Event<Answer>> {
        if self.app.tree.is_behind() { events.next(Some(PATIENCE)) } else { None }
    }

    fn take(&mut self, event: Event<Answer>) -> io::Result<ControlFlow<()>> {
        let Some(input) = event.input(self.screen)? else {
            return Ok(ControlFlow::Continue(()));
        };
        for effect in self.app.update(input) {
            if self.world.carry_out(effect, self.screen)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

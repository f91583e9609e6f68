//! The event loop: whatever has happened is taken in, then one frame is drawn.

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

/// How long to wait for rows before the old ones are drawn once more: so long nobody notices, and nothing flickers.
const PATIENCE: Duration = Duration::from_millis(12);
/// Most events before a frame is drawn.
const BURST: usize = 256;

/// Shows an image until the user has seen enough. Returns why it could not be read, if it could not.
pub(crate) fn browse(job: Job, theme: ThemeName, config: &Config) -> io::Result<Option<Failure>> {
    let mut screen = Screen::enter(&title(&job))?;
    let events = Events::start(&screen)?;
    Stage { screen: &mut screen, events: &events, theme, config, from_list: false }.browse(job)
}

/// The title of the window while an image is looked at.
fn title(job: &Job) -> String {
    format!("dockopt-dive {}", job.name)
}

/// Where an image can be shown: a screen that is there already.
pub(super) struct Stage<'s> {
    pub(super) screen: &'s mut Screen,
    pub(super) events: &'s Events<Answer>,
    pub(super) theme: ThemeName,
    pub(super) config: &'s Config,
    /// Whether the list of images comes back afterwards.
    pub(super) from_list: bool,
}

impl Stage<'_> {
    /// Shows an image until the user has seen enough. Returns why it could not be read, if it could not.
    pub(super) fn browse(self, job: Job) -> io::Result<Option<Failure>> {
        self.screen.rename(&title(&job))?;
        let size = Rect::from((ratatui::layout::Position::ORIGIN, self.screen.size()?));
        let mut app = App::new(&job.name, size, self.theme, self.config);
        app.from_list = self.from_list;
        let mut browser =
            Browser { app, world: World::start(job, self.events.sender())?, screen: self.screen };
        browser.run(self.events)?;
        // What the user wanted is no failure.
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

    /// A terminal has its new size before anybody is told: what happens in between is drawn at the new one.
    fn follow_size(&mut self) -> io::Result<()> {
        let size = self.screen.size()?;
        if size == self.app.size.as_size() { Ok(()) } else { self.take(Event::Resize(size)).map(drop) }
    }

    /// Rows that come at once need no frame without them.
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

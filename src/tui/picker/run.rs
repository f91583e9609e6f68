//! Runs the picker, and the browser for each opened image.

use std::io;
use std::sync::Arc;
use std::thread::Builder;

use dockopt_image::{LocalImage, ReadError};
use ratatui::layout::{Position, Rect};

use super::app::{Beginning, Effect, News, Picker, PickerInput};
use super::draw::draw;
use crate::config::Config;
use crate::images::{Listing, short_id};
use crate::tui::browse::Stage;
use crate::tui::effect::Failure;
use crate::tui::events::{Event, Events};
use crate::tui::loader::{Job, failure};
use crate::tui::screen::Screen;
use crate::tui::theme::ThemeName;

/// Most events before a frame is drawn.
const BURST: usize = 256;

/// Title of the window.
const TITLE: &str = "dockopt-dive";

/// Functions that the picker calls: listing images, and reading one.
pub(crate) struct Outside<'o> {
    /// Asks the engine for its images; this may take long.
    pub(crate) list: Arc<dyn Fn() -> Result<Listing, ReadError> + Send + Sync>,
    /// Returns the job that reads an image, or the reason that there is none.
    pub(crate) job: &'o dyn Fn(&LocalImage) -> Result<Job, String>,
}

/// Shows the images of an engine, and opens those that the user chooses, until the user quits.
/// Returns the failure if there is no list.
pub(crate) fn pick(
    outside: &Outside<'_>,
    theme: ThemeName,
    config: &Config,
    beginning: Beginning,
) -> io::Result<Option<Failure>> {
    let screen = Screen::enter(TITLE)?;
    let size = Rect::from((Position::ORIGIN, screen.size()?));
    let picker = Picker::new(size, theme, config, beginning);
    let mut events = Events::start(&screen)?;
    let mut session = Session { outside, config, picker, screen };
    session.ask(&events)?;
    loop {
        match session.run(&events)? {
            Next::Leave => return Ok(session.picker.failure.take()),
            Next::Open(image) => events = session.open(&image, events)?,
        }
    }
}

/// What follows the picker.
enum Next {
    Leave,
    Open(Box<LocalImage>),
}

struct Session<'o> {
    outside: &'o Outside<'o>,
    config: &'o Config,
    picker: Picker,
    screen: Screen,
}

impl Session<'_> {
    /// Shows the list until the user chooses an image or quits. Later events stay in the channel.
    fn run(&mut self, events: &Events<News>) -> io::Result<Next> {
        loop {
            self.follow_size(events)?;
            let picker = &self.picker;
            self.screen.draw(|frame| draw(picker, frame))?;
            let mut next = events.next(None);
            for _ in 0..BURST {
                let Some(event) = next else { break };
                if let Some(end) = self.take(event, events)? {
                    return Ok(end);
                }
                next = events.pending();
            }
            if let Some(event) = next
                && let Some(end) = self.take(event, events)?
            {
                return Ok(end);
            }
        }
    }

    /// Handles a new terminal size at once: its event may arrive later.
    fn follow_size(&mut self, events: &Events<News>) -> io::Result<()> {
        let size = self.screen.size()?;
        if size != self.picker.size.as_size() {
            self.take(Event::Resize(size), events)?;
        }
        Ok(())
    }

    fn take(&mut self, event: Event<News>, events: &Events<News>) -> io::Result<Option<Next>> {
        match event.input(&mut self.screen)? {
            Some(input) => self.update(input, events),
            None => Ok(None),
        }
    }

    fn update(&mut self, input: PickerInput, events: &Events<News>) -> io::Result<Option<Next>> {
        for effect in self.picker.update(input) {
            match effect {
                Effect::Ask => self.ask(events)?,
                Effect::Open(image) => return Ok(Some(Next::Open(image))),
                Effect::Suspend => self.screen.suspend()?,
                Effect::Redraw => self.screen.redraw()?,
                Effect::Quit => return Ok(Some(Next::Leave)),
            }
        }
        Ok(None)
    }

    /// Lists images on a thread: the engine may never answer.
    fn ask(&self, events: &Events<News>) -> io::Result<()> {
        let (list, sender) = (Arc::clone(&self.outside.list), events.sender());
        let ask = move || {
            let listed = list().map_err(|error| failure(&error));
            // Sending fails if the picker has ended or an image is open.
            let _ = sender.send(Event::Answer(News::Listed(Box::new(listed))));
        };
        Builder::new().name("engine".to_owned()).spawn(ask).map(drop)
    }

    /// Opens the browser on the same screen, and returns when the user quits it.
    fn open(&mut self, image: &LocalImage, events: Events<News>) -> io::Result<Events<News>> {
        let (reason, events) = match (self.outside.job)(image) {
            Ok(job) => {
                let events = events.hand_over();
                let (theme, config) = (self.picker.theme.name, self.config);
                let screen = &mut self.screen;
                let stage = Stage { screen, events: &events, theme, config, from_list: true };
                let failure = stage.browse(job)?;
                (failure.and_then(|failure| failure.reasons.into_iter().next()), events.hand_over())
            }
            Err(reason) => (Some(reason), events),
        };
        let reason = reason.map(|reason| of_image(image, &reason));
        self.screen.rename(TITLE)?;
        self.screen.redraw()?;
        self.update(PickerInput::Answer(News::Back(reason)), &events)?;
        Ok(events)
    }
}

/// Replaces the ID in a reason by the name of the image, or puts the name before it.
fn of_image(image: &LocalImage, reason: &str) -> String {
    let name = image.name.clone().unwrap_or_else(|| short_id(&image.id));
    if !image.id.is_empty() && reason.contains(&image.id) {
        return reason.replace(&image.id, &name);
    }
    format!("{name}: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_names_the_image_instead_of_its_id() {
        let id = format!("sha256:{}", "a".repeat(64));
        let image = LocalImage { id: id.clone(), name: Some("shop:1".to_owned()), ..LocalImage::default() };
        let reason = format!("docker has no image `{id}`");
        assert_eq!(of_image(&image, &reason), "docker has no image `shop:1`");
        assert_eq!(of_image(&image, "layer 3 cannot be read"), "shop:1: layer 3 cannot be read");
        let dangling = LocalImage { name: None, ..image };
        assert_eq!(of_image(&dangling, &reason), "docker has no image `aaaaaaaaaaaa`");
    }
}

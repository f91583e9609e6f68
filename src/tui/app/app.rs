//! [`App`], the state of the browser, and what every part of it needs.

use std::sync::Arc;

use dockopt_core::image::ImageInfo;
use dockopt_core::path::escape_text;
use ratatui::layout::Rect;

use super::loading::Loading;
use super::state::{Extracting, Message, PathSearch, Popup, Prompt};
use crate::config::Config;
use crate::tui::areas::{Areas, Arrangement, PaneId, Region};
use crate::tui::effect::{Effect, Failure};
use crate::tui::keys::Keymap;
use crate::tui::list::ListState;
use crate::tui::panes::findings::state::FindingsState;
use crate::tui::panes::layers::state::{LAYERS_HEADING, LayerRows, LayersState};
use crate::tui::panes::packages::state::PackagesState;
use crate::tui::panes::preview::state::PreviewState;
use crate::tui::panes::tree::request::{FoldBase, Folds};
use crate::tui::panes::tree::state::{self as tree, TreeState};
use crate::tui::subject::Subject;
use crate::tui::theme::{Theme, ThemeName};

/// State of the browser.
pub(crate) struct App {
    pub(crate) size: Rect,
    pub(crate) theme: Theme,
    pub(crate) keymap: Keymap,
    /// The reference as the user typed it.
    pub(crate) reference: String,
    /// Whether quitting the browser returns to the list of images.
    pub(crate) from_list: bool,
    pub(crate) subject: Option<Arc<Subject>>,
    pub(crate) loading: Option<Loading>,
    /// The failure if the image could not be read as a whole.
    pub(crate) failure: Option<Failure>,
    /// Whether the user stopped the read before there was anything to show.
    pub(crate) stopped: bool,
    pub(crate) focus: Region,
    pub(crate) main: PaneId,
    /// The region that had the focus before another pane replaced the main one.
    pub(crate) before: Region,
    pub(crate) layers: LayersState,
    pub(crate) tree: TreeState,
    pub(crate) findings: FindingsState,
    pub(crate) waste: ListState,
    pub(crate) packages: PackagesState,
    pub(crate) layer_details: ListState,
    pub(crate) image_details: ListState,
    pub(crate) preview: Option<PreviewState>,
    pub(crate) search: PathSearch,
    pub(crate) extracting: Option<Extracting>,
    /// Directory of the last extraction.
    pub(crate) last_place: String,
    pub(crate) popup: Option<Popup>,
    pub(crate) prompt: Option<Prompt>,
    pub(crate) message: Option<Message>,
    /// Width of the left column in thousandths of the screen.
    pub(crate) divider: u16,
    pub(crate) dragging: bool,
    pub(crate) last_click: Option<(ratatui::layout::Position, std::time::Instant)>,
    /// Number of requests so far.
    pub(crate) number: u64,
    pub(crate) effects: Vec<Effect>,
}

impl App {
    pub(crate) fn new(reference: &str, size: Rect, theme: ThemeName, config: &Config) -> Self {
        let mut app = Self {
            size,
            theme: Theme::of(theme),
            keymap: config.keymap.clone(),
            reference: escape_text(reference),
            from_list: false,
            subject: None,
            loading: Some(Loading::default()),
            failure: None,
            stopped: false,
            focus: Region::Layers,
            main: tree::ID,
            before: Region::Main,
            layers: LayersState::default(),
            tree: TreeState::default(),
            findings: FindingsState::default(),
            waste: ListState::default(),
            packages: PackagesState::default(),
            layer_details: ListState::default(),
            image_details: ListState::default(),
            preview: None,
            search: PathSearch::default(),
            extracting: None,
            last_place: "./".to_owned(),
            popup: None,
            prompt: None,
            message: None,
            divider: 400,
            dragging: false,
            last_click: None,
            number: 0,
            effects: Vec::new(),
        };
        app.apply(config);
        app
    }

    /// Applies the configuration.
    fn apply(&mut self, config: &Config) {
        self.divider = config.divider;
        self.layers.compare = config.compare;
        self.layers.empty_history = config.empty_history;
        self.tree.sort = config.sort;
        self.tree.hidden = config.hidden;
        self.tree.ghosts = config.ghosts;
        self.tree.attributes = config.attributes;
        self.tree.folds = Folds::new(if config.folded { FoldBase::Depth(0) } else { FoldBase::All });
    }

    /// Returns the metadata of the image, if known.
    pub(crate) fn info(&self) -> Option<&ImageInfo> {
        let planned = || self.loading.as_ref().and_then(|loading| loading.info.as_ref());
        self.subject.as_ref().map(|subject| &subject.analysis.info).or_else(planned)
    }

    pub(crate) fn areas(&self) -> Areas {
        // The width of the left column does not depend on its content, so count the lines first.
        let inside = usize::from(self.size.width) * usize::from(self.divider) / 1000;
        let lines = |rows| {
            let lines = self.layer_line_count(inside.saturating_sub(2), rows) + LAYERS_HEADING;
            u16::try_from(lines).unwrap_or(u16::MAX)
        };
        let arrangement = Arrangement {
            focus: self.focus,
            divider: self.divider,
            layer_lines: lines(LayerRows::One),
            tall_layer_lines: lines(LayerRows::Two),
        };
        Areas::new(self.size, arrangement)
    }

    /// Shows a message in the status line.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), is_error: false });
    }

    /// Shows an error in the status line.
    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), is_error: true });
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }
}

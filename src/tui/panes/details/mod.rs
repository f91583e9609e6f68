//! Panes with the details of the chosen layer, and of the image.

mod draw;
#[cfg(test)]
mod journeys;
pub(crate) mod lines;

use super::pane::Pane;
use crate::tui::app::App;
use crate::tui::areas::{PaneId, Region};
use crate::tui::draw::canvas::Canvas;
use crate::tui::list::Step;

/// Pane with the details of the chosen layer.
pub(crate) struct LayerDetailsPane;

impl Pane for LayerDetailsPane {
    fn id(&self) -> PaneId {
        PaneId("layer-details")
    }

    fn region(&self) -> Region {
        Region::LayerDetails
    }

    fn name(&self) -> &'static str {
        "Layer"
    }

    fn step(&self, app: &mut App, step: Step) {
        let (count, height) = (app.layer_detail_lines().len(), self.height(app));
        app.layer_details.scroll(step, count, height);
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        canvas.layer_details();
    }
}

/// Pane with the details of the image.
pub(crate) struct ImageDetailsPane;

impl Pane for ImageDetailsPane {
    fn id(&self) -> PaneId {
        PaneId("image-details")
    }

    fn region(&self) -> Region {
        Region::ImageDetails
    }

    fn name(&self) -> &'static str {
        "Image"
    }

    fn step(&self, app: &mut App, step: Step) {
        let (count, height) = (app.image_detail_lines().len(), self.height(app));
        app.image_details.scroll(step, count, height);
    }

    fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        canvas.image_details();
    }
}

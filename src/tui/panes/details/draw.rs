//! Draws the details of the layer and of the image.

use ratatui::text::{Line, Span};

use super::lines::Detail;
use crate::tui::areas::Region;
use crate::tui::draw::canvas::Canvas;
use crate::tui::list::ListState;

impl Canvas<'_, '_> {
    pub(crate) fn layer_details(&mut self) {
        let title = format!("Layer {}", self.app.layers.chosen);
        let title = self.title(Region::LayerDetails, &title, "");
        let lines = self.app.layer_detail_lines();
        self.details(Region::LayerDetails, title, &lines, self.app.layer_details);
    }

    pub(crate) fn image_details(&mut self) {
        let badge = self.warning_badge();
        let title = self.title(Region::ImageDetails, "Image", badge.trim_end());
        let lines = self.app.image_detail_lines();
        self.details(Region::ImageDetails, title, &lines, self.app.image_details);
    }

    fn details(&mut self, pane: Region, title: Line<'_>, lines: &[Detail], list: ListState) {
        let Some(area) = self.pane(pane, title) else { return };
        let theme = &self.app.theme;
        let height = usize::from(area.height);
        let top = list.top.min(lines.len().saturating_sub(height));
        for (row, line) in lines.iter().skip(top).take(height).enumerate() {
            let drawn = match line {
                Detail::Field(label, value) => {
                    Line::from(vec![Span::styled(label, theme.heading), Span::styled(value, theme.base)])
                }
                Detail::Good(text) => Line::styled(text, theme.live),
                Detail::Bad(text) => Line::styled(text, theme.error),
            };
            self.line(area, row, &drawn);
        }
        self.scroll_mark(area, top, lines.len());
    }
}

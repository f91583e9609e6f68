//! Areas of the screen.
//!
//! [`Areas::new`] depends only on the size and the arrangement; drawing, the mouse and scrolling
//! all use it, so they agree. Two columns need 80 cells; a narrower screen shows one pane at a time
//! and a line of tabs. If there are too few lines, hints, borders and the header are left out, in
//! this order.

use ratatui::layout::{Position, Rect};

/// Narrowest screen with two columns.
const TWO_COLUMNS: u16 = 80;
/// Fewest lines with borders around panes.
const BORDERED: u16 = 9;
const WITH_HINTS: u16 = 12;
/// Fewest lines with the details of the image beside those of the layer.
const THREE_PANES: u16 = 24;
/// Narrowest column.
const NARROWEST: u16 = 24;

/// A region of the screen that shows one pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    Layers,
    /// The right side: the tree, or a pane that replaces it.
    Main,
    LayerDetails,
    ImageDetails,
}

impl Region {
    /// All regions, in the order of their numbers.
    pub(crate) const ALL: [Self; 4] = [Self::Layers, Self::Main, Self::LayerDetails, Self::ImageDetails];
}

/// Name of a pane, by which the main region selects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PaneId(pub(crate) &'static str);

/// Input for the areas, besides the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrangement {
    pub(crate) focus: Region,
    /// Width of the left column in thousandths of the screen.
    pub(crate) divider: u16,
    /// Lines that the list of layers needs with one row for each layer.
    pub(crate) layer_lines: u16,
    /// Lines that it needs with two rows for each layer.
    pub(crate) tall_layer_lines: u16,
}

/// The areas of one frame; a hidden area is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Areas {
    pub(crate) header: Rect,
    pub(crate) tabs: Rect,
    pub(crate) layers: Rect,
    pub(crate) layer_details: Rect,
    pub(crate) image_details: Rect,
    pub(crate) main: Rect,
    pub(crate) status: Rect,
    pub(crate) hints: Rect,
    /// Whether panes have borders.
    pub(crate) bordered: bool,
    /// Whether each layer has two rows.
    pub(crate) tall_layers: bool,
    /// The column between left and right, if there are two.
    pub(crate) divider: Option<u16>,
}

impl Areas {
    pub(crate) fn new(size: Rect, arrangement: Arrangement) -> Self {
        let mut areas =
            Self { bordered: size.height >= BORDERED && size.width >= NARROWEST, ..Self::default() };
        let mut rest = size;
        if size.height >= WITH_HINTS {
            areas.hints = cut_bottom(&mut rest, 1);
        }
        if size.height >= 2 {
            areas.status = cut_bottom(&mut rest, 1);
        }
        if size.width < TWO_COLUMNS {
            if size.height >= 4 {
                areas.tabs = cut_top(&mut rest, 1);
            }
            areas.fit_layers(rest.height, arrangement);
            *areas.of_mut(arrangement.focus) = rest;
            return areas;
        }
        if size.height >= BORDERED {
            areas.header = cut_top(&mut rest, 1);
        }
        areas.columns(rest, arrangement);
        areas
    }

    fn columns(&mut self, rest: Rect, arrangement: Arrangement) {
        let wanted = u32::from(rest.width) * u32::from(arrangement.divider) / 1000;
        let left = u16::try_from(wanted).unwrap_or(u16::MAX).clamp(NARROWEST, rest.width - NARROWEST);
        let mut column = Rect { width: left, ..rest };
        self.main = Rect { x: rest.x + left, width: rest.width - left, ..rest };
        self.divider = Some(self.main.x);
        if rest.height >= THREE_PANES {
            let enough = self.fit_layers(rest.height / 2, arrangement);
            let layers = enough.clamp(rest.height / 4, rest.height / 2);
            self.layers = cut_top(&mut column, layers);
            self.layer_details = cut_top(&mut column, rest.height.saturating_sub(layers).div_ceil(2));
            self.image_details = column;
        } else {
            let enough = self.fit_layers(rest.height * 2 / 3, arrangement);
            let layers = enough.clamp(rest.height / 2, rest.height * 2 / 3);
            self.layers = cut_top(&mut column, layers);
            let image = arrangement.focus == Region::ImageDetails;
            *(if image { &mut self.image_details } else { &mut self.layer_details }) = column;
        }
    }

    /// Chooses one or two rows for each layer, given `most` lines; returns the lines that the list
    /// needs then.
    fn fit_layers(&mut self, most: u16, arrangement: Arrangement) -> u16 {
        let frame = if self.bordered { 2 } else { 0 };
        let tall = arrangement.tall_layer_lines.saturating_add(frame);
        self.tall_layers = tall <= most;
        if self.tall_layers { tall } else { arrangement.layer_lines.saturating_add(frame) }
    }

    pub(crate) fn of(&self, region: Region) -> Rect {
        match region {
            Region::Layers => self.layers,
            Region::Main => self.main,
            Region::LayerDetails => self.layer_details,
            Region::ImageDetails => self.image_details,
        }
    }

    fn of_mut(&mut self, region: Region) -> &mut Rect {
        match region {
            Region::Layers => &mut self.layers,
            Region::Main => &mut self.main,
            Region::LayerDetails => &mut self.layer_details,
            Region::ImageDetails => &mut self.image_details,
        }
    }

    /// Returns the area inside the border of a pane.
    pub(crate) fn inside(&self, region: Region) -> Rect {
        self.within(self.of(region))
    }

    /// Returns the area inside a border.
    pub(crate) fn within(&self, area: Rect) -> Rect {
        if !self.bordered || area.width < 2 || area.height < 2 {
            return area;
        }
        Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
    }

    /// Returns the region at a position on the screen.
    pub(crate) fn region_at(&self, at: Position) -> Option<Region> {
        Region::ALL.into_iter().find(|&region| self.of(region).contains(at))
    }
}

/// Returns an area in the middle of the screen, at most `width` by `height` cells.
pub(crate) fn centred(size: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(size.width), height.min(size.height));
    Rect { x: size.x + (size.width - width) / 2, y: size.y + (size.height - height) / 2, width, height }
}

fn cut_top(rest: &mut Rect, lines: u16) -> Rect {
    let lines = lines.min(rest.height);
    let top = Rect { height: lines, ..*rest };
    rest.y += lines;
    rest.height -= lines;
    top
}

fn cut_bottom(rest: &mut Rect, lines: u16) -> Rect {
    let lines = lines.min(rest.height);
    rest.height -= lines;
    Rect { y: rest.y + rest.height, height: lines, ..*rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: u16, height: u16, focus: Region) -> Areas {
        Areas::new(
            Rect::new(0, 0, width, height),
            Arrangement { focus, divider: 400, layer_lines: 12, tall_layer_lines: 24 },
        )
    }

    fn shown(areas: &Areas) -> Vec<Rect> {
        let all = [
            areas.header,
            areas.tabs,
            areas.layers,
            areas.layer_details,
            areas.image_details,
            areas.main,
            areas.status,
            areas.hints,
        ];
        all.into_iter().filter(|area| !area.is_empty()).collect()
    }

    #[test]
    fn areas_cover_the_screen_without_overlap() {
        for width in (1..=20).chain([40, 79, 80, 81, 120, 400]) {
            for height in (1..=30).chain([60, 100]) {
                for focus in Region::ALL {
                    let areas = of(width, height, focus);
                    let covered: u32 = shown(&areas).iter().map(|area| area.area()).sum();
                    assert_eq!(covered, u32::from(width) * u32::from(height), "{width}×{height} {focus:?}");
                    for (at, one) in shown(&areas).iter().enumerate() {
                        for other in shown(&areas).iter().skip(at + 1) {
                            assert!(!one.intersects(*other), "{width}×{height}: {one} {other}");
                        }
                    }
                    let focused = areas.of(focus);
                    assert!(
                        !areas.inside(focus).is_empty() || focused.area() < 9,
                        "{width}×{height} {focus:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn narrow_screen_shows_one_pane_and_tabs() {
        let areas = of(79, 24, Region::LayerDetails);
        assert!(areas.main.is_empty() && areas.layers.is_empty());
        assert_eq!(areas.tabs.height, 1);
        assert_eq!(areas.region_at(Position::new(5, 5)), Some(Region::LayerDetails));
    }

    #[test]
    fn divider_leaves_room_on_both_sides() {
        for divider in [0, 500, 1000] {
            let arrangement =
                Arrangement { focus: Region::Main, divider, layer_lines: 5, tall_layer_lines: 10 };
            let areas = Areas::new(Rect::new(0, 0, 80, 24), arrangement);
            assert!(areas.layers.width >= NARROWEST && areas.main.width >= NARROWEST);
        }
    }

    #[test]
    fn layers_have_two_rows_only_if_all_fit() {
        let tall = |height, tall_layer_lines| {
            let arrangement =
                Arrangement { focus: Region::Layers, divider: 400, layer_lines: 5, tall_layer_lines };
            Areas::new(Rect::new(0, 0, 120, height), arrangement).tall_layers
        };
        // 40 lines leave 37 for the panes, and the layers get at most 18 of them, borders included.
        assert!(tall(40, 16) && !tall(40, 17));
        assert!(tall(60, 17) && !tall(20, 17));
    }
}

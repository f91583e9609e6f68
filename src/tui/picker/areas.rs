//! Areas of the picker's screen: lines from top to bottom. If there are too few lines, the least
//! important go first: keys, header, column headings, status line.

use ratatui::layout::Rect;

const WITH_HINTS: u16 = 8;
const WITH_HEADER: u16 = 5;
const WITH_HEADING: u16 = 3;
const WITH_STATUS: u16 = 2;

/// The areas of one frame; a hidden area is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Areas {
    /// The engine, and the number of images.
    pub(super) header: Rect,
    /// The column headings.
    pub(super) heading: Rect,
    /// The images.
    pub(super) list: Rect,
    /// The row of the cursor, a message, or the text being typed.
    pub(super) status: Rect,
    /// The keys.
    pub(super) hints: Rect,
}

impl Areas {
    pub(super) fn of(size: Rect) -> Self {
        let mut lines = FreeLines(size);
        let is_shown = |fewest: u16| u16::from(size.height >= fewest);
        Self {
            header: lines.top(is_shown(WITH_HEADER)),
            heading: lines.top(is_shown(WITH_HEADING)),
            hints: lines.bottom(is_shown(WITH_HINTS)),
            status: lines.bottom(is_shown(WITH_STATUS)),
            list: lines.0,
        }
    }
}

/// Lines that are still free.
struct FreeLines(Rect);

impl FreeLines {
    fn top(&mut self, lines: u16) -> Rect {
        let top = Rect { height: lines, ..self.0 };
        self.0.y += lines;
        self.0.height -= lines;
        top
    }

    fn bottom(&mut self, lines: u16) -> Rect {
        self.0.height -= lines;
        Rect { y: self.0.y + self.0.height, height: lines, ..self.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picker_areas_cover_the_screen_and_keep_the_list() {
        for height in 0..40 {
            let size = Rect::new(0, 0, 10, height);
            let areas = Areas::of(size);
            let all = [areas.header, areas.heading, areas.list, areas.status, areas.hints];
            let mut next = 0;
            for area in all.iter().filter(|area| !area.is_empty()) {
                assert_eq!((area.y, area.width), (next, 10), "{height}: {areas:?}");
                next = area.bottom();
            }
            assert_eq!(next, height);
            assert!(height == 0 || areas.list.height > 0, "{height}");
        }
    }
}

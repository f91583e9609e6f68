//! A list with a cursor and a visible window.

use super::action::Action;

/// Index of the cursor, and of the first visible line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListState {
    pub(crate) cursor: usize,
    pub(crate) top: usize,
}

/// A step through a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Up(usize),
    Down(usize),
    First,
    Last,
}

impl Step {
    /// Converts an action to a step in a list of `height` lines.
    pub(crate) fn of(action: Action, height: usize) -> Option<Self> {
        let page = height.saturating_sub(1).max(1);
        match action {
            Action::Up => Some(Self::Up(1)),
            Action::Down => Some(Self::Down(1)),
            Action::PageUp => Some(Self::Up(page)),
            Action::PageDown => Some(Self::Down(page)),
            Action::Top => Some(Self::First),
            Action::Bottom => Some(Self::Last),
            _ => None,
        }
    }
}

impl Step {
    /// Returns the index that a step from `at` leads to, in a list of `count` lines.
    pub(crate) fn from(self, at: usize, count: usize) -> usize {
        let last = count.saturating_sub(1);
        match self {
            Self::Up(by) => at.saturating_sub(by),
            Self::Down(by) => at.saturating_add(by).min(last),
            Self::First => 0,
            Self::Last => last,
        }
    }
}

impl ListState {
    /// Moves the cursor.
    pub(crate) fn step(&mut self, step: Step, count: usize) {
        self.cursor = step.from(self.cursor.min(count.saturating_sub(1)), count);
    }

    /// Scrolls a list without a visible cursor.
    pub(crate) fn scroll(&mut self, step: Step, count: usize, height: usize) {
        self.top = step.from(self.top, count.saturating_sub(height) + 1);
        self.cursor = self.top;
    }

    /// Scrolls the cursor into the window.
    pub(crate) fn fit(&mut self, count: usize, height: usize) {
        self.cursor = self.cursor.min(count.saturating_sub(1));
        self.top = fit(self.top, self.cursor, count, height);
    }
}

/// Returns the first line of a window of `height` lines, scrolled as little as necessary to contain
/// `line` and no empty lines.
pub(crate) fn fit(top: usize, line: usize, count: usize, height: usize) -> usize {
    let height = height.max(1);
    let lowest = line.saturating_sub(height - 1);
    top.clamp(lowest, line.max(lowest)).min(count.saturating_sub(height).max(lowest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_follows_the_cursor_and_stays_full() {
        assert_eq!(fit(0, 5, 100, 10), 0);
        assert_eq!(fit(0, 10, 100, 10), 1);
        assert_eq!(fit(50, 5, 100, 10), 5);
        assert_eq!(fit(95, 99, 100, 10), 90);
        assert_eq!(fit(3, 2, 4, 10), 0, "everything fits");
        assert_eq!(fit(7, 0, 0, 0), 0);
    }

    #[test]
    fn list_steps_stay_in_bounds() {
        assert_eq!(Step::Down(10).from(5, 8), 7);
        assert_eq!(Step::Up(10).from(5, 8), 0);
        assert_eq!(Step::Last.from(0, 0), 0);
        let mut list = ListState { cursor: 50, top: 0 };
        list.step(Step::Up(1), 10);
        assert_eq!(list.cursor, 8, "a list that has shrunk");
    }
}

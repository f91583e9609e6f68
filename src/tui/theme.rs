//! Themes: a style for each role, in four variants.
//!
//! The dark and the light theme use the sixteen colours that every terminal has and that its user
//! may have chosen. The theme for colour-blind people uses fixed colours, after Okabe and Ito, that
//! are legible on dark and on light backgrounds. The plain theme has no colours. Colour is never
//! the only signal: a mark or a word always carries the same meaning.

use ratatui::style::{Color, Modifier, Style};

/// Name of a theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ThemeName {
    /// For light text on a dark background.
    #[default]
    Dark,
    /// For dark text on a light background.
    Light,
    /// Without colours.
    Plain,
    /// With colours that colour-blind people can distinguish.
    ColourBlind,
}

impl ThemeName {
    /// All themes, in the order of the cycle.
    pub(crate) const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Plain, Self::ColourBlind];

    /// Returns the name in the configuration file.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Plain => "plain",
            Self::ColourBlind => "colour-blind",
        }
    }

    /// Returns the theme with a name; `color-blind` is accepted, too.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let name = if name == "color-blind" { "colour-blind" } else { name };
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// Returns the next theme in the cycle.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Plain,
            Self::Plain => Self::ColourBlind,
            Self::ColourBlind => Self::Dark,
        }
    }
}

/// A style for each role. Styles are combined with [`Style::patch`]: the kind of file, then its
/// change, then a match, then the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    pub(crate) name: ThemeName,
    /// Text without a role.
    pub(crate) base: Style,
    /// Less important text: units, hints, line numbers.
    pub(crate) dim: Style,
    /// Titles of panes.
    pub(crate) title: Style,
    /// Column headings and names of fields.
    pub(crate) heading: Style,
    /// Frames.
    pub(crate) border: Style,
    /// The frame of the focused pane.
    pub(crate) border_focused: Style,
    /// The row of the cursor in the focused pane.
    pub(crate) selected: Style,
    /// The row of the cursor in another pane.
    pub(crate) selected_unfocused: Style,
    /// Keys in hints and in the help.
    pub(crate) key: Style,
    /// Failures.
    pub(crate) error: Style,
    /// Oddities.
    pub(crate) warning: Style,
    /// Matches of a search.
    pub(crate) match_: Style,
    /// A file that the range adds.
    pub(crate) added: Style,
    /// A file that the range removes.
    pub(crate) removed: Style,
    /// A file that the range modifies.
    pub(crate) modified: Style,
    /// A file that the range does not change.
    pub(crate) unmodified: Style,
    /// A file that is shipped but invisible.
    pub(crate) ghost: Style,
    /// Live bytes in bars and numbers.
    pub(crate) live: Style,
    /// Wasted bytes in bars and numbers.
    pub(crate) wasted: Style,
    /// Text on the live part of a bar.
    pub(crate) bar_live: Style,
    /// Text on the wasted part of a bar.
    pub(crate) bar_wasted: Style,
    /// A directory.
    pub(crate) directory: Style,
    /// A symbolic link.
    pub(crate) symlink: Style,
    /// An executable file.
    pub(crate) executable: Style,
}

impl Theme {
    /// Returns the theme with a name.
    pub(crate) const fn of(name: ThemeName) -> Self {
        match name {
            ThemeName::Dark => DARK,
            ThemeName::Light => LIGHT,
            ThemeName::Plain => PLAIN,
            ThemeName::ColourBlind => COLOUR_BLIND,
        }
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self::of(ThemeName::default())
    }
}

const BASE: Style = Style::new();
const BOLD: Style = BASE.add_modifier(Modifier::BOLD);
const DIM: Style = BASE.add_modifier(Modifier::DIM);
const UNDERLINED: Style = BASE.add_modifier(Modifier::UNDERLINED);
const REVERSED: Style = BASE.add_modifier(Modifier::REVERSED);

/// Base of the other themes. The cursor is shown by reversing, because that works in every terminal
/// and keeps the colour of the change.
const PLAIN: Theme = Theme {
    name: ThemeName::Plain,
    base: BASE,
    dim: DIM,
    title: BOLD,
    heading: UNDERLINED,
    border: DIM,
    border_focused: BOLD,
    selected: REVERSED,
    selected_unfocused: BOLD.add_modifier(Modifier::UNDERLINED),
    key: BOLD,
    error: BOLD.add_modifier(Modifier::REVERSED),
    warning: BOLD,
    match_: BOLD.add_modifier(Modifier::UNDERLINED),
    added: BOLD,
    removed: DIM.add_modifier(Modifier::UNDERLINED),
    modified: UNDERLINED,
    unmodified: BASE,
    ghost: DIM,
    live: BASE,
    wasted: BOLD,
    bar_live: REVERSED,
    bar_wasted: BOLD.add_modifier(Modifier::UNDERLINED),
    directory: BOLD,
    symlink: UNDERLINED,
    executable: BASE,
};

const DARK: Theme = Theme {
    name: ThemeName::Dark,
    border_focused: BOLD.fg(Color::Cyan),
    key: BOLD.fg(Color::Cyan),
    error: BOLD.fg(Color::LightRed),
    warning: BOLD.fg(Color::LightYellow),
    match_: BASE.fg(Color::Black).bg(Color::Yellow),
    added: BASE.fg(Color::Green),
    removed: BASE.fg(Color::Red),
    modified: BASE.fg(Color::Yellow),
    live: BASE.fg(Color::Cyan),
    wasted: BASE.fg(Color::LightRed),
    bar_live: BASE.fg(Color::Black).bg(Color::Cyan),
    bar_wasted: BASE.fg(Color::Black).bg(Color::LightRed),
    directory: BOLD.fg(Color::LightBlue),
    symlink: BASE.fg(Color::Cyan),
    executable: BOLD,
    ..PLAIN
};

/// Avoids yellow and the bright colours, which are illegible on white.
const LIGHT: Theme = Theme {
    name: ThemeName::Light,
    border_focused: BOLD.fg(Color::Blue),
    key: BOLD.fg(Color::Blue),
    error: BOLD.fg(Color::Red),
    warning: BOLD.fg(Color::Magenta),
    match_: BASE.fg(Color::Black).bg(Color::Yellow),
    added: BASE.fg(Color::Green),
    removed: BASE.fg(Color::Red),
    modified: BASE.fg(Color::Magenta),
    live: BASE.fg(Color::Blue),
    wasted: BASE.fg(Color::Red),
    bar_live: BASE.fg(Color::White).bg(Color::Blue),
    bar_wasted: BASE.fg(Color::White).bg(Color::Red),
    directory: BOLD.fg(Color::Blue),
    symlink: BASE.fg(Color::Cyan),
    executable: BOLD,
    ..PLAIN
};

const COLOUR_BLIND: Theme = Theme {
    name: ThemeName::ColourBlind,
    border_focused: BOLD.fg(SKY_BLUE),
    key: BOLD.fg(SKY_BLUE),
    error: BOLD.fg(VERMILION),
    warning: BOLD.fg(ORANGE),
    match_: BASE.fg(Color::Indexed(16)).bg(ORANGE),
    added: BASE.fg(SKY_BLUE),
    removed: BASE.fg(VERMILION),
    modified: BOLD.fg(PURPLE),
    live: BASE.fg(SKY_BLUE),
    wasted: BASE.fg(VERMILION),
    bar_live: BASE.fg(Color::Indexed(16)).bg(SKY_BLUE),
    bar_wasted: BASE.fg(Color::Indexed(16)).bg(VERMILION),
    directory: BOLD,
    symlink: UNDERLINED.fg(SKY_BLUE),
    executable: BOLD,
    ..PLAIN
};

/// Okabe and Ito's colours, as close as the 256 colours of terminals and both backgrounds allow.
const SKY_BLUE: Color = Color::Indexed(33);
const VERMILION: Color = Color::Indexed(166);
const ORANGE: Color = Color::Indexed(172);
const PURPLE: Color = Color::Indexed(169);

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the pairs of roles that appear side by side.
    fn neighbours(theme: &Theme) -> Vec<(&'static str, Style, Style)> {
        vec![
            ("added and removed", theme.added, theme.removed),
            ("added and modified", theme.added, theme.modified),
            ("added and unmodified", theme.added, theme.unmodified),
            ("removed and modified", theme.removed, theme.modified),
            ("removed and unmodified", theme.removed, theme.unmodified),
            ("removed and ghost", theme.removed, theme.ghost),
            ("modified and unmodified", theme.modified, theme.unmodified),
            ("ghost and unmodified", theme.ghost, theme.unmodified),
            ("live and wasted", theme.live, theme.wasted),
            ("live and wasted parts of a bar", theme.bar_live, theme.bar_wasted),
            ("wasted part of a bar and text", theme.bar_wasted, theme.wasted),
            ("the two cursors", theme.selected, theme.selected_unfocused),
            ("cursor and text", theme.selected_unfocused, theme.base),
            ("the two frames", theme.border, theme.border_focused),
            ("error and warning", theme.error, theme.warning),
            ("directory and link", theme.directory, theme.symlink),
            ("directory and file", theme.directory, theme.unmodified),
            ("match and text", theme.match_, theme.base),
            ("match and cursor", theme.match_, theme.selected),
            ("key and text", theme.key, theme.base),
            ("title and text", theme.title, theme.base),
            ("heading and title", theme.heading, theme.title),
            ("hint and text", theme.dim, theme.base),
        ]
    }

    fn styles(theme: &Theme) -> Vec<Style> {
        let pairs = neighbours(theme).into_iter().flat_map(|(_, one, other)| [one, other]);
        pairs.chain([theme.executable]).collect()
    }

    /// Returns a colour as red, green and blue from 0 to 1; the sixteen colours as xterm shows
    /// them.
    fn rgb(color: Color) -> [f64; 3] {
        let of_bytes = |bytes: [u8; 3]| bytes.map(|byte| f64::from(byte) / 255.0);
        let levels = [0, 95, 135, 175, 215, 255];
        match color {
            Color::Indexed(index @ 16..=231) => {
                let cube = usize::from(index - 16);
                of_bytes([levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6]])
            }
            Color::Red => of_bytes([205, 0, 0]),
            Color::Green => of_bytes([0, 205, 0]),
            Color::Yellow => of_bytes([205, 205, 0]),
            other => panic!("{other} is not known here"),
        }
    }

    fn linear(channel: f64) -> f64 {
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    }

    fn luminance(color: Color) -> f64 {
        let [red, green, blue] = rgb(color).map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Simulates missing cones for long and for middle wavelengths, after Machado, Oliveira and
    /// Fernandes (2009).
    const MISSING_CONES: [[[f64; 3]; 3]; 2] = [
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ];

    /// Returns the smaller distance of two colours for eyes that lack either kind of cones.
    fn distance(one: Color, other: Color) -> f64 {
        let seen = |eyes: &[[f64; 3]; 3], color| {
            let light = rgb(color).map(linear);
            eyes.map(|row| {
                row.iter().zip(light).map(|(weight, part)| weight * part).sum::<f64>().max(0.0).powf(0.45)
            })
        };
        let between = |eyes| {
            let pairs = seen(eyes, one).into_iter().zip(seen(eyes, other));
            pairs.map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
        };
        MISSING_CONES.iter().map(between).fold(f64::INFINITY, f64::min)
    }

    fn changes(theme: &Theme) -> [Color; 3] {
        [theme.added, theme.removed, theme.modified].map(|style| style.fg.expect("a colour"))
    }

    #[test]
    fn plain_theme_has_no_colours() {
        let theme = Theme::of(ThemeName::Plain);
        for style in styles(&theme) {
            assert_eq!((style.fg, style.bg, style.underline_color), (None, None, None), "{style:?}");
        }
    }

    #[test]
    fn dark_and_light_use_sixteen_colours() {
        for name in [ThemeName::Dark, ThemeName::Light] {
            for color in styles(&Theme::of(name)).into_iter().flat_map(|style| [style.fg, style.bg]).flatten()
            {
                assert!(!matches!(color, Color::Rgb(..) | Color::Indexed(_)), "{color} in {}", name.name());
            }
        }
    }

    #[test]
    fn neighbouring_roles_have_different_styles() {
        for name in ThemeName::ALL {
            for (what, one, other) in neighbours(&Theme::of(name)) {
                assert_ne!(one, other, "{what} in {}", name.name());
            }
        }
    }

    #[test]
    fn changes_are_distinct_without_red_or_green_cones() {
        let [added, removed, modified] = changes(&Theme::of(ThemeName::ColourBlind));
        for (one, other) in [(added, removed), (added, modified), (removed, modified)] {
            assert!(distance(one, other) > 0.3, "{one} and {other}: {}", distance(one, other));
        }
        let theme = Theme::of(ThemeName::ColourBlind);
        assert!(distance(theme.live.fg.expect("a colour"), theme.wasted.fg.expect("a colour")) > 0.3);
        let [_, removed, modified] = changes(&Theme::of(ThemeName::Dark));
        let green = Color::Green;
        assert!(
            distance(green, removed).min(distance(green, modified)) < 0.3,
            "the measure measures nothing"
        );
    }

    #[test]
    fn fixed_colours_are_legible_on_black_and_white() {
        for color in [SKY_BLUE, VERMILION, ORANGE, PURPLE] {
            let on_black = (luminance(color) + 0.05) / 0.05;
            let on_white = 1.05 / (luminance(color) + 0.05);
            assert!(on_black > 2.8 && on_white > 2.8, "{color}: {on_black} and {on_white}");
        }
    }

    #[test]
    fn themes_have_names_and_cycle() {
        let mut name = ThemeName::default();
        for _ in ThemeName::ALL {
            assert_eq!(ThemeName::of_name(name.name()), Some(name));
            assert_eq!(Theme::of(name).name, name);
            name = name.next();
        }
        assert_eq!(name, ThemeName::default());
        assert_eq!(ThemeName::of_name("color-blind"), Some(ThemeName::ColourBlind));
        assert_eq!(ThemeName::of_name("pink"), None);
    }
}

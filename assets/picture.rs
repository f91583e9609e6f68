//! Draws assets/browser.svg: the browser with an image, in a terminal of 120x36 cells.
//!
//! `cargo build --bins && cargo run --example picture -- ARCHIVE KEYS… > assets/browser.svg`
//!
//! Types each of KEYS as soon as the screen is at rest; `\t`, `\r` and `\e` are tab, enter and
//! escape. Needs Linux, and the program in cargo's output directory.

#[cfg(target_os = "linux")]
mod svg {
    use std::fmt::Write as _;
    use std::ops::Range;

    use vt100::{Cell, Color, Screen};

    /// The size of a cell in pixels, for common monospaced fonts of 14 pixels.
    const WIDTH: f64 = 8.43;
    const HEIGHT: f64 = 16.3;
    const BASE_LINE: f64 = 13.0;
    const MARGIN: f64 = 14.0;
    const BACKGROUND: &str = "#101418";
    const FOREGROUND: &str = "#d5dae0";

    /// Values of the sixteen colours that each terminal defines itself.
    const COLOURS: [&str; 16] = [
        "#1c2127", "#f0716b", "#7ec87a", "#e2b455", "#6cabf0", "#c58af0", "#58c4c4", "#c8ced6", "#6b7480",
        "#ff938d", "#9be297", "#f7cf7c", "#92c5ff", "#dbaeff", "#83e0e0", "#ffffff",
    ];

    /// The appearance of a cell.
    #[derive(Clone, PartialEq)]
    struct Look {
        text: String,
        ground: Option<String>,
        more: String,
    }

    impl Look {
        fn of(cell: &Cell) -> Self {
            let (text, ground) = (colour(cell.fgcolor()), colour(cell.bgcolor()));
            let (text, ground) = if cell.inverse() {
                (ground.unwrap_or_else(|| BACKGROUND.into()), Some(text.unwrap_or_else(|| FOREGROUND.into())))
            } else {
                (text.unwrap_or_else(|| FOREGROUND.into()), ground)
            };
            let attributes = [
                (cell.bold(), " font-weight=\"bold\""),
                (cell.dim(), " opacity=\"0.6\""),
                (cell.italic(), " font-style=\"italic\""),
                (cell.underline(), " text-decoration=\"underline\""),
            ];
            let more = attributes.into_iter().filter_map(|(is_set, attribute)| is_set.then_some(attribute));
            Self { text, ground, more: more.collect() }
        }
    }

    fn colour(colour: Color) -> Option<String> {
        match colour {
            Color::Default => None,
            Color::Idx(index) => Some(indexed(index)),
            Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        }
    }

    /// Returns one of the 256 colours: the terminal's sixteen, a colour cube, a ramp of greys.
    fn indexed(index: u8) -> String {
        if let Some(colour) = COLOURS.get(usize::from(index)) {
            return (*colour).to_owned();
        }
        if index >= 232 {
            let grey = 8 + 10 * (index - 232);
            return format!("#{grey:02x}{grey:02x}{grey:02x}");
        }
        let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        let place = index - 16;
        format!("#{:02x}{:02x}{:02x}", level(place / 36), level(place / 6 % 6), level(place % 6))
    }

    /// Renders a screen as SVG.
    pub(crate) fn picture(screen: &Screen) -> String {
        let (rows, columns) = screen.size();
        let (rows, columns) = (rows.get(), columns.get());
        let (width, height) =
            (f64::from(columns) * WIDTH + 2.0 * MARGIN, f64::from(rows) * HEIGHT + 2.0 * MARGIN);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.2} {height:.2}\" font-size=\"14\" \
             font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace\">\n\
             <title>dockopt-dive in a terminal</title>\n\
             <rect width=\"{width:.2}\" height=\"{height:.2}\" rx=\"10\" fill=\"{BACKGROUND}\"/>\n"
        );
        for row in 0..rows {
            let mut start = 0;
            while start < columns {
                let end = run(screen, row, start..columns);
                draw(&mut svg, screen, row, start..end);
                start = end;
            }
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// Returns the end of the cells that look like the first one.
    fn run(screen: &Screen, row: u16, columns: Range<u16>) -> u16 {
        let look = |column| screen.cell(row, column).map(Look::of);
        let first = look(columns.start);
        columns.clone().find(|&column| look(column) != first).unwrap_or(columns.end)
    }

    fn draw(svg: &mut String, screen: &Screen, row: u16, columns: Range<u16>) {
        let Some(look) = screen.cell(row, columns.start).map(Look::of) else { return };
        let text: String = columns
            .clone()
            .filter_map(|column| screen.cell(row, column))
            .filter(|cell| !cell.is_wide_continuation())
            .map(|cell| if cell.has_contents() { cell.contents() } else { " " })
            .collect();
        let (x, y) = (MARGIN + f64::from(columns.start) * WIDTH, MARGIN + f64::from(row) * HEIGHT);
        let width = f64::from(columns.end - columns.start) * WIDTH;
        if let Some(ground) = &look.ground {
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{HEIGHT}\" fill=\"{ground}\"/>"
            );
        }
        if text.trim().is_empty() {
            return;
        }
        let (Look { text: fill, more, .. }, y) = (look, y + BASE_LINE);
        let _ = writeln!(
            svg,
            "<text x=\"{x:.2}\" y=\"{y:.2}\" textLength=\"{width:.2}\" lengthAdjust=\"spacingAndGlyphs\" \
             xml:space=\"preserve\" fill=\"{fill}\"{more}>{}</text>",
            escape(&text)
        );
    }

    fn escape(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }
}

#[cfg(target_os = "linux")]
mod terminal {
    use std::fs::File;
    use std::io::{self, Read, Write};
    use std::num::NonZero;
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{Winsize, tcsetwinsize};

    const COLUMNS: NonZero<u16> = NonZero::new(120).expect("a length");
    const ROWS: NonZero<u16> = NonZero::new(36).expect("a length");
    /// The screen is at rest if nothing is drawn for this long.
    const QUIET: Duration = Duration::from_secs(2);

    /// Runs the program, types all keys and returns the terminal's screen.
    pub(crate) fn screen(program: &Path, file: &Path, keys: &[String]) -> io::Result<vt100::Screen> {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&controller).and_then(|()| unlockpt(&controller))?;
        let size = Winsize { ws_row: ROWS.get(), ws_col: COLUMNS.get(), ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&controller, size)?;
        let name = ptsname(&controller, Vec::new())?.into_string().map_err(io::Error::other)?;
        let terminal = File::options().read(true).write(true).open(name)?;
        let end = || terminal.try_clone().map(Stdio::from);
        let mut command = Command::new(program);
        // The picture shows only the name of the file, not its directory.
        command
            .arg(file.file_name().unwrap_or_default())
            .current_dir(file.parent().unwrap_or(Path::new("/")));
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR").env_remove("CI");
        let mut child = command.stdin(end()?).stdout(end()?).stderr(end()?).spawn()?;
        let mut keyboard = File::from(controller);
        let output = read_on_a_thread(keyboard.try_clone()?);
        let mut emulator = vt100::Parser::new(ROWS, COLUMNS, 0);
        settle(&output, &mut emulator);
        for keys in keys {
            keyboard.write_all(
                keys.replace("\\t", "\t").replace("\\r", "\r").replace("\\e", "\x1b").as_bytes(),
            )?;
            settle(&output, &mut emulator);
        }
        let screen = emulator.screen().clone();
        child.kill()?;
        child.wait()?;
        Ok(screen)
    }

    /// Processes output until the screen is at rest.
    fn settle(output: &Receiver<Vec<u8>>, emulator: &mut vt100::Parser) {
        while let Ok(bytes) = output.recv_timeout(QUIET) {
            emulator.process(&bytes);
        }
    }

    fn read_on_a_thread(mut keyboard: File) -> Receiver<Vec<u8>> {
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            let mut piece = vec![0; 1 << 16];
            while let Ok(length @ 1..) = keyboard.read(&mut piece) {
                let bytes = piece.get(..length).unwrap_or_default().to_vec();
                if sender.send(bytes).is_err() {
                    return;
                }
            }
        });
        receiver
    }
}

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    use std::io::{Error, Write};
    use std::path::Path;

    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or_else(|| Error::other("no image given"))?;
    let file = std::fs::canonicalize(file)?;
    let keys: Vec<String> = arguments.collect();
    let example = std::env::current_exe()?;
    let folder = example.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let screen = terminal::screen(&folder.join("dockopt-dive"), &file, &keys)?;
    std::io::stdout().write_all(svg::picture(&screen).as_bytes())
}

#[cfg(not(target_os = "linux"))]
fn main() {}

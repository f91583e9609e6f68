//! Writes a synthetic docker archive for growth measurements.
//!
//! `synthetic LAYERS ENTRIES REWRITES WHITEOUTS FILE`, where REWRITES and WHITEOUTS are thousandths
//! of the entries.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use dockopt_testkit::Synthetic;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [layers, entries, rewrites, whiteouts, path] = arguments.as_slice() else {
        return Err(io::Error::other("usage: synthetic LAYERS ENTRIES REWRITES WHITEOUTS FILE"));
    };
    let number = |text: &String| text.parse().map_err(io::Error::other);
    let mut out = BufWriter::with_capacity(1024 * 1024, File::create(path)?);
    let summary = Synthetic::new(number(layers)?, number(entries)?, 7)
        .rewrites(number(rewrites)?)
        .whiteouts(number(whiteouts)?)
        .max_size(512)
        .write(&mut out)?;
    println!("{summary:?}");
    out.flush()
}

//! Files for tests: in memory, and of any size.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;

use super::Bytes;

/// A file in memory.
pub(crate) struct Plain(pub(crate) Vec<u8>);

impl Bytes for Plain {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, String> {
        let rest = &self.0[usize::try_from(offset).unwrap().min(self.0.len())..];
        // Read small parts: a reader need not fill a buffer.
        let read = rest.len().min(buffer.len()).min(1000);
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }
}

/// A file of any size, generated while it is read: line `n` is `n` in 15 digits.
pub(crate) struct Endless {
    size: u64,
    read: Reads,
}

/// Counter of the bytes read.
#[derive(Clone, Default)]
pub(crate) struct Reads(Arc<AtomicU64>);

impl Reads {
    /// Returns the number of bytes read.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Endless {
    /// Bytes of a line, its end included.
    pub(crate) const LINE: u64 = 16;

    /// Returns a file of this size, and a counter of the bytes read.
    pub(crate) fn new(size: u64) -> (Self, Reads) {
        let read = Reads::default();
        (Self { size, read: read.clone() }, read)
    }
}

impl Bytes for Endless {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize, String> {
        let rest = usize::try_from(self.size.saturating_sub(offset)).unwrap().min(buffer.len());
        let mut written = 0;
        while written < rest {
            let at = offset + written as u64;
            let line = line(at / Self::LINE);
            let part = &line[usize::try_from(at % Self::LINE).unwrap()..];
            let part = &part[..part.len().min(rest - written)];
            buffer[written..written + part.len()].copy_from_slice(part);
            written += part.len();
        }
        self.read.0.fetch_add(rest as u64, Ordering::Relaxed);
        Ok(rest)
    }
}

fn line(mut number: u64) -> [u8; 16] {
    let mut line = *b"000000000000000\n";
    for digit in line[..15].iter_mut().rev() {
        *digit += u8::try_from(number % 10).unwrap();
        number /= 10;
    }
    line
}

/// Returns a configuration with this many random cases, none of which is written to a file.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Generates content of up to `most` bytes: lines of all kinds, characters of all widths, bytes
/// that are not text.
pub(crate) fn content(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => "[a-c]{1,6}".prop_map(String::into_bytes),
        3 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b"\t".to_vec()),
        2 => "[é日🙂\u{301}\u{202e}\u{9b}\u{fe0f}\u{feff}]".prop_map(String::into_bytes),
        1 => any::<char>().prop_map(|character| character.to_string().into_bytes()),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
        1 => "[ABC]{20,90}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(part, 0..most / 4).prop_map(move |parts| {
        let mut bytes = parts.concat();
        bytes.truncate(most);
        bytes
    })
}

/// Returns the start and the content of each line of a file.
pub(crate) fn lines_of(bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = match line.strip_suffix(b"\n") {
            Some(text) => text.strip_suffix(b"\r").unwrap_or(text),
            None => line,
        };
        lines.push((start, text));
        start += line.len();
    }
    lines
}

/// Returns this many lines: `line 1`, `line 2`, ….
pub(crate) fn numbered(lines: usize) -> String {
    let lines: Vec<String> = (1..=lines).map(|line| format!("line {line}\n")).collect();
    lines.concat()
}

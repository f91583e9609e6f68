//! Starts decoding at a seek point, possibly in the middle of a gzip member.
//!
//! A block starts at any bit and may refer to the 32 KiB before it. An ordinary decoder receives
//! both as leading blocks: first the bytes before the point as a stored block, then enough empty
//! blocks to align the block at the point with its own bit of a byte.
//!
//! The bit is not recorded. Each of the eight candidates is decoded and compared with the bytes
//! known to follow. The true bit always reproduces them, so a single matching candidate is the true
//! one. If several match, the point cannot be used and decoding starts at an earlier one.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

use crate::bytes::decode::{ByteStream, decoded, in_pieces};
use crate::bytes::points::{History, SeekPoints, Start};
use crate::bytes::window::Window;

/// Stored bytes that are decoded to tell the candidates apart.
const HEAD: u64 = 32 * 1024;
/// The order in which the lengths of the code length code are written (RFC 1951, 3.2.7).
const CODE_ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A decoder that was started at a seek point.
pub(crate) struct Resumed {
    /// The decoded bytes.
    pub(crate) stream: ByteStream<'static>,
    /// Position in the unpacked layer, in bytes.
    pub(crate) position: u64,
}

/// Starts decoding at a point, or at an earlier one if its bit is ambiguous.
pub(crate) fn resume(blob: &Window, points: &SeekPoints, number: usize) -> io::Result<Resumed> {
    for point in points.down_from(number) {
        let stream = match &point.start {
            Start::Member => Some(decoded(in_pieces(blob.part(point.stored, u64::MAX)))?.1),
            Start::Block(history) => within_member(blob, point.stored, history)?,
        };
        if let Some(stream) = stream {
            return Ok(Resumed { stream, position: point.unpacked });
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Returns a decoder for what follows a point within a member, or `None` if its bit is ambiguous.
fn within_member(blob: &Window, stored: u64, history: &History) -> io::Result<Option<ByteStream<'static>>> {
    let Some(last) = stored.checked_sub(1) else { return Ok(None) };
    let (before, after) = history.unpack()?;
    let mut head = Vec::new();
    blob.part(last, HEAD).read_to_end(&mut head)?;
    let Some((&byte, rest)) = head.split_first() else { return Ok(None) };
    let Some(unused) = unused_bits(byte, rest, &before, &after) else { return Ok(None) };
    let input = in_pieces(blob.part(stored, u64::MAX));
    let mut member = DeflateDecoder::new(Cursor::new(prefix(&before, byte, unused)).chain(input));
    skip(&mut member, before.len())?;
    Ok(Some(Box::new(Rest::Member(member))))
}

/// The rest of a blob after a point within a member.
enum Rest {
    Member(DeflateDecoder<Chain<Cursor<Vec<u8>>, BufReader<Window>>>),
    Members(MultiGzDecoder<BufReader<Window>>),
    End,
}

impl Rest {
    /// Moves on to the next member. The checksum covers the whole member and cannot be verified
    /// here; it was verified when the layer was read.
    fn next(self) -> io::Result<Self> {
        let Self::Member(member) = self else { return Ok(Self::End) };
        let mut input = member.into_inner().into_inner().1;
        input.read_exact(&mut [0; 8])?;
        let is_end = input.fill_buf()?.is_empty();
        Ok(if is_end { Self::End } else { Self::Members(MultiGzDecoder::new(input)) })
    }
}

impl Read for Rest {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match self {
                Self::Member(member) => member.read(buffer)?,
                Self::Members(members) => return members.read(buffer),
                Self::End => return Ok(0),
            };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            *self = std::mem::replace(self, Self::End).next()?;
        }
    }
}

/// Returns how many bits of `byte`, the last one read, belong to the next block; `rest` follows
/// `byte`.
fn unused_bits(byte: u8, rest: &[u8], before: &[u8], after: &[u8]) -> Option<u8> {
    let mut found = None;
    for unused in 0..8 {
        let start = BlockStart::at(byte, rest.first().copied()?, unused);
        match examine(&prefix(before, byte, unused), rest, (before, after)) {
            Verdict::Open => return None,
            Verdict::Confirmed if start != BlockStart::LastStored => {
                let (first, _) = found.get_or_insert((start, unused));
                if *first != start {
                    return None;
                }
            }
            Verdict::Confirmed | Verdict::Refuted => {}
        }
    }
    found.map(|(_, unused)| unused)
}

/// The start of a block, as far as it affects the content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockStart {
    /// A stored block. Its content starts at a byte boundary, this many bytes after `byte`, so its
    /// own bit does not matter.
    Stored(u32),
    /// A stored block that ends its member. No point lies before one.
    LastStored,
    /// Another block, at this bit.
    Other(u8),
}

impl BlockStart {
    /// The start of a block whose first bits are the last `unused` ones of a byte.
    fn at(byte: u8, next: u8, unused: u8) -> Self {
        let bits = (u16::from_le_bytes([byte, next]) >> (8 - unused)) & 7;
        match bits {
            0b000 => Self::Stored(u32::from(unused < 3)),
            0b001 => Self::LastStored,
            _ => Self::Other(unused),
        }
    }
}

enum Verdict {
    Confirmed,
    Refuted,
    /// More stored bytes are needed.
    Open,
}

/// Decodes `rest` and compares the output with the bytes known to follow.
fn examine(prefix: &[u8], rest: &[u8], (before, after): (&[u8], &[u8])) -> Verdict {
    let mut decoder = DeflateDecoder::new(prefix.chain(rest));
    if skip(&mut decoder, before.len()).is_err() {
        return Verdict::Refuted;
    }
    let (mut left, mut piece) = (after, [0; 256]);
    while !left.is_empty() {
        let wanted = left.len().min(piece.len());
        match decoder.read(piece.get_mut(..wanted).unwrap_or_default()) {
            Ok(read @ 1..) => match piece.get(..read).and_then(|found| left.strip_prefix(found)) {
                Some(rest) => left = rest,
                None => return Verdict::Refuted,
            },
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Verdict::Open,
            Ok(_) | Err(_) => return Verdict::Refuted,
        }
    }
    Verdict::Confirmed
}

fn skip(stream: &mut (impl Read + ?Sized), bytes: usize) -> io::Result<u64> {
    io::copy(&mut stream.take(bytes as u64), &mut io::sink())
}

/// Returns blocks that bring a new decoder to the state after `before`, followed by the last
/// `unused` bits of `byte`.
fn prefix(before: &[u8], byte: u8, unused: u8) -> Vec<u8> {
    let mut bits = Bits::default();
    // A window is no longer than a stored block.
    let length = u16::try_from(before.len()).unwrap_or(u16::MAX);
    bits.push(0, 8);
    bits.bytes.extend_from_slice(&length.to_le_bytes());
    bits.bytes.extend_from_slice(&(!length).to_le_bytes());
    bits.bytes.extend_from_slice(before);
    let offset = (8 - unused) % 8;
    if offset % 2 == 1 {
        push_empty_dynamic(&mut bits);
    }
    while bits.count % 8 != offset {
        // An empty block with the fixed code: ten bits.
        bits.push(0b010, 3);
        bits.push(0, 7);
    }
    if offset > 0 {
        bits.push(u32::from(byte >> offset), unused);
    }
    bits.bytes
}

/// Pushes an empty block with a dynamic code: 93 bits, an odd number.
fn push_empty_dynamic(bits: &mut Bits) {
    bits.push(0b100, 3);
    // 257 literals and lengths, one distance, all lengths of the code length code.
    bits.push(0, 5);
    bits.push(0, 5);
    bits.push(15, 4);
    for symbol in CODE_ORDER {
        bits.push(u32::from(matches!(symbol, 1 | 18)), 3);
    }
    // Of the two codes, 0 sets a length to 1, and 1 sets a run of lengths to 0: 138 and 118 of
    // them.
    for zeros in [138, 118] {
        bits.push(1, 1);
        bits.push(zeros - 11, 7);
    }
    // The end of the block and the distance have length 1. Then the end of the block follows.
    bits.push(0, 3);
}

/// Bits as deflate packs them: the lowest bit of a byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// Bits used in the last byte; 0 stands for 8.
    count: u8,
}

impl Bits {
    fn push(&mut self, value: u32, bits: u8) {
        for bit in 0..bits {
            if self.count == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(value >> bit & 1 == 1) << self.count;
            }
            self.count = (self.count + 1) % 8;
        }
    }
}

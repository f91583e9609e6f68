use std::io::{BufReader, Cursor, Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::bytes::points::SeekPoints;
use crate::bytes::resume::resume;
use crate::bytes::window::Window;

fn window(content: &[u8]) -> Window {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(content).expect("room on the disk");
    Window::new(Arc::new(file), 0, content.len() as u64)
}

/// Reads a stream in steps of `size` bytes; returns the bytes and the error, if any.
fn drain(mut stream: impl Read, size: usize) -> (Vec<u8>, Option<String>) {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; size]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return (bytes, None),
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            Err(error) => return (bytes, Some(format!("{:?}: {error}", error.kind()))),
        }
    }
}

/// Generates bytes that compress well, badly, or not at all, by `kind`.
fn content(kind: u8, length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..length)
        .map(|_| match kind {
            0 => 0,
            1 => b"etaoin shrdlu"[(next() % 13) as usize],
            2 => (next() % 60) as u8,
            _ => next().to_le_bytes()[3],
        })
        .collect()
}

#[derive(Clone, Debug)]
struct Member {
    level: u32,
    pieces: Vec<(u8, usize, u64)>,
    /// Whether the writer flushes after each piece.
    flushes: bool,
}

impl Member {
    fn encode(&self) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(self.level));
        for &(kind, length, seed) in &self.pieces {
            encoder.write_all(&content(kind, length, seed)).expect("memory");
            if self.flushes {
                encoder.flush().expect("memory");
            }
        }
        encoder.finish().expect("memory")
    }
}

fn member() -> impl Strategy<Value = Member> {
    let piece = (0..4_u8, 0..90_000_usize, any::<u64>());
    (0..=9_u32, vec(piece, 0..5), any::<bool>()).prop_map(|(level, pieces, flushes)| Member {
        level,
        pieces,
        flushes,
    })
}

fn blob() -> impl Strategy<Value = Vec<u8>> {
    vec(member(), 1..4).prop_map(|members| members.iter().flat_map(Member::encode).collect())
}

fn collect(blob: &[u8], spacing: u64, piece: usize, size: usize) -> ((Vec<u8>, Option<String>), SeekPoints) {
    let points = PointCollector::with_spacing(spacing);
    let input = BufReader::with_capacity(piece, blob);
    let result = drain(GzipReader::new(input, points.clone()), size);
    let first = || {
        PointCollector::with_spacing(u64::MAX).with(|points| std::mem::replace(points, SeekPoints::new(1)))
    };
    (result, points.finish().unwrap_or_else(first))
}

/// Reads from every point to the end; returns the number of usable points.
fn check_points(blob: &[u8], plain: &[u8], points: &SeekPoints) -> usize {
    let file = window(blob);
    let mut usable = 0;
    for number in 0..points.len() {
        let resumed = resume(&file, points, number).expect("a decoder");
        let (found, _) = drain(resumed.stream, 70_000);
        let start = usize::try_from(resumed.position).expect("small");
        assert!(found == plain[start..], "point {number} of {}: other bytes", points.len());
        usable += usize::from(points.position(number) == Some(resumed.position));
    }
    usable
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn decoding_from_a_point_yields_the_same_bytes(
        blob in blob(), spacing in 1..100_000_u64, piece in 1..20_000_usize, size in 1..300_000_usize,
    ) {
        let plain = drain(MultiGzDecoder::new(&blob[..]), 100_000);
        let (found, points) = collect(&blob, spacing, piece, size);
        prop_assert!(found == plain);
        check_points(&blob, &plain.0, &points);
    }

    #[test]
    fn broken_streams_yield_bytes_and_errors_of_the_plain_decoder(
        blob in blob(),
        cut in any::<prop::sample::Index>(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        junk in vec(any::<u8>(), 0..20),
        size in 1..100_000_usize,
    ) {
        let mut blob = blob;
        blob.extend_from_slice(&junk);
        for (at, value) in changes {
            let at = at.index(blob.len());
            blob[at] = value;
        }
        blob.truncate(cut.index(blob.len() * 2).max(18));
        let (plain, plain_error) = drain(MultiGzDecoder::new(&blob[..]), size);
        let ((found, error), points) = collect(&blob, 20_000, 5000, size);
        // Bytes that a call decodes before it meets the error are lost.
        prop_assert!(found.starts_with(&plain) || plain.starts_with(&found));
        prop_assert_eq!(error, plain_error.clone());
        if plain_error.is_none() {
            check_points(&blob, &plain, &points);
        }
    }
}

#[test]
fn nearly_every_point_can_be_used() {
    for kind in 0..4 {
        for level in [0, 1, 6, 9] {
            for flushes in [false, true] {
                let pieces = (0..5).map(|seed| (kind, 300_000, seed)).collect();
                let blob = Member { level, pieces, flushes }.encode();
                let ((plain, _), points) = collect(&blob, 100_000, 128 * 1024, 256 * 1024);
                let usable = check_points(&blob, &plain, &points);
                let what = format!("{kind} {level} {flushes}: {usable} of {}", points.len());
                // In stored blocks, more than one bit may lead to the same bytes.
                assert!(usable * 4 >= points.len() * 3, "{what}");
                // Zeros, and everything compressed at level 1, may be a single endless block.
                let has_blocks = flushes || kind > 0 && level != 1;
                assert!(!has_blocks || points.len() >= 5, "{what}");
            }
        }
    }
}

#[test]
fn member_start_is_a_point_without_history() {
    let one = Member { level: 6, pieces: vec![(1, 50_000, 1)], flushes: false }.encode();
    let blob = [one.clone(), one.clone(), one.clone()].concat();
    let ((plain, _), points) = collect(&blob, 40_000, 1000, 1000);
    assert_eq!(points.len(), 3);
    assert_eq!([1, 2].map(|number| points.position(number)), [Some(50_000), Some(100_000)]);
    assert_eq!(check_points(&blob, &plain, &points), 3);
}

#[test]
fn interrupted_read_continues() {
    struct Interrupting<'a>(Cursor<&'a [u8]>, bool);
    impl Read for Interrupting<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 { Err(io::ErrorKind::Interrupted.into()) } else { self.0.read(buffer) }
        }
    }
    let blob = Member { level: 6, pieces: vec![(1, 50_000, 1)], flushes: false }.encode();
    let input = BufReader::with_capacity(100, Interrupting(Cursor::new(&blob), false));
    let found = drain(GzipReader::new(input, PointCollector::new()), 1000);
    assert!(found == (content(1, 50_000, 1), None));
}

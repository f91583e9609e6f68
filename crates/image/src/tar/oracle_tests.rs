//! Compares the walker with the `tar` crate's own reader, field by field, on random headers.

use std::io::Read as _;

use dockopt_testkit::{HeaderFormat, Layer, LongNames, Meta, RawEntry};
use proptest::prelude::*;

use super::*;
use crate::bytes::window::Streamed;

/// The fields of a member as each reader reports them.
#[derive(Debug, PartialEq)]
struct Fields {
    path: Vec<u8>,
    link: Vec<u8>,
    type_flag: u8,
    size: u64,
    data: Vec<u8>,
    mode: u32,
    owner: (u32, u32),
    seconds: i64,
    device: (u32, u32),
}

fn read_with_walker(bytes: &[u8]) -> Vec<Fields> {
    let mut walker = Walker::new(Streamed(bytes), Hasher::with_seed(1));
    let mut members = Vec::new();
    while let Some(member) = walker.next().expect("a tar") {
        let mut data = Vec::new();
        walker.read_data(|piece| data.extend_from_slice(piece)).expect("data");
        members.push(Fields {
            path: walker.path().to_vec(),
            link: walker.link().to_vec(),
            type_flag: member.metadata.type_flag,
            size: member.metadata.size,
            data,
            mode: member.metadata.mode,
            owner: (member.metadata.uid, member.metadata.gid),
            seconds: member.metadata.modified.seconds,
            device: member.metadata.device,
        });
    }
    assert_eq!(walker.end(), Some(End::Marked));
    members
}

fn read_with_tar_crate(bytes: &[u8]) -> Vec<Fields> {
    let mut archive = ::tar::Archive::new(bytes);
    let read = |entry: io::Result<::tar::Entry<'_, &[u8]>>| {
        let mut entry = entry.expect("an entry");
        let mut data = Vec::new();
        entry.read_to_end(&mut data).expect("data");
        let header = entry.header();
        let owner = |id: io::Result<u64>| u32::try_from(id.expect("an owner")).unwrap_or(u32::MAX);
        Fields {
            path: entry.path_bytes().to_vec(),
            link: entry.link_name_bytes().unwrap_or_default().to_vec(),
            type_flag: match header.as_bytes()[156] {
                0 if entry.path_bytes().ends_with(b"/") => b'5',
                0 => b'0',
                flag => flag,
            },
            size: entry.size(),
            data,
            mode: header.mode().expect("a mode"),
            owner: (owner(header.uid()), owner(header.gid())),
            seconds: header.mtime().expect("a time").cast_signed(),
            device: (
                header.device_major().ok().flatten().unwrap_or(0),
                header.device_minor().ok().flatten().unwrap_or(0),
            ),
        }
    };
    archive.entries().expect("a tar").map(read).collect()
}

/// Bytes without line breaks, because the crate splits PAX records at them.
fn name(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![6 => b'a'..=b'z', 2 => Just(b'/'), 1 => 1..b'\n', 1 => b'\n' + 1..=u8::MAX];
    prop::collection::vec(byte, 1..longest)
}

const FORMATS: [HeaderFormat; 3] = [HeaderFormat::V7, HeaderFormat::Ustar, HeaderFormat::Gnu];
const LONG_NAMES: [LongNames; 4] = [LongNames::Pax, LongNames::Gnu, LongNames::Ustar, LongNames::Cut];

fn entry() -> impl Strategy<Value = (RawEntry, LongNames)> {
    let flags = prop::sample::select(&b"0\x00123456V"[..]);
    let owner = prop_oneof![0..1_u64 << 21, 0..=u64::MAX];
    let meta = (0..0o10_000_000_u32, owner, 0..1_u64 << 33, 0..=u64::MAX);
    (
        (flags, name(400), name(300)),
        prop::collection::vec(any::<u8>(), 0..1300),
        prop::sample::select(&FORMATS[..]),
        prop::sample::select(&LONG_NAMES[..]),
        meta,
        (0..1_u32 << 21, 0..1_u32 << 21),
    )
        .prop_map(|((flag, name, link), data, format, long_names, meta, device)| {
            let (mode, uid, gid, mtime) = meta;
            let meta = Meta::new().mode(mode).owner(uid, gid).mtime(mtime);
            let mut entry = RawEntry::new(flag, name).format(format).meta(meta);
            match flag {
                b'1' | b'2' => entry = entry.link(link),
                b'3' | b'4' => entry = entry.device(device.0, device.1),
                b'0' | 0 | b'V' => entry = entry.data(data),
                _ => {}
            }
            (entry, long_names)
        })
        .prop_filter("a directory has no data", |(entry, _)| {
            let header = entry.header();
            header[156] != 0 || !Header::from_byte_slice(&header).path_bytes().ends_with(b"/")
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_field_equals_that_of_the_tar_crate(entries in prop::collection::vec(entry(), 0..8)) {
        let mut layer = Layer::new();
        for (entry, long_names) in entries {
            layer = layer.long_names(long_names).entry(entry);
        }
        let bytes = layer.into_tar();
        prop_assert_eq!(read_with_walker(&bytes), read_with_tar_crate(&bytes));
    }
}

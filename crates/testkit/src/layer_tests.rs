//! Layers read back with the `tar` crate.

use std::io::Read as _;

use super::*;
use crate::meta::DEFAULT_MTIME;

fn paths(tar: &[u8]) -> Vec<Vec<u8>> {
    tar::Archive::new(tar).entries().unwrap().map(|entry| entry.unwrap().path_bytes().into_owned()).collect()
}

fn listing(tar: &[u8]) -> Vec<(String, u8, Option<String>)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let link = entry.link_name_bytes().map(|link| text(&link));
        let kind = entry.header().entry_type().as_byte();
        (text(&entry.path_bytes()), kind, link)
    });
    entries.collect()
}

fn only<T>(tar: &[u8], look: impl Fn(&mut tar::Entry<'_, &[u8]>) -> T) -> T {
    let mut archive = tar::Archive::new(tar);
    let mut found: Vec<T> = archive.entries().unwrap().map(|entry| look(&mut entry.unwrap())).collect();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn names_are_written_exactly_as_given() {
    let names: [&[u8]; 7] = [b"./a", b"/b", b"../c", b"d\\e", b"f\xff\x1b[m", b"g//h/./i", b"j/"];
    let mut layer = Layer::new();
    for name in names {
        layer = layer.file(name, "");
    }
    assert_eq!(paths(&layer.into_tar()), names);
}

#[test]
fn every_kind_of_entry_is_read_back() {
    let tar = Layer::new()
        .dir("d")
        .file("d/f", "content")
        .symlink("d/s", "../x")
        .hard_link("d/h", "d/f")
        .char_device("c", 1, 3)
        .block_device("b", 8, 0)
        .fifo("p")
        .whiteout("d/gone")
        .whiteout("gone")
        .opaque("d")
        .opaque("")
        .into_tar();
    let seen = listing(&tar);
    let row = |path: &str, kind, link: Option<&str>| (path.to_owned(), kind, link.map(str::to_owned));
    let expected = [
        row("d/", b'5', None),
        row("d/f", b'0', None),
        row("d/s", b'2', Some("../x")),
        row("d/h", b'1', Some("d/f")),
        row("c", b'3', None),
        row("b", b'4', None),
        row("p", b'6', None),
        row("d/.wh.gone", b'0', None),
        row(".wh.gone", b'0', None),
        row("d/.wh..wh..opq", b'0', None),
        row(".wh..wh..opq", b'0', None),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn metadata_is_read_back() {
    let meta = Meta::new()
        .mode(0o4750)
        .owner(1000, 3_000_000)
        .mtime(77)
        .mtime_nanos(5)
        .xattr("security.capability", b"\x01\0\xff=");
    let tar = Layer::new().file_with("f", "x", meta).into_tar();
    only(&tar, |entry| {
        let header = entry.header().clone();
        assert_eq!(header.mode().unwrap(), 0o4750);
        assert_eq!(header.uid().unwrap(), 1000);
        assert_eq!(header.gid().unwrap(), 3_000_000);
        assert_eq!(header.mtime().unwrap(), 77);
        let records: Vec<(Vec<u8>, Vec<u8>)> = entry
            .pax_extensions()
            .unwrap()
            .unwrap()
            .map(|record| record.unwrap())
            .map(|record| (record.key_bytes().to_vec(), record.value_bytes().to_vec()))
            .collect();
        assert_eq!(records[0], (b"mtime".to_vec(), b"77.000000005".to_vec()));
        assert_eq!(records[1].0, b"SCHILY.xattr.security.capability");
    });
    let tar = Layer::new().dir("d").into_tar();
    only(&tar, |entry| {
        assert_eq!(entry.header().mode().unwrap(), 0o755);
        assert_eq!(entry.header().mtime().unwrap(), DEFAULT_MTIME);
    });
}

#[test]
fn long_names_round_trip_unless_they_are_cut() {
    let name = format!("{}/{}", "d".repeat(120), "f".repeat(90));
    let target = "t".repeat(300);
    for ways in [LongNames::Pax, LongNames::Gnu, LongNames::Ustar] {
        let tar = Layer::new().long_names(ways).symlink(&name, &target).into_tar();
        only(&tar, |entry| {
            assert_eq!(*entry.path_bytes(), *name.as_bytes(), "{ways:?}");
            let link = entry.link_name_bytes().unwrap();
            assert_eq!(*link, *target.as_bytes(), "{ways:?}");
        });
    }
    let tar = Layer::new().long_names(LongNames::Cut).file(&name, "");
    assert_eq!(paths(&tar.into_tar()), [&name.as_bytes()[..100]]);
}

#[test]
fn name_of_64_kib_round_trips() {
    let name = "n/".repeat(32 * 1024);
    for ways in [LongNames::Pax, LongNames::Gnu, LongNames::Ustar] {
        let tar = Layer::new().long_names(ways).file(&name, "").into_tar();
        assert_eq!(paths(&tar), [name.as_bytes()]);
    }
}

#[test]
fn old_gnu_sparse_files_are_expanded_by_the_tar_crate() {
    for count in [0, 1, 3, 4, 5, 30, 60] {
        let mut file = SparseFile::new(1024 * count + 5000);
        let mut whole = vec![0; usize::try_from(1024 * count + 5000).unwrap()];
        for index in 0..count {
            file = file.segment(index * 1024, [b'x'; 512]);
            let start = usize::try_from(index * 1024).unwrap();
            whole[start..start + 512].fill(b'x');
        }
        let tar = Layer::new().sparse("s", &file, SparseFormat::Gnu).into_tar();
        let content = only(&tar, |entry| {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            content
        });
        assert!(content == whole, "{count} segments");
    }
}

#[test]
fn pax_sparse_files_store_segments_and_their_offsets() {
    let file = SparseFile::new(1 << 40).segment(0, [b'a'; 512]).segment(1 << 20, "tail");
    let cases = [
        (SparseFormat::Pax00, "GNU.sparse.numbytes=4", 516, "d/s"),
        (SparseFormat::Pax01, "GNU.sparse.map=0,512,1048576,4,1099511627776,0", 516, "d/GNUSparseFile.1/s"),
        (SparseFormat::Pax10, "GNU.sparse.realsize=1099511627776", 512 + 516, "d/GNUSparseFile.1/s"),
    ];
    for (format, record, stored, name) in cases {
        let tar = Layer::new().sparse("d/s", &file, format).into_tar();
        let text = String::from_utf8_lossy(&tar[512..1536]).into_owned();
        assert!(text.contains(record), "{format:?}: {text}");
        only(&tar, |entry| {
            assert_eq!(entry.size(), stored, "{format:?}");
            assert_eq!(*entry.path_bytes(), *name.as_bytes());
            let mut data = Vec::new();
            entry.read_to_end(&mut data).unwrap();
            assert!(data.ends_with(b"aaaatail"));
            if format == SparseFormat::Pax10 {
                assert!(data.starts_with(b"3\n0\n512\n1048576\n4\n1099511627776\n0\n\0"));
            }
        });
    }
}

#[test]
fn end_blocks_can_be_omitted_or_followed_by_bytes() {
    let layer = Layer::new().file("f", "x");
    assert_eq!(layer.clone().without_end().into_tar().len(), 1024);
    assert_eq!(layer.clone().into_tar().len(), 2048);
    assert!(layer.trailing("junk").into_tar().ends_with(b"\0junk"));
    assert_eq!(Layer::new().raw_bytes("abc").without_end().into_tar(), b"abc");
}

#[test]
fn a_global_header_does_not_count_as_an_entry() {
    let tar =
        Layer::new().pax_global(&[("comment", "0123")]).pax(&[("path", "renamed")]).file("f", "").into_tar();
    assert_eq!(tar[156], b'g');
    assert!(paths(&tar).contains(&b"renamed".to_vec()));
}

#[test]
fn raw_entry_may_declare_more_bytes_than_it_has() {
    let tar =
        Layer::new().entry(RawEntry::new(b'Z', "odd").size(1 << 40).data("little")).without_end().into_tar();
    assert_eq!(tar.len(), 1024);
    let header = tar::Header::from_byte_slice(&tar[..512]);
    assert_eq!(header.size().unwrap(), 1 << 40);
    assert_eq!(header.entry_type().as_byte(), b'Z');
}

//! Names and headers that broke other tools, in layers that are read from every source.
//!
//! | trap | what happens |
//! |---|---|
//! | GNU long names, PAX paths, ustar prefixes | equivalent |
//! | several names for one member | GNU before PAX before the header; an empty PAX value resets |
//! | PAX global headers | skipped, whatever they claim; they are not entries |
//! | `./`, `/`, `//`, trailing slashes | dropped |
//! | `..` | stops at the root, with a warning |
//! | backslashes | part of a name |
//! | empty names | the root if a directory, else ignored with a warning |
//! | invalid UTF-8, control characters, bidi, CJK, combining | kept; escaped in output and errors |
//! | names and targets of 64 KiB | read; beyond 1 MiB an error |
//! | 10,000 directories deep | read |
//! | sparse files, four formats | the logical size counts, however large; holes are compared |
//! | base-256 sizes | read; if negative or beyond 64 bits, errors with offset and layer |
//! | blank sizes | 0 |
//! | sizes larger than the layer, or whose sum overflows | an error that names the file |
//! | unknown type flags | ignored with a warning |
//! | v7 headers | a trailing slash makes a directory |
//! | broken checksums and PAX records | an error with the offset; signed checksums are accepted |
//! | whiteouts with a link name | whiteouts |

use crate::common::{every_way, no_way, one, read};
use dockopt_core::path::is_unsafe_to_show;
use dockopt_testkit::{
    Compression, HeaderFormat, Image, Layer, LongNames, Meta, RawEntry, SparseFile, SparseFormat,
};

const SPARSE_FORMATS: [SparseFormat; 4] =
    [SparseFormat::Gnu, SparseFormat::Pax00, SparseFormat::Pax01, SparseFormat::Pax10];

/// Returns a path of three components and this many bytes.
fn long_path(length: usize) -> String {
    let rest = length - "deep//f".len();
    format!("deep/{}/f", "n".repeat(rest))
}

#[test]
fn long_names_are_the_same_in_every_encoding() {
    let (file, link) = (long_path(150), "l".repeat(130));
    for long_names in [LongNames::Gnu, LongNames::Pax, LongNames::Ustar] {
        let layer = Layer::new().long_names(long_names);
        let layer = layer.file(&file, "content").hard_link(&link, &file);
        let seen = every_way(&one(layer));
        assert_eq!(seen.size(&file), Some(7), "{long_names:?}");
        assert_eq!(seen.size(&link), Some(7), "{long_names:?}: the target is cut");
        assert_eq!(seen.stored(), 7, "{long_names:?}");
        assert_eq!(seen.warnings, [""; 0], "{long_names:?}");
    }
}

#[test]
fn gnu_name_overrides_pax_path_which_overrides_header() {
    let gnu = "g".repeat(120);
    let layer = Layer::new()
        .long_names(LongNames::Gnu)
        .pax(&[("path", "pax")])
        .file(&gnu, "1")
        .pax(&[("path", "other")])
        .file("header", "22");
    assert_eq!(every_way(&one(layer)).names(), [gnu.as_str(), "other"]);
}

#[test]
fn empty_pax_value_restores_the_header_field() {
    let keys = ["path", "linkpath", "size", "uid", "gid", "mtime"];
    let records: Vec<_> = keys.iter().map(|key| (*key, "")).collect();
    let layer = Layer::new().pax(&records).file("header", "22");
    assert_eq!(every_way(&one(layer)).size("header"), Some(2));
    let layer = Layer::new().pax(&[("path", "a"), ("path", "")]).file("header", "22");
    assert_eq!(every_way(&one(layer)).names(), ["header"]);
}

#[test]
fn pax_values_may_contain_line_breaks_and_equals_signs() {
    let layer = Layer::new()
        .file_with("f", "1", Meta::new().xattr("security.capability", b"\n9 path=x\n="))
        .pax(&[("path", "a=b\nc")])
        .file("g", "22");
    assert_eq!(every_way(&one(layer)).names(), ["a=b\\nc", "f"]);
}

#[test]
fn odd_owners_and_times_do_not_break_a_layer() {
    let layer = Layer::new()
        .pax(&[("uid", "-2"), ("gid", "99999999999"), ("mtime", "-12.5")])
        .file("f", "1")
        .file_with("g", "1", Meta::new().owner(u64::MAX, 1 << 40).mtime(1 << 40));
    assert_eq!(every_way(&one(layer)).names(), ["f", "g"]);
}

#[test]
fn pax_global_headers_are_ignored() {
    let layer = Layer::new()
        .pax_global(&[("comment", "0123456789abcdef")])
        .file("a", "1")
        .pax_global(&[("path", "hijacked"), ("size", "999")])
        .file("b", "22")
        .pax_global(&[("comment", "the last")]);
    let seen = every_way(&one(layer));
    assert_eq!(seen.names(), ["a", "b"]);
    assert_eq!(seen.ledger.layers.first().unwrap().entries, 2);
    assert_eq!(seen.warnings, [""; 0]);
}

#[test]
fn prefixes_and_doubled_slashes_are_ignored() {
    let layer = Layer::new()
        .dir("./")
        .file("./etc/one", "1")
        .file("/etc/two", "22")
        .file("//etc//./three", "333")
        .file("etc/one", "4444");
    let seen = every_way(&one(layer));
    assert_eq!(seen.names(), ["etc/one", "etc/three", "etc/two"]);
    assert_eq!(seen.size("etc/one"), Some(4), "the last wins");
    assert_eq!((seen.stored(), seen.live()), (10, 9));
}

#[test]
fn trailing_slashes_of_files_and_links_are_ignored() {
    let layer = Layer::new()
        .file("file/", "1")
        .symlink("link//", "file/")
        .hard_link("hard/", "file/")
        .dir("directory//");
    let seen = every_way(&one(layer));
    assert_eq!(seen.names(), ["file", "hard"]);
    assert_eq!(seen.warnings, [""; 0]);
}

#[test]
fn parent_components_stop_at_the_root() {
    let layer = Layer::new().file("a/../b", "1").file("../../etc/passwd", "22").hard_link("c", "../../b");
    let seen = every_way(&one(layer));
    assert_eq!(seen.names(), ["b", "c", "etc/passwd"]);
    assert!(seen.warns("climbs above the root"), "{:?}", seen.warnings);
}

#[test]
fn absolute_targets_start_at_the_root_of_the_image() {
    let layer = Layer::new()
        .file("usr/lib/a", "1")
        .symlink("lib", "/usr/lib")
        .file("lib/b", "22")
        .hard_link("c", "/lib/a");
    let seen = every_way(&one(layer));
    assert_eq!(seen.names(), ["c", "usr/lib/a", "usr/lib/b"]);
    assert_eq!((seen.stored(), seen.live()), (3, 3));
}

#[test]
fn backslash_is_not_a_separator() {
    let layer = Layer::new().file("a\\..\\b", "1").file("C:\\x", "2");
    assert_eq!(every_way(&one(layer)).names(), ["C:\\\\x", "a\\\\..\\\\b"]);
}

#[test]
fn entry_without_a_name_is_ignored_unless_it_is_the_root() {
    let layer = Layer::new()
        .entry(RawEntry::new(b'5', ""))
        .dir("/")
        .dir("./.")
        .file("a", "1")
        .file("", "22")
        .file("a/..", "333");
    let seen = every_way(&one(layer));
    assert_eq!(seen.names(), ["a"]);
    assert_eq!(seen.stored(), 1);
    assert!(seen.warns("has no name and is not counted"), "{:?}", seen.warnings);
    assert!(seen.warns("(and 1 more)"), "{:?}", seen.warnings);
}

/// Names that affect a terminal, or that are invisible.
fn strange_names() -> Vec<Vec<u8>> {
    let texts = [
        "new\nline",
        "tab\there",
        "return\rhere",
        "\u{1b}[31mred\u{1b}[0m",
        "\u{1b}]8;;https:\u{1b}\\link",
        "\u{1b}]52;c;AAAA\u{7}",
        "\u{9b}31m",
        "\u{202e}gpj.exe",
        "zero\u{200b}width",
        "日本語/テスト",
        "e\u{301}",
        "\u{e9}",
        "👩\u{200d}💻",
        " space ",
        "-rf",
        "a\u{7f}",
    ];
    let mut names: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    names.push(b"caf\xe9".to_vec());
    names.push(b"\xff\xfe\x80/\xc3\x28".to_vec());
    names
}

#[test]
fn strange_names_are_kept_byte_for_byte_and_shown_escaped() {
    let names = strange_names();
    for long_names in [LongNames::Pax, LongNames::Gnu] {
        let mut layer = Layer::new().long_names(long_names);
        for name in &names {
            layer = layer.file(name, "1").file([name, &b"x".repeat(120)[..]].concat(), "22");
        }
        let seen = every_way(&one(layer));
        for name in &names {
            assert_eq!(seen.size(name), Some(1), "{name:?}");
            assert_eq!(seen.size([name, &b"x".repeat(120)[..]].concat()), Some(2));
        }
        assert_eq!(seen.files.len(), 2 * names.len(), "composed and decomposed are two");
        let shown = seen.names().join("");
        assert!(!shown.chars().any(is_unsafe_to_show), "{shown}");
    }
}

#[test]
fn strange_names_are_escaped_in_warnings_and_errors() {
    let name = b"\x1b]52;c;AAAA\x07\xff\n";
    let layer = Layer::new().entry(RawEntry::new(b'?', name).data("x"));
    let seen = every_way(&one(layer));
    assert!(seen.warns("`/\\x1b]52;c;AAAA\\x07\\xff\\n`"), "{:?}", seen.warnings);
    let layer = Layer::new().entry(RawEntry::new(b'0', name).size(5000));
    no_way(&one(layer.without_end()), &["layer 0", "\\x1b]52;c;AAAA\\x07\\xff\\n"]);
}

#[test]
fn names_and_targets_of_64_kib_are_read() {
    let long = "n".repeat(65_536);
    let deep = "d/".repeat(32_768) + "f";
    for long_names in [LongNames::Pax, LongNames::Gnu] {
        let layer = Layer::new()
            .long_names(long_names)
            .file(&long, "1")
            .file(&deep, "22")
            .hard_link("link", &deep)
            .symlink("symlink", &long);
        let seen = every_way(&one(layer));
        assert_eq!(seen.size(&long), Some(1));
        assert_eq!(seen.size(&deep), Some(2));
        assert_eq!(seen.size("link"), Some(2));
    }
}

#[test]
fn name_longer_than_a_mebibyte_is_an_error() {
    for long_names in [LongNames::Pax, LongNames::Gnu] {
        let layer = Layer::new().long_names(long_names).file("f", "");
        let image = one(layer.file("n".repeat(1024 * 1024 + 1), "1"));
        no_way(&image, &["layer 0", "offset 512 (at or after `f`)", "more than 1 MiB"]);
    }
}

#[test]
fn ten_thousand_nested_directories_are_read() {
    let path = |depth: usize| "d/".repeat(depth);
    let mut layer = Layer::new();
    for depth in (100..=10_000).step_by(100) {
        layer = layer.dir(path(depth)).file(path(depth) + "f", "1");
    }
    let image = one(layer).layer(Layer::new().whiteout(path(5_000) + "d").file("top", "22"));
    let seen = every_way(&image);
    assert_eq!(seen.files.len(), 51);
    assert_eq!((seen.stored(), seen.live()), (102, 52));
    assert_eq!(seen.ledger.waste.iter().map(|row| row.files).sum::<u64>(), 50);
}

#[test]
fn sparse_file_counts_with_its_logical_size() {
    let data = [7; 512];
    let few = SparseFile::new(1_000_000).segment(0, data).segment(4096, data);
    let many = (0..60).fold(SparseFile::new(500_000), |file, at| file.segment(at * 8192, data));
    let hole = SparseFile::new(1 << 40);
    for format in SPARSE_FORMATS {
        let layer = Layer::new()
            .sparse("few", &few, format)
            .sparse("many", &many, format)
            .sparse("var/log/lastlog", &hole, format)
            .file("after", "1");
        let seen = every_way(&one(layer));
        assert_eq!(seen.size("few"), Some(1_000_000), "{format:?}");
        assert_eq!(seen.size("many"), Some(500_000), "{format:?}");
        assert_eq!(seen.size("var/log/lastlog"), Some(1 << 40), "{format:?}");
        assert_eq!(seen.files.len(), 4, "{format:?}: {:?}", seen.names());
        assert_eq!(seen.stored(), 1_500_001 + (1 << 40), "{format:?}");
        assert_eq!(seen.warnings, [""; 0]);
    }
}

#[test]
fn sparse_files_are_compared_with_their_holes() {
    let at = |offset| SparseFile::new(100_000).segment(offset, [7; 512]);
    for format in SPARSE_FORMATS {
        let image = one(Layer::new().sparse("same", &at(512), format).sparse("moved", &at(512), format))
            .layer(Layer::new().sparse("same", &at(512), format).sparse("moved", &at(1024), format));
        let seen = every_way(&image);
        let causes = [("/moved", "overwritten"), ("/same", "identical")];
        let causes = causes.map(|(path, cause)| (path.to_owned(), cause.to_owned()));
        assert_eq!(seen.causes(), causes, "{format:?}");
    }
}

#[test]
fn sparse_size_without_a_hole_map_is_ignored() {
    let claim = [("GNU.sparse.size", "9000"), ("GNU.sparse.realsize", "9000")];
    let layer = || {
        let layer = Layer::new().pax(&claim).pax(&[("GNU.sparse.name", "other")]);
        layer.file("f", "content").file("g", "other")
    };
    let seen = every_way(&one(layer()).layer(layer()));
    assert_eq!(seen.size("f"), Some(7));
    assert_eq!((seen.stored(), seen.live()), (24, 12));
}

#[test]
fn broken_hole_map_is_an_error_with_offset() {
    let mut bytes = Layer::new()
        .file("f", "")
        .sparse("s", &SparseFile::new(4096).segment(0, [1; 512]), SparseFormat::Gnu)
        .into_tar();
    // Make the first segment end after the file.
    bytes[512 + 398..512 + 410].copy_from_slice(b"00007777777\0");
    fix_checksum(&mut bytes[512..1024]);
    no_way(&Image::new().layer_tar(&bytes), &["layer 0", "offset 512", "`s`", "map of a sparse file"]);
    let entry = RawEntry::new(b'S', "s").format(HeaderFormat::Ustar).data("1");
    no_way(&one(Layer::new().entry(entry)), &["layer 0", "`s`", "map of a sparse file"]);
}

fn fix_checksum(header: &mut [u8]) {
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[test]
fn sizes_in_base_256_are_read() {
    let entry = RawEntry::new(b'0', "f").data("content").base256_size(7);
    let seen = every_way(&one(Layer::new().entry(entry).file("g", "1")));
    assert_eq!((seen.size("f"), seen.size("g")), (Some(7), Some(1)));
}

#[test]
fn size_larger_than_the_layer_is_an_error_with_offset() {
    let nine_gib = 9 << 30;
    let cases: [(RawEntry, &str); 5] = [
        (RawEntry::new(b'0', "f").size(5000), "bytes are missing"),
        (RawEntry::new(b'0', "f").size(nine_gib), "bytes are missing"),
        (RawEntry::new(b'0', "f").base256_size(i64::MAX), "bytes are missing"),
        (RawEntry::new(b'0', "f").raw_size(*b"77777777777\0"), "bytes are missing"),
        (RawEntry::new(b'7', "f").data("x").size(6000), "bytes are missing"),
    ];
    for (entry, words) in cases {
        let layer = Layer::new().file("before", "").entry(entry).without_end();
        no_way(&one(layer), &["layer 0", "offset 512", "`f`", words]);
    }
    let layer = Layer::new().pax(&[("size", "9000000000")]).file("f", "1");
    no_way(&one(layer), &["layer 0", "offset 1024", "`f`", "missing"]);
}

#[test]
fn negative_and_absurd_sizes_are_errors_with_offset() {
    let beyond = [0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 5];
    let largest = [0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let cases: [(RawEntry, &str); 6] = [
        (RawEntry::new(b'0', "f").base256_size(-1), "negative"),
        (RawEntry::new(b'0', "f").base256_size(-4096), "negative"),
        (RawEntry::new(b'0', "f").raw_size(beyond), "64 bits"),
        (RawEntry::new(b'0', "f").raw_size(largest), "claims a size of 18446744073709551615"),
        (RawEntry::new(b'0', "f").raw_size(*b"-0000000001\0"), "not a number"),
        (RawEntry::new(b'g', "f").raw_size(*b"12x45678901\0"), "not a number"),
    ];
    for (entry, words) in cases {
        let layer = Layer::new().file("before", "").entry(entry);
        no_way(&one(layer), &["layer 0", "offset 512", words]);
    }
    for size in ["-1", "18446744073709551616", "0x10", " 5"] {
        let layer = Layer::new().pax(&[("size", size)]).file("f", "1");
        no_way(&one(layer), &["layer 0", "offset 0", "malformed PAX record"]);
    }
    let layer = Layer::new().pax(&[("size", "18446744073709551615")]);
    no_way(&one(layer.file("f", "1")), &["layer 0", "`f`", "claims a size"]);
}

#[test]
fn blank_size_is_zero() {
    let layer = Layer::new()
        .entry(RawEntry::new(b'5', "d/").raw_size([0; 12]))
        .entry(RawEntry::new(b'2', "l").link("d").raw_size([b' '; 12]))
        .entry(RawEntry::new(b'0', "f").raw_size([0; 12]))
        .file("g", "1");
    let seen = every_way(&one(layer));
    assert_eq!((seen.size("f"), seen.size("g")), (Some(0), Some(1)));
}

#[test]
fn links_and_directories_have_no_data_despite_a_size() {
    let layer = Layer::new()
        .entry(RawEntry::new(b'5', "d/").size(4096))
        .file("f", "1")
        .entry(RawEntry::new(b'1', "h").link("f").size(1))
        .entry(RawEntry::new(b'2', "s").link("f").base256_size(1 << 40))
        .entry(RawEntry::new(b'3', "c").device(1, 3).size(99))
        .entry(RawEntry::new(b'6', "p").size(512))
        .file("g", "22");
    let seen = every_way(&one(layer));
    assert_eq!(seen.names(), ["f", "g", "h"]);
    assert_eq!((seen.stored(), seen.live()), (3, 3));
}

#[test]
fn sum_of_sizes_beyond_64_bits_is_an_error_that_names_the_file() {
    let half = SparseFile::new(1 << 63);
    for format in SPARSE_FORMATS {
        let layer = Layer::new().sparse("one", &half, format);
        let seen = every_way(&one(layer.clone().file("small", "1")));
        assert_eq!(seen.stored(), (1 << 63) + 1, "{format:?}");
        let layer = layer.sparse("two", &half, format).file("three", "1");
        no_way(&one(layer), &["too large", "add up to more than", "`/two`"]);
    }
}

#[test]
fn unknown_types_are_ignored_with_their_data() {
    let layer = Layer::new()
        .entry(RawEntry::new(b'V', "label"))
        .entry(RawEntry::new(b'D', "dump").data("x".repeat(700)))
        .entry(RawEntry::new(b'7', "contiguous").data("333"))
        .entry(RawEntry::new(0x80, "eighth bit").data("x"))
        .file("f", "1");
    let seen = every_way(&one(layer));
    assert_eq!(seen.names(), ["contiguous", "f"]);
    assert_eq!(seen.stored(), 4);
    assert!(seen.warns("unknown type is not counted"), "{:?}", seen.warnings);
    assert!(seen.warns("(and 2 more)"), "{:?}", seen.warnings);
}

#[test]
fn v7_headers_are_read() {
    let v7 = |typeflag, name: &str| RawEntry::new(typeflag, name).format(HeaderFormat::V7);
    let layer = Layer::new()
        .entry(v7(0, "directory/"))
        .entry(v7(0, "directory/file").data("content"))
        .entry(v7(b'1', "hard").link("directory/file"))
        .entry(v7(b'2', "soft").link("directory"))
        .entry(v7(0, "soft/through").data("1"))
        // This format has no prefix field.
        .entry(v7(0, "plain").prefix("prefix").data("22"));
    let seen = every_way(&one(layer));
    assert_eq!(seen.names(), ["directory/file", "directory/through", "hard", "plain"]);
    assert_eq!(seen.stored(), 10);
    assert_eq!(seen.warnings, [""; 0]);
}

#[test]
fn wrong_checksum_is_an_error_with_offset() {
    let entry = RawEntry::new(b'0', "f").raw_checksum(*b"0000001\0");
    let layer = Layer::new().file("before", "1").entry(entry);
    no_way(&one(layer), &["layer 0", "offset 1024 (at or after `before`)", "checksum"]);
}

#[test]
fn checksum_of_signed_bytes_is_accepted() {
    let name = b"caf\xe9";
    let mut header = RawEntry::new(b'0', name).header();
    header[148..156].copy_from_slice(b"        ");
    let sum: i32 = header.iter().map(|byte| i32::from(byte.cast_signed())).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let seen = every_way(&one(Layer::new().raw_bytes(header).file("g", "1")));
    assert_eq!(seen.names(), ["caf\\xe9", "g"]);
}

#[test]
fn broken_pax_records_are_errors_with_offset() {
    for records in ["99 path=x\n", "9 pathxx\n", "path=x\n", "9 path=xx", "0 path=x\n"] {
        let layer = Layer::new()
            .file("before", "")
            .entry(RawEntry::new(b'x', "PaxHeaders/f").data(records))
            .file("f", "1");
        no_way(&one(layer), &["layer 0", "offset 512 (at or after `before`)", "malformed PAX record"]);
    }
    let layer =
        Layer::new().entry(RawEntry::new(b'x', "PaxHeaders/f").data("9 path=x\n\0\0\0")).file("f", "1");
    assert_eq!(every_way(&one(layer)).names(), ["x"]);
}

#[test]
fn extension_header_without_a_member_is_an_error() {
    for flag in [b'x', b'L', b'K'] {
        let data = if flag == b'x' { "9 path=x\n" } else { "name" };
        let layer = Layer::new().file("before", "").entry(RawEntry::new(flag, "ext").data(data));
        no_way(&one(layer), &["layer 0", "`before`", "without the member it describes"]);
    }
}

#[test]
fn first_name_may_look_like_a_magic_number() {
    for name in ["BZh91AY", "{\"a\":1}", "[", "PK\u{3}\u{4}", "\u{7f}ELF"] {
        let layer = Layer::new().file(name, "1");
        assert_eq!(every_way(&one(layer)).size(name), Some(1), "{name}");
    }
}

#[test]
fn whiteout_may_have_a_link_name() {
    for flag in [b'0', b'1'] {
        let top = Layer::new().entry(RawEntry::new(flag, "d/.wh.gone").link("d/stays"));
        let image = one(Layer::new().file("d/gone", "22").file("d/stays", "1")).layer(top);
        let seen = every_way(&image);
        assert_eq!(seen.names(), ["d/stays"]);
        assert_eq!(seen.causes(), [("/d/gone".to_owned(), "deleted".to_owned())]);
        assert_eq!(seen.warnings, [""; 0]);
    }
}

#[test]
fn nul_byte_ends_a_name_in_headers_but_not_in_pax_records() {
    let mut header = RawEntry::new(b'0', "short\0rest").header();
    fix_checksum(&mut header);
    let layer = Layer::new().raw_bytes(header).pax(&[("path", "pax\0rest")]).file("f", "1");
    let image = one(layer);
    assert!(read(&image.oci_archive(Compression::Gzip).to_tar()).is_ok());
    assert_eq!(every_way(&image).names(), ["pax\\x00rest", "short"]);
}

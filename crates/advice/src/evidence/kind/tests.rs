//! Descriptions of files of all kinds, whole and broken.

use std::io::Write;

use dockopt_core::path::is_unsafe_to_show;
use proptest::prelude::*;

use super::*;

fn kind(bytes: &[u8]) -> Kind {
    let Ok(kind) = recognise(&mut &*bytes);
    kind
}

#[track_caller]
fn check(form: Form, cases: &[(&[u8], &str)]) {
    for (bytes, summary) in cases {
        assert_eq!(kind(bytes), Kind { form, summary: (*summary).to_owned() });
    }
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn text_is_recognised_by_its_characters() {
    let letters = "größe\n".repeat(1000);
    check(
        Form::Text,
        &[
            (b"plain\n", "ASCII text"),
            (b"\n", "ASCII text"),
            (letters.as_bytes(), "UTF-8 text"),
            (b"gr\xf6\xdfe and more of it\n", "text with bytes that are not UTF-8"),
            (b"one\r\ntwo\r\n", "ASCII text, CRLF line ends"),
            (b"\x1b[31mred\x1b[0m\n", "ASCII text, with escape sequences"),
        ],
    );
    check(Form::Empty, &[(b"", "empty")]);
    check(
        Form::Binary,
        &[
            (b"text\0text", "binary"),
            (b"\x01\x02\x03 some", "binary"),
            (b"\x80\x81\x82\x83\x84", "binary"),
            (b"\xff\xfea\0b\0", "UTF-16 text"),
        ],
    );
}

#[test]
fn kinds_of_text_are_recognised_by_their_start() {
    check(
        Form::Text,
        &[
            (b"#!/bin/sh -e\nexit\n", "script for /bin/sh -e, ASCII text"),
            (b"#! /usr/bin/env python3", "script for /usr/bin/env python3, ASCII text"),
            (b"#!/bin/\x1b[0msh\n", "script for /bin/\\x1b[0msh, ASCII text, with escape sequences"),
            (b"-----BEGIN RSA PRIVATE KEY-----\nAA==\n", "PEM rsa private key, ASCII text"),
            (
                b"# root\n-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n",
                "PEM certificate, ec private key, ASCII text",
            ),
            (b"{\n  \"a\": 1}", "JSON, ASCII text"),
            (b"\xef\xbb\xbf[1, 2]", "JSON, UTF-8 text"),
            (b"[section]\nkey=1\n", "ASCII text"),
            (b"{ echo a; }\n", "ASCII text"),
            (b"<?xml version='1.0'?>", "XML, ASCII text"),
            (b"<!DOCTYPE HTML>", "HTML, ASCII text"),
            (b"<svg>", "SVG picture, ASCII text"),
            (b"---\na: 1\n", "YAML, ASCII text"),
            (b"--- a/file\n+++ b/file\n", "ASCII text"),
            (b"MZ is a name, PAR1 too", "ASCII text"),
            (b"PAR1 is a name", "ASCII text"),
        ],
    );
}

#[test]
fn compressed_files_show_the_claims_of_their_headers() {
    let mut gzip = flate2::GzBuilder::new()
        .filename("a\x1b.txt")
        .mtime(86_400)
        .write(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&[7; 1234]).expect("memory");
    let gzip = gzip.finish().expect("memory");
    let mut zstd = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    zstd.set_pledged_src_size(Some(100_000)).expect("a size");
    zstd.include_contentsize(true).expect("an option");
    zstd.write_all(&vec![7; 100_000]).expect("memory");
    let zstd = zstd.finish().expect("memory");
    check(
        Form::Binary,
        &[
            (&gzip, "gzip, of a\\x1b.txt, 1970-01-02, says 1.23 kB unpacked"),
            (b"\x1f\x8b\x08\x08\0\0\0\0\0\x03", "gzip"),
            (&zstd, "zstd, says 100 kB unpacked"),
            (b"\x28\xb5\x2f\xfd\x00\x58", "zstd"),
            (b"\x51\x2a\x4d\x18\x04\0\0\0", "zstd or lz4, starts with a skippable frame"),
            (b"\xfd7zXZ\0\0\x04\xe6\xd6", "xz, CRC-64"),
            (b"BZh91AY&SY\x01", "bzip2, blocks of 900 kB"),
            (b"\x04\x22\x4d\x18\x64", "lz4"),
        ],
    );
    check(Form::Text, &[(b"BZh9 is a name\n", "ASCII text")]);
}

#[test]
fn a_tar_shows_its_first_names() {
    let mut tar = tar::Builder::new(Vec::new());
    let long = "d/".repeat(60) + "long";
    for name in ["one", &long, "three"] {
        let mut header = tar::Header::new_gnu();
        header.set_size(700);
        tar.append_data(&mut header, name, &[b'x'; 700][..]).expect("memory");
    }
    let bytes = tar.into_inner().expect("memory");
    let cut = format!("{}…", "d/".repeat(30));
    check(
        Form::Binary,
        &[
            (&bytes, &format!("tar archive: one, {cut}, three")),
            (&bytes[..1024 + 512 + 100], "tar archive: one"),
        ],
    );
    let mut broken = bytes;
    broken[0] ^= 1;
    assert_eq!(kind(&broken).summary, "binary");
}

#[test]
fn packages_and_archives_are_distinguished() {
    let deb = b"!<arch>\ndebian-binary   1700000000  0     0     100644  4         `\n2.0\ncontrol.tar.zst/";
    let rpm = join(&[b"\xed\xab\xee\xdb\x03\0\0\0\0\x01", b"bash-5.2-1.el9", &[0; 60]]);
    check(
        Form::Binary,
        &[
            (&join(&[deb, &[0; 50]]), "Debian package, control.tar.zst/"),
            (b"!<arch>\n/               0           0", "ar archive, static library"),
            (&rpm, "RPM package bash-5.2-1.el9"),
            (&zip(&["a.txt", "b\u{202e}.txt"]), "zip archive, 2 entries: a.txt, b\\u{202e}.txt"),
            (&zip(&["META-INF/MANIFEST.MF", "A.class"]), "Java archive, 2 entries: A.class"),
            (&zip(&["a.py", "a-1.dist-info/WHEEL"]), "Python wheel, 2 entries: a.py, a-1.dist-info/WHEEL"),
            (&zip(&["a"])[..20], "zip archive without an end record"),
        ],
    );
}

/// A zip file of empty members, with the parts that are read.
fn zip(names: &[&str]) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\0\0".to_vec();
    let start = u32::try_from(bytes.len()).expect("a small number");
    for name in names {
        bytes.extend_from_slice(b"PK\x01\x02");
        bytes.resize(bytes.len() + 24, 0);
        bytes.push(u8::try_from(name.len()).expect("a short name"));
        bytes.resize(bytes.len() + 17, 0);
        bytes.extend_from_slice(name.as_bytes());
    }
    let count = u8::try_from(names.len()).expect("few names");
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend_from_slice(&[count, 0, count, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(&start.to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

#[test]
fn pictures_and_documents_show_their_size() {
    let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x0b\x08\0\x20\0\x40\x03";
    let sqlite = join(&[b"SQLite format 3\0\x10\0", &[0; 10], &[0, 0, 4, 210], &[0; 70]]);
    check(
        Form::Binary,
        &[
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08", "PNG picture, 640 × 480"),
            (b"\x89PNG\r\n\x1a\n", "PNG picture"),
            (b"GIF89a\x40\x01\xc8\0", "GIF picture, 320 × 200"),
            (jpeg, "JPEG picture, 64 × 32"),
            (b"\xff\xd8\xff\xe0\0\0", "JPEG picture"),
            (b"%PDF-1.7\n%\x80", "PDF 1.7"),
            (&sqlite, "SQLite database, 1,234 pages of 4096 bytes"),
            (b"TZif2\0\0\0", "time zone"),
        ],
    );
}

#[test]
fn programs_show_their_platform() {
    let mut windows_program = b"MZ".to_vec();
    windows_program.resize(60, 0);
    windows_program.extend_from_slice(&[64, 0, 0, 0]);
    windows_program.extend_from_slice(b"PE\0\0\x64\x86");
    windows_program.resize(64 + 24, 0);
    windows_program.extend_from_slice(&[0x0b, 2]);
    windows_program.resize(64 + 24 + 68, 0);
    windows_program.extend_from_slice(&[3, 0, 0, 0]);
    check(
        Form::Binary,
        &[
            (b"\xca\xfe\xba\xbe\0\0\0\x3d", "Java class, Java 17"),
            (b"\xca\xfe\xba\xbe\0\0\0\x02\x01\0\0\x07", "Mach-O for 2 processors"),
            (b"\xcf\xfa\xed\xfe\x0c\0\0\x01\0\0\0\0\x02\0\0\0", "Mach-O ARM64 executable"),
            (
                b"\xa7\x0d\r\n\0\0\0\0\x80\x51\x01\0\x10\0\0\0",
                "Python 3.11 bytecode, source of 1970-01-02, 16 B",
            ),
            (b"\xcb\x0d\r\n\x03\0\0\0abcdefgh", "Python 3.12 bytecode, source identified by its hash"),
            (b"\x03\xf3\r\n\0\0\0\0", "Python 2.7 bytecode"),
            (&windows_program, "Windows PE32+ x86-64 console program"),
            (&windows_program[..64], "DOS program"),
            (b"\0asm\x01\0\0\0", "WebAssembly module"),
        ],
    );
}

/// A 64-bit little-endian ELF file from program headers and sections: type, content, and the place of
/// a section's name in the last one.
fn elf(kind: u8, segments: &[(u8, &[u8])], sections: &[(u8, &[u8], u8)]) -> Vec<u8> {
    let (mut rows, mut contents) = ([Vec::new(), Vec::new()], Vec::new());
    let start = 64 + 56 * segments.len();
    let at = |contents: &Vec<u8>| ((start + contents.len()) as u64).to_le_bytes();
    for (kind, content) in segments {
        let size = (content.len() as u64).to_le_bytes();
        rows[0].extend(join(&[&[*kind, 0, 0, 0, 0, 0, 0, 0], &at(&contents), &[0; 16], &size, &[0; 16]]));
        contents.extend_from_slice(content);
    }
    for (kind, content, name) in sections {
        let size = (content.len() as u64).to_le_bytes();
        let start = [*name, 0, 0, 0, *kind, 0, 0, 0];
        rows[1].extend(join(&[&start, &[0; 16], &at(&contents), &size, &[0; 24]]));
        contents.extend_from_slice(content);
    }
    let count = |of: usize| u8::try_from(of).expect("few");
    let (segments, sections) = (count(segments.len()), count(sections.len()));
    join(&[
        b"\x7fELF\x02\x01\x01",
        &[0; 9],
        &[kind, 0, 62, 0],
        &[0; 12],
        &[64, 0, 0, 0, 0, 0, 0, 0],
        &at(&contents),
        &[0, 0, 0, 0, 64, 0, 56, 0, segments, 0, 64, 0, sections, 0],
        &[sections.saturating_sub(1), 0],
        &rows[0],
        &contents,
        &rows[1],
    ])
}

#[test]
fn an_elf_file_shows_its_linkage() {
    let dynamic = |rows: &[[u64; 2]]| -> Vec<u8> {
        rows.iter().flatten().flat_map(|word| word.to_le_bytes()).collect()
    };
    let needs = dynamic(&[[1, 5], [0, 0]]);
    let pie = dynamic(&[[0x6fff_fffb, 0x0800_0000], [0, 0]]);
    let library = dynamic(&[[14, 7], [0, 0]]);
    let interpreter = b"/lib/ld-musl.so\0";
    let named = [(1, &b"x"[..], 7), (1, b"x", 19), (3, b"\0.text\0.debug_info\0.go.buildinfo\0", 0)];
    let with_symbols = [&[(2, &b""[..], 0)], &named[..]].concat();
    for (bytes, summary) in [
        (elf(2, &[], &[]), "ELF 64-bit x86-64 executable, statically linked, stripped"),
        (elf(2, &[], &[(2, b"symbols", 0)]), "ELF 64-bit x86-64 executable, statically linked, not stripped"),
        (
            elf(3, &[(3, interpreter), (2, &needs)], &with_symbols),
            "ELF 64-bit x86-64 executable (PIE), dynamically linked, interpreter /lib/ld-musl.so, not stripped (strip removes 115 B), with debug information, built with Go",
        ),
        (elf(3, &[(2, &pie)], &[]), "ELF 64-bit x86-64 executable (PIE), statically linked, stripped"),
        (elf(3, &[(2, &library)], &[]), "ELF 64-bit x86-64 shared library, dynamically linked, stripped"),
        (elf(1, &[], &[]), "ELF 64-bit x86-64 object"),
    ] {
        assert_eq!(kind(&bytes), Kind { form: Form::Binary, summary: summary.to_owned() });
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_test_program_itself_is_recognised() {
    #[expect(clippy::disallowed_methods, reason = "the test itself is the file to recognise")]
    let program = std::fs::read("/proc/self/exe").expect("this program");
    let summary = kind(&program).summary;
    assert!(summary.starts_with("ELF 64-bit "), "{summary}");
    assert!(summary.contains("ly linked") && summary.contains(", not stripped"), "{summary}");
}

/// Starts of files that make the reader read further.
const STARTS: [&[u8]; 18] = [
    b"\x7fELF\x02\x01",
    b"\x7fELF\x01\x02",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x01\x02",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"MZ",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"!<arch>\ndebian-binary   ",
    b"\xed\xab\xee\xdb",
    b"#!",
    b"-----BEGIN ",
    b"SQLite format 3\0",
    b"%PDF-",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_have_a_short_and_safe_description(
        start in 0..STARTS.len() + 1, bytes in proptest::collection::vec(any::<u8>(), 0..700), tail in any::<bool>(),
    ) {
        let start = STARTS.get(start).copied().unwrap_or_default();
        let end: &[u8] = if tail { b"PK\x05\x06\0\0\0\0\0\0\x02\0\0\0\0\0\x04\0\0\0" } else { b"" };
        let kind = kind(&join(&[start, &bytes, end]));
        prop_assert!(!kind.summary.chars().any(is_unsafe_to_show), "{:?}", kind.summary);
        prop_assert!(kind.summary.len() < 1000, "{:?}", kind.summary);
    }

    #[test]
    fn an_elf_file_with_a_changed_byte_never_panics(at in 0_usize..400, byte in any::<u8>(), cut in 0_usize..500) {
        let names = (3, &b"\0.debug_info\0"[..], 0);
        let mut bytes = elf(3, &[(3, b"/lib/ld.so\0"), (2, &[1; 48])], &[(2, b"", 0), names]);
        if let Some(changed) = bytes.get_mut(at) {
            *changed = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        prop_assert!(!kind(&bytes).summary.chars().any(is_unsafe_to_show));
    }
}

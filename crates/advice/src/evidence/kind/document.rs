//! Pictures, documents, databases, and formats with a magic number.

use dockopt_core::quantity::count;

use super::text::is_text;
use crate::evidence::content::{Content, PART, position};
use crate::evidence::values::{Values, name};

/// Formats that are recognised by their magic number alone. Some numbers are letters that may start
/// a text.
const OTHERS: [(&[u8], &str); 20] = [
    (b"\0asm", "WebAssembly module"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"MSCF\0\0\0\0", "Windows cabinet"),
    (b"070701", "cpio archive"),
    (b"070702", "cpio archive"),
    (b"hsqs", "SquashFS file system"),
    (b"QFI\xfb", "QEMU disk image"),
    (b"TZif", "time zone"),
    (b"\xde\x12\x04\x95", "gettext translations"),
    (b"\x95\x04\x12\xde", "gettext translations"),
    (b"OTTO", "OpenType font"),
    (b"\0\x01\0\0\0", "TrueType font"),
    (b"wOFF", "WOFF font"),
    (b"wOF2", "WOFF2 font"),
    (b"\0\0\x01\0", "icon"),
    (b"OggS", "Ogg media"),
    (b"PAR1", "Parquet table"),
    (b"\x89HDF\r\n\x1a\n", "HDF5 data"),
];

/// Describes a file by its magic number alone.
pub(super) fn other(head: &[u8]) -> Option<String> {
    let found = OTHERS.iter().find(|(magic, _)| head.starts_with(magic));
    found.filter(|_| !is_text(head)).map(|(_, what)| (*what).to_owned())
}

/// Describes a picture, with its size.
pub(super) fn picture<C: Content>(content: &mut C, head: &[u8]) -> Result<Option<String>, C::Error> {
    if head.starts_with(b"\xff\xd8\xff") {
        let size = jpeg_size(&content.read(0, PART)?);
        let size = size.map(|(width, height)| format!(", {width} × {height}"));
        return Ok(Some(format!("JPEG picture{}", size.unwrap_or_default())));
    }
    let (big, little) = (Values::big(head), Values::little(head));
    let (what, size) = if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("PNG", big.u32(16).zip(big.u32(20)))
    } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        ("GIF", little.u16(6).zip(little.u16(8)))
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        ("WebP", None)
    } else {
        return Ok(None);
    };
    let size = size.map(|(width, height)| format!(", {width} × {height}"));
    Ok(Some(format!("{what} picture{}", size.unwrap_or_default())))
}

/// Returns width and height from the segment that starts the frame.
fn jpeg_size(bytes: &[u8]) -> Option<(u64, u64)> {
    let values = Values::big(bytes);
    let mut at = 2;
    loop {
        let marker = values.u16(at)?;
        match marker {
            0xffc0..=0xffcf if !matches!(marker, 0xffc4 | 0xffc8 | 0xffcc) => {
                return values.u16(at + 7).zip(values.u16(at + 5));
            }
            0xff01..=0xfffe => at += 2 + position(values.u16(at + 2)?),
            _ => return None,
        }
    }
}

/// Describes a PDF document by its version.
pub(super) fn pdf(head: &[u8]) -> Option<String> {
    let rest = head.strip_prefix(b"%PDF-")?;
    let version = rest.split(|byte| !matches!(byte, b'0'..=b'9' | b'.')).next();
    Some(format!("PDF {}", name(version.unwrap_or_default())))
}

/// Describes an `SQLite` database by the size in its header.
pub(super) fn sqlite(head: &[u8]) -> Option<String> {
    head.strip_prefix(b"SQLite format 3\0")?;
    let values = Values::big(head);
    let page = values.u16(16).map(|bytes| if bytes == 1 { 65_536 } else { bytes })?;
    Some(format!("SQLite database, {} pages of {page} bytes", count(values.u32(28)?)))
}

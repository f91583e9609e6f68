//! Compressed files, with what their headers say about the content.

use dockopt_core::quantity::size;

use crate::evidence::content::Content;
use crate::evidence::values::{Values, date, name};

/// From this size on, the unpacked size may not fit into the four bytes of a gzip trailer.
const GZIP_SURE: u64 = 4 << 20;

/// Describes a gzip file (RFC 1952).
pub(super) fn gzip<C: Content>(content: &mut C, head: &[u8]) -> Result<Option<String>, C::Error> {
    if !head.starts_with(b"\x1f\x8b\x08") {
        return Ok(None);
    }
    let mut words = vec!["gzip".to_owned()];
    words.extend(gzip_name(head).map(|name| format!("of {name}")));
    let modified = Values::little(head).u32(4).filter(|modified| *modified > 0);
    words.extend(modified.map(date));
    let trailer = content.read(content.size().saturating_sub(4), 4)?;
    if let Some(unpacked) = Values::little(&trailer).u32(0).filter(|_| content.size() >= 18) {
        let modulo = if content.size() > GZIP_SURE { " modulo 4 GiB" } else { "" };
        words.push(format!("says {} unpacked{modulo}", size(unpacked)));
    }
    Ok(Some(words.join(", ")))
}

fn gzip_name(head: &[u8]) -> Option<String> {
    let flags = head.get(3)?;
    let extra = if flags & 4 == 0 { 0 } else { 2 + usize::try_from(Values::little(head).u16(10)?).ok()? };
    let bytes = head.get(10 + extra..)?;
    Some(name(bytes)).filter(|name| flags & 8 != 0 && !name.is_empty())
}

/// Describes a zstd file (RFC 8878).
pub(super) fn zstd(head: &[u8]) -> Option<String> {
    let values = Values::little(head);
    let magic = values.u32(0)?;
    if magic & 0xffff_fff0 == 0x184d_2a50 {
        return Some("zstd or lz4, starts with a skippable frame".to_owned());
    }
    if magic != 0xfd2f_b528 {
        return None;
    }
    let descriptor = *head.get(4)?;
    let is_single = descriptor & 0x20 != 0;
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied().unwrap_or(0);
    let at = 5 + usize::from(!is_single) + dictionary;
    let content = match descriptor >> 6 {
        0 if is_single => values.number(at, 1),
        0 => None,
        1 => values.u16(at).map(|rest| rest + 256),
        2 => values.u32(at),
        _ => values.number(at, 8),
    };
    let content = content.map(|bytes| format!(", says {} unpacked", size(bytes)));
    Some(format!("zstd{}", content.unwrap_or_default()))
}

/// Describes an xz file by its checksum.
pub(super) fn xz(head: &[u8]) -> Option<String> {
    let flags = head.strip_prefix(b"\xfd7zXZ\0")?;
    let check = match flags.get(1)? {
        0 => "no checksum",
        1 => "CRC-32",
        4 => "CRC-64",
        10 => "SHA-256",
        _ => "unknown checksum",
    };
    Some(format!("xz, {check}"))
}

/// Describes a bzip2 file by its block size.
pub(super) fn bzip2(head: &[u8]) -> Option<String> {
    let level = *head.strip_prefix(b"BZh")?.first()?;
    let is_block = head.get(4..10) == Some(b"1AY&SY") || head.get(4..10) == Some(b"\x17rE8P\x90");
    (level.is_ascii_digit() && is_block).then(|| format!("bzip2, blocks of {}00 kB", char::from(level)))
}

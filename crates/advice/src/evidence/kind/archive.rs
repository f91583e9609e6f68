//! Archives and packages, with their first names.

use crate::evidence::content::{Content, PART, length, position};
use crate::evidence::values::{Values, name, names};
use crate::evidence::zip::members;

/// The number of names to show.
const SHOWN: usize = 3;

/// The number of tar headers to read for them.
const HEADERS: usize = 16;

/// Bytes of a tar header, and of a block of its content.
const BLOCK: u64 = 512;

/// Describes a tar: POSIX `ustar` or older, recognised by its checksum.
pub(super) fn tar<C: Content>(content: &mut C, head: &[u8]) -> Result<Option<String>, C::Error> {
    if !is_tar_header(head) {
        return Ok(None);
    }
    let mut found = Vec::new();
    let mut at = 0;
    for _ in 0..HEADERS {
        let header = content.read(at, position(BLOCK))?;
        if !is_tar_header(&header) || found.len() > SHOWN {
            break;
        }
        // Members that describe the next one: long names, extended attributes.
        if !matches!(header.get(156), Some(b'x' | b'g' | b'L' | b'K' | b'X')) {
            found.push(tar_name(&header));
        }
        let size = tar_number(header.get(124..136).unwrap_or_default()).unwrap_or(0);
        at = at.saturating_add(BLOCK).saturating_add(size.div_ceil(BLOCK).saturating_mul(BLOCK));
    }
    let more = found.len() > SHOWN;
    found.truncate(SHOWN);
    Ok(Some(format!("tar archive: {}", names(&found, more))))
}

fn tar_name(header: &[u8]) -> String {
    let field =
        |from: usize, to: usize| header.get(from..to).unwrap_or_default().split(|byte| *byte == 0).next();
    let prefix =
        field(345, 500).filter(|prefix| !prefix.is_empty() && header.get(257..263) == Some(b"ustar\0"));
    let base = field(0, 100).unwrap_or_default();
    name(&prefix.map_or(base.to_vec(), |prefix| [prefix, base].join(&b'/')))
}

fn is_tar_header(header: &[u8]) -> bool {
    let Some(header) = header.get(..position(BLOCK)) else {
        return false;
    };
    let stated = header.get(148..156).and_then(tar_number);
    let sum =
        |(at, byte): (usize, &u8)| if (148..156).contains(&at) { u64::from(b' ') } else { u64::from(*byte) };
    header.first().is_some_and(|first| *first != 0)
        && stated == Some(header.iter().enumerate().map(sum).sum())
}

/// Parses an octal number, or a binary one if the highest bit is set.
fn tar_number(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|first| *first & 0x80 != 0) {
        return Values::big(field).number(field.len().checked_sub(8)?, 8);
    }
    let digits = field.iter().skip_while(|byte| **byte == b' ').take_while(|byte| byte.is_ascii_digit());
    let digits: String = digits.map(|byte| char::from(*byte)).collect();
    u64::from_str_radix(&digits, 8).ok()
}

/// Describes a zip file. Many formats are zip files with certain members.
pub(super) fn zip<C: Content>(content: &mut C, head: &[u8]) -> Result<Option<String>, C::Error> {
    if !head.starts_with(b"PK\x03\x04") && !head.starts_with(b"PK\x05\x06") {
        return Ok(None);
    }
    let start = content.size().saturating_sub(length(PART));
    let tail = content.read(start, PART)?;
    let record = tail.windows(4).rposition(|bytes| bytes == b"PK\x05\x06");
    let Some(record) = record.and_then(|at| tail.get(at..)) else {
        return Ok(Some("zip archive without an end record".to_owned()));
    };
    let values = Values::little(record);
    let (count, at) = (values.u16(10).unwrap_or(0), values.u32(16).unwrap_or(0));
    let mut found: Vec<String> =
        members(&content.read(at, PART)?).iter().map(|member| name(&member.name)).collect();
    let what = zip_purpose(&found, &tail);
    if what == "Java archive" {
        found.retain(|name| !name.starts_with("META-INF/"));
    }
    let more = found.len() > SHOWN;
    found.truncate(SHOWN);
    let entries = if count == 1 { "entry" } else { "entries" };
    let list = if found.is_empty() { String::new() } else { format!(": {}", names(&found, more)) };
    Ok(Some(format!("{what}, {count} {entries}{list}")))
}

fn zip_purpose(names: &[String], tail: &[u8]) -> &'static str {
    let holds = |wanted: &str| names.iter().any(|name| name == wanted);
    // The description of a wheel is at its end, and the directory of a large wheel may not be read
    // to its end; other formats have theirs at the start.
    if tail.windows(16).any(|bytes| bytes == b".dist-info/WHEEL") {
        "Python wheel"
    } else if holds("AndroidManifest.xml") {
        "Android package"
    } else if holds("META-INF/MANIFEST.MF") {
        "Java archive"
    } else if holds("[Content_Types].xml") {
        "Office document"
    } else {
        "zip archive"
    }
}

/// Describes an `ar` archive: a Debian package or a library.
pub(super) fn ar(head: &[u8]) -> Option<String> {
    let first = head.strip_prefix(b"!<arch>\n")?;
    let member = first.get(..16).unwrap_or(first);
    if !member.starts_with(b"debian-binary") {
        return Some("ar archive, static library".to_owned());
    }
    // 60 bytes of header, 4 bytes of version, and the next header.
    let control = first.get(64..80).unwrap_or_default().trim_ascii_end();
    Some(format!("Debian package, {}", name(control)))
}

/// Describes an RPM package.
pub(super) fn rpm(head: &[u8]) -> Option<String> {
    head.strip_prefix(b"\xed\xab\xee\xdb")?;
    let source = if Values::big(head).u16(6)? == 1 { " source" } else { "" };
    Some(format!("RPM{source} package {}", name(head.get(10..76)?)))
}

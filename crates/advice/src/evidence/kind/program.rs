//! Programs that are not ELF: Java, Python, Windows, macOS.

use dockopt_core::quantity::size;

use super::text::is_text;
use crate::evidence::content::{Content, position};
use crate::evidence::values::{Values, date};

/// The last magic number of each version of Python 3, from 3.0.
const PYTHON: [u64; 15] =
    [3131, 3151, 3180, 3230, 3310, 3351, 3379, 3394, 3413, 3425, 3439, 3495, 3531, 3571, 3627];

/// Describes a Java class by the version that it needs.
pub(super) fn java(head: &[u8]) -> Option<String> {
    let major = Values::big(head.strip_prefix(b"\xca\xfe\xba\xbe")?).u16(2)?;
    // A macOS program for several processors has the same magic number, followed by their small
    // count.
    (major >= 45).then(|| match major {
        45..49 => format!("Java class, Java 1.{}", major - 44),
        _ => format!("Java class, Java {}", major - 44),
    })
}

/// Describes Python bytecode by its version and source (PEP 552).
pub(super) fn python(head: &[u8]) -> Option<String> {
    let values = Values::little(head);
    let magic = values.u16(0)?;
    if head.get(2..4)? != b"\r\n" {
        return None;
    }
    let version = match magic {
        62_211 => "2.7".to_owned(),
        3000..3700 => format!("3.{}", PYTHON.iter().filter(|last| **last < magic).count()),
        _ => return None,
    };
    let source = match (values.u32(4), values.u32(8), values.u32(12)) {
        (Some(0), Some(modified), Some(bytes)) if magic < 4000 => {
            format!(", source of {}, {}", date(modified), size(bytes))
        }
        (Some(flags), ..) if flags & 1 != 0 && magic < 4000 => ", source identified by its hash".to_owned(),
        _ => String::new(),
    };
    Some(format!("Python {version} bytecode{source}"))
}

/// Describes a Windows program.
pub(super) fn windows_program<C: Content>(content: &mut C, head: &[u8]) -> Result<Option<String>, C::Error> {
    if !head.starts_with(b"MZ") || head.len() < 64 || is_text(head) {
        return Ok(None);
    }
    let at = Values::little(head).u32(60).unwrap_or(0);
    let header = content.read(at, 24 + 72)?;
    if !header.starts_with(b"PE\0\0") {
        return Ok(Some("DOS program".to_owned()));
    }
    let values = Values::little(&header);
    let format = if values.u16(24) == Some(0x20b) { "PE32+" } else { "PE32" };
    let machine = match values.u16(4) {
        Some(0x14c) => "x86",
        Some(0x8664) => "x86-64",
        Some(0xaa64) => "ARM64",
        Some(0x1c0 | 0x1c4) => "ARM",
        Some(0xebc) => "EFI byte code",
        _ => "unknown machine",
    };
    let is_library = values.u16(22).is_some_and(|flags| flags & 0x2000 != 0);
    let purpose = match values.u16(24 + 68) {
        _ if is_library => "library",
        Some(1) => "driver",
        Some(2) => "GUI program",
        Some(3) => "console program",
        Some(10..=13) => "EFI program",
        _ => "program",
    };
    Ok(Some(format!("Windows {format} {machine} {purpose}")))
}

/// Describes a macOS program.
pub(super) fn mach(head: &[u8]) -> Option<String> {
    let values = match Values::big(head).u32(0)? {
        0xfeed_face | 0xfeed_facf => Values::big(head),
        0xcefa_edfe | 0xcffa_edfe => Values::little(head),
        0xcafe_babe => {
            let count = position(Values::big(head).u32(4)?);
            return (1..45).contains(&count).then(|| format!("Mach-O for {count} processors"));
        }
        _ => return None,
    };
    let machine = match values.u32(4)? {
        7 => "x86",
        12 => "ARM",
        0x0100_0007 => "x86-64",
        0x0100_000c => "ARM64",
        _ => "unknown machine",
    };
    let purpose = match values.u32(12)? {
        1 => "object",
        2 => "executable",
        6 => "library",
        8 => "bundle",
        10 => "debug information",
        _ => "file",
    };
    Some(format!("Mach-O {machine} {purpose}"))
}

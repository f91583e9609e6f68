//! Zip archives, as jars are.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Builds an archive from names, contents and whether to compress them.
///
/// # Panics
///
/// Panics if it has more than 65,535 members or 4 GiB.
pub fn zip(members: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let (mut bytes, mut rows) = (Vec::new(), Vec::new());
    for (name, content, is_packed) in members {
        let method = if *is_packed { 8_u16 } else { 0 };
        let packed = if *is_packed { deflated(content) } else { content.to_vec() };
        let number = |value: usize| u32::try_from(value).expect("small").to_le_bytes();
        let at = number(bytes.len());
        let sizes = [&[0; 4][..], &number(packed.len()), &number(content.len())].concat();
        let names = [&number(name.len())[..2], &[0, 0]].concat();
        let common = [&[20, 0, 0, 0][..], &method.to_le_bytes(), &[0; 4], &sizes, &names].concat();
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat());
        rows.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10], &at, name.as_bytes()].concat());
    }
    let count = u16::try_from(members.len()).expect("few").to_le_bytes();
    let number = |value: usize| u32::try_from(value).expect("small").to_le_bytes();
    let (size, at) = (number(rows.len()), number(bytes.len()));
    bytes.extend([&rows[..], b"PK\x05\x06\0\0\0\0", &count, &count, &size, &at, &[0, 0]].concat());
    bytes
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

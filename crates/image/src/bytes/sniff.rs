//! Format detection by the first 512 bytes.
//!
//! Media types and file names are unreliable; magic bytes decide.

use tar::Header;

/// Detected format of a blob, an archive member or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    Tar,
    Gzip,
    Zstd,
    /// Another compression, which is not supported.
    Other(&'static str),
    Json,
    Empty,
    Unknown,
}

impl Looks {
    /// Detects the format from the first bytes (512 are enough).
    pub(crate) fn at(start: &[u8]) -> Self {
        match start {
            [] => Self::Empty,
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            // Before the short magic of bzip2: the first name in a tar may start with it.
            _ if is_tar(start) => Self::Tar,
            [b'B', b'Z', b'h', ..] => Self::Other("bzip2"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Other("xz"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Other("lz4"),
            [b'L', b'Z', b'I', b'P', ..] => Self::Other("lzip"),
            _ if is_json(start) => Self::Json,
            _ => Self::Unknown,
        }
    }

    /// Returns whether this can be the format of a layer.
    pub(crate) fn is_layer(self) -> bool {
        matches!(self, Self::Tar | Self::Gzip | Self::Zstd)
    }

    /// Returns why a file of this format is not an image archive.
    pub(crate) fn not_an_archive(self) -> String {
        let reason = match self {
            Self::Other(with) => {
                return format!("it is compressed with {with}, which is not supported; gzip and zstd are");
            }
            Self::Empty => "it is empty",
            Self::Json => "it is JSON; an image is an archive or a directory with blobs",
            Self::Tar | Self::Gzip | Self::Zstd | Self::Unknown => "it is not a tar archive",
        };
        reason.to_owned()
    }
}

fn is_tar(start: &[u8]) -> bool {
    let Some(block) = start.get(..512) else {
        return false;
    };
    let mut header = Header::new_old();
    header.as_mut_bytes().copy_from_slice(block);
    block.iter().all(|&byte| byte == 0) || has_valid_checksum(&header)
}

/// Returns whether a block is a tar header with a valid checksum. Some old writers summed signed
/// bytes.
pub(crate) fn has_valid_checksum(header: &Header) -> bool {
    let Ok(expected) = header.cksum() else {
        return false;
    };
    let bytes = header.as_bytes();
    // The checksum field itself counts as eight spaces.
    let own = bytes.get(148..156).unwrap_or_default();
    let unsigned = |bytes: &[u8]| bytes.iter().map(|&byte| u32::from(byte)).sum::<u32>();
    if unsigned(bytes) - unsigned(own) + 256 == expected {
        return true;
    }
    let signed = |bytes: &[u8]| bytes.iter().map(|&byte| i64::from(byte.cast_signed())).sum::<i64>();
    signed(bytes) - signed(own) + 256 == i64::from(expected)
}

fn is_json(start: &[u8]) -> bool {
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_determine_the_format() {
        assert_eq!(Looks::at(b""), Looks::Empty);
        assert_eq!(Looks::at(b"\x1f\x8b\x08"), Looks::Gzip);
        assert_eq!(Looks::at(b"\x28\xb5\x2f\xfd"), Looks::Zstd);
        assert_eq!(Looks::at(b"\x5a\x2a\x4d\x18"), Looks::Zstd, "a skippable frame");
        assert_eq!(Looks::at(b"\xfd7zXZ\0"), Looks::Other("xz"));
        assert_eq!(Looks::at(b"BZh91AY&SY"), Looks::Other("bzip2"));
        assert_eq!(Looks::at(b"\x04\x22\x4d\x18"), Looks::Other("lz4"));
        assert_eq!(Looks::at(b"LZIP\x01"), Looks::Other("lzip"));
        assert_eq!(Looks::at(b"\n {}"), Looks::Json);
        assert_eq!(Looks::at(b"#!/bin/sh"), Looks::Unknown);
        assert_eq!(Looks::at(&[0; 512]), Looks::Tar, "an empty tar");
        assert_eq!(Looks::at(&[b'a'; 512]), Looks::Unknown);
        let mut header = Header::new_old();
        header.set_cksum();
        assert_eq!(Looks::at(header.as_bytes()), Looks::Tar, "without a magic number");
    }
}

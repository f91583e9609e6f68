//! An entry as dive sees it.

use crate::model::entry::EntryKind;
use crate::tree::Record;

/// The file type of a directory in a mode, as in `stat.h`.
const DIRECTORY_BITS: u32 = 0o040_000;

/// Whether dive treats an entry as a directory: because of its type or its mode.
pub(super) fn is_directory(record: &Record) -> bool {
    record.kind == EntryKind::Directory || record.mode & !0o7777 == DIRECTORY_BITS
}

/// Returns the mode of an entry as an `os.FileMode`.
pub(super) fn file_mode(record: &Record) -> u32 {
    const DIRECTORY: u32 = 1 << 31;
    const SYMLINK: u32 = 1 << 27;
    const DEVICE: u32 = 1 << 26;
    const PIPE: u32 = 1 << 25;
    const SOCKET: u32 = 1 << 24;
    const CHARACTER: u32 = 1 << 21;
    let mode = record.mode;
    let special = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];
    let special = special.iter().filter(|(bit, _)| mode & bit != 0);
    let special = special.fold(0, |sum, (_, bit)| sum | bit);
    // A mode with bits beyond those of `stat.h` has no file type.
    let from_mode = match mode & !0o7777 {
        DIRECTORY_BITS => DIRECTORY,
        0o010_000 => PIPE,
        0o120_000 => SYMLINK,
        0o060_000 => DEVICE,
        0o020_000 => DEVICE | CHARACTER,
        0o140_000 => SOCKET,
        _ => 0,
    };
    let from_type = match record.type_flag {
        b'2' => SYMLINK,
        b'3' => DEVICE | CHARACTER,
        b'4' => DEVICE,
        b'5' => DIRECTORY,
        b'6' => PIPE,
        _ => 0,
    };
    mode & 0o777 | special | from_mode | from_type
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dive::fixtures::record;

    #[test]
    fn file_modes_combine_type_flag_and_mode() {
        let mode = |type_flag, mode| file_mode(&record(type_flag, mode));
        assert_eq!(mode(b'0', 0o644), 420);
        assert_eq!(mode(b'5', 0o755), 2_147_484_141);
        assert_eq!(mode(b'2', 0o644), 134_218_148);
        assert_eq!(mode(b'3', 0o644), 69_206_436);
        assert_eq!(mode(b'4', 0o644), 67_109_284);
        assert_eq!(mode(b'6', 0o644), 33_554_852);
        assert_eq!(mode(b'0', 0o107_755), 13_631_981);
        assert_eq!(mode(b'0', 0o1_040_644), 420);
    }
}

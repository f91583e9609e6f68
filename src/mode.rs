//! Type and permissions of a file, as `ls -l` writes them.

use dockopt_core::entry::EntryKind;

/// Returns the type letter and the permissions: `drwxr-xr-x`.
pub(crate) fn mode(kind: EntryKind, mode: u32) -> String {
    let letter = match kind {
        EntryKind::Directory => 'd',
        EntryKind::Symlink => 'l',
        EntryKind::CharDevice => 'c',
        EntryKind::BlockDevice => 'b',
        EntryKind::Fifo => 'p',
        EntryKind::File | EntryKind::HardLink | EntryKind::Unknown => '-',
    };
    let mut text = String::with_capacity(10);
    text.push(letter);
    for (shift, special, set, unset) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')]
    {
        let bits = mode >> shift;
        text.push(if bits & 4 == 0 { '-' } else { 'r' });
        text.push(if bits & 2 == 0 { '-' } else { 'w' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => set,
            (false, true) => unset,
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_look_like_ls() {
        assert_eq!(mode(EntryKind::Directory, 0o1777), "drwxrwxrwt");
        assert_eq!(mode(EntryKind::File, 0o4755), "-rwsr-xr-x");
        assert_eq!(mode(EntryKind::File, 0o2644), "-rw-r-Sr--");
        assert_eq!(mode(EntryKind::Symlink, 0o777), "lrwxrwxrwx");
    }
}

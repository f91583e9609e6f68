//! Paths as layers write them.

/// Removes leading `/` and `./` of a path.
pub(crate) fn clean(path: &[u8]) -> &[u8] {
    let mut path = path;
    loop {
        path = match path {
            [b'/', rest @ ..] | [b'.', b'/', rest @ ..] => rest,
            _ => return path,
        };
    }
}

/// Iterates over the lines of a list of paths that are not empty.
pub(crate) fn lines(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = list.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.filter(|line| !line.is_empty())
}

/// Returns the last component of a path and the one before it; empty if there is none.
pub(crate) fn tail(path: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = clean(path).rsplit(|&byte| byte == b'/');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

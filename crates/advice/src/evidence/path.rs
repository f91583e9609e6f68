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

/// Returns the last component of a path and the one before it; empty if there is none.
pub(crate) fn tail(path: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = clean(path).rsplit(|&byte| byte == b'/');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

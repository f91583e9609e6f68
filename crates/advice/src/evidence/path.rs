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

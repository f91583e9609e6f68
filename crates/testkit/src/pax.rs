//! PAX extended header records: `LENGTH KEY=VALUE\n`, where the length includes its own digits
//! (POSIX.1-2001, pax).

/// Encodes one record.
pub(crate) fn record(key: &str, value: &[u8]) -> Vec<u8> {
    // One space, one equals sign and one newline, besides key and value.
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    let mut bytes = format!("{length} {key}=").into_bytes();
    bytes.extend_from_slice(value);
    bytes.push(b'\n');
    bytes
}

/// Encodes records in the given order; keys may repeat.
pub(crate) fn records<K: AsRef<str>, V: AsRef<[u8]>>(records: &[(K, V)]) -> Vec<u8> {
    records.iter().flat_map(|(key, value)| record(key.as_ref(), value.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_counts_its_own_digits() {
        assert_eq!(record("a", b"b"), b"6 a=b\n");
        for size in 0..2000 {
            let bytes = record("key", &vec![b'x'; size]);
            let text = std::str::from_utf8(&bytes).unwrap();
            let (length, _) = text.split_once(' ').unwrap();
            assert_eq!(length.parse::<usize>().unwrap(), bytes.len());
        }
    }
}

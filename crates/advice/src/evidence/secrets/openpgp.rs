//! Secret keys of `OpenPGP` (RFC 4880, section 5.5.3; RFC 9580).

/// Whether the first secret key in some packets has no passphrase.
pub(super) fn is_unprotected(bytes: &[u8]) -> bool {
    usage(bytes) == Some(0)
}

/// Returns the octet that tells how the first secret key is protected.
fn usage(bytes: &[u8]) -> Option<u8> {
    let body = secret_key(bytes)?;
    let [version, _, _, _, _, algorithm, rest @ ..] = body else { return None };
    let rest = match version {
        4 => rest,
        // The length of the public part.
        5 | 6 => rest.get(4..)?,
        _ => return None,
    };
    let after = match algorithm {
        1..=3 => numbers(rest, 2)?,
        16 => numbers(rest, 3)?,
        17 => numbers(rest, 4)?,
        // ECDH has the parameters of its key derivation after the point.
        18 => {
            let point = numbers(curve(rest)?, 1)?;
            point.get(1 + usize::from(*point.first()?)..)?
        }
        19 | 22 => numbers(curve(rest)?, 1)?,
        25 | 27 => rest.get(32..)?,
        26 => rest.get(56..)?,
        28 => rest.get(57..)?,
        _ => return None,
    };
    after.first().copied()
}

/// Skips the name of a curve.
fn curve(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(1 + usize::from(*bytes.first()?)..)
}

/// Skips some numbers, each with its length in bits.
fn numbers(mut bytes: &[u8], count: usize) -> Option<&[u8]> {
    for _ in 0..count {
        let bits = u16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]);
        bytes = bytes.get(2 + usize::from(bits.div_ceil(8))..)?;
    }
    Some(bytes)
}

/// Returns the content of the first secret key (packet 5), which comes first in an export.
fn secret_key(bytes: &[u8]) -> Option<&[u8]> {
    let tag = *bytes.first()?;
    let (kind, header) = if tag & 0x40 != 0 {
        let first = *bytes.get(1)?;
        (
            tag & 0x3f,
            match first {
                0..192 => 2,
                192..224 => 3,
                _ => 6,
            },
        )
    } else {
        (
            (tag >> 2) & 0xf,
            match tag & 3 {
                0 => 2,
                1 => 3,
                2 => 5,
                _ => 1,
            },
        )
    };
    (kind == 5).then(|| bytes.get(header..))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protection_of_an_rsa_key_is_read() {
        let key = |usage: u8| {
            let numbers = [0, 8, 0xff, 0, 9, 1, 1];
            let body = [&[4, 0, 0, 0, 0, 1][..], &numbers, &[usage, 1, 2]].concat();
            [&[0x94, u8::try_from(body.len()).expect("short")][..], &body].concat()
        };
        assert!(is_unprotected(&key(0)));
        assert!(!is_unprotected(&key(254)));
        assert!(!is_unprotected(b"") && !is_unprotected(&[0x94, 1, 4]));
    }
}

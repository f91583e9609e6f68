//! PAX records and GNU long names: extension headers that describe the next member.
//!
//! A record is `LENGTH KEY=VALUE\n`. Values are bytes and may contain line breaks, so records are
//! split by their length.

use dockopt_core::entry::Timestamp;

use super::error::TarErrorKind;
use super::map::MAX_SEGMENTS;
use crate::bytes::hash::Hasher;

/// Maximum size of one member's extended attributes that are kept: 16 MiB.
const MAX_KEPT: u64 = 16 << 20;

/// Extensions of the next member.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) long_name: Option<Vec<u8>>,
    pub(super) long_link: Option<Vec<u8>>,
    pub(super) path: Option<Vec<u8>>,
    pub(super) link_path: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    pub(super) modified: Option<Timestamp>,
    pub(super) sparse_name: Option<Vec<u8>>,
    pub(super) sparse_size: Option<u64>,
    /// Digest over the hole map, as far as PAX records contain it.
    pub(super) holes: Option<u128>,
    /// Whether the map is stored before the data.
    map_in_data: bool,
    /// The numbers of the hole map, if they are to be kept.
    map: Option<Vec<u64>>,
    /// The extended attributes as written, if they are to be kept.
    kept: Option<Vec<(Vec<u8>, Vec<u8>)>>,
    kept_bytes: u64,
    /// Digest of each extended attribute; their order in the header is irrelevant.
    attributes: Vec<u128>,
    hasher: Option<Hasher>,
    any: bool,
}

impl Extensions {
    pub(super) fn clear(&mut self) {
        if self.any || self.long_name.is_some() || self.long_link.is_some() {
            *self = Self { map: self.map.take(), kept: self.kept.take(), ..Self::default() };
        }
        if let Some(map) = &mut self.map {
            map.clear();
        }
        if let Some(kept) = &mut self.kept {
            kept.clear();
        }
        self.kept_bytes = 0;
    }

    /// Keeps the numbers of hole maps from now on.
    pub(super) fn keep_map(&mut self) {
        self.map = Some(Vec::new());
    }

    /// Keeps extended attributes from now on.
    pub(super) fn keep_attributes(&mut self) {
        self.kept = Some(Vec::new());
    }

    /// Takes the extended attributes of the next member, sorted by key; of duplicate keys, the last
    /// value.
    pub(super) fn take_attributes(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut attributes = self.kept.as_mut().map(std::mem::take).unwrap_or_default();
        attributes.reverse();
        attributes.sort_by(|one, other| one.0.cmp(&other.0));
        attributes.dedup_by(|one, kept| one.0 == kept.0);
        attributes
    }

    /// Keeps an extended attribute, if they are to be kept.
    fn keep_attribute(&mut self, key: &[u8], value: &[u8]) -> Result<(), TarErrorKind> {
        let Some(kept) = &mut self.kept else { return Ok(()) };
        self.kept_bytes += key.len() as u64 + value.len() as u64;
        if self.kept_bytes > MAX_KEPT {
            return Err(TarErrorKind::ExtensionTooLarge { size: self.kept_bytes });
        }
        kept.push((key.to_vec(), value.to_vec()));
        Ok(())
    }

    /// Adds a number of a hole map; above the limit, adds one that makes the map invalid.
    pub(super) fn push_map(&mut self, number: u64) {
        match &mut self.map {
            Some(map) if map.len() < 2 * MAX_SEGMENTS => map.push(number),
            Some(map) if map.len() == 2 * MAX_SEGMENTS => map.push(u64::MAX),
            _ => {}
        }
    }

    /// Takes the numbers of the hole map, as far as headers contain it.
    pub(super) fn take_map(&mut self) -> Vec<u64> {
        self.map.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Returns whether the hole map is stored before the data.
    pub(super) fn map_is_in_data(&self) -> bool {
        self.map_in_data
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.any && self.long_name.is_none() && self.long_link.is_none()
    }

    /// Returns the digest over all extended attributes, if there are any.
    pub(super) fn xattrs(&mut self) -> Option<u128> {
        let hasher = self.hasher.as_ref().filter(|_| !self.attributes.is_empty())?;
        self.attributes.sort_unstable();
        let mut state = hasher.start(None);
        for digest in &self.attributes {
            state.update(&digest.to_le_bytes());
        }
        Some(state.finish())
    }

    /// Parses the records of one extension header.
    pub(super) fn read_pax(&mut self, records: &[u8], hasher: &Hasher) -> Result<(), TarErrorKind> {
        self.any = true;
        self.hasher = Some(hasher.clone());
        let mut rest = records;
        // Some writers pad the block with NUL bytes and include them in the size.
        while rest.iter().any(|&byte| byte != 0) {
            let (key, value, after) = next_record(rest).ok_or(TarErrorKind::Pax)?;
            self.set(key, value, hasher)?;
            rest = after;
        }
        Ok(())
    }

    fn set(&mut self, key: &[u8], value: &[u8], hasher: &Hasher) -> Result<(), TarErrorKind> {
        // An empty value resets the key: the header's own field applies again.
        let given = Some(value).filter(|value| !value.is_empty());
        match key {
            b"path" => self.path = given.map(<[u8]>::to_vec),
            b"linkpath" => self.link_path = given.map(<[u8]>::to_vec),
            b"size" => self.size = given.map(number).transpose()?,
            b"uid" => self.uid = given.map(id).transpose()?,
            b"gid" => self.gid = given.map(id).transpose()?,
            b"mtime" => {
                let read = |value| timestamp(value).ok_or(TarErrorKind::Pax);
                self.modified = given.map(read).transpose()?;
            }
            b"GNU.sparse.name" => self.sparse_name = Some(value.to_vec()),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse_size = Some(number(value)?),
            b"GNU.sparse.major" => {
                self.holes = self.holes.or(Some(0));
                self.map_in_data = value == b"1";
            }
            b"GNU.sparse.map" | b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                let mut state = hasher.start(self.holes);
                state.update(value);
                state.update(b",");
                self.holes = Some(state.finish());
                self.keep_numbers(value);
            }
            _ if key.starts_with(b"SCHILY.xattr.") || key.starts_with(b"LIBARCHIVE.xattr.") => {
                let mut state = hasher.start(None);
                state.update(key);
                state.update(b"=");
                state.update(value);
                self.attributes.push(state.finish());
                self.keep_attribute(key, value)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Keeps comma-separated numbers, if the map is to be kept.
    fn keep_numbers(&mut self, value: &[u8]) {
        if self.map.is_some() {
            for text in value.split(|&byte| byte == b',') {
                self.push_map(number(text).unwrap_or(u64::MAX));
            }
        }
    }
}

fn next_record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().position(|&byte| byte == b' ')?;
    let length = usize::try_from(number(records.get(..space)?).ok()?).ok()?;
    let (record, after) = records.split_at_checked(length)?;
    let text = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = text.iter().position(|&byte| byte == b'=')?;
    Some((text.get(..equals)?, text.get(equals + 1..)?, after))
}

fn number(text: &[u8]) -> Result<u64, TarErrorKind> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(TarErrorKind::Pax)
}

/// Parses an owner; negative or too large values become the largest number.
fn id(text: &[u8]) -> Result<u32, TarErrorKind> {
    let id = number(text.strip_prefix(b"-").unwrap_or(text))?;
    let is_negative = text.starts_with(b"-") && id > 0;
    Ok(u32::try_from(id).ok().filter(|_| !is_negative).unwrap_or(u32::MAX))
}

/// Parses seconds with an optional fraction, possibly negative; nanoseconds always count upwards.
fn timestamp(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok()?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos: u32 = digits.parse().ok()?;
    if whole.starts_with('-') && nanos > 0 {
        return Some(Timestamp { seconds: seconds.checked_sub(1)?, nanos: 1_000_000_000 - nanos });
    }
    Some(Timestamp { seconds, nanos })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(records: &[u8]) -> Result<Extensions, TarErrorKind> {
        let mut extensions = Extensions::default();
        extensions.read_pax(records, &Hasher::with_seed(1)).map(|()| extensions)
    }

    #[test]
    fn values_may_contain_line_breaks() {
        let extensions = read(b"36 SCHILY.xattr.security.capability=\n"); // cut short: the length says 36
        assert!(extensions.is_err());
        let record = b"21 SCHILY.xattr.a=\n\n\n16 path=usr/bin\n";
        assert_eq!(record.len(), 37);
        let mut extensions = read(record).expect("two records");
        assert!(extensions.xattrs().is_some());
        assert_eq!(extensions.path.as_deref(), Some(&b"usr/bin"[..]));
    }

    #[test]
    fn times_keep_their_fraction() {
        assert_eq!(timestamp(b"12.5"), Some(Timestamp { seconds: 12, nanos: 500_000_000 }));
        assert_eq!(timestamp(b"-1.25"), Some(Timestamp { seconds: -2, nanos: 750_000_000 }));
        assert_eq!(
            timestamp(b"1700000000.1234567891"),
            Some(Timestamp { seconds: 1_700_000_000, nanos: 123_456_789 })
        );
        assert_eq!(timestamp(b"12.x"), None);
    }

    #[test]
    fn malformed_records_are_errors() {
        for bad in
            [&b"path=x\n"[..], b"99 path=x\n", b"9 path=xy\n", b"8 pathx\n", b"0 a=b\n", b"12 size=abcd\n"]
        {
            assert!(read(bad).is_err(), "{bad:?}");
        }
        assert!(read(b"9 path=x\n\0\0\0").is_ok());
    }

    #[test]
    fn order_of_attributes_does_not_matter() {
        let one = read(b"22 SCHILY.xattr.a=abc\n22 SCHILY.xattr.b=def\n").expect("records").xattrs();
        let other = read(b"22 SCHILY.xattr.b=def\n22 SCHILY.xattr.a=abc\n").expect("records").xattrs();
        assert_eq!(one, other);
    }
}

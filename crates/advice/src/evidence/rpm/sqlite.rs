//! The table `Packages` in a file of `SQLite` (sqlite.org/fileformat2.html), read without its
//! library: one table, in order, with no more page reads than the file has pages, twice.
//!
//! Changes that are still in a write-ahead log are not seen; rpm writes them back when it ends.

use super::super::content::{Content, position};
use super::super::values::Values;
use super::damage::Damage;

/// The first bytes of a file.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";
/// The length of the file header on the first page.
const FILE_HEADER: usize = 100;
/// Kinds of pages of tables.
const INNER: u8 = 5;
const LEAF: u8 = 13;
/// The longest row that is read: 16 MiB.
const LONGEST: u64 = 16 << 20;
/// The least bytes of a row beside its content: its place, its length and its number.
const ROW: u64 = 4;
/// The table and its column with headers, of which the first is the number of the package.
const TABLE: &[u8] = b"Packages";
const COLUMN: usize = 1;

/// Passes the header of each package to `take`. Fails if the file is damaged, after those that could
/// be read.
pub(super) fn read<C: Content>(content: &mut C, take: &mut dyn FnMut(&[u8])) -> Result<(), Damage> {
    let mut file = File::open(content)?;
    let mut root = None;
    file.rows(1, &mut |row| {
        let is_table = column(row, 0) == Some(b"table") && column(row, 1) == Some(TABLE);
        let number = column(row, 3).and_then(|bytes| Values::big(bytes).number(0, bytes.len()));
        if let Some(number) = number.filter(|_| is_table) {
            root = Some(number);
        }
    })?;
    let root = root.ok_or(Damage("it has no table `Packages`"))?;
    file.rows(root, &mut |row| {
        // A row that is damaged has no header of a package, which is noted.
        take(column(row, COLUMN).unwrap_or_default());
    })
}

struct File<'c, C> {
    content: &'c mut C,
    page_size: usize,
    /// Bytes of a page that are used.
    usable: usize,
    /// Page reads that are left.
    budget: u64,
    /// Bytes of rows that are left: rows do not share their bytes.
    left: u64,
}

impl<'c, C: Content> File<'c, C> {
    fn open(content: &'c mut C) -> Result<Self, Damage> {
        let header = content.read(0, FILE_HEADER).map_err(|_| Damage("it is too large"))?;
        let values = Values::big(&header);
        let page_size = match values.u16(16) {
            Some(1) => 65_536,
            Some(size) if size >= 512 && size.is_power_of_two() => position(size),
            _ => return Err(Damage("its page size is invalid")),
        };
        let reserved = header.get(20).copied().map_or(0, usize::from);
        let usable = page_size.checked_sub(reserved).filter(|usable| *usable >= 480);
        let usable = usable.ok_or(Damage("its page size is invalid"))?;
        let budget = 2 * content.size().div_ceil(page_size as u64);
        let left = content.size();
        Ok(Self { content, page_size, usable, budget, left })
    }

    /// Reads a page; they are counted from 1.
    fn page(&mut self, number: u64) -> Result<Vec<u8>, Damage> {
        self.budget = self.budget.checked_sub(1).ok_or(Damage("its pages form a circle"))?;
        let at = number.checked_sub(1).and_then(|before| before.checked_mul(self.page_size as u64));
        let at = at.ok_or(Damage("a page number is invalid"))?;
        let page = self.content.read(at, self.page_size).map_err(|_| Damage("it is too large"))?;
        if page.len() == self.page_size { Ok(page) } else { Err(Damage("a page is missing")) }
    }

    /// Passes the rows of the table with this root to `take`.
    fn rows(&mut self, root: u64, take: &mut dyn FnMut(&[u8])) -> Result<(), Damage> {
        let mut pending = vec![root];
        while let Some(number) = pending.pop() {
            let page = self.page(number)?;
            let start = if number == 1 { FILE_HEADER } else { 0 };
            let values = Values::big(&page);
            let cells = position(values.u16(start + 3).unwrap_or(0));
            let kind = page.get(start).copied();
            let pointers = start + if kind == Some(INNER) { 12 } else { 8 };
            let pointers = (0..cells).map(|cell| values.u16(pointers + 2 * cell).map_or(0, position));
            match kind {
                Some(INNER) => {
                    pending.extend(values.u32(start + 8));
                    let children: Vec<u64> = pointers.filter_map(|at| values.u32(at)).collect();
                    // The next page to read is the last one of the list.
                    pending.extend(children.into_iter().rev());
                    if pending.len() as u64 > self.budget {
                        return Err(Damage("its pages form a circle"));
                    }
                }
                Some(LEAF) => {
                    for at in pointers {
                        let row = self.row(page.get(at..).unwrap_or_default())?;
                        take(&row);
                    }
                }
                _ => return Err(Damage("a page is damaged")),
            }
        }
        Ok(())
    }

    /// Returns a row from its cell: its length, its number, its first bytes, and the page with more.
    fn row(&mut self, cell: &[u8]) -> Result<Vec<u8>, Damage> {
        let damaged = Damage("a row is damaged");
        let (length, rest) = varint(cell).ok_or(damaged)?;
        let (_, rest) = varint(rest).ok_or(damaged)?;
        if length > LONGEST {
            return Err(Damage("a row is too long"));
        }
        self.left = self.left.checked_sub(length + ROW).ok_or(Damage("its rows overlap"))?;
        let length = position(length);
        let local = self.local(length);
        let mut row = rest.get(..local).ok_or(damaged)?.to_vec();
        let mut next = Values::big(rest.get(local..).unwrap_or_default()).u32(0).unwrap_or(0);
        while row.len() < length {
            let page = self.page(next)?;
            next = Values::big(&page).u32(0).unwrap_or(0);
            let left = (length - row.len()).min(self.usable - 4);
            row.extend_from_slice(page.get(4..4 + left).ok_or(damaged)?);
        }
        Ok(row)
    }

    /// Returns how many bytes of a row are in its cell ("B-tree Cell Format").
    fn local(&self, length: usize) -> usize {
        let most = self.usable - 35;
        if length <= most {
            return length;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (self.usable - 4);
        if fitting <= most { fitting } else { least }
    }
}

/// Splits off a number of up to 9 bytes, the highest first; 7 bits each, and 8 of the ninth.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        if at == 8 {
            return Some((number << 8 | u64::from(*byte), bytes.get(9..)?));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(at + 1..)?));
        }
    }
    None
}

/// Returns a column of a row ("Record Format"); a number as its bytes.
fn column(row: &[u8], wanted: usize) -> Option<&[u8]> {
    let (length, _) = varint(row)?;
    let (mut types, mut rest) = row.split_at_checked(position(length))?;
    (_, types) = varint(types)?;
    for number in 0.. {
        let (kind, after) = varint(types)?;
        types = after;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (kind - 12) / 2,
        };
        let (column, after) = rest.split_at_checked(position(size))?;
        if number == wanted {
            return Some(column);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_up_to_nine_bytes() {
        assert_eq!(varint(b"\x05x"), Some((5, &b"x"[..])));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, &b""[..])));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, &b""[..])));
        assert_eq!(varint(&[0xff; 8]), None);
        assert_eq!(varint(b""), None);
    }

    #[test]
    fn columns_follow_their_types() {
        // A text of 2 bytes, a number of 1 byte, nothing, a blob of 1 byte.
        let row = [5, 17, 1, 0, 14, b'a', b'b', 7, 0xff];
        let columns: Vec<_> = (0..5).map(|number| column(&row, number)).collect();
        assert_eq!(columns, [Some(&b"ab"[..]), Some(&[7]), Some(&[]), Some(&[0xff]), None]);
        assert_eq!(column(&row[..7], 1), None);
        assert_eq!(column(b"\x02\x0a", 0), None);
    }
}

//! Headers in a hash of Berkeley DB (`Packages`, up to RHEL 8): `dbinc/db_page.h` of Berkeley DB 4 and
//! 5. Every page says what it is, so the buckets of the hash need not be known.

use super::damage::Damage;
use crate::evidence::content::{Content, position};
use crate::evidence::values::Values;

/// The number that identifies a hash, and its place.
const MAGIC: u64 = 0x0006_1561;
const MAGIC_AT: usize = 12;
/// The length of the start of the first page that is read, and of a page's header.
const START: usize = 36;
const PAGE_HEADER: usize = 26;
/// Types of pages: a bucket, a bucket of older versions, and the continuation of a value.
const BUCKET: u8 = 13;
const OLD_BUCKET: u8 = 2;
const OVERFLOW: u8 = 7;
/// Types of values: in the page, and in pages of their own.
const IN_PAGE: u8 = 1;
const OFF_PAGE: u8 = 3;
/// The longest header that is read: 16 MiB.
const LONGEST: u64 = 16 << 20;

/// Returns whether these are the first bytes of such a file.
pub(super) fn starts(head: &[u8]) -> bool {
    [Values::little(head), Values::big(head)].iter().any(|values| values.u32(MAGIC_AT) == Some(MAGIC))
}

/// Passes the header of each package to `take`. Fails if the file is damaged, after those that could
/// be read.
pub(super) fn read<C: Content>(content: &mut C, take: &mut dyn FnMut(&[u8])) -> Result<(), Damage> {
    let start = content.read(0, START).map_err(|_| OUT_OF_REACH)?;
    let big = Values::big(&start).u32(MAGIC_AT) == Some(MAGIC);
    let values = if big { Values::big(&start) } else { Values::little(&start) };
    let page_size = values.u32(20).filter(|size| (512..=65_536).contains(size) && size.is_power_of_two());
    let page_size = position(page_size.ok_or(Damage("its page size is invalid"))?);
    let pages = content.size() / page_size as u64;
    let left = content.size();
    let mut file = File { content, big, page_size, pages, left };
    for number in 1..pages {
        let page = file.page(number)?;
        if matches!(page.get(25), Some(&BUCKET | &OLD_BUCKET)) {
            file.bucket(&page, take)?;
        }
    }
    Ok(())
}

const OUT_OF_REACH: Damage = Damage("it is too large");

struct File<'c, C> {
    content: &'c mut C,
    big: bool,
    page_size: usize,
    pages: u64,
    /// Bytes of values that are left: values do not share their bytes.
    left: u64,
}

impl<C: Content> File<'_, C> {
    fn page(&mut self, number: u64) -> Result<Vec<u8>, Damage> {
        if number >= self.pages {
            return Err(Damage("a page number is invalid"));
        }
        self.content.read(number * self.page_size as u64, self.page_size).map_err(|_| OUT_OF_REACH)
    }

    fn values<'b>(&self, bytes: &'b [u8]) -> Values<'b> {
        if self.big { Values::big(bytes) } else { Values::little(bytes) }
    }

    /// Passes the values of a bucket to `take`: the number of a package and its header take turns.
    fn bucket(&mut self, page: &[u8], take: &mut dyn FnMut(&[u8])) -> Result<(), Damage> {
        let values = self.values(page);
        let count = position(values.u16(20).unwrap_or(0));
        let place = |item: usize| values.u16(PAGE_HEADER + 2 * item).map_or(0, position);
        for item in (1..count).step_by(2) {
            // The items are at the end of the page, the first one last.
            let bytes = page.get(place(item)..place(item - 1)).unwrap_or_default();
            let number = page.get(place(item - 1)..).unwrap_or_default();
            // The package with number 0 has the highest number, and no header.
            let is_package = self.values(number.get(1..5).unwrap_or_default()).u32(0) != Some(0);
            match bytes.first() {
                Some(&IN_PAGE) if is_package => {
                    self.spend(bytes.len() as u64)?;
                    take(bytes.get(1..).unwrap_or_default());
                }
                Some(&OFF_PAGE) if is_package => {
                    let value = self.off_page(bytes)?;
                    take(&value);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn spend(&mut self, bytes: u64) -> Result<(), Damage> {
        self.left = self.left.checked_sub(bytes).ok_or(Damage("its values overlap"))?;
        Ok(())
    }

    /// Reads a value in pages of its own.
    fn off_page(&mut self, item: &[u8]) -> Result<Vec<u8>, Damage> {
        let damaged = Damage("a value is damaged");
        let values = self.values(item);
        let (mut next, length) = values.u32(4).zip(values.u32(8)).ok_or(damaged)?;
        if length > LONGEST {
            return Err(Damage("a value is too long"));
        }
        let mut value = Vec::new();
        while (value.len() as u64) < length {
            self.spend(self.page_size as u64)?;
            let page = self.page(next)?;
            let values = self.values(&page);
            let stored = position(values.u16(22).unwrap_or(0));
            let bytes = page.get(PAGE_HEADER..PAGE_HEADER + stored).filter(|bytes| !bytes.is_empty());
            if page.get(25) != Some(&OVERFLOW) {
                return Err(damaged);
            }
            value.extend_from_slice(bytes.ok_or(damaged)?);
            next = values.u32(16).unwrap_or(0);
        }
        value.truncate(position(length));
        Ok(value)
    }
}

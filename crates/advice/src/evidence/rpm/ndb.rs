//! rpm's own format, `Packages.db` (`lib/backend/ndb/rpmpkg.c` of rpm): slots at the start say where
//! the header of each package is.

use super::damage::Damage;
use crate::evidence::content::{Content, position};
use crate::evidence::values::Values;

/// The first bytes of a file, of a slot, and of the blob with a header.
pub(super) const MAGIC: &[u8] = b"RpmP";
const SLOT_MAGIC: &[u8] = b"Slot";
const BLOB_MAGIC: &[u8] = b"BlbS";
/// The length of a page of slots, of a slot, and of what a blob is counted in.
const PAGE: u64 = 4096;
const SLOT: usize = 16;
const BLOCK: u64 = 16;
/// The file header takes the room of two slots.
const FIRST: usize = 2 * SLOT;
/// The most bytes of all slots, and of a header.
const SLOTS: u64 = 16 << 20;
const LONGEST: u64 = 16 << 20;

/// Passes the header of each package to `take`. Fails if the file is damaged, after those that could
/// be read.
pub(super) fn read<C: Content>(content: &mut C, take: &mut dyn FnMut(&[u8])) -> Result<(), Damage> {
    let out_of_reach = Damage("it is too large");
    let header = content.read(0, FIRST).map_err(|_| out_of_reach)?;
    let pages = Values::little(&header).u32(12).ok_or(Damage("its header is cut"))?;
    let slots = content.read(0, position((pages * PAGE).min(SLOTS))).map_err(|_| out_of_reach)?;
    let mut left = content.size();
    for slot in slots.get(FIRST..).unwrap_or_default().chunks_exact(SLOT) {
        let values = Values::little(slot);
        let (package, block) = (values.u32(4).unwrap_or(0), values.u32(8).unwrap_or(0));
        // Free slots have no block.
        if !slot.starts_with(SLOT_MAGIC) || block == 0 {
            continue;
        }
        let head = content.read(block * BLOCK, SLOT).map_err(|_| out_of_reach)?;
        let values = Values::little(&head);
        let length = values.u32(12).unwrap_or(0);
        if !head.starts_with(BLOB_MAGIC) || values.u32(4) != Some(package) || length > LONGEST {
            return Err(Damage("a package is not where its slot says"));
        }
        left = left.checked_sub(length).ok_or(Damage("its packages overlap"))?;
        let blob = content.read(block * BLOCK + SLOT as u64, position(length));
        take(&blob.map_err(|_| out_of_reach)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::header::testing::named;
    use super::*;

    /// Builds a database with these packages.
    fn database(names: &[&str]) -> Vec<u8> {
        let numbers = |numbers: [u32; 3]| numbers.map(u32::to_le_bytes).concat();
        let mut slots = [MAGIC, &numbers([0, 1, 1]), &[0; 16]].concat();
        let mut blobs = Vec::new();
        for (number, name) in (1..).zip(names) {
            let at = u32::try_from((4096 + blobs.len()) / 16).expect("small");
            let blob = named(name);
            let length = u32::try_from(blob.len()).expect("small");
            slots.extend([SLOT_MAGIC, &numbers([number, at, 1])].concat());
            blobs.extend([BLOB_MAGIC, &numbers([number, 1, length]), &blob].concat());
            blobs.resize(blobs.len().next_multiple_of(16), 0);
        }
        slots.resize(4096, 0);
        [slots, blobs].concat()
    }

    fn found(bytes: &[u8]) -> (usize, Result<(), Damage>) {
        let mut count = 0;
        let result = read(&mut &*bytes, &mut |blob| {
            assert!(super::super::header::package(blob, 1000).is_some());
            count += 1;
        });
        (count, result)
    }

    #[test]
    fn headers_are_where_slots_say() {
        let bytes = database(&["a", "b"]);
        assert_eq!(found(&bytes), (2, Ok(())));
        let mut moved = bytes;
        moved[4096] = b'X';
        assert_eq!(found(&moved), (0, Err(Damage("a package is not where its slot says"))));
        assert_eq!(found(b"RpmP"), (0, Err(Damage("its header is cut"))));
    }
}

//! GNU's old sparse format, with the hole map in the header and in blocks after it.
//!
//! The ledger uses the logical size. The map is folded into a digest, so that two sparse files with
//! the same data but different holes are not taken for equal. The map itself is kept only for
//! reading the file (`map.rs`), and up to a limit, because a hostile map is endless.

use ::tar::{GnuExtSparseHeader, GnuSparseHeader, Header};

use super::error::{TarError, TarErrorKind};
use super::walker::{BLOCK, Walker};
use crate::bytes::hash::HashState;
use crate::bytes::window::Input;

impl<I: Input> Walker<I> {
    /// Reads the map that follows a sparse member's header; returns the logical size and a digest
    /// over the map.
    pub(super) fn read_gnu_sparse(&mut self, header: &Header) -> Result<(u64, Option<u128>), TarError> {
        let Some(gnu) = header.as_gnu() else {
            return Err(self.error(TarErrorKind::Sparse));
        };
        let size = gnu.real_size().map_err(|_| self.error(TarErrorKind::Field { name: "real size" }))?;
        let mut state = self.hasher.start(None);
        self.fold(&gnu.sparse, size, &mut state)?;
        let mut extended = gnu.is_extended();
        while extended {
            let mut block = GnuExtSparseHeader::new();
            let read = self.read_block(block.as_mut_bytes())? as u64;
            if read < BLOCK {
                return Err(self.error(TarErrorKind::Truncated { missing: BLOCK - read }));
            }
            self.fold(&block.sparse, size, &mut state)?;
            extended = block.is_extended();
        }
        Ok((size, Some(state.finish())))
    }

    fn fold(&mut self, pieces: &[GnuSparseHeader], size: u64, state: &mut HashState) -> Result<(), TarError> {
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            let (Ok(offset), Ok(length)) = (piece.offset(), piece.length()) else {
                return Err(self.error(TarErrorKind::Sparse));
            };
            if offset.checked_add(length).is_none_or(|end| end > size) {
                return Err(self.error(TarErrorKind::Sparse));
            }
            self.extensions.push_map(offset);
            self.extensions.push_map(length);
            state.update(&offset.to_le_bytes());
            state.update(&length.to_le_bytes());
        }
        Ok(())
    }
}

//! What `strip` of GNU binutils would remove.
//!
//! `strip --strip-all` drops symbols, their names, and debug sections, moves what is left together,
//! and writes the names of sections and their table anew; the parts that are loaded stay where they
//! are. On programs and libraries, `--strip-unneeded` does the same: no symbol outside of the
//! dynamic table is needed after linking. So the size of the result follows from the section table.
//!
//! Two things are not modelled, because they need more than that: `strip` merges the notes in
//! `.gnu.build.attributes` (some hundred bytes), and moves segments of other linkers than GNU's
//! together that leave gaps between them. On objects (`.o`, `.ko`) the tables of relocations decide,
//! and nothing is predicted.

use super::file::{Elf, RELOCATIONS, RELOCATIONS_WITH_ADDENDS, STRINGS, SYMBOLS, Section};
use crate::evidence::content::length;

/// Prefixes of the names of debug sections (`_bfd_elf_make_section_from_shdr` in binutils 2.40).
const DEBUG: [&[u8]; 6] =
    [b".debug", b".gnu.debuglto_.debug_", b".gnu.linkonce.wi.", b".zdebug", b".line", b".stab"];
/// The name of the section with the names of sections.
const NAMES: &[u8] = b".shstrtab";

impl Section {
    /// Whether it only serves debuggers.
    pub(crate) fn is_debug(&self) -> bool {
        let has_prefix = |prefix: &&[u8]| self.name.starts_with(prefix);
        !self.is_loaded && (DEBUG.iter().any(has_prefix) || self.name == b".gdb_index")
    }
}

impl Elf {
    /// Returns the bytes that `strip` would remove from a file of this size; 0 for objects and files
    /// without a section table.
    pub(crate) fn strippable(&self, size: u64) -> u64 {
        if self.is_linked() && self.sections.len() > 1 { size.saturating_sub(self.stripped()) } else { 0 }
    }

    /// Returns the bytes of debug sections.
    pub(crate) fn debug(&self) -> u64 {
        let debug = self.sections.iter().filter(|section| section.is_debug());
        debug.fold(0, |sum, section| sum.saturating_add(section.stored()))
    }

    /// Returns the size after `strip`.
    fn stripped(&self) -> u64 {
        let kept: Vec<&Section> = self.kept().collect();
        let loaded = kept.iter().filter(|section| section.is_loaded && section.stored() > 0);
        let loaded = loaded.map(|section| section.offset.saturating_add(section.stored()));
        let mut end = loaded.max().unwrap_or(0).max(self.headers_end());
        for section in kept.iter().filter(|section| !section.is_loaded) {
            end = aligned(end, section.alignment).saturating_add(section.stored());
        }
        let names = kept.iter().map(|section| section.name.as_slice()).chain([NAMES]);
        let (word, row) = if self.wide { (8, 64) } else { (4, 40) };
        // The first row is empty, the last one is that of the names.
        let table = length(kept.len() + 2) * row;
        aligned(end.saturating_add(string_table(names.collect())), word).saturating_add(table)
    }

    /// Iterates over the sections that stay, without that of the names.
    fn kept(&self) -> impl Iterator<Item = &Section> {
        let is_symbols = |section: &Section| section.kind == SYMBOLS && !section.is_loaded;
        let names_of_symbols: Vec<u64> =
            self.sections.iter().filter(|section| is_symbols(section)).map(|section| section.link).collect();
        let is_dropped = move |(at, section): (usize, &Section)| {
            at == 0
                || at == self.names_at()
                || is_symbols(section)
                || section.is_debug()
                || !section.is_loaded && matches!(section.kind, RELOCATIONS | RELOCATIONS_WITH_ADDENDS)
                || !section.is_loaded && section.kind == STRINGS && names_of_symbols.contains(&length(at))
        };
        self.sections.iter().enumerate().filter(move |one| !is_dropped(*one)).map(|(_, section)| section)
    }
}

/// Rounds up to a multiple of an alignment.
fn aligned(offset: u64, alignment: u64) -> u64 {
    offset.checked_next_multiple_of(alignment.max(1)).unwrap_or(u64::MAX)
}

/// Returns the size of a string table in which a name that ends another one shares its bytes.
fn string_table(mut names: Vec<&[u8]>) -> u64 {
    names.sort_by(|one, other| other.iter().rev().cmp(one.iter().rev()));
    names.dedup();
    let (mut size, mut last): (usize, &[u8]) = (1, b"");
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        if !last.ends_with(name) {
            size += name.len() + 1;
            last = name;
        }
    }
    length(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_share_their_ends() {
        assert_eq!(string_table(vec![]), 1);
        assert_eq!(string_table(vec![b".plt", b".rela.plt", b".got", b".got"]), 1 + 10 + 5);
        assert_eq!(string_table(vec![b".dynstr", b".strtab", b".shstrtab"]), 1 + 8 + 8 + 10);
    }

    #[test]
    fn offsets_are_rounded_up() {
        assert_eq!((aligned(9, 8), aligned(8, 8), aligned(7, 0)), (16, 8, 7));
        assert_eq!(aligned(u64::MAX, 1 << 40), u64::MAX);
    }
}

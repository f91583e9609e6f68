//! ELF: the programs and libraries of Linux.

use dockopt_core::quantity::size;

use crate::evidence::content::Content;
use crate::evidence::elf::file::{Elf, Linkage, Section};
use crate::evidence::values::name;

/// Describes an ELF file; `None` for other files.
pub(super) fn recognise<C: Content>(content: &mut C, head: &[u8]) -> Result<Option<String>, C::Error> {
    let Some(elf) = Elf::read(content, head)? else {
        return Ok(None);
    };
    let linkage = elf.linkage(content)?;
    let bits = if elf.wide { 64 } else { 32 };
    let mut words = vec![format!("ELF {bits}-bit {} {}", machine(&elf), purpose(&elf, &linkage))];
    if elf.is_linked() {
        words.push(linked(&linkage));
        words.push(stripped(&elf, content.size()));
    }
    words.extend(elf.sections.iter().any(Section::is_debug).then(|| "with debug information".to_owned()));
    words.extend(elf.section(b".go.buildinfo").map(|_| "built with Go".to_owned()));
    Ok(Some(words.join(", ")))
}

fn linked(linkage: &Linkage) -> String {
    match &linkage.interpreter {
        Some(interpreter) => format!("dynamically linked, interpreter {}", name(interpreter)),
        None if linkage.is_dynamic => "dynamically linked".to_owned(),
        None => "statically linked".to_owned(),
    }
}

fn stripped(elf: &Elf, length: u64) -> String {
    match elf.strippable(length) {
        _ if !elf.has_symbols() => "stripped".to_owned(),
        0 => "not stripped".to_owned(),
        bytes => format!("not stripped (strip removes {})", size(bytes)),
    }
}

fn machine(elf: &Elf) -> String {
    let machine = match elf.machine() {
        2 | 18 | 43 => "SPARC",
        3 => "x86",
        4 => "68k",
        8 => "MIPS",
        20 => "PowerPC",
        21 => "PowerPC 64",
        22 => "S/390",
        40 => "ARM",
        50 => "Itanium",
        62 => "x86-64",
        183 => "ARM64",
        243 => "RISC-V",
        247 => "BPF",
        258 => "LoongArch",
        other => return format!("machine {other}"),
    };
    machine.to_owned()
}

fn purpose(elf: &Elf, linkage: &Linkage) -> String {
    let is_program = linkage.is_program || linkage.interpreter.is_some() && !linkage.has_name;
    let purpose = match elf.kind() {
        1 => "object",
        2 => "executable",
        3 if is_program => "executable (PIE)",
        3 => "shared library",
        4 => "core dump",
        other => return format!("type {other}"),
    };
    purpose.to_owned()
}

//! ELF: programs and libraries of Linux.

pub(crate) mod audit;
mod fact;
pub(crate) mod file;
pub(crate) mod go;
mod strip;

pub use self::audit::Crate;
pub use self::fact::{ElfFact, Programs};
pub use self::go::{GoBuild, GoModule};

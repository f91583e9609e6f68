//! The modules of a crate, and which file uses which.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;

/// The longest chain of re-exports that is followed.
const DEEPEST: usize = 32;

/// The files of a crate, by their path below its source folder.
pub(super) type Files = BTreeMap<String, String>;

/// A crate: its modules, by their path from its root.
#[derive(Debug, Default)]
pub(super) struct Modules {
    modules: BTreeMap<Vec<String>, Module>,
}

#[derive(Debug)]
struct Module {
    file: String,
    source: Source,
}

/// The files and crates that one file uses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    pub(super) files: BTreeSet<String>,
    pub(super) crates: BTreeSet<String>,
}

/// What a path resolves to.
enum Place {
    Module(Vec<String>),
    /// An item that this file defines.
    Item(String),
}

impl Modules {
    /// Reads the modules that a root file declares, and those that they declare.
    pub(super) fn read(files: &Files, root: &str) -> Self {
        let mut modules = Self::default();
        modules.add(files, &[], root, "");
        modules
    }

    /// Adds a module whose submodules have their files in a folder.
    fn add(&mut self, files: &Files, path: &[String], file: &str, folder: &str) {
        let source = Source::parse(files.get(file).map(String::as_str).unwrap_or_default());
        let children = source.modules.clone();
        self.modules.insert(path.to_vec(), Module { file: file.to_owned(), source });
        for (child, named) in children {
            let path = [path, std::slice::from_ref(&child)].concat();
            let below = format!("{folder}{child}/");
            // The file, and the folder of its submodules.
            let places = match named {
                Some(named) => {
                    let named = format!("{}{named}", &file[..folder_length(file)]);
                    vec![(named.clone(), named[..folder_length(&named)].to_owned())]
                }
                None => {
                    vec![(format!("{folder}{child}.rs"), below.clone()), (format!("{below}mod.rs"), below)]
                }
            };
            let place = places.into_iter().find(|(file, _)| files.contains_key(file));
            let (file, folder) = place.unwrap_or_else(|| panic!("no file for module {}", path.join("::")));
            self.add(files, &path, &file, &folder);
        }
    }

    /// Returns the files and crates that each file uses.
    pub(super) fn uses(&self) -> BTreeMap<String, Uses> {
        let mut all = BTreeMap::new();
        for (path, module) in &self.modules {
            let mut uses = Uses::default();
            let imports = module.source.imports.iter().map(|import| &import.path);
            for used in imports.chain(&module.source.paths) {
                match used.first() {
                    Some(first) if first.starts_with("dockopt_") => drop(uses.crates.insert(first.clone())),
                    _ => uses.files.extend(self.file(path, used)),
                }
            }
            uses.files.remove(&module.file);
            all.insert(module.file.clone(), uses);
        }
        all
    }

    /// Returns the types that are defined outside of tests, each with its file.
    pub(super) fn types(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules.values().flat_map(|module| {
            module.source.types.iter().map(move |name| (name.as_str(), module.file.as_str()))
        })
    }

    /// Resolves a path, as written in a module, to a file of this crate.
    fn file(&self, at: &[String], path: &[String]) -> Option<String> {
        match self.place(at, path, 0)? {
            Place::Module(path) => self.modules.get(&path).map(|module| module.file.clone()),
            Place::Item(file) => Some(file),
        }
    }

    fn place(&self, at: &[String], path: &[String], depth: usize) -> Option<Place> {
        let (first, mut rest) = path.split_first()?;
        let mut here = match first.as_str() {
            "crate" => Vec::new(),
            "self" => at.to_vec(),
            "super" => at.split_last()?.1.to_vec(),
            child if self.modules.get(at)?.source.modules.contains_key(child) => {
                [at, std::slice::from_ref(first)].concat()
            }
            _ => return None,
        };
        while let Some((name, after)) = rest.split_first() {
            let module = self.modules.get(&here)?;
            if name == "super" {
                here.pop();
            } else if module.source.modules.contains_key(name) {
                here.push(name.clone());
            } else {
                return match self.imported(&here, name, depth) {
                    Some(Place::Module(module)) if !after.is_empty() => {
                        let start = [vec!["crate".to_owned()], module, after.to_vec()].concat();
                        self.place(&[], &start, depth + 1)
                    }
                    Some(place) => Some(place),
                    None => Some(Place::Item(module.file.clone())),
                };
            }
            rest = after;
        }
        Some(Place::Module(here))
    }

    /// Resolves a name that a module has imported.
    fn imported(&self, at: &[String], name: &str, depth: usize) -> Option<Place> {
        if depth > DEEPEST {
            return None;
        }
        let imports = &self.modules.get(at)?.source.imports;
        let import = imports.iter().find(|import| import.name == name)?;
        self.place(at, &import.path, depth + 1)
    }
}

/// Returns the length of a path's folder, with the trailing slash.
fn folder_length(path: &str) -> usize {
    path.rfind('/').map_or(0, |slash| slash + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(files: &[(&str, &str)], file: &str) -> Vec<String> {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Modules::read(&files, "lib.rs").uses().remove(file).expect(file).files.into_iter().collect()
    }

    #[test]
    fn paths_resolve_to_files() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::{C, d::E}; fn f() { super::b::g() }"),
            ("b/mod.rs", "pub mod d;"),
            ("b/d.rs", "use super::super::a::F; use std::fmt;"),
        ];
        assert_eq!(uses(&files, "a.rs"), ["b/d.rs", "b/mod.rs"]);
        assert_eq!(uses(&files, "b/d.rs"), ["a.rs"]);
    }

    #[test]
    fn modules_with_a_path_attribute_have_sibling_submodules() {
        let files = [
            ("lib.rs", "#[path = \"a/first.rs\"] mod a;"),
            ("a/first.rs", "mod b; pub use b::C;"),
            ("a/b.rs", "use super::D;"),
        ];
        assert_eq!(uses(&files, "a/b.rs"), ["a/first.rs"]);
        assert_eq!(uses(&files, "a/first.rs"), ["a/b.rs"]);
    }

    #[test]
    fn re_exports_resolve_to_the_defining_file() {
        let files = [
            ("lib.rs", "mod a; mod b; pub use b::c;"),
            ("a.rs", "use crate::b::D; use crate::c::E; use crate::b::Renamed;"),
            ("b/mod.rs", "pub mod c; mod d; mod e; pub use d::D; pub use self::e::E as Renamed;"),
            ("b/c.rs", ""),
            ("b/d.rs", "use super::Renamed;"),
            ("b/e.rs", ""),
        ];
        assert_eq!(uses(&files, "a.rs"), ["b/c.rs", "b/d.rs", "b/e.rs"]);
        assert_eq!(uses(&files, "b/d.rs"), ["b/e.rs"]);
    }
}

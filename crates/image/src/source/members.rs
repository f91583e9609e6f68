//! The members of an archive by name, with links resolved.
//!
//! If a layer occurs twice, old versions of `docker save` write the second one as a symbolic or
//! hard link to the first.

use std::collections::HashMap;

use dockopt_core::image::SourceKind;

/// Longest chain of links.
const MAX_LINKS: usize = 16;

#[derive(Debug)]
enum Entry<T> {
    Member(T),
    Symlink(String),
    HardLink(String),
}

/// Members by normalized name.
#[derive(Debug)]
pub(super) struct Members<T> {
    entries: HashMap<String, Entry<T>>,
}

impl<T> Members<T> {
    pub(super) fn new() -> Self {
        Self { entries: HashMap::new() }
    }

    /// Adds a member. It replaces an earlier one of the same name.
    pub(super) fn insert(&mut self, name: &[u8], member: T) {
        self.entries.insert(clean(&String::from_utf8_lossy(name)), Entry::Member(member));
    }

    /// Adds a symbolic link. Its target is relative to the directory that contains it.
    pub(super) fn insert_symlink(&mut self, name: &[u8], target: &[u8]) {
        let name = clean(&String::from_utf8_lossy(name));
        let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
        let target = clean(&format!("{directory}/{}", String::from_utf8_lossy(target)));
        self.entries.insert(name, Entry::Symlink(target));
    }

    /// Adds a hard link. Its target is a name in the archive.
    pub(super) fn insert_hard_link(&mut self, name: &[u8], target: &[u8]) {
        let target = clean(&String::from_utf8_lossy(target));
        self.entries.insert(clean(&String::from_utf8_lossy(name)), Entry::HardLink(target));
    }

    /// Returns a member; `None` if the name or the target of a link is missing, or if the chain of
    /// links is too long.
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        let mut name = clean(name);
        for _ in 0..MAX_LINKS {
            match self.entries.get(&name)? {
                Entry::Member(member) => return Some(member),
                Entry::Symlink(target) | Entry::HardLink(target) => name = target.clone(),
            }
        }
        None
    }

    pub(super) fn is_symlink(&self, name: &str) -> bool {
        matches!(self.entries.get(&clean(name)), Some(Entry::Symlink(_)))
    }

    /// Returns the kind of an archive with these members.
    pub(super) fn archive_kind(&self) -> SourceKind {
        if self.get("manifest.json").is_some() { SourceKind::DockerArchive } else { SourceKind::OciArchive }
    }

    /// Describes an archive without a manifest.
    pub(super) fn looks_like(&self) -> &'static str {
        let has =
            |name: &str| self.entries.keys().any(|key| key == name || key.starts_with(&format!("{name}/")));
        if self.entries.is_empty() {
            "it is an empty archive"
        } else if ["etc", "usr", "bin"].iter().filter(|name| has(name)).count() >= 2 {
            "it looks like a root filesystem from `docker export`; use `docker save` to write an image"
        } else if has("rootfs") || has("config.json") {
            "it looks like an unpacked container or bundle"
        } else {
            "it has neither a manifest.json nor an index.json"
        }
    }
}

/// Normalizes a name: drops empty and `.` components, and resolves `..` within the archive.
fn clean(name: &str) -> String {
    let mut components: Vec<&str> = Vec::new();
    for component in name.split('/') {
        match component {
            "" | "." => {}
            ".." => drop(components.pop()),
            name => components.push(name),
        }
    }
    components.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_resolve_to_members() {
        let mut members = Members::new();
        members.insert(b"./a/layer.tar", 1);
        members.insert_symlink(b"b/layer.tar", b"../a/layer.tar");
        members.insert_hard_link(b"c/layer.tar", b"b/layer.tar");
        members.insert_symlink(b"loop", b"loop");
        assert_eq!(members.get("c/layer.tar"), Some(&1));
        assert_eq!(members.get("/a//layer.tar"), Some(&1));
        assert!(members.is_symlink("b/layer.tar") && !members.is_symlink("c/layer.tar"));
        assert_eq!(members.get("loop"), None);
        assert_eq!(members.get("d"), None);
    }
}

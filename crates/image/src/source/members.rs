//! The members of an archive by name, links resolved.
//!
//! Old archives of `docker save` hold a layer that occurs twice as a symbolic or hard link to the first one.

use std::collections::HashMap;

use dockopt_core::image::SourceKind;

/// Links that may follow each other.
const MAX_LINKS: usize = 16;

#[derive(Debug)]
enum Entry<T> {
    Member(T),
    Symlink(String),
    HardLink(String),
}

/// Members by cleaned name.
#[derive(Debug)]
pub(super) struct Members<T> {
    entries: HashMap<String, Entry<T>>,
}

impl<T> Members<T> {
    pub(super) fn new() -> Self {
        Self { entries: HashMap::new() }
    }

    /// Adds a member; a later one of the same name takes its place.
    pub(super) fn insert(&mut self, name: &[u8], member: T) {
        self.entries.insert(clean(&String::from_utf8_lossy(name)), Entry::Member(member));
    }

    /// Adds a symbolic link: its target is relative to the directory it is in.
    pub(super) fn insert_symlink(&mut self, name: &[u8], target: &[u8]) {
        let name = clean(&String::from_utf8_lossy(name));
        let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
        let target = clean(&format!("{directory}/{}", String::from_utf8_lossy(target)));
        self.entries.insert(name, Entry::Symlink(target));
    }

    /// Adds a hard link: its target is a name in the archive.
    pub(super) fn insert_hard_link(&mut self, name: &[u8], target: &[u8]) {
        let target = clean(&String::from_utf8_lossy(target));
        self.entries.insert(clean(&String::from_utf8_lossy(name)), Entry::HardLink(target));
    }

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

    /// The kind of archive that has these members.
    pub(super) fn archive_kind(&self) -> SourceKind {
        if self.get("manifest.json").is_some() { SourceKind::DockerArchive } else { SourceKind::OciArchive }
    }

    /// What an archive without a manifest looks like.
    pub(super) fn looks_like(&self) -> &'static str {
        let has =
            |name: &str| self.entries.keys().any(|key| key == name || key.starts_with(&format!("{name}/")));
        if self.entries.is_empty() {
            "it is an empty archive"
        } else if ["etc", "usr", "bin"].iter().filter(|name| has(name)).count() >= 2 {
            "it looks like a root filesystem, as `docker export` writes it; `docker save` writes images"
        } else if has("rootfs") || has("config.json") {
            "it looks like an unpacked container or bundle"
        } else {
            "it has neither a manifest.json nor an index.json"
        }
    }
}

/// Drops empty and `.` components, and resolves `..` within the archive.
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
    fn links_lead_to_members() {
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

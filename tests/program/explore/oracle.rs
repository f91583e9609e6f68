//! The image `hello` as the `tar` crate reads it, with layers stacked only by the rules of
//! whiteouts.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use tar::{Archive, EntryType};

use crate::run::testdata;

/// A path as its components, which sort a directory's contents before its next sibling.
pub(crate) type Path = Vec<Vec<u8>>;

/// One member of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// `d`, `f`, `l`, or `h` for a hard link.
    pub(crate) kind: char,
    pub(crate) mode: u32,
    pub(crate) owner: (u64, u64),
    pub(crate) time: u64,
    /// Content, or the target of a link.
    pub(crate) data: Vec<u8>,
    pub(crate) layer: usize,
}

pub(crate) type Members = BTreeMap<Path, Member>;

/// Returns all layers, markers included.
pub(super) fn layers() -> Vec<Members> {
    let archive = fs::read(testdata("hello.docker.tar")).expect("readable");
    let mut files = BTreeMap::new();
    for entry in Archive::new(archive.as_slice()).entries().expect("a tar") {
        let mut entry = entry.expect("a member");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("readable");
        files.insert(String::from_utf8(entry.path_bytes().to_vec()).expect("UTF-8"), bytes);
    }
    let manifest: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).expect("JSON");
    let names = manifest[0]["Layers"].as_array().expect("layers");
    let names = names.iter().map(|name| name.as_str().expect("a name"));
    names.enumerate().map(|(layer, name)| members(&files[name], layer)).collect()
}

/// Returns the members of a tar.
pub(crate) fn members(tar: &[u8], layer: usize) -> Members {
    let mut members = Members::new();
    for entry in Archive::new(tar).entries().expect("a tar") {
        let mut entry = entry.expect("a member");
        let path = components(&entry.path_bytes());
        let header = entry.header().clone();
        let mut data = entry.link_name_bytes().map(|link| link.to_vec()).unwrap_or_default();
        let kind = match header.entry_type() {
            EntryType::Directory => 'd',
            EntryType::Symlink => 'l',
            EntryType::Link => 'h',
            _ => {
                data.clear();
                entry.read_to_end(&mut data).expect("readable");
                'f'
            }
        };
        let owner = (header.uid().expect("a number"), header.gid().expect("a number"));
        let (mode, time) = (header.mode().expect("a number"), header.mtime().expect("a number"));
        members.insert(path, Member { kind, mode: mode & 0o7777, owner, time, data, layer });
    }
    members
}

pub(crate) fn components(path: &[u8]) -> Path {
    path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
}

/// Returns a path with its leading slash.
pub(crate) fn rooted(path: &Path) -> Vec<u8> {
    path.iter().flat_map(|name| [&b"/"[..], name].concat()).collect()
}

/// Returns the final filesystem.
pub(super) fn final_filesystem(layers: &[Members]) -> Members {
    let mut seen = Members::new();
    for layer in layers {
        for path in layer.keys() {
            let (name, directory) = path.split_last().expect("a name");
            if name == b".wh..wh..opq" {
                seen.retain(|at, _| at == directory || !at.starts_with(directory));
            } else if let Some(name) = name.strip_prefix(b".wh.") {
                let hidden = [directory, &[name.to_vec()]].concat();
                seen.retain(|at, _| !at.starts_with(&hidden));
            }
        }
        for (path, member) in layer.iter().filter(|(path, _)| !is_marker(path)) {
            if member.kind != 'd' {
                seen.retain(|at, _| !at.starts_with(path));
            }
            seen.insert(path.clone(), member.clone());
        }
    }
    seen
}

pub(super) fn is_marker(path: &Path) -> bool {
    path.last().is_some_and(|name| name.starts_with(b".wh."))
}

/// Resolves a hard link to its file; returns any other member itself.
pub(super) fn inode<'m>(member: &'m Member, layers: &'m [Members]) -> &'m Member {
    if member.kind == 'h' { &layers[member.layer][&components(&member.data)] } else { member }
}

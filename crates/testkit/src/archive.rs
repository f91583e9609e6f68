//! An archive or layout as an ordered list of members, which a test may still change or damage.
//!
//! Every image writer returns one. Methods that change a member panic if it does not exist, because
//! a test that damages nothing would always pass.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde_json::Value;

use crate::digest::{blob_path, sha256};
use crate::layer::Layer;

/// The kind of an archive member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A regular file.
    File(Vec<u8>),
    /// A directory.
    Directory,
    /// A symlink to a path relative to its own directory.
    Symlink(String),
    /// A hard link to another member.
    HardLink(String),
}

/// A member of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name, without a trailing slash for directories.
    pub name: String,
    /// The kind and content.
    pub content: Content,
}

/// An image as an ordered list of files.
///
/// ```
/// use dockopt_testkit::{Image, Layer};
///
/// let mut archive = Image::new().layer(Layer::new().file("a", "b")).docker_25();
/// archive.move_to_front("manifest.json").remove("oci-layout");
/// let tar = archive.to_tar();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    members: Vec<Member>,
}

impl Archive {
    /// Creates an archive without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the members in order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Returns the names in order.
    pub fn names(&self) -> Vec<&str> {
        let names = self.members.iter().map(|member| member.name.as_str());
        names.collect()
    }

    /// Whether a member has this name.
    pub fn contains(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name)
    }

    /// Returns the bytes of a regular file.
    pub fn get(&self, name: &str) -> &[u8] {
        match &self.members[self.position(name)].content {
            Content::File(bytes) => bytes,
            other => panic!("`{name}` is not a regular file but {other:?}"),
        }
    }

    /// Returns a regular file parsed as JSON.
    pub fn get_json(&self, name: &str) -> Value {
        serde_json::from_slice(self.get(name)).unwrap()
    }

    /// Adds a regular file at the end, even if another member has its name.
    pub fn insert(&mut self, name: &str, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.insert_member(name, Content::File(bytes.as_ref().to_vec()))
    }

    /// Adds a member at the end.
    pub fn insert_member(&mut self, name: &str, content: Content) -> &mut Self {
        let name = name.to_owned();
        self.members.push(Member { name, content });
        self
    }

    /// Adds a blob under the path of its digest unless it exists; returns the digest.
    pub fn insert_blob(&mut self, bytes: &[u8]) -> String {
        let digest = sha256(bytes);
        let path = blob_path(&digest);
        if !self.contains(&path) {
            self.insert(&path, bytes);
        }
        digest
    }

    /// Adds all members of another archive whose names are not taken yet.
    pub fn merge(&mut self, other: &Self) -> &mut Self {
        for member in &other.members {
            if !self.contains(&member.name) {
                self.members.push(member.clone());
            }
        }
        self
    }

    /// Removes a member.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        let position = self.position(name);
        self.members.remove(position);
        self
    }

    /// Replaces a member with a regular file, in its position.
    pub fn replace(&mut self, name: &str, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.replace_member(name, Content::File(bytes.as_ref().to_vec()))
    }

    /// Replaces the content of a member, in its position.
    pub fn replace_member(&mut self, name: &str, content: Content) -> &mut Self {
        let position = self.position(name);
        self.members[position].content = content;
        self
    }

    /// Changes the bytes of a regular file.
    pub fn edit(&mut self, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        let mut bytes = self.get(name).to_vec();
        change(&mut bytes);
        self.replace(name, bytes)
    }

    /// Changes a regular file that holds JSON. The name stays, even if it is a digest.
    pub fn edit_json(&mut self, name: &str, change: impl FnOnce(&mut Value)) -> &mut Self {
        let mut value = self.get_json(name);
        change(&mut value);
        self.replace(name, value.to_string())
    }

    /// Renames a member; links to it keep the old name.
    pub fn rename(&mut self, from: &str, to: &str) -> &mut Self {
        let position = self.position(from);
        to.clone_into(&mut self.members[position].name);
        self
    }

    /// Moves a member to the front.
    pub fn move_to_front(&mut self, name: &str) -> &mut Self {
        let member = self.members.remove(self.position(name));
        self.members.insert(0, member);
        self
    }

    /// Moves a member to the end.
    pub fn move_to_end(&mut self, name: &str) -> &mut Self {
        let member = self.members.remove(self.position(name));
        self.members.push(member);
        self
    }

    /// Reverses the order of the members.
    pub fn reverse(&mut self) -> &mut Self {
        self.members.reverse();
        self
    }

    /// Returns the members as a [`Layer`], to change the archive at the level of tar headers.
    pub fn to_layer(&self) -> Layer {
        let mut tar = Layer::new();
        for member in &self.members {
            let name = &member.name;
            tar = match &member.content {
                Content::File(bytes) => tar.file(name, bytes),
                Content::Directory => tar.dir(name),
                Content::Symlink(target) => tar.symlink(name, target),
                Content::HardLink(target) => tar.hard_link(name, target),
            };
        }
        tar
    }

    /// Returns the archive as a tar.
    pub fn to_tar(&self) -> Vec<u8> {
        self.to_layer().into_tar()
    }

    /// Returns the regular files by name; of two with one name, the last.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let files = self.members.iter().filter_map(|member| {
            let Content::File(bytes) = &member.content else {
                return None;
            };
            Some((member.name.clone(), bytes.clone()))
        });
        files.collect()
    }

    /// Writes the members below a directory, which is created if it does not exist.
    ///
    /// # Errors
    ///
    /// Errors of the file system; also if a member already exists as a link.
    pub fn write_dir(&self, dir: impl AsRef<Path>) -> io::Result<()> {
        let dir = dir.as_ref();
        fs::create_dir_all(dir)?;
        for member in &self.members {
            let path = dir.join(&member.name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            match &member.content {
                Content::File(bytes) => fs::write(&path, bytes)?,
                Content::Directory => fs::create_dir_all(&path)?,
                Content::Symlink(target) => symlink(target, &path)?,
                Content::HardLink(target) => fs::hard_link(dir.join(target), &path)?,
            }
        }
        Ok(())
    }

    fn position(&self, name: &str) -> usize {
        let mut members = self.members.iter();
        members
            .position(|member| member.name == name)
            .unwrap_or_else(|| panic!("no member `{name}` among {:#?}", self.names()))
    }
}

#[cfg(unix)]
fn symlink(target: &str, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn symlink(_target: &str, _path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Archive {
        let mut archive = Archive::new();
        archive
            .insert_member("d", Content::Directory)
            .insert("d/a", "1")
            .insert("b", "{\"x\":1}")
            .insert_member("l", Content::Symlink("d/a".into()));
        archive
    }

    #[test]
    fn members_move_and_change() {
        let mut archive = archive();
        archive
            .move_to_end("d/a")
            .move_to_front("b")
            .rename("l", "m")
            .edit_json("b", |value| value["x"] = 2.into());
        assert_eq!(archive.names(), ["b", "d", "m", "d/a"]);
        assert_eq!(archive.get("b"), b"{\"x\":2}");
        archive.remove("b").reverse();
        assert_eq!(archive.names(), ["d/a", "m", "d"]);
    }

    #[test]
    #[should_panic(expected = "no member `nothing`")]
    fn removing_a_missing_member_panics() {
        archive().remove("nothing");
    }

    #[test]
    fn written_directory_has_the_files_of_the_tar() {
        let name = format!("dockopt-testkit-{}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        let mut archive = archive();
        archive.insert_member("h", Content::HardLink("d/a".into()));
        archive.write_dir(&dir).unwrap();
        for name in ["d/a", "l", "h"] {
            assert_eq!(fs::read(dir.join(name)).unwrap(), b"1", "{name}");
        }
        fs::remove_dir_all(&dir).unwrap();
        let tar = archive.to_tar();
        let mut tar = tar::Archive::new(&tar[..]);
        assert_eq!(tar.entries().unwrap().count(), 5);
        assert_eq!(archive.files().len(), 2);
    }
}

//! Contents of layers as the `tar` crate reads them: an independent source for expected values.

use std::fs::File;
use std::io::Read;

use serde_json::Value;

/// Returns the content of a file in a layer of an archive in `testdata/`, written by `docker save`
/// of an old engine.
pub(crate) fn stored(archive: &str, layer: usize, path: &str) -> Vec<u8> {
    let manifest: Value = serde_json::from_slice(&member(archive, "manifest.json")).expect("JSON");
    let layer = manifest[0]["Layers"][layer].as_str().expect("a layer").to_owned();
    let tar = member(archive, &layer);
    content(tar::Archive::new(tar.as_slice()), path)
}

fn member(archive: &str, name: &str) -> Vec<u8> {
    let path = format!("{}/testdata/{archive}", env!("CARGO_MANIFEST_DIR"));
    content(tar::Archive::new(File::open(path).expect("an archive")), name)
}

fn content(mut archive: tar::Archive<impl Read>, path: &str) -> Vec<u8> {
    for entry in archive.entries().expect("a tar") {
        let mut entry = entry.expect("an entry");
        if entry.path().expect("a name").to_str() == Some(path) {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("readable");
            return content;
        }
    }
    panic!("{path} is not there");
}

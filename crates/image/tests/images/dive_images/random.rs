//! Random images with few names, so that many changes affect the same paths. A seed always yields
//! the same image.

use dockopt_testkit::{Image, Layer, RawEntry};

const NAMES: [&str; 6] = ["a", "b", "!", "-c", ".d", "z"];
const SPECIAL: [&str; 6] = [".wh.", ".wh..", ".wh..wh.plnk", ".wh..wh..opq", ".wh..wh..x", ".wh..wh.a"];

/// Returns the image for a seed.
pub(super) fn random(seed: u64) -> Image {
    let mut world = World { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, paths: Vec::new() };
    let layers = 1 + world.below(7);
    let entries = 1 + world.below(20);
    (0..layers).fold(Image::new(), |image, _| image.layer(world.layer(entries)))
}

/// Random numbers, and the paths used so far: most removed or replaced paths should exist.
struct World {
    state: u64,
    paths: Vec<String>,
}

impl World {
    fn layer(&mut self, most: usize) -> Layer {
        let count = self.below(most + 1);
        let before = self.paths.len();
        (0..count).fold(Layer::new(), |layer, _| layer.entry(self.entry(before)))
    }

    /// Returns an entry for a layer above layers that use the first `before` paths.
    fn entry(&mut self, before: usize) -> RawEntry {
        let kind = self.below(24);
        let path = self.path(if kind >= 16 { before } else { self.paths.len() });
        let size = self.below(30) as u64;
        match kind {
            0..=6 => RawEntry::new(b'0', path).data(vec![b'x'; self.below(1000)]),
            7..=10 => RawEntry::new(b'5', path),
            11 => RawEntry::new(b'5', path).size(size),
            12 => RawEntry::new(b'2', path).link("a").size(size),
            13 => RawEntry::new(b'1', path).link("b").size(size),
            14 => RawEntry::new(0, path + "/"),
            15 => RawEntry::new(b'0', self.special(&path)).data("special"),
            _ => RawEntry::new(b'0', whiteout(&path)),
        }
    }

    /// Usually returns one of the first `known` paths, or a directory above it.
    fn path(&mut self, known: usize) -> String {
        if known > 0 && self.below(20) > 0 && (known < self.paths.len() || self.below(2) > 0) {
            let path = self.below(known);
            let path = self.paths[path].clone();
            return match path.rsplit_once('/') {
                Some((directory, _)) if !directory.is_empty() && self.below(3) == 0 => directory.to_owned(),
                _ => path,
            };
        }
        let depth = 1 + self.below(4);
        let mut names: Vec<String> = (0..depth).map(|_| self.one_of(&NAMES).to_owned()).collect();
        if self.below(25) == 0 {
            let at = self.below(depth);
            names.insert(at, format!(".wh.{}", self.one_of(&NAMES)));
        }
        let prefix = self.one_of(&["", "", "", "./", "/", "a/../"]);
        let path = format!("{prefix}{}", names.join("/"));
        self.paths.push(path.clone());
        path
    }

    fn special(&mut self, path: &str) -> String {
        let special = self.one_of(&SPECIAL);
        match self.below(3) {
            0 => special.to_owned(),
            1 => format!("{path}/{special}"),
            _ => format!("{special}/{path}"),
        }
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// Returns a number below `limit` by xorshift64*, which is random enough.
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let number = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).expect("31 bits") % limit
    }
}

fn whiteout(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((directory, name)) => format!("{directory}/.wh.{name}"),
        None => format!(".wh.{path}"),
    }
}

//! Small images for tests, examined by all probes.

use dockopt_core::Analysis;
use dockopt_core::analysis::Score;
use dockopt_core::base::BaseChoice;
use dockopt_core::entry::{Content, Entry, EntryKind, Metadata};
use dockopt_core::evidence::{Fact, Want};
use dockopt_core::facts::Evidence;
use dockopt_core::findings::Findings;
use dockopt_core::image::{HistoryEntry, ImageInfo, LayerInfo, RunConfig};
use dockopt_core::tree::{Tree, TreeBuilder};

use crate::build::dockerfile::Dockerfile;
use crate::fuzzing::examined;
use crate::packages::ownership;
use crate::rules::{Advice, Case, advice};

/// The layers of an image, and the facts that the probes derive from them.
#[derive(Default)]
pub(crate) struct Image {
    builder: TreeBuilder,
    facts: Vec<Vec<Fact>>,
    /// Number of layers.
    layers: u32,
    ordinal: u32,
    history: Vec<HistoryEntry>,
    /// How its containers run.
    pub(crate) config: RunConfig,
}

impl Image {
    pub(crate) fn layer(mut self) -> Self {
        self.builder.open_slot(self.layers);
        self.layers += 1;
        self.facts.push(Vec::new());
        self.ordinal = 0;
        self
    }

    /// Adds a layer with the instruction that made it.
    pub(crate) fn by(mut self, instruction: &str) -> Self {
        let (created_by, layer) = (Some(instruction.to_owned()), Some(self.facts.len()));
        self.history.push(HistoryEntry { created_by, layer, ..HistoryEntry::default() });
        self.layer()
    }

    /// Adds a file of some bytes, owned by a user. Files of one size have the same content.
    pub(crate) fn sized(self, path: &str, size: u64, uid: u32) -> Self {
        self.stored(path, Metadata { size, uid, ..Metadata::new(EntryKind::File) })
    }

    /// Adds an empty file with a mode.
    pub(crate) fn with_mode(self, path: &str, mode: u32) -> Self {
        self.stored(path, Metadata { mode, ..Metadata::new(EntryKind::File) })
    }

    fn stored(mut self, path: &str, metadata: Metadata) -> Self {
        let content = Content::Hashed { hash: u128::from(metadata.size), at: 512 };
        let entry = Entry { path: path.as_bytes(), link: b"", metadata, content };
        self.builder.push(self.layers - 1, &entry).expect("room");
        self.ordinal += 1;
        self
    }

    /// Finds what to change, for a base of one layer.
    pub(crate) fn findings(self) -> Findings {
        self.advice(None).findings
    }

    /// Finds what to change in a Dockerfile, for a base of one layer.
    pub(crate) fn advice(self, dockerfile: Option<&str>) -> Advice {
        let (history, config) = (self.history.clone(), self.config.clone());
        let layers = vec![LayerInfo::default(); self.facts.len()];
        let (tree, evidence) = self.facts();
        let info = ImageInfo { history, config, layers, ..ImageInfo::default() };
        let analysis = Analysis::new(info, &tree, &BaseChoice::Layers(1), Score::Exact);
        let owners = ownership(&tree, &evidence);
        let case = Case::new(&analysis, &tree, &evidence, &owners);
        let Some(text) = dockerfile else { return advice(&case) };
        let file = Dockerfile::parse(text);
        advice(&case.with_dockerfile(&file, "Dockerfile"))
    }

    pub(crate) fn entry(self, path: &str, kind: EntryKind, link: &str, content: &[u8]) -> Self {
        self.with_content(path, Metadata::new(kind), link, content)
    }

    fn with_content(mut self, path: &str, metadata: Metadata, link: &str, content: &[u8]) -> Self {
        let layer = self.facts.len() - 1;
        let (kind, size) = (metadata.kind, content.len() as u64);
        let metadata = Metadata { size, ..metadata };
        let content_of = Content::Hashed { hash: u128::from(self.ordinal), at: 512 };
        let entry = Entry { path: path.as_bytes(), link: link.as_bytes(), metadata, content: content_of };
        for probe in crate::probes().iter() {
            if kind == EntryKind::File && probe.wants(&entry) != Want::Nothing {
                let fact = examined(probe.start(&entry), content);
                let fact = fact.map(|payload| Fact { ordinal: self.ordinal, probe: probe.id(), payload });
                self.facts[layer].extend(fact);
            }
        }
        self.builder.push(self.layers - 1, &entry).expect("room");
        self.ordinal += 1;
        self
    }

    /// Adds an executable file.
    pub(crate) fn program(self, path: &str, content: &[u8]) -> Self {
        self.with_content(path, Metadata { mode: 0o755, ..Metadata::new(EntryKind::File) }, "", content)
    }

    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.entry(path, EntryKind::File, "", content.as_ref())
    }

    /// Adds a status file with these packages: `name version`.
    pub(crate) fn status(self, packages: &[&str]) -> Self {
        let stanza = |package: &&str| {
            let (name, version) = package.split_once(' ').expect("name and version");
            format!(
                "Package: {name}\nStatus: install ok installed\nVersion: {version}\nArchitecture: amd64\n\n"
            )
        };
        let status: String = packages.iter().map(stanza).collect();
        self.file("var/lib/dpkg/status", &status)
    }

    pub(crate) fn list(self, package: &str, paths: &str) -> Self {
        self.file(&format!("var/lib/dpkg/info/{package}.list"), paths)
    }

    pub(crate) fn facts(self) -> (Tree, Evidence) {
        let order: Vec<u32> = (0..self.layers).collect();
        let tree = self.builder.stack(&order).expect("slots").finish();
        let facts: Vec<&[Fact]> = self.facts.iter().map(Vec::as_slice).collect();
        let evidence = Evidence::of(&tree, &facts);
        (tree, evidence)
    }
}

/// Makes a program with a dynamic linker that needs some libraries (ELF, 64 bits, little endian).
pub(crate) fn program(interpreter: &str, needed: &[&str]) -> Vec<u8> {
    const HEAD: u64 = 64 + 3 * 56;
    let mut strings = vec![0_u8];
    let mut names = Vec::new();
    for name in needed {
        names.push(strings.len() as u64);
        strings.extend(name.bytes().chain([0]));
    }
    let (linker, dynamic) = (HEAD + strings.len() as u64, interpreter.len() as u64 + 1);
    let table = (linker + dynamic).next_multiple_of(8);
    let tags = names.iter().map(|name| (1, *name));
    let tags: Vec<(u64, u64)> = tags.chain([(5, HEAD), (10, strings.len() as u64), (0, 0)]).collect();
    let size = table + 16 * tags.len() as u64;
    let segment = |kind: u32, start: u64, length: u64| {
        let words = [start, start, start, length, length, 8].map(u64::to_le_bytes).concat();
        [&kind.to_le_bytes()[..], &4_u32.to_le_bytes(), &words].concat()
    };
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend([3, 0, 62, 0, 1, 0, 0, 0]);
    file.extend([0, 64, 0].map(u64::to_le_bytes).concat());
    file.extend([0, 0, 0, 0]);
    file.extend([64_u16, 56, 3, 64, 0, 0].map(u16::to_le_bytes).concat());
    file.extend(segment(1, 0, size));
    file.extend(segment(2, table, size - table));
    // A library has no linker.
    file.extend(segment(if interpreter.is_empty() { 0 } else { 3 }, linker, dynamic));
    file.extend(strings);
    file.extend(interpreter.bytes().chain([0]));
    file.resize(usize::try_from(table).expect("small"), 0);
    file.extend(tags.iter().flat_map(|(tag, value)| [tag.to_le_bytes(), value.to_le_bytes()].concat()));
    file.resize(file.len().max(512), 0);
    file
}

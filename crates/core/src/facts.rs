//! The facts of an image: what probes found out about its entries.

use std::sync::Arc;

use crate::model::evidence::{Fact, MAX_IMAGE_FACTS, ProbeId};
use crate::tree::{EntryId, Tree};

/// The facts about the entries of a tree.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Sorted by entry.
    facts: Vec<(EntryId, ProbeId, Arc<[u8]>)>,
    /// Whether facts are missing, because all together exceed [`MAX_IMAGE_FACTS`].
    is_cut: bool,
}

impl Evidence {
    /// Assigns the facts of each layer, the lowest one first, to the entries of the tree. Facts
    /// about entries that a layer does not have are dropped, and so are those above
    /// [`MAX_IMAGE_FACTS`].
    pub fn of(tree: &Tree, layers: &[&[Fact]]) -> Self {
        let (mut facts, mut size) = (Vec::new(), 0_usize);
        for (layer, found) in layers.iter().enumerate().filter(|(_, found)| !found.is_empty()) {
            let mut found: Vec<&Fact> = found.iter().collect();
            found.sort_by_key(|fact| fact.ordinal);
            let mut found = found.into_iter().peekable();
            for (ordinal, entry) in (0..).zip(tree.layer_entries(layer)) {
                while let Some(fact) = found.next_if(|fact| fact.ordinal == ordinal) {
                    size = size.saturating_add(fact.payload.len());
                    if size > MAX_IMAGE_FACTS {
                        continue;
                    }
                    facts.push((entry, fact.probe, fact.payload.as_slice().into()));
                }
                if found.peek().is_none() {
                    break;
                }
            }
        }
        facts.sort_by_key(|(entry, ..)| *entry);
        Self { facts, is_cut: size > MAX_IMAGE_FACTS }
    }

    /// Whether facts are missing, because all together exceed [`MAX_IMAGE_FACTS`].
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Iterates over the facts of a probe, in the order of their entries.
    pub fn of_probe(&self, probe: ProbeId) -> impl Iterator<Item = (EntryId, &[u8])> {
        self.facts.iter().filter(move |(_, of, _)| *of == probe).map(|(entry, _, fact)| (*entry, &**fact))
    }

    /// Returns the fact of a probe about an entry.
    pub fn get(&self, entry: EntryId, probe: ProbeId) -> Option<&[u8]> {
        let start = self.facts.partition_point(|(at, ..)| *at < entry);
        let facts = self.facts.get(start..).unwrap_or_default().iter();
        let mut facts = facts.take_while(|(at, ..)| *at == entry);
        facts.find(|(_, of, _)| *of == probe).map(|(_, _, fact)| &**fact)
    }

    /// Whether there are no facts.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::{Content, Entry, EntryKind, Metadata};
    use crate::tree::TreeBuilder;

    const ONE: ProbeId = ProbeId { name: "one", version: 1 };
    const OTHER: ProbeId = ProbeId { name: "other", version: 1 };

    fn tree(order: &[u32]) -> Tree {
        let mut builder = TreeBuilder::default();
        for (slot, path) in [(0, "a"), (1, "b"), (0, "c"), (1, "d")] {
            let metadata = Metadata::new(EntryKind::File);
            let entry = Entry { path: path.as_bytes(), link: b"", metadata, content: Content::None };
            builder.push(slot, &entry).expect("room");
        }
        builder.stack(order).expect("slots").finish()
    }

    fn fact(ordinal: u32, probe: ProbeId, payload: &[u8]) -> Fact {
        Fact { ordinal, probe, payload: payload.to_vec() }
    }

    /// Returns layer, path and fact of each fact of a probe.
    fn shown(tree: &Tree, evidence: &Evidence, probe: ProbeId) -> Vec<(usize, String, Vec<u8>)> {
        let facts = evidence.of_probe(probe).map(|(entry, fact)| {
            assert_eq!(evidence.get(entry, probe), Some(fact));
            let facts = tree.entry(entry).expect("an entry");
            (facts.layer, tree.entry_path(entry).expect("a path").to_text(), fact.to_vec())
        });
        facts.collect()
    }

    #[test]
    fn facts_belong_to_the_entries_of_their_layer() {
        let tree = tree(&[0, 1]);
        let first = vec![fact(1, ONE, b"c"), fact(0, OTHER, b"a"), fact(9, ONE, b"beyond")];
        let evidence = Evidence::of(&tree, &[&first, &[fact(1, ONE, b"d")]]);
        let texts = |probe| shown(&tree, &evidence, probe);
        assert_eq!(texts(ONE), [(0, "/c".into(), b"c".into()), (1, "/d".into(), b"d".into())]);
        assert_eq!(texts(OTHER), [(0, "/a".into(), b"a".into())]);
    }

    #[test]
    fn repeated_layer_has_its_facts_again() {
        let tree = tree(&[0, 1, 0]);
        let facts = [fact(0, ONE, b"a")];
        let evidence = Evidence::of(&tree, &[&facts, &[], &facts]);
        assert_eq!(
            shown(&tree, &evidence, ONE),
            [(0, "/a".into(), b"a".into()), (2, "/a".into(), b"a".into())]
        );
    }
}

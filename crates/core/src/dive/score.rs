//! dive's efficiency: the bytes of each path over all layers, compared with its smallest size.
//!
//! Only the leaves of each layer count. A whiteout counts as the directory that it removes, and as
//! 0 for a file. A whiteout without a target below ends the count of its layer; if its path is new,
//! it leaves a minimum of -1.

use std::collections::BTreeMap;

use crate::model::image::ImageInfo;
use crate::model::path::EntryPath;
use crate::model::quantity::ratio;
use crate::tree::{NodeId, Tree};

use super::layers::{DiveLayers, LayerNode};
use super::stack::{Stack, WhiteoutTarget, size, whiteout_target};

/// dive's account of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct DiveScore {
    /// The sum of the smallest sizes divided by the sum of all sizes; 1 if there are none. It can
    /// be negative.
    pub efficiency: f64,
    /// Bytes of all copies of the paths that occur more than once, the live copy included.
    pub wasted_bytes: u64,
    /// `wasted_bytes` divided by `user_size_bytes`: can be above 1, infinite or not a number.
    pub user_wasted_percent: f64,
    /// Sum of the sizes in all headers of all layers, in bytes.
    pub size_bytes: u64,
    /// The same sum for the layers above the lowest one.
    pub user_size_bytes: u64,
    /// The paths that occur more than once, by descending bytes, then by path.
    pub files: Vec<DiveFile>,
}

/// A path that occurs more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiveFile {
    /// The path; it ends in a slash if a whiteout without a name stands for its directory.
    pub path: EntryPath,
    /// The number of leaves at this path in all layers, its whiteouts included.
    pub count: u64,
    /// The bytes of these leaves.
    pub bytes: u64,
}

impl DiveScore {
    /// Computes dive's account of an image.
    pub fn of(tree: &Tree, info: &ImageInfo) -> Self {
        let mut layers = DiveLayers::new(tree, info);
        let order = layers.order();
        let mut stack = Stack::new(tree, &order);
        let mut tallies = Tallies { tree, named: vec![None; order.len()], marked: BTreeMap::new() };
        stack.copy(layers.layer(0));
        for layer in 0..tree.layer_count() {
            tallies.count(layers.layer(layer), &stack);
            stack.apply(layers.layer(layer));
        }
        tallies.into_score((0..tree.layer_count()).map(|layer| layers.size(layer)))
    }
}

/// The account of one path.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// Bytes of all its leaves.
    cumulative: i64,
    /// The smallest of them; negative without any.
    minimum: i64,
    count: u64,
}

impl Tally {
    const NEW: Self = Self { cumulative: 0, minimum: -1, count: 0 };

    fn add(&mut self, size: i64) {
        self.cumulative = self.cumulative.wrapping_add(size);
        if self.minimum < 0 || size < self.minimum {
            self.minimum = size;
        }
        self.count += 1;
    }
}

/// The accounts of all paths.
struct Tallies<'t> {
    tree: &'t Tree,
    /// Paths that layers name, by node.
    named: Vec<Option<Tally>>,
    /// Paths that exist only as targets of whiteouts, by the node of the whiteout.
    marked: BTreeMap<NodeId, Tally>,
}

impl Tallies<'_> {
    /// Counts the leaves of a layer over the stack of the layers below it.
    fn count<'t>(&mut self, layer: impl Iterator<Item = LayerNode<'t>>, below: &Stack<'_>) {
        for leaf in layer.filter(|node| node.is_leaf) {
            let target = whiteout_target(self.tree, leaf.node);
            let size = match target {
                None => Some(size(leaf.facts)),
                Some(target) => below.size_of(target),
            };
            let tally = self.tally(leaf.node, target);
            match size {
                Some(size) => tally.add(size),
                None => return,
            }
        }
    }

    fn tally(&mut self, leaf: NodeId, target: Option<WhiteoutTarget>) -> &mut Tally {
        let node = match target {
            None => leaf,
            Some(WhiteoutTarget::Named(node)) => node,
            Some(WhiteoutTarget::Unknown | WhiteoutTarget::Directory(_)) => {
                return self.marked.entry(leaf).or_insert(Tally::NEW);
            }
        };
        match self.named.get_mut(node.index()) {
            Some(tally) => tally.get_or_insert(Tally::NEW),
            None => self.marked.entry(leaf).or_insert(Tally::NEW),
        }
    }

    fn into_score(self, layer_sizes: impl Iterator<Item = u64>) -> DiveScore {
        let (mut minima, mut cumulatives) = (0_i64, 0_i64);
        for tally in self.named.iter().flatten().chain(self.marked.values()) {
            minima = minima.wrapping_add(tally.minimum);
            cumulatives = cumulatives.wrapping_add(tally.cumulative);
        }
        let files = self.inefficient_files();
        let wasted_bytes = files.iter().fold(0_u64, |sum, file| sum.wrapping_add(file.bytes));
        let (mut size_bytes, mut user_size_bytes) = (0_u64, 0_u64);
        for (index, size) in layer_sizes.enumerate() {
            size_bytes = size_bytes.wrapping_add(size);
            if index > 0 {
                user_size_bytes = user_size_bytes.wrapping_add(size);
            }
        }
        DiveScore {
            efficiency: if cumulatives == 0 { 1.0 } else { ratio_signed(minima, cumulatives) },
            wasted_bytes,
            user_wasted_percent: ratio(wasted_bytes, user_size_bytes),
            size_bytes,
            user_size_bytes,
            files,
        }
    }

    /// Returns the paths that were counted more than once.
    fn inefficient_files(&self) -> Vec<DiveFile> {
        let named = (0..).map(NodeId).zip(&self.named);
        let named = named.filter_map(|(node, tally)| Some((node, tally.as_ref()?, false)));
        let marked = self.marked.iter().map(|(&node, tally)| (node, tally, true));
        let mut files: Vec<DiveFile> = named
            .chain(marked)
            .filter(|(_, tally, _)| tally.count > 1)
            .map(|(node, tally, is_marker)| DiveFile {
                path: if is_marker { self.directory_path(node) } else { self.tree.path(node) },
                count: tally.count,
                bytes: tally.cumulative.cast_unsigned(),
            })
            .collect();
        files.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.path.cmp(&other.path)));
        files
    }

    /// Returns dive's path of a whiteout without a name: its directory with a slash at the end,
    /// which is another path for dive.
    fn directory_path(&self, marker: NodeId) -> EntryPath {
        let mut path = self.tree.path(self.tree.arena.parent(marker)).as_bytes().to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        EntryPath::from_clean(path)
    }
}

#[expect(clippy::cast_precision_loss, reason = "dive divides rounded numbers too")]
fn ratio_signed(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

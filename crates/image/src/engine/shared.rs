//! Shared layers of an engine's images.
//!
//! Images share their lowest layers: a layer is shared if another image has it on top of the same
//! layers. Engines report the sizes of build steps instead of layers, and a step may make no layer.
//! The number of layers and the instructions tell which steps did.

use std::collections::HashMap;

use super::engine::BuildStep;

/// Instructions that never make a layer.
const WITHOUT_LAYER: [&str; 13] = [
    "ARG",
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
];

/// An image and its layers, the lowest first.
#[derive(Clone, Debug)]
pub(super) struct Layered {
    pub(super) diff_ids: Vec<String>,
    /// Bytes of each layer.
    pub(super) sizes: Vec<u64>,
}

/// Returns the bytes that each image shares with others, and the bytes of all shared layers, each
/// counted once.
pub(super) fn shared(images: &[Layered]) -> (Vec<u64>, u64) {
    let mut stacks: HashMap<(usize, &str), usize> = HashMap::new();
    // Each stack of layers has a number, by the number of the stack below and the layer on top; 0
    // is empty.
    let (mut users, mut sizes) = (vec![0_u64], vec![0_u64]);
    let mut paths = Vec::with_capacity(images.len());
    for image in images {
        let mut path = Vec::with_capacity(image.diff_ids.len());
        let mut below = 0;
        for (diff_id, &size) in image.diff_ids.iter().zip(&image.sizes) {
            below = *stacks.entry((below, diff_id)).or_insert_with(|| {
                users.push(0);
                sizes.push(size);
                users.len() - 1
            });
            if let Some(count) = users.get_mut(below) {
                *count += 1;
            }
            path.push(below);
        }
        paths.push(path);
    }
    let bytes = |stack: usize| match users.get(stack) {
        Some(2..) => sizes.get(stack).copied().unwrap_or(0),
        _ => 0,
    };
    let sum = |stacks: &mut dyn Iterator<Item = usize>| stacks.map(bytes).fold(0, u64::saturating_add);
    let shared = paths.iter().map(|path| sum(&mut path.iter().copied())).collect();
    (shared, sum(&mut (0..users.len())))
}

/// Returns the size of each of `count` layers, from the steps that made them.
pub(super) fn layer_sizes(steps: &[BuildStep], count: usize) -> Vec<u64> {
    let certain = steps.iter().filter(|step| step.size > 0).count();
    // The number of layers without bytes.
    let mut missing = count.saturating_sub(certain);
    let mut sizes: Vec<u64> = Vec::with_capacity(count);
    for step in steps {
        if step.size > 0 {
            sizes.push(step.size);
        } else if missing > 0 && may_make_layer(&step.created_by) {
            missing -= 1;
            sizes.push(0);
        }
    }
    sizes.resize(count, 0);
    sizes
}

fn may_make_layer(created_by: &str) -> bool {
    let words = created_by.trim_start_matches("/bin/sh -c ").trim_start();
    let instruction = words.strip_prefix("#(nop)").map_or(words, str::trim_start);
    !WITHOUT_LAYER.iter().any(|name| instruction.split_whitespace().next() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(layers: &[(&str, u64)]) -> Layered {
        let (diff_ids, sizes) = layers.iter().map(|(id, size)| ((*id).to_owned(), *size)).unzip();
        Layered { diff_ids, sizes }
    }

    fn step(created_by: &str, size: u64) -> BuildStep {
        BuildStep { created_by: created_by.to_owned(), size }
    }

    #[test]
    fn layer_is_shared_on_top_of_the_same_layers_only() {
        let images = [
            image(&[("base", 100), ("app", 10)]),
            image(&[("base", 100), ("other", 1), ("app", 10)]),
            image(&[("alone", 5)]),
            image(&[]),
        ];
        assert_eq!(shared(&images), (vec![100, 100, 0, 0], 100));
        let twins = [image(&[("base", 100), ("app", 10)]), image(&[("base", 100), ("app", 10)])];
        assert_eq!(shared(&twins), (vec![110, 110], 110));
    }

    #[test]
    fn layer_repeated_in_one_image_is_not_shared() {
        let images = [image(&[("a", 10), ("a", 10)])];
        assert_eq!(shared(&images), (vec![0], 0));
    }

    #[test]
    fn steps_without_a_layer_are_skipped() {
        let steps = [
            step("/bin/sh -c #(nop) ADD file:1 in / ", 70),
            step("/bin/sh -c #(nop)  CMD [\"sh\"]", 0),
            step("RUN /bin/sh -c rm -f /x # buildkit", 0),
            step("ENV A=b", 0),
            step("COPY a b # buildkit", 7),
        ];
        assert_eq!(layer_sizes(&steps, 3), [70, 0, 7]);
        assert_eq!(layer_sizes(&steps, 2), [70, 7]);
        assert_eq!(layer_sizes(&steps, 5), [70, 0, 7, 0, 0], "more layers than steps");
        assert_eq!(layer_sizes(&[], 1), [0]);
    }
}

//! The cost of trees from 10,000 to 1,000,000 entries: pushing entries, stacking layers, computing
//! the ledger, with and without many whiteouts. The time for one entry should not depend on their
//! number. Then comparisons and filters of 1,000,000 entries in 100 layers, as in the browser.

#![expect(clippy::unwrap_used, reason = "a benchmark that fails may panic")]

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dockopt_core::comparison::{Comparison, LayerRange};
use dockopt_core::entry::{Content, Entry, EntryKind, Metadata};
use dockopt_core::filter::Filter;
use dockopt_core::ledger::Ledger;
use dockopt_core::ownership::Ownership;
use dockopt_core::tree::{NodeId, Tree, TreeBuilder};

const LAYERS: u32 = 100;

fn file(path: &[u8], hash: u128) -> Entry<'_> {
    let metadata = Metadata { size: 100, mode: 0o644, ..Metadata::new(EntryKind::File) };
    Entry { path, link: b"", metadata, content: Content::Hashed { hash, at: 512 } }
}

/// Files in directories of twenty. Above the first layer, one of ten entries rewrites a file and
/// `whiteouts` of a hundred delete one.
fn builder(entries: u32, whiteouts: u32) -> TreeBuilder {
    let mut builder = TreeBuilder::default();
    let per_layer = entries / LAYERS;
    for number in 0..entries {
        let layer = number / per_layer;
        let name = |number: u32| format!("usr/lib/d{}/e{}/file-{number}.so", number / 400, number / 20);
        let path = match number % 100 {
            kind if layer > 0 && kind < whiteouts => {
                let name = name(number - per_layer);
                let (directory, file) = name.rsplit_once('/').unwrap();
                format!("{directory}/.wh.{file}")
            }
            kind if layer > 0 && kind % 10 == 9 => name(number - per_layer),
            _ => name(number),
        };
        builder.push(layer, &file(path.as_bytes(), u128::from(number))).unwrap();
    }
    builder
}

fn order() -> Vec<u32> {
    (0..LAYERS).collect()
}

fn ledger(entries: u32, whiteouts: u32) -> Ledger {
    Ledger::of(&builder(entries, whiteouts).stack(&order()).unwrap().finish(), 1)
}

fn million() -> Tree {
    builder(1_000_000, 20).stack(&order()).unwrap().finish()
}

fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ledger");
    group.sample_size(10);
    for (entries, whiteouts) in [(10_000, 0), (100_000, 0), (100_000, 20), (1_000_000, 0), (1_000_000, 20)] {
        group.throughput(Throughput::Elements(u64::from(entries)));
        let name = format!("{entries} entries, {whiteouts} % whiteouts");
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| black_box(ledger(entries, whiteouts)));
        });
    }
    group.finish();
}

fn stacking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stack");
    group.sample_size(10);
    let order = order();
    let builder = builder(1_000_000, 20);
    let clone = || builder.clone();
    group.bench_function("without histories", |bencher| {
        bencher.iter_batched(
            clone,
            |builder| builder.stack(&order).unwrap().finish(),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("with histories", |bencher| {
        bencher.iter_batched(
            clone,
            |builder| {
                let tree = builder.stack(&order).unwrap().finish();
                black_box(tree.children(NodeId::ROOT).len());
                tree
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("clone of the builder", |bencher| bencher.iter(|| black_box(builder.clone())));
    group.finish();
}

fn comparisons(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("comparison");
    group.sample_size(20);
    let tree = million();
    for (name, range) in [
        ("one layer", LayerRange::only(50)),
        ("up to a layer", LayerRange::up_to(50, 1)),
        ("final", LayerRange::final_of(LAYERS as usize)),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(Comparison::of(&tree, range))));
    }
    group.finish();
}

fn filters(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("filter");
    group.sample_size(20);
    let tree = million();
    let comparison = Comparison::of(&tree, LayerRange::up_to(99, 1));
    for text in
        ["e", "99.so", "/e77/fi", r"re:7+\.so$", "size>1k", "is:wasted", "!kind:dir layer:3 file owner:0"]
    {
        let (filter, nobody) = (Filter::parse(text).unwrap(), Ownership::default());
        group.bench_function(text, |bencher| {
            bencher.iter(|| black_box(filter.matches(&tree, &comparison, &nobody)));
        });
    }
    group.finish();
}

fn link<'a>(path: &'a [u8], target: &'a [u8]) -> Entry<'a> {
    let metadata = Metadata { mode: 0o644, ..Metadata::new(EntryKind::HardLink) };
    Entry { path, link: target, metadata, content: Content::None }
}

/// Hard links in one layer, in directories of a hundred: to one file, to a file each, before their
/// target in the tar, in a chain whose links all precede their target, and without a target.
fn links(entries: u32, pattern: &str) -> TreeBuilder {
    let mut builder = TreeBuilder::default();
    let path = |kind: &str, number: u32| format!("usr/lib/app/{kind}{}/{number}", number / 100);
    let mut push = |entry: &Entry<'_>| builder.push(0, entry).unwrap();
    if pattern == "one target" {
        push(&file(b"usr/target", 0));
    }
    for number in 0..entries {
        let (at, other) = (path("d", number), path("f", number));
        match pattern {
            "a target each" => {
                push(&file(other.as_bytes(), u128::from(number)));
                push(&link(at.as_bytes(), other.as_bytes()));
            }
            "reversed chain" => push(&link(at.as_bytes(), path("d", number + 1).as_bytes())),
            "no target" => push(&link(at.as_bytes(), other.as_bytes())),
            _ => push(&link(at.as_bytes(), b"usr/target")),
        }
    }
    match pattern {
        "target last" => push(&file(b"usr/target", 0)),
        "reversed chain" => push(&file(path("d", entries).as_bytes(), 0)),
        _ => {}
    }
    builder
}

/// The time for one link should depend neither on their number nor on their order.
fn hard_links(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hard links");
    group.sample_size(10);
    for pattern in ["one target", "a target each", "target last", "reversed chain", "no target"] {
        for entries in [125_000, 500_000] {
            let builder = links(entries, pattern);
            group.throughput(Throughput::Elements(u64::from(entries)));
            group.bench_function(BenchmarkId::new(pattern, entries), |bencher| {
                bencher.iter_batched(
                    || builder.clone(),
                    |builder| builder.stack(&[0]).unwrap().finish(),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, growth, stacking, comparisons, filters, hard_links);
criterion_main!(benches);

//! Benchmarks of reading images with a hundred thousand entries: from a plain file and from gzip
//! and zstd streams, with one thread and two.

#![expect(clippy::unwrap_used, reason = "a benchmark that fails may panic")]

use std::fs;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dockopt_image::{Environment, ReadOptions, Reference, read_image};
use dockopt_testkit::{Compression, Synthetic, outer};

const ENTRIES: u64 = 100_000;

fn read(path: &Path, threads: usize) {
    let reference = Reference::parse(path.to_str().unwrap(), None).unwrap();
    let located = reference.locate(&Environment::default()).unwrap();
    let options = ReadOptions { threads: Some(threads), ..ReadOptions::default() };
    black_box(read_image(&located, &options, &mut |_| ControlFlow::Continue(())).unwrap());
}

fn formats(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut plain = Vec::new();
    Synthetic::new(20, ENTRIES, 7).write(&mut plain).unwrap();
    let mut group = criterion.benchmark_group("read");
    group.sample_size(10).throughput(Throughput::Elements(ENTRIES));
    for (name, compression) in [
        ("plain", Compression::Plain),
        ("gzip stream", Compression::Gzip),
        ("zstd stream", Compression::Zstd),
    ] {
        let path = folder.path().join("image.tar");
        fs::write(&path, outer(&plain, compression)).unwrap();
        for threads in [1, 2] {
            group.bench_function(format!("{name}, {threads} threads"), |bencher| {
                bencher.iter(|| read(&path, threads));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, formats);
criterion_main!(benches);

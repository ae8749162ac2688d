//! Laying layers over each other, settling the accounts, and a view of the result.

mod layers;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use layerscope::analysis::Analysis;
use layerscope::dive::Dive;
use layerscope::image::LayerNumber;
use layerscope::union::{Scope, Union, View};

fn union(criterion: &mut Criterion) {
    let layers = layers::layers(100_000, 10);
    let entries: usize = layers.iter().map(|layer| layer.len()).sum();
    let mut group = criterion.benchmark_group("union");
    group.throughput(Throughput::Elements(entries as u64)).sample_size(10);
    group.bench_function("build", |bencher| {
        bencher.iter_batched(|| layers.clone(), |layers| black_box(Union::build(layers)), BatchSize::LargeInput);
    });
    let union = Union::build(layers.clone());
    group.bench_function("analysis", |bencher| bencher.iter(|| black_box(Analysis::new(&union, None))));
    group.bench_function("dive", |bencher| bencher.iter(|| black_box(Dive::new(&layers))));
    for (name, scope) in
        [("merged view", Scope::Merged(LayerNumber::from_index(9))), ("changes view", Scope::layer(LayerNumber::FIRST))]
    {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(View::new(&union, scope))));
    }
    group.finish();
}

criterion_group!(benches, union);
criterion_main!(benches);

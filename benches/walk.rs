//! Reading layers: a plain docker save from header to header, and the same files through gzip.

mod archive;

use std::hint::black_box;
use std::io::Write;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layerscope::source::{Archive, ImageChoice, Location, Quiet};

const FILES: usize = 20_000;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    packed.write_all(bytes).expect("a vector takes all");
    packed.finish().expect("a vector takes all")
}

fn walk(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plain = archive::layer(FILES);
    let mut group = criterion.benchmark_group("walk");
    group.throughput(Throughput::Elements(FILES as u64)).sample_size(20);
    for (name, bytes) in [("plain", plain.clone()), ("gzip", gzip(&plain))] {
        let path = folder.path().join(name);
        archive::docker_save(&path, &bytes);
        let location = Location::of_path(&path);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let archive = Archive::open(&location, &Quiet).expect("an archive");
                let opened = archive.select(&ImageChoice::default()).expect("one image");
                black_box(opened.scan(&Quiet))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, walk);
criterion_main!(benches);

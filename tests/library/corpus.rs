//! What the fuzzers start from, and everything in `tests/corpus`, on which one of them ever failed, run through what they run.
//! Fuzzing itself: `just fuzz TARGET`.

use std::path::Path;

use crate::testing::{self, seeds};

fn run(target: &str, over: fn(&[u8])) {
    let mut count = 0;
    for seed in seeds::all().into_iter().filter(|seed| seed.target == target) {
        println!("{}", seed.name);
        over(&seed.bytes);
        count += 1;
    }
    assert!(count > 0, "{target} has seeds");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    for entry in folder.read_dir().into_iter().flatten() {
        let path = entry.expect("readable").path();
        println!("{}", path.display());
        over(&std::fs::read(&path).expect("readable"));
    }
}

#[test]
fn the_tar_walker_takes_its_corpus() {
    run("tar_walker", testing::fuzzing::tar_walker);
}

#[test]
fn the_archive_index_takes_its_corpus() {
    run("archive_index", testing::fuzzing::archive_index);
}

#[test]
fn the_json_readers_take_their_corpus() {
    run("json_readers", testing::fuzzing::json_readers);
}

#[test]
fn the_layer_stack_takes_its_corpus() {
    run("layer_stack", testing::fuzzing::layer_stack);
}

#[test]
fn what_looks_into_files_takes_its_corpus() {
    run("file_contents", testing::contents::file_contents);
}

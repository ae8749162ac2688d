//! Bytes that the fuzzers start from, and every one they ever tripped over, run through what they run. Fuzzing itself:
//! `cargo fuzz run TARGET fuzz/corpus/TARGET tests/corpus/TARGET`.

use std::path::Path;

fn run(target: &str, over: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus lies in the project") {
        let path = entry.expect("readable").path();
        println!("{}", path.display());
        over(&std::fs::read(&path).expect("readable"));
        count += 1;
    }
    assert!(count > 0, "{target} has a corpus");
}

#[test]
fn the_tar_walker_takes_its_corpus() {
    run("tar_walker", crate::testing::fuzzing::tar_walker);
}

#[test]
fn the_archive_index_takes_its_corpus() {
    run("archive_index", crate::testing::fuzzing::archive_index);
}

#[test]
fn the_json_readers_take_their_corpus() {
    run("json_readers", crate::testing::fuzzing::json_readers);
}

#[test]
fn the_layer_stack_takes_its_corpus() {
    run("layer_stack", crate::testing::fuzzing::layer_stack);
}

#[test]
fn what_looks_into_files_takes_its_corpus() {
    run("file_contents", crate::testing::contents::file_contents);
}

//! Writes what the fuzzers start from into `fuzz/corpus`: `cargo run --example seeds`. What is generated is not committed;
//! `tests/corpus` holds only what fuzzing found.

#[path = "../tests/testing/mod.rs"]
mod testing;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for seed in testing::seeds::all() {
        let folder = corpus.join(seed.target);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(seed.name), seed.bytes)?;
    }
    Ok(())
}

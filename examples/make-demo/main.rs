//! Writes what `layerscope demo` opens: two builds of a web shop that looks like anyone's, and the filesystem of a
//! container of it. It needs no engine, and the same version of the compressor makes the same bytes.
//!
//! ```text
//! cargo run --release --example make-demo        writes assets/demo/shop.tar.zst and assets/demo/container.tar.zst
//! ```

pub(crate) mod archive;
mod content;
mod debian;
pub(crate) mod disk;
mod provenance;
mod shop;
pub(crate) mod story;

use std::path::Path;

/// Files are written once and opened often.
const LEVEL: i32 = 19;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    std::fs::create_dir_all(&folder)?;
    let images = archive::archive(&[story::Build::first(), story::Build::second()], LEVEL);
    let container = archive::tar(&story::exported());
    for (name, bytes) in [("shop.tar.zst", images), ("container.tar.zst", container)] {
        let compressed = archive::compress(&bytes, LEVEL);
        println!("{name}: {} bytes, {} in the program", bytes.len(), compressed.len());
        std::fs::write(folder.join(name), compressed)?;
    }
    Ok(())
}

//! The demo inside the program: two builds of a web shop and the filesystem of a container, as
//! `cargo run --release --example make-demo` writes them.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tempfile::NamedTempFile;

use crate::source::{Archive, ContainerTar, Location, Progress, Selector};

/// An OCI archive of `shop:1.4` and `shop:1.5`, compressed.
const IMAGES: &[u8] = include_bytes!("../../assets/demo/shop.tar.zst");

/// The filesystem of a container of `shop:1.4`, compressed.
const CONTAINER_TAR: &[u8] = include_bytes!("../../assets/demo/container.tar.zst");

/// The name of the image with that container.
pub(super) const CONTAINER: &str = "container";

/// The image that `demo` alone names, and that the container ran.
const FIRST: &str = "shop:1.4";

/// The word that names an image of the demo by its index.
pub(super) fn word(index: usize) -> &'static str {
    if index == 0 { "demo:1.4" } else { "demo:1.5" }
}

/// The part of the demo that a word names; none if it does not, or if there is a file with this name.
pub(super) fn named(word: &OsStr) -> Option<&str> {
    let rest = word.to_str()?.strip_prefix("demo")?;
    let name = if rest.is_empty() { "" } else { rest.strip_prefix(':')? };
    (!Path::new(word).exists()).then_some(name)
}

/// The image that a name of the demo selects, where no option does.
pub(super) fn selector(name: &str) -> Selector {
    Selector::Name(if matches!(name, "" | CONTAINER) { FIRST.to_owned() } else { format!("shop:{name}") })
}

/// Opens the archive of both images.
pub(super) fn open(name: &str, progress: &dyn Progress) -> Result<Archive> {
    match name {
        "" | "1.4" | "1.5" | CONTAINER => {}
        _ => bail!(
            "`demo:{name}` is not part of the demo: there are `demo`, `demo:1.4`, `demo:1.5` and `demo:container`"
        ),
    }
    // It is compressed, so opening copies it, and the temporary file can be deleted afterwards.
    let file = file()?;
    Archive::open(&Location::of_path(file.path()), progress).context("cannot open the demo")
}

/// Opens the container.
pub(super) fn container() -> Result<ContainerTar> {
    ContainerTar::of_bytes(CONTAINER_TAR.to_vec()).context("cannot open the container of the demo")
}

/// The images as a file, for as long as it takes to open it.
fn file() -> Result<NamedTempFile> {
    let spool = || -> std::io::Result<NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix("layerscope-demo-").suffix(".tar.zst").tempfile()?;
        file.write_all(IMAGES)?;
        file.flush()?;
        Ok(file)
    };
    spool().context("cannot write the demo to a temporary file: free some space or point TMPDIR elsewhere")
}

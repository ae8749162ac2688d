//! The demo image inside the program: small, built by a real engine, with an example of everything that layers can do.

use std::io::Write;

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

/// A `docker save` archive, compressed.
const IMAGE: &[u8] = include_bytes!("../../assets/demo.tar.gz");

/// The image as a file, for as long as it takes to open it.
pub(super) fn file() -> Result<NamedTempFile> {
    let spool = || -> std::io::Result<NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix("layerscope-demo-").suffix(".tar.gz").tempfile()?;
        file.write_all(IMAGE)?;
        file.flush()?;
        Ok(file)
    };
    spool().context("cannot write the demo to a temporary file: free some space or point TMPDIR elsewhere")
}

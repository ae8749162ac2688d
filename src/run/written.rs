//! A file that is written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::output::print;

const BUFFER: usize = 256 << 10;

/// Writes to a file beside the target that takes its place when it is whole; to standard output, and to what is no plain
/// file, directly.
pub(super) fn write(target: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    if target == Path::new("-") {
        return print(write);
    }
    let cannot = || format!("cannot write the report to `{}`", target.display());
    // What a link leads to is replaced, not the link.
    let target: PathBuf = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
        let file = File::options().write(true).open(&target).with_context(cannot)?;
        return through(file, write).map(|_| ()).with_context(cannot);
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = beside(folder).with_context(cannot)?;
    let file = beside.reopen().with_context(cannot)?;
    through(file, write).with_context(cannot)?;
    beside.persist(&target).map(|_| ()).map_err(|error| error.error).with_context(cannot)
}

fn through(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(BUFFER, file);
    write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A file that goes again unless it is kept, as readable as any that this user makes.
fn beside(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".layerscope-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

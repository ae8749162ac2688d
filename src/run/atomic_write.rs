//! A file that is written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::output::print;

const BUFFER: usize = 256 << 10;

/// Writes to a file next to the target and renames it when complete, with the permissions of the file it replaces.
/// Writes in place if the target's folder does not allow that, if the target is not a regular file, and to standard
/// output.
pub(super) fn write(target: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    if target == Path::new("-") {
        return print(write);
    }
    let cannot = || format!("cannot write to `{}`", target.display());
    // What a link leads to is replaced, not the link.
    let target: PathBuf = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    let there = fs::metadata(&target).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        let file = File::options().write(true).open(&target).with_context(cannot)?;
        return through(file, write).map(|_| ()).with_context(cannot);
    }
    let in_place = || File::options().write(true).create(true).truncate(true).open(&target);
    // A dangling symlink is followed by the system.
    if target.is_symlink() {
        return in_place().and_then(|file| through(file, write)).map(|_| ()).with_context(cannot);
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = match temp_file(folder, there.as_ref()) {
        Ok(beside) => beside,
        Err(_) if there.is_some() => {
            return in_place().and_then(|file| through(file, write)).map(|_| ()).with_context(cannot);
        }
        Err(error) => return Err(error).with_context(cannot),
    };
    let file = beside.as_file().try_clone().with_context(cannot)?;
    through(file, write).with_context(cannot)?;
    match beside.persist(&target) {
        Ok(_) => Ok(()),
        // A mount point cannot be replaced.
        Err(fault) if there.is_some() => {
            let mut whole = fault.file.as_file();
            whole.rewind().with_context(cannot)?;
            in_place().and_then(|mut file| io::copy(&mut whole, &mut file)).map(|_| ()).with_context(cannot)
        }
        Err(fault) => Err(fault.error).with_context(cannot),
    }
}

fn through(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(BUFFER, file);
    write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A temporary file, with the permissions of the file it replaces, else with the user's defaults.
fn temp_file(folder: &Path, replaced: Option<&fs::Metadata>) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".layerscope-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = replaced.map(|replaced| replaced.permissions().mode() & 0o777);
        // Its owner can write to it even if the replaced file is read-only.
        builder.permissions(fs::Permissions::from_mode(mode.map_or(0o666, |mode| mode | 0o200)));
    }
    // The error of the library names the temporary file, which nobody asked for.
    let beside = builder.tempfile_in(folder).map_err(|error| {
        let message = error.to_string();
        io::Error::new(error.kind(), message.split(" at path ").next().unwrap_or_default())
    })?;
    #[cfg(unix)]
    if let Some(replaced) = replaced {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let made = beside.as_file().metadata()?;
        if (made.uid(), made.gid()) != (replaced.uid(), replaced.gid()) {
            return Err(io::Error::other("a new file would belong to another user or group"));
        }
        beside.as_file().set_permissions(fs::Permissions::from_mode(replaced.permissions().mode() & 0o777))?;
    }
    #[cfg(not(unix))]
    let _ = replaced;
    Ok(beside)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("there").permissions().mode() & 0o7777
    }

    fn report(path: &Path, text: &str) {
        write(path, |out| out.write_all(text.as_bytes())).expect("written");
        assert_eq!(fs::read_to_string(path).expect("there"), text);
    }

    #[test]
    fn a_file_that_is_written_again_stays_as_private_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        symlink(&file, &link).expect("a link");
        report(&link, "through a link to nothing");
        for private in [0o600, 0o640, 0o444] {
            fs::set_permissions(&file, fs::Permissions::from_mode(private)).expect("ours");
            report(&file, "new");
            report(&link, "through a link");
            assert_eq!((mode(&file), link.is_symlink()), (private, true));
        }
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing else is left");
    }
}

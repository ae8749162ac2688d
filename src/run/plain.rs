//! Reads whole files of the user: only regular files, also through symlinks, and only up to a limit, since a pull request
//! can contain a link to anything.

use std::fs::{File, FileType, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// Opens a regular file, without waiting for a pipe or touching a device.
pub(super) fn open(path: &Path) -> io::Result<File> {
    plain(&std::fs::metadata(path)?)?;
    let mut options = File::options();
    options.read(true);
    // Between the two checks it may have become something that blocks.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    plain(&file.metadata()?)?;
    Ok(file)
}

/// The text of a regular file of at most this many bytes.
pub(super) fn text(path: &Path, at_most: u64) -> io::Result<String> {
    let mut text = String::new();
    // The limit also applies to a file that grows while it is read, or has no length.
    let read = open(path)?.take(at_most + 1).read_to_string(&mut text)? as u64;
    if read > at_most {
        return Err(io::Error::other(format!("it has more than {at_most} bytes")));
    }
    Ok(text)
}

/// Whether the path exists; an error other than "not found" counts as existing.
pub(super) fn is_there(path: &Path) -> bool {
    !path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn plain(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::other(format!("it is a {}, not a file", kind(metadata.file_type()))))
}

fn kind(of: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if of.is_fifo() {
            return "pipe";
        }
        if of.is_socket() {
            return "socket";
        }
        if of.is_char_device() || of.is_block_device() {
            return "device";
        }
    }
    if of.is_dir() { "folder" } else { "special file" }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn refusal(path: &Path) -> String {
        text(path, 16).expect_err("refused").to_string()
    }

    #[test]
    fn only_plain_files_are_read_and_only_so_much_of_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let (pipe, link, long) = (folder.path().join("pipe"), folder.path().join("link"), folder.path().join("long"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|status| status.success()));
        std::os::unix::fs::symlink("/dev/zero", &link).expect("a link");
        std::fs::write(&long, "seventeen letters").expect("room");
        assert_eq!(refusal(&pipe), "it is a pipe, not a file");
        assert_eq!(refusal(&link), "it is a device, not a file");
        assert_eq!(refusal(folder.path()), "it is a folder, not a file");
        assert_eq!(refusal(&long), "it has more than 16 bytes");
        assert_eq!(text(&long, 17).ok().as_deref(), Some("seventeen letters"));
    }
}

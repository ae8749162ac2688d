//! The fingerprint of a file without reading it: where it is, its length, and when the system last saw it change.
//!
//! The time that counts is the *change* time. Every way to change content sets it, including setting the modification
//! time back, and nothing sets it back. That holds where the kernel itself maintains it: on the local file systems
//! listed here. On FAT it follows the modification time; a network file system has another machine's clock and its own
//! cache; on tmpfs, writes through a memory mapping do not show. There, and on systems other than Linux, a file has no
//! fingerprint, and its bytes are hashed every time.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::source::blob::Blob;

/// Seconds since the epoch, and nanoseconds.
type Time = (i64, i64);

/// The state of an open file, and the place of a blob in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprint {
    device: u64,
    inode: u64,
    file_len: u64,
    modified: Time,
    changed: Time,
    offset: u64,
    len: u64,
}

impl Fingerprint {
    /// The current state; `None` if the system has no such information or cannot be trusted.
    #[cfg(target_os = "linux")]
    pub(super) fn read(blob: &Blob) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let (file, offset) = blob.file()?;
        let metadata = file.metadata().ok()?;
        // A copy without a name, created a moment ago and removed with this process.
        if metadata.nlink() == 0 || !keeps_change_times(file) {
            return None;
        }
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            file_len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            offset,
            len: blob.len(),
        })
    }

    /// `None`: on this system it is not known which file systems keep change times reliably.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn read(blob: &Blob) -> Option<Self> {
        blob.file().and(None)
    }

    /// The position of the blob, even if the file has changed since.
    pub(super) fn place(&self) -> [u8; 32] {
        let mut place = [0; 32];
        for (part, number) in place.chunks_mut(8).zip([self.device, self.inode, self.offset, self.len]) {
            part.copy_from_slice(&number.to_le_bytes());
        }
        place
    }

    /// Whether the last change is so long before a time that another one could not have the same timestamp.
    pub(super) fn is_settled(&self, moment: SystemTime, settled: Duration) -> bool {
        let Ok(moment) = moment.duration_since(SystemTime::UNIX_EPOCH) else { return false };
        let before = |(seconds, nanoseconds): Time| {
            let time = u64::try_from(seconds).ok().zip(u32::try_from(nanoseconds).ok());
            let time = time.and_then(|(seconds, nanos)| {
                Duration::from_secs(seconds).checked_add(Duration::from_nanos(nanos.into()))
            });
            time.and_then(|time| time.checked_add(settled)).is_some_and(|time| time <= moment)
        };
        before(self.modified) && before(self.changed)
    }
}

/// Whether the file system is one whose change times the kernel keeps, and keeps well.
#[cfg(target_os = "linux")]
fn keeps_change_times(file: &std::fs::File) -> bool {
    /// ext2 to ext4, xfs, btrfs, f2fs, zfs, bcachefs, and overlayfs, which forwards to the file system below it.
    const KNOWN: [u64; 7] = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0x2fc1_2fc1, 0xca45_1a4e, 0x794c_7630];
    let Ok(system) = rustix::fs::fstatfs(file) else { return false };
    // The width of the number differs from machine to machine; the names are 32 bits.
    u64::try_from(system.f_type & 0xffff_ffff).is_ok_and(|name| KNOWN.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(modified: Time, changed: Time) -> Fingerprint {
        Fingerprint { device: 1, inode: 2, file_len: 3, modified, changed, offset: 0, len: 3 }
    }

    #[test]
    fn a_file_is_settled_once_both_of_its_times_are_past() {
        let two = Duration::from_secs(2);
        let at = |seconds, nanos| SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos);
        let times = [(100, 500), (90, 0)];
        for (modified, changed) in [(times[0], times[1]), (times[1], times[0])] {
            assert!(!fingerprint(modified, changed).is_settled(at(102, 499), two));
            assert!(fingerprint(modified, changed).is_settled(at(102, 500), two));
        }
        assert!(!fingerprint((-1, 0), (90, 0)).is_settled(at(1000, 0), two), "before there were files");
        assert!(!fingerprint((i64::MAX, 0), (i64::MAX, i64::MAX)).is_settled(at(1000, 0), two));
    }

    #[test]
    fn two_blobs_of_a_file_have_two_places() {
        let one = fingerprint((1, 0), (1, 0));
        let moved = Fingerprint { offset: 512, ..one };
        assert_ne!(one.place(), moved.place());
        assert_eq!(one.place(), Fingerprint { changed: (2, 0), file_len: 9, ..one }.place());
    }
}

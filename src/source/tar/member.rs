//! One entry of a tar, with everything from all its headers.

use crate::image::{EntryKind, Mtime, Xattr};

use super::doubt::{Doubt, Doubts};
use super::header::TarHeader;
use super::pax::Pax;

/// What the headers say. Kept and filled again for the next entry, so that names cost no allocation.
#[derive(Clone, Debug)]
pub(in crate::source) struct Member {
    pub(in crate::source) name: Vec<u8>,
    pub(in crate::source) link: Vec<u8>,
    pub(in crate::source) kind: EntryKind,
    pub(in crate::source) mode: u32,
    pub(in crate::source) uid: i64,
    pub(in crate::source) gid: i64,
    pub(in crate::source) mtime: Mtime,
    /// The size of the file when it is opened.
    pub(in crate::source) size: u64,
    /// Its bytes in the tar.
    pub(in crate::source) stored: u64,
    /// Their offset.
    pub(in crate::source) data_offset: u64,
    pub(in crate::source) rdev: Option<(u32, u32)>,
    pub(in crate::source) xattrs: Vec<Xattr>,
    pub(in crate::source) sparse: Option<Box<[(u64, u64)]>>,
    /// Whether its type is `7`, a file in one piece: old systems had such.
    pub(in crate::source) contiguous: bool,
    /// The keys of its extended header, if they are kept.
    pub(in crate::source) pax_keys: Vec<Vec<u8>>,
    /// What was malformed, and what was done about it.
    pub(in crate::source) doubts: Doubts,
}

impl Default for Member {
    fn default() -> Self {
        Self {
            name: Vec::new(),
            link: Vec::new(),
            kind: EntryKind::File,
            mode: 0,
            uid: 0,
            gid: 0,
            mtime: Mtime::default(),
            size: 0,
            stored: 0,
            data_offset: 0,
            rdev: None,
            xattrs: Vec::new(),
            sparse: None,
            contiguous: false,
            pax_keys: Vec::new(),
            doubts: Doubts::default(),
        }
    }
}

impl Member {
    /// Applies the header, except for the sizes.
    pub(super) fn fill(&mut self, header: TarHeader<'_>) {
        self.doubts = header.doubts();
        self.xattrs.clear();
        self.sparse = None;
        header.name_into(&mut self.name);
        self.link.clear();
        self.link.extend_from_slice(header.link());
        // Some producers write a file's whole mode, type and all; the lowest bits are the ones that count.
        self.mode = u32::try_from(self.or_zero(Doubt::Mode, header.mode()) & 0o7777).unwrap_or(0);
        self.uid = self.or_zero(Doubt::Owner, header.uid());
        self.gid = self.or_zero(Doubt::Group, header.gid());
        self.mtime = Mtime { seconds: self.or_zero(Doubt::Time, header.mtime()), nanoseconds: 0 };
        self.kind = kind_of(header.flag());
        self.contiguous = header.flag() == b'7';
        self.rdev = None;
        if matches!(self.kind, EntryKind::Char | EntryKind::Block) {
            let (major, minor) = header
                .device()
                .map_or((None, None), |(major, minor)| (u32::try_from(major).ok(), u32::try_from(minor).ok()));
            self.rdev = major.zip(minor);
            if self.rdev.is_none() && !self.doubts.has(Doubt::DeviceField) {
                self.doubts.add(Doubt::Device);
            }
        }
    }

    /// Applies an extended header, except for the sizes.
    pub(super) fn extend(&mut self, pax: Pax) {
        if !pax.path.is_empty() {
            self.name = pax.path;
        }
        if !pax.link.is_empty() {
            self.link = pax.link;
        }
        self.uid = pax.uid.unwrap_or(self.uid);
        self.gid = pax.gid.unwrap_or(self.gid);
        self.mtime = pax.mtime.unwrap_or(self.mtime);
        self.xattrs = pax.xattrs;
        self.doubts.add_all(pax.doubts);
    }

    fn or_zero(&mut self, doubt: Doubt, number: Option<i64>) -> i64 {
        number.unwrap_or_else(|| {
            self.doubts.add(doubt);
            0
        })
    }
}

/// The meaning of a type flag; a NUL with a slash at the end of the name is a directory, which is decided later.
fn kind_of(flag: u8) -> EntryKind {
    match flag {
        // 7 was meant for contiguous files; 'S' is a sparse file.
        b'0' | 0 | b'7' | b'S' => EntryKind::File,
        b'1' => EntryKind::HardLink,
        b'2' => EntryKind::Symlink,
        b'3' => EntryKind::Char,
        b'4' => EntryKind::Block,
        b'5' => EntryKind::Dir,
        b'6' => EntryKind::Fifo,
        flag => EntryKind::Unknown(flag),
    }
}

/// Whether entries of this kind have no content, even if their header has a size.
pub(super) fn is_header_only(kind: EntryKind) -> bool {
    !matches!(kind, EntryKind::File | EntryKind::Unknown(_))
}

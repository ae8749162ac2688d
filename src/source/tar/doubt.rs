//! What is malformed in an entry's headers, as flags: a hostile header has tens of thousands of malformed records, and
//! none of them may cost an allocation.

macro_rules! doubts {
    ($($name:ident => $text:literal,)+) => {
        /// Something malformed that the walk does not end at. Go's `archive/tar`, and so every engine, refuses the tar
        /// at an entry with any of them; `PaxXattr`, `Device` and what is too long excepted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::source) enum Doubt { $($name,)+ }

        impl Doubt {
            const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What the entry has.
            pub(in crate::source) fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

doubts! {
    Mode => "a malformed mode in its header, read as 0",
    Owner => "a malformed owner in its header, read as 0",
    Group => "a malformed group in its header, read as 0",
    Time => "a malformed time in its header, read as 0",
    Size => "a malformed size in its header, which another size replaces",
    Special => "a malformed header of a long name or of extended records before it, which was ignored",
    OtherTime => "a malformed access or change time, which was ignored",
    DeviceField => "a malformed device number in its header, which was ignored",
    Device => "an impossible device number, which was ignored",
    PaxRecord => "an extended header with a malformed record, which was ignored with all after it",
    PaxNul => "an extended header with a NUL in the wrong place, which was ignored",
    PaxOwner => "an extended header whose `uid` is malformed, which was ignored",
    PaxGroup => "an extended header whose `gid` is malformed, which was ignored",
    PaxTime => "an extended header whose `mtime` is malformed, which was ignored",
    PaxSize => "an extended header whose `size` is malformed, which was ignored",
    PaxXattr => "an extended header whose `LIBARCHIVE.xattr` is malformed, which was ignored",
    LongPath => "a path of more than 4,096 bytes, which no system can create: it is shown shortened",
    LongTarget => "a link target of more than 4,096 bytes, which no system can create: it is shown shortened",
    SparseMap => "an invalid sparse map: its stored bytes are shown instead",
    SparseCount => "a sparse map with another number of pieces than its header says",
    SparseOrder => "a sparse map whose pieces are out of order",
    SparseRest => "more stored bytes than its sparse map covers: the surplus is not shown",
    SparseKind => "a sparse map, but no content",
}

/// Those of one entry, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Doubts(u32);

impl Doubts {
    pub(super) fn add(&mut self, doubt: Doubt) {
        self.0 |= 1 << doubt as u32;
    }

    pub(super) fn add_all(&mut self, others: Self) {
        self.0 |= others.0;
    }

    pub(in crate::source) fn has(self, doubt: Doubt) -> bool {
        self.0 & (1 << doubt as u32) != 0
    }

    pub(in crate::source) fn iter(self) -> impl Iterator<Item = Doubt> {
        Doubt::ALL.iter().copied().filter(move |&doubt| self.has(doubt))
    }
}

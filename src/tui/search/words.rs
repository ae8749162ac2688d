//! The words of a filter that are not about names: size, kind, owner, mode bits, change.

use super::QuerySubject;
use crate::format;
use crate::image::EntryKind;
use crate::union::Change;

/// A condition on a row other than its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Bytes, both ends included.
    Size {
        least: u64,
        most: u64,
    },
    Kind(Kind),
    Owner {
        user: Option<i64>,
        group: Option<i64>,
    },
    /// Runs as its owner or group for any user.
    Setuid,
    Is(Option<Change>),
}

/// The kinds that people distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Kind {
    File,
    Dir,
    Link,
    HardLink,
    Device,
    Pipe,
}

impl Word {
    /// Parses one; `None` if it is not such a word, an error if it is one but incomplete or invalid.
    pub fn parse(word: &str) -> Option<Result<Self, String>> {
        if let Some(size) = word.strip_prefix('>') {
            return Some(larger(size));
        }
        if let Some(size) = word.strip_prefix('<') {
            return Some(smaller(size));
        }
        if word == "setuid" {
            return Some(Ok(Self::Setuid));
        }
        let (name, value) = word.split_once(':')?;
        match name {
            "kind" => Some(kind(value)),
            "owner" => Some(owner(value)),
            "is" => Some(is(value)),
            _ => None,
        }
    }

    pub fn matches(self, subject: &QuerySubject<'_>) -> bool {
        match self {
            Self::Size { least, most } => subject.size.is_some_and(|size| (least..=most).contains(&size)),
            Self::Kind(kind) => subject.version.is_some_and(|version| kind.is(version.kind())),
            Self::Owner { user, group } => subject.version.is_some_and(|version| {
                let (its_user, its_group) = version.owner();
                user.is_none_or(|user| user == its_user) && group.is_none_or(|group| group == its_group)
            }),
            Self::Setuid => subject
                .version
                .is_some_and(|version| version.kind() != EntryKind::Symlink && version.mode() & 0o6000 != 0),
            Self::Is(change) => subject.change == change,
        }
    }
}

impl Kind {
    fn is(self, kind: EntryKind) -> bool {
        match self {
            Self::File => kind == EntryKind::File,
            Self::Dir => kind == EntryKind::Dir,
            Self::Link => kind == EntryKind::Symlink,
            Self::HardLink => kind == EntryKind::HardLink,
            Self::Device => matches!(kind, EntryKind::Char | EntryKind::Block),
            Self::Pipe => kind == EntryKind::Fifo,
        }
    }
}

fn larger(text: &str) -> Result<Word, String> {
    let least = match text.strip_prefix('=') {
        Some(size) => bytes(">=", size)?,
        None => bytes(">", text)?.saturating_add(1),
    };
    Ok(Word::Size { least, most: u64::MAX })
}

fn smaller(text: &str) -> Result<Word, String> {
    let most = match text.strip_prefix('=') {
        Some(size) => bytes("<=", size)?,
        None => bytes("<", text)?.checked_sub(1).ok_or("no file is smaller than 0 bytes")?,
    };
    Ok(Word::Size { least: 0, most })
}

/// A size as `check` reads it, so that one spelling means the same everywhere.
fn bytes(sign: &str, text: &str) -> Result<u64, String> {
    format::parse_size(text)
        .ok_or_else(|| format!("`{sign}{text}` is not a size: write {sign}10k, {sign}1.5MB or {sign}2GiB"))
}

fn kind(text: &str) -> Result<Word, String> {
    Ok(Word::Kind(match text {
        "file" => Kind::File,
        "dir" | "folder" => Kind::Dir,
        "link" | "symlink" => Kind::Link,
        "hardlink" => Kind::HardLink,
        "device" => Kind::Device,
        "pipe" => Kind::Pipe,
        _ => return Err("kind: is followed by file, dir, link, hardlink, device or pipe".to_owned()),
    }))
}

fn owner(text: &str) -> Result<Word, String> {
    let fault = || "owner: is followed by numbers: owner:1000 or owner:1000:1000".to_owned();
    let number = |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| fault()) };
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    match (number(user)?, number(group)?) {
        (None, None) => Err(fault()),
        (user, group) => Ok(Word::Owner { user, group }),
    }
}

fn is(text: &str) -> Result<Word, String> {
    Ok(Word::Is(match text {
        "added" => Some(Change::Added),
        "modified" => Some(Change::Modified),
        "removed" => Some(Change::Removed),
        "unchanged" => None,
        _ => return Err("is: is followed by added, modified, removed or unchanged".to_owned()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(word: &str) -> Option<(u64, u64)> {
        match Word::parse(word) {
            Some(Ok(Word::Size { least, most })) => Some((least, most)),
            _ => None,
        }
    }

    #[test]
    fn sizes_are_decimal_unless_they_say_otherwise() {
        assert_eq!(size(">1MB"), Some((1_000_001, u64::MAX)));
        assert_eq!(size(">=1m"), Some((1_000_000, u64::MAX)));
        assert_eq!(size("<10k"), Some((0, 9_999)));
        assert_eq!(size("<=1.5kB"), Some((0, 1_500)));
        assert_eq!(size(">=2KiB"), Some((2_048, u64::MAX)));
        assert_eq!(size(">=0"), Some((0, u64::MAX)));
        assert_eq!(size(">=1,000"), Some((1_000, u64::MAX)), "as `check` reads it");
    }

    #[test]
    fn a_word_that_is_begun_but_not_sound_says_what_it_could_be() {
        for (word, says) in [
            (">", "is not a size"),
            ("<0", "smaller than 0"),
            (">1x", "`>1x` is not a size"),
            (">1.2.3", "is not a size"),
            (">999999999999999999999", "is not a size"),
            ("kind:", "file, dir, link"),
            ("kind:fil", "file, dir, link"),
            ("owner:", "numbers"),
            ("owner:root", "numbers"),
            ("owner:1:2:3", "numbers"),
            ("is:new", "added, modified"),
        ] {
            let fault = Word::parse(word).and_then(Result::err);
            assert!(fault.as_ref().is_some_and(|fault| fault.contains(says)), "{word}: {fault:?}");
        }
    }

    #[test]
    fn every_other_word_is_read_as_what_it_says() {
        for (word, read) in [
            ("kind:file", Word::Kind(Kind::File)),
            ("kind:dir", Word::Kind(Kind::Dir)),
            ("kind:folder", Word::Kind(Kind::Dir)),
            ("kind:link", Word::Kind(Kind::Link)),
            ("kind:hardlink", Word::Kind(Kind::HardLink)),
            ("kind:device", Word::Kind(Kind::Device)),
            ("kind:pipe", Word::Kind(Kind::Pipe)),
            ("owner:1000", Word::Owner { user: Some(1000), group: None }),
            ("owner:1000:50", Word::Owner { user: Some(1000), group: Some(50) }),
            ("owner::50", Word::Owner { user: None, group: Some(50) }),
            ("setuid", Word::Setuid),
            ("is:added", Word::Is(Some(Change::Added))),
            ("is:modified", Word::Is(Some(Change::Modified))),
            ("is:removed", Word::Is(Some(Change::Removed))),
            ("is:unchanged", Word::Is(None)),
        ] {
            assert_eq!(Word::parse(word), Some(Ok(read)), "{word}");
        }
        for text in ["passwd", "etc/passwd", "re:x", "setuids", "a>b", "C:x"] {
            assert_eq!(Word::parse(text), None, "{text}");
        }
    }

    #[test]
    fn words_hold_of_what_they_say_and_of_nothing_else() {
        use std::sync::Arc;

        use crate::image::{Entries, LayerNumber, NewEntry};
        use crate::union::{Union, VersionRef};

        let mut entries = Entries::new();
        let new =
            |name: &'static str, kind| NewEntry { name: name.as_bytes(), kind, mode: 0o755, ..NewEntry::default() };
        for entry in [
            NewEntry { size: 5, stored: 5, uid: 1000, gid: 50, ..new("file", EntryKind::File) },
            NewEntry { mode: 0o4755, ..new("su", EntryKind::File) },
            NewEntry { mode: 0o2755, ..new("sg", EntryKind::File) },
            new("dir", EntryKind::Dir),
            NewEntry { link_target: b"file", ..new("link", EntryKind::Symlink) },
            NewEntry { link_target: b"file", ..new("hard", EntryKind::HardLink) },
            new("null", EntryKind::Char),
            new("disk", EntryKind::Block),
            new("pipe", EntryKind::Fifo),
        ] {
            entries.push(entry).expect("room");
        }
        let union = Union::build(vec![Arc::new(entries)]);
        let holds = |word: &str| {
            let word = Word::parse(word).expect("a word").expect("sound");
            let subject = |node| {
                let version = union.visible(node, LayerNumber::from_index(0)).map(|id| union.version(id));
                let size = version.filter(|version| version.kind() == EntryKind::File).map(VersionRef::size);
                QuerySubject { path: b"", size, version, change: Some(Change::Added) }
            };
            let nodes = union.paths().filter(|&node| word.matches(&subject(node)));
            let mut names: Vec<_> = nodes.map(|node| String::from_utf8_lossy(union.name(node)).into_owned()).collect();
            names.sort_unstable();
            names.join(" ")
        };
        for (word, names) in [
            (">4", "file"),
            ("<1", "sg su"),
            ("kind:file", "file sg su"),
            ("kind:dir", "dir"),
            ("kind:link", "link"),
            ("kind:hardlink", "hard"),
            ("kind:device", "disk null"),
            ("kind:pipe", "pipe"),
            ("owner:1000", "file hard"),
            ("owner:1000:50", "file hard"),
            ("owner:1000:0", ""),
            ("owner::50", "file hard"),
            ("setuid", "sg su"),
            ("is:added", "dir disk file hard link null pipe sg su"),
            ("is:unchanged", ""),
        ] {
            assert_eq!(holds(word), names, "{word}");
        }
    }
}

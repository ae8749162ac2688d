//! That a difference is told, without waiting for an engine that makes one.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::listing::Tree;

/// A change of a folder, and the paths that it is about.
type Changed = (&'static str, fn(&Path) -> io::Result<()>);

const CHANGES: [Changed; 9] = [
    ("", |_| Ok(())),
    ("file", |root| fs::set_permissions(root.join("file"), Permissions::from_mode(0o4755))),
    ("dir", |root| fs::set_permissions(root.join("dir"), Permissions::from_mode(0o700))),
    ("file", |root| fs::File::options().write(true).open(root.join("file"))?.set_modified(std::time::UNIX_EPOCH)),
    ("link", |root| fs::remove_file(root.join("link")).and_then(|()| symlink("dir", root.join("link")))),
    ("link", |root| fs::remove_file(root.join("link")).and_then(|()| fs::create_dir(root.join("link")))),
    ("one two", |root| {
        fs::remove_file(root.join("two"))?;
        fs::copy(root.join("one"), root.join("two")).map(|_| ())
    }),
    ("dir/in", |root| fs::remove_file(root.join("dir/in"))),
    ("new", |root| fs::write(root.join("new"), "")),
];

/// Makes one change after another, and wants just the paths that it is about.
pub fn every_change_is_told() {
    for (expected, change) in CHANGES {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir(root.join("dir")).expect("a folder in it");
        for name in ["file", "dir/in", "one"] {
            fs::write(root.join(name), name).expect("a file");
        }
        fs::hard_link(root.join("one"), root.join("two")).expect("a second name");
        symlink("file", root.join("link")).expect("a link");
        let before = Tree::of_folder(root).expect("a listing");
        change(root).expect("a change");
        let after = Tree::of_folder(root).expect("a listing");
        // The time of a folder changes with what is in it; whether that falls into the same second is chance.
        let paths = |lines: Vec<String>| -> Vec<String> {
            let path = |line: String| line.split(':').next().unwrap_or("").to_owned();
            lines.into_iter().map(path).filter(|path| path != "dir" || expected == "dir").collect()
        };
        let wanted: Vec<_> = expected.split_whitespace().collect();
        assert_eq!(paths(before.differences(&after)), wanted);
        assert_eq!(paths(after.differences(&before)), wanted);
    }
}

//! What the Image view reads from files: the first bytes of the program that runs, and the list of users.

use std::io::Read;
use std::sync::Arc;

use crate::analysis::{Program, ProgramState, command_words, first_of_script, shell_script};
use crate::image::{Contents, EntryKind, LayerNumber};
use crate::tui::model::Model;
use crate::tui::work::{Job, JobResult};
use crate::union::{Destination, Union, VersionId};

/// The first line of a script is at most this long (execve(2)).
const HEAD: u64 = 256;
/// A longer list of users is not read.
const USERS: u64 = 256 * 1024;

/// What was read; `None` where it does not exist or cannot be read.
#[derive(Debug, Default)]
pub(in crate::tui) struct ProgramFiles {
    /// The first bytes of the program.
    pub head: Option<Vec<u8>>,
    /// `/etc/passwd`.
    pub users: Option<Vec<u8>>,
}

impl ProgramFiles {
    /// The name and number of the user that the configuration names.
    pub fn user(&self, user: &str) -> Option<(String, String)> {
        let asked = user.split(':').next().unwrap_or_default();
        let users = self.users.as_ref()?.split(|&byte| byte == b'\n');
        users.map(String::from_utf8_lossy).find_map(|line| {
            let mut fields = line.split(':');
            let (name, number) = (fields.next()?, fields.nth(1)?);
            (name == asked || number == asked).then(|| (name.to_owned(), number.to_owned()))
        })
    }
}

/// The program that matters: what a shell runs rather than the shell.
pub(in crate::tui) fn program(model: &Model) -> Option<(Program, Option<Program>)> {
    let (image, union) = (model.image.as_ref()?, model.union.as_ref()?);
    let words = command_words(&image.config);
    let program = Program::search(union, &image.config, words.first()?);
    let inner = shell_script(&words).and_then(first_of_script);
    Some((program, inner.map(|word| Program::search(union, &image.config, word))))
}

/// Reads it on a separate thread, since a layer may have to be decompressed for it.
pub(in crate::tui) fn job(model: &Model) -> Option<Job> {
    let (union, contents) = (Arc::clone(model.union.as_ref()?), Arc::clone(model.contents.as_ref()?));
    let last = union.layer_numbers().next_back()?;
    let program = program(model).and_then(|(program, inner)| match inner.unwrap_or(program).outcome {
        ProgramState::Runs(node) => union.visible(node, last),
        _ => None,
    });
    Some(Job::background(move |tell| {
        let head = program.and_then(|version| read(&union, &*contents, version, HEAD));
        let users = users(&union, last).and_then(|version| read(&union, &*contents, version, USERS));
        tell(JobResult::new(ProgramFiles { head, users }));
    }))
}

fn users(union: &Union, last: LayerNumber) -> Option<VersionId> {
    match union.follow(last, b"etc/passwd").end {
        Destination::Found(node) => union.visible(node, last),
        _ => None,
    }
}

fn read(union: &Union, contents: &dyn Contents, version: VersionId, most: u64) -> Option<Vec<u8>> {
    let inode = union.version(version).inode();
    let entry = inode.entry().filter(|entry| entry.kind() == EntryKind::File)?;
    let mut bytes = Vec::new();
    contents.open(inode.layer(), entry).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_name_and_by_number() {
        let users = b"root:x:0:0:root:/root:/bin/sh\nbad line\napp:x:1000:1000::/app:/bin/sh\n".to_vec();
        let files = ProgramFiles { users: Some(users), head: None };
        let app = Some(("app".to_owned(), "1000".to_owned()));
        assert_eq!(files.user("app:staff"), app);
        assert_eq!(files.user("1000"), app);
        assert_eq!(files.user("nobody"), None);
        assert_eq!(ProgramFiles::default().user("root"), None);
    }
}

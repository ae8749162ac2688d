//! Stores what the screen remembers, in a file of the user. Errors are ignored: nothing important is lost.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::config::SavedState;
use crate::tui::Split;

use super::environment::base_folder;
use super::plain;

/// The limit on the size of the file; a longer one was not written by this program.
const MOST: u64 = 64 * 1024;

fn file() -> Option<PathBuf> {
    Some(base_folder("XDG_STATE_HOME", ".local/state")?.join("layerscope/state.toml"))
}

/// Reads the positions of borders.
pub(super) fn remembered() -> Split {
    let text = file().and_then(|file| read(&file)).unwrap_or_default();
    let state = SavedState::read(&text);
    Split { across: state.split_across, down: state.split_down }
}

/// Stores the positions of borders.
pub(super) fn remember(split: Split) {
    let state = SavedState { split_across: split.across, split_down: split.down };
    if let Some(file) = file() {
        let _ = write(&file, &state.to_text());
    }
}

fn lesson_file() -> Option<PathBuf> {
    Some(base_folder("XDG_STATE_HOME", ".local/state")?.join("layerscope/lesson"))
}

/// Tours that are remembered.
const TOURS: usize = 50;

/// What is remembered of tours. The file has the id of the lesson that was shown last, and below it a line for each tour,
/// the latest first: what it was about, and the ids of the lessons whose questions are answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lessons {
    pub last: String,
    answered: Vec<(String, Vec<String>)>,
}

impl Lessons {
    /// Reads it; anything else in the file is nothing.
    pub(super) fn remembered() -> Self {
        Self::parse(&lesson_file().and_then(|file| read(&file)).unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let last = lines.next().unwrap_or_default().trim().to_owned();
        let tour = |line: &str| {
            let mut words = line.split('\t').map(str::to_owned);
            Some((words.next()?, words.collect()))
        };
        Self { last, answered: lines.filter_map(tour).take(TOURS).collect() }
    }

    /// The lessons of a tour whose questions are answered.
    pub(super) fn answered(&self, tour: &str) -> Vec<String> {
        self.answered.iter().find(|(known, _)| known == tour).map_or_else(Vec::new, |(_, ids)| ids.clone())
    }

    /// Stores what is shown, and what is answered.
    pub(super) fn remember(tour: &str, last: &str, answered: &[&str]) {
        let mut lessons = Self::remembered();
        // A name may have what separates names here.
        let is_plain = |id: &&&str| !id.contains(['\t', '\n', '\r']);
        last.clone_into(&mut lessons.last);
        lessons.answered.retain(|(known, _)| known != tour);
        let ids: Vec<_> = answered.iter().filter(is_plain).map(|&id| id.to_owned()).collect();
        if !ids.is_empty() {
            lessons.answered.insert(0, (tour.to_owned(), ids));
        }
        lessons.answered.truncate(TOURS);
        if let Some(file) = lesson_file() {
            let _ = write(&file, &lessons.to_text());
        }
    }

    fn to_text(&self) -> String {
        let last = format!("{}\n", self.last.replace(['\n', '\r'], " "));
        let tours = self.answered.iter().map(|(tour, ids)| format!("{tour}\t{}\n", ids.join("\t")));
        std::iter::once(last).chain(tours).collect()
    }
}

fn read(file: &Path) -> Option<String> {
    // Anything else there, such as a pipe, must not block the screen.
    plain::text(file, MOST).ok()
}

/// Whole or not at all.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let Some(folder) = file.parent() else { return Ok(()) };
    fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_of_tours_is_read_as_it_was_written() {
        let answered = vec![("a1".to_owned(), vec!["union".to_owned(), "two words".to_owned()])];
        let lessons = Lessons { last: "base".to_owned(), answered };
        let read = Lessons::parse(&lessons.to_text());
        assert_eq!(read, lessons);
        assert_eq!(read.answered("a1"), ["union", "two words"]);
        assert_eq!(read.answered("a2"), [""; 0]);
        assert_eq!(Lessons::parse("union\n"), Lessons { last: "union".to_owned(), ..Lessons::default() });
        assert_eq!(Lessons::parse(""), Lessons::default());
    }
}

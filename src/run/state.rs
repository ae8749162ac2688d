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

/// The id of the lesson that was shown last.
pub(super) fn last_lesson() -> Option<String> {
    lesson_file().and_then(|file| read(&file)).map(|id| id.trim().to_owned())
}

/// Stores the id of a lesson.
pub(super) fn remember_lesson(id: &str) {
    if let Some(file) = lesson_file() {
        let _ = write(&file, &format!("{id}\n"));
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

//! What the screen remembers, in a file of the user's. Nothing that goes wrong with it is worth a word.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::config::SavedState;
use crate::tui::Split;

use super::environment::base_folder;
use super::plain;

/// A longer file is none of ours.
const MOST: u64 = 64 * 1024;

fn file() -> Option<PathBuf> {
    Some(base_folder("XDG_STATE_HOME", ".local/state")?.join("layerscope/state.toml"))
}

/// Where borders were left.
pub(super) fn remembered() -> Split {
    let text = file().and_then(|file| read(&file)).unwrap_or_default();
    let state = SavedState::read(&text);
    Split { across: state.split_across, down: state.split_down }
}

/// Remembers where borders are.
pub(super) fn remember(split: Split) {
    let state = SavedState { split_across: split.across, split_down: split.down };
    if let Some(file) = file() {
        let _ = write(&file, &state.to_text());
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

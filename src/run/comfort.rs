//! Keys and colours: the defaults, the user's file on top, and what the environment says of colours.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cli::{ColorChoice, ViewArgs};
use crate::config::Config;
use crate::tui::{Keymap, Options, Theme};

/// What the screen is to be like.
pub(super) fn options(args: &ViewArgs, opened: Vec<String>) -> Result<Options> {
    let file = match &args.config {
        Some(file) => Some(file.clone()),
        None => users_file().filter(|file| file.exists()),
    };
    let text = file.as_deref().map(read).transpose()?;
    let config = Config::read(text.as_deref()).map_err(|faults| faulty(file.as_deref(), &faults))?;
    let keymap = Keymap::from_bindings(config.keys).map_err(|faults| faulty(file.as_deref(), &faults))?;
    let coloured = Theme::from_colours(config.colors).map_err(|faults| faulty(file.as_deref(), &faults))?;
    let theme = if colours(args.paint.color) { coloured } else { Theme::plain() };
    Ok(Options { keymap, theme, opened, taking: super::extract::take })
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read the configuration `{}`", file.display()))
}

/// Where a user's own configuration lies.
fn users_file() -> Option<PathBuf> {
    Some(base_folder("XDG_CONFIG_HOME", ".config")?.join("layerscope/config.toml"))
}

/// One of the folders of the XDG base directory specification: what the variable says if it is absolute, as that demands,
/// else the folder of this name at home.
pub(super) fn base_folder(variable: &str, at_home: &str) -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set(variable).filter(|path| path.is_absolute());
    folder.or_else(|| Some(set("HOME")?.join(at_home)))
}

/// All faults of the file at once.
fn faulty(file: Option<&Path>, faults: &[impl ToString]) -> anyhow::Error {
    let all: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let file = file.map_or_else(|| "the defaults".to_owned(), |file| format!("`{}`", file.display()));
    anyhow::anyhow!("in the configuration {file}: {}", all.join("; "))
}

/// Whether colours are wanted on standard output.
pub(super) fn colours(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let said = |name| std::env::var_os(name).filter(|value| !value.is_empty());
            std::io::stdout().is_terminal()
                && said("NO_COLOR").is_none()
                && said("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// Refuses a terminal that cannot be a screen.
pub(super) fn check_terminal() -> Result<()> {
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        bail!("this terminal (TERM=dumb) cannot be a screen: `layerscope summary` prints text");
    }
    Ok(())
}

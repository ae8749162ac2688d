//! Keys and colours: the defaults, the user's file on top, and the environment's settings for colours.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cli::{ColorChoice, ViewArgs};
use crate::config::UserConfig;
use crate::tui::{
    BackgroundThemes, Colours, Keymap, PagerOptions, Preferences, ScreenOptions, SearchStart, Theme, view_keys,
    view_names,
};

use super::{plain, state};

/// The limit on a configuration; a wrong path may lead to anything.
const LONGEST: u64 = 1 << 20;

/// The options of the screen.
pub(super) fn options(args: &ViewArgs, opened: Vec<String>) -> Result<ScreenOptions> {
    let file = match &args.config {
        Some(file) => Some(file.clone()),
        None => users_file().filter(|file| file.exists()),
    };
    let text = file.as_deref().map(read).transpose()?;
    let config =
        UserConfig::read_over(view_keys(), text.as_deref()).map_err(|faults| faulty(file.as_deref(), &faults))?;
    let name = args.theme.as_deref().unwrap_or(&config.theme).to_owned();
    let [palette, dark, light] = [&name, "dark", "light"].map(|name| config.palette(name));
    let (keymap, theme) = match (Keymap::from_bindings(view_names(), config.keys), Theme::from_colours(palette)) {
        (Ok(keymap), Ok(theme)) => (keymap, theme),
        (keymap, theme) => {
            let faults = keymap.err().into_iter().flatten().map(|fault| fault.to_string());
            let faults = faults.chain(theme.err().into_iter().flatten().map(|fault| fault.to_string()));
            return Err(faulty(file.as_deref(), &faults.collect::<Vec<_>>()));
        }
    };
    let (has_colours, terminal) = (colours(args.paint.color), colours_of_terminal());
    let theme = if has_colours { theme.within(terminal) } else { Theme::plain() };
    // The 16 named colours are the terminal's own, which fit its background.
    let adapts = name == "auto" && has_colours && terminal != Colours::Named && answers_questions();
    let by_background = match (Theme::from_colours(dark), Theme::from_colours(light)) {
        (Ok(dark), Ok(light)) if adapts => {
            Some(BackgroundThemes { dark: dark.within(terminal), light: light.within(terminal) })
        }
        _ => None,
    };
    let ascii = args.ascii || config.ascii.unwrap_or_else(locale_is_ascii);
    let keymap = if ascii { keymap.in_ascii() } else { keymap };
    let preferences = Preferences {
        mouse: config.mouse,
        search: if config.search { SearchStart::AtOnce } else { SearchStart::InTheirViews },
        ascii,
        split: state::remembered(),
        show_secrets: args.secrets.show_secrets,
    };
    Ok(ScreenOptions {
        keymap,
        theme,
        by_background,
        opened,
        extractor: super::extract::extract_for_screen,
        reporter: super::report::FOR_SCREEN,
        pager: PagerOptions {
            command: non_empty_var("PAGER").filter(|pager| !pager.trim().is_empty()),
            less: non_empty_var("LESS").unwrap_or_default(),
        },
        preferences,
        junk: super::junk::for_screen(),
    })
}

/// A variable that is set to something.
fn non_empty_var(name: &str) -> Option<String> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
}

/// How many colours the terminal says it has.
fn colours_of_terminal() -> Colours {
    let (colorterm, term) = (non_empty_var("COLORTERM").unwrap_or_default(), non_empty_var("TERM").unwrap_or_default());
    if matches!(colorterm.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") || cfg!(windows) {
        Colours::All
    } else if term.contains("256color") {
        Colours::Indexed
    } else {
        Colours::Named
    }
}

/// Whether a terminal answers an escape sequence with another one. crossterm reads the console of Windows in another way.
fn answers_questions() -> bool {
    cfg!(unix)
}

/// Whether the locale says that characters are ASCII; false if none is set.
pub(super) fn locale_is_ascii() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(non_empty_var);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}

fn read(file: &Path) -> Result<String> {
    plain::text(file, LONGEST).with_context(|| format!("cannot read the configuration `{}`", file.display()))
}

/// The path of the user's configuration.
fn users_file() -> Option<PathBuf> {
    Some(base_folder("XDG_CONFIG_HOME", ".config")?.join("layerscope/config.toml"))
}

/// One of the folders of the XDG base directory specification: the variable if it is absolute, as the specification
/// demands, else the folder of this name in the home folder.
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

/// Whether standard output should be coloured.
pub(super) fn colours(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            std::io::stdout().is_terminal()
                && non_empty_var("NO_COLOR").is_none()
                && non_empty_var("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// Refuses a terminal that cannot be a screen.
pub(super) fn check_terminal() -> Result<()> {
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        bail!("this terminal (TERM=dumb) cannot show a screen: `layerscope summary` prints text");
    }
    Ok(())
}

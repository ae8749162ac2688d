//! Colours of a terminal, and how the room of a screen is used.

use layerscope::config::UserConfig;
use layerscope::tui::{Colours, Role, Theme};
use ratatui::style::{Color, Modifier};

use crate::driver::Driver;
use crate::fixture;

/// The themes of the terminal's own colours, and those of other colours where a terminal has only 16.
fn themes_of_named_colours() -> Vec<(&'static str, Theme)> {
    let config = UserConfig::read(None).expect("sound");
    let theme = |name| Theme::from_colours(config.palette(name)).expect("sound").within(Colours::Named);
    ["auto", "high-contrast", "none", "dark", "light"].map(|name| (name, theme(name))).into()
}

#[test]
fn no_text_has_the_blue_of_the_palette() {
    for (name, theme) in themes_of_named_colours() {
        let blue = Role::ALL.iter().find(|&&role| theme.style(role).fg == Some(Color::Blue));
        assert_eq!(blue, None, "{name}");
    }
}

#[test]
fn headings_are_stronger_than_what_is_below_them() {
    for (name, theme) in themes_of_named_colours() {
        let heading = theme.style(Role::Heading).add_modifier;
        assert!(heading.contains(Modifier::BOLD) && !heading.contains(Modifier::DIM), "{name}: {heading:?}");
        for role in [Role::Text, Role::Dim, Role::Folder, Role::Link, Role::Added, Role::Modified, Role::Removed] {
            let below = theme.style(role).add_modifier;
            assert!(heading != below && heading.contains(below - Modifier::DIM), "{name}, {}", role.name());
        }
    }
}

#[test]
fn nothing_depends_on_colour_alone() {
    for keys in
        ["", "2", "2 t", "3", "4", "5", "6", "7 enter", "8 enter", "b", "end a tab", "end up up tab down", "c down"]
    {
        for fixture in [fixture::shop(), fixture::leaky()] {
            let plain = Driver::plain(&fixture, 80, 24).press(keys).text();
            assert_eq!(plain, Driver::with(&fixture, 80, 24).press(keys).text(), "{keys}");
        }
    }
}

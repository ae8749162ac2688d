//! Colours of a terminal, and how the room of a screen is used.

use layerscope::config::UserConfig;
use layerscope::image::Config;
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

#[test]
fn plus_zooms_the_focused_pane_and_again_restores_the_others() {
    for keys in ["down", "down tab", "down shift-tab", "2", "2 tab", "8", "4", "tab"] {
        for (width, height) in [(80, 24), (160, 50)] {
            let mut driver = Driver::opened(&fixture::shop(), width, height);
            let before = driver.press(keys).text();
            let zoomed = driver.press("+").text();
            let focused = |text: &str| text.lines().filter(|line| line.contains(['━', '┏'])).count();
            assert!(zoomed != before && focused(&zoomed) >= 1, "{keys}: {zoomed}");
            assert!(!zoomed.lines().skip(2).any(|line| line.contains("─ ")), "{keys}: one pane only: {zoomed}");
            assert_eq!(driver.press("+").text(), before, "{keys}");
        }
    }
    // The focus moves from one zoomed pane to the next.
    let mut driver = Driver::opened(&fixture::shop(), 80, 24);
    assert!(driver.press("down + tab").text().contains("━ Files of layer 1"), "{}", driver.text());
    assert!(!driver.text().contains("Layers ·"), "{}", driver.text());
}

#[test]
fn lists_that_scroll_have_a_scrollbar() {
    let fixture = fixture::large(40, 200);
    insta::assert_snapshot!("scrollbar-80x24", Driver::with(&fixture, 80, 24).press("a tab Z pgdn pgdn").text());
    insta::assert_snapshot!("scrollbar-160x50", Driver::with(&fixture, 160, 50).press("a tab Z end").text());
}

#[test]
fn the_map_opens_on_the_whole_image() {
    let text = Driver::opened(&fixture::shop(), 80, 24).press("6").text();
    assert!(text.contains("Map after layer 5 · /"), "{text}");
}

#[test]
fn what_is_too_small_for_the_map_is_a_tenth_at_most() {
    let text = Driver::opened(&fixture::large(3, 300), 120, 40).press("6").text();
    assert!(!text.contains("too small"), "{text}");
    insta::assert_snapshot!("map-120x40", text);
}

/// Three large files, and sixty that are too small beside them.
fn uneven() -> fixture::Fixture {
    let mut tar = fixture::Tar::new();
    for at in 0..3 {
        tar = tar.file(&format!("large-{at}"), 50_000_000);
    }
    for at in 0..60 {
        tar = tar.file(&format!("s{at:02}"), 60_000 - at * 100);
    }
    fixture::build(Config::default(), vec![fixture::Made("COPY . .", Some(tar))], |_| {})
}

#[test]
fn what_is_too_small_for_the_map_is_opened_like_a_folder() {
    let mut driver = Driver::opened(&uneven(), 80, 24);
    let whole = driver.press("6 end").text();
    assert!(whole.contains("60 smaller paths, too small to be shown here"), "{whole}");
    assert!(!whole.contains("s00"), "{whole}");
    let rest = driver.press("enter").text();
    assert!(rest.contains("· / · 153 MB · without the 3 largest"), "{rest}");
    assert!(rest.contains("s00") && rest.contains("s59") && !rest.contains("large-0"), "{rest}");
    assert_eq!(driver.press("esc").text(), whole, "and back to the box");
    // A path that goes along from another view is shown even if it is too small.
    let shown = driver.press("1 home down a tab end 6").text();
    assert!(shown.contains(" /s59 "), "{shown}");
    assert!(driver.press("esc").text().contains("· / · 153 MB ━"), "{}", driver.text());
}

#[test]
fn the_chosen_box_of_the_map_is_reversed_on_all_sides_without_colours() {
    let mut driver = Driver::plain(&fixture::shop(), 80, 24);
    driver.press("a end 6 home");
    for _ in 0..3 {
        let lines = driver.selected_lines();
        let (first, last) = (lines.first().expect("a box"), lines.last().expect("a box"));
        assert!(lines.len() > 1 && last.chars().all(|sign| "━┃".contains(sign)), "{lines:?}");
        assert!(first.starts_with('┃') && first.ends_with('┃') && first.contains('━'), "{lines:?}");
        assert!(lines[1..].iter().all(|line| line.starts_with('┃') && line.ends_with('┃')), "{lines:?}");
        driver.press("right");
    }
}

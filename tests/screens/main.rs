//! The screen, driven by keys and looked at.
//!
//! Every picture is the drawn text, and below it a letter for every style, with their legend.

mod answers;
mod appearance;
mod compare;
mod concerns;
mod driver;
mod exporting;
mod find;
mod first_screen;
mod fixture;
mod journeys;
mod navigation;
mod picker;
mod preferences;
mod reopen;
mod room;
mod selection;
mod sharing;
mod tour;
mod viewer;
mod words;

use std::sync::Arc;

use layerscope::config::UserConfig;
use layerscope::image::{self, LayerNumber};
use layerscope::tui::{Action, Due, LoopRequest, Message, Role, view_keys, view_names};
use proptest::prelude::*;
use ratatui::crossterm::event::Event;

use driver::Driver;
use fixture::Fixture;

/// A picture of what a script of keys leads to, small and large.
fn pictures(name: &str, fixture: &Fixture, keys: &str) {
    for (width, height) in [(80, 24), (160, 50)] {
        let picture = Driver::with(fixture, width, height).press(keys).picture();
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture, keys);
    }
}

#[test]
fn the_first_screen_says_how_big_how_much_for_nothing_and_where() {
    for (width, height) in [(80, 24), (160, 50)] {
        let picture = Driver::opened(&fixture::shop(), width, height).picture();
        insta::assert_snapshot!(format!("first-{width}x{height}"), picture);
    }
}

#[test]
fn enter_leads_from_a_saving_to_its_cause_and_from_a_step_to_its_files_and_escape_back() {
    let mut driver = Driver::opened(&fixture::shop(), 160, 50);
    driver.press("enter enter");
    assert!(driver.text().contains("Wasted space · by cause"), "{}", driver.text());
    assert!(driver.selected_lines()[0].contains("▾"), "the cause is open: {}", driver.text());
    assert!(driver.press("esc").text().contains("Overview ·"), "{}", driver.text());
    driver.press("4 down down down enter");
    assert!(driver.text().contains("Files of layer 3"), "{}", driver.text());
    assert!(driver.press("esc").text().contains("oldest first"), "{}", driver.text());
}

#[test]
fn a_layer_shows_its_whole_instruction_and_where_its_bytes_went() {
    pictures("layer", &fixture::shop(), "down down shift-tab");
}

#[test]
fn a_step_without_a_layer_says_so() {
    pictures("metadata", &fixture::shop(), "down");
}

#[test]
fn files_show_changes_by_letter_and_what_was_removed_is_still_named() {
    pictures("changes", &fixture::shop(), "end up up tab down down down down down");
}

#[test]
fn wide_letters_keep_their_columns() {
    pictures("wide", &fixture::shop(), "down down down down down tab G");
}

#[test]
fn the_merged_view_says_after_which_layer() {
    pictures("merged", &fixture::shop(), "end a tab s Z");
}

#[test]
fn a_folder_says_which_layers_put_the_bytes_into_it() {
    pictures("folder-bytes", &fixture::shop(), "end a tab");
}

#[test]
fn waste_says_who_stored_it_and_who_made_it_waste() {
    pictures("waste", &fixture::shop(), "w down down down");
}

#[test]
fn a_removed_folder_opens_to_its_files() {
    pictures("removed", &fixture::folders(), "3 enter down down");
}

#[test]
fn history_shows_every_step() {
    pictures("history", &fixture::shop(), "4 s");
}

#[test]
fn the_image_is_described_as_a_whole() {
    pictures("image", &fixture::shop(), "5");
}

#[test]
fn help_lies_on_top() {
    pictures("help", &fixture::shop(), "? G");
}

#[test]
fn the_second_page_of_the_help_begins_with_the_words_of_the_view() {
    pictures("words", &fixture::shop(), "7 ? ?");
    let first =
        ["1 union", "2 rewritten", "3 whiteout", "4 <missing>", "5 manifest", "6 treemap", "7 secret", "8 junk"];
    for (key, word) in first.iter().filter_map(|line| line.split_once(' ')) {
        let mut driver = Driver::with(&fixture::shop(), 100, 400);
        let text = driver.press(key).press("? tab").text();
        let here = text.split("Other words").next().unwrap_or_default();
        assert!(here.contains(word), "{key} {word}: {text}");
    }
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    assert!(driver.press("? ?").text().contains(" Words "), "{}", driver.text());
    assert!(driver.press("tab").text().contains(" Keys "), "{}", driver.text());
    assert!(!driver.press("tab ?").text().contains(" Words "), "{}", driver.text());
}

#[test]
fn every_word_belongs_to_views_that_exist() {
    let views: Vec<_> = view_names().into_iter().map(|view| view.action.trim_start_matches("view-")).collect();
    for term in layerscope::teaching::glossary() {
        let strange = term.screens.iter().find(|screen| !views.contains(&screen.as_str()));
        assert_eq!(strange, None, "{}", term.name);
    }
}

#[test]
fn layers_that_cannot_be_read_say_why() {
    pictures("broken", &fixture::broken(), "down");
}

#[test]
fn an_image_without_layers_is_an_image() {
    pictures("empty", &fixture::empty(), "");
}

#[test]
fn forty_columns_are_enough_to_find_the_waste() {
    let fixture = fixture::shop();
    insta::assert_snapshot!("first-40x12", Driver::with(&fixture, 40, 12).text());
    insta::assert_snapshot!("files-40x12", Driver::with(&fixture, 40, 12).press("tab G").text());
    insta::assert_snapshot!("waste-40x12", Driver::with(&fixture, 40, 12).press("2").text());
    insta::assert_snapshot!("too-small-20x5", Driver::with(&fixture, 20, 5).text());
}

#[test]
fn something_is_seen_from_the_first_moment_on() {
    let fixture = fixture::shop();
    let mut driver = Driver::new(80, 24);
    insta::assert_snapshot!("opening", driver.text());
    driver.tell(Message::Progress(image::ProgressEvent::Spooling { done: 300_000_000, total: Some(1_000_000_000) }));
    insta::assert_snapshot!("spooling", driver.text());
    driver.tell(fixture.opened());
    let layer = |number| LayerNumber::new(number).expect("not 0");
    driver.tell(Message::Progress(image::ProgressEvent::LayerDone { layer: layer(1), entries: 15 }));
    driver.tell(Message::Progress(image::ProgressEvent::Layer {
        layer: layer(2),
        done: 9_000_000,
        total: Some(27_600_000),
    }));
    driver.tell(Message::Progress(image::ProgressEvent::Layer { layer: layer(4), done: 1_234, total: None }));
    insta::assert_snapshot!("reading", driver.picture());
    driver.press("2");
    assert!(driver.text().contains("known once the layers are read"));
    driver.press("1").tell(Message::Ready { union: Arc::clone(&fixture.union), analysis: Arc::clone(&fixture.early) });
    assert!(driver.text().lines().next().is_some_and(|header| header.contains("comparing")));
    driver.tell(Message::Compared(Arc::clone(&fixture.analysis)));
    assert!(!driver.text().contains("comparing"));
}

#[test]
fn progress_can_wait_and_keys_cannot() {
    let mut driver = Driver::new(80, 24);
    assert_eq!(
        driver.screen.message(Message::Progress(image::ProgressEvent::Spooling { done: 1, total: None })),
        Due::Soon
    );
    assert_eq!(driver.screen.handle(&Event::Resize(70, 20)), Due::Now);
    assert_eq!(driver.screen.handle(&Event::FocusLost), Due::Never);
}

#[test]
fn no_size_breaks_any_view() {
    let sizes = |step| (1..=60).step_by(step).flat_map(|width| (1..=30).map(move |height| (width, height)));
    let fixtures = [(fixture::shop(), 1), (fixture::leaky(), 5), (fixture::broken(), 7), (fixture::empty(), 7)];
    for (fixture, step) in fixtures {
        for keys in ["1", "1 a tab Z G", "1 end tab tab", "2 Z end", "3", "4 end tab", "5 end", "?", "8 Z G", "7"] {
            let mut driver = Driver::with(&fixture, 60, 30);
            driver.press(keys);
            for (width, height) in sizes(step) {
                driver.resize(width, height);
                driver.text();
            }
        }
    }
    let mut driver = Driver::new(60, 30);
    driver.tell(fixture::shop().opened());
    for (width, height) in sizes(1) {
        driver.resize(width, height);
        driver.text();
    }
}

#[test]
fn a_frame_of_another_size_than_the_last_event_said_does_not_break() {
    let mut driver = Driver::with(&fixture::shop(), 160, 50);
    driver.resize_without_event(30, 8);
    driver.text();
    driver.resize_without_event(200, 60);
    driver.text();
}

#[test]
fn nothing_that_steers_a_terminal_reaches_it() {
    let fixture = fixture::shop();
    let mut seen = String::new();
    for keys in ["end up up tab Z", "2 Z", "3 Z", "4", "5", "end a tab Z G"] {
        seen.push_str(&Driver::with(&fixture, 160, 50).press(keys).text());
    }
    assert!(seen.contains("evil\\x1b[31mred\\u{202e}name"));
    assert!(seen.chars().all(|letter| letter == '\n' || !letter.is_control() && letter != '\u{202e}'));
}

#[test]
fn the_path_one_looks_at_is_kept_from_layer_to_layer() {
    let fixture = fixture::shop();
    let mut driver = Driver::with(&fixture, 160, 50);
    // In the merged view after the first layer: open usr, then lib, then the second file.
    driver.press("a tab end up right down down right down down");
    assert_eq!(driver.selected(), Some("libcrypto.so.3".to_owned()), "{}", driver.text());
    driver.press("shift-tab end tab");
    assert_eq!(driver.selected(), Some("libcrypto.so.3".to_owned()), "{}", driver.text());
    driver.press("s");
    assert_eq!(driver.selected(), Some("libcrypto.so.3".to_owned()), "{}", driver.text());
    // Where it is not, its folder is; and where it is again, it is.
    driver.press("a shift-tab home down down down tab");
    driver.press("shift-tab end a tab");
    assert_eq!(driver.selected(), Some("libcrypto.so.3".to_owned()), "{}", driver.text());
}

#[test]
fn folding_goes_in_and_out_as_arrows_say() {
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    driver.press("a tab home");
    assert_eq!(driver.selected(), Some("▸ bin/".to_owned()), "a merged tree starts folded");
    driver.press("right");
    assert_eq!(driver.selected(), Some("▾ bin/".to_owned()));
    driver.press("right");
    assert_eq!(driver.selected(), Some("busybox".to_owned()));
    driver.press("left");
    assert_eq!(driver.selected(), Some("▾ bin/".to_owned()));
    driver.press("left");
    assert_eq!(driver.selected(), Some("▸ bin/".to_owned()));
    driver.press("left a");
    assert!(driver.text().contains("━ Layers"), "out of the tree, to the layers");
}

#[test]
fn a_long_tree_is_walked_by_pages() {
    let fixture = fixture::large(3, 500);
    let mut driver = Driver::with(&fixture, 80, 24);
    driver.press("tab right right right right");
    insta::assert_snapshot!("long", driver.press("pgdn pgdn ctrl-d down").text());
    assert!(driver.press("end").text().contains("106 of 106"), "{}", driver.text());
    assert!(driver.press("home").text().contains("1 of 106"));
    assert!(driver.press("z").text().contains("▸ srv/"));
}

#[test]
fn q_closes_what_lies_on_top_before_it_quits() {
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    driver.press("? q");
    assert_eq!(driver.screen.take_request(), None);
    driver.press("esc");
    assert_eq!(driver.screen.take_request(), None);
    driver.press("q");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::Quit));
    driver.press("? ctrl-c");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::Quit));
    driver.press("ctrl-z");
    assert_eq!(driver.screen.take_request(), Some(LoopRequest::Suspend));
}

#[test]
fn the_default_configuration_has_every_action_and_every_colour() {
    let config = UserConfig::read_over(view_keys(), None).expect("sound");
    let mut actions: Vec<_> = Action::all(&view_names()).map(Action::name).collect();
    actions.sort_unstable();
    assert_eq!(config.keys.keys().collect::<Vec<_>>(), actions);
    let mut roles: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
    roles.sort_unstable();
    assert_eq!(config.colors.keys().collect::<Vec<_>>(), roles);
    assert!(config.keys.values().all(|keys| !keys.is_empty()));
}

#[test]
fn help_names_every_action_as_the_keymap_has_it() {
    let text = Driver::with(&fixture::shop(), 100, 120).press("?").text();
    let missing: Vec<_> = Action::all(&view_names()).filter(|action| !text.contains(action.help())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(text.contains("2  w "), "{text}");
}

#[test]
fn without_colours_everything_is_still_said() {
    let mut plain = Driver::plain(&fixture::shop(), 80, 24);
    let keys = "end up up tab down down";
    insta::assert_snapshot!("plain", plain.press(keys).picture());
    assert_eq!(plain.text(), Driver::with(&fixture::shop(), 80, 24).press(keys).text());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_pressed_the_selection_is_seen(keys in prop::collection::vec(prop::sample::select(&[
        "up", "down", "left", "right", "enter", "space", "tab", "shift-tab", "pgup", "pgdn", "home", "end", "g", "G",
        "ctrl-u", "ctrl-d", "a", "s", "t", "z", "Z", "1", "2", "3", "4", "5", "w", "?", "esc",
        "/", "n", "N", "A", "M", "R", "U", "J", "ctrl-p",
    ]), 0..60), leaky in prop::bool::ANY, width in 24_u16..200, height in 6_u16..60) {
        let fixture = if leaky { fixture::leaky() } else { fixture::shop() };
        let mut driver = Driver::with(&fixture, 80, 24);
        driver.press(&keys.join(" "));
        driver.resize(width, height);
        driver.press("esc esc esc esc esc 1");
        let on_layers = |driver: &mut Driver| driver.text().contains("━ Layers") || driver.text().contains("┏ Layers");
        for _ in 0..3 {
            if !on_layers(&mut driver) {
                driver.press("tab");
            }
        }
        let first = driver.text();
        let selected = driver.selected_lines();
        // A long instruction may have a second line.
        prop_assert!((1..=2).contains(&selected.len()), "{selected:?}\n{first}");
        prop_assert_eq!(first, driver.text(), "drawing changes nothing");
    }
}

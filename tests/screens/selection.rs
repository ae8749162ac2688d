//! Waste under headings, the basket, and what can be taken away.

use layerscope::image::Config;
use layerscope::tui::{LoopRequest, Message, Screen, ScreenOptions};
use proptest::prelude::*;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent};
use ratatui::layout::Size;

use crate::driver::Driver;
use crate::fixture::{self, Fixture, Made, Tar};
use crate::pictures;

fn copied(fixture: &Fixture, keys: &str) -> Option<String> {
    let mut driver = Driver::with(fixture, 80, 24);
    driver.press(keys);
    driver.screen.take_request().and_then(|request| match request {
        LoopRequest::Copy(text) => Some(text),
        _ => None,
    })
}

/// The last line.
fn said(driver: &mut Driver) -> String {
    driver.text().lines().last().unwrap_or_default().trim().to_owned()
}

#[test]
fn waste_stands_under_its_causes_its_instructions_and_its_folders() {
    pictures("waste-by-cause", &fixture::shop(), "w home");
    pictures("waste-by-instruction", &fixture::shop(), "w home t t t enter down");
    pictures("waste-by-folder", &fixture::shop(), "w home t Z s");
    pictures("removed-by-cause", &fixture::folders(), "3 t t t space down enter down");
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    let plain = driver.press("w t t").text();
    assert_eq!(plain, driver.press("t t t t").text(), "and row by row again");
}

#[test]
fn an_empty_file_that_was_removed_is_named_among_what_was_removed() {
    let made = vec![
        Made(
            "COPY . /",
            Some(Tar::new().file("etc/lock", 0).file("etc/key", 12).file("etc/both/a", 3).file("etc/both/b", 0)),
        ),
        Made("RUN rm", Some(Tar::new().whiteout("etc/.wh.lock").whiteout("etc/.wh.key").whiteout("etc/.wh.both"))),
    ];
    let fixture = fixture::build(Config::default(), made, |_| {});
    let mut driver = Driver::with(&fixture, 80, 24);
    let removed = driver.press("3 Z").text();
    assert!(removed.contains("0 B                etc/lock") && removed.contains("15 B in 4 files"), "{removed}");
    let waste = driver.press("2 t t Z").text();
    assert!(!waste.contains("etc/lock") && waste.contains("15 B in 2 files"), "{waste}");
}

#[test]
fn what_history_says_is_one_comment_of_the_list() {
    let made = vec![Made("RUN a\x1b[31m\nrm -rf ~", Some(Tar::new().file("a", 1)))];
    let list = copied(&fixture::build(Config::default(), made, |_| {}), "home down m b Y").expect("a list");
    assert!(list.starts_with("# layer 1: RUN a") && list.lines().count() == 1 && !list.contains('\x1b'), "{list:?}");
}

#[test]
fn a_heading_folds_from_within_and_opens_from_afar() {
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    driver.press("w home right down down left");
    assert!(driver.selected_lines()[0].contains("▸"), "{}", driver.text());
    driver.press("enter");
    assert!(driver.selected_lines()[0].contains("▾"), "{}", driver.text());
    assert!(driver.text().contains("usr/bin/gcc"), "{}", driver.text());
}

#[test]
fn headings_follow_what_comparing_found() {
    let fixture = fixture::shop();
    let mut driver = Driver::new(80, 24);
    driver.tell(fixture.opened());
    driver.press("w");
    driver.tell(Message::Ready { union: fixture.union.clone(), analysis: fixture.early.clone() });
    assert!(driver.text().contains("▸"), "{}", driver.text());
    driver.press("Z");
    driver.tell(Message::Compared(fixture.analysis.clone()));
    assert!(driver.text().contains("rewritten"), "{}", driver.text());
}

#[test]
fn the_basket_says_what_the_image_would_lose() {
    pictures("basket", &fixture::shop(), "2 t t m down m 1 esc end up up m tab Z down m b down");
    pictures("marked", &fixture::shop(), "2 t t m down m down");
    pictures("basket-empty", &fixture::shop(), "b");
}

#[test]
fn what_is_marked_is_unmarked_where_it_was_marked_and_in_the_basket() {
    let mut driver = Driver::with(&fixture::shop(), 160, 50);
    let before = driver.press("2 t t").text();
    assert!(driver.press("m").text().contains("1 marked: 46 MB") || driver.text().contains("1 marked:"));
    assert_eq!(driver.press("m").text(), before);
    assert!(driver.press("m down m b").text().contains("2 marked"));
    assert!(driver.press("m").text().contains("1 marked"));
    driver.press("delete");
    assert!(driver.text().contains("nothing is marked"), "{}", driver.text());
    driver.press("esc up");
    assert_eq!(driver.text(), before);
}

#[test]
fn the_basket_leads_to_what_is_marked() {
    let mut driver = Driver::with(&fixture::shop(), 160, 50);
    driver.press("2 t t down m b enter");
    assert_eq!(driver.selected().as_deref(), Some("gcc"), "{}", driver.text());
}

#[test]
fn the_list_of_the_basket_is_copied_for_a_shell() {
    let list = copied(&fixture::shop(), "2 t t down m 1 esc home down m b Y").expect("a list");
    assert_eq!(list, "/usr/bin/gcc\n# layer 1: ADD file:5b1a9c0e7d in /\n");
}

#[test]
fn where_there_is_no_path_and_no_layer_nothing_is_marked() {
    let mut driver = Driver::with(&fixture::shop(), 80, 24);
    assert!(said(driver.press("5 m")).contains("nothing to mark here"));
    assert!(said(driver.press("1 home down down m")).contains("nothing to mark here"), "a step without a layer");
    assert!(said(driver.press("2 t t t m")).contains("nothing to mark here"), "a heading without a cause");
    assert!(said(driver.press("x")).contains("nothing to extract here"), "a heading");
}

#[test]
fn extracting_asks_where_to_shows_how_far_it_is_and_says_what_came_of_it() {
    pictures("extract", &fixture::shop(), "3 down x");
    for (width, height) in [(80, 24), (160, 50)] {
        let mut driver = Driver::with(&fixture::shop(), width, height);
        driver.press("3 down x");
        driver.screen.handle(&Event::Key(KeyEvent::from(KeyCode::Enter)));
        insta::assert_snapshot!(format!("extracting-{width}x{height}"), driver.picture());
        driver.screen.handle(&Event::Key(KeyEvent::from(KeyCode::Esc)));
        assert!(driver.text().contains("stopping"), "{}", driver.text());
        driver.screen.finish_work();
        assert_eq!(
            said(&mut driver),
            "312 files, 14 MB to ./app-1.4-layer-2; 2 left out: a fifo cannot be created (2)"
        );
        assert!(!driver.text().contains("Extracting"));
    }
}

#[test]
fn an_extraction_is_stopped_by_a_key() {
    let options = ScreenOptions {
        extractor: |_, _, _, _, progress| Err(if progress.cancelled() { "stopped" } else { "not stopped" }.to_owned()),
        ..crate::driver::options()
    };
    let fixture = fixture::shop();
    for (keys, what_came_of_it) in
        [(&[][..], "not stopped"), (&[KeyCode::Esc], "stopped"), (&[KeyCode::Char('q')], "stopped")]
    {
        let mut driver = Driver::new(80, 24);
        driver.screen = Screen::new(options.clone(), Size { width: 80, height: 24 });
        driver.tell(fixture.opened());
        driver.tell(Message::Ready { union: fixture.union.clone(), analysis: fixture.analysis.clone() });
        driver.press("3 down x");
        for &key in [KeyCode::Enter].iter().chain(keys) {
            driver.screen.handle(&Event::Key(KeyEvent::from(key)));
        }
        driver.screen.finish_work();
        assert_eq!(said(&mut driver), what_came_of_it);
        assert!(driver.screen.take_request().is_none(), "the screen stays");
    }
}

#[test]
fn what_is_extracted_is_what_the_cursor_is_on() {
    let title = |keys| {
        let mut driver = Driver::with(&fixture::shop(), 160, 50);
        let text = driver.press(keys).text();
        let line = text.lines().find_map(|line| line.split("┏ Extract ").nth(1)).unwrap_or_default().to_owned();
        line.split(" ━").next().unwrap_or_default().to_owned()
    };
    assert_eq!(title("home down x"), "layer 1 as it is stored, into:");
    assert_eq!(title("home down down down a x"), "everything as it is after layer 2, into:");
    assert_eq!(title("4 home x"), "layer 1 as it is stored, into:");
    assert_eq!(title("3 home x"), "var/lib/apt/lists/ as it is after layer 2, into:");
    assert_eq!(title("3 down x"), "usr/bin/gcc as layer 2 stored it, into:");
    assert_eq!(title("home down a tab x"), "bin/ as it is after layer 1, into:");
    assert_eq!(title("1 end up up tab Z down down down x"), "…de_modules/express/index.js as layer 5 stored it, into:");
    assert_eq!(title("3 home enter down x"), "…example_dists_stable_main_9 as layer 2 stored it, into:");
}

#[test]
fn a_menu_offers_what_can_be_copied() {
    pictures("copy", &fixture::shop(), "3 down y down");
    pictures("copy-command", &fixture::shop(), "1 a end tab Z down Y");
    pictures("copy-layer-command", &fixture::shop(), "1 home Y down");
}

#[test]
fn one_key_copies_and_it_is_said() {
    let shop = fixture::shop();
    assert_eq!(copied(&shop, "3 down y down enter").as_deref(), Some("/usr/bin/gcc"));
    assert_eq!(copied(&shop, "3 down y 2").as_deref(), Some("/usr/bin/gcc"));
    assert_eq!(copied(&shop, "3 down Y 1").as_deref(), Some("layerscope cat 'shop app.tar' /usr/bin/gcc --layer 2"));
    let mut driver = Driver::with(&shop, 160, 50);
    assert!(said(driver.press("3 down y y")).contains("copied this finding as Markdown"), "{}", driver.text());
}

#[test]
fn a_hostile_name_is_copied_as_a_word_that_steers_nothing() {
    let keys = "1 end up up tab Z end";
    let evil = copied(&fixture::shop(), &format!("{keys} y 2")).expect("a path");
    assert_eq!(evil, "$'/tmp/evil\\033[31mred\\342\\200\\256name'");
    let command = copied(&fixture::shop(), &format!("{keys} Y 1")).expect("a command");
    assert_eq!(command, "layerscope cat 'shop app.tar' $'/tmp/evil\\033[31mred\\342\\200\\256name' --layer 5");
}

#[test]
fn too_much_is_not_copied() {
    let long: &'static str = Box::leak("x".repeat(70_000).into_boxed_str());
    let made = vec![Made(long, Some(Tar::new().file("a", 1)))];
    let fixture = fixture::build(Config::default(), made, |image| image.names.clear());
    let mut driver = Driver::with(&fixture, 80, 24);
    driver.press("home down y 4");
    assert_eq!(driver.screen.take_request(), None);
    assert!(said(&mut driver).contains("too long to copy"), "{}", driver.text());
}

#[test]
fn no_size_breaks_what_lies_on_top() {
    let fixtures = [(fixture::shop(), 7), (fixture::empty(), 9), (fixture::broken(), 9)];
    for (fixture, step) in &fixtures {
        // Each of these has parts of its own.
        for keys in ["2 Z", "2 t t m down m 1 m b", "b", "3 x", "3 y", "1 Y", "3 t t t x y Y m b delete"] {
            let mut driver = Driver::with(fixture, 60, 30);
            driver.press(keys);
            for (width, height) in
                (1..=140).step_by(*step).flat_map(|width| (1..=30).map(move |height| (width, height)))
            {
                driver.resize(width, height);
                driver.text();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_marked_grouped_and_taken_away_the_screen_stands(keys in prop::collection::vec(prop::sample::select(&[
        "up", "down", "left", "right", "enter", "space", "tab", "home", "end", "a", "s", "Z", "z", "1", "2", "3", "4", "5",
        "t", "m", "b", "x", "y", "Y", "delete", "esc", "q",
    ]), 0..60), leaky in prop::bool::ANY, width in 1_u16..200, height in 1_u16..60) {
        let fixture = if leaky { fixture::leaky() } else { fixture::shop() };
        let mut driver = Driver::with(&fixture, 80, 24);
        for key in keys {
            driver.press(key);
            driver.screen.take_request();
        }
        driver.resize(width, height);
        let first = driver.text();
        prop_assert_eq!(first, driver.text(), "drawing changes nothing");
        driver.resize(100, 30);
        driver.press("esc esc 2");
        if driver.selected_lines().is_empty() {
            driver.press("tab");
        }
        let selected = driver.selected_lines();
        let is_empty = !leaky && driver.text().contains("no secret was found");
        prop_assert!(selected.len() == 1 || is_empty, "{:?}\n{}", selected, driver.text());
    }
}

#[test]
fn a_removed_folder_is_taken_as_it_was_before() {
    let mut driver = Driver::with(&fixture::folders(), 160, 50);
    let text = driver.press("1 down tab Z x").text();
    assert!(text.contains("Extract root/.cache/ as it is after layer 1, into:"), "{text}");
}

#[test]
fn a_finding_marks_its_files_and_one_without_files_says_why_not() {
    let fixture = fixture::leaky();
    let mut driver = Driver::with(&fixture, 120, 40);
    let before = driver.press("8 home").text();
    assert!(driver.press("m").text().contains(" marked: "), "{}", driver.text());
    assert!(driver.selected_lines()[0].contains('•'), "{}", driver.text());
    assert_eq!(driver.press("m").text(), before, "and unmarks them");
    driver.press("7 home m");
    assert!(driver.text().contains("1 marked: "), "{}", driver.text());
    assert!(said(driver.press("end m")).contains("no file has this secret"));
    assert!(said(driver.press("8 home down down down m")).contains("this finding is not about files"));
    let mut driver = Driver::opened(&fixture, 120, 40);
    assert!(said(driver.press("home m")).contains("select a layer"));
    let lists = driver.press("8 home down m b").text();
    assert!(lists.contains("7 marked") && lists.contains("/var/lib/apt/lists/deb.example_dists_7"), "{lists}");
}

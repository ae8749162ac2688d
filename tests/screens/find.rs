//! Filters, orders and jumps.

use layerscope::tui::Action;

use crate::driver::Driver;
use crate::fixture::{self, Fixture};
use crate::pictures;

/// A text as keys.
pub fn typed(text: &str) -> String {
    let keys = text.chars().map(|letter| if letter == ' ' { "space".to_owned() } else { letter.to_string() });
    keys.collect::<Vec<_>>().join(" ")
}

fn after(fixture: &Fixture, keys: &str) -> Driver {
    let mut driver = Driver::with(fixture, 120, 40);
    driver.press(keys);
    driver
}

#[test]
fn a_filter_shows_what_matches_and_what_leads_there() {
    pictures("filter", &fixture::shop(), &format!("end a / {}", typed("lib *.so* >1MB")));
}

#[test]
fn an_empty_filter_says_what_can_be_typed() {
    pictures("filter-empty", &fixture::shop(), "end up up /");
}

#[test]
fn a_kept_filter_gives_the_keys_back_and_stays() {
    pictures("filter-kept", &fixture::shop(), &format!("end up up / {} enter n n N", typed("index")));
}

#[test]
fn a_regex_that_is_none_says_why_and_the_last_good_one_holds() {
    pictures("filter-fault", &fixture::shop(), &format!("end a / {}", typed("re:lib(")));
}

#[test]
fn changes_are_hidden_and_shown() {
    pictures("hidden", &fixture::shop(), "end up up tab A");
}

#[test]
fn waste_is_filtered_down_to_files_of_a_folder() {
    pictures("waste-filter", &fixture::folders(), &format!("2 t t / {}", typed("/pip/ 0*.whl >1MB")));
}

#[test]
fn a_filter_of_grouped_waste_leaves_the_groups_and_totals_of_what_matches() {
    for (times, grouping) in ["by cause", "by folder", "", "by instruction"].into_iter().enumerate() {
        let keys = format!("2 {} / {} enter", "t ".repeat(times), typed("gcc"));
        let mut driver = after(&fixture::shop(), &keys);
        let text = driver.text();
        assert!(text.contains(grouping) && text.contains("1 of 6 matches, 28 MB"), "{text}");
        let rows: Vec<&str> = text.lines().skip(4).take_while(|line| line.contains(" MB ")).collect();
        assert!(rows.len() == 2 && rows[0].contains("28 MB"), "one row and the total: {text}");
        if times != 2 {
            driver.press("enter");
            assert!(driver.text().contains("usr/bin/gcc"), "{}", driver.text());
        }
    }
    pictures("waste-filter-by-cause", &fixture::shop(), &format!("2 / {} enter enter", typed("main_1")));
}

#[test]
fn the_history_is_filtered_by_its_instructions() {
    let mut driver = after(&fixture::shop(), &format!("4 / {}", typed("apt")));
    assert!(driver.text().contains("2 of 9 match"), "{}", driver.text());
    driver.press("enter n");
    assert!(driver.selected_lines()[0].contains("rm -rf"), "{}", driver.text());
    driver.press("enter");
    assert!(driver.text().contains("Files of layer 3"), "{}", driver.text());
    driver.press("4 esc");
    assert!(driver.text().contains("9 steps"), "{}", driver.text());
    assert!(driver.selected_lines()[0].contains("rm -rf"), "the selection stays: {}", driver.text());
    pictures("history-filter", &fixture::shop(), &format!("4 / {}", typed("apt")));
}

#[test]
fn the_hints_of_a_view_stay_while_its_filter_is_applied() {
    let mut driver = after(&fixture::shop(), &format!("end a / {} enter", typed("index")));
    let text = driver.text();
    let hints = text.lines().last().expect("a line");
    assert!(
        ["nN match", "esc clear", "tab pane", "a changes", "x extract"].iter().all(|hint| hints.contains(hint)),
        "{hints}"
    );
}

#[test]
fn a_jump_finds_paths_of_all_layers() {
    pictures("jump", &fixture::shop(), &format!("ctrl-p {}", typed("usrlib")));
}

#[test]
fn the_count_of_matches_is_said_and_cleared() {
    let shop = fixture::shop();
    let mut driver = after(&shop, "end a");
    assert!(!driver.text().contains("match"));
    driver.press(&format!("/ {}", typed("kind:file")));
    assert!(driver.text().contains("15 of 33 match, "), "{}", driver.text());
    driver.press("enter");
    assert!(driver.text().contains("filter  kind:file"), "{}", driver.text());
    driver.press("shift-tab up tab");
    assert!(driver.text().contains(" match, "), "it stays from layer to layer: {}", driver.text());
    driver.press("esc");
    assert!(!driver.text().contains("match"), "{}", driver.text());
    driver.press("esc q");
    assert!(driver.screen.take_request().is_some(), "q quits again");
}

#[test]
fn esc_clears_while_one_types_and_letters_are_letters() {
    let mut driver = after(&fixture::shop(), "end a / q 1 2 ? s");
    assert!(driver.text().contains("filter  q12?s"), "{}", driver.text());
    assert!(driver.text().contains("no matches"), "{}", driver.text());
    driver.press("esc");
    assert!(driver.text().contains("usr/") && !driver.text().contains("q12"), "{}", driver.text());
    assert_eq!(driver.screen.take_request(), None);
}

#[test]
fn the_next_match_goes_round_and_says_so() {
    let mut driver = after(&fixture::shop(), &format!("end a / {} enter", typed("*index.js")));
    driver.press("home n");
    assert_eq!(driver.selected(), Some("index.js".to_owned()), "{}", driver.text());
    driver.press("n n n");
    assert!(!driver.text().contains("went on"), "{}", driver.text());
    assert!(driver.press("n").text().contains("wrapped to the top"));
    assert!(driver.press("N").text().contains("wrapped to the bottom"));
    driver.press("esc n");
    assert!(driver.text().contains("there is no filter"), "{}", driver.text());
}

#[test]
fn what_folds_under_a_filter_is_as_it_was_without_it() {
    let mut driver = after(&fixture::shop(), "end a tab z");
    assert!(driver.text().contains("▸ app/"), "{}", driver.text());
    driver.press(&format!("/ {} enter", typed("libc")));
    assert!(driver.text().contains("libcrypto"), "{}", driver.text());
    driver.press("z");
    assert!(!driver.text().contains("libcrypto"), "{}", driver.text());
    driver.press("esc");
    assert!(driver.text().contains("▸ app/") && driver.text().contains("▸ lib/"), "{}", driver.text());
}

#[test]
fn who_keeps_what_was_found_stays_there_and_who_gives_up_goes_back() {
    let keys = format!("end a tab z down / {}", typed("libc.so"));
    let mut driver = after(&fixture::shop(), &keys);
    assert!(driver.selected_lines()[0].contains("libc.so.6"), "{}", driver.text());
    driver.press("esc");
    assert_eq!(driver.selected(), Some("▸ bin/".to_owned()), "{}", driver.text());
    driver.press(&format!("/ {} enter esc", typed("libc.so")));
    assert_eq!(driver.selected(), Some("libc.so.6".to_owned()), "{}", driver.text());
    assert!(driver.text().contains("libcrypto.so.3"), "{}", driver.text());
}

#[test]
fn the_order_goes_round_by_four() {
    let mut driver = after(&fixture::shop(), "end up up tab");
    for order in ["by size", "by change", "newest first", "by name"] {
        driver.press("s");
        assert!(driver.text().contains(order), "{order}: {}", driver.text());
    }
    let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let row = |driver: &mut Driver, name: &str| {
        lines(driver.text()).iter().position(|line| line.contains(name)).expect("a row")
    };
    let mut driver = after(&fixture::shop(), "end tab Z");
    driver.press("shift-tab up up tab s s Z");
    assert!(row(&mut driver, "start.sh") < row(&mut driver, ".env"), "{}", driver.text());
}

#[test]
fn a_jump_goes_to_what_was_removed_in_the_layer_that_removed_it() {
    let mut driver = after(&fixture::shop(), &format!("J {}", typed("bingcc")));
    assert!(driver.text().contains("removed by 3, stored by 2"), "{}", driver.text());
    driver.press("enter");
    assert!(driver.text().contains("Files of layer 3"), "{}", driver.text());
    assert_eq!(driver.selected(), Some("removed, still in 2".to_owned()), "{}", driver.text());
}

#[test]
fn a_jump_shows_its_path_whatever_is_hidden() {
    let keys = format!("end a tab U / {} enter ctrl-p {} enter", typed("node"), typed("passwd"));
    let mut driver = after(&fixture::shop(), &keys);
    assert_eq!(driver.selected(), Some("passwd".to_owned()), "{}", driver.text());
    assert!(driver.text().contains("Files of layer 1"), "{}", driver.text());
}

#[test]
fn pasted_text_is_typed_text() {
    use ratatui::crossterm::event::Event;
    let mut driver = after(&fixture::shop(), "end a /");
    driver.screen.handle(&Event::Paste("passwd\nrest".to_owned()));
    driver.screen.finish_work();
    assert!(driver.text().contains("filter  passwd") && driver.text().contains("1 of 33, 839 B"), "{}", driver.text());
}

#[test]
fn no_size_breaks_a_filter_or_a_jump() {
    let keys = ["/ l i b", "a / * enter", "2 / l", "3 / z z enter", "J u s r", "J"];
    for keys in keys.map(|keys| format!("end {keys}")) {
        let mut driver = Driver::with(&fixture::shop(), 60, 30);
        driver.press(&keys);
        for width in (1..=60).step_by(3) {
            for height in 1..=30 {
                driver.resize(width, height);
                driver.text();
            }
        }
    }
}

#[test]
fn finding_is_in_the_help() {
    let text = Driver::with(&fixture::shop(), 100, 70).press("?").text();
    for action in [Action::Find, Action::NextMatch, Action::ShowUnchanged, Action::Jump] {
        assert!(text.contains(action.help()), "{text}");
    }
}

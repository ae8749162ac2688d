//! Keys in every mode, what goes along from view to view, and how to go deeper and back.

use std::time::{Duration, Instant};

use layerscope::config::UserConfig;
use layerscope::extract::Extracted;
use layerscope::image::Config;
use layerscope::tui::{Message, Screen, ScreenOptions, view_keys};
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;

use crate::driver::{Driver, options};
use crate::fixture::{self, Fixture, Made, Tar};

const NO_SUCH_KEY: &str = "no such key here · ? keys";

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn wide(fixture: &Fixture, keys: &str) -> Driver {
    sized((160, 50), fixture, keys)
}

fn sized((width, height): (u16, u16), fixture: &Fixture, keys: &str) -> Driver {
    let mut driver = Driver::opened(fixture, width, height);
    driver.press(keys);
    driver
}

fn footer(driver: &mut Driver) -> String {
    driver.text().lines().last().unwrap_or_default().trim().to_owned()
}

/// The selected row of the focused pane.
fn row(driver: &mut Driver) -> String {
    driver.selected_lines().pop().unwrap_or_default()
}

/// Asserts that the screen contains a text.
fn has(driver: &mut Driver, text: &str) {
    let screen = driver.text();
    // A small terminal has lines instead of frames.
    let is_there = screen.contains(text) || screen.contains(&text.replace('┏', "━"));
    assert!(is_there, "no `{text}` in\n{screen}");
}

/// The keys of the default configuration as `press` takes them.
fn keys() -> Vec<String> {
    UserConfig::read_over(view_keys(), None).expect("sound").keys.into_values().flatten().collect()
}

/// Where a line of text is typed.
const PROMPTS: &[&str] = &["2 /", "down / ", "4 /", "7 /", "ctrl-p", "3 down x"];
/// Dialogs and viewers.
const DIALOGS: &[&str] =
    &["?", "b", "3 down m b", "3 down y", "3 down Y", "3 down enter", "3 down enter d", "3 down enter tab"];

#[test]
fn a_key_of_the_table_is_text_wherever_text_is_typed() {
    let printable = |key: &&String| key.chars().count() == 1;
    for keys_to_prompt in PROMPTS {
        for key in keys().iter().filter(printable) {
            let mut driver = wide(&fixture::shop(), keys_to_prompt);
            let before = driver.text();
            driver.press(key);
            let after = driver.text();
            let line = |text: &str| {
                text.lines()
                    .filter(|line| line.contains("filter  ") || line.contains("> ") || line.contains("./"))
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            assert!(
                line(&after).iter().any(|line| line.contains(key.as_str())) && before != after,
                "{keys_to_prompt} {key}\n{after}"
            );
            assert_eq!(driver.screen.take_request(), None, "{keys_to_prompt} {key}");
        }
    }
}

/// The first key of each hint in the footer, as `press` takes it, and the word.
fn hints(driver: &mut Driver) -> Vec<(String, String)> {
    let spelled = |key: &str| match key {
        "⏎" => "enter".to_owned(),
        "↑↓" => "down".to_owned(),
        "←↓↑→" => "left".to_owned(),
        key if ["ctrl-", "pg", "esc", "tab", "del"].iter().any(|name| key.starts_with(name)) => {
            key.split('/').next().unwrap_or(key).to_owned()
        }
        key => key.chars().next().map_or(String::new(), String::from),
    };
    let line = footer(driver);
    line.split(" · ")
        .filter_map(|hint| hint.split_once(' '))
        .map(|(key, word)| (spelled(key), word.to_owned()))
        .collect()
}

#[test]
fn every_hint_does_something_in_its_mode() {
    let views = [
        "1",
        "1 down",
        "1 end",
        "1 down tab",
        "1 down a tab",
        "2",
        "2 Z down",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "1 down c",
    ];
    for mode in views.iter().chain(PROMPTS).chain(DIALOGS) {
        for (key, word) in hints(&mut wide(&fixture::leaky(), mode)) {
            let mut driver = wide(&fixture::leaky(), mode);
            driver.press(&key);
            let said = footer(&mut driver);
            assert!(!said.contains("no such key") && !said.contains("nothing to "), "{mode}: {key} {word}: {said}");
        }
    }
}

#[test]
fn a_key_that_does_nothing_says_so_for_a_second() {
    for size in SIZES {
        for keys in [
            "1 t",
            "1 down v",
            "2 A",
            "2 c",
            "4 t",
            "5 s",
            "6 t",
            "7 t",
            "8 d",
            "1 delete",
            "1 ;",
            "? t",
            "3 down enter t",
        ] {
            let mut driver = sized(size, &fixture::shop(), keys);
            assert_eq!(footer(&mut driver), NO_SUCH_KEY, "{keys}");
        }
        let mut driver = sized(size, &fixture::shop(), "5 s");
        let now = Instant::now();
        driver.screen.end_notice(now);
        assert_eq!(footer(&mut driver), NO_SUCH_KEY, "for a second");
        driver.screen.end_notice(now + Duration::from_millis(1001));
        assert!(footer(&mut driver).contains("q quit"), "and then the hints are back: {}", driver.text());
        driver.press("s down");
        assert!(footer(&mut driver).contains("q quit"), "or with the next key");
    }
}

#[test]
fn the_keys_of_dive_do_what_they_do_there() {
    let fixture = fixture::shop();
    has(&mut wide(&fixture, "down ctrl-a ctrl-a"), "Files after layer 1");
    has(&mut wide(&fixture, "down ctrl-a ctrl-l ctrl-l"), "Files of layer 1");
    has(&mut wide(&fixture, "down ctrl-f l i b"), "filter  lib");
    has(&mut wide(&fixture, "down ctrl-a tab home ctrl-e"), "Extract bin/ as it is after layer 1, into:");
    has(&mut wide(&fixture, "down tab ctrl-o"), "by size");
    has(&mut wide(&fixture, "down ctrl-o"), "Layers · by size");
    let mut driver = wide(&fixture, "down ctrl-a tab Z");
    has(&mut driver, "▾ usr/");
    driver.press("ctrl-space");
    has(&mut driver, "▸ usr/");
    driver.press("tab tab");
    has(&mut driver, "┏ Layers");
}

#[test]
fn the_help_names_the_keys_of_dive_that_mean_something_else() {
    let fixture = fixture::shop();
    has(&mut wide(&fixture, "? end"), "If you know dive");
    // In the files, too, and as often as it is pressed.
    has(&mut wide(&fixture, "down tab ctrl-a ctrl-a"), "Files after layer 1");
    for key in ["ctrl-r", "u", "d"] {
        has(&mut wide(&fixture, &format!("down {key}")), "no such key here");
    }
    for (key, state) in [("A", "added"), ("M", "modified"), ("R", "removed"), ("U", "unchanged")] {
        let text = wide(&fixture, &format!("down down down tab {key}")).text();
        assert!(text.contains("hidden") || text.contains(state), "{key}: {text}");
    }
    has(&mut wide(&fixture, "ctrl-p"), "Jump to a path");
    let mut driver = Driver::opened(&fixture::large(30, 2), 80, 24);
    let selected = row(driver.press("1 end"));
    assert_ne!(row(driver.press("ctrl-u")), selected, "half a page up");
    assert_ne!(row(driver.press("end ctrl-b")), selected, "a page up");
    // Enter and ctrl-m, space and the arrows are the same in both.
    has(&mut wide(&fixture, "down enter"), "┏ Files of layer 1");
    has(&mut wide(&fixture, "down right"), "┏ Files of layer 1");
}

#[test]
fn the_chosen_layer_goes_along_through_all_views() {
    let fixture = fixture::shop();
    // So low that every row of the list is one line.
    let mut driver = Driver::opened(&fixture, 160, 39);
    driver.press("down down down down");
    let layer_3 = row(&mut driver);
    assert!(layer_3.contains("RUN rm -rf"), "{layer_3}");
    driver.press("4");
    assert!(row(&mut driver).contains("RUN rm -rf"), "{}", driver.text());
    driver.press("2");
    assert!(row(&mut driver).contains("▸ /  10 files"), "what layer 3 wasted: {}", driver.text());
    driver.press("6");
    has(&mut driver, "layer 3");
    driver.press("1");
    assert_eq!(row(&mut driver), layer_3);
    // A step of the history is the layer of the next view.
    driver.press("4 end up up 1");
    assert!(row(&mut driver).contains("RUN chmod"), "{}", driver.text());
    driver.press("8 7 5 3 6 4");
    assert!(row(&mut driver).contains("RUN chmod"), "{}", driver.text());
}

#[test]
fn the_chosen_path_goes_along_through_all_views() {
    let mut driver = wide(&fixture::shop(), "2 enter down down");
    assert!(row(&mut driver).contains("usr/bin/gcc"), "{}", driver.text());
    driver.press("1");
    has(&mut driver, "Files of layer 2");
    assert_eq!(driver.selected().as_deref(), Some("gcc"), "{}", driver.text());
    driver.press("3");
    assert!(row(&mut driver).contains("usr/bin/gcc"), "{}", driver.text());
    driver.press("6");
    has(&mut driver, "gcc");
    driver.press("4");
    let selected = driver.selected_lines().concat();
    assert!(selected.contains("apt-get install"), "the layer that stores it: {}", driver.text());
    let mut driver = wide(&fixture::leaky(), "7 down down");
    assert!(row(&mut driver).contains("root/.ssh/id_rsa"), "{}", driver.text());
    driver.press("1");
    assert_eq!(driver.selected().as_deref(), Some("id_rsa"), "{}", driver.text());
    driver.press("2");
    assert!(row(&mut driver).contains("id_rsa"), "{}", driver.text());
    driver.press("8 down 7");
    assert!(row(&mut driver).contains("layer") || row(&mut driver).contains("id_rsa"), "{}", driver.text());
}

#[test]
fn a_path_of_the_map_goes_to_the_layers_and_back() {
    for size in SIZES {
        let mut driver = sized(size, &fixture::shop(), "down a 6 enter enter");
        let file = driver.text();
        driver.press("1");
        has(&mut driver, "Files after layer 1");
        driver.press("6");
        assert_eq!(driver.text(), file);
        // From the map to a file in the tree, and back.
        let mut driver = sized(size, &fixture::shop(), "down a 6 enter enter enter");
        has(&mut driver, "┏ Files after layer 1");
        driver.press("esc");
        has(&mut driver, "Map after layer");
    }
}

#[test]
fn the_key_of_a_view_works_within_a_file_and_within_the_help() {
    let mut driver = wide(&fixture::shop(), "3 down enter");
    has(&mut driver, "Layer 2 as ");
    driver.press("4");
    has(&mut driver, "History · 9 steps");
    driver.press("? 2");
    has(&mut driver, "Wasted space · by cause");
    // A number in a menu is that of its item, and in a prompt it is text.
    driver.press("3 down x 2");
    has(&mut driver, "./app-1.4-layer-42");
    driver.press("esc y 9");
    has(&mut driver, "┏ Copy");
}

#[test]
fn the_key_of_the_layers_focuses_their_list() {
    for keys in ["down tab 1", "down tab tab 1", "down a tab 1", "down tab 4 1", "2 1"] {
        has(&mut wide(&fixture::shop(), keys), "┏ Layers");
    }
    // From the details, the merged view goes to the list that has the selection.
    let mut driver = wide(&fixture::shop(), "down shift-tab");
    has(&mut driver, "┏ Layer 1 of 5");
    driver.press("a");
    has(&mut driver, "┏ Layers");
}

#[test]
fn escape_leads_back_from_everywhere() {
    for size in SIZES {
        for (there, back) in [
            ("4 down enter", "History · 9 steps"),
            ("tab enter", "┏ Overview"),
            ("down tab", "┏ Layers"),
            ("2 tab", "┏ Wasted"),
            ("4 tab", "┏ History"),
            ("7 tab", "┏ Secrets"),
            ("3 down enter", "┏ Removed"),
            ("down tab tab", "┏ Layers"),
        ] {
            let fixture = if there.starts_with('7') { fixture::leaky() } else { fixture::shop() };
            let mut driver = sized(size, &fixture, there);
            assert!(!driver.text().contains(back), "{there}\n{}", driver.text());
            driver.press("esc");
            has(&mut driver, back);
        }
        // From the files of a cause to the cause.
        let mut driver = sized(size, &fixture::shop(), "2 enter down");
        driver.press("esc");
        assert!(row(&mut driver).contains("▸ /  10 files"), "{}", driver.text());
        let mut driver = sized(size, &fixture::leaky(), "8 home enter down esc");
        assert!(row(&mut driver).contains("▸ git"), "{}", driver.text());
    }
}

#[test]
fn fault_l_and_then_h_at_the_root_of_the_files_goes_back_to_the_layers() {
    for size in SIZES {
        let mut driver = sized(size, &fixture::shop(), "down a l");
        has(&mut driver, "┏ Files after layer 1");
        for back in ["h", "left", "esc"] {
            driver.press(back);
            has(&mut driver, "┏ Layers");
            driver.press("l");
            has(&mut driver, "┏ Files after layer 1");
        }
    }
}

#[test]
fn fault_a_jump_lands_on_the_layer_that_wrote_the_path() {
    for size in SIZES {
        let mut driver = sized(size, &fixture::shop(), "ctrl-p l i b c r y p t o enter");
        has(&mut driver, "Files of layer 2");
        assert_eq!(driver.selected().as_deref(), Some("libcrypto.so.3"), "{}", driver.text());
        driver.press("a");
        has(&mut driver, "Files after layer 2");
        assert_eq!(driver.selected().as_deref(), Some("libcrypto.so.3"), "{}", driver.text());
    }
}

#[test]
fn fault_a_filter_without_matches_says_how_many_other_layers_have() {
    for size in SIZES {
        let mut driver = sized(size, &fixture::shop(), "end up up / p e r l");
        has(&mut driver, "0 here, 1 in other layers: ctrl-p");
        driver.press("ctrl-p");
        has(&mut driver, "/usr/bin/perl");
        driver.press("enter");
        assert_eq!(driver.selected().as_deref(), Some("perl"), "{}", driver.text());
        has(&mut sized(size, &fixture::shop(), "end up up / x y z"), "no matches");
        // Of a query with conditions, only the words are looked for by their letters.
        let mut driver = sized(size, &fixture::shop(), "end up up / p e r l space > 1 M B enter");
        has(&mut driver, "0 here, 1 in other layers: ctrl-p");
        driver.press("ctrl-p");
        has(&mut driver, "/usr/bin/perl");
    }
}

#[test]
fn fault_everything_is_hidden_by_the_keys_that_hid_it() {
    for size in SIZES {
        has(&mut sized(size, &fixture::shop(), "down A M R U"), "everything is hidden by A M R U");
        has(&mut sized(size, &fixture::shop(), "down A"), "everything is hidden by A");
    }
}

#[test]
fn fault_a_step_without_files_offers_neither_extracting_nor_marking() {
    for size in SIZES {
        // A small terminal has no room for every hint.
        let may = |hints: &str, wanted: &str| size == SIZES[0] || hints.contains(wanted);
        let (metadata, layer) = (
            footer(&mut sized(size, &fixture::shop(), "down down")),
            footer(&mut sized(size, &fixture::shop(), "down")),
        );
        assert!(!metadata.contains("extract") && !metadata.contains("mark"), "{metadata}");
        assert!(may(&layer, "x extract") && may(&layer, "m mark"), "{layer}");
        let (metadata, layer) =
            (footer(&mut sized(size, &fixture::shop(), "4 down")), footer(&mut sized(size, &fixture::shop(), "4")));
        assert!(!metadata.contains("extract") && !metadata.contains("mark"), "{metadata}");
        assert!(may(&layer, "x extract") && may(&layer, "m mark"), "{layer}");
        let (heading, file) = (
            footer(&mut sized(size, &fixture::shop(), "2")),
            footer(&mut sized(size, &fixture::shop(), "2 enter down")),
        );
        assert!(!heading.contains("extract") && may(&heading, "m mark"), "a cause can be marked: {heading}");
        assert!(may(&file, "x extract") && may(&file, "m mark"), "{file}");
    }
}

#[test]
fn fault_the_hints_stay_after_a_filter_is_applied() {
    for keys in ["end a tab", "2 t t", "3", "7", "8"] {
        let fixture = fixture::leaky();
        let words = |line: &str| {
            line.split(" · ").map(|hint| hint.rsplit(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let mut driver = Driver::opened(&fixture, 200, 50);
        let before = words(&footer(driver.press(keys)));
        let after = words(&footer(driver.press("/ * enter")));
        let lost: Vec<_> = before.iter().filter(|word| !after.contains(word)).collect();
        assert!(lost.is_empty() && after.contains(&"clear".to_owned()), "{keys}: {lost:?} of {before:?}, {after:?}");
    }
}

#[test]
fn fault_the_list_of_layers_is_sorted_while_it_has_the_focus() {
    for size in SIZES {
        let many = fixture::large(127, 3);
        let mut driver = sized(size, &many, "down");
        let files = |text: &str| text.lines().find(|line| line.contains("Files of layer")).map(str::to_owned);
        let before = files(&driver.text());
        for order in ["Layers · by size", "Layers · by wasted", "Layers · by caused", "Layers · by number"] {
            driver.press("s");
            has(&mut driver, order);
        }
        assert_eq!(
            files(&driver.text()).map(|line| line.contains("by name")),
            before.map(|line| line.contains("by name"))
        );
    }
}

#[test]
fn fault_2_always_leads_to_waste() {
    for size in SIZES {
        for keys in ["7 1 2", "8 1 2", "7 2", "8 2", "T 1 2", "2 T 1 2"] {
            has(&mut sized(size, &fixture::leaky(), keys), "Wasted space · by cause");
        }
    }
}

#[test]
fn fault_the_history_opens_and_is_filtered() {
    for size in SIZES {
        has(&mut sized(size, &fixture::shop(), "4 down down enter"), "Files of layer 2");
        has(&mut sized(size, &fixture::shop(), "4 / a p t"), "2 of 9");
    }
}

#[test]
fn fault_a_filter_of_grouped_waste_leaves_no_empty_groups() {
    for size in SIZES {
        let mut driver = sized(size, &fixture::shop(), "2 t / g c c enter");
        has(&mut driver, "1 of 6");
        driver.press("enter");
        has(&mut driver, "usr/bin/gcc");
        assert_eq!(
            driver.text().lines().filter(|line| line.contains(" ▾ ") || line.contains(" ▸ ")).count(),
            1,
            "{}",
            driver.text()
        );
    }
}

/// The shop with an extractor that refuses to replace a file, unless it goes elsewhere.
fn refusing() -> Driver {
    let extractor: layerscope::tui::Extractor = |_, _, _, folder, _| {
        let refused = "/usr/bin/gcc exists and is not replaced: choose another folder".to_owned();
        if folder.ends_with("elsewhere") { Ok(Extracted { files: 1, ..Extracted::default() }) } else { Err(refused) }
    };
    let mut driver = Driver::new(160, 50);
    driver.screen = Screen::new(ScreenOptions { extractor, ..options() }, Size { width: 160, height: 50 });
    driver.load(&fixture::shop())
}

#[test]
fn fault_the_prompt_stays_with_the_name_when_a_file_exists() {
    let mut driver = refusing();
    driver.press("3 down x enter");
    has(&mut driver, "./app-1.4-layer-2");
    has(&mut driver, "┏ Extract usr/bin/gcc");
    assert!(footer(&mut driver).contains("exists and is not replaced"), "{}", driver.text());
    for key in "/elsewhere".chars() {
        driver.screen.handle(&Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE)));
    }
    driver.press("enter");
    assert!(footer(&mut driver).contains("1 file") && !driver.text().contains("Extract"), "{}", driver.text());
    // Esc gives up, and a file that is open stays open.
    let mut driver = refusing();
    driver.press("3 down enter x enter esc");
    has(&mut driver, "Layer 2 as ");
    driver.press("x / e l s e w h e r e enter");
    has(&mut driver, "Layer 2 as ");
}

#[test]
fn fault_what_is_read_and_what_is_in_files_are_named_differently() {
    let fixture = fixture::shop();
    let mut driver = Driver::new(160, 50);
    driver.tell(fixture.opened());
    let heads = |driver: &mut Driver| driver.text().lines().nth(3).unwrap_or_default().to_owned();
    assert!(heads(&mut driver).contains("stored") && heads(&mut driver).contains("read"), "{}", driver.text());
    assert!(!heads(&mut driver).contains("size"), "{}", driver.text());
    driver.tell(Message::Ready { union: fixture.union.clone(), analysis: fixture.early.clone() });
    assert!(heads(&mut driver).contains("size") && !heads(&mut driver).contains("stored"), "{}", driver.text());
}

#[test]
fn a_secret_opens_its_file_at_its_line() {
    let made = vec![Made("COPY . /", Some(Tar::new().file("app/long.env", 4_000)))];
    let fixture = fixture::build(Config::default(), made, |_| {});
    for (width, height) in [(80, 24), (160, 50)] {
        let mut driver = Driver::opened(&fixture, width, height);
        driver.press("7 enter");
        has(&mut driver, "200  DB_PASSWORD=");
        assert!(!driver.text().contains("  1  PORT_1=80"), "{}", driver.text());
        driver.press("home");
        has(&mut driver, "  1  PORT_1=80");
        // What was opened was chosen; from the layers, it opens at its beginning.
        driver.press("q 1");
        assert_eq!(driver.selected().as_deref(), Some("long.env"), "{}", driver.text());
        driver.press("enter");
        has(&mut driver, "  1  PORT_1=80");
    }
}

#[test]
fn the_history_shows_what_runs_again_if_a_step_changes_until_the_key_is_pressed_again() {
    let mut driver = wide(&fixture::shop(), "4 home down down down");
    let before = driver.text();
    driver.press("r");
    has(&mut driver, "changes: ");
    has(&mut driver, "cached");
    has(&mut driver, "runs again");
    insta::assert_snapshot!("rebuild-160x50", driver.text());
    driver.press("r");
    assert_eq!(driver.text(), before);
    driver.press("r down r");
    has(&mut driver, "if `WORKDIR /app` changes");
    driver.press("esc");
    assert!(!driver.text().contains("changes: "), "{}", driver.text());
    // A step of the base changes all that is above it.
    driver.press("home r");
    has(&mut driver, "if the base changes: 5 steps run again, 86 MB (history)");
    has(&mut driver, "new base");
    let mut narrow = Driver::opened(&fixture::shop(), 80, 24);
    narrow.press("4 home down down down r");
    has(&mut narrow, "changes: 4 steps run again, 116 kB (history)");
}

#[test]
fn fault_a_low_screen_shows_layers_savings_and_secrets_at_once() {
    let mut driver = Driver::opened(&fixture::wasteful(), 80, 24);
    let screen = driver.text();
    let lines: Vec<&str> = screen.lines().collect();
    let overview = lines.iter().position(|line| line.contains(" Overview ")).expect("an overview");
    let rows = overview - lines.iter().position(|line| line.contains("instruction")).expect("heads") - 1;
    assert!(rows >= 6, "{rows} rows in\n{screen}");
    let fixes = lines.iter().filter(|line| line.trim_start().starts_with("fix: ")).count();
    assert!(fixes >= 3, "{fixes} fixes in\n{screen}");
    has(&mut driver, "! hidden   private-key  /root/.ssh/id_rsa (layer 2, removed by 4)");
    has(&mut driver, "! visible  env-file  /app/prod.env (layer 3, again in 5)");
}

#[test]
fn fault_a_column_with_nothing_in_it_is_not_there() {
    for size in SIZES {
        let with_base = |keys, base| {
            let mut driver = sized(size, &if base { fixture::leaky() } else { fixture::large(2, 3) }, keys);
            driver.text().lines().any(|line| line.contains("from") && line.contains("instruction"))
        };
        for keys in ["1", "4"] {
            assert!(with_base(keys, true), "{keys}");
            assert!(!with_base(keys, false), "{keys}");
        }
    }
}

#[test]
fn fault_history_and_layers_describe_a_step_alike() {
    for size in SIZES {
        let made = vec![Made("", Some(Tar::new().file("a", 5)))];
        let imported = fixture::build(Config::default(), made, |image| {
            image.steps[0].comment = "Imported from -".to_owned();
        });
        for keys in ["1", "4"] {
            let screen = sized(size, &imported, keys).text();
            let rows = screen.lines().filter(|line| line.contains("  1 ") && line.contains("Imported from -"));
            assert_eq!(rows.count(), 1, "{keys}\n{screen}");
            assert!(!screen.contains("<missing>"), "{keys}\n{screen}");
        }
    }
}

#[test]
fn fault_only_what_is_certain_is_treated_as_leaked() {
    for size in SIZES {
        let mut driver = sized(size, &fixture::leaky(), "7");
        has(&mut driver, "treat it as leaked: rotate it");
        driver.press("end");
        has(&mut driver, "check whether it is real; if it is, rotate it");
        assert!(!driver.text().contains("treat it as leaked"), "{}", driver.text());
    }
}

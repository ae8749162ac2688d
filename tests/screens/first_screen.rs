//! What the first screen must say and where each key of it leads, in a small terminal and in a large one.

use std::collections::HashMap;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use layerscope::image::{Config, Contents, EntryRef, LayerNumber, ReadError};
use layerscope::tui::{LoopRequest, Message, Preferences, Screen, ScreenOptions, SearchStart};
use ratatui::layout::Size;

use crate::driver::{Driver, options};
use crate::fixture::{self, Fixture, Made, Tar};
use crate::journeys::walk_at;

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn walk(fixture: &Fixture, way: &[(&str, &str)]) {
    walk_at(&SIZES, fixture, way);
}

/// A cache that an instruction leaves, of seven files.
fn junk_of_a_layer() -> Fixture {
    let cache =
        (1..=7).fold(Tar::new(), |tar, at| tar.file(&format!("root/.npm/_cacache/content-v2/{at}"), at * 1_000_000));
    let made =
        vec![Made("ADD rootfs.tar / ", Some(Tar::new().file("bin/sh", 90_000))), Made("RUN npm ci", Some(cache))];
    fixture::build(Config::default(), made, |_| {})
}

fn tabs(driver: &mut Driver) -> String {
    driver.text().lines().nth(1).unwrap_or_default().trim().to_owned()
}

#[test]
fn the_image_itself_is_the_first_row_selected_at_the_start_with_the_answer_beside_it() {
    for (width, height) in SIZES {
        let mut driver = Driver::opened(&fixture::wasteful(), width, height);
        assert!(driver.selected_lines()[0].contains("the whole image"), "{}", driver.text());
        let text = driver.text();
        for said in
            ["137 MB of 173 MB", "wasted", "Largest savings", "60 MB", "41 MB", "36 MB", "chown -R 1000:1000", "id_rsa"]
        {
            assert!(text.contains(said), "no `{said}` in\n{text}");
        }
    }
}

#[test]
fn tabs_have_names_and_figures_and_are_shortened_but_never_absent() {
    for (width, wanted) in [
        (160, "1 Layers  2 Waste 3.5 MB  3 Removed 3.5 MB  7 Secrets 4  8 Junk 5"),
        (80, "1 Layers  2 Waste  3 Removed  4 History  5 Image  6 Map  7 Secrets"),
        (72, "1 Layers 2 Waste 3 Removed 4 History 5 Image 6 Map 7 Secrets 8 Junk"),
        (60, "1 Layers  2  3  4  5  6  7 "),
        (40, "1 Layers 2 3 4 5 6 7 "),
    ] {
        let text = tabs(&mut Driver::opened(&fixture::leaky(), width, 24));
        let wanted: Vec<_> = wanted.split_whitespace().collect();
        assert!(wanted.iter().all(|word| text.contains(*word)), "{width}: no {wanted:?} in {text}");
    }
}

#[test]
fn enter_goes_deeper_and_escape_comes_back_in_every_view() {
    walk(
        &fixture::shop(),
        &[
            ("enter", "Overview ·"),
            ("enter", "Wasted space · by cause"),
            ("esc", "Overview ·"),
            ("4 home down down enter", "Files of layer 2"),
            ("esc", "History · 9 steps"),
            ("2 home right down down", "gcc"),
            ("enter", "Layer 2 as "),
            ("esc", "Wasted space · by cause"),
            ("6 enter enter", "/"),
            ("esc esc", "Map"),
            ("1 home down enter", "Files of layer 1"),
            ("esc", "Layers"),
            ("enter", "Files of layer 1"),
            ("h", "Layers"),
            ("l", "Files of layer 1"),
            ("left", "Layers"),
        ],
    );
}

#[test]
fn one_chosen_layer_and_one_chosen_path_go_along_through_all_views() {
    for (width, height) in SIZES {
        let mut driver = Driver::opened(&fixture::shop(), width, height);
        let row = |driver: &mut Driver, keys: &str| driver.press(keys).selected_lines().concat();
        assert!(row(&mut driver, "down down down down").contains("RUN rm -rf"), "{}", driver.text());
        assert!(row(&mut driver, "4").contains("RUN rm -rf"), "{}", driver.text());
        assert!(driver.press("6").text().contains("layer 3"), "{}", driver.text());
        assert!(row(&mut driver, "5 1").contains("RUN rm -rf"), "{}", driver.text());
        let mut driver = Driver::opened(&fixture::shop(), width, height);
        assert!(row(&mut driver, "2 home enter down down").contains("gcc"), "{}", driver.text());
        assert!(driver.press("1").text().contains("Files of layer 2"), "{}", driver.text());
        assert_eq!(driver.selected().as_deref(), Some("gcc"), "{}", driver.text());
        assert!(row(&mut driver, "3").contains("gcc"), "{}", driver.text());
        assert!(row(&mut driver, "4").contains("apt-get update"), "{}", driver.text());
    }
}

#[test]
fn what_was_caused_is_beside_what_is_wasted_and_layers_are_sorted_by_both() {
    for (width, height) in SIZES {
        let mut driver = Driver::opened(&fixture::shop(), width, height);
        let heads = driver.text().lines().find(|line| line.contains("instruction")).expect("heads").to_owned();
        assert!(heads.find("wasted").expect("wasted") < heads.find("caused").expect("caused"), "{heads}");
        for order in ["by size", "by wasted", "by caused", "by number"] {
            assert!(driver.press("s").text().contains(order), "no {order}: {}", driver.text());
        }
    }
}

#[test]
fn a_saving_leads_to_its_unfolded_rows() {
    for (width, height) in SIZES {
        let mut driver = Driver::opened(&fixture::wasteful(), width, height);
        driver.press("tab home");
        for _ in 0..8 {
            if driver.selected_lines().pop().unwrap_or_default().contains("36 MB") {
                break;
            }
            driver.press("down");
        }
        let text = driver.press("enter").text();
        assert!(text.contains("▾ ") && text.contains(".js"), "{text}");
        assert!(text.contains("fix"), "{text}");
        let mut junk = Driver::opened(&junk_of_a_layer(), width, height);
        let text = junk.press("tab home enter").text();
        assert!(text.contains("▾ npm-cache") && text.contains("content-v2/6"), "{text}");
        assert!(text.contains("and 2 more files, none of them larger"), "{text}");
    }
}

#[test]
fn what_is_found_later_leaves_the_selected_saving_selected() {
    for (width, height) in SIZES {
        let mut driver = Driver::new(width, height);
        let preferences = Preferences { search: SearchStart::InTheirViews, ..Preferences::default() };
        driver.screen = Screen::new(ScreenOptions { preferences, ..options() }, Size { width, height });
        let mut driver = driver.load(&fixture::wasteful());
        let saving = driver.press("tab home").selected_lines().concat();
        assert!(saving.contains("60 MB"), "{}", driver.text());
        assert!(driver.press("7").text().contains("id_rsa"), "{}", driver.text());
        assert_eq!(driver.press("1 tab").selected_lines().concat(), saving, "{}", driver.text());
        assert!(driver.press("home").selected_lines().concat().contains("! hidden   private-key"), "{}", driver.text());
    }
}

#[test]
fn what_may_be_no_secret_is_only_possible() {
    let made = vec![
        Made("ADD rootfs.tar / ", Some(Tar::new().file("bin/sh", 90_000))),
        Made("RUN npm ci", Some(Tar::new().file("app/node_modules/agent/test/id_rsa", 900))),
    ];
    let possible = fixture::build(Config::default(), made, |_| {});
    for (width, height) in SIZES {
        let mut driver = Driver::opened(&possible, width, height);
        driver.has("1 possible secret: 1 visible in a container, none hidden");
        driver.has("? visible  private-key (medium)  /app/node_modules/agent/test/id_rsa (layer 2)");
        assert!(!driver.text().contains("! visible"), "{}", driver.text());
    }
}

#[test]
fn the_history_is_a_dockerfile_that_is_filtered_turned_and_asked_what_if_this_changes() {
    walk(
        &fixture::shop(),
        &[
            ("4", "History · 9 steps"),
            ("s", "newest first"),
            ("s", "oldest first"),
            ("home down down r", "runs again"),
            ("r", "History"),
            ("/ a p t enter", "· 2 of 9"),
            ("home enter", "Files of layer 2"),
        ],
    );
}

#[test]
fn a_report_is_written_and_the_finding_is_the_first_thing_to_copy() {
    walk(
        &fixture::shop(),
        &[("2 home e", ".html"), ("esc y", "Markdown"), ("esc m b", "Basket"), ("y", ".dockerignore")],
    );
}

#[test]
fn the_focused_pane_is_zoomed_and_the_others_come_back() {
    for (width, height) in SIZES {
        let mut driver = Driver::opened(&fixture::shop(), width, height);
        assert!(driver.text().contains("Overview ·"), "{}", driver.text());
        assert!(!driver.press("+").text().contains("Overview ·"), "{}", driver.text());
        assert!(driver.press("+").text().contains("Overview ·"), "{}", driver.text());
    }
}

#[test]
fn a_key_that_does_nothing_says_so() {
    walk(&fixture::shop(), &[("5 r", "no such key here · ? keys")]);
}

#[test]
fn a_setting_turns_the_background_search_off() {
    for (width, height) in SIZES {
        let mut driver = Driver::new(width, height);
        let preferences = Preferences { search: SearchStart::InTheirViews, ..Preferences::default() };
        driver.screen = Screen::new(ScreenOptions { preferences, ..options() }, Size { width, height });
        let mut driver = driver.load(&fixture::leaky());
        assert!(driver.text().contains("secrets: not searched for yet: view 7 does that"), "{}", driver.text());
        assert!(!tabs(&mut driver).contains("Secrets 4"), "{}", driver.text());
        assert!(driver.press("7 1").text().contains("4 secrets in 5 places"), "{}", driver.text());
    }
}

/// A kept answer by layer and question.
type Kept = Mutex<HashMap<(LayerNumber, String), Vec<u8>>>;

/// Contents that count how often they are asked for, with a cache.
#[derive(Default)]
struct Caching {
    opened: AtomicUsize,
    kept: Kept,
}

impl Contents for Caching {
    fn open<'a>(&'a self, layer: LayerNumber, entry: EntryRef<'_>) -> Result<Box<dyn Read + Send + 'a>, ReadError> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let _ = layer;
        Ok(Box::new(std::io::repeat(b'a').take(entry.size())))
    }

    fn identity(&self, _: LayerNumber, entry: EntryRef<'_>) -> Result<u128, ReadError> {
        Ok(entry.size().into())
    }

    fn recall(&self, layer: LayerNumber, question: &str, _: bool) -> Option<Vec<u8>> {
        self.kept.lock().expect("no panic").get(&(layer, question.to_owned())).cloned()
    }

    fn keep(&self, layer: LayerNumber, question: &str, _: bool, answer: &[u8]) {
        self.kept.lock().expect("no panic").insert((layer, question.to_owned()), answer.to_vec());
    }
}

#[test]
fn results_are_kept_by_layer_so_that_a_second_look_reads_nothing() {
    let (fixture, contents) = (fixture::leaky(), Arc::new(Caching::default()));
    let look = |(width, height): (u16, u16)| {
        let mut driver = Driver::new(width, height);
        driver.tell(Message::Opened { image: Arc::clone(&fixture.image), contents: contents.clone() });
        driver.tell(Message::Ready { union: Arc::clone(&fixture.union), analysis: Arc::clone(&fixture.early) });
        driver.tell(Message::Compared(Arc::clone(&fixture.analysis)));
        let figures = tabs(&mut driver);
        (figures, contents.opened.swap(0, Ordering::Relaxed))
    };
    let (first, read) = look((160, 50));
    assert!(read > 0 && !first.contains('%'), "{first}: {read} read");
    let (again, read_again) = look((160, 50));
    assert_eq!(again, first);
    assert!(read_again < read, "{read_again} of {read} read again: what holds a secret");
    assert!(look((80, 24)).1 == read_again);
}

#[test]
fn a_file_is_searched_paged_and_read_in_the_pager() {
    let made = vec![Made("COPY . /", Some(Tar::new().file("log.txt", 30_000)))];
    let fixture = fixture::build(Config::default(), made, |_| {});
    for (width, height) in SIZES {
        let mut driver = Driver::with(&fixture, width, height);
        driver.press("tab enter");
        let first = driver.text();
        assert!(first.contains("line 1 of layer 1"), "{first}");
        assert!(!driver.press("space").text().contains(" 1  line 1 of"), "{}", driver.text());
        assert!(driver.press("home / l i n e space 7 0 0 enter").text().contains("line 700 of"), "{}", driver.text());
        driver.press("n N o");
        assert!(matches!(driver.screen.take_request(), Some(LoopRequest::Page(_))), "{}", driver.text());
    }
}

#[test]
fn the_map_opens_on_the_whole_image_and_leads_to_a_file_and_back() {
    walk(
        &fixture::shop(),
        &[
            ("6", "Map after layer 5 · /"),
            ("enter", "/"),
            ("esc", "Map after layer 5 · /"),
            ("1 6", "Map after layer 5"),
        ],
    );
}

#[test]
fn the_merged_view_has_a_column_of_layers_and_a_folder_its_bytes_by_layer() {
    walk(&fixture::shop(), &[("end a", "Files after layer 5"), ("tab home", "L1"), ("shift-tab shift-tab", "layer")]);
}

#[test]
fn folders_that_hold_one_folder_share_a_row() {
    let tar = Tar::new().file("deep00/deep01/deep02/a", 1_000).file("deep00/deep01/deep02/b", 10);
    let fixture = fixture::build(Config::default(), vec![Made("COPY . /", Some(tar))], |_| {});
    walk(&fixture, &[("down tab", "deep00/deep01/deep02/")]);
}

#[test]
fn the_image_view_lists_secrets_and_junk() {
    walk(&fixture::leaky(), &[("5 end", "git: a Git repository")]);
}

#[test]
fn the_keys_of_dive_do_what_they_do_there() {
    walk(
        &fixture::shop(),
        &[
            ("down ctrl-f g c c", "filter  gcc"),
            ("esc ctrl-a", "Files after layer 1"),
            ("ctrl-l", "Files of layer 1"),
            ("tab ctrl-o", "by size"),
            ("ctrl-space", "▸ usr/"),
            ("ctrl-e", "Extract "),
        ],
    );
}
